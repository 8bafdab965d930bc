/* SPDX-License-Identifier: ISC */
#ifndef FFRATE_H
#define FFRATE_H

/*
 * How fast an ffmpeg works now, by the differences of its blocks of progress over
 * the last seconds. What it says itself (fps=, speed=, bitrate=) are means since
 * its start: a camera that falls from 25 fps to 5 after an hour has 24 of them for
 * the rest of the day. Pure: time comes in as an argument, monotonic ms.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FFRATE_SPAN_MS 8000
#define FFRATE_SAMPLES 24

/* A block, read at that time; -1: not known. */
struct ffrate_sample {
	int64_t at_ms;
	int64_t frame, us; /* video frames, media time written in all */
	int64_t bytes;	   /* written in all */
};

struct ffrate {
	struct ffrate_sample v[FFRATE_SAMPLES]; /* oldest first */
	size_t n;
	int64_t begun_ms; /* the first block; 0: none yet */
	/* The media keep pace with our clock since that block: bounds of the
	 * difference of the two, ms. */
	int64_t paced_ms, least_ms, most_ms;
	bool slipped; /* they did not before */
};

/* -1: not known. */
struct ffrate_now {
	double fps, speed, kbps; /* frames and kbit a second; media time */
};

/* A run begins. */
void ffrate_reset(struct ffrate *r);

void ffrate_note(struct ffrate *r, const struct ffrate_sample *s);

/* Nothing is known in the first seconds: what comes then may be a burst at the
 * connect. An ffmpeg that says nothing for seconds comes to 0. */
struct ffrate_now ffrate_at(const struct ffrate *r, int64_t now_ms);

#endif
