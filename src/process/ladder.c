/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "process/ladder.h"

/* Between two SIGKILLs of a process that does not die (state D). */
#define LADDER_KILL_AGAIN_MS 5000

struct ladder_rung {
	unsigned what;
	int share; /* percent of the grace until the next rung */
};

/* ffmpeg that waits for its stdin does not hear SIGTERM; one that is blocked
 * in the network needs two; four would make it exit without a trailer. */
static const struct ladder_rung ladder_fed[] = { { LADDER_FINISH, 40 },
	{ LADDER_TERM, 30 }, { LADDER_TERM, 30 }, { LADDER_KILL, 0 } };
static const struct ladder_rung ladder_plain[] = { { LADDER_TERM, 50 },
	{ LADDER_TERM, 50 }, { LADDER_KILL, 0 } };
static const struct ladder_rung ladder_short[] = {
	{ LADDER_FINISH | LADDER_TERM, 20 }, { LADDER_TERM, 20 },
	{ LADDER_KILL, 0 }
};

static const struct ladder_rung *
ladder_rungs(const struct ladder *l, bool fed)
{
	if (l->hurry)
		return ladder_short;
	return fed ? ladder_fed : ladder_plain;
}

unsigned
ladder_step(struct ladder *l, bool fed, int64_t grace_ms, int64_t *ms)
{
	const struct ladder_rung *r = &ladder_rungs(l, fed)[l->rung];

	*ms = grace_ms * r->share / 100;
	if (r->what & LADDER_KILL) {
		l->stuck = l->killed;
		l->killed = true;
		*ms = LADDER_KILL_AGAIN_MS;
	} else {
		l->rung++;
		if (l->hurry && *ms > LADDER_SHORT_STEP_MS)
			*ms = LADDER_SHORT_STEP_MS;
	}
	return r->what;
}

bool
ladder_hurry(struct ladder *l, bool fed)
{
	if (l->hurry || l->killed)
		return false;
	if (fed)
		l->rung--; /* its first step did nothing */
	l->hurry = true;
	return true;
}
