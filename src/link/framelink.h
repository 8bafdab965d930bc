/* SPDX-License-Identifier: ISC */
#ifndef FRAMELINK_H
#define FRAMELINK_H

/*
 * The frames side of a stream: the link, the producers, the one or two
 * encoders, the slate. The stream reports its workers' starts and ends;
 * framelink decides the consequences.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/notice.h"
#include "link/framepump.h"
#include "link/intake.h"
#include "process/capture.h"
#include "process/probe.h"
#include "process/watch.h"
#include "process/worker.h"
#include "profile/plan.h"

struct overlay;
struct painter;
struct profile;
struct slatelabel;

struct framelink_host {
	/* A frame came from the producer. */
	void (*frame)(void *ctx);
	notice_fn *notice;
	void *ctx;
	struct painter *painter; /* borrowed */
};

struct framelink {
	const struct profile *profile; /* borrowed; may change (live keys) */
	struct plan_link plan;
	struct framepump *link;	  /* owned */
	struct overlay *overlay;  /* owned; NULL: nothing is laid over frames */
	struct slatelabel *label; /* owned: over the slate */
	struct intake intake;	  /* for a producer that is not ours */
	struct framelink_host host;
	struct ev_loop *loop;
	const struct probe *ffmpeg; /* borrowed */
	struct worker *fed;	    /* the encoder that gets frames, or NULL */
	struct worker *spare;	    /* a started encoder that waits, or NULL */
	int spare_fd;		    /* owned: its stdin; -1 */
	struct watch watch;	    /* of the slate's image */
	struct capture grab;	    /* of the same */
	int64_t slate_mtime_ns; /* of the image as read; 0: none, -1: look */
	struct finding found;	/* the fault in the producer's bytes */
	char *guess;		/* owned: what they are in a few words; NULL */
	char *said;		/* owned: the last notice about it, or NULL */
	int64_t hope_ms;	/* when the broadcast began, or began again */
};

/* The encoder's input instead of new frames; whether the new frames are all the
 * same; whether it takes too few. */
struct framelink_health {
	enum fallback fallback;
	bool frozen, slow;
};

/* NULL with errno without memory for frames. */
struct framelink *framelink_new(struct ev_loop *loop, const struct profile *p,
    const struct plan_link *link, const struct framelink_host *host,
    const struct probe *ffmpeg);
void framelink_free(struct framelink *f);

/* Open the intake for producers; `control` is the control socket's path. */
void framelink_open(struct framelink *f, const char *control);

/* Another version of the profile, that differs in live keys only. */
void framelink_set_profile(struct framelink *f, const struct profile *p);

/* An encoder or a producer runs: our ends of its stdin and output are taken. */
void framelink_started(struct framelink *f, struct worker *w, int in, int out);

/* Let a worker come to its end. */
void framelink_finish(struct framelink *f, struct worker *w);

/* An encoder is dead, and a spare takes over at once; or a producer is dead. */
void framelink_ended(struct framelink *f, struct worker *w);

/* For changes without an event; call it once a second. `state` is the stream's,
 * for so many ms. */
void framelink_tick(struct framelink *f, const char *state, int64_t since_ms);

/* Whether the right frames are on air. */
struct framelink_health framelink_health(const struct framelink *f);

/* The broadcast begins, or begins again: the patience starts again. */
void framelink_hope(struct framelink *f);

/* Whether no frames have come for longer than the profile allows. */
bool framelink_is_hopeless(struct framelink *f);

#endif
