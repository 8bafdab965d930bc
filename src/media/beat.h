/* SPDX-License-Identifier: ISC */
#ifndef BEAT_H
#define BEAT_H

/*
 * When the next frame is due. Pure: time comes in as an argument.
 */

#include <stdint.h>

#include "base/size.h"

/*
 * A clock of exactly `fps` beats a second. Beat n is due at start + n / fps,
 * computed in integers from the start, so that nothing accumulates.
 */
struct beat {
	struct rate fps;
	int64_t start_ns;
	int64_t sent; /* frames handed over since start */
};

void beat_start(struct beat *b, struct rate fps, int64_t now_ns);

/* When frame number n is due. */
int64_t beat_at(const struct beat *b, int64_t n);

/* Frames due by now and not yet sent. More than a second's worth late: the rest
 * is forgiven (the start moves) and its number put in *forgiven. */
int64_t beat_owed(struct beat *b, int64_t now_ns, int64_t *forgiven);

/* Nanoseconds from now to the next beat to come, not counting those owed: more
 * than 0. */
int64_t beat_wait(const struct beat *b, int64_t now_ns);

#endif
