/* SPDX-License-Identifier: ISC */
#ifndef WORKERSTATE_H
#define WORKERSTATE_H

/*
 * The states of a worker, the events that change them, and the table that says
 * what an event does in a state; worker.c does it.
 */

enum worker_state {
	ST_OFF,
	ST_WAITING,  /* for its next start */
	ST_STARTING, /* runs, nothing seen yet */
	ST_UP,	     /* media advances */
	ST_STOPPING, /* on the stop ladder */
	ST_HELD,     /* given up, but for a rare try */
	N_STATES
};

extern const char *const worker_state_names[N_STATES]; /* as in the JSON */

enum worker_event {
	WEV_START,
	WEV_STOP,
	WEV_ALIVE,  /* first progress */
	WEV_SILENT, /* grace or stall timer */
	WEV_DIED,   /* reaped */
	WEV_DUE,    /* retry timer */
	WEV_RUNG,   /* ladder timer */
	N_WORKER_EVENTS
};

/* What to do; each action decides on the next state. */
enum worker_act {
	ACT_STAY,
	ACT_LAUNCH,  /* start, when it is its turn */
	ACT_DUE,     /* the wait is over: start */
	ACT_OFF,     /* no start any more */
	ACT_STOP,    /* begin the stop ladder */
	ACT_UP,	     /* its first frame */
	ACT_REPLACE, /* mute: stop it, and start another */
	ACT_BURY,    /* dead: what next? */
	ACT_WANT,    /* it is stopping, but wanted again */
	ACT_UNWANT,  /* and it is not */
	ACT_RUNG,    /* the next rung of the ladder */
	N_WORKER_ACTS
};

extern const enum worker_act workerstate_acts[N_STATES][N_WORKER_EVENTS];

/* The event that a state's timer means; N_WORKER_EVENTS: it has none. */
extern const enum worker_event workerstate_timer_events[N_STATES];

/* "STARTING -> UP, first frame after 1.2 s": a change, and why (NULL: nobody
 * says). Caller frees. */
char *workerstate_change(
    enum worker_state from, enum worker_state to, const char *why);

#endif
