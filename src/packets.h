/* SPDX-License-Identifier: ISC */
#ifndef PACKETS_H
#define PACKETS_H

/*
 * The packets side of a stream: the relay, the workers whose MPEG-TS comes
 * into it, the outputs that it feeds. The stream tells of its workers' starts
 * and ends; packets says which end of the relay is whose.
 */

#include <stdbool.h>
#include <stdint.h>

#include "relay.h"
#include "worker.h"

struct packets_host {
	/* What the upstream `w` sends is known, or is something else now. */
	void (*tables)(void *ctx, struct worker *w);
	/* The upstream `w` is on air. */
	void (*aired)(void *ctx, struct worker *w);
	void *ctx;
};

struct packets {
	struct relay *relay; /* owned */
	struct worker *inlets[RELAY_INLETS], *outlets[RELAY_OUTLETS];
	struct packets_host host;
};

struct packets *
packets_new(struct ev_loop *loop, const struct packets_host *host);
void packets_free(struct packets *pk);

/* An upstream runs: takes our end of what it writes. */
void packets_started(struct packets *pk, struct worker *w, int out);

/* An output runs: takes our end of its stdin. It waits for its first packet
 * as a spare does. A recorder goes on where the last one was cut off. */
void packets_outlet_started(
    struct packets *pk, struct worker *w, int in, bool recorder);

/* Let an output come to its end. */
void packets_finish(struct packets *pk, struct worker *w);

/* A worker is dead. */
void packets_ended(struct packets *pk, struct worker *w);

/* How far behind, in ms, an output may be before it skips. */
void packets_set_lag(struct packets *pk, struct worker *w, int64_t ms);

/* A worker is to be freed. */
void packets_forget(struct packets *pk, const struct worker *w);

/* What this upstream sends is to be on air; NULL: nothing. */
void packets_select(struct packets *pk, const struct worker *w);

/* Since when an output has been given packets without a pause, monotonic ms;
 * 0: nothing comes, and it is not to blame. */
int64_t packets_supplied_ms(const struct packets *pk, const struct worker *w);

/* Without a packet for a while, the outputs stand still. */
bool packets_is_silent(const struct packets *pk);

/* False when the worker has no place at the relay (yet). */
bool packets_outlet_stats(const struct packets *pk, const struct worker *w,
    struct relay_outlet_stats *st);
bool packets_inlet_stats(const struct packets *pk, const struct worker *w,
    struct relay_inlet_stats *st);

#endif
