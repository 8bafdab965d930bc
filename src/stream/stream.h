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
#include "media/soundcheck.h"
#include "process/probe.h"
#include "process/worker.h"
#include "profile/plan.h"
#include "profile/profile.h"
#include "stream/filescan.h"
#include "stream/recorder.h"
#include "stream/sourceset.h"
#include "stream/verdict.h"

struct stream;

/* What a stream needs from the daemon, and tells it. */
struct stream_host {
	struct probe *ffmpeg; /* borrowed; may change between starts */
	bool probing;	      /* it is being asked who it is: no start of it */
	/* Another binary stands in its place. */
	void (*outdated)(void *ctx);
	int64_t (*reserve)(void *ctx);
	/* A worker (NULL: the stream as a whole) changed. from and to are
	 * names of states; `text` says it in one line. */
	void (*changed)(void *ctx, struct stream *s, struct worker *w,
	    const char *from, const char *to, const char *text);
	void (*said)(void *ctx, struct stream *s, struct worker *w,
	    const struct runlog_line *line);
	/* No process is left. */
	void (*off)(void *ctx, struct stream *s);
	/* Something that a person should know. */
	void (*notice)(
	    void *ctx, struct stream *s, const char *kind, const char *text);
	const char *control; /* path of the control socket */
	void *ctx;
};

struct stream {
	struct profile *profile; /* owned */
	struct plan plan;
	struct worker **workers;	/* owned; as in plan, plan.n_workers */
	struct framelink *frames;	/* owned; NULL: no such link */
	struct packetlink *packets;	/* owned; NULL: no such link */
	struct sourceset sources;	/* of which packets come */
	unsigned retuned[FAILOVER_MAX]; /* the run that a late track began */
	struct soundcheck
	    soundchecks[FAILOVER_MAX];	/* of each source's sound */
	bool mislabelled[FAILOVER_MAX]; /* that its tables are wrong is told */
	struct worker_list gone; /* outputs taken out, not dead yet; owned */
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

/* Take over a version with other video, audio or outputs: only the encoders
 * are restarted; with a packets link, only the outputs that are not the same,
 * or only what is before them. */
void stream_swap(struct stream *s, struct profile *p);

/* Whether no worker has a process or is to get one. */
bool stream_is_off(const struct stream *s);

/* What is seen of it now, and what that adds up to. */
void stream_view(const struct stream *s, struct verdict_view *view);
struct verdict stream_verdict(const struct stream *s);

/* The state of output number i of the profile. */
enum stream_state stream_output_state(const struct stream *s, size_t i);

/* Judge again and tell the host about a change; what no worker's change
 * brings, such as pictures that stop coming. Call it once a second. */
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
