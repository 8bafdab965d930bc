/* SPDX-License-Identifier: ISC */
#ifndef RECORDER_H
#define RECORDER_H

/*
 * What a worker's output needs on a disk of ours: recordings get their names
 * (spool) and are kept within their limits (prune), a file with a fixed name
 * is not written over, an HLS playlist's forgotten segments go (hlsdir).
 *
 * All of it is done by one job for each worker, so that a disk that does not
 * answer holds up nothing but what is on it. While it does not, that is told.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "ffmpeg/ffsink.h"
#include "process/diskhang.h"
#include "process/job.h"
#include "profile/profile.h"
#include "stream/prune.h"
#include "stream/spool.h"

struct worker;

struct recorders;

struct recorder_host {
	/* Something that a person should know. */
	void (*notice)(void *ctx, const char *kind, const char *text);
	/* A disk answers, or does not any more; or nothing is left to do. */
	void (*changed)(void *ctx);
	void *ctx;
};

/* Where an output is; strings owned. */
struct recorder_place {
	enum sink sink;
	char *output;  /* its name */
	char *pattern; /* or the path of the file */
	char *dir;
	char *stem; /* of HLS segments, or NULL */
	char *tz;   /* of its environment, or NULL: ours */
	bool late;  /* names only for complete files */
};

/* One run of its ffmpeg. */
struct recorder_run {
	struct recorder_place place; /* as it was begun */
	bool running;
	char token[WORKNAME_TOKEN_LEN];
	char *to;	      /* where it writes; NULL: as the profile says */
	char *next_to;	      /* chosen for the next run of SINK_FILE */
	unsigned next, begun; /* files: without a name; that were begun */
	unsigned tries;
	int64_t ended_ms;
};

/* Of one worker. */
struct recorder {
	const struct worker *by; /* never looked into */
	const struct recorders *all;
	struct job job;
	unsigned wants, doing; /* RECORDER_..., in recorder.c */
	int64_t due_ms;	       /* when to ask again, monotonic; 0: never */
	int64_t look_ms;       /* the next look at limits; 0: now */
	bool looks;	       /* it is the one that does */

	struct recorder_place now; /* as the profile says */
	struct prune_limits limits;

	struct recorder_run run;

	/* what was seen */
	struct prune_clock clock;
	bool full; /* its limits cannot be kept */
	struct diskhang silence;
	char *stranded; /* why files do not get their names, or NULL */
	bool hidden;	/* they have none at all until then */
	char *why;	/* of the file that is told of next, or NULL */
	TAILQ_ENTRY(recorder) entry;
};

TAILQ_HEAD(recorder_list, recorder);

struct recorders {
	struct recorder_list list;
	struct ev_loop *loop;
	struct recorder_host host;
	const char *stream; /* borrowed from the newest profile: its name */
};

void recorders_init(struct recorders *rs, struct ev_loop *loop,
    const struct recorder_host *host);
void recorders_clear(struct recorders *rs);

/* Worker `w` sends to output number i of the profile, now or at its next
 * start. Only the one that looks keeps the limits. */
void recorders_set(struct recorders *rs, const struct worker *w,
    const struct profile *p, size_t i, bool looks);

/* It is to be started: ms that this has to wait, 0: it can be now. */
int64_t recorders_hold(struct recorders *rs, const struct worker *w);

/* It is being started: where its ffmpeg is to write, borrowed until its next
 * start; NULL: as the profile says. */
const char *recorders_begin(struct recorders *rs, const struct worker *w);

/* The directory that has to be there before it starts, borrowed; NULL: none. */
const char *
recorders_directory(const struct recorders *rs, const struct worker *w);

/* Its media advance; it told of a file that is complete; it is dead. */
void recorders_up(struct recorders *rs, const struct worker *w);
void
recorders_wrote(struct recorders *rs, const struct worker *w, const char *line);
void
recorders_ended(struct recorders *rs, const struct worker *w, bool disk_full);

/* The worker is to end, and its output is somebody else's, or nobody's. */
void recorders_retire(struct recorders *rs, const struct worker *w);

/* The worker is no more. */
void recorders_forget(struct recorders *rs, const struct worker *w);

/* Call it once a second. */
void recorders_tick(struct recorders *rs);

/* Whether nothing is left to do for a worker that has no process; after a
 * while it counts as nothing, whatever a disk does. `w` NULL: for any. */
bool recorders_are_idle(const struct recorders *rs, const struct worker *w);

/* The first that cannot reach its disk, or NULL, of a worker's or (NULL) any;
 * likewise whose files cannot have their names; and "the disk of /rec does not
 * answer since 40 s", or what is in the way. Caller frees. */
const struct recorder *
recorders_silent(const struct recorders *rs, const struct worker *w);
const struct recorder *
recorders_stranded(const struct recorders *rs, const struct worker *w);
char *recorder_trouble(const struct recorder *r);

#endif
