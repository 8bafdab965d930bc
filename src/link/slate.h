/* SPDX-License-Identifier: ISC */
#ifndef SLATE_H
#define SLATE_H

/*
 * The input of outputs while the source of a packets link is away: frames of
 * the same codec, profile and size and silence of the same kind, encoded once
 * by a separate ffmpeg, and played from memory. They are made as soon as the
 * source is known, and again from its last frame when it goes; an image, where
 * the profile has one, is used instead. The slate comes on air after
 * `slate_after` without a frame, and leaves at the source's next key frame.
 */

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/notice.h"
#include "link/relay.h"
#include "link/tsloop.h"
#include "process/capture.h"
#include "process/probe.h"

struct profile;

struct slate_host {
	/* It came on air, or left. */
	void (*changed)(void *ctx);
	notice_fn *notice;
	void *ctx;
};

struct slate {
	struct ev_loop *loop;
	struct relay *relay;	       /* borrowed */
	const struct probe *ffmpeg;    /* borrowed */
	const struct profile *profile; /* borrowed; may change (live keys) */
	struct slate_host host;
	int inlet;  /* of the slate */
	int source; /* inlet of the source; -1: none */
	ev_timer timer;
	struct tsloop reel;
	struct capture grab;
	int64_t heard_ms; /* the source's newest frame; 0: none ever */
	double fps;	  /* of the source, when it was known last; 0: never */
	bool on;	  /* it should be on air */
	bool stale;	  /* the slate on air is of a source that is gone */
	bool drawn;	  /* for this absence */
	int64_t drawn_ms; /* the last time */
	bool imaged;	  /* the image was used for it */
	bool refused;	  /* it could not be made so, and that was said */
};

struct slate *slate_new(struct ev_loop *loop, struct relay *relay, int inlet,
    const struct profile *p, const struct probe *ffmpeg,
    const struct slate_host *host);
void slate_free(struct slate *s);

/* Another version of the profile. */
void slate_set_profile(struct slate *s, const struct profile *p);

/* This inlet is the source now; -1: none. The slate selects for the relay. */
void slate_set_source(struct slate *s, int inlet);

/* The source is another one now: the drawn slate does not match it. */
void slate_forget(struct slate *s);

/* The broadcast is over: be quiet. */
void slate_stop(struct slate *s);

/* Whether it is on air, and not the source. */
bool slate_is_on_air(const struct slate *s);

/* Ms since the source's newest frame; -1: it never had one. */
int64_t slate_absence_ms(const struct slate *s);

#endif
