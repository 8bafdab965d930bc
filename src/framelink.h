/* SPDX-License-Identifier: ISC */
#ifndef FRAMELINK_H
#define FRAMELINK_H

/*
 * A frames link alive: producer -> queue -> beat -> encoder. Producer and
 * encoder come and go, each without the other noticing: the producer is read
 * whether or not an encoder is there, the encoder gets exactly `fps` pictures
 * a second whether or not new ones come. Before the first picture ever, that
 * is a black one, so that the broadcast stands from the first second.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan.h"

struct ev_loop;
struct framelink;

#define FRAMELINK_NO_PATTERN (-1)

/* What the encoder gets when no new picture comes. */
enum fallback {
	FALLBACK_NONE,
	FALLBACK_HOLD,	/* the last picture, for a second or more */
	FALLBACK_SLATE, /* there has been none yet */
	N_FALLBACKS
};

extern const char *const fallback_names[N_FALLBACKS];

struct framelink_stats {
	uint64_t in, out;  /* whole pictures from the producer, to encoders */
	uint64_t dropped;  /* of `in`, sent to nobody */
	uint64_t repeated; /* of `out`, sent before */
	uint64_t late;	   /* beats given up: the encoder was too slow */
	uint64_t torn;	   /* pictures that a producer never finished */
	size_t queue;	   /* pictures waiting now */
	int64_t queue_age_ms;
	enum fallback fallback;
	size_t pipe_size; /* bytes, of the encoder's stdin */
};

/* `picture` is called for every whole picture that came in. NULL with errno
 * when there is no memory for the pool. */
struct framelink *
framelink_new(struct ev_loop *loop, const struct plan_link *plan, size_t queue,
    int pattern, void (*picture)(void *ctx), void *ctx);
void framelink_free(struct framelink *l);

/* A new producer's stdout, a new encoder's stdin; taken. */
void framelink_set_producer(struct framelink *l, int fd);
void framelink_set_encoder(struct framelink *l, int fd);

/* They are gone. */
void framelink_drop_producer(struct framelink *l);
void framelink_drop_encoder(struct framelink *l);

/* Let the encoder come to its end after the picture on its way. */
void framelink_finish_encoder(struct framelink *l);

void framelink_stats(const struct framelink *l, struct framelink_stats *st);

#endif
