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

#include "link/camera.h"
#include "link/intake.h"
#include "link/relay.h"
#include "link/slate.h"
#include "process/worker.h"

struct profile;

/* Inlets: those of upstream workers, one for a camera program, one for a
 * slate. */
#define PACKETS_WORKERS (RELAY_INLETS - 2)
#define PACKETS_CAMERA	(RELAY_INLETS - 2)
#define PACKETS_SLATE	(RELAY_INLETS - 1)

struct packets_host {
	/* What the upstream `w` sends is known, or is something else now. */
	void (*tables)(void *ctx, struct worker *w);
	/* A picture of the camera program came. */
	void (*picture)(void *ctx);
	/* The outputs have to be started anew: what comes from here on has
	 * other parameters; `text` says which. */
	void (*changed)(void *ctx, const char *text);
	/* The slate came on air, or left. */
	void (*slated)(void *ctx);
	/* Something that a person should know; `text` without the name. */
	void (*notice)(void *ctx, const char *kind, const char *text);
	/* The upstream `w` is on air. */
	void (*aired)(void *ctx, struct worker *w);
	void *ctx;
};

struct packets {
	struct relay *relay; /* owned */
	struct worker *inlets[PACKETS_WORKERS], *outlets[RELAY_OUTLETS];
	int source;	       /* the inlet that is to be on air; -1 */
	struct camera *camera; /* owned; NULL: the source is none */
	struct intake intake;  /* where there is no program of ours */
	struct slate *slate;   /* owned; NULL: the profile has none */
	struct packets_host host;
	struct ev_loop *loop;
	const struct profile *profile; /* borrowed; may change (live keys) */
	char *warning; /* owned: of what comes, for a person; or NULL */
};

struct packets *packets_new(struct ev_loop *loop, const struct profile *p,
    const struct probe *ffmpeg, const struct packets_host *host);
void packets_free(struct packets *pk);

/* Open the way in for camera programs; `control` is the control socket's
 * path. */
void packets_open(struct packets *pk, const char *control);

/* What comes from here on has other parameters: outputs that are started get
 * nothing of what was before, and no slate of it. */
void packets_cut(struct packets *pk);

/* Another version of the profile. */
void packets_set_profile(struct packets *pk, const struct profile *p);

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

/* What no event tells; call it once a second. */
void packets_tick(struct packets *pk);

/* Bytes that a camera program sent and that belong to no picture. */
uint64_t packets_camera_garbage(const struct packets *pk);

/* A worker is to be freed. */
void packets_forget(struct packets *pk, const struct worker *w);

/* What this upstream sends is to be on air; NULL: nothing. */
void packets_select(struct packets *pk, const struct worker *w);

/* Numbers of what is to be on air; false: there is nothing. */
bool
packets_source_stats(const struct packets *pk, struct relay_inlet_stats *st);

/* Whether an output is being given packets. */
bool packets_is_supplied(const struct packets *pk, const struct worker *w);

/* Ms of this run for which an output was given what is new; see given_ms. */
int64_t packets_given_ms(const struct packets *pk, const struct worker *w);

/* The slate is on air. */
bool packets_is_slated(const struct packets *pk);

/* Whether the source has been away for longer than the profile bears. */
bool packets_is_hopeless(const struct packets *pk);

/* The broadcast is over: no slate, either. */
void packets_stop(struct packets *pk);

/* Without a packet for a while, the outputs stand still. */
bool packets_is_silent(const struct packets *pk);

/* False when the worker has no place at the relay (yet). */
bool packets_outlet_stats(const struct packets *pk, const struct worker *w,
    struct relay_outlet_stats *st);
bool packets_inlet_stats(const struct packets *pk, const struct worker *w,
    struct relay_inlet_stats *st);

#endif
