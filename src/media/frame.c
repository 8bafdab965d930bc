/* SPDX-License-Identifier: ISC */
/*
 * Raw frames: their sizes, their references and the queue.
 */
#include "config.h"

#include <string.h>

#include "media/frame.h"

const char *const pixfmt_names[N_PIXFMTS + 1] = {
	[PIX_BGR24] = "bgr24",
	[PIX_RGB24] = "rgb24",
	[PIX_GRAY] = "gray",
	[PIX_YUV420P] = "yuv420p",
	[PIX_NV12] = "nv12",
	[PIX_YUYV422] = "yuyv422",
	[PIX_RGBA] = "rgba",
	[PIX_BGRA] = "bgra",
};

/* --- geometry ----------------------------------------------------------- */

/* Bytes of one frame; halves of odd sizes are rounded up. */
static size_t
frame_bytes(enum pixfmt format, size_t w, size_t h)
{
	switch (format) {
	case PIX_BGR24:
	case PIX_RGB24:
		return w * h * 3;
	case PIX_YUV420P:
	case PIX_NV12:
		return w * h + (w + 1) / 2 * ((h + 1) / 2) * 2;
	case PIX_YUYV422:
		return (w + 1) / 2 * 4 * h;
	case PIX_RGBA:
	case PIX_BGRA:
		return w * h * 4;
	case PIX_GRAY:
	case N_PIXFMTS:
		break;
	}
	return w * h;
}

int
frame_geometry_init(struct geometry *g, enum pixfmt format, int w, int h)
{
	if (w < 1 || h < 1 || w > SIZE_SIDE_MAX || h > SIZE_SIDE_MAX)
		return -1;
	g->format = format;
	g->w = w;
	g->h = h;
	g->bytes = frame_bytes(format, (size_t)w, (size_t)h);
	return 0;
}

/* --- references ---------------------------------------------------------- */

struct frame *
frame_ref(struct frame *f)
{
	f->refs++;
	return f;
}

void
frame_put(struct frame *f)
{
	if (f != NULL)
		f->refs--;
}

/* --- queue -------------------------------------------------------------- */

/* A window begins: the fewest left are unknown yet. */
static void
frame_queue_open_window(struct frame_queue *q)
{
	q->low = q->max;
	q->pops = 0;
}

void
frame_queue_init(struct frame_queue *q, size_t max)
{
	memset(q, 0, sizeof(*q));
	q->max = max < 1 ? 1 : max > FRAME_QUEUE_MAX ? FRAME_QUEUE_MAX : max;
	frame_queue_open_window(q);
}

/* The oldest leaves the queue; its reference goes to the caller. */
static struct frame *
frame_queue_shift(struct frame_queue *q)
{
	struct frame *f = q->v[0];

	q->n--;
	memmove(q->v, q->v + 1, q->n * sizeof(q->v[0]));
	return f;
}

void
frame_queue_clear(struct frame_queue *q)
{
	while (q->n > 0)
		frame_put(frame_queue_shift(q));
	frame_queue_open_window(q);
}

static void
frame_queue_drop(struct frame_queue *q)
{
	frame_put(frame_queue_shift(q));
	q->dropped++;
}

void
frame_queue_push(struct frame_queue *q, struct frame *f)
{
	if (q->n == q->max)
		frame_queue_drop(q);
	q->v[q->n++] = f;
}

struct frame *
frame_queue_pop(struct frame_queue *q, unsigned window)
{
	struct frame *f = q->n > 0 ? frame_queue_shift(q) : NULL;

	if (f == NULL)
		q->low = 0;
	else if (q->n < q->low)
		q->low = q->n;
	if (++q->pops < window || window == 0)
		return f;
	if (q->low > 0) { /* then at least one is left now */
		frame_put(f);
		q->dropped++;
		f = frame_queue_shift(q);
	}
	frame_queue_open_window(q);
	return f;
}

int64_t
frame_queue_age(const struct frame_queue *q, int64_t now_ms)
{
	if (q->n == 0 || now_ms < q->v[0]->at_ms)
		return 0;
	return now_ms - q->v[0]->at_ms;
}
