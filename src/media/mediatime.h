/* SPDX-License-Identifier: ISC */
#ifndef MEDIATIME_H
#define MEDIATIME_H

/*
 * Whether media time advances: frames whose time stamps do not advance, or
 * creep by a tick each, are a frozen broadcast, however many come. A slow
 * source is not frozen: its frames have a normal distance. Pure: time comes in
 * as an argument.
 */

#include <stdbool.h>
#include <stdint.h>

/* The least distance of frames, unless they keep up with the clock; a tick of
 * the coarsest time base, 1 ms, is less. */
#define MEDIATIME_FRAME_US 3000

struct mediatime {
	bool begun;
	int64_t at_ms;	  /* when the measurement began, */
	int64_t at_count; /* the number of frames, and */
	int64_t at_us;	  /* the highest media time so far, then */
	int64_t top_us;	  /* and now */
};

void mediatime_reset(struct mediatime *p);

/*
 * `count` frames so far (-1: no video), `us` is the media time of the newest,
 * in any order. True: it has advanced. A time below the highest so far is
 * nothing new to a viewer.
 */
bool mediatime_goes_on(
    struct mediatime *p, int64_t now_ms, int64_t count, int64_t us);

#endif
