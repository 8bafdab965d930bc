/* SPDX-License-Identifier: ISC */
#ifndef AUQUEUE_H
#define AUQUEUE_H

/*
 * The queue of `ffsup feed` where H.264 is fed: whole access units only. When
 * some must be dropped, all up to the next key frame are; that one has its
 * parameter sets with it, even if the camera sent them once, long ago. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "media/h264.h"

#define AUQUEUE_MAX ((size_t)8 * 1024 * 1024) /* bytes that may wait */

struct auqueue {
	struct h264 h264;
	struct buf out; /* bytes to send */
	bool open;	/* a receiver is connected */
	bool gap;	/* the next one must be a key frame */
	uint64_t dropped;
};

void auqueue_init(struct auqueue *q);
void auqueue_clear(struct auqueue *q);

/* Bytes of the camera. */
void auqueue_feed(struct auqueue *q, const uint8_t *data, size_t len);

/* The camera's byte stream is at its end: its last access unit is whole. */
void auqueue_end(struct auqueue *q);

/* A receiver has come; or has gone: waiting units are dropped. */
void auqueue_open(struct auqueue *q);
void auqueue_close(struct auqueue *q);

#endif
