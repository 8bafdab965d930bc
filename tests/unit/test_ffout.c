/* SPDX-License-Identifier: ISC */
/*
 * The output of ffmpeg, line by line: progress blocks, tracks, and last words.
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
#include "ffmpeg/ffout.h"
#include "ffmpeg/ffprogress.h"

/* --- progress ----------------------------------------------------------- */

/* Feed lines up to NULL. Returns how many blocks they closed. */
static int
feed(struct progress *p, const char *const *lines)
{
	int blocks = 0;

	for (; *lines != NULL; lines++)
		blocks += ffprogress_line(p, *lines);
	return blocks;
}

static void
test_progress_block(void **state UNUSED)
{
	static const char *const lines[] = { "frame=15", "fps=14.99",
		"stream_0_0_q=3.0", "bitrate= 123.4kbits/s", "total_size=5740",
		"out_time_us=1500000", "out_time_ms=1500000",
		"out_time=00:00:01.500000", "dup_frames=2", "drop_frames=1",
		"speed=1.26x", NULL };
	struct progress p;

	ffprogress_init(&p);
	assert_int_equal(feed(&p, lines), 0);
	assert_int_equal(p.frame, -1); /* not before the block is complete */
	assert_true(ffprogress_line(&p, "progress=continue"));
	assert_int_equal(p.frame, 15);
	assert_int_equal(p.size, 5740);
	assert_int_equal(p.out_time_us, 1500000);
	assert_false(p.end);

	assert_false(ffprogress_line(&p, "frame=16"));
	assert_int_equal(p.frame, 15);
	assert_true(ffprogress_line(&p, "progress=end"));
	assert_int_equal(p.frame, 16);
	assert_int_equal(p.out_time_us, -1); /* not said in this block */
	assert_true(p.end);
	assert_true(ffprogress_line(&p, "progress=continue"));
	assert_int_equal(p.frame, -1); /* no video */
	assert_false(p.end);
}

static void
test_progress_odd(void **state UNUSED)
{
	static const char *const none[] = { "frame=N/A", "fps=", "bitrate=N/A",
		"total_size=N/A", "out_time_us=-9223372036854775807",
		"dup_frames=x", "drop_frames=nan", "speed=inf",
		"progress=continue\r", NULL };
	static const char *const odd[] = { "  frame=  123 ", "total_size=1e+05",
		"fps=0.00", "out_time_us=99999999999999999999", "frames=7", "",
		"=", "frame", "x=y=z", " progress=end ", NULL };
	struct progress p;

	ffprogress_init(&p);
	assert_int_equal(feed(&p, none), 1);
	assert_int_equal(p.frame, -1);
	assert_int_equal(p.size, -1);
	assert_int_equal(p.out_time_us, -1);
	assert_int_equal(feed(&p, odd), 1);
	assert_int_equal(p.frame, 123);
	assert_int_equal(p.size, 100000);
	assert_int_equal(p.out_time_us, -1);
	assert_true(p.end);
	ffprogress_line(&p, "total_size=   2");
	ffprogress_line(&p, "progress=continue");
	assert_int_equal(p.size, 2);
}

static void
test_progress_advanced(void **state UNUSED)
{
	static const struct {
		int64_t frame[2], out[2];
		bool advanced;
	} rows[] = {
		{ { -1, 1 }, { -1, -1 }, true },
		{ { -1, 0 }, { -1, 0 }, false }, /* nothing sent yet */
		{ { 5, 6 }, { 9, 9 }, true },
		{ { 5, 5 }, { 9, 100 }, false }, /* fooled by silence */
		{ { 5, 5 }, { 9, 9 }, false },
		{ { 6, 5 }, { 9, 10 }, false },
		{ { -1, -1 }, { 9, 10 }, true }, /* no video */
		{ { -1, -1 }, { 9, 9 }, false },
		{ { -1, -1 }, { -1, 0 }, false },
		{ { -1, -1 }, { 9, -1 }, false },
	};
	struct progress before, now;
	size_t i;

	ffprogress_init(&before);
	ffprogress_init(&now);
	for (i = 0; i < NELEM(rows); i++) {
		before.frame = rows[i].frame[0];
		before.out_time_us = rows[i].out[0];
		now.frame = rows[i].frame[1];
		now.out_time_us = rows[i].out[1];
		assert_int_equal(
		    ffprogress_advanced(&before, &now), rows[i].advanced);
	}
}

/* What ffmpeg says of a file that it plays as far as it goes. */
static void
test_p6_flaw(void **state UNUSED)
{
	static const struct {
		const char *line;
		bool flaw;
	} rows[] = {
		{ "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x5] [error] stream 0, offset "
		  "0x9ca3: partial file",
		    true },
		{ "[matroska,webm @ 0x5] [error] File ended prematurely at "
		  "pos. 300 (0x12c)",
		    true },
		{ "[matroska,webm @ 0x5] [error] Element at 0x8d1 ending at "
		  "0x4427 exceeds containing master element ending at 0x2d2f",
		    true },
		{ "[info] Input #0, avi, from 'partial file.avi':", false },
		{ "[h264 @ 0x5] [error] error while decoding MB 3 4", false },
		{ "", false },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		assert_int_equal(ffout_is_flaw(rows[i].line), rows[i].flaw);
}

/* --- tracks ------------------------------------------------------------- */

/* The input's format, and whether it has an end. */
static void
test_p4_p11_input(void **state UNUSED)
{
	static const struct {
		const char *line, *demuxer;
		int input;
		bool ends;
	} rows[] = {
		{ "[info] Input #0, mpjpeg, from 'http://127.0.0.1/5.mjpg':",
		    "mpjpeg", 0, false },
		{ "[info] Input #1, mov,mp4,m4a,3gp,3g2,mj2, from 'a, from b':",
		    "mov,mp4,m4a,3gp,3g2,mj2", 1, false },
		{ "[info]   Duration: 00:00:10.02, start: 0.000000, bitrate: 1",
		    NULL, 0, true },
		{ "[info]   Duration: 01:00:00.00, start: 0.000000", NULL, 0,
		    true },
		{ "[info]   Duration: N/A, start: 0.0, bitrate: N/A", NULL, 0,
		    false },
		{ "[info]   Duration: 00:00:00.00, start: 0.0", NULL, 0,
		    false },
		{ "[info] Output #0, flv, to 'rtmp://h/a/b':", NULL, 0, false },
		{ "[info]     title           : Duration: 3", NULL, 0, false },
		{ "Input #", NULL, 0, false },
		{ "Input #0, from 'x'", NULL, 0, false },
		{ "", NULL, 0, false },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		int input = 0;
		char *demuxer = ffout_demuxer(rows[i].line, &input);

		if (!util_streq(demuxer, rows[i].demuxer) ||
		    ffout_has_end(rows[i].line) != rows[i].ends ||
		    (demuxer != NULL && input != rows[i].input))
			fail_msg("%s", rows[i].line);
		free(demuxer);
	}
}

/* The tracks of the inputs, in the words of 4.3, 5.1, 7.1 and 9. */
static void
test_p7_tracks(void **state UNUSED)
{
	static const struct {
		const char *line;
		enum ffout_track track;
	} rows[] = {
		{ "[info]   Stream #0:1: Audio: pcm_alaw, 8000 Hz, mono, s16",
		    FFOUT_TRACK_SOUND },
		{ "[info]   Stream #0:1[0x101](und): Audio: aac (LC), 48000 Hz",
		    FFOUT_TRACK_SOUND },
		{ "[info]   Stream #0:0: Video: h264 (High), yuv420p",
		    FFOUT_TRACK_NONE },
		{ "[info]   Stream #1:0: Audio: pcm_u8, 44100 Hz, stereo",
		    FFOUT_TRACK_NONE },
		{ "[info]   Stream #0:1 -> #0:1 (pcm_alaw -> aac (native))",
		    FFOUT_TRACK_NONE },
		{ "[info] Output #0, mpegts, to 'pipe:1':",
		    FFOUT_TRACK_OUTPUT },
		{ "[flv @ 0x55c302b72a00] [warning] New audio stream 0:1 at "
		  "pos:4092 and DTS:0s",
		    FFOUT_TRACK_LATE_SOUND },
		{ "[in#0/flv @ 0x5564ef1493c0] [warning] New audio stream with "
		  "index 1 at pos:4092 and DTS:0s",
		    FFOUT_TRACK_LATE_SOUND },
		{ "[warning] New video stream 0:1 at pos:9 and DTS:2s",
		    FFOUT_TRACK_LATE_VIDEO },
		{ "[warning] New data stream 0:2 at pos:9 and DTS:2s",
		    FFOUT_TRACK_NONE },
		{ "[mpegts @ 0x5625f6e6c2c0] [warning] Could not find codec "
		  "parameters for stream 1 (Audio: aac ([15][0][0][0] / "
		  "0x000F), 0 channels): unspecified sample rate",
		    FFOUT_TRACK_UNKNOWN_SOUND },
		{ "[mpegts @ 0x5625f6e6c2c0] [warning] Could not find codec "
		  "parameters for stream 0 (Video: h264 ([27][0][0][0] / "
		  "0x001B), none): unspecified size",
		    FFOUT_TRACK_UNKNOWN_VIDEO },
		{ "", FFOUT_TRACK_NONE },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		if (ffout_track(rows[i].line) != rows[i].track)
			fail_msg("%s", rows[i].line);
}

/* Stamps of the video that do not go on, in the words of 5.1, 6.0 and 7.1; not
 * those of the sound. */
static void
test_s2_stands_still(void **state UNUSED)
{
	assert_true(ffout_stands_still(
	    "[mpegts @ 0x55d43713dbc0] [warning] Non-monotonous DTS in output "
	    "stream 0:0; previous: 722090, current: 722090; changing to "
	    "722091. This may result in incorrect timestamps in the output "
	    "file."));
	assert_true(ffout_stands_still(
	    "[vost#0:0/copy @ 0x564b8bc4d3c0] [warning] Non-monotonic DTS; "
	    "previous: 90, current: 90; changing to 91."));
	assert_false(ffout_stands_still(
	    "[mpegts @ 0x55d43713dbc0] [warning] Non-monotonous DTS in output "
	    "stream 0:1; previous: 722090, current: 722090; changing to "
	    "722091."));
	assert_false(ffout_stands_still(
	    "[aost#0:1/copy @ 0x564b8bc4d3c0] [warning] Non-monotonic DTS; "
	    "previous: 90, current: 90; changing to 91."));
}

/* --- words ------------------------------------------------------------- */

static void
expect_words(const char *const *lines, const char *words)
{
	size_t n = 0;
	char *text;

	while (lines[n] != NULL)
		n++;
	text = ffout_last_words(lines, n);
	if (words == NULL)
		assert_null(text);
	else
		assert_string_equal(text, words);
	free(text);
}

/* Of a Python traceback: where, and what. */
static void
test_w1_last_words(void **state UNUSED)
{
	expect_words((const char *const[]){ NULL }, NULL);
	expect_words((const char *const[]){ "", NULL }, NULL);
	expect_words((const char *const[]){ "one", "two", "", NULL }, "two");
	expect_words(
	    (const char *const[]){ "loading",
		"Traceback (most recent call last):",
		"  File \"/opt/x/run.py\", line 5, in <module>", "    main()",
		"  File \"/opt/x/detect.py\", line 88, in main", "    model(x)",
		"    ~~~~~^^^", "RuntimeError: CUDA out of memory",
		"see the manual", "cleaning up", NULL },
	    "detect.py line 88: RuntimeError: CUDA out of memory");
	/* the last one counts; a syntax error has no head */
	expect_words((const char *const[]){ "  File \"a.py\", line 1, in f",
			 "KeyError: 'a'", "",
			 "During handling of the above exception, another:",
			 "  File \"b.py\", line 22", "    x = (",
			 "SyntaxError: '(' was never closed", NULL },
	    "b.py line 22: SyntaxError: '(' was never closed");
	expect_words(
	    (const char *const[]){ "  File \"a.py\", line 1", "    x", NULL },
	    "    x");
	expect_words(
	    (const char *const[]){ "File \"a.py", NULL }, "File \"a.py");
}

static void
test_m5_unopened(void **state UNUSED)
{
	char *name = ffout_unopened("[concat @ 0x5] [error] Impossible to open "
				    "'/films/it's b.mp4'");

	assert_string_equal(name, "/films/it's b.mp4");
	free(name);
	assert_null(ffout_unopened("[error] Impossible to open 'x"));
	assert_null(ffout_unopened("[error] x: Impossible to open 'x'"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_progress_block),
		cmocka_unit_test(test_progress_odd),
		cmocka_unit_test(test_progress_advanced),
		cmocka_unit_test(test_p6_flaw),
		cmocka_unit_test(test_p4_p11_input),
		cmocka_unit_test(test_p7_tracks),
		cmocka_unit_test(test_s2_stands_still),
		cmocka_unit_test(test_w1_last_words),
		cmocka_unit_test(test_m5_unopened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
