/* SPDX-License-Identifier: ISC */
#ifndef DEJITTER_H
#define DEJITTER_H

/*
 * When frames were taken, from when they arrived. A pipe and a scheduler add a
 * few milliseconds to each, or hold up several and let them through at once:
 * neither may show in the time stamps. A camera that takes fewer frames, or
 * pauses, must show. Pure: time comes in as an argument.
 *
 * The stamp is the last one plus the period, drawn a little towards the
 * arrival. Where the arrival is farther away than a pipe's jitter it is taken
 * as it is, unless it is late by half a period or more and the frame after it
 * came within three quarters of one: then this one is the head of a queue, and
 * only its way was long. Where it turns out not to be one, the next arrival is
 * taken: some cameras send the beginning of the next frame with each.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEJITTER_GAPS 9 /* the period is the mean of as many */

struct dejitter {
	bool begun;
	int64_t last_us; /* the newest stamp */
	int64_t came_us; /* when that frame arrived */
	bool queued;	 /* it was in a queue */
	int64_t period_us;
	int64_t gaps[DEJITTER_GAPS]; /* between stamps, a ring */
	size_t n;
};

/* `hint_us` is the expected period; 0: unknown. */
void dejitter_init(struct dejitter *s, int64_t hint_us);

/* The stamp of the frame that came at `at_us`, when the one after it came at
 * `next_us`; later than the last stamp by a millisecond at least. */
int64_t dejitter_stamp(struct dejitter *s, int64_t at_us, int64_t next_us);

#endif
