/* SPDX-License-Identifier: ISC */
#ifndef UNITS_H
#define UNITS_H

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

#define UNITS_MAX ((size_t)8 * 1024 * 1024) /* bytes that may wait */

struct units {
	struct h264 h264;
	struct buf out; /* what is to be sent */
	bool open;	/* there is somebody to send to */
	bool gap;	/* the next one has to be a key frame */
	uint64_t dropped;
};

void units_init(struct units *q);
void units_clear(struct units *q);

/* Bytes of the camera. */
void units_feed(struct units *q, const uint8_t *data, size_t len);

/* The camera's byte stream is at its end: its last picture is whole. */
void units_end(struct units *q);

/* Somebody is there, or has gone: what waited is dropped then. */
void units_open(struct units *q);
void units_close(struct units *q);

#endif
