/* SPDX-License-Identifier: ISC */
/*
 * Tiles: a built one can be read, has the right colours, and says where it is
 * empty; hostile ones are refused.
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
#include "media/tile.h"

static const struct tile_target plain = { .opacity = 255 };

/* A target like another, for a format. */
static struct tile_target
target_of(enum pixfmt format, const struct tile_target *like)
{
	struct tile_target t = *like;

	t.format = format;
	return t;
}

/* Build a tile in `b`, and read it. */
static void
make(struct tile *t, struct buf *b, const struct tile_image *image,
    const struct tile_target *target)
{
	buf_init(b, 0);
	assert_int_equal(tile_build(b, image, target), 0);
	assert_null(tile_open(t, buf_text(b), b->len, target->format));
	assert_int_equal(t->w, image->w);
	assert_int_equal(t->h, image->h);
}

static uint32_t
next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Blobs of any colour and alpha in the void; to the byte on the heap. */
static uint8_t *
blobs(struct tile_image *image, int w, int h, uint32_t seed)
{
	size_t n = (size_t)w * (size_t)h;
	uint8_t *p = xcalloc(n, 4);

	for (size_t i = 0; i < n; i++) {
		uint32_t v = next(&seed);

		if (v % 37 == 0)
			i += v / 37 % 60;
		if (i < n)
			memcpy(p + i * 4, &v, 4);
	}
	*image = (struct tile_image){ p, (size_t)w * 4, w, h };
	return p;
}

/* --- colours ------------------------------------------------------------ */

struct colour {
	uint8_t bgra[4];
	uint8_t y, u, v;
};

/* A tile of one colour, of 2 x 2 pixels: its bytes and inverse alphas. */
static void
expect_colour(
    const struct colour *c, enum pixfmt format, const struct tile_target *like)
{
	struct tile_target target = target_of(format, like);
	uint8_t pixels[16];
	struct tile_image image = { pixels, 8, 2, 2 };
	struct tile t;
	struct buf b;

	for (size_t i = 0; i < sizeof(pixels); i++)
		pixels[i] = c->bgra[i % 4];
	make(&t, &b, &image, &target);
	assert_int_equal(t.planes[0][0].inverse[0], 255 - c->bgra[3]);
	assert_int_equal(t.planes[0][0].colour[0], c->y);
	if (format == PIX_YUYV422) {
		assert_int_equal(t.planes[0][0].colour[2], c->y);
		assert_int_equal(t.planes[0][0].colour[1], c->u);
		assert_int_equal(t.planes[0][0].colour[3], c->v);
	}
	if (format == PIX_YUV420P || format == PIX_NV12)
		assert_int_equal(t.planes[1][0].colour[0], c->u);
	if (format == PIX_YUV420P)
		assert_int_equal(t.planes[2][0].colour[0], c->v);
	if (format == PIX_NV12)
		assert_int_equal(t.planes[1][0].colour[1], c->v);
	buf_clear(&b);
}

static void
expect_colours(const struct colour *c, size_t n, const struct tile_target *like)
{
	for (size_t i = 0; i < n; i++) {
		expect_colour(&c[i], PIX_YUV420P, like);
		expect_colour(&c[i], PIX_NV12, like);
		expect_colour(&c[i], PIX_YUYV422, like);
		expect_colour(&c[i], PIX_GRAY, like);
	}
}

/* The usual numbers for pure colours, and some with alpha. */
static void
test_bt601(void **state UNUSED)
{
	static const struct colour colours[] = {
		{ { 0, 0, 0, 255 }, 16, 128, 128 },
		{ { 255, 255, 255, 255 }, 235, 128, 128 },
		{ { 0, 0, 255, 255 }, 81, 90, 240 },
		{ { 0, 255, 0, 255 }, 145, 54, 34 },
		{ { 255, 0, 0, 255 }, 41, 240, 110 },
		{ { 0, 255, 255, 255 }, 210, 16, 146 },
		{ { 255, 255, 0, 255 }, 170, 166, 16 },
		{ { 128, 128, 128, 255 }, 126, 128, 128 },
		{ { 0, 0, 0, 128 }, 8, 64, 64 },
		{ { 128, 128, 128, 128 }, 118, 64, 64 },
		{ { 0, 0, 51, 51 }, 16, 18, 48 }, { { 0, 0, 0, 0 }, 0, 0, 0 },
		{ { 255, 200, 1, 0 }, 0, 0, 0 }, /* colour of nothing */
	};

	expect_colours(colours, NELEM(colours), &plain);
}

static void
test_bt709(void **state UNUSED)
{
	static const struct tile_target like = { .bt709 = true,
		.opacity = 255 };
	static const struct colour colours[] = {
		{ { 0, 0, 0, 255 }, 16, 128, 128 },
		{ { 255, 255, 255, 255 }, 235, 128, 128 },
		{ { 0, 0, 255, 255 }, 63, 102, 240 },
		{ { 0, 255, 0, 255 }, 173, 42, 26 },
		{ { 255, 0, 0, 255 }, 32, 240, 118 },
	};

	expect_colours(colours, NELEM(colours), &like);
}

static void
test_full_range(void **state UNUSED)
{
	static const struct tile_target like = { .full = true, .opacity = 255 };
	static const struct colour colours[] = {
		{ { 0, 0, 0, 255 }, 0, 128, 128 },
		{ { 255, 255, 255, 255 }, 255, 128, 128 },
		{ { 0, 0, 255, 255 }, 76, 85, 255 },
		{ { 0, 255, 0, 255 }, 150, 44, 21 },
		{ { 255, 0, 0, 255 }, 29, 255, 107 },
	};

	expect_colours(colours, NELEM(colours), &like);
}

/* The order of bytes in packed formats, and the alpha of frames. */
static void
test_rgb(void **state UNUSED)
{
	static const struct {
		enum pixfmt format;
		uint8_t bytes[4];
	} rows[] = {
		{ PIX_BGR24, { 10, 20, 30 } },
		{ PIX_RGB24, { 30, 20, 10 } },
		{ PIX_BGRA, { 10, 20, 30, 40 } },
		{ PIX_RGBA, { 30, 20, 10, 40 } },
	};
	static const uint8_t pixel[] = { 10, 20, 30, 40 };
	struct tile_image image = { pixel, 4, 1, 1 };
	struct tile t;
	struct buf b;

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct tile_target target = target_of(rows[i].format, &plain);
		size_t unit = tile_shapes[rows[i].format][0].unit;

		make(&t, &b, &image, &target);
		assert_memory_equal(t.planes[0][0].colour, rows[i].bytes, unit);
		for (size_t k = 0; k < unit; k++)
			assert_int_equal(t.planes[0][0].inverse[k], 215);
		buf_clear(&b);
	}
}

static void
test_opacity(void **state UNUSED)
{
	static const uint8_t pixel[] = { 200, 100, 50, 200 };
	static const struct {
		uint8_t opacity, colour, inverse;
	} rows[] = { { 255, 200, 55 }, { 128, 100, 155 }, { 51, 40, 215 },
		{ 1, 1, 254 }, { 0, 0, 255 } };
	struct tile_image image = { pixel, 4, 1, 1 };
	struct tile t;
	struct buf b;

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct tile_target target = { .format = PIX_BGR24,
			.opacity = rows[i].opacity };

		make(&t, &b, &image, &target);
		assert_int_equal(t.planes[0][0].colour[0], rows[i].colour);
		assert_int_equal(t.planes[0][0].inverse[0], rows[i].inverse);
		assert_int_equal(
		    t.planes[0][0].first[1], rows[i].opacity > 0 ? 1 : 0);
		buf_clear(&b);
	}
}

/* The second phase begins with an empty column: chroma covers other pairs, and
 * may need one more column. */
static void
test_phases(void **state UNUSED)
{
	/* black, white, black */
	static const uint8_t pixels[] = { 0, 0, 0, 255, 255, 255, 255, 255, 0,
		0, 0, 255 };
	struct tile_image image = { pixels, 12, 3, 1 };
	struct tile_target yuv = target_of(PIX_YUV420P, &plain);
	struct tile_target yuyv = target_of(PIX_YUYV422, &plain);
	struct tile t;
	struct buf b;

	make(&t, &b, &image, &yuv);
	assert_int_equal(t.planes[0][0].stride, 3);
	assert_ptr_equal(t.planes[0][0].colour, t.planes[0][1].colour);
	for (int phase = 0; phase < 2; phase++) {
		const struct tile_plane *p = &t.planes[1][phase];
		int half = phase == 0 ? 1 : 0; /* which covers one pixel of 4 */

		assert_int_equal(p->stride, 2);
		assert_int_equal(p->rows, 1);
		assert_int_equal(p->inverse[half], 255 - 64);
		assert_int_equal(p->inverse[1 - half], 255 - 128);
		assert_int_equal(p->colour[half], 32);
		assert_int_equal(p->colour[1 - half], 64);
	}
	buf_clear(&b);
	make(&t, &b, &image, &yuyv);
	assert_memory_equal(t.planes[0][0].colour,
	    "\x10\x80\xeb\x80"
	    "\x10\x40\x00\x40",
	    8);
	assert_memory_equal(t.planes[0][1].colour,
	    "\x00\x40\x10\x40"
	    "\xeb\x80\x10\x80",
	    8);
	assert_memory_equal(t.planes[0][1].inverse,
	    "\xff\x7f\x00\x7f"
	    "\x00\x00\x00\x00",
	    8);
	buf_clear(&b);
}

static void
test_target(void **state UNUSED)
{
	static const struct {
		enum pixfmt format;
		int h;
		bool bt709, full;
	} rows[] = {
		{ PIX_YUV420P, 719, false, false },
		{ PIX_YUV420P, 720, true, false },
		{ PIX_NV12, 1080, true, false },
		{ PIX_GRAY, 480, false, true },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct tile_target t;
		struct geometry g;

		frame_geometry_init(&g, rows[i].format, 16, rows[i].h);
		tile_target_init(&t, &g);
		assert_int_equal(t.format, rows[i].format);
		assert_int_equal(t.bt709, rows[i].bt709);
		assert_int_equal(t.full, rows[i].full);
		assert_int_equal(t.opacity, 255);
	}
}

/* --- spans -------------------------------------------------------------- */

/* Outside spans nothing is lost; the sum of colour and rest is a byte. */
static void
expect_plane(const struct tile_plane *p)
{
	for (uint32_t y = 0; y < p->rows; y++) {
		const uint8_t *colour = p->colour + (size_t)y * p->stride;
		const uint8_t *inverse = p->inverse + (size_t)y * p->stride;
		const struct tile_span *s = &p->spans[p->first[y]];
		const struct tile_span *end = &p->spans[p->first[y + 1]];

		for (uint32_t i = 0; i < p->stride; i++) {
			while (s < end && i >= s->to)
				s++;
			if (s == end || i < s->from) {
				assert_int_equal(colour[i], 0);
				assert_int_equal(inverse[i], 255);
			}
			assert_in_range(colour[i] + inverse[i], 0, 255);
		}
	}
}

static void
test_spans(void **state UNUSED)
{
	static const int sizes[][2] = { { 1, 1 }, { 2, 1 }, { 1, 2 }, { 5, 3 },
		{ 17, 4 }, { 64, 9 }, { 333, 7 } };

	for (size_t n = 0; n < NELEM(sizes) * N_PIXFMTS; n++) {
		const int *size = sizes[n / N_PIXFMTS];
		enum pixfmt format = n % N_PIXFMTS;
		struct tile_target target = target_of(format, &plain);
		struct tile_image image;
		uint8_t *pixels = blobs(&image, size[0], size[1], 7 + size[0]);
		struct tile t;
		struct buf b;

		make(&t, &b, &image, &target);
		for (int i = 0; i < TILE_PLANES; i++) {
			if (tile_shapes[format][i].unit == 0)
				continue;
			expect_plane(&t.planes[i][0]);
			expect_plane(&t.planes[i][1]);
		}
		buf_clear(&b);
		free(pixels);
	}
}

/* A row of gray with bytes that are not empty at these places. */
static void
expect_spans(
    const int *at, size_t n_at, const struct tile_span *spans, uint32_t n)
{
	uint8_t pixels[100 * 4] = { 0 };
	struct tile_image image = { pixels, sizeof(pixels), 100, 1 };
	struct tile_target target = target_of(PIX_GRAY, &plain);
	struct tile t;
	struct buf b;

	for (size_t i = 0; i < n_at; i++)
		pixels[4 * at[i] + 3] = 255;
	make(&t, &b, &image, &target);
	assert_int_equal(t.planes[0][0].first[1], n);
	assert_memory_equal(t.planes[0][0].spans, spans, n * sizeof(*spans));
	buf_clear(&b);
}

/* Whole steps, far apart, up to the end of the row. */
static void
test_span_steps(void **state UNUSED)
{
	static const int one[] = { 0 }, last[] = { 99 }, end[] = { 90 };
	static const int near[] = { 10, 57 }, far[] = { 10, 58 };
	static const int more[] = { 10, 25, 26, 80 };

	expect_spans(one, 0, NULL, 0);
	expect_spans(one, 1, (struct tile_span[]){ { 0, 16 } }, 1);
	expect_spans(last, 1, (struct tile_span[]){ { 99, 100 } }, 1);
	expect_spans(end, 1, (struct tile_span[]){ { 90, 100 } }, 1);
	expect_spans(near, 2, (struct tile_span[]){ { 10, 58 } }, 1);
	expect_spans(far, 2, (struct tile_span[]){ { 10, 26 }, { 58, 74 } }, 2);
	expect_spans(
	    more, 4, (struct tile_span[]){ { 10, 42 }, { 80, 96 } }, 2);
}

/* --- limits ------------------------------------------------------------- */

static void
test_sizes(void **state UNUSED)
{
	static const int bad[][2] = { { 0, 1 }, { 1, 0 }, { -1, 5 },
		{ SIZE_SIDE_MAX + 1, 1 }, { 1, SIZE_SIDE_MAX + 1 },
		{ SIZE_SIDE_MAX, SIZE_SIDE_MAX }, { 7681, 4320 } };
	struct tile_target target = target_of(PIX_GRAY, &plain);
	struct tile_image image = { 0 };
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; i < NELEM(bad); i++) {
		image.w = bad[i][0];
		image.h = bad[i][1];
		assert_int_equal(tile_build(&b, &image, &target), -1);
	}
	buf_clear(&b);
}

/* The longest row that is allowed, and the longest column. */
static void
test_long(void **state UNUSED)
{
	for (int i = 0; i < 2 * N_PIXFMTS; i++) {
		struct tile_target target = target_of(i / 2, &plain);
		struct tile_image image;
		uint8_t *pixels = blobs(&image, i % 2 == 0 ? SIZE_SIDE_MAX : 1,
		    i % 2 == 0 ? 1 : SIZE_SIDE_MAX, 3);
		struct tile t;
		struct buf b;

		make(&t, &b, &image, &target);
		assert_true((int64_t)b.len <=
		    tile_bytes_max(target.format, image.w, image.h));
		buf_clear(&b);
		free(pixels);
	}
}

/* No tile is longer than its sides allow, and the limit is not far away. */
static void
test_bytes_max(void **state UNUSED)
{
	for (int i = 0; i < N_PIXFMTS; i++) {
		for (int side = 1; side < 200; side += 13) {
			struct tile_target target = target_of(i, &plain);
			struct tile_image image;
			uint8_t *pixels = blobs(&image, side, 30, side);
			struct tile t;
			struct buf b;
			int64_t most = tile_bytes_max(i, side, 30);

			make(&t, &b, &image, &target);
			assert_true((int64_t)b.len <= most);
			assert_true(most < 3 * (int64_t)b.len + 1000);
			buf_clear(&b);
			free(pixels);
		}
	}
}

static void
test_cap(void **state UNUSED)
{
	struct tile_target target = target_of(PIX_NV12, &plain);
	struct tile_image image;
	uint8_t *pixels = blobs(&image, 9, 5, 1);
	size_t len;
	struct buf b;

	buf_init(&b, 0);
	assert_int_equal(tile_build(&b, &image, &target), 0);
	len = b.len;
	buf_clear(&b);
	for (size_t max = 1; max <= len; max++) {
		buf_init(&b, max);
		assert_int_equal(
		    tile_build(&b, &image, &target), max < len ? -1 : 0);
		buf_clear(&b);
	}
	free(pixels);
}

/* --- refused tiles ------------------------------------------------------ */

/* Numbers of 32 bits of a tile of gray, 64 x 2: two spans in its first row. */
enum word {
	WORD_MAGIC,
	WORD_FORMAT,
	WORD_W,
	WORD_H,
	WORD_FIRST, /* three, and one of nothing */
	WORD_SPANS = WORD_FIRST + 4,
	N_WORDS = WORD_SPANS + 6
};

static void
build_gray(struct buf *b)
{
	uint8_t pixels[2 * 64 * 4] = { 0 };
	struct tile_image image = { pixels, sizeof(pixels) / 2, 64, 2 };
	struct tile_target target = target_of(PIX_GRAY, &plain);

	pixels[3] = pixels[50 * 4 + 3] = pixels[64 * 4 + 3] = 255;
	buf_init(b, 0);
	assert_int_equal(tile_build(b, &image, &target), 0);
}

static void
test_refused(void **state UNUSED)
{
	static const struct {
		enum word word;
		uint32_t value;
		const char *why;
	} rows[] = {
		{ WORD_MAGIC, 0x544c4531, "not a tile" },
		{ WORD_MAGIC, TILE_MAGIC + 1, "not a tile" },
		{ WORD_FORMAT, PIX_BGRA, "another pixel format" },
		{ WORD_FORMAT, 0xffffffff, "another pixel format" },
		{ WORD_W, 0, "size out of range" },
		{ WORD_H, 0, "size out of range" },
		{ WORD_W, 0xffffffff, "size out of range" },
		{ WORD_W, 0x80000000, "size out of range" },
		{ WORD_H, SIZE_SIDE_MAX + 1, "size out of range" },
		{ WORD_H, SIZE_SIDE_MAX, "rows are cut off" },
		{ WORD_W, SIZE_SIDE_MAX, "colours are cut off" },
		{ WORD_W, 63, "outside their row" },
		{ WORD_FIRST, 1, "before the first row" },
		{ WORD_FIRST + 1, 4, "go back" },
		{ WORD_FIRST + 1, 0xffffffff, "go back" },
		{ WORD_FIRST + 1, 1, "outside their row, or too close" },
		{ WORD_FIRST + 1, 3, "outside their row, or too close" },
		{ WORD_FIRST + 2, 0xffffffff, "spans are cut off" },
		{ WORD_FIRST + 2, 0x20000000, "spans are cut off" },
		{ WORD_SPANS, 16, "outside their row" },
		{ WORD_SPANS, 17, "outside their row" },
		{ WORD_SPANS + 1, 0, "outside their row" },
		{ WORD_SPANS + 1, 19, "too close" },
		{ WORD_SPANS + 1, 18, NULL },
		{ WORD_SPANS + 1, 0xffffffff, "outside their row" },
		{ WORD_SPANS + 2, 47, "too close" },
		{ WORD_SPANS + 2, 48, NULL },
		{ WORD_SPANS + 3, 65, "outside their row" },
		{ WORD_SPANS + 3, 64, NULL },
		{ WORD_SPANS + 4, 0xfffffff0, "outside their row" },
	};
	struct tile t;
	struct buf b;

	for (size_t i = 0; i < NELEM(rows); i++) {
		const char *why;

		build_gray(&b);
		memcpy(b.data + 4 * (size_t)rows[i].word, &rows[i].value, 4);
		why = tile_open(&t, b.data, b.len, PIX_GRAY);
		if (rows[i].why == NULL)
			assert_null(why);
		else
			assert_non_null(strstr(why, rows[i].why));
		buf_clear(&b);
	}
}

/* Cut off anywhere, or with bytes after the end, which are not read. */
static void
test_cut_off(void **state UNUSED)
{
	for (enum pixfmt format = 0; format < N_PIXFMTS; format++) {
		struct tile_target target = target_of(format, &plain);
		struct tile_image image;
		uint8_t *pixels = blobs(&image, 37, 5, 11);
		struct tile t;
		struct buf b;

		make(&t, &b, &image, &target);
		for (size_t len = 0; len < b.len; len++) {
			void *copy = xcalloc(len > 0 ? len : 1, 1);

			memcpy(copy, buf_text(&b), len);
			assert_non_null(tile_open(&t, copy, len, format));
			free(copy);
		}
		buf_put(&b, "", 1);
		assert_string_equal(tile_open(&t, buf_text(&b), b.len, format),
		    "longer than its parts");
		buf_clear(&b);
		free(pixels);
	}
}

static void
test_misaligned(void **state UNUSED)
{
	struct tile t;
	struct buf b;
	char *copy;

	build_gray(&b);
	copy = xcalloc(b.len + 1, 1);
	memcpy(copy + 1, buf_text(&b), b.len);
	assert_string_equal(
	    tile_open(&t, copy + 1, b.len, PIX_GRAY), "not aligned");
	free(copy);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bt601),
		cmocka_unit_test(test_bt709),
		cmocka_unit_test(test_full_range),
		cmocka_unit_test(test_rgb),
		cmocka_unit_test(test_opacity),
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_span_steps),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_bytes_max),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_misaligned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
