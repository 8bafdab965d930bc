/* SPDX-License-Identifier: ISC */
#ifndef RECORDERS_H
#define RECORDERS_H

/*
 * The recorders of a stream: which worker has one, for its output on a local
 * disk. For one without, nothing is done.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "stream/recorder.h"

TAILQ_HEAD(recorder_list, recorder);

struct recorders {
	struct recorder_list list;
	struct recorder_home home;
};

void recorders_init(struct recorders *rs, struct ev_loop *loop,
    const struct recorder_host *host);
void recorders_clear(struct recorders *rs);

/* As the functions of recorder.h with these names. */
void recorders_set(struct recorders *rs, const struct worker *w,
    const struct profile *p, size_t i, bool looks);
int64_t recorders_hold(struct recorders *rs, const struct worker *w);
const char *recorders_begin(struct recorders *rs, const struct worker *w);
const char *
recorders_directory(const struct recorders *rs, const struct worker *w);
void recorders_up(struct recorders *rs, const struct worker *w);
void
recorders_wrote(struct recorders *rs, const struct worker *w, const char *line);
void
recorders_ended(struct recorders *rs, const struct worker *w, bool disk_full);
void recorders_tick(struct recorders *rs);

/* The worker will end; its output goes to another worker, or to none. */
void recorders_retire(struct recorders *rs, const struct worker *w);

/* The worker does not exist any more. */
void recorders_forget(struct recorders *rs, const struct worker *w);

/* Whether all of a worker (NULL: of any) are idle. */
bool recorders_are_idle(const struct recorders *rs, const struct worker *w);

/* The first whose disk does not answer, or NULL, of a worker's or (NULL) any;
 * likewise whose files cannot get their names, and whose playlist is not written
 * any more. */
const struct recorder *
recorders_silent(const struct recorders *rs, const struct worker *w);
const struct recorder *
recorders_stranded(const struct recorders *rs, const struct worker *w);
const struct recorder *
recorders_stale(const struct recorders *rs, const struct worker *w);

#endif
