/* SPDX-License-Identifier: ISC */
#ifndef RECORDER_H
#define RECORDER_H

/*
 * Keeps a stream's recordings within their limits: looks every half minute,
 * and at once when a disk was full.
 */

#include <stdbool.h>
#include <stdint.h>

#include "profile.h"

struct recorder {
	int64_t next_ms;		/* when to look; 0: now */
	bool full[PROFILE_OUTPUTS_MAX]; /* its limits cannot be kept */
	/* Something that a person should know. */
	void (*notice)(void *ctx, const char *kind, const char *text);
	void *ctx;
};

/* Call it once a second. */
void recorder_tick(struct recorder *r, const struct profile *p);

/* A recording ended because of its disk: look at the next tick. */
void recorder_hurry(struct recorder *r);

#endif
