/* SPDX-License-Identifier: ISC */
#ifndef SOURCESET_H
#define SOURCESET_H

/*
 * The sources of a stream that has several: starts and stops their workers,
 * and says whose packets are to be on air. With one source nothing is left of
 * this but that its codecs are watched, which may be others after a restart.
 */

#include <ev.h>

#include "link/packetlink.h"
#include "media/tracks.h"
#include "process/worker.h"
#include "stream/failover.h"

enum sourceset_news {
	SOURCESET_CHOSE, /* another one is to be on air: sourceset_sender() */
	SOURCESET_RECODED, /* what is on air from now on has other codecs or tracks
			      than the outputs were begun with: `text` */
	SOURCESET_RESIZED, /* only its frames are of another kind: `text` */
	SOURCESET_STEADY   /* what is on air is as it was; an output may have
			      begun with something that came in between */
};

struct sourceset_host {
	void (*event)(void *ctx, enum sourceset_news what, const char *text);
	/* Something that a person should know. */
	void (*notice)(void *ctx, const char *kind, const char *text);
	void *ctx;
};

struct sourceset {
	struct failover failover;
	struct failover_policy policy;
	struct worker *v[FAILOVER_MAX]; /* borrowed; the best first */
	size_t n;
	struct tracks tracks; /* of the outputs */
	int video; /* on air when it was looked at last; see tracks */
	int aired; /* the one on air; -1: none since the start */
	bool active;
	size_t recovered; /* one that had failed, and sends again; 0: none */
	ev_timer turn;	  /* the next turn of the loop */
	struct ev_loop *loop;
	const struct packetlink *packets; /* borrowed */
	struct sourceset_host host;
};

void sourceset_init(struct sourceset *so, struct ev_loop *loop,
    const struct packetlink *packets, const struct sourceset_host *host);

/* Take those of n workers that are sources of packets. */
void
sourceset_set(struct sourceset *so, struct worker *const *workers, size_t n);

/* The stream starts: from the first source on. */
void sourceset_start(struct sourceset *so);
void sourceset_stop(struct sourceset *so);

/* Something happened to a worker: decide again. Workers are started and
 * stopped on a later turn of the loop. */
void sourceset_look(struct sourceset *so);

/* What no event tells; call it once a second. */
void sourceset_tick(struct sourceset *so);

/* What a worker sends is known, or is something else now. */
void sourceset_tables(struct sourceset *so, const struct worker *w);

/* A worker came on air. */
void sourceset_aired(struct sourceset *so, const struct worker *w);

/* The worker that is on air; NULL: none has been since the start, or the
 * stream has not several sources. */
struct worker *sourceset_on_air(const struct sourceset *so);

/* Whether a worker of the stream, a source or not, is to run. */
bool sourceset_is_due(const struct sourceset *so, const struct worker *w);

/* The worker that is to be on air; if that one has no hope, the first that
 * has. NULL: the stream has not several sources. */
struct worker *sourceset_sender(const struct sourceset *so);

#endif
