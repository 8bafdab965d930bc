/* SPDX-License-Identifier: ISC */
#ifndef FRAME_H
#define FRAME_H

/*
 * Raw frames: their geometry, and the queue where the newest wins. Pure: time
 * comes in as an argument; the memory belongs to a pool.
 *
 * A frame is exactly geometry.bytes long, rows without padding, planes one
 * after the other, as ffmpeg's rawvideo demuxer cuts them
 * (av_image_get_buffer_size with align 1): chroma sizes are rounded up.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/size.h"

enum pixfmt {
	PIX_BGR24,
	PIX_RGB24,
	PIX_GRAY,
	PIX_YUV420P,
	PIX_NV12,
	PIX_YUYV422,
	PIX_RGBA,
	PIX_BGRA,
	N_PIXFMTS
};

extern const char *const pixfmt_names[N_PIXFMTS + 1]; /* ffmpeg's; NULL ends */

/* The kinds of bytes in a frame. */
enum pixchannel {
	CH_Y,
	CH_U,
	CH_V,
	CH_R,
	CH_G,
	CH_B,
	CH_A,
	N_CHANNELS
};

struct geometry {
	enum pixfmt format;
	int w, h;
	size_t bytes; /* of one frame */
};

/* -1 when a dimension is below 1 or above SIZE_SIDE_MAX. */
int frame_geometry_init(struct geometry *g, enum pixfmt format, int w, int h);

/* --- references ---------------------------------------------------------- */

struct frame {
	uint8_t *data;	 /* geometry.bytes, page aligned; owned by its pool */
	unsigned refs;	 /* 0: free */
	uint64_t number; /* of the source, from 0 */
	int64_t at_ms;	 /* monotonic arrival of its last byte */
};

struct frame *frame_ref(struct frame *f);
void frame_put(struct frame *f); /* NULL is fine */

/* --- queue -------------------------------------------------------------- */

#define FRAME_QUEUE_MAX 16

struct frame_queue {
	struct frame *v[FRAME_QUEUE_MAX]; /* oldest first; references held */
	size_t n;
	size_t max;	  /* 1..FRAME_QUEUE_MAX */
	uint64_t dropped; /* frames that nobody got */
	size_t low;	  /* fewest left after a pop, in this window */
	unsigned pops;	  /* pops in this window */
};

void frame_queue_init(struct frame_queue *q, size_t max);
void frame_queue_clear(struct frame_queue *q);

/* Put the newest in (the queue takes the reference); the oldest goes when it is
 * full. */
void frame_queue_push(struct frame_queue *q, struct frame *f);

/*
 * Take the oldest, or NULL. A queue that never ran empty for `window` pops
 * carries useless delay: one more frame is dropped then.
 */
struct frame *frame_queue_pop(struct frame_queue *q, unsigned window);

/* Age of the oldest queued frame, 0 when empty. */
int64_t frame_queue_age(const struct frame_queue *q, int64_t now_ms);

#endif
