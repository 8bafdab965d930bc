/* SPDX-License-Identifier: ISC */
/*
 * From a profile to workers, and from a worker to its command line for each
 * version of ffmpeg, compared with tests/golden/ffargs. With FFSUP_REGOLD set
 * those are rewritten instead, and the test is reported as skipped, never as
 * passed.
 */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/errors.h"
#include "base/fs.h"
#include "base/util.h"
#include "ffmpeg/ffargs.h"
#include "ffmpeg/ffjobs.h"
#include "ffmpeg/ffline.h"
#include "ffmpeg/ffver.h"
#include "profile/expand.h"
#include "profile/parse.h"
#include "profile/profile.h"

#define BANNER_TAIL " Copyright (c) 2000-2024 the FFmpeg developers\n"

/* The answers of binaries to -version; the newest for the gates, oldest
 * first. */
static const struct {
	const char *banner;
	int number;
} versions[] = {
	{ "ffmpeg version 4.3.6-0+deb11u1" BANNER_TAIL, FFVER(4, 3) },
	{ "ffmpeg version 4.4.2-0ubuntu0.22.04.1" BANNER_TAIL, FFVER(4, 4) },
	{ "ffmpeg version 5.0-static https://johnvansickle.com/ffmpeg/ " BANNER_TAIL,
	    FFVER(5, 0) },
	{ "ffmpeg version 5.1.9-0+deb12u1" BANNER_TAIL
	  "built with gcc 12 (Debian 12.2.0-14+deb12u1)\n",
	    FFVER(5, 1) },
	{ "ffmpeg version n7.1" BANNER_TAIL, FFVER(7, 1) },
	{ "ffmpeg version 9.0" BANNER_TAIL, FFVER(9, 0) },
	{ "ffmpeg version N-12345-gdeadbee" BANNER_TAIL, 0 },
};

#define OUT  ",\"outputs\":[{\"url\":\"rtmp://srv/live/key\"}]}"
#define RTSP "\"source\":{\"url\":\"rtsp://cam/1\"}"
#define TEST                                            \
	"\"source\":{\"frames\":{\"size\":\"640x480\"," \
	"\"fps\":\"30000/1001\",\"pattern\":\"counter\"}}"

/* The profiles; each has a golden of its name. */
static const struct {
	const char *name, *text;
} cases[] = {
	{ "pull-push",
	    "{\"source\":{\"url\":\"rtsp://cam/1\",\"user\":\"me@home\","
	    "\"password\":\"p:w/d\",\"options\":{\"rtsp_transport\":\"udp\"}}" OUT },
	{ "pull-rtsp",
	    "{\"source\":{\"url\":\"http://cam/mjpg\",\"format\":\"mjpeg\"},"
	    "\"video\":{\"fps\":15,\"size\":\"1280x720\"},"
	    "\"outputs\":[{\"url\":\"rtsps://nas/cam\",\"user\":\"u\"}]}" },
	{ "pull-rtmps",
	    "{\"source\":{\"url\":\"rtmp://cam/a/b\"},\"audio\":\"copy\","
	    "\"outputs\":[{\"url\":\"rtmps://a.example/x/key\","
	    "\"options\":{\"flvflags\":\"+add_keyframe_index\"}}]}" },
	{ "sound-only",
	    "{" RTSP ",\"video\":\"none\",\"audio\":{\"url\":\"tcp://h:1\"},"
	    "\"outputs\":[{\"url\":\"tcp://h:2\"}]}" },
	{ "device",
	    "{\"source\":{\"device\":\"/dev/video0\",\"size\":\"1920x1080\","
	    "\"fps\":\"29.97\",\"input_format\":\"mjpeg\"},"
	    "\"audio\":{\"device\":\"hw:1,0\"}" OUT },
	{ "lavfi",
	    "{\"source\":{\"url\":\"testsrc2\",\"format\":\"lavfi\"},"
	    "\"outputs\":[{\"url\":\"srt://h:1?mode=listener\"}]}" },
	{ "file",
	    "{\"source\":{\"files\":[\"/srv/a film.mp4\"]},"
	    "\"outputs\":[{\"url\":\"udp://239.0.0.1:1234\"}]}" },
	{ "files",
	    "{\"source\":{\"files\":[\"/srv/*.mp4\"],\"loop\":true},"
	    "\"outputs\":[{\"url\":\"/srv/www/cam.m3u8\"}]}" },
	{ "frames-command",
	    "{\"source\":{\"frames\":{\"size\":\"1280x720\",\"fps\":30,"
	    "\"command\":[\"python3\",\"my detector.py\"]}},"
	    "\"video\":{\"preset\":\"ultrafast\",\"bitrate\":\"3M\","
	    "\"options\":{\"b:v\":\"1\"}},\"audio\":\"silence\"" OUT },
	{ "frames-pattern",
	    "{" TEST ",\"video\":{\"encoder\":\"libx265\",\"gop\":\"1s\"},"
	    "\"outputs\":[{\"url\":\"x.ts\",\"format\":\"mpegts\"}]}" },
	{ "frames-fd",
	    "{\"source\":{\"frames\":{\"size\":\"33x17\",\"fps\":8,"
	    "\"format\":\"bgra\",\"command\":[\"a\"],\"fd\":3},"
	    "\"options\":{\"thread_queue_size\":8}},"
	    "\"video\":{\"size\":\"64x48\"},\"standby\":true" OUT },
	{ "frames-socket",
	    "{\"source\":{\"frames\":{\"size\":\"640x480\",\"fps\":25,"
	    "\"format\":\"nv12\",\"socket\":true}},"
	    "\"audio\":{\"url\":\"http://cam/sound\"}" OUT },
	{ "decoded-url",
	    "{\"source\":{\"url\":\"rtsp://cam/1\",\"user\":\"u\","
	    "\"password\":\"p\",\"options\":{\"rtsp_transport\":\"udp\"}},"
	    "\"video\":{\"size\":\"1280x720\",\"fps\":25},"
	    "\"fallback\":{\"slate\":\"/srv/slate.png\"},"
	    "\"audio\":\"silence\"" OUT },
	{ "decoded-device",
	    "{\"source\":{\"device\":\"/dev/video0\",\"size\":\"1920x1080\","
	    "\"fps\":\"29.97\",\"input_format\":\"mjpeg\"},"
	    "\"fallback\":{},\"standby\":true" OUT },
	{ "decoded-lavfi",
	    "{\"source\":{\"url\":\"testsrc2\",\"format\":\"lavfi\"},"
	    "\"video\":{\"size\":\"320x240\",\"fps\":10,"
	    "\"encoder\":\"h264_vaapi\"},\"fallback\":{},\"audio\":\"none\"" OUT },
	{ "decoded-files",
	    "{\"source\":{\"files\":[\"/srv/clips\"],\"loop\":true},"
	    "\"video\":{\"size\":\"640x360\",\"fps\":\"30000/1001\"},"
	    "\"fallback\":{}" OUT },
	{ "record-mkv", "{" RTSP ",\"outputs\":[{\"record\":\"/r/%s.mkv\"}]}" },
	{ "record-mp4",
	    "{" TEST ",\"outputs\":[{\"record\":\"/r/%s.mp4\","
	    "\"segment\":\"90s\"}]}" },
	{ "record-ts", "{" RTSP ",\"outputs\":[{\"record\":\"/r/%s.ts\"}]}" },
	{ "sources",
	    "{\"source\":[{\"url\":\"rtsp://cam/1\"},{\"device\":"
	    "\"/dev/video0\",\"size\":\"320x240\",\"fps\":25},"
	    "{\"files\":[\"/srv/*\"],\"loop\":true}]" OUT },
	{ "snapshot",
	    "{\"source\":{\"url\":\"http://cam/snap.jpg\",\"every\":\"2s\"},"
	    "\"video\":{\"size\":\"320x240\",\"fps\":10}" OUT },
	{ "image2",
	    "{\"source\":{\"url\":\"http://cam/snap.jpg\",\"format\":"
	    "\"image2\",\"options\":{\"loop\":1,\"framerate\":\"1\"}},"
	    "\"video\":{\"fps\":5}" OUT },
	{ "url-film",
	    "{\"source\":{\"url\":\"http://h/movie.mp4\",\"loop\":true}" OUT },
	{ "tcp-h264",
	    "{\"source\":{\"url\":\"tcp://cam:5000\",\"format\":\"h264\"}" OUT },
	{ "flags-filters",
	    "{" RTSP ",\"video\":{\"size\":\"80x60\",\"options\":{"
	    "\"vf\":\"hflip\",\"threads\":2}},\"outputs\":[{\"url\":\"a.ts\","
	    "\"options\":{\"shortest\":true,\"copyts\":false,\"an\":1,"
	    "\"filter:v:0\":\"vflip\",\"af\":\"volume=2\"}}]}" },
	{ "args", "{\"args\":[\"-re\",\"-i\",\"a b.mp4\",\"-y\",\"o.mkv\"]}" },
};

static const char *
env_get(void *ctx UNUSED, const char *name UNUSED)
{
	return NULL;
}

/* Read a profile that is right. */
static struct profile *
read_profile(const char *text)
{
	static const struct expand_env env = { .get = env_get };
	struct errors errs = { 0 };
	struct profile *p;
	struct jsonc doc;

	if (jsonc_parse(&doc, "p", text, strlen(text), &errs) == -1 ||
	    (p = parse_profile(&doc, "p", NULL, &env, &errs)) == NULL) {
		fail_msg("%s: %s", text, errs.v[0].text);
		return NULL;
	}
	jsonc_clear(&doc);
	errors_clear(&errs);
	return p;
}

/* The command line of the worker at `index`. */
static void
make_argv(struct strv *argv, const struct profile *p, size_t index, size_t ver)
{
	struct ffver v;
	struct plan plan;

	plan_make(&plan, p);
	assert_true(index < plan.n_workers);
	if (plan.workers[index].playlist)
		plan.workers[index].file = "/srv/clips/one of them.mp4";
	assert_true(ffver_parse(&v, versions[ver].banner));
	*argv = (struct strv){ 0 };
	ffargs_worker(argv, p, &plan.workers[index], "/usr/bin/ffmpeg", &v);
}

/* The index of an argument, -1: none. */
static int
find_arg(const struct strv *argv, const char *arg)
{
	for (size_t i = 0; i < argv->n; i++)
		if (strcmp(argv->v[i], arg) == 0)
			return (int)i;
	return -1;
}

/* --- plans -------------------------------------------------------------- */

/* Everything but frames is one process without links. */
static void
test_direct(void **state UNUSED)
{
	static const struct {
		const char *text;
		enum plan_stdin in;
		bool once;
	} rows[] = {
		{ "{" RTSP OUT, STDIN_NULL, false },
		{ "{\"source\":{\"device\":\"/dev/video0\"}" OUT, STDIN_NULL,
		    false },
		{ "{\"source\":{\"files\":[\"a\"]}" OUT, STDIN_NULL, true },
		{ "{\"source\":{\"files\":[\"a\"],\"loop\":true}" OUT,
		    STDIN_NULL, false },
		{ "{\"source\":{\"files\":[\"a\",\"b\"]}" OUT, STDIN_LIST,
		    true },
		{ "{\"source\":{\"files\":[\"*\"],\"loop\":true}" OUT,
		    STDIN_LIST, false },
		{ "{\"source\":{\"files\":[\"a?\"]}" OUT, STDIN_LIST, true },
		{ "{\"source\":{\"files\":[\"[ab]\"]}" OUT, STDIN_LIST, true },
	};
	struct plan plan;

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct profile *p = read_profile(rows[i].text);
		const struct plan_worker *w = &plan.workers[0];

		plan_make(&plan, p);
		assert_int_equal(plan.topology, TOPOLOGY_DIRECT);
		assert_int_equal(plan.n_workers, 1);
		assert_int_equal(plan.n_links, 0);
		assert_int_equal(w->role, ROLE_DIRECT);
		assert_string_equal(w->name, "direct");
		assert_true(w->ffmpeg);
		assert_false(w->out);
		assert_int_equal(w->in, rows[i].in);
		assert_int_equal(w->once, rows[i].once);
		assert_int_equal(w->output, 0);
		profile_free(p);
	}
}

/* Films that are encoded, or sent to several outputs, are played by a process
 * for each; only one ffmpeg can copy a list to an output of its own. */
static void
test_p6_turns(void **state UNUSED)
{
#define FILES(f) "{\"source\":{\"files\":[" f "],\"loop\":true}"
#define OUTS	 ",\"outputs\":[{\"url\":\"a.mkv\"},{\"url\":\"b.mkv\"}]}"
	static const struct {
		const char *text;
		bool turns, list;
	} rows[] = {
		{ FILES("\"a.mp4\",\"b.mp4\"") ",\"video\":{}" OUT, true,
		    false },
		{ FILES("\"*.mp4\"") ",\"video\":{}" OUT, true, false },
		{ FILES("\"/srv/films\"") ",\"video\":{}" OUT, true, false },
		{ FILES("\"/srv/a.d/\"") ",\"video\":{}" OUT, true, false },
		{ FILES("\"/srv/films\"") OUTS, true, false },
		{ FILES(
		      "\"/srv/films\"") ",\"video\":\"copy\",\"fallback\":{}" OUT,
		    true, false },
		{ FILES("\"a.mp4\",\"b.mp4\"") OUT, false, true },
		{ FILES("\"a.mp4\",\"b.mp4\"") ",\"video\":\"none\"" OUTS,
		    false, true },
		{ FILES("\"a.mp4\"") ",\"video\":{}" OUT, false, false },
		{ FILES("\"a.mp4\"") OUTS, false, false },
	};
	struct plan plan;

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct profile *p = read_profile(rows[i].text);

		plan_make(&plan, p);
		if (plan.workers[0].playlist != rows[i].turns ||
		    (plan.workers[0].in == STDIN_LIST) != rows[i].list ||
		    plan.workers[0].files == rows[i].turns)
			fail_msg("%s", rows[i].text);
		profile_free(p);
	}
}

/* Whether a worker's command line has a word, and after it another. */
static void
expect_words(const char *text, const char *word, const char *next)
{
	struct profile *p = read_profile(text);
	struct strv argv;
	int at;

	make_argv(&argv, p, 0, 3);
	at = find_arg(&argv, word);
	if (at == -1 || (next != NULL && strcmp(argv.v[at + 1], next) != 0))
		fail_msg("%s: %s %s", text, word, next);
	strv_clear(&argv);
	profile_free(p);
}

static void
expect_no_word(const char *text, const char *word)
{
	struct profile *p = read_profile(text);
	struct strv argv;

	make_argv(&argv, p, 0, 3);
	if (find_arg(&argv, word) != -1)
		fail_msg("%s: %s", text, word);
	strv_clear(&argv);
	profile_free(p);
}

#define OUT_WITH(options) \
	",\"outputs\":[{\"url\":\"o.ts\",\"options\":{" options "}}]}"

/* An option that takes no value gets none: it would be taken for a file. */
static void
test_p17_flags(void **state UNUSED)
{
	expect_words(
	    "{" RTSP OUT_WITH("\"shortest\":true"), "-shortest", "o.ts");
	expect_words("{" RTSP OUT_WITH("\"shortest\":1"), "-shortest", "o.ts");
	expect_words(
	    "{" RTSP OUT_WITH("\"shortest\":false"), "-noshortest", "o.ts");
	expect_words("{" RTSP OUT_WITH("\"noautorotate\":true"),
	    "-noautorotate", "o.ts");
	expect_words("{" RTSP OUT_WITH("\"xerror\":\"\""), "-xerror", "o.ts");
	expect_words("{" RTSP OUT_WITH("\"pat_period\":1"), "-pat_period", "1");
	expect_words("{\"source\":{\"url\":\"http://h/x\",\"options\":{"
		     "\"re\":true}}" OUT,
	    "-re", "-i");
}

/* The user's filters come after ours, in the same chain. */
static void
test_n18_filters(void **state UNUSED)
{
	expect_words("{" RTSP ",\"video\":{\"size\":\"80x60\",\"options\":{"
		     "\"vf\":\"hflip\"}}" OUT,
	    "-vf", "scale=80:60,hflip");
	expect_words("{" RTSP ",\"video\":{\"size\":\"80x60\"}" OUT_WITH(
			 "\"filter:v\":\"hflip\""),
	    "-vf", "scale=80:60,hflip");
	expect_words("{" RTSP ",\"video\":{\"options\":{\"vf\":\"hflip\"}}" OUT,
	    "-vf", "hflip");
	expect_no_word("{" RTSP ",\"video\":{\"size\":\"80x60\"}" OUT_WITH(
			   "\"filter:v\":\"hflip\""),
	    "-filter:v");
}

/* image2 opens its URL by itself, and knows no option of HTTP. */
static void
test_p9_image2(void **state UNUSED)
{
	expect_no_word("{\"source\":{\"url\":\"http://h/a.jpg\",\"format\":"
		       "\"image2\"},\"video\":{}" OUT_WITH("\"an\":true"),
	    "-rw_timeout");
	expect_words(
	    "{\"source\":{\"url\":\"http://h/a.jpg\"}" OUT_WITH("\"an\":true"),
	    "-rw_timeout", "20000000");
}

/* Sound of five channels in AAC has no name that a later reader finds. */
static void
test_m4_layout(void **state UNUSED)
{
	expect_words("{\"source\":{\"files\":[\"a.mkv\",\"b.mkv\"]},"
		     "\"video\":{}" OUT,
	    "-af", "aformat=channel_layouts=mono|stereo");
}

/* A program's frames: two processes and the link between them. */
static void
test_frames(void **state UNUSED)
{
	struct profile *p = read_profile(
	    "{\"source\":{\"frames\":{\"size\":\"64x48\",\"fps\":\"30000/1001\","
	    "\"format\":\"yuv420p\",\"command\":[\"a\"]}}" OUT);
	struct plan plan;

	plan_make(&plan, p);
	assert_int_equal(plan.topology, TOPOLOGY_FRAMES);
	assert_int_equal(plan.n_workers, 2);
	assert_int_equal(plan.workers[0].role, ROLE_PRODUCER);
	assert_false(plan.workers[0].ffmpeg);
	assert_int_equal(plan.workers[0].out, 1);
	assert_int_equal(plan.workers[0].in, STDIN_NULL);
	assert_int_equal(plan.workers[0].output, -1);
	assert_int_equal(plan.workers[1].role, ROLE_ENCODER);
	assert_true(plan.workers[1].ffmpeg);
	assert_int_equal(plan.workers[1].in, STDIN_FED);
	assert_int_equal(plan.workers[1].output, 0);
	assert_int_equal(plan.n_links, 1);
	assert_int_equal(plan.links[0].type, LINK_FRAMES);
	assert_int_equal(plan.links[0].from, 0);
	assert_int_equal(plan.links[0].to, 1);
	assert_int_equal(plan.links[0].geometry.bytes, 64 * 48 * 3 / 2);
	assert_int_equal(plan.links[0].fps.num, 30000);
	assert_int_equal(plan.links[0].fps.den, 1001);
	profile_free(p);
}

/* A test pattern, and frames from outside, need no program: the link begins in
 * ffsup. */
static void
test_self(void **state UNUSED)
{
	static const char *const ways[] = { "\"pattern\":\"counter\"",
		"\"fifo\":\"/run/cam.raw\"", "\"socket\":true" };
	struct plan plan;

	for (size_t i = 0; i < NELEM(ways); i++) {
		char *text = xasprintf("{\"source\":{\"frames\":{"
				       "\"size\":\"64x48\",\"fps\":5,%s}}" OUT,
		    ways[i]);
		struct profile *p = read_profile(text);

		plan_make(&plan, p);
		assert_int_equal(plan.topology, TOPOLOGY_FRAMES);
		assert_int_equal(plan.n_workers, 1);
		assert_int_equal(plan.workers[0].role, ROLE_ENCODER);
		assert_null(plan_worker(&plan, plan.links[0].from));
		assert_string_equal(
		    plan_node_name(&plan, plan.links[0].to), "encoder");
		profile_free(p);
		free(text);
	}
}

/* With a fallback, the input of ffmpeg is decoded by a process that may die,
 * into frames of the encoder's size; without, it is sent directly. */
static void
test_decoded(void **state UNUSED)
{
	static const struct {
		const char *source;
		bool playlist;
	} rows[] = {
		{ "\"url\":\"rtsp://cam/1\"", false },
		{ "\"device\":\"/dev/video0\"", false },
		{ "\"files\":[\"/srv/a.mp4\"]", true },
		{ "\"files\":[\"/srv/*\"],\"loop\":true", true },
	};
	struct plan plan;

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *text = xasprintf("{\"source\":{%s},\"fallback\":{},"
				       "\"video\":{\"size\":\"63x47\","
				       "\"fps\":\"29.97\","
				       "\"pixel_format\":\"yuv444p\"}" OUT,
		    rows[i].source);
		struct profile *p = read_profile(text);
		const struct plan_worker *w = plan.workers;

		plan_make(&plan, p);
		assert_int_equal(plan.topology, TOPOLOGY_DECODED);
		assert_int_equal(plan.n_workers, 2);
		assert_int_equal(w[0].role, ROLE_SOURCE);
		assert_true(w[0].ffmpeg);
		assert_int_equal(w[0].in, STDIN_NULL);
		assert_int_equal(w[0].out, 1);
		assert_int_equal(w[0].playlist, rows[i].playlist);
		assert_false(w[0].once);
		assert_int_equal(w[0].output, -1);
		assert_int_equal(w[1].role, ROLE_ENCODER);
		assert_int_equal(w[1].in, STDIN_FED);
		assert_false(w[1].spare);
		assert_int_equal(plan.n_links, 1);
		assert_int_equal(plan.links[0].from, 0);
		assert_int_equal(plan.links[0].to, 1);
		assert_int_equal(plan.links[0].geometry.format, PIX_YUV420P);
		assert_int_equal(
		    plan.links[0].geometry.bytes, 63 * 47 + 2 * 32 * 24);
		assert_int_equal(plan.links[0].fps.num, 30000);
		assert_int_equal(plan.links[0].fps.den, 1001);
		profile_free(p);
		free(text);
	}
}

/* The size and the rate of the encoding count, then the device's. */
static void
test_decoded_size(void **state UNUSED)
{
	struct profile *p = read_profile(
	    "{\"source\":{\"device\":\"/dev/video0\",\"size\":\"320x240\","
	    "\"fps\":15},\"video\":{\"fps\":10},\"fallback\":{}" OUT);
	struct plan plan;

	plan_make(&plan, p);
	assert_int_equal(plan.links[0].geometry.w, 320);
	assert_int_equal(plan.links[0].fps.num, 10);
	for (size_t i = 0; i < plan.n_workers; i++) {
		assert_int_equal(plan.workers[i].frames.geometry.w, 320);
		assert_int_equal(plan.workers[i].frames.fps.num, 10);
	}
	profile_free(p);
}

/* A spare is a second encoder like the first, with another name. */
static void
test_spare(void **state UNUSED)
{
	struct profile *p = read_profile("{" TEST ",\"standby\":true" OUT);
	struct plan plan;

	plan_make(&plan, p);
	assert_int_equal(plan.n_workers, 2);
	assert_int_equal(plan.n_links, 1);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(plan.workers[i].role, ROLE_ENCODER);
		assert_int_equal(plan.workers[i].in, STDIN_FED);
		assert_int_equal(plan.workers[i].output, 0);
		assert_int_equal(plan.workers[i].spare, i == 1);
	}
	assert_string_equal(plan.workers[0].name, "encoder");
	assert_string_equal(plan.workers[1].name, "encoder2");
	profile_free(p);
}

/* Each source is a worker; all sources and all outputs fit. */
static void
test_sources(void **state UNUSED)
{
	struct buf b;
	struct profile *p;
	struct plan plan;
	char *text;

	buf_init(&b, 0);
	buf_puts(&b,
	    "{\"source\":[{\"url\":\"a\"},{\"url\":\"b\"},"
	    "{\"files\":[\"*\"],\"loop\":true},{\"url\":\"d\"}],"
	    "\"outputs\":[");
	for (int i = 0; i < PROFILE_OUTPUTS_MAX; i++)
		buf_putf(&b, "%s{\"url\":\"o%d\"}", i > 0 ? "," : "", i);
	buf_puts(&b, "]}");
	text = buf_steal(&b);
	p = read_profile(text);
	plan_make(&plan, p);
	assert_int_equal(plan.topology, TOPOLOGY_FANOUT);
	assert_int_equal(plan.n_workers, 4 + PROFILE_OUTPUTS_MAX);
	assert_int_equal(plan.n_links, 3 + PROFILE_OUTPUTS_MAX);
	for (size_t i = 0; i < 4; i++) {
		const struct plan_worker *w = &plan.workers[i];

		assert_int_equal(w->role, ROLE_SOURCE);
		assert_string_equal(w->name, plan_source_names[i]);
		assert_int_equal(w->source, i);
		assert_int_equal(w->writes, LINK_PACKETS);
		assert_false(w->once);
		assert_int_equal(w->in, i == 2 ? STDIN_LIST : STDIN_NULL);
	}
	assert_int_equal(plan.links[0].from, 0);
	assert_int_equal(plan.links[0].to, 4);
	assert_int_equal(plan.links[17].from, 3);
	assert_int_equal(plan.nodes[plan.links[17].to].kind, NODE_TURN);
	assert_string_equal(
	    plan_node_name(&plan, plan.links[17].to), "outputs");
	profile_free(p);
	free(text);
}

/* An image becomes one frame of exactly the link's bytes. */
static void
test_slate(void **state UNUSED)
{
	struct strv argv = { 0 };
	struct geometry g;

	frame_geometry_init(&g, PIX_NV12, 33, 17);
	ffjobs_slate(&argv, "/usr/bin/ffmpeg", "/srv/a b.png", &g);
	assert_string_equal(argv.v[0], "/usr/bin/ffmpeg");
	assert_string_equal(argv.v[find_arg(&argv, "-i") + 1], "/srv/a b.png");
	assert_string_equal(argv.v[find_arg(&argv, "-frames:v") + 1], "1");
	assert_string_equal(argv.v[find_arg(&argv, "-pix_fmt") + 1], "nv12");
	assert_non_null(
	    strstr(argv.v[find_arg(&argv, "-vf") + 1], "scale=33:17:"));
	assert_non_null(
	    strstr(argv.v[find_arg(&argv, "-vf") + 1], "pad=33:17:"));
	assert_string_equal(argv.v[argv.n - 1], "pipe:1");
	strv_clear(&argv);
}

/* Raw arguments are one process that belongs to no output. */
static void
test_args(void **state UNUSED)
{
	struct profile *p = read_profile("{\"args\":[\"-i\",\"a\",\"b\"]}");
	struct plan plan;

	plan_make(&plan, p);
	assert_int_equal(plan.n_workers, 1);
	assert_int_equal(plan.workers[0].role, ROLE_DIRECT);
	assert_int_equal(plan.workers[0].output, -1);
	assert_int_equal(plan.workers[0].in, STDIN_NULL);
	profile_free(p);
}

/* --- command lines ------------------------------------------------------ */

/* An argument list for people: one option a line. Caller frees. */
static char *
show_argv(const struct strv *argv)
{
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; i < argv->n; i++) {
		const char *a = argv->v[i];
		bool option = a[0] == '-' && (a[1] < '0' || a[1] > '9');

		buf_putf(&b, "%s%s", i == 0 ? "" : option ? "\n" : " ", a);
	}
	buf_puts(&b, "\n");
	return buf_steal(&b);
}

/* All workers of a profile; versions that get the same share a heading. */
static char *
show_profile(const struct profile *p)
{
	struct plan plan;
	struct buf b;

	buf_init(&b, 0);
	plan_make(&plan, p);
	for (size_t w = 0; w < plan.n_workers; w++) {
		char *texts[NELEM(versions)];

		for (size_t v = 0; v < NELEM(versions); v++) {
			struct strv argv;

			make_argv(&argv, p, w, v);
			texts[v] = show_argv(&argv);
			strv_clear(&argv);
		}
		for (size_t v = 0; v < NELEM(versions); v++) {
			size_t end = v + 1;

			while (end < NELEM(versions) &&
			    strcmp(texts[v], texts[end]) == 0)
				end++;
			buf_putf(&b, "# %s", plan.workers[w].name);
			for (size_t k = v; k < end; k++)
				buf_putf(&b, " %.*s",
				    (int)strcspn(versions[k].banner + 15, " "),
				    versions[k].banner + 15);
			buf_putf(&b, "\n%s\n", texts[v]);
			v = end - 1;
		}
		for (size_t v = 0; v < NELEM(versions); v++)
			free(texts[v]);
	}
	return buf_steal(&b);
}

/* Compare one case; cmocka's state is its index. */
static void
test_golden(void **state)
{
	size_t i = (size_t)(uintptr_t)*state;
	const char *srcdir = getenv("srcdir");
	char *path = xasprintf("%s/tests/golden/ffargs/%s.txt",
	    srcdir != NULL ? srcdir : ".", cases[i].name);
	struct profile *p = read_profile(cases[i].text);
	char *is = show_profile(p), *should;
	bool regold = getenv("FFSUP_REGOLD") != NULL;

	if (regold) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		assert_true(fputs(is, f) >= 0);
		assert_int_equal(fclose(f), 0);
	} else {
		should = fs_read(path, 1 << 20, NULL);
		if (should == NULL)
			fail_msg("cannot read %s", path);
		assert_string_equal(is, should);
		free(should);
	}
	free(is);
	free(path);
	profile_free(p);
	if (regold)
		skip();
}

/* The options that versions do not share; the wrong one is fatal, or listens
 * instead of connecting. */
static void
test_gates(void **state UNUSED)
{
	struct profile *rtsp =
	    read_profile("{" RTSP ",\"outputs\":[{\"url\":\"rtsp://srv/x\"}]}");
	struct profile *rtmp =
	    read_profile("{\"source\":{\"url\":\"rtmp://cam/1\"}" OUT);

	for (size_t v = 0; v < NELEM(versions); v++) {
		int n = versions[v].number;
		bool old = n != 0 && n < FFVER(5, 0);
		struct strv argv;

		make_argv(&argv, rtsp, 0, v);
		assert_int_equal(
		    find_arg(&argv, "-stats_period") == -1, n == FFVER(4, 3));
		assert_int_equal(find_arg(&argv, "-stimeout") != -1, old);
		assert_int_equal(find_arg(&argv, "-timeout") != -1, !old);
		assert_int_equal(find_arg(&argv, "-rw_timeout"), -1);
		assert_int_equal(find_arg(&argv, "-tcp_nodelay"), -1);
		strv_clear(&argv);
		make_argv(&argv, rtmp, 0, v);
		assert_int_equal(find_arg(&argv, "-timeout"), -1);
		assert_int_equal(find_arg(&argv, "-stimeout"), -1);
		assert_int_not_equal(find_arg(&argv, "-rw_timeout"), -1);
		assert_int_equal(find_arg(&argv, "-tcp_nodelay") == -1, old);
		strv_clear(&argv);
	}
	profile_free(rtsp);
	profile_free(rtmp);
}

/* The user's arguments come last in their group, so that they win. */
static void
test_positions(void **state UNUSED)
{
	struct profile *p = read_profile(
	    "{\"source\":{\"url\":\"rtsp://cam/1\",\"options\":{\"in\":\"1\"}},"
	    "\"video\":{\"options\":{\"enc\":2}},"
	    "\"outputs\":[{\"url\":\"rtmp://s/a/b\",\"options\":{\"out\":3}}]}");
	struct strv argv;
	int in, i, enc, out;

	make_argv(&argv, p, 0, 3);
	in = find_arg(&argv, "-in");
	i = find_arg(&argv, "-i");
	enc = find_arg(&argv, "-enc");
	out = find_arg(&argv, "-out");
	assert_true(find_arg(&argv, "-rtsp_transport") < in);
	assert_int_equal(in + 2, i);
	assert_string_equal(argv.v[i + 1], "rtsp://cam/1");
	assert_true(find_arg(&argv, "-c:v") < enc);
	assert_true(enc < find_arg(&argv, "-f"));
	assert_int_equal(out + 3, argv.n);
	assert_string_equal(argv.v[argv.n - 1], "rtmp://s/a/b");
	strv_clear(&argv);
	profile_free(p);
}

/* --- pieces ------------------------------------------------------------- */

/* The quoting of ffmpeg's concat demuxer. */
static void
test_list_line(void **state UNUSED)
{
	static const char *const rows[][2] = {
		{ "/a.mp4", "file '/a.mp4'" },
		{ "", "file ''" },
		{ "a b#c", "file 'a b#c'" },
		{ "it's", "file 'it'\\''s'" },
		{ "''", "file ''\\'''\\'''" },
		{ "back\\slash", "file 'back\\slash'" },
	};
	struct strv lines = { 0 };

	for (size_t i = 0; i < NELEM(rows); i++) {
		ffjobs_list_line(&lines, rows[i][0]);
		assert_int_equal(lines.n, i + 1);
		assert_string_equal(lines.v[i], rows[i][1]);
	}
	strv_clear(&lines);
}

/* User and password as they are, the URL as ffmpeg wants it. */
static void
test_url(void **state UNUSED)
{
	static const struct {
		const char *url, *user, *password, *is;
	} rows[] = {
		{ "rtsp://h/1", NULL, NULL, "rtsp://h/1" },
		{ "rtsp://h/1", "u", NULL, "rtsp://u@h/1" },
		{ "rtsp://h/1", "u", "pw", "rtsp://u:pw@h/1" },
		{ "rtsp://h/1", "u@x", "a:b/c?d#e@f%20 g",
		    "rtsp://u%40x:a%3Ab%2Fc%3Fd%23e%40f%2520%20g@h/1" },
		{ "rtsp://h/1", "\xc3\xa4", "[!]",
		    "rtsp://%C3%A4:%5B!%5D@h/1" },
		{ "rtsp://h:8554/a://b", "u", "p", "rtsp://u:p@h:8554/a://b" },
		{ "no-scheme", "u", "p", "no-scheme" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *is =
		    ffline_url(rows[i].url, rows[i].user, rows[i].password);

		assert_string_equal(is, rows[i].is);
		free(is);
	}
}

#define N_OTHERS 19 /* tests without a case */

/* The facts of a worker as letters: reader, inlet, camera, fed, output. */
static void
put_facts(struct buf *b, const struct plan_worker *w)
{
	buf_putf(b, "%s:%s%s%s%s%s ", w->name, plan_is_reader(w) ? "r" : "",
	    plan_is_inlet(w) ? "i" : "", plan_is_camera(w) ? "c" : "",
	    plan_is_fed(w) ? "f" : "", plan_is_output(w) ? "o" : "");
}

/* What is asked about workers, for each role and each link that it may have. */
static void
test_facts(void **state UNUSED)
{
#define TWO ",\"outputs\":[{\"url\":\"rtmp://a/b/c\"},{\"url\":\"d.mkv\"}]}"
#define FED "\"size\":\"64x48\",\"fps\":5,\"command\":[\"a\"]"
	static const struct {
		const char *profile, *facts;
	} rows[] = {
		{ "{" RTSP OUT, "direct:r " },
		{ "{\"source\":[{\"url\":\"a\"},{\"url\":\"b\"}]" TWO,
		    "source:ri source2:ri rtmp:fo file:fo " },
		{ "{\"source\":{\"frames\":{" FED "}}" OUT,
		    "producer: encoder:f " },
		{ "{\"source\":{\"frames\":{" FED "}},\"standby\":true" TWO,
		    "producer: encoder:f encoder2:f rtmp:fo file:fo " },
		{ "{" RTSP ",\"fallback\":{},\"video\":{\"size\":\"64x48\","
		  "\"fps\":5}" OUT,
		    "source:r encoder:f " },
		{ "{\"source\":{\"h264\":{\"command\":[\"a\"]}}" OUT,
		    "producer:c rtmp:fo " },
	};
#undef TWO
#undef FED
	struct plan plan;
	struct buf b;

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct profile *p = read_profile(rows[i].profile);

		plan_make(&plan, p);
		buf_init(&b, 0);
		for (size_t k = 0; k < plan.n_workers; k++)
			put_facts(&b, &plan.workers[k]);
		assert_string_equal(buf_text(&b), rows[i].facts);
		buf_clear(&b);
		profile_free(p);
	}
}

int
main(void)
{
	struct CMUnitTest tests[NELEM(cases) + N_OTHERS] = {
		cmocka_unit_test(test_direct),
		cmocka_unit_test(test_p6_turns),
		cmocka_unit_test(test_p17_flags),
		cmocka_unit_test(test_n18_filters),
		cmocka_unit_test(test_p9_image2),
		cmocka_unit_test(test_m4_layout),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_self),
		cmocka_unit_test(test_decoded),
		cmocka_unit_test(test_decoded_size),
		cmocka_unit_test(test_spare),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_slate),
		cmocka_unit_test(test_args),
		cmocka_unit_test(test_gates),
		cmocka_unit_test(test_positions),
		cmocka_unit_test(test_list_line),
		cmocka_unit_test(test_url),
	};

	for (size_t i = 0; i < NELEM(cases); i++)
		tests[N_OTHERS + i] =
		    (struct CMUnitTest){ .name = cases[i].name,
			    .test_func = test_golden,
			    .initial_state = (void *)(uintptr_t)i };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
