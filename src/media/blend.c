/* SPDX-License-Identifier: ISC */
/*
 * The loop that lays tiles on frames. It is written with vectors: a compiler's
 * own vectoriser is off or timid at the usual -O2 (GCC 12: six to ten times
 * slower), and flags for one file lose against a packager's CFLAGS.
 */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "media/blend.h"

#define BLEND_STEP 16 /* bytes at once */

/* Two bytes in each lane. On a machine without vectors (SSE2, NEON, ...) the
 * compiler computes the lanes one by one. */
typedef uint16_t blend_lanes __attribute__((vector_size(BLEND_STEP)));

/* A plane of a frame, and a part of a tile over it. */
struct blend_view {
	const struct tile_plane *p;
	uint8_t *data;	       /* of the plane */
	uint32_t stride, rows; /* of the plane */
	int64_t column, row;   /* of the tile in it, in bytes and rows */
	uint32_t from, to;     /* bytes of a row of the tile that are visible */
};

/* d * i / 255, rounded: exact for all bytes. */
static uint8_t
blend_byte(uint8_t d, uint8_t c, uint8_t i)
{
	unsigned v = (unsigned)d * i + 128;

	return (uint8_t)(c + ((v + (v >> 8)) >> 8));
}

/* The same for 16 bytes: the low and the high halves of the lanes are computed
 * separately, and then put together. */
static void
blend_step(uint8_t *d, const uint8_t *c, const uint8_t *i)
{
	typedef uint8_t blend_bytes __attribute__((vector_size(BLEND_STEP)));
	blend_lanes vd, vi, low, high;
	blend_bytes vc, sum;

	memcpy(&vd, d, BLEND_STEP);
	memcpy(&vi, i, BLEND_STEP);
	memcpy(&vc, c, BLEND_STEP);
	low = (vd & 0xff) * (vi & 0xff) + 128;
	high = (vd >> 8) * (vi >> 8) + 128;
	low = (low + (low >> 8)) >> 8;
	high = (high + (high >> 8)) & 0xff00;
	sum = (blend_bytes)(low | high) + vc;
	memcpy(d, &sum, BLEND_STEP);
}

static void
blend_run(uint8_t *d, const uint8_t *c, const uint8_t *i, size_t n)
{
	for (; n >= BLEND_STEP; n -= BLEND_STEP) {
		blend_step(d, c, i);
		d += BLEND_STEP;
		c += BLEND_STEP;
		i += BLEND_STEP;
	}
	for (; n > 0; n--, d++)
		*d = blend_byte(*d, *c++, *i++);
}

static void
blend_row(const struct blend_view *v, uint32_t row)
{
	const struct tile_plane *p = v->p;
	size_t start = (size_t)row * p->stride;
	size_t frame = (size_t)(v->row + row) * v->stride;

	for (uint32_t i = p->first[row]; i < p->first[row + 1]; i++) {
		const struct tile_span *s = &p->spans[i];
		uint32_t from = s->from > v->from ? s->from : v->from;
		uint32_t to = s->to < v->to ? s->to : v->to;

		if (from < to)
			blend_run(v->data + frame + (size_t)(v->column + from),
			    p->colour + start + from, p->inverse + start + from,
			    to - from);
	}
}

/* The part [*from, *to) of `n` things put at `at` that lies in a row of `room`;
 * whether it is not empty. */
static bool
blend_clip(int64_t at, uint32_t n, uint32_t room, uint32_t *from, uint32_t *to)
{
	int64_t end = (int64_t)room - at;

	if (at >= (int64_t)room || at + (int64_t)n <= 0)
		return false;
	*from = at < 0 ? (uint32_t)-at : 0;
	*to = end < (int64_t)n ? (uint32_t)end : n;
	return true;
}

static void
blend_plane(struct blend_view *v)
{
	uint32_t row, end;

	if (!blend_clip(v->column, v->p->stride, v->stride, &v->from, &v->to) ||
	    !blend_clip(v->row, v->p->rows, v->rows, &row, &end))
		return;
	for (; row < end; row++)
		blend_row(v, row);
}

void
blend_tile(const struct geometry *g, uint8_t *frame, const struct tile *t,
    int x, int y)
{
	const struct tile_shape *s = tile_shapes[g->format];
	int phase = x & 1;

	if (t->format != g->format)
		return;
	for (int i = 0; i < TILE_PLANES && s[i].unit > 0; i++) {
		/* where columns are halved, the phase has put one before it */
		int64_t left = s[i].x_shift > 0 ? (int64_t)x - phase : x;
		struct blend_view v = { .p = &t->planes[i][phase],
			.data = frame,
			.stride = tile_side(g->w, s[i].x_shift) * s[i].unit,
			.rows = tile_side(g->h, s[i].y_shift),
			.column = left / (1 << s[i].x_shift) * s[i].unit,
			.row = ((int64_t)y - (y & 1)) / (1 << s[i].y_shift) };

		blend_plane(&v);
		frame += (size_t)v.stride * v.rows;
	}
}
