/* SPDX-License-Identifier: ISC */
#ifndef STREAM_H
#define STREAM_H

/*
 * One profile alive: its workers and links, and the state of the whole.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "link/framelink.h"
#include "link/packetlink.h"
#include "media/pace.h"
#include "process/probe.h"
#include "process/usage.h"
#include "process/worker.h"
#include "profile/plan.h"
#include "profile/profile.h"
#include "stream/filescan.h"
#include "stream/outage.h"
#include "stream/recorders.h"
#include "stream/sourcecheck.h"
#include "stream/sourceset.h"
#include "stream/verdict.h"

struct stream;

/* A stream's reports to the daemon. */
enum stream_news {
	NEWS_CHANGED, /* a worker, or the stream; `text` says it in one line */
	NEWS_SAID,    /* a worker said a new `line` */
	NEWS_NOTICE,  /* something of this `kind` that a person should know */
	NEWS_OFF,     /* no process is left */
	NEWS_OUTDATED /* the ffmpeg binary was replaced */
};

struct stream_report {
	enum stream_news what;
	struct worker *worker; /* NULL: the stream as a whole */
	const char *from, *to; /* names of states */
	const char *kind, *text;
	const struct runlog_line *line;
};

/* A stream's needs from the daemon. */
struct stream_host {
	struct probe *ffmpeg; /* borrowed; may change between starts */
	bool probing;	      /* its version is being asked: do not start it */
	struct startrate *starts;    /* borrowed */
	struct receivers *receivers; /* borrowed */
	struct painter *painter;     /* borrowed */
	const char *control;	     /* path of the control socket */
	void (*event)(
	    void *ctx, struct stream *s, const struct stream_report *r);
	void *ctx;
};

struct stream {
	struct profile *profile; /* owned */
	struct plan plan;
	struct worker **workers;    /* owned; as in plan, plan.n_workers */
	struct framelink *frames;   /* owned; NULL: no such link */
	struct packetlink *packets; /* owned; NULL: no such link */
	struct sourceset sources;   /* that send packets */
	struct sourcecheck checks;  /* facts learned about each */
	struct worker_list gone;    /* outputs taken out, not dead yet; owned */
	struct worker_owner owner;
	const struct stream_host *host; /* borrowed */
	struct ev_loop *loop;
	struct recorders recorders; /* outputs on disks of ours */
	struct pace pace;	    /* of the worker that sends what it reads */
	bool wanted;
	bool gave_up; /* the broadcast was ended: no frames came */
	struct filescan
	    filescans[PROFILE_SOURCES_MAX]; /* files of each source */
	struct verdict reported; /* the last one reported to the host */
	struct outage outage;
	struct usage usage; /* of its processes, when it was last asked for */
	int64_t since_ms, since_wall; /* of that state */
	struct profile *next;	      /* owned: replaces the profile when off */
	bool run_next;		      /* and whether that is to run */
	bool remove;		      /* free it when off */
	TAILQ_ENTRY(stream) entry;
};

/* Takes the profile. Without memory for frames its workers do not start, and
 * say so; each start tries again. */
struct stream *stream_new(
    struct profile *p, const struct stream_host *host, struct ev_loop *loop);

/* Only when off. */
void stream_free(struct stream *s);

void stream_start(struct stream *s);
void stream_stop(struct stream *s);
void stream_restart(struct stream *s);
void stream_hurry(struct stream *s);

/* Start waiting and held workers now. False: no worker was. */
bool stream_retry(struct stream *s);

/* Take over another version of the profile that differs in live keys only. */
void stream_apply_live(struct stream *s, struct profile *p);

/* For swap.h: a worker for a place in a plan; the caller puts it there. */
struct worker *
stream_make_worker(struct stream *s, const struct plan_worker *plan);

/* Whether a worker should run now, by the stream's state. */
bool stream_is_due(const struct stream *s, const struct worker *w);

/* Whether no worker has a process or will get one. */
bool stream_is_off(const struct stream *s);

/* The verdict now. */
struct verdict stream_verdict(const struct stream *s);

/* The state of each output of the profile. */
void stream_output_states(const struct stream *s, enum stream_state *states);

/* Judge again, and report a change to the host. */
void stream_review(struct stream *s);

/* The same, for changes without a worker's event, such as frames that stop.
 * Call it once a second. */
void stream_tick(struct stream *s);

/* The worker that sends; with several outputs, the one that they all
 * depend on. */
struct worker *stream_sender(const struct stream *s);

/* The worker that brings frames from outside, or NULL: it is not ours, or it is
 * the sender. */
struct worker *stream_producer(const struct stream *s);

/* The worker that sends to output number i of the profile. */
struct worker *stream_output(const struct stream *s, size_t i);

/* Whether an output was stopped by itself. */
bool stream_lacks_output(const struct stream *s);

/* The silent disk of a worker (NULL: of any), for people, or NULL: "the disk of
 * /rec does not answer since 40 s". Caller frees. */
char *stream_trouble(const struct stream *s, const struct worker *w);

/* The fault in the media while the processes run: REASON_NONE, if none is
 * known. Its pace is watched once a second. */
enum reason stream_fault(const struct stream *s);
void stream_watch_pace(struct stream *s);

/* The proof of a verdict's reason, for people: numbers, paths, who is connected.
 * NULL: nothing is known that the reason does not say. Caller frees. */
char *stream_proof(const struct stream *s, const struct verdict *v);

/* A better advice than the reason's, static; NULL: none. */
const char *stream_cure(const struct stream *s, const struct verdict *v);

/* The kind of a worker's standard input, as far as known. */
enum plan_stdin
stream_stdin(const struct stream *s, const struct plan_worker *plan);

/* Process starts after failures, all workers together. */
unsigned stream_restarts(const struct stream *s);

#endif
