/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "media/uptake.h"

/* After a longer pause nobody knows what happened meanwhile: it was ourselves
 * that stood still. */
#define UPTAKE_PAUSE_MS 3000

int64_t
uptake_look(struct uptake *u, int64_t now_ms, uint64_t taken, int64_t waits)
{
	if (u->looked_ms == 0 || now_ms - u->looked_ms > UPTAKE_PAUSE_MS ||
	    taken != u->taken || waits <= 0)
		u->since_ms = now_ms;
	u->looked_ms = now_ms;
	u->taken = taken;
	return now_ms - u->since_ms;
}
