/* SPDX-License-Identifier: ISC */
#ifndef MEDIATIME_H
#define MEDIATIME_H

/*
 * Whether media time goes on: frames whose time stamps stand still, or creep by
 * a tick each, are a frozen broadcast, however many of them come. A source that
 * is slow is not frozen: its frames are as far apart as frames are. Pure: time
 * comes in as an argument.
 */

#include <stdbool.h>
#include <stdint.h>

/* Frames are no closer together than this, unless they keep up with the clock;
 * a tick of the coarsest time base, 1 ms, is less. */
#define MEDIATIME_FRAME_US 3000

struct mediatime {
	bool begun;
	int64_t at_ms;	  /* from when it is measured, */
	int64_t at_count; /* how many frames there were, and */
	int64_t at_us;	  /* the highest media time so far, then */
	int64_t top_us;	  /* and now */
};

void mediatime_reset(struct mediatime *p);

/*
 * So many frames there are now (-1: what is sent has none), and this is the
 * media time of the newest, in any order. True: it has gone on. What is below
 * the highest so far is nothing new to a viewer.
 */
bool mediatime_goes_on(
    struct mediatime *p, int64_t now_ms, int64_t count, int64_t us);

#endif
