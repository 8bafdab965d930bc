/* SPDX-License-Identifier: ISC */
#ifndef AUQUEUE_H
#define AUQUEUE_H

/*
 * The queue of `ffsup feed` where H.264 is fed: whole access units only. When
 * some have to be left out, all up to the next key frame are; that one has its
 * parameter sets with it, even if the camera said them once, long ago. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "media/h264.h"

#define AUQUEUE_MAX ((size_t)8 * 1024 * 1024) /* bytes that may wait */

struct auqueue {
	struct h264 h264;
	struct buf out; /* what is to be sent */
	bool open;	/* there is somebody to send to */
	bool gap;	/* the next one has to be a key frame */
	uint64_t dropped;
};

void auqueue_init(struct auqueue *q);
void auqueue_clear(struct auqueue *q);

/* Bytes of the camera. */
void auqueue_feed(struct auqueue *q, const uint8_t *data, size_t len);

/* The camera's byte stream is at its end: its last picture is whole. */
void auqueue_end(struct auqueue *q);

/* Somebody is there, or has gone: what waited is dropped then. */
void auqueue_open(struct auqueue *q);
void auqueue_close(struct auqueue *q);

#endif
