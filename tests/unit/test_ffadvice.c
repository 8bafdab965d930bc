/* SPDX-License-Identifier: ISC */
/* What people are told about a failure. */

#include "config.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "ffmpeg/ffadvice.h"
#include "ffmpeg/ffcure.h"

#define LONGEST 200

/* Schemes of either side, and a subject that such a failure has. */
static const struct {
	enum fail_side side;
	const char *scheme, *subject;
} places[] = {
	{ SIDE_NONE, NULL, NULL },
	{ SIDE_NONE, NULL, "203.0.113.24:1935" },
	{ SIDE_SOURCE, NULL, NULL },
	{ SIDE_SOURCE, "rtsp", "camera-front:554" },
	{ SIDE_SOURCE, "rtsps", NULL },
	{ SIDE_SOURCE, "rtmp", "live.example.org:1935" },
	{ SIDE_SOURCE, "srt", "live.example.org:9000" },
	{ SIDE_SOURCE, "https", "live.example.org:443" },
	{ SIDE_SOURCE, "udp", "239.1.1.1:5000" },
	{ SIDE_SOURCE, "file", "/srv/films/film.mp4" },
	{ SIDE_SOURCE, NULL, "/srv/films/film.mp4" },
	{ SIDE_SOURCE, "v4l2", "/dev/video0" },
	{ SIDE_SOURCE, "alsa", "hw:1,0" },
	{ SIDE_OUTPUT, NULL, NULL },
	{ SIDE_OUTPUT, "rtmps", "live.example.org:443" },
	{ SIDE_OUTPUT, "rtsp", "media.example.org:8554" },
	{ SIDE_OUTPUT, "srt", "live.example.org:9000" },
	{ SIDE_OUTPUT, "http", "live.example.org:80" },
	{ SIDE_OUTPUT, "udp", "239.1.1.1:5000" },
	{ SIDE_OUTPUT, "record", "/srv/recordings/front" },
	{ SIDE_OUTPUT, "hls", "/var/www/live/x.m3u8" },
	{ SIDE_OUTPUT, "file", NULL },
	{ SIDE_PROGRAM, NULL, "detect.py line 88" },
	{ SIDE_PROFILE, NULL, "preset" },
	{ SIDE_MACHINE, NULL, "/usr/bin/ffmpeg" },
};

/* --- the form of each sentence -------------------------------------------- */

/* A sentence that can be shown as it is. */
static void
check_form(const char *text)
{
	size_t len = strlen(text);

	if (len < 10 || len > LONGEST || text[len - 1] != '.' ||
	    (!isupper((unsigned char)*text) && *text != '`' &&
		strncmp(text, "ffmpeg ", 7) != 0))
		fail_msg("%zu letters: %s", len, text);
	if (strstr(text, "  ") != NULL || strchr(text, '|') != NULL ||
	    strstr(text, " ,") != NULL)
		fail_msg("left over: %s", text);
	for (const char *at = strchr(text, '{'); at != NULL;
	     at = strchr(at + 1, '{'))
		if (at[1] != ' ')
			fail_msg("not filled in: %s", text);
}

/* It says nothing of things that are not there. */
static void
check_side(const char *text, const struct ffadvice_ask *ask)
{
	static const struct {
		enum fail_side side;
		const char *scheme, *word;
	} strange[] = {
		{ SIDE_OUTPUT, NULL, "camera" },
		{ SIDE_OUTPUT, NULL, "the source sent" },
		{ SIDE_OUTPUT, NULL, "viewers" },
		{ SIDE_SOURCE, NULL, "upload" },
		{ SIDE_SOURCE, "rtsp", "stream key" },
		{ SIDE_SOURCE, "rtsp", "platform" },
		{ SIDE_SOURCE, "rtmp", "camera" },
		{ SIDE_SOURCE, "http", "camera" },
		{ SIDE_SOURCE, "srt", "camera" },
		{ SIDE_SOURCE, "alsa", "video" },
		{ SIDE_SOURCE, "alsa", "size" },
		{ SIDE_SOURCE, "alsa", "USB" },
		{ SIDE_SOURCE, NULL, "recordings in time" },
		{ SIDE_PROGRAM, NULL, "ffmpeg " },
	};

	if (strstr(text, "server's log") != NULL)
		assert_non_null(strstr(text, "status page"));
	for (size_t i = 0; i < NELEM(strange); i++)
		if (strange[i].side == ask->side &&
		    (strange[i].scheme == NULL ||
			util_streq(strange[i].scheme, ask->scheme)) &&
		    strstr(text, strange[i].word) != NULL)
			fail_msg("\"%s\" of the wrong side: %s",
			    strange[i].word, text);
}

static void
check_texts(const struct ffadvice_ask *ask)
{
	char *cause = ffadvice_cause(ask), *advice = ffadvice_do(ask);

	check_form(cause);
	check_form(advice);
	if (ffadvice_find(ask)->side != SIDE_NONE) {
		check_side(cause, ask);
		check_side(advice, ask);
	}
	if (ask->name != NULL && strstr(advice, "NAME") != NULL)
		fail_msg("the stream has a name: %s", advice);
	free(cause);
	free(advice);
}

/* Each failure has its words, with and without what may be known. */
static void
test_w4_every_sentence(void **state UNUSED)
{
	for (int class = 0; class < N_FAIL_CLASSES; class ++)
		for (int detail = 0; detail < N_FAIL_DETAILS; detail++)
			for (size_t i = 0; i < NELEM(places); i++) {
				struct ffadvice_ask ask = {
					.class = class,
					.detail = detail,
					.side = places[i].side,
					.scheme = places[i].scheme,
					.subject = places[i].subject,
					.program =
					    places[i].side == SIDE_PROGRAM,
				};

				check_texts(&ask);
				ask.key = "outputs[1].url";
				ask.place = "front.json:12:14";
				ask.name = "front";
				check_texts(&ask);
			}
}

/* Each row is the right one for something, and each class has its own. */
static void
test_rows(void **state UNUSED)
{
	enum fail_class before = FAIL_NONE;

	for (size_t i = 0; i < ffcure_n; i++) {
		const struct ffcure *row = &ffcure_rows[i];
		char *scheme = row->schemes == NULL
		    ? NULL
		    : xstrndup(row->schemes, strcspn(row->schemes, " "));
		const struct ffadvice_ask ask = { .class = row->class,
			.detail = row->detail,
			.side = row->side,
			.scheme = scheme };

		if (ffadvice_find(&ask) != row)
			fail_msg("never used: %s", row->cause);
		free(scheme);
		assert_true(row->class == before || row->class == before + 1);
		before = row->class;
	}
	assert_int_equal(before, N_FAIL_CLASSES - 1);
	for (int class = 0; class < N_FAIL_CLASSES; class ++)
		assert_non_null(ffcure_classes[class]);
}

/* --- what they say -------------------------------------------------------- */

static const struct {
	struct ffadvice_ask ask;
	const char *cause;  /* all of it */
	const char *advice; /* a part */
} said[] = {
	{ { .class = FAIL_REJECTED,
	      .detail = DETAIL_LIMIT,
	      .side = SIDE_SOURCE,
	      .scheme = "rtsp",
	      .subject = "cam:554" },
	    "The camera at cam:554 has no free connection.",
	    "Close other viewers" },
	{ { .class = FAIL_REJECTED,
	      .detail = DETAIL_METHOD,
	      .side = SIDE_OUTPUT,
	      .scheme = "rtsp",
	      .subject = "mtx:8554" },
	    "The server at mtx:8554 does not let anybody publish at this path.",
	    "Correct the path" },
	{ { .class = FAIL_REJECTED,
	      .detail = DETAIL_TRANSPORT,
	      .side = SIDE_SOURCE,
	      .scheme = "rtsp",
	      .subject = "cam:554" },
	    "The camera at cam:554 wants UDP and refuses RTSP over TCP (461).",
	    "\"rtsp_transport\": \"udp\"" },
	{ { .class = FAIL_AUTH,
	      .side = SIDE_SOURCE,
	      .scheme = "rtsp",
	      .subject = "cam:554",
	      .key = "source.password",
	      .place = "cam.json:4:12" },
	    "The camera at cam:554 refused the user name or the password.",
	    "Correct source.password at cam.json:4:12, or \"user\"" },
	{ { .class = FAIL_AUTH,
	      .detail = DETAIL_PASSPHRASE,
	      .side = SIDE_OUTPUT,
	      .scheme = "srt" },
	    "The SRT passphrase is not that of the server, or only one side "
	    "has one.",
	    "10 to 79" },
	{ { .class = FAIL_DISK,
	      .detail = DETAIL_PERMISSION,
	      .side = SIDE_OUTPUT,
	      .scheme = "record",
	      .subject = "/rec" },
	    "The user that ffsup runs as may not write to /rec.", "chown" },
	{ { .class = FAIL_DISK,
	      .detail = DETAIL_FULL,
	      .side = SIDE_OUTPUT,
	      .scheme = "record",
	      .subject = "/rec" },
	    "The disk of /rec is full.", "\"min_free\"" },
	{ { .class = FAIL_INPUT,
	      .detail = DETAIL_MISSING,
	      .side = SIDE_SOURCE,
	      .scheme = "file",
	      .subject = "/srv/a.mp4" },
	    "The file /srv/a.mp4 is not there.", "mount its disk" },
	{ { .class = FAIL_TIMEOUT,
	      .detail = DETAIL_ANSWER,
	      .side = SIDE_OUTPUT,
	      .scheme = "rtsp",
	      .subject = "mtx:8554" },
	    "The server at mtx:8554 accepts the connection and then says "
	    "nothing.",
	    "restart the server" },
	{ { .class = FAIL_HWENC, .detail = DETAIL_NVENC },
	    "The NVENC encoder cannot be used on this machine.", "nvidia-smi" },
	{ { .class = FAIL_STALL,
	      .side = SIDE_OUTPUT,
	      .scheme = "rtmp",
	      .subject = "live:1935" },
	    "The server at live:1935 took no more data; the connection was "
	    "replaced.",
	    "video.bitrate" },
	{ { .class = FAIL_STALL, .side = SIDE_MACHINE },
	    "ffmpeg itself stood still: it neither read nor wrote; it was "
	    "replaced.",
	    "load" },
	{ { .class = FAIL_CODEC, .detail = DETAIL_AUDIO, .subject = "opus" },
	    "The output cannot carry the audio codec \"opus\".",
	    "\"audio\": \"auto\"" },
	{ { .class = FAIL_DEVICE,
	      .detail = DETAIL_MISSING,
	      .side = SIDE_SOURCE,
	      .scheme = "alsa",
	      .subject = "hw:1" },
	    "The sound device hw:1 is not there.", "arecord -L" },
	/* a sound card beside a camera */
	{ { .class = FAIL_DEVICE,
	      .detail = DETAIL_SOUND_CARD,
	      .side = SIDE_SOURCE,
	      .scheme = "rtsp",
	      .subject = "hw:5,0" },
	    "The sound device hw:5,0 cannot be opened.", "arecord -L" },
	{ { .class = FAIL_DEVICE,
	      .side = SIDE_SOURCE,
	      .scheme = "file",
	      .subject = "/dev/null" },
	    "The device /dev/null cannot be used.", "v4l2-ctl" },
	/* n9: the usual end of a wrong stream key */
	{ { .class = FAIL_CLOSED,
	      .detail = DETAIL_EARLY,
	      .side = SIDE_OUTPUT,
	      .scheme = "rtmps",
	      .subject = "live:443" },
	    "The server at live:443 accepts the stream and closes it within a "
	    "second.",
	    "Check the stream key first" },
	/* n10, q01: the program's words are the program's */
	{ { .class = FAIL_PRODUCER,
	      .detail = DETAIL_TRACEBACK,
	      .program = true,
	      .subject = "detect.py line 88",
	      .name = "yolo" },
	    "Your program stopped with an error in detect.py line 88.",
	    "`ffsup logs yolo`" },
	{ { .class = FAIL_SPAWN,
	      .detail = DETAIL_MISSING,
	      .program = true,
	      .side = SIDE_MACHINE,
	      .subject = "rpicam-vidx" },
	    "There is no program rpicam-vidx.", "\"command\"" },
	{ { .class = FAIL_ENDED, .program = true },
	    "Your program ended without an error.", "started again" },
	/* p12 */
	{ { .class = FAIL_OPTION,
	      .detail = DETAIL_VALUE,
	      .side = SIDE_PROFILE,
	      .subject = "passphrase" },
	    "ffmpeg does not accept the value of \"passphrase\".",
	    "SRT wants 10 to 79 characters." },
	{ { .class = FAIL_OPTION,
	      .detail = DETAIL_VALUE,
	      .side = SIDE_PROFILE,
	      .subject = "streamid" },
	    "ffmpeg does not accept the value of \"streamid\".",
	    "\"srt_streamid\"" },
	/* nothing to play: a list, or a pattern */
	{ { .class = FAIL_INPUT,
	      .detail = DETAIL_EMPTY,
	      .side = SIDE_SOURCE,
	      .scheme = "file",
	      .subject = "/srv/films/*.mp4" },
	    "There is nothing to play: no file matches /srv/films/*.mp4.",
	    "Put files there" },
	{ { .class = FAIL_INPUT,
	      .detail = DETAIL_EMPTY,
	      .side = SIDE_SOURCE,
	      .scheme = "file",
	      .subject = "/srv/films/a.mp4" },
	    "There is nothing to play: /srv/films/a.mp4 is empty.",
	    "Put files there" },
	/* held */
	{ { .class = FAIL_CODEC,
	      .detail = DETAIL_UNKNOWN,
	      .subject = "libx246",
	      .held_ms = 900000 },
	    "This ffmpeg has no codec \"libx246\". It was given up, and is "
	    "tried again every 15 min.",
	    "ffmpeg -encoders" },
	{ { .class = FAIL_EXIT, .held_ms = 90500 },
	    "ffmpeg failed and did not say why. It was given up, and is tried "
	    "again every 1m30s.",
	    "ffsup logs NAME" },
};

static void
test_w4_who_what_where(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(said); i++) {
		char *cause = ffadvice_cause(&said[i].ask);
		char *advice = ffadvice_do(&said[i].ask);

		assert_string_equal(cause, said[i].cause);
		if (strstr(advice, said[i].advice) == NULL)
			fail_msg("no \"%s\": %s", said[i].advice, advice);
		free(cause);
		free(advice);
	}
}

/* An option that is gone has its successor; one with a slip of the pen is not
 * told about versions. */
static void
test_w4_options(void **state UNUSED)
{
	static const struct {
		enum fail_detail detail;
		const char *option, *advice;
	} options[] = {
		{ DETAIL_GONE_OPTION, "stimeout",
		    "Since ffmpeg 5.0 it is \"timeout\", in microseconds too. Change "
		    "it in the profile, then `ffsup reload`." },
		{ DETAIL_GONE_OPTION, "-vsync",
		    "Since ffmpeg 5.1 it is \"fps_mode\". Change it in the profile, "
		    "then `ffsup reload`." },
		{ DETAIL_GONE_OPTION, "lost",
		    "`ffmpeg -h full` lists what this one has. Change it in "
		    "the profile, then `ffsup reload`." },
		{ DETAIL_VALUE, "vsync",
		    "It is auto, passthrough, cfr, vfr or drop. Correct it in "
		    "the profile, then `ffsup reload`." },
		{ DETAIL_VALUE, "x264-params",
		    "What is accepted often stands in `ffsup logs NAME`. "
		    "Correct it in the profile, then `ffsup reload`." },
		{ DETAIL_UNKNOWN, "nosuchopt",
		    "Check how it is written. Correct it in the profile, then "
		    "`ffsup reload`." },
	};

	for (size_t i = 0; i < NELEM(options); i++) {
		struct ffadvice_ask ask = { .class = FAIL_OPTION,
			.detail = options[i].detail,
			.side = SIDE_PROFILE,
			.subject = options[i].option };
		char *advice = ffadvice_do(&ask);

		assert_string_equal(advice, options[i].advice);
		free(advice);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_w4_every_sentence),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_w4_who_what_where),
		cmocka_unit_test(test_w4_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
