/* SPDX-License-Identifier: ISC */
#ifndef FAILOVER_H
#define FAILOVER_H

/*
 * Which of several sources should be on air, and which should run. The sources
 * are in order, the best first: the first that works is used, and those after
 * it do not run. When it fails, the next is started at once, and the first to
 * bring frames goes on air; a better one is used again when it has brought
 * frames for a while. Pure: time comes in as an argument.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAILOVER_MAX 4

/* Without a frame for this long, a source does not work. */
#define FAILOVER_PAUSE_MS 2000

struct failover_policy {
	int64_t prefer_ms; /* a better one must work so long */
	bool hot;	   /* all run, all the time */
};

/* The view of a source. */
struct failover_view {
	bool failed;	   /* its run is over or is being ended, by a failure */
	bool begun;	   /* its run has announced its tracks: frames follow */
	int64_t silent_ms; /* since the run's newest frame; -1: none yet */
};

struct failover {
	size_t n;
	size_t running;			/* the first so many should run */
	size_t chosen;			/* this one should be on air */
	int64_t since_ms[FAILOVER_MAX]; /* it works; 0: it does not */
};

/* A fresh start: the first one alone. */
void failover_init(struct failover *f, size_t n);

/* The number of sources has changed. */
void failover_resize(struct failover *f, size_t n);

/* Look at all sources again; `on_air` is the source really on air, -1: none.
 * Call it whenever something may have changed, and once a second. */
void failover_decide(struct failover *f, const struct failover_policy *policy,
    const struct failover_view *v, int on_air, int64_t now);

#endif
