/* SPDX-License-Identifier: ISC */
#ifndef PACE_H
#define PACE_H

/*
 * Whether media advance as fast as the clock, over the last 10 to 30 seconds.
 * Media may come in steps (a segment of HLS, a frame every ten seconds), and the
 * largest step is never held against them. Pure.
 */

#include <stdint.h>

#define PACE_SAMPLES 31 /* a second apart */

/* Below this share of the clock they are too slow; above this, too fast. */
#define PACE_BELOW 0.9
#define PACE_ABOVE 1.5

/* A beginning, in which a server may send what it has kept. */
#define PACE_BEGINNING_MS 10000

struct pace {
	struct pace_sample {
		int64_t ms, media_us;
	} v[PACE_SAMPLES]; /* a ring */
	unsigned n;	   /* ever, of this run */
	unsigned run;
};

/* About once a second: the clock, and the media time of that run so far; below
 * 0: none yet. */
void pace_add(struct pace *p, unsigned run, int64_t now_ms, int64_t media_us);

/* Media a second of the clock, as shown; -1: not known yet. */
double pace_speed(const struct pace *p);

/* -1: too slow; 1: too fast; 0: neither, or not known. */
int pace_judge(const struct pace *p);

#endif
