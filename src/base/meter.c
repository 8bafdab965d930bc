/* SPDX-License-Identifier: ISC */
/*
 * One count for each of the last seconds; the one that is still running is
 * left out of the average.
 */
#include "config.h"

#include <string.h>

#include "base/meter.h"

void
meter_reset(struct meter *m)
{
	memset(m, 0, sizeof(*m));
}

/* Move on to the present second; those in between had nothing. */
static void
meter_advance(struct meter *m, int64_t now_ms)
{
	int64_t second = (now_ms - m->start_ms) / 1000;

	if (second - m->second > METER_SPAN) {
		memset(m->counts, 0, sizeof(m->counts));
		m->second = second;
	}
	while (m->second < second)
		m->counts[++m->second % (METER_SPAN + 1)] = 0;
}

void
meter_add(struct meter *m, int64_t now_ms)
{
	meter_add_n(m, now_ms, 1);
}

void
meter_add_n(struct meter *m, int64_t now_ms, unsigned n)
{
	if (m->start_ms == 0)
		m->start_ms = now_ms;
	meter_advance(m, now_ms);
	m->counts[m->second % (METER_SPAN + 1)] += n;
}

double
meter_rate(struct meter *m, int64_t now_ms)
{
	int64_t n;
	unsigned sum = 0;

	if (m->start_ms == 0)
		return -1;
	meter_advance(m, now_ms);
	n = m->second < METER_SPAN ? m->second : METER_SPAN;
	if (n == 0)
		return -1;
	for (int64_t i = m->second - n; i < m->second; i++)
		sum += m->counts[i % (METER_SPAN + 1)];
	return (double)sum / (double)n;
}

bool
meter_is_full(const struct meter *m, int64_t now_ms)
{
	return m->start_ms != 0 && now_ms - m->start_ms >= METER_SPAN * 1000;
}
