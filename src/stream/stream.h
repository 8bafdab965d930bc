/* SPDX-License-Identifier: ISC */
#ifndef STREAM_H
#define STREAM_H

/*
 * One profile alive: its workers and links, and what they add up to.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "link/framelink.h"
#include "link/packetlink.h"
#include "process/probe.h"
#include "process/worker.h"
#include "profile/plan.h"
#include "profile/profile.h"
#include "stream/filescan.h"
#include "stream/recorder.h"
#include "stream/sourcecheck.h"
#include "stream/sourceset.h"
#include "stream/verdict.h"

struct stream;

/* What a stream tells the daemon. */
enum stream_news {
	NEWS_CHANGED, /* a worker, or the stream; `text` says it in one line */
	NEWS_SAID,    /* a worker said a new `line` */
	NEWS_NOTICE,  /* something of this `kind` that a person should know */
	NEWS_OFF,     /* no process is left */
	NEWS_OUTDATED /* another ffmpeg stands in the place of the known one */
};

struct stream_report {
	enum stream_news what;
	struct worker *worker; /* NULL: the stream as a whole */
	const char *from, *to; /* names of states */
	const char *kind, *text;
	const struct runlog_line *line;
};

/* What a stream needs from the daemon. */
struct stream_host {
	struct probe *ffmpeg; /* borrowed; may change between starts */
	bool probing;	      /* it is being asked who it is: no start of it */
	struct startrate *starts; /* borrowed */
	const char *control;	  /* path of the control socket */
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
	struct sourceset sources;   /* of which packets come */
	struct sourcecheck checks;  /* what turns out of each */
	struct worker_list gone;    /* outputs taken out, not dead yet; owned */
	struct worker_owner owner;
	const struct stream_host *host; /* borrowed */
	struct ev_loop *loop;
	struct recorders recorders; /* outputs on disks of ours */
	bool wanted;
	bool gave_up; /* the broadcast was ended: no pictures came */
	struct filescan
	    filescans[PROFILE_SOURCES_MAX]; /* files of each source */
	struct verdict told;		    /* to the host, the last one */
	int64_t since_ms, since_wall;	    /* of that state */
	struct profile *next; /* owned: what replaces the profile when off */
	bool run_next;	      /* and whether that is to run */
	bool remove;	      /* free it when off */
	TAILQ_ENTRY(stream) entry;
};

/* Takes the profile. Without memory for pictures its workers do not start, and
 * say so; each start tries again. */
struct stream *stream_new(
    struct profile *p, const struct stream_host *host, struct ev_loop *loop);

/* Only when off. */
void stream_free(struct stream *s);

void stream_start(struct stream *s);
void stream_stop(struct stream *s);
void stream_restart(struct stream *s);
void stream_hurry(struct stream *s);

/* Start waiting and held workers now. False: there was none. */
bool stream_retry(struct stream *s);

/* Take over another version of the profile that differs in live keys only. */
void stream_apply_live(struct stream *s, struct profile *p);

/* For swap.h: a worker for a place in a plan, which the caller gives it. */
struct worker *
stream_make_worker(struct stream *s, const struct plan_worker *plan);

/* Whether a worker is to run now, by the stream's state. */
bool stream_is_due(const struct stream *s, const struct worker *w);

/* Whether no worker has a process or is to get one. */
bool stream_is_off(const struct stream *s);

/* What it adds up to now. */
struct verdict stream_verdict(const struct stream *s);

/* The state of output number i of the profile. */
enum stream_state stream_output_state(const struct stream *s, size_t i);

/* Judge again, and tell the host about a change. */
void stream_review(struct stream *s);

/* The same, of what no worker's change brings, such as pictures that stop
 * coming. Call it once a second. */
void stream_tick(struct stream *s);

/* The worker that sends; with several outputs, the one that all of them
 * depend on. */
struct worker *stream_sender(const struct stream *s);

/* The worker that brings pictures from outside, or NULL: it is none of ours, or
 * the one that sends. */
struct worker *stream_producer(const struct stream *s);

/* The worker that sends to output number i of the profile. */
struct worker *stream_output(const struct stream *s, size_t i);

/* Whether an output was stopped by itself. */
bool stream_lacks_output(const struct stream *s);

/* What does not answer of a worker (NULL: of any), for people, or NULL: "the
 * disk of /rec does not answer since 40 s". Caller frees. */
char *stream_trouble(const struct stream *s, const struct worker *w);

/* What a worker finds on its standard input, as far as is known. */
enum plan_stdin
stream_stdin(const struct stream *s, const struct plan_worker *plan);

/* Process starts after failures, all workers together. */
unsigned stream_restarts(const struct stream *s);

#endif
