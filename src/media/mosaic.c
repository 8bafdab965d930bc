/* SPDX-License-Identifier: ISC */
/*
 * Frames for terminals: pixels of every format as RGB, areas of pixels as one
 * dot each, dots as characters.
 */
#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/util.h"
#include "media/mosaic.h"

#define MOSAIC_BLOCK "\342\226\200" /* U+2580, the upper half */

/* Where the palette's cube of 6 x 6 x 6 and its ramp of grays begin. */
#define MOSAIC_CUBE  16
#define MOSAIC_GRAYS 232

static const uint8_t mosaic_cube[] = { 0, 95, 135, 175, 215, 255 };

/* From black to white. */
static const char mosaic_ramp[] = " .:-=+*#%@";

/* The dots that a frame is scaled to: two for each character. */
struct mosaic_grid {
	const struct geometry *g;
	const uint8_t *data;
	int w, h;
};

/* --- pixels ------------------------------------------------------------- */

static uint8_t
mosaic_clip(int v)
{
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* BT.601 in 256ths: 16..235 of luma become 0..255. */
static struct rgb
mosaic_yuv(int y, int u, int v)
{
	int c = 298 * (y - 16) + 128, d = u - 128, e = v - 128;

	return (struct rgb){ .r = mosaic_clip((c + 409 * e) / 256),
		.g = mosaic_clip((c - 100 * d - 208 * e) / 256),
		.b = mosaic_clip((c + 516 * d) / 256) };
}

struct rgb
mosaic_pixel(const struct geometry *g, const uint8_t *data, int x, int y)
{
	size_t w = (size_t)g->w, h = (size_t)g->h;
	size_t at = (size_t)y * w + (size_t)x;
	size_t half_w = (w + 1) / 2, half_h = (h + 1) / 2;
	size_t half = (size_t)(y / 2) * half_w + (size_t)(x / 2);
	const uint8_t *p;

	switch (g->format) {
	case PIX_BGR24:
	case PIX_BGRA:
		p = data + at * (g->format == PIX_BGRA ? 4 : 3);
		return (struct rgb){ p[2], p[1], p[0] };
	case PIX_RGB24:
	case PIX_RGBA:
		p = data + at * (g->format == PIX_RGBA ? 4 : 3);
		return (struct rgb){ p[0], p[1], p[2] };
	case PIX_YUV420P:
		p = data + w * h + half;
		return mosaic_yuv(data[at], p[0], p[half_w * half_h]);
	case PIX_NV12:
		p = data + w * h + 2 * half;
		return mosaic_yuv(data[at], p[0], p[1]);
	case PIX_YUYV422: /* two pixels in four bytes; rows of whole pairs */
		p = data + 4 * ((size_t)y * half_w + (size_t)(x / 2));
		return mosaic_yuv(p[x % 2 * 2], p[1], p[3]);
	case PIX_GRAY:
	case N_PIXFMTS:
		break;
	}
	return (struct rgb){ data[at], data[at], data[at] };
}

/* The first pixel of a dot, along a side of `size` pixels and `dots`. */
static int
mosaic_edge(int dot, int dots, int size)
{
	return (int)((int64_t)dot * size / dots);
}

/* The mean of the pixels under a dot; where dots are smaller than pixels, the
 * pixel under it. */
static struct rgb
mosaic_dot(const struct mosaic_grid *m, int col, int row)
{
	int x0 = mosaic_edge(col, m->w, m->g->w);
	int x1 = mosaic_edge(col + 1, m->w, m->g->w);
	int y0 = mosaic_edge(row, m->h, m->g->h);
	int y1 = mosaic_edge(row + 1, m->h, m->g->h);
	uint64_t r = 0, g = 0, b = 0, n = 0;

	for (int y = y0; y < y1 || y == y0; y++) {
		for (int x = x0; x < x1 || x == x0; x++) {
			struct rgb c = mosaic_pixel(m->g, m->data, x, y);

			r += c.r;
			g += c.g;
			b += c.b;
			n++;
		}
	}
	return (struct rgb){ .r = (uint8_t)((r + n / 2) / n),
		.g = (uint8_t)((g + n / 2) / n),
		.b = (uint8_t)((b + n / 2) / n) };
}

/* --- inks --------------------------------------------------------------- */

/* How far two colours are apart. */
static int
mosaic_distance(struct rgb a, struct rgb b)
{
	int dr = a.r - b.r, dg = a.g - b.g, db = a.b - b.b;

	return dr * dr + dg * dg + db * db;
}

/* The step of the cube nearest to a value. */
static int
mosaic_step(int v)
{
	int best = 0;

	for (int i = 1; i < (int)NELEM(mosaic_cube); i++) {
		if (abs(v - mosaic_cube[i]) < abs(v - mosaic_cube[best]))
			best = i;
	}
	return best;
}

int
mosaic_palette(struct rgb c)
{
	int r = mosaic_step(c.r), g = mosaic_step(c.g), b = mosaic_step(c.b);
	int mean = (c.r + c.g + c.b) / 3;
	int step = mean < 8 ? 0 : mean > 238 ? 23 : (mean - 3) / 10;
	uint8_t level = (uint8_t)(8 + 10 * step);
	struct rgb cube = { mosaic_cube[r], mosaic_cube[g], mosaic_cube[b] };
	struct rgb gray = { level, level, level };

	if (mosaic_distance(c, gray) < mosaic_distance(c, cube))
		return MOSAIC_GRAYS + step;
	return MOSAIC_CUBE + 36 * r + 6 * g + b;
}

/* The sequence that sets the colour of the letter (38) or its background
 * (48). */
static void
mosaic_colour(struct buf *b, enum mosaic_ink ink, int where, struct rgb c)
{
	if (ink == MOSAIC_TRUE)
		buf_putf(b, "\033[%d;2;%d;%d;%dm", where, c.r, c.g, c.b);
	else
		buf_putf(b, "\033[%d;5;%dm", where, mosaic_palette(c));
}

/* One line of half blocks. A colour is written when it changes. */
static void
mosaic_line(
    struct buf *b, const struct mosaic_grid *m, int line, enum mosaic_ink ink)
{
	struct rgb over = { 0 }, under = { 0 };

	for (int col = 0; col < m->w; col++) {
		struct rgb top = mosaic_dot(m, col, 2 * line);
		struct rgb bottom = mosaic_dot(m, col, 2 * line + 1);

		if (col == 0 || mosaic_distance(top, over) != 0)
			mosaic_colour(b, ink, 38, top);
		if (col == 0 || mosaic_distance(bottom, under) != 0)
			mosaic_colour(b, ink, 48, bottom);
		buf_puts(b, MOSAIC_BLOCK);
		over = top;
		under = bottom;
	}
	buf_puts(b, "\033[0m\n");
}

static int
mosaic_luma(struct rgb c)
{
	return (299 * c.r + 587 * c.g + 114 * c.b) / 1000;
}

/* One line of plain characters. */
static void
mosaic_line_ascii(struct buf *b, const struct mosaic_grid *m, int line)
{
	for (int col = 0; col < m->w; col++) {
		int luma = mosaic_luma(mosaic_dot(m, col, 2 * line)) +
		    mosaic_luma(mosaic_dot(m, col, 2 * line + 1));
		size_t i = (size_t)luma * (sizeof(mosaic_ramp) - 1) / 511;

		buf_put(b, &mosaic_ramp[i], 1);
	}
	buf_puts(b, "\n");
}

/* --- the frame ---------------------------------------------------------- */

/* a * b / c, rounded, at least 1. */
static int
mosaic_scale(int a, int b, int c)
{
	int64_t v = ((int64_t)a * b + c / 2) / c;

	return v < 1 ? 1 : (int)v;
}

/* As wide as the window, or as high, and an even number of dots high. */
static void
mosaic_fit(struct mosaic_grid *m, const struct mosaic_opts *o)
{
	int lines = mosaic_scale(o->width, m->g->h, 2 * m->g->w);

	m->w = o->width;
	if (o->height > 0 && lines > o->height) {
		lines = o->height;
		m->w = mosaic_scale(2 * lines, m->g->w, m->g->h);
	}
	if (m->w > o->width)
		m->w = o->width;
	m->h = 2 * lines;
}

void
mosaic_draw(struct buf *b, const struct geometry *g, const uint8_t *data,
    const struct mosaic_opts *o)
{
	struct mosaic_grid m = { .g = g, .data = data };

	mosaic_fit(&m, o);
	for (int line = 0; line < m.h / 2; line++) {
		if (o->ink == MOSAIC_ASCII)
			mosaic_line_ascii(b, &m, line);
		else
			mosaic_line(b, &m, line, o->ink);
	}
}
