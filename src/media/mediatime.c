/* SPDX-License-Identifier: ISC */
/*
 * Measured from its last advance, or from some seconds ago, so that a pause, a
 * burst or a jump needs no special case.
 */
#include "config.h"

#include "media/mediatime.h"

/* Without frames to count: media time must cover this share of the clock. */
#define MEDIATIME_SHARE 20

/* It is measured over so long at most: media frozen for minutes count as
 * advancing as soon as they move. */
#define MEDIATIME_SPAN_US ((int64_t)5 * 1000000)

void
mediatime_reset(struct mediatime *p)
{
	*p = (struct mediatime){ .begun = false };
}

/* Measure from here on. */
static bool
mediatime_mark(struct mediatime *p, int64_t now_ms, int64_t count)
{
	p->begun = true;
	p->at_ms = now_ms;
	p->at_count = count;
	p->at_us = p->top_us;
	return true;
}

bool
mediatime_goes_on(
    struct mediatime *p, int64_t now_ms, int64_t count, int64_t us)
{
	int64_t frames, covered, clock;

	if (!p->begun) {
		p->top_us = us;
		return mediatime_mark(p, now_ms, count);
	}
	if (us > p->top_us)
		p->top_us = us;
	covered = p->top_us - p->at_us;
	clock = (now_ms - p->at_ms) * 1000;
	frames = count < 0 || p->at_count < 0 ? -1 : count - p->at_count;
	if (covered > 0 &&
	    (covered >= clock / 2 ||
		(frames < 0 && covered >= clock / MEDIATIME_SHARE) ||
		(frames >= 0 && covered >= frames * MEDIATIME_FRAME_US)))
		return mediatime_mark(p, now_ms, count);
	if (clock >= MEDIATIME_SPAN_US)
		mediatime_mark(p, now_ms, count);
	return false;
}
