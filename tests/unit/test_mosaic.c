/* SPDX-License-Identifier: ISC */
/*
 * Frames of every format as RGB, and drawn with characters.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/util.h"
#include "media/mosaic.h"
#include "media/pattern.h"

#define BLOCK "\342\226\200"

static void
assert_near(struct rgb c, int r, int g, int b)
{
	assert_in_range(c.r + 3, r, r + 6);
	assert_in_range(c.g + 3, g, g + 6);
	assert_in_range(c.b + 3, b, b + 6);
}

/* The known colours of BT.601 in limited range. */
static void
test_yuv(void **state UNUSED)
{
	static const struct {
		uint8_t y, u, v;
		int r, g, b;
	} rows[] = {
		{ 16, 128, 128, 0, 0, 0 },
		{ 235, 128, 128, 255, 255, 255 },
		{ 126, 128, 128, 128, 128, 128 },
		{ 81, 90, 240, 255, 0, 0 },
		{ 145, 54, 34, 0, 255, 0 },
		{ 41, 240, 110, 0, 0, 255 },
		/* beyond the range: clipped, not wrapped */
		{ 0, 128, 128, 0, 0, 0 },
		{ 255, 128, 128, 255, 255, 255 },
		{ 255, 255, 255, 255, 125, 255 },
	};
	struct geometry g;

	frame_geometry_init(&g, PIX_YUV420P, 1, 1);
	for (size_t i = 0; i < NELEM(rows); i++) {
		const uint8_t data[] = { rows[i].y, rows[i].u, rows[i].v };

		assert_near(mosaic_pixel(&g, data, 0, 0), rows[i].r, rows[i].g,
		    rows[i].b);
	}
}

/* Luma is full range in a format without chroma, as ffmpeg takes it. */
static void
test_gray(void **state UNUSED)
{
	static const uint8_t data[] = { 0, 16, 235, 255 };
	struct geometry g;

	frame_geometry_init(&g, PIX_GRAY, 2, 2);
	for (int i = 0; i < 4; i++)
		assert_near(mosaic_pixel(&g, data, i % 2, i / 2), data[i],
		    data[i], data[i]);
}

/* A frame of a format, to the byte on the heap, so that a slip is seen. */
static uint8_t *
draw(struct geometry *g, enum pixfmt format, int w, int h)
{
	uint8_t *data;

	frame_geometry_init(g, format, w, h);
	data = xcalloc(g->bytes, 1);
	pattern_draw(PATTERN_SMPTE, g, data, 0, 0);
	return data;
}

/* Colour bars look the same in every format, up to the last pixel of odd
 * sizes; where chroma is shared, its neighbour may show through. */
static void
test_formats(void **state UNUSED)
{
	static const int sizes[][2] = { { 64, 48 }, { 65, 49 } };
	struct geometry g, rgb;

	for (int i = 0; i < N_PIXFMTS * 2; i++) {
		const int *size = sizes[i % 2];
		uint8_t *data = draw(&g, i / 2, size[0], size[1]);
		uint8_t *same = draw(&rgb, PIX_RGB24, size[0], size[1]);
		int bad = 0;

		for (int n = 0; g.format != PIX_GRAY && n < g.w * g.h; n++) {
			struct rgb a = mosaic_pixel(&g, data, n % g.w, n / g.w);
			struct rgb b =
			    mosaic_pixel(&rgb, same, n % g.w, n / g.w);

			bad += abs(a.r - b.r) > 3 || abs(a.g - b.g) > 3 ||
			    abs(a.b - b.b) > 3;
		}
		assert_in_range(bad, 0, g.w * g.h / 16);
		free(same);
		free(data);
	}
}

static void
test_palette(void **state UNUSED)
{
	static const struct {
		struct rgb c;
		int number;
	} rows[] = {
		{ { 0, 0, 0 }, 16 },
		{ { 255, 255, 255 }, 231 },
		{ { 255, 0, 0 }, 196 },
		{ { 0, 255, 0 }, 46 },
		{ { 0, 0, 255 }, 21 },
		{ { 95, 135, 175 }, 67 },
		{ { 100, 140, 180 }, 67 },
		{ { 8, 8, 8 }, 232 },
		{ { 128, 128, 128 }, 244 },
		{ { 238, 238, 238 }, 255 },
		{ { 3, 3, 3 }, 16 },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		assert_int_equal(mosaic_palette(rows[i].c), rows[i].number);
}

/* Draw into a window; caller frees. */
static char *
drawn(const struct geometry *g, const uint8_t *data, enum mosaic_ink ink,
    int width, int height)
{
	const struct mosaic_opts o = { ink, width, height };
	struct buf b;

	buf_init(&b, 0);
	mosaic_draw(&b, g, data, &o);
	return buf_steal(&b);
}

static void
expect(const struct geometry *g, const uint8_t *data, enum mosaic_ink ink,
    const char *want)
{
	char *text = drawn(g, data, ink, 2, 1);

	assert_string_equal(text, want);
	free(text);
}

/* Two pixels in one character; a colour is said when it changes, and nothing
 * is left on at the end of the line. */
static void
test_draw(void **state UNUSED)
{
	static const uint8_t data[] = { 255, 0, 0, 255, 0, 0, 0, 0, 255, 255,
		255, 255 };
	struct geometry g;

	frame_geometry_init(&g, PIX_RGB24, 2, 2);
	expect(&g, data, MOSAIC_TRUE,
	    "\033[38;2;255;0;0m\033[48;2;0;0;255m" BLOCK
	    "\033[48;2;255;255;255m" BLOCK "\033[0m\n");
	expect(&g, data, MOSAIC_256,
	    "\033[38;5;196m\033[48;5;21m" BLOCK "\033[48;5;231m" BLOCK
	    "\033[0m\n");
	expect(&g, data, MOSAIC_ASCII, ":*\n");
}

/* Darkness is empty, brightness is dense. */
static void
test_ramp(void **state UNUSED)
{
	static const uint8_t data[] = { 0, 255, 0, 255 };
	struct geometry g;

	frame_geometry_init(&g, PIX_GRAY, 2, 2);
	expect(&g, data, MOSAIC_ASCII, " @\n");
}

/* A dot is the mean of the pixels under it. */
static void
test_mean(void **state UNUSED)
{
	static const uint8_t data[] = { 0, 200, 100, 100, 10, 10, 30, 30 };
	struct geometry g;
	char *text;

	frame_geometry_init(&g, PIX_GRAY, 2, 4);
	text = drawn(&g, data, MOSAIC_TRUE, 1, 1);
	assert_string_equal(text,
	    "\033[38;2;100;100;100m\033[48;2;20;20;20m" BLOCK "\033[0m\n");
	free(text);
}

/* As large as fits, in the shape of the frame. */
static void
test_fit(void **state UNUSED)
{
	static const struct {
		int w, h, width, height, columns, lines;
	} rows[] = {
		{ 64, 48, 80, 0, 80, 30 },
		{ 64, 48, 80, 23, 61, 23 },
		{ 1920, 1080, 80, 23, 80, 23 },
		{ 1920, 1080, 40, 50, 40, 11 },
		{ 65, 49, 10, 40, 10, 4 },
		{ 2, 2, 20, 40, 20, 10 }, /* enlarged */
		{ 1000, 1, 20, 10, 20, 1 },
		{ 1, 1000, 20, 10, 1, 10 },
		{ 1, 1, 1, 1, 1, 1 },
	};
	struct geometry g;

	for (size_t i = 0; i < NELEM(rows); i++) {
		uint8_t *data = draw(&g, PIX_NV12, rows[i].w, rows[i].h);
		char *text = drawn(
		    &g, data, MOSAIC_ASCII, rows[i].width, rows[i].height);
		int lines = 0;

		for (const char *at = text; *at != '\0'; lines++) {
			assert_int_equal(strcspn(at, "\n"), rows[i].columns);
			at += rows[i].columns + 1;
		}
		assert_int_equal(lines, rows[i].lines);
		free(text);
		free(data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yuv),
		cmocka_unit_test(test_gray),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_palette),
		cmocka_unit_test(test_draw),
		cmocka_unit_test(test_ramp),
		cmocka_unit_test(test_mean),
		cmocka_unit_test(test_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
