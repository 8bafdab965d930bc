/* SPDX-License-Identifier: ISC */
/*
 * Progress is read once a second, so that the time of a block is known to a second
 * only: over eight of them an error of an eighth. Media that keep pace with our
 * clock measure the time much better.
 */
#include "config.h"

#include <string.h>

#include "ffmpeg/ffrate.h"

/* Blocks that come closer are one. */
#define FFRATE_APART_MS 450

/* Two blocks in less time prove nothing. */
#define FFRATE_LEAST_MS 900

/* A block comes each second: one that is so late does not count on. */
#define FFRATE_QUIET_MS 3000

/* Media that have slipped once must keep pace for so long to be believed: those
 * at 0.95x slip after twenty seconds again. */
#define FFRATE_TRUST_MS 20000

/* At the connect an ffmpeg has media of the seconds in which it looked at them, and
 * a server sends those from the last key frame on: they come at once, and the rate
 * is measured from the block after that. */
#define FFRATE_BURST_MS 2200

void
ffrate_reset(struct ffrate *r)
{
	memset(r, 0, sizeof(*r));
}

/* The block was written after the one before was read. While there is a
 * difference between our clock and that of the media that fits all blocks, the
 * media keep pace. */
static void
ffrate_pace(struct ffrate *r, const struct ffrate_sample *s)
{
	int64_t gap = r->n > 0 ? s->at_ms - r->v[r->n - 1].at_ms : 0;
	int64_t most = s->at_ms - s->us / 1000;
	int64_t least = most - (gap > 0 ? gap : 1000);

	if (r->n == 0 || least > r->most_ms || most < r->least_ms) {
		r->slipped = r->n > 0;
		r->paced_ms = s->at_ms;
		r->least_ms = least;
		r->most_ms = most;
		return;
	}
	if (least > r->least_ms)
		r->least_ms = least;
	if (most < r->most_ms)
		r->most_ms = most;
}

void
ffrate_note(struct ffrate *r, const struct ffrate_sample *s)
{
	if (r->begun_ms == 0)
		r->begun_ms = s->at_ms;
	else if (r->n == 1 && s->at_ms - r->begun_ms < FFRATE_BURST_MS)
		r->n = 0;
	ffrate_pace(r, s);
	if (r->n > 1 && s->at_ms - r->v[r->n - 2].at_ms < FFRATE_APART_MS)
		r->n--;
	if (r->n == FFRATE_SAMPLES)
		memmove(r->v, r->v + 1, --r->n * sizeof(*r->v));
	r->v[r->n++] = *s;
}

/* The block from which on is measured: the oldest one of the span, or the one
 * before the last where they come rarely. */
static const struct ffrate_sample *
ffrate_first(const struct ffrate *r, int64_t end_ms)
{
	for (size_t i = 0; i + 1 < r->n; i++)
		if (r->v[i].at_ms >= end_ms - FFRATE_SPAN_MS)
			return &r->v[i];
	return &r->v[r->n - 2];
}

/* Ms from one block to the newest. */
static int64_t
ffrate_elapsed(const struct ffrate *r, const struct ffrate_sample *first)
{
	const struct ffrate_sample *last = &r->v[r->n - 1];
	int64_t media = (last->us - first->us) / 1000;

	if (first->us >= 0 && media >= FFRATE_LEAST_MS &&
	    r->paced_ms <= first->at_ms &&
	    (!r->slipped || last->at_ms - r->paced_ms >= FFRATE_TRUST_MS))
		return media;
	return last->at_ms - first->at_ms;
}

/* Growth of a number; -1: it is not known, or began again. */
static double
ffrate_grew(int64_t from, int64_t to)
{
	return from < 0 || to < from ? -1 : (double)(to - from);
}

/* A growth a second; `unit`: of what is counted, in one that is shown. */
static double
ffrate_per(double grew, double ms, double unit)
{
	return grew < 0 ? -1 : grew * 1000 / ms / unit;
}

struct ffrate_now
ffrate_at(const struct ffrate *r, int64_t now_ms)
{
	const struct ffrate_sample *first, *last;
	int64_t ms;

	if (r->n < 2)
		return (struct ffrate_now){ -1, -1, -1 };
	last = &r->v[r->n - 1];
	if (now_ms - last->at_ms >= FFRATE_SPAN_MS)
		return (struct ffrate_now){ last->frame < 0 ? -1 : 0,
			last->us < 0 ? -1 : 0, last->bytes < 0 ? -1 : 0 };
	if (now_ms - last->at_ms >= FFRATE_QUIET_MS) {
		first = ffrate_first(r, now_ms);
		ms = now_ms - first->at_ms;
	} else {
		first = ffrate_first(r, last->at_ms);
		ms = ffrate_elapsed(r, first);
	}
	if (ms < FFRATE_LEAST_MS)
		return (struct ffrate_now){ -1, -1, -1 };
	return (struct ffrate_now){
		ffrate_per(
		    ffrate_grew(first->frame, last->frame), (double)ms, 1),
		ffrate_per(
		    ffrate_grew(first->us, last->us), (double)ms, 1000000),
		ffrate_per(
		    ffrate_grew(first->bytes, last->bytes), (double)ms, 125),
	};
}
