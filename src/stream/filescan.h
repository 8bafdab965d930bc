/* SPDX-License-Identifier: ISC */
#ifndef FILESCAN_H
#define FILESCAN_H

/*
 * The files of one source of a stream, and the job that looks at them before
 * each start of the worker that plays them: their disk may not answer.
 */

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/notice.h"
#include "process/diskhang.h"
#include "process/job.h"
#include "profile/plan.h"
#include "stream/playlist.h"

struct filescan;

struct filescan_host {
	notice_fn *notice;
	/* The result of a look is ready. */
	void (*ready)(void *ctx, const struct filescan *fs);
	/* The disk answers, or does not any more. */
	void (*changed)(void *ctx);
	void *ctx;
};

struct filescan {
	struct playlist list;
	struct filescan_host host;
	struct job job;
	struct plan_worker plan; /* the worker that it looks for */
	bool ready;		 /* `look` is filled in */
	bool stale;		 /* nothing waits for the running job */
	struct playlist_look look;
	struct diskhang silence;
	char *place; /* owned: the place where the disk is silent, or was */
	bool known;  /* `in` is from the newest look: */
	enum plan_stdin in;
};

void filescan_init(struct filescan *fs, struct ev_loop *loop,
    const struct filescan_host *host);
void filescan_clear(struct filescan *fs);

/* Whether a worker needs a filescan. */
bool filescan_is_for(const struct plan_worker *plan);

/* The worker should start, with files of this source: ms to wait for the look
 * (ready() reports it); 0: it is ready; -1: all has been played. */
int64_t filescan_hold(struct filescan *fs, const struct profile_source *source,
    const struct plan_worker *plan);

/* It is being started: take the look. 0 with the kind of its standard input,
 * and the chosen file, or the list, in fs->list; or -1 with *cause. */
int filescan_take(struct filescan *fs, enum plan_stdin *in, char **cause);

/* It will not be started any more. */
void filescan_drop(struct filescan *fs);

/* It gets other files: the answers about the old ones do not matter. */
void filescan_forget(struct filescan *fs);

/* The kind of its standard input, as far as known. */
enum plan_stdin
filescan_stdin(const struct filescan *fs, const struct plan_worker *plan);

/* Call it once a second. */
void filescan_tick(struct filescan *fs);

/* Whether a start waits for a disk that does not answer; and "the disk of /films
 * does not answer since 40 s". Caller frees. */
bool filescan_is_silent(const struct filescan *fs);
char *filescan_trouble(const struct filescan *fs);

#endif
