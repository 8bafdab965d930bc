/* SPDX-License-Identifier: ISC */
#ifndef REMUX_H
#define REMUX_H

/*
 * A camera program's H.264 byte stream into MPEG-TS with time stamps: access
 * units are stamped by their arrival, smoothed; where pictures are not sent in
 * the order of presentation, the picture order count gives each its time of
 * presentation. One unit is held back until the next one begins. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/dejitter.h"
#include "media/h264.h"
#include "media/tsmux.h"

struct remux {
	struct h264 h264;
	struct dejitter smooth;
	struct tsmux mux;

	bool begun;   /* a unit was written */
	bool unasked; /* no expected period was given */

	/* the order of presentation */
	bool reorders;	/* it is not that of decoding */
	bool unordered; /* and given in a way that is not supported */
	int64_t depth;	/* frames that a frame may be sent early */
	int step;	/* picture order counts from frame to frame: 2, or 1 */
	int64_t fields; /* decoded since the last IDR picture */

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
