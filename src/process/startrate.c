/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/clock.h"
#include "process/startrate.h"

void
startrate_set(struct startrate *sr, double rate, int64_t burst)
{
	sr->rate = rate;
	sr->burst = burst;
}

int64_t
startrate_reserve(struct startrate *sr)
{
	int64_t now = mono_ns();
	int64_t step = (int64_t)(1e9 / sr->rate);
	int64_t burst = step * (sr->burst - 1);
	int64_t wait;

	if (sr->full_ns < now)
		sr->full_ns = now;
	wait = sr->full_ns - burst - now;
	sr->full_ns += step;
	return wait > 0 ? (wait + 999999) / 1000000 : 0;
}
