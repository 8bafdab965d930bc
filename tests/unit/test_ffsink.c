/* SPDX-License-Identifier: ISC */
/* What an output is, by its address, its format and its options. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "ffmpeg/ffsink.h"
#include "profile/profile.h"

/* One with this address; nothing changes it. */
static struct profile_output
output(const char *url, const char *format)
{
	return (struct profile_output){ .url = (char *)(uintptr_t)url,
		.format = (char *)(uintptr_t)format };
}

/* Its options, words between blanks. */
static void
set_options(struct profile_output *o, const char *options)
{
	char *text = xstrdup(options), *at, *word;

	for (word = strtok_r(text, " ", &at); word != NULL;
	     word = strtok_r(NULL, " ", &at))
		strv_push(&o->options, word);
	free(text);
}

/* Which addresses are files of ours, that a next run must not write over. */
static void
test_w11_sinks(void **state UNUSED)
{
	static const struct {
		const char *url, *format;
		enum sink sink;
	} urls[] = {
		{ "/srv/x.mp4", NULL, SINK_FILE },
		{ "x.ts", NULL, SINK_FILE },
		{ "file:/srv/x.webm", NULL, SINK_FILE },
		{ "file:///srv/x.mov", NULL, SINK_FILE },
		{ "/srv/x", "mpegts", SINK_FILE },
		{ "/srv/x.wav", NULL, SINK_FILE },
		{ "/srv/x.m3u8", NULL, SINK_HLS },
		{ "/srv/x", "hls", SINK_HLS },
		{ "/srv/x.mpd", NULL, SINK_OTHER },
		{ "/srv/%05d.jpg", NULL, SINK_OTHER },
		{ "[f=flv]a|b", "tee", SINK_OTHER },
		{ "default", "pulse", SINK_OTHER },
		{ "/dev/video9", "v4l2", SINK_OTHER },
		{ "/dev/null", "flv", SINK_OTHER },
		{ "-", "flv", SINK_OTHER },
		{ "pipe:1", "flv", SINK_OTHER },
		{ "file://host/x.ts", NULL, SINK_OTHER },
		{ "http://h/x.m3u8", NULL, SINK_OTHER },
		{ "unix:/run/x", "mpegts", SINK_OTHER },
		{ "rtmp://h/live/x.flv", NULL, SINK_OTHER },
	};

	for (size_t i = 0; i < NELEM(urls); i++) {
		struct profile_output o = output(urls[i].url, urls[i].format);

		if (ffsink_of(&o) != urls[i].sink)
			fail_msg("%s", urls[i].url);
	}
}

/* Segments can be told only where ffsup has named them. */
static void
test_p13_stems(void **state UNUSED)
{
	struct profile_output o = output("/srv/a/x.m3u8", NULL);
	char *stem = ffsink_hls_stem(&o);

	assert_string_equal(stem, "x");
	free(stem);
	strv_push(&o.options, "-hls_time");
	strv_push(&o.options, "4");
	strv_push(&o.options, "-hls_flags");
	strv_push(&o.options, "append_list+delete_segments");
	stem = ffsink_hls_stem(&o);
	assert_string_equal(stem, "x");
	free(stem);
	strv_push(&o.options, "-hls_flags");
	strv_push(&o.options, "append_list");
	assert_null(ffsink_hls_stem(&o));
	assert_false(ffsink_reopens(&o));
	strv_push(&o.options, "-movflags");
	strv_push(&o.options, "+faststart");
	assert_true(ffsink_reopens(&o));
	strv_clear(&o.options);
}

/* The container that an address means to ffsup; that of the profile wins. */
static void
test_format(void **state UNUSED)
{
	static const char *const rows[][3] = {
		{ "rtmp://h/live/x", NULL, "flv" },
		{ "RTMPS://h/live/x.ts", NULL, "flv" },
		{ "rtsp://h/x.mp4", NULL, "rtsp" },
		{ "srt://h:1?mode=caller", NULL, "mpegts" },
		{ "udp://239.0.0.1:1", NULL, "mpegts" },
		{ "tcp://h:1", NULL, "mpegts" },
		{ "/srv/x.m3u8", NULL, "hls" },
		{ "/srv/x.mkv", NULL, "matroska" },
		{ "/srv/x.ts", NULL, "mpegts" },
		{ "/srv/x.mp4", NULL, "mp4" },
		{ "/srv/x.flv", NULL, "flv" },
		{ "/srv/x.webm", NULL, NULL },
		{ "http://h/x", NULL, NULL },
		{ "rtmp://h/live/x", "mpegts", "mpegts" },
		{ "/srv/x.ts", "HLS", "hls" },
		{ "/srv/x.ts", "Matroska", "Matroska" },
	};
	struct profile_output record = {
		.record = (char *)(uintptr_t) "/srv/%Y.mkv"
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct profile_output o = output(rows[i][0], rows[i][1]);

		if (!util_streq(ffsink_format(&o), rows[i][2]))
			fail_msg("%s: %s", rows[i][0], ffsink_format(&o));
	}
	assert_string_equal(ffsink_format(&record), "matroska");
	assert_int_equal(ffsink_of(&record), SINK_RECORD);
	assert_null(ffsink_path(&record));
}

/* The path behind an address. */
static void
test_path(void **state UNUSED)
{
	static const char *const rows[][2] = {
		{ "/srv/x.ts", "/srv/x.ts" },
		{ "x.ts", "x.ts" },
		{ "a b:c.ts", "a b:c.ts" }, /* a blank: no protocol's name */
		{ "file:x.ts", "x.ts" },
		{ "file:///srv/x.ts", "///srv/x.ts" },
		{ "file://host/x.ts", NULL },
		{ "file:", NULL },
		{ "http://h/x.ts", NULL },
		{ "pipe:1", NULL },
		{ "-", NULL },
		{ "/dev/null", NULL },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct profile_output o = output(rows[i][0], NULL);

		if (!util_streq(ffsink_path(&o), rows[i][1]))
			fail_msg("%s: %s", rows[i][0], ffsink_path(&o));
	}
}

/* What names its files by itself begins at the first name again. */
static void
test_begins_anew(void **state UNUSED)
{
	static const struct {
		const char *url, *format, *options;
		bool anew;
	} rows[] = {
		{ "/srv/x.mp4", NULL, "", false },
		{ "/srv/x.m3u8", NULL, "", false },
		{ "/srv/%05d.ts", "segment", "", true },
		{ "/srv/%05d.ts", "SSEGMENT", "", true },
		{ "http://h/%05d.ts", "segment", "", false },
		{ "/srv/%05d.jpg", NULL, "", true },
		{ "/srv/%05d.jpg", NULL, "-update 1", true },
		{ "/srv/x.jpg", NULL, "", true },
		{ "/srv/x.jpg", NULL, "-update 1", false },
		{ "/srv/x.jpg", NULL, "-update 1 -update 0", true },
		{ "/srv/x", "image2", "-update:v 1", false },
		{ "/srv/x.gif", NULL, "", false },
		{ "rtmp://h/a|/srv/x.ts", "tee", "", true },
		{ "rtmp://h/a|[f=mpegts]/srv/x.ts", "tee", "", true },
		{ "rtmp://h/a|[f=mpegts]udp://h:1", "tee", "", false },
		{ "tee:http://h/a|/srv/x.ts", "mpegts", "", true },
		{ "crypto:/srv/x.ts", NULL, "", true },
		{ "crypto:http://h/x.ts", NULL, "", false },
		{ "/srv/x.ts", "fifo", "-fifo_format segment", true },
		{ "/srv/x.ts", "fifo", "", false },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct profile_output o = output(rows[i].url, rows[i].format);

		set_options(&o, rows[i].options);
		if (ffsink_begins_anew(&o) != rows[i].anew)
			fail_msg("%s, %s", rows[i].url, rows[i].options);
		strv_clear(&o.options);
	}
}

/* Containers that say size and profile again and again. */
static void
test_bears_change(void **state UNUSED)
{
	static const struct {
		const char *url, *options;
		bool bears;
	} rows[] = {
		{ "srt://h:1", "", true },
		{ "/srv/x.ts", "", true },
		{ "rtsp://h/x", "", true },
		{ "/srv/x.m3u8", "", true },
		{ "/srv/x.m3u8", "-hls_segment_type fmp4", false },
		{ "rtmp://h/x/y", "", false },
		{ "/srv/x.mp4", "", false },
		{ "/srv/x.webm", "", false },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct profile_output o = output(rows[i].url, NULL);

		set_options(&o, rows[i].options);
		if (ffsink_bears_change(&o) != rows[i].bears)
			fail_msg("%s, %s", rows[i].url, rows[i].options);
		strv_clear(&o.options);
	}
}

/* The segments of a playlist: where they are, and by which names. */
static void
test_segments(void **state UNUSED)
{
	static const char *const rows[][3] = {
		{ "/srv/x.m3u8", "", "/srv/x-%05d.ts" },
		{ "/srv/100%.m3u8", "", "/srv/100%%-%05d.ts" },
		{ "/srv/x.m3u8", "-hls_segment_filename /s/%d.ts", "/s/%d.ts" },
		{ "/srv/x.m3u8", "-hls_segment_filename http://h/%d", NULL },
		{ "/srv/x.ts", "", NULL },
		{ "http://h/x.m3u8", "", NULL },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct profile_output o = output(rows[i][0], NULL);
		char *is;

		set_options(&o, rows[i][1]);
		is = ffsink_hls_segments(&o);
		if (!util_streq(is, rows[i][2]))
			fail_msg("%s, %s: %s", rows[i][0], rows[i][1], is);
		free(is);
		strv_clear(&o.options);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_w11_sinks),
		cmocka_unit_test(test_p13_stems),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_begins_anew),
		cmocka_unit_test(test_bears_change),
		cmocka_unit_test(test_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
