/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a painter's tile: what is found to be sound is laid on a small
 * frame, over all its edges, and touches no byte outside it. Or any bytes as
 * pixels: the tile of them is sound.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/util.h"
#include "media/blend.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Before the bytes: the format and the way, the frame's sides, a place. */
#define FUZZ_HEAD   5
#define FUZZ_PIXELS 0x80

static void
fuzz_blend(const struct geometry *g, const struct tile *t, int x, int y)
{
	const int xs[] = { x, x - 128, -t->w / 2, -1, 0, 1, g->w - t->w,
		g->w - 1, g->w };
	const int ys[] = { y - 128, -t->h / 2, 0, g->h - t->h, g->h - 1 };
	uint8_t *frame = xcalloc(g->bytes, 1);

	for (size_t i = 0; i < NELEM(xs) * NELEM(ys); i++)
		blend_tile(g, frame, t, xs[i % NELEM(xs)], ys[i / NELEM(xs)]);
	free(frame);
}

/* A copy to the byte, so that reading behind it is seen. */
static void
fuzz_read(const struct geometry *g, const uint8_t *head, const void *data,
    size_t size)
{
	void *copy = xcalloc(size > 0 ? size : 1, 1);
	struct tile t;

	if (size > 0)
		memcpy(copy, data, size);
	if (tile_open(&t, copy, size, g->format) == NULL &&
	    (int64_t)size > tile_bytes_max(g->format, t.w, t.h))
		abort();
	else if (tile_open(&t, copy, size, g->format) == NULL)
		fuzz_blend(g, &t, head[3], head[4]);
	else if ((head[0] & FUZZ_PIXELS) != 0)
		abort();
	free(copy);
}

/* Colour and what is left of the frame make a byte at most. */
static void
fuzz_check(const struct buf *b, enum pixfmt format)
{
	struct tile t;

	if (tile_open(&t, buf_text(b), b->len, format) != NULL)
		abort();
	for (int i = 0; i < 2 * TILE_PLANES; i++) {
		const struct tile_plane *p = &t.planes[i / 2][i % 2];

		for (size_t k = 0; k < (size_t)p->stride * p->rows; k++) {
			if (p->colour[k] + p->inverse[k] > 255)
				abort();
		}
	}
}

static void
fuzz_build(const struct geometry *g, const uint8_t *head, const uint8_t *data,
    size_t size)
{
	int w = 1 + head[3] % 64, h = (int)(size / 4) / w;
	struct tile_image image = { data, (size_t)w * 4, w, h };
	struct tile_target target = { .format = g->format,
		.bt709 = head[4] & 1,
		.full = head[4] & 2,
		.opacity = (uint8_t)(255 - head[4] / 4) };
	struct buf b;

	buf_init(&b, 0);
	if (tile_build(&b, &image, &target) == 0) {
		fuzz_check(&b, g->format);
		fuzz_read(g, head, buf_text(&b), b.len);
	} else if (h > 0) {
		abort();
	}
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct geometry g;

	if (size < FUZZ_HEAD)
		return 0;
	frame_geometry_init(&g, data[0] % FUZZ_PIXELS % N_PIXFMTS,
	    1 + data[1] % 64, 1 + data[2] % 16);
	if ((data[0] & FUZZ_PIXELS) != 0)
		fuzz_build(&g, data, data + FUZZ_HEAD, size - FUZZ_HEAD);
	else
		fuzz_read(&g, data, data + FUZZ_HEAD, size - FUZZ_HEAD);
	return 0;
}
