/* SPDX-License-Identifier: ISC */
#ifndef FRAMESIZES_H
#define FRAMESIZES_H

/*
 * What raw frames of so many bytes could be, where the profile expects others.
 * Pure.
 */

#include <stddef.h>

#include "media/frame.h"

/*
 * The likely sizes and formats, at most three, the likeliest first:
 * "640x480 bgr24 or 640x360 rgba", "150x120 bgr24 in rows of 452 bytes",
 * "640x360 bgr24 as float64 values". NULL: no idea. Caller frees.
 */
char *framesizes_guess(size_t bytes, const struct geometry *want);

#endif
