/* SPDX-License-Identifier: ISC */
/*
 * Tiles on frames, beside a slow and obvious account of the same in doubles.
 */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/util.h"
#include "media/blend.h"

#define WIDTH	21
#define HEIGHT	5
#define GUARD	64
#define PATTERN 0xa5
#define EXACT	(1 + 1e-3)
#define ROUGH	(1.5 + 1e-3) /* where alpha had to be rounded, too */

static uint32_t
next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* --- tiles -------------------------------------------------------------- */

/* Any colours; alphas of all kinds, many at the ends. */
static uint8_t *
pixels_of(int w, int h, uint32_t seed)
{
	static const uint8_t ends[] = { 0, 0, 255, 255, 1, 254 };
	uint8_t *pixels = xcalloc((size_t)w * (size_t)h, 4);

	for (uint8_t *p = pixels; p < pixels + (size_t)w * (size_t)h * 4;
	     p += 4) {
		uint32_t a = next(&seed);

		p[3] = a % 3 == 0 ? (uint8_t)(a >> 8) : ends[(a >> 8) % 6];
		for (int i = 0; i < 3; i++)
			p[i] = (uint8_t)(next(&seed) % (p[3] + 1u));
	}
	return pixels;
}

struct fixture {
	struct tile_image image;
	struct tile_target target;
	uint8_t *pixels;
	struct buf b;
	struct tile t;
};

static void
fixture_init(struct fixture *f, const struct tile_target *target, int w, int h)
{
	f->target = *target;
	f->pixels = pixels_of(w, h, 17);
	f->image = (struct tile_image){ f->pixels, (size_t)w * 4, w, h };
	buf_init(&f->b, 0);
	assert_int_equal(tile_build(&f->b, &f->image, &f->target), 0);
	assert_null(
	    tile_open(&f->t, buf_text(&f->b), f->b.len, target->format));
}

static void
fixture_clear(struct fixture *f)
{
	buf_clear(&f->b);
	free(f->pixels);
}

/* --- frames ------------------------------------------------------------- */

/* A frame of noise between guards. */
static uint8_t *
frame_new(const struct geometry *g, uint32_t seed)
{
	uint8_t *frame = xcalloc(g->bytes + 2 * GUARD, 1);

	memset(frame, PATTERN, g->bytes + 2 * GUARD);
	for (size_t i = 0; i < g->bytes; i++)
		frame[GUARD + i] = (uint8_t)(next(&seed) >> 8);
	return frame + GUARD;
}

static void
frame_free(const struct geometry *g, uint8_t *frame)
{
	for (int i = 0; i < GUARD; i++) {
		assert_int_equal(frame[i - GUARD], PATTERN);
		assert_int_equal(frame[g->bytes + (size_t)i], PATTERN);
	}
	free(frame - GUARD);
}

/* --- the account -------------------------------------------------------- */

/* The place of a byte of a frame: its channel, and the pixels that it
 * covers. */
struct place {
	char channel; /* one of YUVRGBA */
	int x, y, w, h;
};

static struct place
place_packed(const struct geometry *g, size_t at, const char *channels)
{
	size_t unit = strlen(channels), n = at / unit;

	return (struct place){ channels[at % unit], (int)(n % (size_t)g->w),
		(int)(n / (size_t)g->w), 1, 1 };
}

static struct place
place_chroma(const struct geometry *g, size_t n, char channel)
{
	size_t half = ((size_t)g->w + 1) / 2;

	return (struct place){ channel, (int)(n % half) * 2,
		(int)(n / half) * 2, 2, 2 };
}

static struct place
place_yuyv(const struct geometry *g, size_t at)
{
	size_t stride = ((size_t)g->w + 1) / 2 * 4;
	int x = (int)(at % stride / 4) * 2, y = (int)(at / stride);

	if (at % 2 == 0)
		return (struct place){ 'Y', x + (int)(at % 4 / 2), y, 1, 1 };
	return (struct place){ at % 4 == 1 ? 'U' : 'V', x, y, 2, 1 };
}

static struct place
place_of(const struct geometry *g, size_t at)
{
	size_t luma = (size_t)g->w * (size_t)g->h, n = (g->bytes - luma) / 2;

	switch (g->format) {
	case PIX_BGR24:
		return place_packed(g, at, "BGR");
	case PIX_RGB24:
		return place_packed(g, at, "RGB");
	case PIX_BGRA:
		return place_packed(g, at, "BGRA");
	case PIX_RGBA:
		return place_packed(g, at, "RGBA");
	case PIX_YUYV422:
		return place_yuyv(g, at);
	default:
		break;
	}
	if (at < luma)
		return place_packed(g, at, "Y");
	at -= luma;
	if (g->format == PIX_NV12)
		return place_chroma(g, at / 2, at % 2 == 0 ? 'U' : 'V');
	return at < n ? place_chroma(g, at, 'U') : place_chroma(g, at - n, 'V');
}

/* A channel of a premultiplied pixel, 0..255. */
static double
channel_of(const struct tile_target *t, const uint8_t *bgra, char channel)
{
	double b = bgra[0], g = bgra[1], r = bgra[2], a = bgra[3];
	double kr = t->bt709 ? 0.2126 : 0.299, kb = t->bt709 ? 0.0722 : 0.114;
	double y = kr * r + (1 - kr - kb) * g + kb * b;
	double chroma = t->full ? 1 : 224.0 / 255;

	switch (channel) {
	case 'Y':
		return t->full ? y : (16 * a + 219 * y) / 255;
	case 'U':
		return 128 * a / 255 + chroma * (b - y) / (2 - 2 * kb);
	case 'V':
		return 128 * a / 255 + chroma * (r - y) / (2 - 2 * kr);
	case 'R':
		return r;
	case 'G':
		return g;
	case 'B':
		return b;
	default:
		return a;
	}
}

/* The effect of a tile at (x, y) on a byte: value = add + keep * old value. */
static void
account(const struct fixture *f, struct place p, int x, int y, double *add,
    double *keep)
{
	double o = f->target.opacity / 255.0, n = p.w * p.h;

	*add = 0;
	*keep = 1;
	for (int i = 0; i < p.w * p.h; i++) {
		int column = p.x + i % p.w - x, row = p.y + i / p.w - y;
		const uint8_t *bgra;

		if (column < 0 || row < 0 || column >= f->image.w ||
		    row >= f->image.h)
			continue;
		bgra = f->pixels + 4 * (row * f->image.w + column);
		*add += o * channel_of(&f->target, bgra, p.channel) / n;
		*keep -= o * bgra[3] / 255.0 / n;
	}
	if (*add > 255 * (1 - *keep)) /* chroma of 255.5 in full range */
		*add = 255 * (1 - *keep);
}

/* Lay the tile on noise, and compare all bytes. */
static void
expect_at(const struct fixture *f, const struct geometry *g, int x, int y)
{
	bool twice = f->target.opacity < 255;
	uint8_t *frame = frame_new(g, 5), *was = frame_new(g, 5);
	double add, keep, off;

	blend_tile(g, frame, &f->t, x, y);
	for (size_t i = 0; i < g->bytes; i++) {
		struct place p = place_of(g, i);

		account(f, p, x, y - (y & 1), &add, &keep);
		off = fabs(frame[i] - (add + keep * was[i]));
		if (keep > 1 - 1e-9)
			assert_int_equal(frame[i], was[i]);
		else if (keep < 1e-9)
			assert_true(off < 0.5 + 1e-2);
		else if (off > (twice || p.w > 1 ? ROUGH : EXACT))
			fail_msg("%s at %d,%d: byte %zu is off by %f",
			    pixfmt_names[g->format], x, y, i, off);
	}
	frame_free(g, frame);
	frame_free(g, was);
}

/* All places where at least a neighbour of the tile touches the frame. */
static void
expect_everywhere(const struct tile_target *target, int w, int h)
{
	struct fixture f;
	struct geometry g;

	frame_geometry_init(&g, target->format, w, h);
	fixture_init(&f, target, WIDTH, HEIGHT);
	for (int y = -HEIGHT - 2; y <= h + 2; y++) {
		for (int x = -WIDTH - 2; x <= w + 2; x++)
			expect_at(&f, &g, x, y);
	}
	fixture_clear(&f);
}

static void
test_everywhere(void **state UNUSED)
{
	static const int sizes[][2] = { { 1, 1 }, { 2, 2 }, { 23, 7 },
		{ 46, 8 } };

	for (size_t i = 0; i < NELEM(sizes) * N_PIXFMTS; i++) {
		struct tile_target t = { .format = i % N_PIXFMTS,
			.opacity = 255 };

		expect_everywhere(
		    &t, sizes[i / N_PIXFMTS][0], sizes[i / N_PIXFMTS][1]);
	}
}

/* Every matrix, range, and some opacities. */
static void
test_targets(void **state UNUSED)
{
	static const uint8_t opacities[] = { 255, 230, 128, 1 };
	struct geometry g;

	for (unsigned i = 0; i < N_PIXFMTS * 16; i++) {
		struct tile_target t = { .format = i / 16,
			.bt709 = i & 1,
			.full = i & 2,
			.opacity = opacities[i / 4 % 4] };
		struct fixture f;

		frame_geometry_init(&g, t.format, 64, 64);
		fixture_init(&f, &t, 61, 63);
		expect_at(&f, &g, 0, 0);
		expect_at(&f, &g, 1, 0);
		expect_at(&f, &g, -33, 30);
		fixture_clear(&f);
	}
}

/* An opacity of 0 leaves all as it is. */
static void
test_nothing(void **state UNUSED)
{
	struct tile_target t = { 0 };

	for (t.format = 0; t.format < N_PIXFMTS; t.format++)
		expect_everywhere(&t, 23, 7);
}

/* As far away as numbers go. */
static void
test_far(void **state UNUSED)
{
	static const int far[] = { INT32_MIN, INT32_MIN + 1, -SIZE_SIDE_MAX,
		SIZE_SIDE_MAX, INT32_MAX - 1, INT32_MAX };

	for (enum pixfmt format = 0; format < N_PIXFMTS; format++) {
		struct tile_target t = { .format = format, .opacity = 255 };
		struct fixture f;
		struct geometry g;
		uint8_t *frame, *was;

		frame_geometry_init(&g, format, 23, 7);
		fixture_init(&f, &t, WIDTH, HEIGHT);
		frame = frame_new(&g, 9);
		was = frame_new(&g, 9);
		for (size_t i = 0; i < NELEM(far); i++) {
			blend_tile(&g, frame, &f.t, far[i], 0);
			blend_tile(&g, frame, &f.t, 0, far[i]);
			blend_tile(&g, frame, &f.t, far[i], far[i]);
		}
		assert_memory_equal(frame, was, g.bytes);
		frame_free(&g, frame);
		frame_free(&g, was);
		fixture_clear(&f);
	}
}

static void
test_other_format(void **state UNUSED)
{
	struct tile_target t = { .format = PIX_BGRA, .opacity = 255 };
	struct fixture f;
	struct geometry g;
	uint8_t *frame, *was;

	frame_geometry_init(&g, PIX_NV12, 23, 7);
	fixture_init(&f, &t, WIDTH, HEIGHT);
	frame = frame_new(&g, 9);
	was = frame_new(&g, 9);
	blend_tile(&g, frame, &f.t, 0, 0);
	assert_memory_equal(frame, was, g.bytes);
	frame_free(&g, frame);
	frame_free(&g, was);
	fixture_clear(&f);
}

/* --- all bytes ---------------------------------------------------------- */

/* Every byte of a frame under every alpha, by sixteens and one by one. */
static void
test_rounding(void **state UNUSED)
{
	uint8_t pixels[40 * 4] = { 0 }, data[40];
	struct tile_image image = { pixels, sizeof(pixels), 40, 1 };
	struct tile_target target = { PIX_GRAY, false, true, 255 };
	struct geometry g;
	struct tile t = { 0 };
	struct buf b;

	frame_geometry_init(&g, PIX_GRAY, 40, 1);
	buf_init(&b, 0);
	for (int n = 256; n < 256 * 256; n++) {
		int alpha = n / 256, was = n % 256;

		for (size_t i = 3; n % 256 == 0 && i < NELEM(pixels); i += 4)
			pixels[i] = (uint8_t)alpha;
		if (n % 256 == 0) {
			buf_clear(&b);
			tile_build(&b, &image, &target);
			assert_null(
			    tile_open(&t, buf_text(&b), b.len, PIX_GRAY));
		}
		memset(data, was, sizeof(data));
		blend_tile(&g, data, &t, 0, 0);
		for (size_t i = 0; i < NELEM(data); i++)
			assert_int_equal(
			    data[i], lround(was * (255 - alpha) / 255.0));
	}
	buf_clear(&b);
}

/* --- chroma ------------------------------------------------------------- */

/* A channel of a pixel of a tile laid at x on a value of its own, rounded. */
static double
full_value(const struct fixture *f, char channel, int column, int row, int was)
{
	struct place p = { channel, column, row, 1, 1 };
	double add, keep;

	account(f, p, 0, 0, &add, &keep);
	return round(add + keep * was);
}

/* Blending in 4:4:4 and then taking the mean of four comes within 2 of it. */
static void
expect_chroma(const struct fixture *f, const struct geometry *g, int x)
{
	uint8_t *frame = frame_new(g, 3), *was = frame_new(g, 3);

	blend_tile(g, frame, &f->t, x, 0);
	for (size_t i = 0; i < g->bytes; i++) {
		struct place p = place_of(g, i);
		double sum = 0;

		for (int k = 0; k < p.w * p.h; k++)
			sum += full_value(f, p.channel, p.x + k % p.w - x,
			    p.y + k / p.w, was[i]);
		if (fabs(frame[i] - sum / (p.w * p.h)) > 2)
			fail_msg("%s at %d: byte %zu is %d, not %f",
			    pixfmt_names[g->format], x, i, frame[i],
			    sum / (p.w * p.h));
	}
	frame_free(g, frame);
	frame_free(g, was);
}

static void
test_chroma(void **state UNUSED)
{
	static const enum pixfmt formats[] = { PIX_YUV420P, PIX_NV12,
		PIX_YUYV422 };

	for (size_t i = 0; i < NELEM(formats); i++) {
		struct tile_target t = { .format = formats[i], .opacity = 255 };
		struct fixture f;
		struct geometry g;

		frame_geometry_init(&g, formats[i], 30, 8);
		fixture_init(&f, &t, WIDTH, HEIGHT);
		for (int x = -WIDTH; x <= 30; x++)
			expect_chroma(&f, &g, x);
		fixture_clear(&f);
	}
}

/* --- speed -------------------------------------------------------------- */

#define ROUNDS 100
#define AGAIN  20
#define TIMES  3 /* as fast as byte by byte, at least */

/* Whether the compiler was asked for vectors. */
static bool
is_fast_build(void)
{
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
	return false;
#endif
#endif
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && \
    (defined(__SSE2__) || defined(__ARM_NEON) || defined(__ALTIVEC__))
	return true;
#else
	return false;
#endif
}

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* The same as blend_tile() for a plane, one byte after the other. */
static void
blend_slowly(uint8_t *d, const struct tile_plane *p)
{
	for (size_t i = 0; i < (size_t)p->stride * p->rows; i++) {
		unsigned v = (unsigned)d[i] * p->inverse[i] + 128;

		__asm__ volatile("" : "+r"(v)); /* not several at once */
		d[i] = (uint8_t)(p->colour[i] + ((v + (v >> 8)) >> 8));
	}
}

/*
 * The loop must use vectors, whatever the flags are. This does not test the
 * machine: CPU time compared with that of a plain loop, the least of many
 * rounds, in cached memory.
 */
static void
test_speed(void **state UNUSED)
{
	struct tile_target target = { .format = PIX_GRAY, .opacity = 100 };
	struct fixture f;
	struct geometry g;
	int64_t slow = INT64_MAX, fast = INT64_MAX;
	uint8_t *frame, *same;

	if (!is_fast_build())
		skip();
	frame_geometry_init(&g, PIX_GRAY, 1000, 4);
	fixture_init(&f, &target, g.w, g.h);
	frame = frame_new(&g, 3);
	same = frame_new(&g, 3);
	for (int round = 0; round < ROUNDS; round++) {
		int64_t from = cpu_ns(), between, end;

		for (int i = 0; i < AGAIN; i++)
			blend_slowly(same, &f.t.planes[0][0]);
		between = cpu_ns();
		for (int i = 0; i < AGAIN; i++)
			blend_tile(&g, frame, &f.t, 0, 0);
		end = cpu_ns();
		if (between - from < slow)
			slow = between - from;
		if (end - between < fast)
			fast = end - between;
	}
	assert_memory_equal(frame, same, g.bytes);
	print_message("%d ns, byte by byte %d ns\n", (int)fast, (int)slow);
	assert_true(fast * TIMES < slow);
	frame_free(&g, frame);
	frame_free(&g, same);
	fixture_clear(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everywhere),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_far),
		cmocka_unit_test(test_other_format),
		cmocka_unit_test(test_rounding),
		cmocka_unit_test(test_chroma),
		cmocka_unit_test(test_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
