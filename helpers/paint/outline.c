/* SPDX-License-Identifier: ISC */
/*
 * The shape is a plane of bytes with a margin of zeros as wide as the outline,
 * so that it can be moved in any direction as one block of memory, and nearly
 * all work is the greater of two bytes. It is written with vectors for the same
 * reason as in media/blend.c.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "paint/outline.h"
#include "paint/picture.h"

#define OUTLINE_DARK 64 /* luma below it: a dark text */
#define OUTLINE_STEP 16 /* bytes at once */

typedef uint8_t outline_bytes __attribute__((vector_size(OUTLINE_STEP)));
typedef uint16_t outline_lanes __attribute__((vector_size(OUTLINE_STEP)));

/* An image's alpha with its margin. */
struct plane {
	size_t stride, rows; /* with the margin */
	size_t len;	     /* stride * rows */
	size_t first;	     /* byte of the first pixel */
	int radius;
};

uint8_t
outline_shade(uint32_t color)
{
	uint32_t r = color >> 16 & 0xff, g = color >> 8 & 0xff,
		 b = color & 0xff;

	return r * 299 + g * 587 + b * 114 < OUTLINE_DARK * 1000 ? 255 : 0;
}

static void
outline_plane(struct plane *pl, const struct picture *p, int radius)
{
	pl->radius = radius;
	pl->stride = (size_t)p->w + 2 * (size_t)radius;
	pl->rows = (size_t)p->h + 2 * (size_t)radius;
	pl->len = pl->stride * pl->rows;
	pl->first = (size_t)radius * pl->stride + (size_t)radius;
}

static void
outline_max_step(uint8_t *out, const uint8_t *in)
{
	outline_bytes x, y, more;

	memcpy(&x, out, OUTLINE_STEP);
	memcpy(&y, in, OUTLINE_STEP);
	more = (outline_bytes)(x > y);
	x = (x & more) | (y & ~more);
	memcpy(out, &x, OUTLINE_STEP);
}

/* The greater of two bytes, n times. */
static void
outline_max(uint8_t *out, const uint8_t *in, size_t n)
{
	for (; n >= OUTLINE_STEP; n -= OUTLINE_STEP) {
		outline_max_step(out, in);
		out += OUTLINE_STEP;
		in += OUTLINE_STEP;
	}
	for (; n > 0; n--, out++, in++)
		*out = *out > *in ? *out : *in;
}

/* The same, with `in` moved forth or back. */
static void
outline_max_moved(
    uint8_t *out, const uint8_t *in, const struct plane *pl, ptrdiff_t by)
{
	size_t n = (size_t)labs(by);

	if (by >= 0)
		outline_max(out + n, in, pl->len - n);
	else
		outline_max(out, in + n, pl->len - n);
}

/* How far a disc reaches to the side, `dy` rows away from its middle. */
static int
outline_reach(int radius, int dy)
{
	int square = radius * radius + radius - dy * dy, reach = 0;

	while ((reach + 1) * (reach + 1) <= square)
		reach++;
	return reach;
}

/* A row is grown to both sides, one pixel after the other, and laid where the
 * disc is as wide as that. */
static void
outline_grow(uint8_t *out, const uint8_t *shape, const struct plane *pl)
{
	uint8_t *wide = xcalloc(pl->len, 1);

	memcpy(wide, shape, pl->len);
	for (int reach = 0; reach <= pl->radius; reach++) {
		outline_max_moved(wide, shape, pl, reach);
		outline_max_moved(wide, shape, pl, -reach);
		for (int dy = -pl->radius; dy <= pl->radius; dy++) {
			if (outline_reach(pl->radius, dy) == reach)
				outline_max_moved(
				    out, wide, pl, dy * (ptrdiff_t)pl->stride);
		}
	}
	free(wide);
}

/* The image's alpha, without colours. */
static void
outline_shape(uint8_t *shape, const struct picture *p, const struct plane *pl)
{
	const uint8_t *alpha = p->bgra + 3;
	uint8_t *row = shape + pl->first;

	for (int y = 0; y < p->h; y++, row += pl->stride) {
		for (int x = 0; x < p->w; x++, alpha += 4)
			row[x] = *alpha;
	}
}

/* shape = under * (255 - shape) / 255, as picture_times() does it. */
static void
outline_add_step(uint8_t *shape, const uint8_t *under)
{
	outline_lanes s, u, low, high;

	memcpy(&s, shape, OUTLINE_STEP);
	memcpy(&u, under, OUTLINE_STEP);
	s = ~s;
	low = (s & 0xff) * (u & 0xff) + 128;
	high = (s >> 8) * (u >> 8) + 128;
	low = (low + (low >> 8)) >> 8;
	high = (high + (high >> 8)) & 0xff00;
	s = low | high;
	memcpy(shape, &s, OUTLINE_STEP);
}

/* The visible part of the background, in the place of the shape over it. */
static void
outline_add(uint8_t *shape, const uint8_t *under, size_t n)
{
	for (; n >= OUTLINE_STEP; n -= OUTLINE_STEP) {
		outline_add_step(shape, under);
		shape += OUTLINE_STEP;
		under += OUTLINE_STEP;
	}
	for (; n > 0; n--, shape++, under++)
		*shape = picture_times(*under, (uint8_t)(255 - *shape));
}

/* A box below the outline. */
static void
outline_box(uint8_t *under, size_t n, uint8_t box)
{
	for (size_t i = 0; box > 0 && i < n; i++)
		under[i] += picture_times(box, (uint8_t)(255 - under[i]));
}

/* Black needs no more than alpha. */
static void
outline_put(struct picture *p, const uint8_t *add, const struct plane *pl,
    uint8_t shade)
{
	uint8_t *pixel = p->bgra;

	for (int y = 0; y < p->h; y++, add += pl->stride) {
		for (int x = 0; x < p->w; x++, pixel += 4) {
			for (int i = 0; shade > 0 && i < 3; i++)
				pixel[i] += add[x];
			pixel[3] += add[x];
		}
	}
}

void
outline_lay(struct picture *p, const struct outline *o)
{
	struct plane pl;
	uint8_t *shape, *under;

	if (o->radius == 0 && o->box == 0)
		return;
	outline_plane(&pl, p, o->radius);
	shape = xcalloc(pl.len, 1);
	under = xcalloc(pl.len, 1);
	outline_shape(shape, p, &pl);
	if (o->radius > 0)
		outline_grow(under, shape, &pl);
	outline_box(under, pl.len, o->box);
	outline_add(shape, under, pl.len);
	outline_put(p, shape + pl.first, &pl, o->shade);
	free(shape);
	free(under);
}
