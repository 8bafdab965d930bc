/* SPDX-License-Identifier: ISC */
#ifndef PACE_H
#define PACE_H

/*
 * Whether the frames of a run go on in time. Frames whose stamps creep by a
 * tick without end do not: an ffmpeg that copies writes them so when its source
 * has begun again. Pure: time comes in as an argument.
 */

#include <stdbool.h>
#include <stdint.h>

#include "media/mediatime.h"

struct pace {
	struct mediatime time;
	int64_t dts, media; /* 90 kHz: the newest; how far they have gone */
	int64_t steps[2];   /* from frame to frame, the last ones; 0: unknown */
	int64_t last_ms;    /* since it went on; 0: it never did */
	unsigned stuck;	    /* frames since then */
	bool frozen;	    /* not passed on until they go on */
};

void pace_reset(struct pace *p);

/* A frame came, the `count`th one; dts -1: it has none, and counts as going on.
 * One that steps back has begun again: it is measured from there. */
void pace_note(struct pace *p, int64_t dts, int64_t count, int64_t now_ms);

/* From frame to frame, 90 kHz; 0: not known. A step that was not a pause has
 * another of its size beside it. */
int64_t pace_step(const struct pace *p);

#endif
