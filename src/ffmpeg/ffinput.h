/* SPDX-License-Identifier: ISC */
#ifndef FFINPUT_H
#define FFINPUT_H

/*
 * The inputs of a worker: its source or its link, and sound that comes from
 * elsewhere.
 */

#include "ffmpeg/ffline.h"

void ffinput_put(struct ffline *a);

/* The sound's own input, where it does not come with the video. */
void ffinput_put_sound(struct ffline *a);

#endif
