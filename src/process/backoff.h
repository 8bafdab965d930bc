/* SPDX-License-Identifier: ISC */
#ifndef BACKOFF_H
#define BACKOFF_H

/*
 * Computes the next delay from the history of endings. The first restart after
 * a healthy run is at once, to keep the viewer's gap short. After that the
 * delay grows, and only advancing media, never a mere start, brings it back.
 */

#include <stdbool.h>
#include <stdint.h>

#include "ffmpeg/ffclass.h"

struct backoff_policy {
	int64_t min_ms, max_ms;
	int64_t auth_min_ms, auth_max_ms;
	int64_t device_min_ms, device_max_ms;
	int64_t slow_min_ms, slow_max_ms;
	int64_t patient_min_ms; /* up to max_ms */
	int64_t rare_ms;	/* always */
	int64_t held_ms; /* for failures that do not heal by themselves */
	double factor;
	double jitter;	    /* 0.2: plus or minus 20 % */
	int64_t healthy_ms; /* of advancing media */
};

struct backoff {
	unsigned failures;	 /* since the last healthy run */
	int64_t delay_ms;	 /* the last one given, without jitter */
	unsigned class_failures; /* in a row, of one policy */
	enum fail_policy policy;
};

void backoff_reset(struct backoff *b);

/* Whether `media_ms` of advancing media (-1: none ever) make a run healthy:
 * the policy's measure, or the current delay if that is longer. */
bool backoff_is_healthy(const struct backoff *b,
    const struct backoff_policy *policy, int64_t media_ms);

/*
 * The delay before the next start, in ms, after a run with `media_ms` of
 * advancing media (-1: none ever) ended with that policy; b->policy is the one
 * applied. HELD counts as ordinary when the run had been on air: arguments that
 * worked a minute ago are not misspelt. `random` is in [0, 1).
 */
int64_t backoff_next(struct backoff *b, const struct backoff_policy *policy,
    enum fail_policy ending, int64_t media_ms, double random);

#endif
