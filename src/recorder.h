/* SPDX-License-Identifier: ISC */
#ifndef RECORDER_H
#define RECORDER_H

/*
 * Keeps a stream's recordings within their limits: looks every half minute,
 * and at once when a disk was full. And keeps them playable: a recorder that is
 * killed in the first second of a file leaves a header, which no player opens.
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

/*
 * Remove what recorders that died in the last RECORDER_SWEEP_MS have left
 * without a picture; each is named in the log. Call it when no recorder of this
 * pattern runs. Only files whose names the pattern made for that time, only a
 * Matroska or MP4 header with nothing behind it, or nothing at all, and only if
 * the kernel knows of nobody who writes to it; where it cannot tell (network
 * file systems) the file stays.
 */
#define RECORDER_SWEEP_MS 120000

void recorder_sweep(const char *pattern);

#endif
