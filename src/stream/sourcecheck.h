/* SPDX-License-Identifier: ISC */
#ifndef SOURCECHECK_H
#define SOURCECHECK_H

/*
 * Facts about a source that show only while it is read: it announces sound and
 * sends none, the outputs cannot take its sound, a track came late, its sender
 * has changed, its time stamps are invented, it is a film and not live. The remedy is noted in the worker's plan, and the worker is
 * restarted.
 */

#include <stdbool.h>

#include "base/notice.h"
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
	notice_fn *notice;
	void *ctx;
	/* of each source: */
	struct soundcheck sound[FAILOVER_MAX];
	bool mislabelled[FAILOVER_MAX]; /* reported: its tables are wrong */
	unsigned retuned[FAILOVER_MAX]; /* the run that a late track began */
	bool again[FAILOVER_MAX]; /* the same file is to be played again */
	bool first[FAILOVER_MAX]; /* its lines are about its first input */
};

/* A worker, of a source or not, has become its program; a run has ended. */
void sourcecheck_started(struct sourcecheck *sc, const struct worker *w);
void sourcecheck_ended(struct sourcecheck *sc, struct worker *w);

/* Whether the film that a list plays is one for the outputs, by its tables: one
 * whose video cannot be copied is replaced by the next one, before an output is
 * restarted for its sake. */
bool sourcecheck_fits(struct sourcecheck *sc, struct worker *w);

/* Whether a run that is over said that its file is cut off or damaged. */
bool sourcecheck_is_flawed(const struct worker *w);

/*
 * An upstream's tracks are known, or new; a worker said a line; and a look once
 * a second, for changes without an event. True: the worker is restarted to send
 * something else.
 */
bool sourcecheck_tables(struct sourcecheck *sc, struct worker *w);
bool
sourcecheck_said(struct sourcecheck *sc, struct worker *w, const char *line);
bool sourcecheck_look(struct sourcecheck *sc, struct worker *w);

/* Whether the run that is over was ended for that: its file is to be played
 * again. Ask once. */
bool sourcecheck_repeats(struct sourcecheck *sc, const struct worker *w);

#endif
