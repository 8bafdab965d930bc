/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "smooth.h"

#define SMOOTH_PERIOD_US 40000 /* when nobody knows better */
#define SMOOTH_STEP_US	 1000  /* between two stamps, at least */
#define SMOOTH_PULL	 10    /* a tenth of the way to the arrival */

/* The median: a pause or a queue does not move it. */
static int64_t
smooth_median(const struct smooth *s)
{
	int64_t v[SMOOTH_GAPS];
	size_t k;

	for (size_t i = 0; i < SMOOTH_GAPS; i++) {
		for (k = i; k > 0 && v[k - 1] > s->gaps[i]; k--)
			v[k] = v[k - 1];
		v[k] = s->gaps[i];
	}
	return v[SMOOTH_GAPS / 2];
}

static void
smooth_learn(struct smooth *s, int64_t gap_us)
{
	s->gaps[s->n++ % SMOOTH_GAPS] = gap_us;
	if (s->n >= SMOOTH_GAPS)
		s->period_us = smooth_median(s);
}

void
smooth_init(struct smooth *s, int64_t hint_us)
{
	*s = (struct smooth){ .period_us =
				  hint_us > 0 ? hint_us : SMOOTH_PERIOD_US };
}

int64_t
smooth_stamp(struct smooth *s, int64_t at_us, int64_t next_us)
{
	int64_t stamp = s->last_us + s->period_us, late = at_us - stamp;
	int64_t half = s->period_us / 2;

	if (!s->begun) {
		s->begun = true;
		s->last_us = at_us;
		return at_us;
	}
	if (s->n < SMOOTH_GAPS)
		stamp = at_us; /* too little is known for anything else */
	else if (late >= -half && late <= half)
		stamp += late / SMOOTH_PULL;
	else if (late < 0 || next_us - at_us >= half)
		stamp = at_us;
	if (stamp < s->last_us + SMOOTH_STEP_US)
		stamp = s->last_us + SMOOTH_STEP_US;
	smooth_learn(s, stamp - s->last_us);
	s->last_us = stamp;
	return stamp;
}
