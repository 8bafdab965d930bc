/* SPDX-License-Identifier: ISC */
#ifndef RECORDER_H
#define RECORDER_H

/*
 * The care for one worker's output on a local disk: recordings get their names
 * (spool) and are kept within their limits (prune), a file with a fixed name is
 * not written over, an HLS playlist's forgotten segments go (hlsdir).
 *
 * All of it is done by one job, so that a disk that does not answer holds up
 * only its own files. The silence is reported. (recorders.h: those of a stream.)
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/notice.h"
#include "ffmpeg/ffsink.h"
#include "process/diskhang.h"
#include "process/job.h"
#include "profile/profile.h"
#include "stream/hlsdir.h"
#include "stream/prune.h"
#include "stream/spool.h"

struct worker;

struct recorder_host {
	notice_fn *notice;
	/* A disk answers, or stopped answering; or nothing is left to do. */
	void (*changed)(void *ctx);
	void *ctx;
};

/* What all recorders of a stream share. */
struct recorder_home {
	struct ev_loop *loop;
	struct recorder_host host;
	const char *stream; /* borrowed from the newest profile: its name */
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
	const struct worker *by;	  /* never looked into */
	const struct recorder_home *home; /* borrowed */
	struct job job;
	unsigned wants, doing; /* RECORDER_..., in recorder.c */
	int64_t due_ms;	       /* when to ask again, monotonic; 0: never */
	int64_t look_ms;       /* the next look at limits; 0: now */
	bool looks;	       /* it does the looks */

	struct recorder_place now; /* as the profile says */
	struct prune_limits limits;

	struct recorder_run run;

	/* seen so far: */
	struct prune_clock clock;
	struct hlsdir_watch hls;
	bool full; /* its limits cannot be kept */
	struct diskhang silence;
	char *stranded; /* why files do not get their names, or NULL */
	bool hidden;	/* they have none at all until then */
	char *why;	/* for the next report of a file, or NULL */
	TAILQ_ENTRY(recorder) entry; /* of recorders.h */
};

struct recorder *
recorder_new(const struct recorder_home *home, const struct worker *by);
void recorder_free(struct recorder *r);

/* The worker sends to output number i of the profile, now or at its next start.
 * Only the one that looks keeps the limits. */
void
recorder_set(struct recorder *r, const struct profile *p, size_t i, bool looks);

/* It should start: ms that the start must wait, 0: it can be now. */
int64_t recorder_hold(struct recorder *r);

/* It is being started: the file for its ffmpeg, borrowed until its next start;
 * NULL: as the profile says. */
const char *recorder_begin(struct recorder *r);

/* The directory that must exist before it starts, borrowed; NULL: none. */
const char *recorder_directory(const struct recorder *r);

/* Its media advance; it reported a complete file; it is dead. */
void recorder_up(struct recorder *r);
void recorder_wrote(struct recorder *r, const char *line);
void recorder_ended(struct recorder *r, bool disk_full);

/* Call it once a second. */
void recorder_tick(struct recorder *r);

/* Whether no work is left for a worker without a process; after a while it is
 * given up, whatever a disk does. */
bool recorder_is_idle(const struct recorder *r);

/* Whether its HLS playlist is not written any more, while media advance; and
 * that in words, which the caller frees. */
bool recorder_is_stale(const struct recorder *r);
char *recorder_staleness(const struct recorder *r);

/* "the disk of /rec does not answer since 40 s", or why its files cannot get
 * their names. Caller frees. */
char *recorder_trouble(const struct recorder *r);

#endif
