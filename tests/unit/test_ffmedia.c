/* SPDX-License-Identifier: ISC */
/* What ffmpeg says of the tracks of a file, from 4.3 to 9. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "ffmpeg/ffmedia.h"

static const struct {
	const char *said, *codec, *sound;
	int w, h, hz;
	double fps;
} rows[] = {
	{ "  Stream #0:0(und): Video: h264 (High) (avc1 / 0x31637661), "
	  "yuv420p(tv, bt709), 640x360 [SAR 1:1 DAR 16:9], 1 kb/s, 25 fps, 25 "
	  "tbr, 12800 tbn, 50 tbc (default)\n"
	  "  Stream #0:1(und): Audio: aac (LC) (mp4a / 0x6134706D), 48000 Hz, "
	  "stereo, fltp, 128 kb/s (default)\n",
	    "h264", "aac", 640, 360, 48000, 25 },
	{ "  Stream #0:0: Video: vp9 (Profile 0), yuv420p(tv), 96x96, SAR 1:1 "
	  "DAR 1:1, 29.97 fps, 29.97 tbr, 1k tbn\n",
	    "vp9", "", 96, 96, 0, 29.97 },
	{ "  Stream #0:0: Audio: mp3, 44100 Hz, stereo, fltp\n"
	  "  Stream #0:1: Video: mjpeg, yuvj444p(pc), 64x48 [SAR 1:1], 90k "
	  "tbr (attached pic)\n",
	    "", "mp3", 0, 0, 44100, 0 },
	{ "  Stream #0:0[0x1](eng): Video: hevc (Main), yuv420p(tv), 1920x1080, "
	  "1k fps, 1k tbn\n",
	    "hevc", "", 1920, 1080, 0, 1000 },
	{ "x.mp4: Invalid data found when processing input\n", "", "", 0, 0, 0,
	    0 },
	{ "", "", "", 0, 0, 0, 0 },
};

static void
test_m6_read(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct ffmedia m;

		assert_int_equal(
		    ffmedia_read(&m, rows[i].said), rows[i].codec[0] != '\0');
		assert_string_equal(m.codec, rows[i].codec);
		assert_string_equal(m.sound, rows[i].sound);
		assert_int_equal(m.w, rows[i].w);
		assert_int_equal(m.h, rows[i].h);
		assert_int_equal(m.hz, rows[i].hz);
		assert_int_equal(m.fps * 100, rows[i].fps * 100);
	}
}

/* The first difference, from the worst on. */
static void
test_m6_p6_difference(void **state UNUSED)
{
	static const struct ffmedia a = { "h264", 640, 360, 25, "aac", 48000 };
	static const struct {
		struct ffmedia m;
		const char *is;
	} others[] = {
		{ { "h264", 640, 360, 25, "aac", 48000 }, NULL },
		{ { "vp9", 64, 48, 30, "opus", 48000 }, "vp9" },
		{ { "h264", 64, 48, 30, "aac", 48000 }, "64x48" },
		{ { "h264", 640, 360, 29.97, "aac", 48000 }, "29.97 fps" },
		{ { "h264", 640, 360, 25, "aac", 44100 },
		    "with aac of 44100 Hz" },
		{ { "h264", 640, 360, 25, "", 0 }, "without audio" },
	};

	for (size_t i = 0; i < NELEM(others); i++) {
		char *other, *is = ffmedia_difference(&others[i].m, &a, &other);

		assert_true(util_streq(is, others[i].is));
		assert_int_equal(is == NULL, other == NULL);
		free(is);
		free(other);
	}
	assert_true(ffmedia_fits_link(&a));
	assert_false(ffmedia_fits_link(&others[1].m));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m6_read),
		cmocka_unit_test(test_m6_p6_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
