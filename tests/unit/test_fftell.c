/* SPDX-License-Identifier: ISC */
/* The lines that `why` shows. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "ffmpeg/fftell.h"

/* The error of a stall is not hidden by what an encoder says at its end (N8),
 * nor by our own option (W11). */
static void
test_n8_errors_before_statistics(void **state UNUSED)
{
	static const char *const lines[] = {
		"[info] ffmpeg stats and -progress period set to 1.",
		"[info] Input #0, rtsp, from 'rtsp://cam/1':",
		"[hls @ 0x1] [warning] Failed to open segment 7",
		"[libx264 @ 0x2] [info] using cpu capabilities: MMX2",
		"[info]   Stream #0:0: Video: h264, 25 fps",
		"[libx264 @ 0x2] [info] mb I  I16..4: 11.0% 81.5%  7.5%",
		"[libx264 @ 0x2] [warning] VBV underflow",
		"[error] Conversion failed!",
		"Traceback (most recent call last):",
	};
	static const size_t wanted[] = { 1, 2, 6, 7, 8 };
	size_t chosen[FFTELL_MAX];

	assert_int_equal(
	    fftell_choose(lines, NELEM(lines), chosen), NELEM(wanted));
	for (size_t i = 0; i < NELEM(wanted); i++)
		assert_int_equal(chosen[i], wanted[i]);
}

/* Ten at most: the newest warnings, and what comes next if there is room. */
static void
test_ten(void **state UNUSED)
{
	const char *lines[40];
	size_t chosen[FFTELL_MAX];

	for (size_t i = 0; i < 40; i++)
		lines[i] = i % 3 == 0 ? "[error] x" : "[info] y";
	assert_int_equal(fftell_choose(lines, 40, chosen), 10);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(chosen[i], 12 + 3 * i);
	assert_int_equal(fftell_choose(lines, 12, chosen), 10);
	assert_int_equal(chosen[0], 0);
	assert_int_equal(chosen[9], 11);
	assert_int_equal(fftell_choose(lines, 0, chosen), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_n8_errors_before_statistics),
		cmocka_unit_test(test_ten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
