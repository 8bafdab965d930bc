/* SPDX-License-Identifier: ISC */
/*
 * One slip at a time: another size in the profile's format, another format in
 * the profile's size, rows or sides that were rounded up, wider values; only
 * then both another size and another format.
 */
#include "config.h"

#include <stdbool.h>

#include "base/buf.h"
#include "base/util.h"
#include "media/framesizes.h"

#define FRAMESIZES_GUESSES 3

/* Sizes people use. */
static const struct size framesizes_common[] = { { 160, 120 }, { 176, 144 },
	{ 224, 224 }, { 300, 300 }, { 320, 180 }, { 320, 240 }, { 352, 288 },
	{ 416, 416 }, { 480, 270 }, { 512, 512 }, { 608, 608 }, { 640, 360 },
	{ 640, 480 }, { 640, 512 }, { 640, 640 }, { 800, 600 }, { 848, 480 },
	{ 854, 480 }, { 960, 540 }, { 1024, 768 }, { 1280, 720 }, { 1280, 800 },
	{ 1280, 960 }, { 1280, 1024 }, { 1456, 1088 }, { 1600, 1200 },
	{ 1920, 1080 }, { 1920, 1200 }, { 2560, 1440 }, { 2592, 1944 },
	{ 3840, 2160 } };

/* Values of more than a byte. */
static const struct {
	size_t bytes;
	const char *text;
} framesizes_values[] = { { 2, "with 16 bits for each value" },
	{ 4, "as float32 values" }, { 8, "as float64 values" } };

struct framesizes_list {
	struct buf text;
	unsigned n;
};

/* "", " or " before another one. False: there are enough. */
static bool
framesizes_open(struct framesizes_list *l)
{
	if (l->n == FRAMESIZES_GUESSES)
		return false;
	if (l->n++ > 0)
		buf_puts(&l->text, " or ");
	return true;
}

static bool
framesizes_fits(size_t bytes, enum pixfmt format, struct size size)
{
	struct geometry g;

	return frame_geometry_init(&g, format, size.w, size.h) == 0 &&
	    g.bytes == bytes;
}

static void
framesizes_add(struct framesizes_list *l, enum pixfmt format, struct size size)
{
	if (framesizes_open(l))
		buf_putf(
		    &l->text, "%dx%d %s", size.w, size.h, pixfmt_names[format]);
}

/* Another common size in the profile's format. */
static void
framesizes_try_sizes(
    struct framesizes_list *l, size_t bytes, const struct geometry *want)
{
	for (size_t i = 0; i < NELEM(framesizes_common); i++)
		if (framesizes_fits(bytes, want->format, framesizes_common[i]))
			framesizes_add(l, want->format, framesizes_common[i]);
}

/* Another format in a size; of those alike, the first. */
static void
framesizes_try_formats(
    struct framesizes_list *l, size_t bytes, struct size size)
{
	for (int f = 0; f < N_PIXFMTS; f++) {
		if (!framesizes_fits(bytes, (enum pixfmt)f, size))
			continue;
		framesizes_add(l, (enum pixfmt)f, size);
		return;
	}
}

static int
framesizes_round(int n, int step)
{
	return (n + step - 1) / step * step;
}

/* Sides that were rounded up, as encoders and cameras do: 1088 rows. */
static void
framesizes_try_sides(
    struct framesizes_list *l, size_t bytes, const struct geometry *want)
{
	for (int step = 2; step <= 64; step *= 2) {
		struct size wide = { framesizes_round(want->w, step), want->h };
		struct size high = { want->w, framesizes_round(want->h, step) };
		struct size both = { wide.w, high.h };
		const struct size all[] = { high, both, wide };

		for (size_t i = 0; i < NELEM(all); i++) {
			if (!framesizes_fits(bytes, want->format, all[i]))
				continue;
			framesizes_add(l, want->format, all[i]);
			return;
		}
	}
}

/* Rows with padding, in formats of one plane. */
static void
framesizes_try_rows(
    struct framesizes_list *l, size_t bytes, const struct geometry *want)
{
	size_t row = want->bytes / (size_t)want->h;
	size_t padded = bytes / (size_t)want->h;

	if (want->format == PIX_YUV420P || want->format == PIX_NV12 ||
	    bytes % (size_t)want->h != 0 || padded <= row)
		return;
	for (size_t step = 4; step <= 256; step *= 2) {
		if ((row + step - 1) / step * step != padded)
			continue;
		if (framesizes_open(l))
			buf_putf(&l->text, "%dx%d %s in rows of %zu bytes",
			    want->w, want->h, pixfmt_names[want->format],
			    padded);
		return;
	}
}

static void
framesizes_try_values(
    struct framesizes_list *l, size_t bytes, const struct geometry *want)
{
	for (size_t i = 0; i < NELEM(framesizes_values); i++)
		if (bytes == want->bytes * framesizes_values[i].bytes &&
		    framesizes_open(l))
			buf_putf(&l->text, "%dx%d %s %s", want->w, want->h,
			    pixfmt_names[want->format],
			    framesizes_values[i].text);
}

char *
framesizes_guess(size_t bytes, const struct geometry *want)
{
	struct framesizes_list l = { .n = 0 };

	buf_init(&l.text, 0);
	framesizes_try_sizes(&l, bytes, want);
	framesizes_try_formats(&l, bytes, (struct size){ want->w, want->h });
	framesizes_try_rows(&l, bytes, want);
	if (l.n == 0)
		framesizes_try_sides(&l, bytes, want);
	framesizes_try_values(&l, bytes, want);
	for (size_t i = 0; l.n == 0 && i < NELEM(framesizes_common); i++)
		framesizes_try_formats(&l, bytes, framesizes_common[i]);
	if (l.n > 0)
		return buf_steal(&l.text);
	buf_clear(&l.text);
	return NULL;
}
