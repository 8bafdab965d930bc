/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <ctype.h>
#include <stddef.h>

#include "base/util.h"
#include "process/workerstate.h"

#define WORKERSTATE_WORD_LEN 16

const char *const worker_state_names[] = {
	[ST_OFF] = "off",
	[ST_WAITING] = "waiting",
	[ST_STARTING] = "starting",
	[ST_UP] = "up",
	[ST_STOPPING] = "stopping",
	[ST_HELD] = "held",
};
_Static_assert(NELEM(worker_state_names) == N_STATES, "a name for each");

const enum worker_act workerstate_acts[N_STATES][N_WORKER_EVENTS] = {
	[ST_OFF] = {
		[WEV_START] = ACT_LAUNCH,
		[WEV_STOP] = ACT_STAY,
		[WEV_ALIVE] = ACT_STAY,
		[WEV_SILENT] = ACT_STAY,
		[WEV_DIED] = ACT_STAY,
		[WEV_DUE] = ACT_STAY,
		[WEV_RUNG] = ACT_STAY,
	},
	[ST_WAITING] = {
		[WEV_START] = ACT_LAUNCH,
		[WEV_STOP] = ACT_OFF,
		[WEV_ALIVE] = ACT_STAY,
		[WEV_SILENT] = ACT_STAY,
		[WEV_DIED] = ACT_STAY,
		[WEV_DUE] = ACT_DUE,
		[WEV_RUNG] = ACT_STAY,
	},
	[ST_STARTING] = {
		[WEV_START] = ACT_WANT,
		[WEV_STOP] = ACT_STOP,
		[WEV_ALIVE] = ACT_UP,
		[WEV_SILENT] = ACT_REPLACE,
		[WEV_DIED] = ACT_BURY,
		[WEV_DUE] = ACT_STAY,
		[WEV_RUNG] = ACT_STAY,
	},
	[ST_UP] = {
		[WEV_START] = ACT_WANT,
		[WEV_STOP] = ACT_STOP,
		[WEV_ALIVE] = ACT_STAY,
		[WEV_SILENT] = ACT_REPLACE,
		[WEV_DIED] = ACT_BURY,
		[WEV_DUE] = ACT_STAY,
		[WEV_RUNG] = ACT_STAY,
	},
	[ST_STOPPING] = {
		[WEV_START] = ACT_WANT,
		[WEV_STOP] = ACT_UNWANT,
		[WEV_ALIVE] = ACT_STAY,
		[WEV_SILENT] = ACT_STAY,
		[WEV_DIED] = ACT_BURY,
		[WEV_DUE] = ACT_STAY,
		[WEV_RUNG] = ACT_RUNG,
	},
	[ST_HELD] = {
		[WEV_START] = ACT_LAUNCH,
		[WEV_STOP] = ACT_OFF,
		[WEV_ALIVE] = ACT_STAY,
		[WEV_SILENT] = ACT_STAY,
		[WEV_DIED] = ACT_STAY,
		[WEV_DUE] = ACT_DUE,
		[WEV_RUNG] = ACT_STAY,
	},
};

const enum worker_event workerstate_timer_events[] = {
	[ST_OFF] = N_WORKER_EVENTS,
	[ST_WAITING] = WEV_DUE,
	[ST_STARTING] = WEV_SILENT,
	[ST_UP] = WEV_SILENT,
	[ST_STOPPING] = WEV_RUNG,
	[ST_HELD] = WEV_DUE,
};
_Static_assert(NELEM(workerstate_timer_events) == N_STATES, "one for each");

/* A state's name for the log, where a change should catch the eye: "UP". */
static const char *
workerstate_word(enum worker_state state, char word[WORKERSTATE_WORD_LEN])
{
	const char *name = worker_state_names[state];
	size_t i;

	for (i = 0; i < WORKERSTATE_WORD_LEN - 1 && name[i] != '\0'; i++)
		word[i] = (char)toupper((unsigned char)name[i]);
	word[i] = '\0';
	return word;
}

char *
workerstate_change(
    enum worker_state from, enum worker_state to, const char *why)
{
	char was[WORKERSTATE_WORD_LEN], is[WORKERSTATE_WORD_LEN];

	return xasprintf("%s -> %s%s%s", workerstate_word(from, was),
	    workerstate_word(to, is), util_is_empty(why) ? "" : ", ",
	    util_is_empty(why) ? "" : why);
}
