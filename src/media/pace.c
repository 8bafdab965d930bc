/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "media/pace.h"

#define PACE_LEAST_MS 10000
#define PACE_APART_MS 900
#define PACE_SLACK_US 1000000 /* between a report and a look at it */

static const struct pace_sample *
pace_at(const struct pace *p, unsigned i)
{
	return &p->v[i % PACE_SAMPLES];
}

static const struct pace_sample *
pace_newest(const struct pace *p)
{
	return pace_at(p, p->n - 1);
}

/* The number of the oldest sample that is kept. */
static unsigned
pace_from(const struct pace *p)
{
	return p->n > PACE_SAMPLES ? p->n - PACE_SAMPLES : 0;
}

void
pace_add(struct pace *p, unsigned run, int64_t now, int64_t media)
{
	if (run != p->run || (p->n > 0 && media < pace_newest(p)->media_us)) {
		memset(p, 0, sizeof(*p));
		p->run = run;
	}
	if (media < 0 || (p->n > 0 && now - pace_newest(p)->ms < PACE_APART_MS))
		return;
	p->v[p->n++ % PACE_SAMPLES] = (struct pace_sample){ now, media };
}

/* Of the samples from `from` on: how long they took, their media, and the
 * largest step of these. */
struct pace_span {
	int64_t clock_us, media_us, step_us;
};

static struct pace_span
pace_span(const struct pace *p, unsigned from)
{
	struct pace_span s = { .clock_us = 0 };

	for (unsigned i = from + 1; i < p->n; i++) {
		int64_t step =
		    pace_at(p, i)->media_us - pace_at(p, i - 1)->media_us;

		if (step > s.step_us)
			s.step_us = step;
	}
	if (p->n > from + 1) {
		s.clock_us = (pace_newest(p)->ms - pace_at(p, from)->ms) * 1000;
		s.media_us =
		    pace_newest(p)->media_us - pace_at(p, from)->media_us;
	}
	return s;
}

double
pace_speed(const struct pace *p)
{
	struct pace_span s = pace_span(p, pace_from(p));

	return s.clock_us < PACE_LEAST_MS * 1000
	    ? -1
	    : (double)s.media_us / (double)s.clock_us;
}

/* The samples after the beginning. */
static unsigned
pace_after_beginning(const struct pace *p)
{
	unsigned seconds = PACE_BEGINNING_MS / 1000, from = pace_from(p);

	return from > seconds ? from : seconds;
}

int
pace_judge(const struct pace *p)
{
	struct pace_span s = pace_span(p, pace_from(p));

	if (s.clock_us >= PACE_LEAST_MS * 1000 && s.media_us > 0 &&
	    (double)(s.media_us + s.step_us + PACE_SLACK_US) <
		PACE_BELOW * (double)s.clock_us)
		return -1;
	s = pace_span(p, pace_after_beginning(p));
	if (s.clock_us >= PACE_LEAST_MS * 1000 &&
	    (double)(s.media_us - s.step_us - PACE_SLACK_US) >
		PACE_ABOVE * (double)s.clock_us)
		return 1;
	return 0;
}
