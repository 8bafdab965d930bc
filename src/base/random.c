/* SPDX-License-Identifier: ISC */
/* Random numbers for jitter and noise. */
#include "config.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"

/* xorshift64*, seeded by the clocks and the pid at its first use. */
double
random_unit(void)
{
	static uint64_t state;

	if (state == 0) {
		state = (uint64_t)wall_ms() ^ (uint64_t)mono_ns() << 20 ^
		    (uint64_t)getpid() << 40;
		state |= 1;
	}
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (double)((state * 0x2545f4914f6cdd1d) >> 11) / (1LL << 53);
}
