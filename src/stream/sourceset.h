/* SPDX-License-Identifier: ISC */
#ifndef SOURCESET_H
#define SOURCESET_H

/*
 * The sources of a stream that has several: starts and stops their workers, and
 * decides whose packets go on air. With one source it only watches the codecs,
 * which a restart may change.
 */

#include <ev.h>

#include "base/notice.h"
#include "link/packetlink.h"
#include "media/tracks.h"
#include "process/worker.h"
#include "stream/failover.h"

enum sourceset_news {
	SOURCESET_CHOSE, /* another one should be on air: sourceset_sender() */
	SOURCESET_RECODED, /* the inlet on air has other codecs or tracks than
			      the outputs were begun with: `text` */
	SOURCESET_RESIZED, /* only its frames are of another kind: `text` */
	SOURCESET_STEADY   /* the old frames are on air again; an output may
			      have begun with others in between */
};

struct sourceset_host {
	void (*event)(void *ctx, enum sourceset_news what, const char *text);
	notice_fn *notice;
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
	size_t recovered; /* it failed and sends again; 0: none */
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

/* For changes without an event; call it once a second. */
void sourceset_tick(struct sourceset *so);

/* A worker's codecs and tracks are known, or have changed. */
void sourceset_tables(struct sourceset *so, const struct worker *w);

/* A worker came on air. */
void sourceset_aired(struct sourceset *so, const struct worker *w);

/* The worker on air; NULL: none has been since the start, or the stream has
 * only one source. */
struct worker *sourceset_on_air(const struct sourceset *so);

/* Whether a worker of the stream, a source or not, should run. */
bool sourceset_is_due(const struct sourceset *so, const struct worker *w);

/* The worker that should be on air; if that one has no hope, the first that
 * has. NULL: the stream has only one source. */
struct worker *sourceset_sender(const struct sourceset *so);

#endif
