/* SPDX-License-Identifier: ISC */
#ifndef SOURCECHECK_H
#define SOURCECHECK_H

/*
 * What turns out about a source while it is read, and was not known when it was
 * started: it announces sound and sends none, its sound is none that outputs
 * take, a track came late, its sender has become another. What a new start has
 * to do about it is noted in the worker's plan, and the worker is restarted.
 */

#include <stdbool.h>

#include "media/soundcheck.h"
#include "stream/failover.h"

struct packetlink;
struct profile;
struct shape;
struct worker;

struct sourcecheck {
	const struct profile *profile;	  /* borrowed; may change */
	const struct shape *shape;	  /* of that profile; borrowed */
	const struct packetlink *packets; /* borrowed; NULL: no such link */
	/* Something that a person should know. */
	void (*notice)(void *ctx, const char *kind, const char *text);
	void *ctx;
	/* of each source: */
	struct soundcheck sound[FAILOVER_MAX];
	bool mislabelled[FAILOVER_MAX]; /* that its tables are wrong is told */
	unsigned retuned[FAILOVER_MAX]; /* the run that a late track began */
};

/* A worker, of a source or not, has become its program; a run of it is over. */
void sourcecheck_started(struct sourcecheck *sc, const struct worker *w);
void sourcecheck_ended(struct sourcecheck *sc, struct worker *w);

/*
 * What an upstream sends is known, or new; a worker said a line; and what no
 * event tells, once a second. True: the worker is restarted to send something
 * else.
 */
bool sourcecheck_tables(struct sourcecheck *sc, struct worker *w);
bool
sourcecheck_said(struct sourcecheck *sc, struct worker *w, const char *line);
bool sourcecheck_look(struct sourcecheck *sc, struct worker *w);

#endif
