/* SPDX-License-Identifier: ISC */
#ifndef LADDER_H
#define LADDER_H

/*
 * How a process is stopped: rung by rung, each with a share of its grace, the
 * last is SIGKILL. Pure: the worker acts.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A step of the short ladder, at most. */
#define LADDER_SHORT_STEP_MS 1000

enum {
	LADDER_FINISH = 1 << 0, /* close its stdin */
	LADDER_TERM = 1 << 1,
	LADDER_KILL = 1 << 2
};

struct ladder {
	size_t rung;
	bool hurry;  /* the short ladder */
	bool killed; /* it got SIGKILL */
	bool stuck;  /* it survived that */
};

/*
 * Take the current rung: what to do, and in *ms how long until the next one, of
 * so much grace. `fed`: it has a stdin that is closed first. The last rung
 * repeats: a process in state D stays.
 */
unsigned ladder_step(struct ladder *l, bool fed, int64_t grace_ms, int64_t *ms);

/* From now on by the short ladder. Each step is a SIGTERM, and those already
 * sent count: a hurry never ends later than without it. False: it is already on
 * it, or at its end. */
bool ladder_hurry(struct ladder *l, bool fed);

#endif
