/* SPDX-License-Identifier: ISC */
/* Frozen frames and frames of another size, by time and bytes. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/framecheck.h"

static const struct rate fps25 = { 25, 1 };

/* Equal frames are still; a change in a row that is compared ends that,
 * and the first and the last row always are. */
static void
test_still(void **state UNUSED)
{
	static const int sizes[][2] = { { 1, 1 }, { 17, 9 }, { 64, 48 } };

	for (int f = 0; f < N_PIXFMTS; f++) {
		for (size_t i = 0; i < NELEM(sizes); i++) {
			struct framecheck_still s = { 0 };
			struct geometry g;
			uint8_t *data;

			frame_geometry_init(
			    &g, (enum pixfmt)f, sizes[i][0], sizes[i][1]);
			data = xcalloc(1, g.bytes); /* ASan sees beyond */
			framecheck_still_add(&s, &g, data, 1000);
			framecheck_still_add(&s, &g, data, 5000);
			assert_int_equal(s.since_ms, 1000);
			data[0] = 1;
			framecheck_still_add(&s, &g, data, 6000);
			assert_int_equal(s.since_ms, 6000);
			data[g.bytes - 1] ^= 0x80;
			framecheck_still_add(&s, &g, data, 7000);
			framecheck_still_add(&s, &g, data, 8000);
			assert_int_equal(s.since_ms, 7000);
			free(data);
		}
	}
}

/* Bytes that changed places are a change. */
static void
test_order(void **state UNUSED)
{
	struct framecheck_still s = { 0 };
	uint8_t data[64] = { 0 };
	struct geometry g;

	frame_geometry_init(&g, PIX_GRAY, 64, 1);
	data[3] = 9;
	framecheck_still_add(&s, &g, data, 1);
	data[3] = 0;
	data[40] = 9;
	framecheck_still_add(&s, &g, data, 2);
	assert_int_equal(s.since_ms, 2);
}

/* Bursts of `bytes`, in `parts` pieces, a beat apart; the guess. */
static char *
guess_after(size_t bytes, size_t parts, unsigned n, const struct geometry *g)
{
	struct framecheck_burst b = { 0 };

	for (unsigned i = 0; i < n; i++) {
		for (size_t k = 0; k < parts; k++)
			framecheck_burst_add(&b,
			    k == 0 ? bytes - bytes / parts * (parts - 1)
				   : bytes / parts,
			    1000 + i * 40 + (int64_t)k, fps25);
	}
	return framecheck_burst_guess(&b, g);
}

/* Another size or format is recognised; the right one, or several of the right
 * size, are not worth a word. */
static void
test_guess(void **state UNUSED)
{
	static const struct {
		size_t bytes;
		const char *guess;
	} rows[] = {
		{ 1280 * 720 * 3, NULL },
		{ 1280 * 720 * 3 * 2, NULL },
		{ 1280 * 720 * 4, "1280x720 rgba" },
		{ 1280 * 720 * 2, "1280x720 yuyv422" },
		{ 1280 * 720, "1280x720 gray" },
		{ 1280 * 720 * 3 / 2, "1280x720 yuv420p" },
		{ 1920 * 1080 * 3, "1920x1080 bgr24" },
		{ 640 * 480 * 4, "640x480 rgba" },
		{ 12345, "12345 bytes" },
	};
	struct geometry g;

	frame_geometry_init(&g, PIX_BGR24, 1280, 720);
	for (size_t i = 0; i < NELEM(rows); i++) {
		for (size_t parts = 1; parts <= 8; parts++) {
			char *guess = guess_after(rows[i].bytes, parts, 20, &g);

			if (!util_streq(guess, rows[i].guess))
				fail_msg("%zu bytes in %zu: %s", rows[i].bytes,
				    parts, guess);
			free(guess);
		}
	}
}

/* A few bursts prove nothing, neither do bursts of all sizes. */
static void
test_no_guess(void **state UNUSED)
{
	struct framecheck_burst b = { 0 };
	struct geometry g;
	char *guess;

	frame_geometry_init(&g, PIX_BGR24, 1280, 720);
	assert_null(framecheck_burst_guess(&b, &g));
	/* the burst that still runs is not counted */
	assert_null(guess_after(640 * 480, 1, FRAMECHECK_BURST_AGREE, &g));
	guess = guess_after(640 * 480, 1, FRAMECHECK_BURST_AGREE + 1, &g);
	assert_non_null(guess);
	free(guess);
	for (int i = 0; i < 100; i++)
		framecheck_burst_add(
		    &b, (size_t)(1000 + i % 7), 1000 + i * 40, fps25);
	assert_null(framecheck_burst_guess(&b, &g));
	/* a program that never pauses */
	for (int i = 0; i < 1000; i++)
		framecheck_burst_add(&b, 65536, 6000 + i * 2, fps25);
	assert_null(framecheck_burst_guess(&b, &g));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_still),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_guess),
		cmocka_unit_test(test_no_guess),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
