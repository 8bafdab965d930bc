/* SPDX-License-Identifier: ISC */
#ifndef PAINTER_H
#define PAINTER_H

/*
 * The painter of the daemon: a supervised ffsup-paint that makes tiles of text
 * and images for all streams. It runs while somebody needs it. One that dies,
 * hangs or lies is replaced; whom that delays are those who asked, and what it
 * made before stays: a tile is memory of ours.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "media/paint.h"
#include "media/tile.h"

struct ev_loop;
struct painter;
struct startrate;
struct worker;
struct worker_policy;

/* A tile and the memory that it lies in. */
struct painted {
	struct tile tile;
	void *memory; /* a mapping, owned */
	size_t len;
};

/* NULL is fine. */
void painted_free(struct painted *p);

/* One thing to paint; a member of what its asker keeps of it. */
struct painter_task {
	struct paint_request request; /* the asker's, until done */
	int file; /* of an image: a PAM file, borrowed; otherwise -1 */
	/* Called once, from the loop: the tile (given away); or NULL and why.
	 * It may be asked again from here. */
	void (*done)(
	    struct painter_task *t, struct painted *tile, const char *why);
	void *ctx;
	bool asked;	/* it is in a list of the painter */
	unsigned fatal; /* how often the painter died of it */
	TAILQ_ENTRY(painter_task) entry;
};

/* `path` is the program (copied); NULL: there is none, and nothing is done. */
struct painter *
painter_new(struct ev_loop *loop, const char *path, struct startrate *starts);

/* Other times for its process, and for an answer. */
void painter_set_policy(
    struct painter *p, const struct worker_policy *policy, int64_t reply_ms);

/* Its process, if there is one, is killed. NULL is fine. */
void painter_free(struct painter *p);

/* Where the program is installed, or lies beside our own; NULL: nowhere.
 * Caller frees. */
char *painter_find(void);

/* One more, or one less, needs it. */
void painter_join(struct painter *p);
void painter_leave(struct painter *p);

/* End it for good; what is asked for is not done any more. */
void painter_stop(struct painter *p);

/* Whether there is a program to start. */
bool painter_exists(const struct painter *p);

/* Paint when it is its turn, for ever after where there is no program; done() is
 * not called from here. The request is filled in but for its id. */
void painter_ask(struct painter *p, struct painter_task *t);

/* Forget a task: done() is not called. */
void painter_cancel(struct painter *p, struct painter_task *t);

/* For the status, and for its end. */
const struct worker *painter_worker(const struct painter *p);

#endif
