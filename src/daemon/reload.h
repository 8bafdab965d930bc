/* SPDX-License-Identifier: ISC */
#ifndef RELOAD_H
#define RELOAD_H

/*
 * Reloads, one after the other: each begins with a survey, made in a separate
 * process. While the disk of the configuration does not answer, the asker gets
 * that answer, and everything else goes on.
 */

#include <ev.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "daemon/fleet.h"
#include "process/job.h"

/* 0 with the changes, or -1 with errors; both are borrowed. */
typedef void reload_done(void *ctx, int rc, const struct fleet_diff *diff,
    const struct errors *errs);

struct reload_ask;

TAILQ_HEAD(reload_asks, reload_ask);

struct reload {
	struct fleet *fleet; /* borrowed */
	struct job job;
	ev_timer patience;
	struct reload_asks asks; /* of the survey that goes on */
	struct reload_asks next; /* of the next one */
	/* Called before and after a change; errs may hold warnings. */
	void (*begin)(void *ctx);
	void (*end)(void *ctx, int rc, const struct errors *errs);
	void *ctx;
};

void reload_init(struct reload *r, struct fleet *fleet);
void reload_clear(struct reload *r);

/* Ask for one. The handle is valid until done() is called, which is later. */
struct reload_ask *
reload_ask(struct reload *r, bool dry_run, reload_done *done, void *ctx);

/* The asker has gone; the reload goes on. */
void reload_cancel(struct reload_ask *ask);

#endif
