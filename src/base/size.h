/* SPDX-License-Identifier: ISC */
#ifndef SIZE_H
#define SIZE_H

/*
 * The size of a frame, the rate of frames, and the limits that the whole
 * program keeps to.
 */

#include <stdint.h>

/* Pixels on one side, at most: more than any camera or screen has. */
#define SIZE_SIDE_MAX 16384

struct size {
	int w, h;
};

/* A part of something, from 0 to 1. */
struct span {
	double from, to;
};

struct rate {
	int64_t num, den; /* per second: num / den, lowest terms */
};

/* A whole number, or the exact fraction: "25", "30000/1001". Caller frees. */
char *size_rate_text(struct rate r);

#endif
