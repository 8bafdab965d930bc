/* SPDX-License-Identifier: ISC */
#ifndef FFINPUT_H
#define FFINPUT_H

/*
 * The inputs of a worker: its source, or what its link brings, and sound that
 * comes from elsewhere.
 */

#include "ffmpeg/ffline.h"

void ffinput_put(struct ffline *a);

/* The sound's own input, where it does not come with the pictures. */
void ffinput_put_sound(struct ffline *a);

#endif
