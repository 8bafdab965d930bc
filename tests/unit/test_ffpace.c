/* SPDX-License-Identifier: ISC */
/* The clock of a source: by its format, its address, and its end. */

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
#include "ffmpeg/ffpace.h"
#include "profile/profile.h"

/* Streams without time stamps get those of arrival; films are held back. */
static void
test_p4_p11_clock(void **state UNUSED)
{
	static const struct {
		const char *url, *format;
		bool ends;
		enum plan_pace pace;
	} rows[] = {
		{ "http://cam/5.mjpg", "mpjpeg", false, PACE_ARRIVAL },
		{ "http://cam/x", "mjpeg", false, PACE_ARRIVAL },
		{ "http://cam/x", "jpeg_pipe", false, PACE_ARRIVAL },
		{ "tcp://cam:5000", "h264", false, PACE_ARRIVAL },
		{ "tcp://cam:5000", "hevc", false, PACE_ARRIVAL },
		{ "unix:///run/x", "h264", false, PACE_ARRIVAL },
		{ "udp://:5000", "mpegts", false, PACE_OWN },
		{ "http://h/live.flv", "flv", false, PACE_OWN },
		{ "http://h/x", NULL, false, PACE_OWN },
		{ "http://h/movie", "mov", true, PACE_READ },
		{ "http://h/vod.m3u8", "hls", true, PACE_READ },
		{ "/srv/a.mkv", "matroska", true, PACE_READ },
		{ "/srv/a.h264", "h264", false, PACE_OWN },
		{ "rtsp://h/film", "rtsp", true, PACE_OWN },
		{ "rtmp://h/vod/film", "flv", true, PACE_OWN },
	};
	struct profile_source s = { .every = 0 };

	for (size_t i = 0; i < NELEM(rows); i++) {
		s.url = xstrdup(rows[i].url);
		if (ffpace_of(&s, rows[i].format, rows[i].ends) != rows[i].pace)
			fail_msg("%s %s", rows[i].url, rows[i].format);
		free(s.url);
	}
}

/* The user's options come first, and an image has a clock of ours. */
static void
test_p4_given(void **state UNUSED)
{
	struct profile_source s = { .url = xstrdup("http://cam/x") };

	strv_push(&s.options, "-use_wallclock_as_timestamps");
	strv_push(&s.options, "0");
	assert_int_equal(ffpace_of(&s, "mpjpeg", false), PACE_OWN);
	strv_clear(&s.options);
	strv_push(&s.options, "-readrate");
	strv_push(&s.options, "2");
	assert_int_equal(ffpace_of(&s, "mov", true), PACE_OWN);
	strv_clear(&s.options);
	s.every = 2000;
	assert_int_equal(ffpace_of(&s, "mjpeg", true), PACE_OWN);
	free(s.url);
}

static void
test_p11_film(void **state UNUSED)
{
	static const char *const films[] = { "http://h/a.mp4",
		"http://h/a.MKV?x=y.z", "/srv/a.webm", "a.mov" };
	static const char *const others[] = { "http://h/a.m3u8", "http://h/mp4",
		"http://h.mp4/live", "http://h/live.flv", "rtsp://h/1", "" };
	struct profile_source s = { .every = 0 };

	for (size_t i = 0; i < NELEM(films); i++) {
		s.url = xstrdup(films[i]);
		if (!ffpace_is_film(&s))
			fail_msg("%s", s.url);
		free(s.url);
	}
	for (size_t i = 0; i < NELEM(others); i++) {
		s.url = xstrdup(others[i]);
		if (ffpace_is_film(&s))
			fail_msg("%s", s.url);
		free(s.url);
	}
	s.url = NULL;
	s.loop = true;
	assert_false(ffpace_is_film(&s));
}

/* These take no options of protocols. */
static void
test_p9_opens(void **state UNUSED)
{
	assert_true(ffpace_opens("image2"));
	assert_true(ffpace_opens("lavfi"));
	assert_false(ffpace_opens("mjpeg"));
	assert_false(ffpace_opens(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_p4_p11_clock),
		cmocka_unit_test(test_p4_given),
		cmocka_unit_test(test_p11_film),
		cmocka_unit_test(test_p9_opens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
