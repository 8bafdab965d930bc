/* SPDX-License-Identifier: ISC */
#ifndef FRAMECHECK_H
#define FRAMECHECK_H

/*
 * A look at a producer's frames: is it the same frame for ever? Pure, and nearly
 * free: a few rows of a frame. (Their size and format: arrivals.h.)
 */

#include <stdint.h>

#include "media/frame.h"

struct framecheck_still {
	uint64_t hash;	  /* of sampled rows of the newest frame */
	int64_t since_ms; /* unchanged since; 0: none yet */
};

/* Take a new frame into account. */
void framecheck_still_add(struct framecheck_still *s, const struct geometry *g,
    const uint8_t *data, int64_t now_ms);

#endif
