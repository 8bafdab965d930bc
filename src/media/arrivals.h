/* SPDX-License-Identifier: ISC */
#ifndef ARRIVALS_H
#define ARRIVALS_H

/*
 * Whether a program's bytes are the raw frames of the profile, by when and how
 * they come: a program writes a frame in one go and then computes the next one,
 * so the bytes between two pauses, a burst, are one frame. A program that
 * prints to the same output, sends other frames or no raw frames at all shows
 * in the lengths of its bursts and in their first bytes. Bursts of whole blocks
 * (a writer that does not flush) prove something only in the long run. Pure.
 *
 * Formats of the same size (bgr24 and rgb24, yuv420p and nv12, yuyv422 and
 * uyvy422) cannot be told apart.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/finding.h"
#include "media/frame.h"
#include "media/likeness.h"

/* Bursts in a row that prove a size, and the place where frames begin. */
#define ARRIVALS_AGREE	     12
#define ARRIVALS_SHIFT_AGREE 6

#define ARRIVALS_KEPT 32 /* bursts */

struct arrivals_burst {
	size_t bytes;
	size_t phase; /* place in a frame at which it began */
	enum likeness kind;
	int64_t at_ms; /* when it began */
};

struct arrivals {
	struct geometry geometry; /* the profile's */
	size_t frame;		  /* bytes of one */
	int64_t pause_ms, beat_us;

	/* the burst under way */
	uint8_t head[LIKENESS_HEAD];
	size_t n_head, bytes, phase;
	int64_t began_ms, last_ms;
	bool cut; /* it began without a pause: its length proves nothing */

	/* those before, a ring */
	struct arrivals_burst kept[ARRIVALS_KEPT];
	uint64_t n;	/* ever */
	unsigned equal; /* the newest ones, of the same length */
	/* in several blocks each, in a row: */
	uint64_t blocks, block_bytes;

	uint8_t first[LIKENESS_HEAD]; /* of the program's bytes */
	size_t n_first;
	size_t filled; /* of the frame under way */
	struct finding found;
	/* bytes before a frame that were skipped, the newest of so many times */
	size_t skipped;
	bool skipped_text;
	unsigned skips;
};

/* A program begins. */
void
arrivals_begin(struct arrivals *a, const struct geometry *g, struct rate fps);

/*
 * Bytes came. Returns how many bytes of the unfinished frame before them should
 * be forgotten, because these begin a frame: 0, or all of them.
 */
size_t
arrivals_add(struct arrivals *a, const uint8_t *data, size_t n, int64_t now_ms);

#endif
