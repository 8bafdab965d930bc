/* SPDX-License-Identifier: ISC */
#ifndef PACKETLINK_H
#define PACKETLINK_H

/*
 * The packets side of a stream: the relay, the workers whose MPEG-TS comes into
 * it, the outputs that it feeds. The stream reports its workers' starts and
 * ends; packetlink says which end of the relay is whose.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/notice.h"
#include "link/camera.h"
#include "link/intake.h"
#include "link/relay.h"
#include "link/slate.h"
#include "process/worker.h"

struct messages;
struct profile;
struct shape;

/* Inlets: those of upstream workers, one for a camera program, one for a
 * slate. */
#define PACKETLINK_WORKERS (RELAY_INLETS - 2)
#define PACKETLINK_CAMERA  (RELAY_INLETS - 2)
#define PACKETLINK_SLATE   (RELAY_INLETS - 1)

enum packetlink_news {
	PACKETLINK_TABLES,  /* the tracks of the upstream `w` are known, or
			       new */
	PACKETLINK_AIRED,   /* the upstream `w` is on air */
	PACKETLINK_PICTURE, /* a frame of the camera program came */
	PACKETLINK_CHANGED, /* the outputs must be restarted: the media from
			       here on have other parameters, see `text` */
	PACKETLINK_SLATED   /* the slate came on air, or left */
};

struct packetlink_report {
	enum packetlink_news what;
	struct worker *w;
	const char *text;
};

struct packetlink_host {
	void (*event)(void *ctx, const struct packetlink_report *r);
	notice_fn *notice;
	void *ctx;
};

struct packetlink {
	struct relay *relay; /* owned */
	struct worker *inlets[PACKETLINK_WORKERS], *outlets[RELAY_OUTLETS];
	int source;		   /* the inlet that should be on air; -1 */
	struct camera *camera;	   /* owned; NULL: the source is not a camera */
	struct intake intake;	   /* for a program that is not ours */
	struct slate *slate;	   /* owned; NULL: the profile has none */
	struct messages *messages; /* owned: overlays of the kind "sei" */
	struct packetlink_host host;
	struct ev_loop *loop;
	const struct profile *profile; /* borrowed; may change (live keys) */
	char *warning; /* owned: about the media, for a person; or NULL */
};

struct packetlink *packetlink_new(struct ev_loop *loop, const struct profile *p,
    const struct shape *shape, const struct probe *ffmpeg,
    const struct packetlink_host *host);
void packetlink_free(struct packetlink *pk);

/* Open the intake for camera programs; `control` is the control socket's
 * path. */
void packetlink_open(struct packetlink *pk, const char *control);

/* The media from here on have other parameters: outputs that are started get no
 * older packets, and no slate made from them. */
void packetlink_cut(struct packetlink *pk);

/* Another version of the profile. */
void packetlink_set_profile(struct packetlink *pk, const struct profile *p);

/* An upstream runs: takes our end of its output. */
void packetlink_started(struct packetlink *pk, struct worker *w, int out);

/* An output runs: takes our end of its stdin. It waits for its first packet
 * as a spare does. A recorder goes on where the last one was cut off. */
void packetlink_outlet_started(
    struct packetlink *pk, struct worker *w, int in, bool recorder);

/* Let an output come to its end. */
void packetlink_finish(struct packetlink *pk, struct worker *w);

/* A worker is dead. */
void packetlink_ended(struct packetlink *pk, struct worker *w);

/* How many ms an output may lag before it skips. */
void packetlink_set_lag(struct packetlink *pk, struct worker *w, int64_t ms);

/* For changes without an event; call it once a second. */
void packetlink_tick(struct packetlink *pk);

/* The fault in what a camera program sends. */
struct finding packetlink_finding(const struct packetlink *pk);

/* Bytes of a camera program that belong to no frame. */
uint64_t packetlink_camera_garbage(const struct packetlink *pk);

/* A worker will be freed. */
void packetlink_forget(struct packetlink *pk, const struct worker *w);

/* This upstream should be on air; NULL: none. */
void packetlink_select(struct packetlink *pk, const struct worker *w);

/* Numbers of the inlet that should be on air; false: none. */
bool packetlink_source_stats(
    const struct packetlink *pk, struct relay_inlet_stats *st);

/* Whether an output gets packets. */
bool
packetlink_is_supplied(const struct packetlink *pk, const struct worker *w);

/* The media given to an output, and whether an upstream's media advance. */
struct worker_flow packetlink_flow(struct packetlink *pk);

/* The slate is on air. */
bool packetlink_is_slated(const struct packetlink *pk);

/* Whether the source has been away for longer than the profile allows. */
bool packetlink_is_hopeless(const struct packetlink *pk);

/* The broadcast is over: no slate, either. */
void packetlink_stop(struct packetlink *pk);

/* Whether no packet has come for a while: the outputs get nothing. */
bool packetlink_is_silent(const struct packetlink *pk);

/* False when the worker has no place at the relay (yet). */
bool packetlink_outlet_stats(const struct packetlink *pk,
    const struct worker *w, struct outlet_stats *st);
bool packetlink_inlet_stats(const struct packetlink *pk, const struct worker *w,
    struct relay_inlet_stats *st);

#endif
