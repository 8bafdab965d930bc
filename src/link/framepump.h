/* SPDX-License-Identifier: ISC */
#ifndef FRAMEPUMP_H
#define FRAMEPUMP_H

/*
 * A frames link alive: producer -> queue -> beat -> encoder. Producer and
 * encoder come and go, each without the other noticing: the producer is read
 * with or without an encoder, the encoder gets exactly `fps` frames a second
 * whether or not new ones come. When none comes, the last one is repeated;
 * after a while, and before the first one ever, the slate is sent.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/plan.h"

struct ev_loop;
struct framepump;
struct framereader;
struct overlay;
struct slatelabel;

#define FRAMEPUMP_NO_PATTERN (-1)

/* Without a new frame for this long, the last one counts as held. */
#define FRAMEPUMP_HOLD_MS 1000

/* The encoder's input when no new frame comes. */
enum fallback {
	FALLBACK_NONE,
	FALLBACK_HOLD,	/* the last frame */
	FALLBACK_SLATE, /* the slate */
	N_FALLBACKS
};

extern const char *const fallback_names[N_FALLBACKS];

struct framepump_opts {
	size_t queue;		/* frames */
	int pattern;		/* enum pattern, or FRAMEPUMP_NO_PATTERN */
	int64_t slate_after_ms; /* from the last new frame to the slate */
	int64_t between_ms;	/* from one frame of the source to the next,
				   where that is long; 0: it is not */
	/* Called for every whole frame that came in. */
	void (*frame)(void *ctx);
	/* So many bytes came before the frames, and were skipped. */
	void (*skipped)(void *ctx, size_t bytes, bool text);
	void *ctx;
};

struct framepump_stats {
	uint64_t in, out;  /* whole frames from the producer, to encoders */
	uint64_t dropped;  /* of `in`, sent to nobody */
	uint64_t repeated; /* of `out`, sent before */
	uint64_t slated;   /* of `out`, the slate */
	uint64_t late;	   /* beats given up: the encoder was too slow */
	uint64_t torn;	   /* frames that a producer never finished */
	double fps_in, fps_out; /* over the last seconds; -1: unknown yet */
	size_t queue;		/* frames waiting now */
	int64_t queue_age_ms;
	enum fallback fallback;
	int64_t silent_ms; /* since the newest frame; -1: none ever */
	int64_t still_ms;  /* how long the frames have been the same */
	bool slow;	   /* the encoder takes less than it should */
	size_t pipe_in,
	    pipe_out;  /* bytes: producer's stdout, encoder's stdin */
	bool lent;     /* pages are lent to the encoder, not copied */
	uint64_t bare; /* of `out`, sent without their overlay:
			  no memory */
};

/* NULL with errno without memory for the pool. */
struct framepump *framepump_new(struct ev_loop *loop,
    const struct plan_link *plan, const struct framepump_opts *opts);
void framepump_free(struct framepump *l);

/* May be changed while it runs. */
void framepump_set_slate_after(struct framepump *l, int64_t ms);

/* The frame for the slate, geometry.bytes long (taken, malloc'd); NULL: the
 * last frame, dimmed, with moving bars. */
void framepump_take_slate(struct framepump *l, uint8_t *data);

/* Lay this (borrowed) over the slate; NULL: nothing. */
void framepump_set_slate_label(struct framepump *l, struct slatelabel *label);

/* Lay this (borrowed) over all frames from the next one on; NULL: nothing. */
void framepump_set_overlay(struct framepump *l, struct overlay *o);

/* The place for producers: framereader_open(), framereader_offer(). */
struct framereader *framepump_source(struct framepump *l);

/* A new encoder's stdin; taken. */
void framepump_set_encoder(struct framepump *l, int fd);

/* It is dead. */
void framepump_drop_encoder(struct framepump *l);

/* Let the encoder come to its end after the frame on its way. */
void framepump_finish_encoder(struct framepump *l);

void framepump_stats(struct framepump *l, struct framepump_stats *st);

/* The fault in what the producer that is there sends. */
struct finding framepump_finding(const struct framepump *l);

/* The frame that was sent last (borrowed until the next turn of the loop), or
 * NULL before the first. */
const uint8_t *framepump_on_air(const struct framepump *l);

/* The same without its overlay. */
const uint8_t *framepump_clean(const struct framepump *l);

#endif
