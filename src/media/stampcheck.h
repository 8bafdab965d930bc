/* SPDX-License-Identifier: ISC */
#ifndef STAMPCHECK_H
#define STAMPCHECK_H

/*
 * The time stamps of a run's frames in MPEG-TS: do they go on, and by how much
 * from frame to frame? Frames without end whose stamps creep by a tick do not: an
 * ffmpeg that copies writes them so while its source has begun again. What is an
 * advance, mediatime.h says. Pure: time comes in as an argument.
 */

#include <stdbool.h>
#include <stdint.h>

#include "media/mediatime.h"

struct stampcheck {
	struct mediatime time;
	int64_t dts, media; /* 90 kHz: the newest; how far they have gone */
	int64_t steps[2];   /* from frame to frame, the last ones; 0: unknown */
	int64_t paced, paced_at; /* frames and `media` at the beginning of the
				    stretch in which the rate is measured */
	double pace;		 /* the rate in the one before; 0: unknown */
	int64_t last_ms;	 /* since it went on; 0: it never did */
	unsigned stuck;		 /* frames since then */
	bool frozen;		 /* not passed on until they go on */
};

void stampcheck_reset(struct stampcheck *p);

/* A frame came, the `count`th one; dts -1: it has none, and counts as going on.
 * One that steps back has begun again: it is measured from there. */
void stampcheck_note(
    struct stampcheck *p, int64_t dts, int64_t count, int64_t now_ms);

/* From frame to frame, 90 kHz; 0: not known. A step that was not a pause has another
 * of its size beside it. */
int64_t stampcheck_step(const struct stampcheck *p);

/* Frames a second by their stamps, however they came, after the `count`th frame;
 * -1: not known. */
double stampcheck_fps(const struct stampcheck *p, int64_t count);

#endif
