/* SPDX-License-Identifier: ISC */
#ifndef WORKERSTATE_H
#define WORKERSTATE_H

/*
 * The states of a worker and the events that change them; the table in worker.c
 * says what an event does in a state.
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

/* The event that a state's timer means; N_WORKER_EVENTS: it has none. */
extern const enum worker_event workerstate_timer_events[N_STATES];

/* A state's name for the log, where a change should catch the eye: "UP". */
#define WORKERSTATE_WORD_LEN 16
const char *
workerstate_word(enum worker_state state, char word[WORKERSTATE_WORD_LEN]);

#endif
