/* SPDX-License-Identifier: ISC */
#ifndef FRAMECHECK_H
#define FRAMECHECK_H

/*
 * A look at a producer's frames: is it the same frame for ever, and has it the
 * profile's size? Pure, and nearly free: a few rows of a frame, the length of a
 * burst.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/frame.h"

/* --- frozen ------------------------------------------------------------- */

struct framecheck_still {
	uint64_t hash;	  /* of sampled rows of the newest frame */
	int64_t since_ms; /* unchanged since; 0: none yet */
};

/* Take a new frame into account. */
void framecheck_still_add(struct framecheck_still *s, const struct geometry *g,
    const uint8_t *data, int64_t now_ms);

/* --- wrong size --------------------------------------------------------- */

/*
 * A program writes a frame in one go and then computes the next one, so the
 * bytes between two pauses are the size of its frames. When the same number
 * comes again and again, and is not the profile's, it is the real size.
 */
#define FRAMECHECK_BURST_AGREE 12 /* equal bursts in a row that prove a size */

struct framecheck_burst {
	int64_t last_ms; /* of the newest bytes */
	size_t bytes;	 /* since the last pause */
	size_t size;	 /* of the latest bursts */
	unsigned agree;	 /* how many in a row had it */
};

/* `n` bytes came; a pause is a quarter of a beat at least. */
void framecheck_burst_add(
    struct framecheck_burst *b, size_t n, int64_t now_ms, struct rate fps);

/*
 * If the program sends frames of another size: their likely kind, such as
 * "1280x720 rgba", or just "2764800 bytes". NULL when nothing is wrong, or
 * nothing is known. Caller frees.
 */
char *framecheck_burst_guess(
    const struct framecheck_burst *b, const struct geometry *g);

#endif
