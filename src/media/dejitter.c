/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "media/dejitter.h"

#define DEJITTER_PERIOD_US 40000 /* by default */
#define DEJITTER_STEP_US   1000	 /* between two stamps, at least */
#define DEJITTER_NEAR_US   15000 /* a pipe's jitter is less */
#define DEJITTER_PULL	   8	 /* an eighth of the way to the arrival */

/* The mean without the longest and the shortest, so that a pause or a queue
 * does not move it. A median would: where frames come faster than expected the
 * gaps are long and short in turn, and one of the two would be taken. */
static int64_t
dejitter_mean(const struct dejitter *s)
{
	int64_t sum = 0, min = s->gaps[0], max = min;

	for (size_t i = 0; i < DEJITTER_GAPS; i++) {
		sum += s->gaps[i];
		if (s->gaps[i] < min)
			min = s->gaps[i];
		if (s->gaps[i] > max)
			max = s->gaps[i];
	}
	return (sum - min - max) / (DEJITTER_GAPS - 2);
}

static void
dejitter_learn(struct dejitter *s, int64_t gap_us)
{
	s->gaps[s->n++ % DEJITTER_GAPS] = gap_us;
	if (s->n >= DEJITTER_GAPS)
		s->period_us = dejitter_mean(s);
}

void
dejitter_init(struct dejitter *s, int64_t hint_us)
{
	*s = (struct dejitter){ .period_us = hint_us > 0 ? hint_us
							 : DEJITTER_PERIOD_US };
}

int64_t
dejitter_stamp(struct dejitter *s, int64_t at_us, int64_t next_us)
{
	int64_t stamp = s->last_us + s->period_us, late = at_us - stamp;
	int64_t half = s->period_us / 2, close = half + half / 2;
	int64_t near = half < DEJITTER_NEAR_US ? half : DEJITTER_NEAR_US;
	bool soon = at_us - s->came_us < close; /* after the last one */

	s->came_us = at_us;
	if (!s->begun) {
		s->begun = true;
		s->last_us = at_us;
		return at_us;
	}
	if (s->n < DEJITTER_GAPS)
		stamp = at_us; /* too little is known for anything else */
	else if (late >= -near && late <= near)
		stamp += late / DEJITTER_PULL;
	else if (late < half || next_us - at_us >= close ||
	    (s->queued && !soon))
		stamp = at_us;
	s->queued = stamp != at_us && late > half;
	if (stamp < s->last_us + DEJITTER_STEP_US)
		stamp = s->last_us + DEJITTER_STEP_US;
	dejitter_learn(s, stamp - s->last_us);
	s->last_us = stamp;
	return stamp;
}
