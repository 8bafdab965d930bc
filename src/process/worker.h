/* SPDX-License-Identifier: ISC */
#ifndef WORKER_H
#define WORKER_H

/*
 * One supervised process. State (what the process is doing), wish (`wanted`)
 * and health (computed elsewhere) are three different things. The state is
 * changed by the table in workerstate.c alone; others read the fields, and ask
 * for things with the functions below.
 */

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/redact.h"
#include "ffmpeg/ffclass.h"
#include "ffmpeg/ffplace.h"
#include "process/backoff.h"
#include "process/child.h"
#include "process/deadline.h"
#include "process/ending.h"
#include "process/ladder.h"
#include "process/mediawatch.h"
#include "process/receivers.h"
#include "process/runlog.h"
#include "process/standstill.h"
#include "process/stdpipes.h"
#include "process/workerstate.h"
#include "profile/plan.h"

/* A timer that comes this late says that we slept, not that ffmpeg did. */
#define WORKER_SLEPT_MS 1000

/* Can be changed while it runs. */
struct worker_policy {
	struct backoff_policy backoff;
	int64_t start_ms, stall_ms, grace_ms;
	size_t log_lines, log_runs;
};

struct probe;

/* The owner's part of one start. */
struct worker_launch {
	struct strv argv, env;
	int nice;
	int stdin_fd;	       /* taken; -1: a pipe or /dev/null, as planned */
	const char *directory; /* borrowed: made before; NULL: none */
	const struct probe *ffmpeg; /* borrowed: relied on, or NULL */
	struct ffplaces places;	    /* taken */
	/* As in child_spec. ESTALE: not a failure: the start is made again with
	 * the current facts. */
	int (*before)(void *ctx, char *what, size_t size);
	void *ctx;
	bool trails;	      /* see ffver_trails() */
	struct ffends ends;   /* what it reads and writes */
	enum fail_class fail; /* the class when it cannot be prepared */
};

/* The next step after a file, or a list of files. */
enum worker_more {
	MORE_NOW,   /* the next one, at once */
	MORE_LATER, /* the same, or all again, with the delay of a failure */
	MORE_END    /* that was all */
};

struct worker;
struct secrets;
struct startrate;

/* A worker's reports to its owner. */
enum worker_news {
	WORKER_STARTED, /* it has become the program; `in` and `out` are taken */
	WORKER_FINISH,	/* close its stdin after the last frame: it is to end */
	WORKER_WROTE,	/* a file is complete: `text` is its line of progress */
	WORKER_SAID,	/* a new `line` on stderr (masked) */
	WORKER_ENDED,	/* it ran, is dead and reaped: close its ends */
	WORKER_OUTDATED, /* the binary is not the one it was made for */
	WORKER_CHANGED	 /* the state, from `from`; `text` was logged */
};

struct worker_report {
	enum worker_news what;
	int in, out; /* our ends of its stdin and stdout, -1 where none */
	enum worker_state from;
	const char *text;
	const struct runlog_line *line;
};

/* The links that move its media. */
struct worker_flow {
	/* Ms of this run for which it was given new media. While that does not
	 * grow nothing comes, and a standstill is not its fault. Asked for
	 * outputs only. */
	int64_t (*given)(void *ctx, const struct worker *w);
	/* Since when the taker of its media has seen none advance, monotonic
	 * ms; 0: they advance. NULL: nobody looks. */
	int64_t (*stuck)(void *ctx, const struct worker *w);
	void *ctx;
};

/* The worker's owner: how it takes part. Nothing here may free the worker. */
struct worker_owner {
	const char *name;	     /* of the stream; for messages */
	const struct redact *redact; /* secrets of the current start */
	struct startrate *starts;    /* borrowed: of the whole daemon */
	struct receivers *receivers; /* likewise; NULL: nobody looks */
	struct worker_flow flow;
	void (*event)(
	    void *ctx, struct worker *w, const struct worker_report *r);
	/* Fill in argv and environment. 0, or -1 with *cause (malloc'd) and,
	 * where it is not SPAWN, l->fail. */
	int (*prepare)(
	    void *ctx, struct worker *w, struct worker_launch *l, char **cause);
	/* Ms to hold the start back; then it is asked again, unless
	 * worker_release() comes before. 0: start now; -1: do not start, all
	 * its files are played. */
	int64_t (*hold)(void *ctx, struct worker *w);
	/* A file of a playlist, or a run of files, is over, in whatever way:
	 * the next step? */
	enum worker_more (*more)(void *ctx, struct worker *w);
	void *ctx;
};

/* The state's timer. */
struct worker_wait {
	struct deadline end;
	int64_t delay_ms; /* of WAITING */
	bool reserved;	  /* the wait ends with a start */
	bool rearm;	  /* the wait gets a new end */
};

/* The current process, beside the child. */
struct worker_run {
	struct stdpipes_ends ends;
	bool ran;		 /* the owner knows that it runs */
	struct secrets *secrets; /* held: those given to the process */
	int64_t spawned_ms;
	const char *odd; /* the fault in its media, or NULL */
	struct ffplaces places;
	struct standstill still;
	struct receiver receiver; /* watched while UP */
	bool hung;		  /* its receiver takes nothing */
};

struct worker {
	const struct worker_owner *owner; /* borrowed */
	struct plan_worker plan;
	struct worker_policy policy;
	struct ev_loop *loop;

	enum worker_state state; /* written by worker_enter() alone */
	bool wanted;
	int64_t since_ms, since_wall; /* of the state */
	struct worker_wait wait;
	bool waits; /* held back by its owner */

	struct child child;
	struct worker_run run;
	struct ladder ladder;
	enum fail_class cause; /* why it is being replaced */
	bool replace;	       /* stop and start again, on request */
	bool idle;	       /* nobody expects a frame yet */
	struct mediawatch media;
	int video; /* video an output began with; see tracks */

	struct backoff backoff;
	unsigned runs, restarts;
	struct endings endings;
	struct runlog log;
	char *note;		   /* owned: why the next state is entered */
	TAILQ_ENTRY(worker) entry; /* for its owner's use */
};

TAILQ_HEAD(worker_list, worker);

void worker_init(struct worker *w, const struct plan_worker *plan,
    const struct worker_owner *owner, struct ev_loop *loop);

/* Only when OFF, WAITING or HELD: without a process. */
void worker_clear(struct worker *w);

void worker_set_policy(struct worker *w, const struct worker_policy *policy);

/* Act on an event by the table; most are the worker's own. */
void worker_post(struct worker *w, enum worker_event event);

void worker_start(struct worker *w);
void worker_stop(struct worker *w);
void worker_restart(struct worker *w);

/* The owner does not hold it back any more: the start goes on. */
void worker_release(struct worker *w);

/* A stop that is under way goes on by the short ladder. */
void worker_hurry(struct worker *w);

/* A started spare, or an output without packets, waits for its turn;
 * worker_wake() is its turn. */
void worker_idle(struct worker *w);
void worker_wake(struct worker *w);

/* Its media are useless now, `odd` (static) says why: it is replaced as for a
 * stall. */
void worker_replace(struct worker *w, const char *odd);

/* Media advanced, for a worker whose media others see (a producer). */
void worker_advanced(struct worker *w);

/* Read its progress now: while UP it is read only once a second. */
void worker_refresh(struct worker *w);

/* Whether a process exists. */
bool worker_is_running(const struct worker *w);

/* It gets other arguments: the old ones' success proves nothing. */
void worker_forget(struct worker *w);

/* Ms until the next start, -1: none is due. */
int64_t worker_retry_in(const struct worker *w);

/* The newest ending, or NULL. */
const struct ending *worker_last(const struct worker *w);

#endif
