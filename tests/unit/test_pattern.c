/* SPDX-License-Identifier: ISC */
/*
 * Test patterns in every format: drawn, turned to gray, read back; a frame that
 * slipped is refused.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/pattern.h"

#define TEST_NUMBER 0x80f01234u
#define TEST_WALL   INT64_C(1767268800123)

static const int slate_sizes[][2] = { { 1, 1 }, { 2, 3 }, { 3, 2 }, { 7, 5 },
	{ 8, 8 }, { 15, 33 }, { 16, 16 }, { 17, 9 }, { 64, 48 }, { 65, 49 },
	{ 127, 1 }, { 320, 240 }, { 641, 361 } };

static const int test_sizes[][2] = { { 16, 8 }, { 17, 9 }, { 65, 49 },
	{ 64, 48 }, { 320, 240 }, { 333, 101 } };

/* Where the luma of a pixel is, or its first of `n` equal channels. */
static size_t
test_offset(const struct geometry *g, int x, int y, int *n)
{
	size_t w = (size_t)g->w, at = (size_t)y * w + (size_t)x;

	*n = 1;
	switch (g->format) {
	case PIX_BGR24:
	case PIX_RGB24:
		*n = 3;
		return at * 3;
	case PIX_RGBA:
	case PIX_BGRA:
		*n = 3;
		return at * 4;
	case PIX_YUYV422:
		return (size_t)y * ((w + 1) / 2 * 4) + (size_t)x * 2;
	default:
		return at;
	}
}

/* The gray frame that a receiver would see; caller frees. */
static uint8_t *
test_gray(const struct geometry *g, const uint8_t *data)
{
	uint8_t *gray = xcalloc((size_t)g->w * (size_t)g->h, 1);
	int x, y, i, n, sum;
	size_t at;

	for (y = 0; y < g->h; y++) {
		for (x = 0; x < g->w; x++) {
			at = test_offset(g, x, y, &n);
			for (sum = 0, i = 0; i < n; i++)
				sum += data[at + (size_t)i];
			gray[y * g->w + x] = (uint8_t)(sum / n);
		}
	}
	return gray;
}

static bool
test_reads(const struct geometry *g, const uint8_t *data)
{
	uint8_t *gray = test_gray(g, data);
	uint32_t number = 0;
	int64_t wall = 0;
	bool ok = pattern_read(gray, g->w, g->h, &number, &wall);

	free(gray);
	if (ok) {
		assert_int_equal(number, TEST_NUMBER);
		assert_int_equal(wall, TEST_WALL);
	}
	return ok;
}

/* Exactly the frame's bytes are written: no guard byte changes, and no byte of
 * the frame depends on the old contents. */
static uint8_t *
test_draw(enum pattern kind, const struct geometry *g, uint32_t number)
{
	uint8_t *a = xcalloc(g->bytes + 16, 1), *b = xcalloc(g->bytes + 16, 1);
	size_t i;

	memset(a, 0xaa, g->bytes + 16);
	memset(b, 0x55, g->bytes + 16);
	pattern_draw(kind, g, a, number, TEST_WALL);
	pattern_draw(kind, g, b, number, TEST_WALL);
	assert_memory_equal(a, b, g->bytes);
	for (i = g->bytes; i < g->bytes + 16; i++) {
		assert_int_equal(a[i], 0xaa);
		assert_int_equal(b[i], 0x55);
	}
	free(b);
	return a;
}

static void
test_counter(void **state UNUSED)
{
	struct geometry g;
	uint8_t *data;
	size_t i;
	int f;

	for (f = 0; f < N_PIXFMTS; f++) {
		for (i = 0; i < NELEM(test_sizes); i++) {
			frame_geometry_init(&g, (enum pixfmt)f,
			    test_sizes[i][0], test_sizes[i][1]);
			data = test_draw(PATTERN_COUNTER, &g, TEST_NUMBER);
			assert_true(test_reads(&g, data));
			free(data);
		}
	}
}

/* A receiver's frame when `shift` bytes were lost or doubled before. */
static void
test_sheared(void **state UNUSED)
{
	static const int shifts[] = { 1, 3, 4, 12, 30, 100, 320, 500, 1000 };
	struct geometry g;
	uint8_t *data, *two;
	size_t i, shift;
	int f;

	for (f = 0; f < N_PIXFMTS; f++) {
		frame_geometry_init(&g, (enum pixfmt)f, 320, 240);
		data = test_draw(PATTERN_COUNTER, &g, TEST_NUMBER);
		two = xcalloc(2, g.bytes);
		memcpy(two, data, g.bytes);
		memcpy(two + g.bytes, data, g.bytes);
		for (i = 0; i < NELEM(shifts); i++) {
			shift = (size_t)shifts[i];
			if (shift < 4 && f != PIX_GRAY && f != PIX_YUV420P &&
			    f != PIX_NV12)
				continue; /* less than a pixel */
			assert_false(test_reads(&g, two + shift));
			assert_false(test_reads(&g, two + g.bytes - shift));
			/* only the lower half slipped */
			memmove(two + g.bytes / 2, two + g.bytes / 2 + shift,
			    g.bytes / 2);
			if (f != PIX_YUV420P && f != PIX_NV12)
				assert_false(test_reads(&g, two));
			memcpy(two, data, g.bytes);
			memcpy(two + g.bytes, data, g.bytes);
		}
		assert_true(test_reads(&g, two));
		free(two);
		free(data);
	}
}

/* One wrong cell anywhere is found. */
static void
test_damaged(void **state UNUSED)
{
	struct geometry g;
	uint32_t number;
	uint8_t *data;
	int64_t wall;
	int i;

	frame_geometry_init(&g, PIX_GRAY, 16, 8); /* one pixel per cell */
	data = test_draw(PATTERN_COUNTER, &g, TEST_NUMBER);
	assert_true(pattern_read(data, 16, 8, &number, &wall));
	for (i = 0; i < 16 * 8; i++) {
		data[i] = data[i] == 16 ? 235 : 16;
		assert_false(pattern_read(data, 16, 8, &number, &wall));
		data[i] = data[i] == 16 ? 235 : 16;
	}
	assert_false(pattern_read(data, 15, 8, &number, &wall));
	assert_false(pattern_read(data, 16, 7, &number, &wall));
	free(data);
}

static void
test_foreign(void **state UNUSED)
{
	struct geometry g;
	uint8_t *data;
	int f;

	for (f = 0; f < N_PIXFMTS; f++) {
		frame_geometry_init(&g, (enum pixfmt)f, 65, 49);
		data = test_draw(PATTERN_SMPTE, &g, 7);
		assert_false(test_reads(&g, data));
		free(data);
		data = test_draw(PATTERN_NOISE, &g, 7);
		assert_false(test_reads(&g, data));
		free(data);
	}
}

/* Bars and noise look different from frame to frame. */
static void
test_alive(void **state UNUSED)
{
	struct geometry g;
	uint8_t *a, *b;
	int f, kind;

	for (f = 0; f < N_PIXFMTS; f++) {
		frame_geometry_init(&g, (enum pixfmt)f, 64, 48);
		for (kind = PATTERN_SMPTE; kind < N_PATTERNS; kind++) {
			a = test_draw((enum pattern)kind, &g, 10);
			b = test_draw((enum pattern)kind, &g, 11);
			assert_memory_not_equal(a, b, g.bytes);
			free(a);
			free(b);
		}
	}
}

static void
test_black(void **state UNUSED)
{
	static const uint8_t yuyv[] = { 16, 128, 16, 128 };
	static const uint8_t nv12[] = { 16, 128, 128 };
	static const uint8_t bgra[] = { 0, 0, 0, 255 };
	struct geometry g;
	uint8_t out[4];

	frame_geometry_init(&g, PIX_YUYV422, 1, 1);
	pattern_black(&g, out);
	assert_memory_equal(out, yuyv, g.bytes);
	frame_geometry_init(&g, PIX_NV12, 1, 1);
	pattern_black(&g, out);
	assert_memory_equal(out, nv12, g.bytes);
	frame_geometry_init(&g, PIX_BGRA, 1, 1);
	pattern_black(&g, out);
	assert_memory_equal(out, bgra, g.bytes);
	frame_geometry_init(&g, PIX_GRAY, 1, 1);
	pattern_black(&g, out);
	assert_int_equal(out[0], 0);
}

/* A third of a byte's distance from black, or from no colour. */
static int
slate_third(enum pixfmt format, size_t i, size_t luma, uint8_t value)
{
	int zero = 16;

	if (format == PIX_BGR24 || format == PIX_RGB24 || format == PIX_RGBA ||
	    format == PIX_BGRA)
		zero = 0;
	if ((format == PIX_RGBA || format == PIX_BGRA) && i % 4 == 3)
		return value; /* opaque stays opaque */
	if (format == PIX_YUYV422 && i % 2 == 1)
		zero = 128;
	if ((format == PIX_YUV420P || format == PIX_NV12) && i >= luma)
		zero = 128;
	return zero + (value - zero) / 3;
}

/* A slate between guards that nothing may change; `fill` is in it before.
 * Caller frees. */
static uint8_t *
slate_draw(const struct geometry *g, const uint8_t *last, unsigned number,
    uint8_t fill)
{
	uint8_t *room = memset(xcalloc(g->bytes + 16, 1), fill, g->bytes + 16);
	uint8_t *out = xcalloc(g->bytes, 1);

	pattern_slate(g, last, room, number);
	for (size_t i = g->bytes; i < g->bytes + 16; i++)
		assert_int_equal(room[i], fill);
	memset(out, fill, g->bytes);
	pattern_slate(g, last, out, number); /* ASan sees beyond this one */
	assert_memory_equal(out, room, g->bytes);
	free(room);
	return out;
}

/* Above the stripe each byte is a third of the last frame's; the stripe is
 * at the bottom, and every byte is written. */
static void
test_slate_dims(void **state UNUSED)
{
	for (size_t n = 0; n < N_PIXFMTS * NELEM(slate_sizes); n++) {
		const int *size = slate_sizes[n / N_PIXFMTS];
		enum pixfmt format = (enum pixfmt)(n % N_PIXFMTS);
		size_t luma = (size_t)size[0] * (size_t)size[1], top;
		struct geometry g;
		uint8_t *last, *a, *b;

		frame_geometry_init(&g, format, size[0], size[1]);
		last = xcalloc(g.bytes, 1);
		for (size_t i = 0; i < g.bytes; i++)
			last[i] = (uint8_t)(i * 37 + 11);
		a = slate_draw(&g, last, 1, 0x55);
		b = slate_draw(&g, last, 1, 0xaa);
		assert_memory_equal(a, b, g.bytes);
		/* rows above the stripe, of the first plane */
		top = (size_t)(size[1] - size[1] / 16 - 1);
		if (format != PIX_YUV420P && format != PIX_NV12)
			top = g.bytes / (size_t)size[1] * top;
		else
			top *= (size_t)size[0];
		for (size_t i = 0; i < top; i++)
			assert_int_equal(
			    a[i], slate_third(format, i, luma, last[i]));
		/* and the chroma of the first rows */
		if (top < luma && g.bytes > luma && size[1] > 4)
			for (size_t i = luma; i < luma + 2; i++)
				assert_int_equal(a[i],
				    slate_third(format, i, luma, last[i]));
		free(last);
		free(a);
		free(b);
	}
}

/* The bars move with each drawing, and have come round after four. */
static void
test_slate_moves(void **state UNUSED)
{
	for (size_t n = 0; n < N_PIXFMTS * NELEM(slate_sizes); n++) {
		const int *size = slate_sizes[n / N_PIXFMTS];
		struct geometry g;
		uint8_t *bars[5];

		frame_geometry_init(
		    &g, (enum pixfmt)(n % N_PIXFMTS), size[0], size[1]);
		for (unsigned i = 0; i < 5; i++)
			bars[i] = slate_draw(&g, NULL, i, 0x55);
		if (size[0] >= 64)
			for (unsigned i = 0; i < 4; i++)
				assert_memory_not_equal(
				    bars[i], bars[i + 1], g.bytes);
		assert_memory_equal(bars[0], bars[4], g.bytes);
		for (unsigned i = 0; i < 5; i++)
			free(bars[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counter),
		cmocka_unit_test(test_sheared),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_alive),
		cmocka_unit_test(test_black),
		cmocka_unit_test(test_slate_dims),
		cmocka_unit_test(test_slate_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
