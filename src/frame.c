/* SPDX-License-Identifier: ISC */
/*
 * Raw pictures: sizes, the pool, the queue and the beat.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "frame.h"
#include "util.h"

#define FRAME_SECOND_NS 1000000000

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

/* Bytes of one picture; halves of odd sizes are rounded up. */
static size_t
geometry_bytes(enum pixfmt format, size_t w, size_t h)
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
geometry_init(struct geometry *g, enum pixfmt format, int w, int h)
{
	if (w < 1 || h < 1 || w > FRAME_DIM_MAX || h > FRAME_DIM_MAX)
		return -1;
	g->format = format;
	g->w = w;
	g->h = h;
	g->bytes = geometry_bytes(format, (size_t)w, (size_t)h);
	return 0;
}

/* --- pool --------------------------------------------------------------- */

struct frame_pool {
	struct frame *v; /* owned */
	size_t n;
	uint8_t *memory; /* mapped */
	size_t size;
};

struct frame_pool *
frame_pool_new(const struct geometry *g, size_t slots)
{
	size_t page = getauxval(AT_PAGESZ), slot, size, i;
	struct frame_pool *p;
	void *memory;

	slot = (g->bytes + page - 1) / page * page;
	if (slots == 0 || __builtin_mul_overflow(slot, slots, &size)) {
		errno = EINVAL;
		return NULL;
	}
	memory = util_map(size);
	if (memory == NULL)
		return NULL;
	madvise(memory, size, MADV_HUGEPAGE); /* a fifth of every picture */

	p = xcalloc(1, sizeof(*p));
	p->v = xcalloc(slots, sizeof(*p->v));
	p->n = slots;
	p->memory = memory;
	p->size = size;
	for (i = 0; i < slots; i++)
		p->v[i].data = p->memory + i * slot;
	return p;
}

void
frame_pool_free(struct frame_pool *p)
{
	if (p == NULL)
		return;
	util_unmap(p->memory, p->size);
	free(p->v);
	free(p);
}

struct frame *
frame_get(struct frame_pool *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->v[i].refs == 0)
			return frame_ref(&p->v[i]);
	}
	return NULL;
}

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

/* A window begins: nothing is known yet of how few were left. */
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

/* --- beat --------------------------------------------------------------- */

/* Time of n beats in ns, rounded down. 128 bits: 10^9 beats of 30000/1001
 * are 10^21 in between. */
static int64_t
beat_span(const struct beat *b, int64_t n)
{
	return (
	    int64_t)((__int128)n * b->fps.den * FRAME_SECOND_NS / b->fps.num);
}

void
beat_start(struct beat *b, struct rate fps, int64_t now_ns)
{
	b->fps = fps;
	b->start_ns = now_ns;
	b->sent = 0;
}

int64_t
beat_at(const struct beat *b, int64_t n)
{
	__int128 exact = (__int128)n * b->fps.den * FRAME_SECOND_NS;

	/* up: a beat is never due before its time */
	return b->start_ns + (int64_t)((exact + b->fps.num - 1) / b->fps.num);
}

/* How many are due by now, the one at the very start included. */
static int64_t
beat_due(const struct beat *b, int64_t now_ns)
{
	__int128 gone = (__int128)now_ns - b->start_ns;

	if (gone < 0)
		return 0;
	return (int64_t)(gone * b->fps.num /
		   ((__int128)b->fps.den * FRAME_SECOND_NS)) +
	    1;
}

int64_t
beat_owed(struct beat *b, int64_t now_ns, int64_t *forgiven)
{
	int64_t owed = beat_due(b, now_ns) - b->sent;
	int64_t second = (b->fps.num + b->fps.den - 1) / b->fps.den;

	*forgiven = 0;
	if (owed <= 0)
		return 0;
	if (owed <= second)
		return owed;
	*forgiven = owed - second;
	b->start_ns += beat_span(b, *forgiven);
	return second;
}

int64_t
beat_wait(const struct beat *b, int64_t now_ns)
{
	return beat_at(b, beat_due(b, now_ns)) - now_ns;
}
