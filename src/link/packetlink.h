/* SPDX-License-Identifier: ISC */
#ifndef PACKETLINK_H
#define PACKETLINK_H

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
struct shape;

/* Inlets: those of upstream workers, one for a camera program, one for a
 * slate. */
#define PACKETLINK_WORKERS (RELAY_INLETS - 2)
#define PACKETLINK_CAMERA  (RELAY_INLETS - 2)
#define PACKETLINK_SLATE   (RELAY_INLETS - 1)

enum packetlink_news {
	PACKETLINK_TABLES,  /* what the upstream `w` sends is known, or new */
	PACKETLINK_AIRED,   /* the upstream `w` is on air */
	PACKETLINK_PICTURE, /* a frame of the camera program came */
	PACKETLINK_CHANGED, /* the outputs have to be started anew: what comes
			       from here on has other parameters, see `text` */
	PACKETLINK_SLATED   /* the slate came on air, or left */
};

struct packetlink_report {
	enum packetlink_news what;
	struct worker *w;
	const char *text;
};

struct packetlink_host {
	void (*event)(void *ctx, const struct packetlink_report *r);
	/* Something that a person should know; `text` without the name. */
	void (*notice)(void *ctx, const char *kind, const char *text);
	void *ctx;
};

struct packetlink {
	struct relay *relay; /* owned */
	struct worker *inlets[PACKETLINK_WORKERS], *outlets[RELAY_OUTLETS];
	int source;	       /* the inlet that is to be on air; -1 */
	struct camera *camera; /* owned; NULL: the source is none */
	struct intake intake;  /* where there is no program of ours */
	struct slate *slate;   /* owned; NULL: the profile has none */
	struct packetlink_host host;
	struct ev_loop *loop;
	const struct profile *profile; /* borrowed; may change (live keys) */
	char *warning; /* owned: of what comes, for a person; or NULL */
};

struct packetlink *packetlink_new(struct ev_loop *loop, const struct profile *p,
    const struct shape *shape, const struct probe *ffmpeg,
    const struct packetlink_host *host);
void packetlink_free(struct packetlink *pk);

/* Open the way in for camera programs; `control` is the control socket's
 * path. */
void packetlink_open(struct packetlink *pk, const char *control);

/* What comes from here on has other parameters: outputs that are started get
 * nothing of what was before, and no slate of it. */
void packetlink_cut(struct packetlink *pk);

/* Another version of the profile. */
void packetlink_set_profile(struct packetlink *pk, const struct profile *p);

/* An upstream runs: takes our end of what it writes. */
void packetlink_started(struct packetlink *pk, struct worker *w, int out);

/* An output runs: takes our end of its stdin. It waits for its first packet
 * as a spare does. A recorder goes on where the last one was cut off. */
void packetlink_outlet_started(
    struct packetlink *pk, struct worker *w, int in, bool recorder);

/* Let an output come to its end. */
void packetlink_finish(struct packetlink *pk, struct worker *w);

/* A worker is dead. */
void packetlink_ended(struct packetlink *pk, struct worker *w);

/* How far behind, in ms, an output may be before it skips. */
void packetlink_set_lag(struct packetlink *pk, struct worker *w, int64_t ms);

/* What no event tells; call it once a second. */
void packetlink_tick(struct packetlink *pk);

/* Bytes that a camera program sent and that belong to no picture. */
uint64_t packetlink_camera_garbage(const struct packetlink *pk);

/* A worker is to be freed. */
void packetlink_forget(struct packetlink *pk, const struct worker *w);

/* What this upstream sends is to be on air; NULL: nothing. */
void packetlink_select(struct packetlink *pk, const struct worker *w);

/* Numbers of what is to be on air; false: there is nothing. */
bool packetlink_source_stats(
    const struct packetlink *pk, struct relay_inlet_stats *st);

/* Whether an output is being given packets. */
bool
packetlink_is_supplied(const struct packetlink *pk, const struct worker *w);

/* What an output was given, and whether what an upstream sends goes on. */
struct worker_flow packetlink_flow(struct packetlink *pk);

/* The slate is on air. */
bool packetlink_is_slated(const struct packetlink *pk);

/* Whether the source has been away for longer than the profile bears. */
bool packetlink_is_hopeless(const struct packetlink *pk);

/* The broadcast is over: no slate, either. */
void packetlink_stop(struct packetlink *pk);

/* Without a packet for a while, the outputs stand still. */
bool packetlink_is_silent(const struct packetlink *pk);

/* False when the worker has no place at the relay (yet). */
bool packetlink_outlet_stats(const struct packetlink *pk,
    const struct worker *w, struct outlet_stats *st);
bool packetlink_inlet_stats(const struct packetlink *pk, const struct worker *w,
    struct relay_inlet_stats *st);

#endif
