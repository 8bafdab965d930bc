/* SPDX-License-Identifier: ISC */
#ifndef FFOUTPUT_H
#define FFOUTPUT_H

/*
 * The output of a worker: the address in the profile, or a link.
 */

#include "ffmpeg/ffline.h"

void ffoutput_put(struct ffline *a);

#endif
