/* SPDX-License-Identifier: ISC */
/* The clocks: one for delays and ages, one for showing. */
#include "config.h"

#include <time.h>

#include "base/clock.h"

/* Nanoseconds of any clock; the ones we ask for cannot fail. */
static int64_t
clock_read(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
mono_ms(void)
{
	return clock_read(CLOCK_MONOTONIC) / 1000000;
}

int64_t
mono_ns(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

int64_t
wall_ms(void)
{
	return clock_read(CLOCK_REALTIME) / 1000000;
}
