/* SPDX-License-Identifier: ISC */
#ifndef VERDICT_H
#define VERDICT_H

/*
 * The judgement on a stream's workers and links: the stream's state, the
 * reason, and which worker is to blame. Pure: all facts come in a view. The
 * words are those of the JSON (doc/PROTOCOL.md).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ffmpeg/ffadvice.h"
#include "link/framelink.h"
#include "process/worker.h"
#include "profile/plan.h"

enum stream_state {
	STREAM_OFF,
	STREAM_STARTING,
	STREAM_LIVE,
	STREAM_DEGRADED, /* on air, but */
	STREAM_RETRY,	 /* nothing on air, trying again */
	STREAM_FAILED,	 /* will not retry by itself */
	STREAM_STOPPING,
	N_STREAM_STATES
};

extern const char *const stream_state_names[N_STREAM_STATES];

enum reason {
	REASON_NONE,
	REASON_FAILURE,	    /* of a worker: see the class */
	REASON_HOLD,	    /* the last frame is sent again and again */
	REASON_SLATE,	    /* the slate is on air */
	REASON_FROZEN,	    /* all new frames are the same */
	REASON_SLOW,	    /* the encoder takes too few frames */
	REASON_NO_PICTURES, /* the broadcast was ended for want of them */
	REASON_NO_PROGRAM,  /* nobody writes to the named pipe or socket */
	REASON_SILENT_DISK, /* a disk does not answer */
	REASON_FILE_NAME,   /* recordings do not get their names */
	REASON_NO_OUTPUT,   /* each output was stopped by itself */
	REASON_OUTPUT,	    /* some outputs are down */
	REASON_PRODUCER,    /* nothing comes from the worker in this role */
	REASON_SOURCE,
	REASON_ENCODER,
	REASON_SIZE,	 /* frames of another size or format come */
	REASON_STRAY,	 /* bytes between frames */
	REASON_NOT_RAW,	 /* no raw frames come */
	REASON_NOT_H264, /* no H.264 comes */
	REASON_GARBAGE,	 /* much of it is no H.264 */
	REASON_NO_SETS,	 /* it has no parameter sets */
	REASON_BLOCKED,	 /* no program can come in */
	REASON_BEHIND,	 /* media advance more slowly than the clock */
	REASON_AHEAD,	 /* much faster */
	REASON_PLAYLIST, /* an HLS playlist is not written any more */
	REASON_SPARE,	 /* another source than the first is on air */
	REASON_OTHER,	 /* a word of another version of ffsup */
	N_REASONS
};

/* The view of a worker. */
struct verdict_worker {
	enum role role;
	enum worker_state state;
	bool wanted, waits, replace, idle; /* as in struct worker */
	bool playlist, files;		   /* as in struct plan_worker */
	bool program;			   /* the user's, which is not ffmpeg */
	bool due;      /* it should run, if it is a source */
	bool kept;     /* its start waits for a disk */
	bool fresh;    /* its media advance only since a moment ago */
	bool supplied; /* an output: packets come to it */
	bool ended;    /* a run has ended */
	unsigned runs, restarts;
	enum fail_class last;  /* of that run */
	enum fail_class cause; /* why it is being replaced */
};

/* The cause of an outage; it is kept while the next try runs. */
struct verdict_cause {
	bool failed; /* it is one, and not the first start */
	enum reason reason;
	enum fail_class class; /* as in struct verdict, and the next */
	int aired;
};

/* The view of a stream. Workers are named by their index in the plan. */
struct verdict_view {
	bool wanted;
	bool off;      /* no process is left */
	bool gave_up;  /* the broadcast was ended: no frames came */
	bool starting; /* that was the state until now */
	struct verdict_cause outage; /* why it is not on air */

	bool frames; /* it has a frames link: */
	struct framelink_health health;

	bool packets; /* it has a packets link: */
	bool slated;  /* the slate is on air */
	bool silent;  /* no packet comes */
	int aired;    /* of several sources, the one on air; -1: none */

	bool intake_silent; /* the disk of its intake does not answer */
	bool disk_silent;   /* that of a recording does not */
	bool stranded;	    /* recordings do not get their names: */
	int stranded_by;    /* whose; -1: of an output taken out */

	enum reason fault; /* in the media, while processes run; or NONE */

	int sender;   /* all outputs depend on it */
	int producer; /* brings frames from outside; -1: none of ours */
	size_t n;
	struct verdict_worker workers[PLAN_WORKERS_MAX];
};

struct verdict {
	enum stream_state state;
	enum reason reason;
	enum fail_class class; /* of REASON_FAILURE */
	int aired;	       /* of REASON_SPARE: the source on air */
	bool down; /* not on air, although it should be: more than a start */

	/* Which worker explains it. */
	int blamed;   /* index in the plan */
	bool outside; /* no: a program does that ffsup did not start */
	bool kept;    /* its start waits for a disk */
	bool program; /* it is the user's program */
	enum fail_class failure; /* it says more than the reason; or NONE */
};

/* For people; each may be NULL. */
struct verdict_words {
	const char *class;    /* a word of the JSON */
	char *cause, *advice; /* owned */
};

/* The next start of the blamed worker. */
struct verdict_retry {
	const char *stream, *worker; /* names */
	unsigned failures;	     /* of that worker, in a row */
	bool held;		     /* it was given up */
	int64_t in_ms;		     /* -1: no start is due */
};

struct verdict verdict_of(const struct verdict_view *view);

/* The state of one output, by the worker that sends to it. STREAM_DEGRADED:
 * nothing comes to it. */
enum stream_state
verdict_of_output(const struct verdict_view *view, size_t worker);

/* Whether people see the same for both: state and reason. */
bool verdict_same(const struct verdict *a, const struct verdict *b);

/* The reason's word; NULL: no reason. */
const char *verdict_name(const struct verdict *v);

/* Cause and advice; all NULL where nothing is wrong. `about`: the newest ending
 * of the blamed worker, and the stream's name. */
struct verdict_words
verdict_explain(const struct verdict *v, const struct ffadvice_ask *about);
void verdict_words_clear(struct verdict_words *words);

/* The state in one line, with the next start and the command that changes it.
 * Caller frees. */
char *verdict_head(const struct verdict *v, const struct verdict_retry *r);

/* The meaning of a word of the JSON: REASON_NONE for NULL; REASON_OTHER, or
 * N_STREAM_STATES, for an unknown one. */
enum reason verdict_by_name(const char *name);
enum stream_state verdict_state_by_name(const char *name);

#endif
