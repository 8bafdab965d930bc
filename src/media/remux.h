/* SPDX-License-Identifier: ISC */
#ifndef REMUX_H
#define REMUX_H

/*
 * A camera program's H.264 byte stream into MPEG-TS with time stamps: access
 * units are stamped by their arrival, smoothed; where pictures are not sent in
 * the order of presentation, the picture order count gives each its time of
 * presentation. One unit is held back until the next one begins. A stream that
 * may be out of order is held back for 200 ms at its beginning: the times of
 * presentation depend on the period, and the one that a stream or a profile
 * names may be wrong. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/dejitter.h"
#include "media/h264.h"
#include "media/reorder.h"
#include "media/tsmux.h"

#define REMUX_HELD 8 /* units at the beginning */

/* A unit that waits, with all that it points to. */
struct remux_held {
	struct h264_unit unit; /* of one piece */
	struct h264_sps sps;
	uint8_t *data; /* owned */
};

struct remux {
	struct h264 h264;
	struct dejitter smooth;
	struct reorder order;
	struct tsmux mux;

	int64_t hint_us; /* as in remux_opts */
	bool begun;	 /* units pass */
	struct remux_held held[REMUX_HELD];
	size_t n_held;

	/* One unit comes next; false: leave it out. */
	bool (*unit)(void *ctx, const struct h264_unit *u);
	void *ctx;
};

struct remux_opts {
	bool silence;	 /* with a stream of silent sound */
	int64_t hint_us; /* from frame to frame, as expected; 0: as the
			    stream says */
	bool (*unit)(void *ctx, const struct h264_unit *u);
	/* Bytes of whole packets, which may be changed in place. */
	void (*put)(void *ctx, uint8_t *data, size_t len);
	void *ctx;
};

void remux_init(struct remux *r, const struct remux_opts *opts);
void remux_clear(struct remux *r);

/* Any piece of the byte stream, which came at `now_us`. */
void
remux_feed(struct remux *r, const uint8_t *data, size_t len, int64_t now_us);

/* The byte stream is at its end; `whole`: its last unit is complete. */
void remux_end(struct remux *r, bool whole);

#endif
