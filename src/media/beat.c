/* SPDX-License-Identifier: ISC */
/*
 * When the next frame is due, computed without drift.
 */
#include "config.h"

#include "media/beat.h"

#define BEAT_SECOND_NS 1000000000

/* Time of n beats in ns, rounded down. 128 bits: 10^9 beats of 30000/1001
 * are 10^21 in between. */
static int64_t
beat_span(const struct beat *b, int64_t n)
{
	__int128 exact = (__int128)n * b->fps.den * BEAT_SECOND_NS;

	return (int64_t)(exact / b->fps.num);
}

void
beat_start(struct beat *b, struct rate fps, int64_t now_ns)
{
	b->fps = fps;
	b->start_ns = now_ns;
	b->sent = 0;
}

int64_t
beat_at(const struct beat *b, int64_t n)
{
	__int128 exact = (__int128)n * b->fps.den * BEAT_SECOND_NS;

	/* up: a beat is never due before its time */
	return b->start_ns + (int64_t)((exact + b->fps.num - 1) / b->fps.num);
}

/* How many are due by now, the one at the very start included. */
static int64_t
beat_due(const struct beat *b, int64_t now_ns)
{
	__int128 gone = (__int128)now_ns - b->start_ns;

	if (gone < 0)
		return 0;
	return (int64_t)(gone * b->fps.num /
		   ((__int128)b->fps.den * BEAT_SECOND_NS)) +
	    1;
}

int64_t
beat_owed(struct beat *b, int64_t now_ns, int64_t *forgiven)
{
	int64_t owed = beat_due(b, now_ns) - b->sent;
	int64_t second = (b->fps.num + b->fps.den - 1) / b->fps.den;

	*forgiven = 0;
	if (owed <= 0)
		return 0;
	if (owed <= second)
		return owed;
	*forgiven = owed - second;
	b->start_ns += beat_span(b, *forgiven);
	return second;
}

int64_t
beat_wait(const struct beat *b, int64_t now_ns)
{
	return beat_at(b, beat_due(b, now_ns)) - now_ns;
}
