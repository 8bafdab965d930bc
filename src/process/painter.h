/* SPDX-License-Identifier: ISC */
#ifndef PAINTER_H
#define PAINTER_H

/*
 * The painter of the daemon: a supervised ffsup-paint that makes tiles of text
 * and images for all streams. It runs while it has users. One that dies, hangs
 * or lies is replaced; that delays only its open requests, and earlier tiles
 * stay: they are memory of ours.
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

/* One thing to paint; a member of its owner's structure. */
struct painter_task {
	struct paint_request request; /* the owner's, until done */
	int file; /* of an image: a PAM file, borrowed; otherwise -1 */
	/* Called once, from the loop: the tile, now the owner's; or NULL and
	 * why. May call painter_ask() again. */
	void (*done)(
	    struct painter_task *t, struct painted *tile, const char *why);
	void *ctx;
	bool asked;	/* it is in a list of the painter */
	unsigned fatal; /* weight of the deaths of painters at work on it */
	TAILQ_ENTRY(painter_task) entry;
};

/* `path` is the program (copied); NULL: no program, and no task is ever
 * done. */
struct painter *
painter_new(struct ev_loop *loop, const char *path, struct startrate *starts);

/* Change the times for its process, and for an answer. */
void painter_set_policy(
    struct painter *p, const struct worker_policy *policy, int64_t reply_ms);

/* Its process, if any, is killed. NULL is fine. */
void painter_free(struct painter *p);

/* The path of the program, installed or beside our own; NULL: not found. Caller
 * frees. */
char *painter_find(void);

/* Count a user in, or out. */
void painter_join(struct painter *p);
void painter_leave(struct painter *p);

/* End it for good; no task is done any more. */
void painter_stop(struct painter *p);

/* Whether it has a program to start. */
bool painter_exists(const struct painter *p);

/* Queue a task; without a program it waits for ever. done() is not called from
 * here. The caller fills in the request, except its id. */
void painter_ask(struct painter *p, struct painter_task *t);

/* Forget a task: done() is not called. */
void painter_cancel(struct painter *p, struct painter_task *t);

/* For the status, and for its end. */
const struct worker *painter_worker(const struct painter *p);

#endif
