/* SPDX-License-Identifier: ISC */
/* Conflicts between two streams are found, however they are written; names that
 * only look alike are not conflicts. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/errors.h"
#include "base/util.h"
#include "daemon/claims.h"
#include "profile/expand.h"
#include "profile/parse.h"
#include "profile/profile.h"

static struct errors errs;
static const struct claims_disk *disk; /* NULL: none */

static struct profile *
parse(const char *name, const char *text)
{
	struct expand_env env = { .stream = name };
	struct errors wrong = { 0 };
	struct jsonc doc = { 0 };
	char *file = xasprintf("%s.json", name);
	struct profile *p;

	assert_int_equal(
	    jsonc_parse(&doc, file, text, strlen(text), &wrong), 0);
	p = parse_profile(&doc, name, NULL, &env, &wrong);
	if (p == NULL)
		fail_msg("%s: %s", text, wrong.v[0].text);
	jsonc_clear(&doc);
	errors_clear(&wrong);
	free(file);
	return p;
}

/* Compare two profiles; the number of errors. */
static size_t
clash(const char *a, const char *b)
{
	struct profile *p[] = { parse("a", a), parse("b", b) };

	errors_clear(&errs);
	claims_check((const struct profile *const *)p, 2, disk, &errs);
	profile_free(p[0]);
	profile_free(p[1]);
	return errs.n - errs.n_warnings;
}

#define SOURCE "\"source\":{\"url\":\"rtsp://cam/1\"},\"outputs\":"

/* Two outputs of two profiles. */
static size_t
clash_outputs(const char *a, const char *b)
{
	char *x = xasprintf("{" SOURCE "[{%s}]}", a);
	char *y = xasprintf("{" SOURCE "[{%s}]}", b);
	size_t n = clash(x, y);

	free(x);
	free(y);
	return n;
}

/* Two addresses. */
static size_t
clash_urls(const char *a, const char *b)
{
	char *x = xasprintf("\"url\":\"%s\"", a);
	char *y = xasprintf("\"url\":\"%s\"", b);
	size_t n = clash_outputs(x, y);

	free(x);
	free(y);
	return n;
}

/* Two patterns; the first may have limits. */
static size_t
clash_records(const char *a, const char *b, const char *limits)
{
	char *x = xasprintf("\"record\":\"%s\"%s", a, limits);
	char *y = xasprintf("\"record\":\"%s\"", b);
	size_t n = clash_outputs(x, y);

	free(x);
	free(y);
	return n;
}

static void
test_n4_records(void **state UNUSED)
{
	static const char full[] = "/rec/%Y-%m-%d_%H-%M-%S.mkv";

	assert_int_equal(clash_records(full, full, ""), 1);
	assert_string_equal(errs.v[0].file, "b.json");
	assert_int_equal(errs.v[0].line, 1);
	assert_true(errs.v[0].col > 1);
	assert_non_null(strstr(errs.v[0].text, "a.json:1:"));
	assert_non_null(strstr(errs.v[0].text, "outputs[0].record"));
	assert_non_null(strstr(errs.v[0].text, "${FFSUP_STREAM}"));
	assert_int_equal(clash_records(full, "/rec/%F_%H-%M-%S.mkv", ""), 1);
	assert_int_equal(clash_records(full, "//rec/./%F_%H-%M-%S.mkv", ""), 1);
	assert_int_equal(
	    clash_records(full, "/x/../y/z/../../rec/%F_%H-%M-%S.mkv", ""), 1);
	assert_int_equal(
	    clash_records("a/b.%s.mkv", "./c/../a/b.%s.mkv", ""), 1);
	assert_int_equal(clash_records("../a/%s.mkv", "../../a/%s.mkv", ""), 0);
	assert_int_equal(clash_records(full, "/rec/b/%F_%H-%M-%S.mkv", ""), 0);
	assert_int_equal(errs.n, 0);
	assert_int_equal(clash_records(full, "/rec/%F_%H-%M-%S.ts", ""), 0);
	assert_int_equal(clash_records("/rec/${FFSUP_STREAM}/%s.mkv",
			     "/rec/${FFSUP_STREAM}/%s.mkv", ""),
	    0);
	assert_int_equal(errs.n, 0);
}

/* "/link" leads to "/disk/rec", and "/dead" does not answer. */
static void
look_up(void *ctx UNUSED, const struct strv *paths, struct strv *found)
{
	for (size_t i = 0; i < paths->n; i++)
		if (util_has_prefix(paths->v[i], "/link"))
			strv_pushf(found, "/disk/rec%s", paths->v[i] + 5);
		else
			strv_push(found,
			    util_has_prefix(paths->v[i], "/dead")
				? ""
				: paths->v[i]);
}

/* Paths count as their targets; where the disk does not answer, as they are
 * written. */
static void
test_links(void **state UNUSED)
{
	static const struct claims_disk links = { look_up, NULL };
	static const char limits[] = ",\"max_age\":\"1d\"";

	for (int pass = 0; pass < 2; pass++) {
		disk = pass == 0 ? NULL : &links;
		assert_int_equal(
		    clash_records("/link/%s.mkv", "/disk/rec/%s.mkv", ""),
		    pass);
		assert_int_equal(
		    clash_records("/disk/%%/%s.mkv", "/disk/%%/%s.mkv", ""), 1);
		assert_int_equal(clash_records("/link/%Y/%m.%s.mkv",
				     "/disk/rec/2026/%m.%s.mkv", limits),
		    pass);
		assert_int_equal(
		    clash_urls("/link/x.ts", "/disk/rec/./x.ts"), pass);
		/* said once, not for the segments again */
		assert_int_equal(
		    clash_urls("/link/x.m3u8", "/disk/rec/x.m3u8"), pass);
		assert_int_equal(clash_records("/link/%Y.%s.ts",
				     "/disk/rec/%Y.%s.mkv", limits),
		    0);
		assert_int_equal(
		    clash_records("/dead/%s.mkv", "/dead/a/../%s.mkv", ""), 1);
		assert_int_equal(clash_urls("/link/x.ts", "/disk/x.ts"), 0);
	}
	disk = NULL;
}

/* One pattern makes the names that the other's files get when a directory
 * cannot be made. */
static void
test_beside(void **state UNUSED)
{
	static const char limits[] = ",\"max_age\":\"1d\"";

	assert_int_equal(clash_records("/r/%Y-%m/%d/%H-%M-%S.ts",
			     "/r/%Y-%m+%d+%H-%M-%S.ts", limits),
	    1);
	assert_int_equal(clash_records("/r/%Y-%m/%d/%H-%M-%S.ts",
			     "/r/%Y-%m/%d+%H-%M-%S.ts", limits),
	    1);
	assert_int_equal(clash_records("/r/%Y-%m/%d/%H-%M-%S.ts",
			     "/r/%Y-%m+%d/%H-%M-%S.ts", limits),
	    0);
	assert_int_equal(clash_records("/r/%Y-%m/%d/%H-%M-%S.ts",
			     "/r/%Y-%m_%d_%H-%M-%S.ts", limits),
	    0);
}

/* ffmpeg takes one slash for two. */
static void
test_one_slash(void **state UNUSED)
{
	assert_int_equal(
	    clash_urls("rtmp:/me:pw@h/live/key", "rtmp://h:1935/live/key"), 1);
	assert_int_equal(
	    clash_urls("srt:/:9?mode=listener", "srt://:9?mode=listener"), 1);
	assert_int_equal(clash_urls("rtmp:/h/live/a", "rtmp:/h/live/b"), 0);
}

/* Whether a file whose name has so many letters, and this suffix, is
 * refused. */
static bool
is_too_long(int letters, const char *end)
{
	char *name = xasprintf("/rec/%0*d%s", letters, 0, end);
	char *text = xasprintf("\"url\":\"%s\"", name);
	size_t n = clash_outputs(text, "\"url\":\"rtmp://h/a/b\"");

	free(text);
	free(name);
	if (n > 0)
		assert_non_null(strstr(
		    errs.v[0].text, "outputs[0].url: makes a name of 2"));
	return n > 0;
}

/* Including the suffix of names while they are written. */
static void
test_long_names(void **state UNUSED)
{
	assert_false(is_too_long(252, ".ts"));
	assert_true(is_too_long(253, ".ts"));
	assert_true(is_too_long(256, "/x.ts"));
	assert_false(is_too_long(230, ".m3u8"));
	assert_true(is_too_long(245, ".m3u8"));
}

/* Not equal, but one pattern makes names of the other. */
static void
test_n4_overlap(void **state UNUSED)
{
	static const char limits[] = ",\"max_age\":\"1d\"";

	assert_int_equal(
	    clash_records("/rec/%s.mkv", "/rec/2%j%H%M%S.mkv", ""), 0);
	assert_int_equal(errs.n_warnings, 1);
	assert_int_equal(
	    clash_records("/rec/%s.mkv", "/rec/2%j%H%M%S.mkv", limits), 1);
	assert_non_null(strstr(errs.v[0].text, "would remove"));
	/* the files of the other have names that these limits do not touch */
	assert_int_equal(
	    clash_records("/rec/2%j%H%M%S.mkv", "/rec/%s.mkv", limits), 0);
	assert_int_equal(errs.n_warnings, 1);
	assert_int_equal(
	    clash_records("/rec/a%s.mkv", "/rec/b%s.mkv", limits), 0);
	assert_int_equal(errs.n, 0);
}

static void
test_n4_addresses(void **state UNUSED)
{
	static const char *const same[][2] = {
		{ "rtmp://h/live/key", "rtmp://h/live/key" },
		{ "rtmp://h/live/key", "RTMP://H:1935/live/key/" },
		{ "rtmp://me:secret@h/live/key", "rtmp://h/live/key" },
		{ "rtsp://localhost:554/a", "rtsp://127.0.0.1/a" },
		{ "srt://h:9000?streamid=a", "srt://h:9000?streamid=a" },
		{ "udp://239.1.1.1:5000?pkt_size=1316",
		    "udp://239.1.1.1:5000" },
		{ "udp://[ff02::1]:5000", "udp://[FF02::1]:5000" },
		{ "/srv/live.m3u8", "/srv//live.m3u8" },
		{ "/srv/x.mp4", "file:/srv/./x.mp4" },
		{ "srt://:9000?mode=listener",
		    "srt://0.0.0.0:9000?latency=1&mode=listener" },
		{ "tcp://127.0.0.1:9000?listen", "http://:9000/x?listen=1" },
	};
	static const char *const other[][2] = {
		{ "rtmp://h/live/key", "rtmp://h/live/key2" },
		{ "rtmp://h/live/key", "rtmp://h2/live/key" },
		{ "rtmp://h/live/key", "rtmp://h:1936/live/key" },
		{ "rtmp://h/live/key?token=1", "rtmp://h/live/key?token=2" },
		{ "srt://h:9000?streamid=a", "srt://h:9000?streamid=b" },
		{ "srt://:9000?mode=listener", "srt://:9001?mode=listener" },
		{ "srt://:9000?mode=listener", "tcp://:9000?listen=1" },
		{ "tcp://h:9000?listen=0", "tcp://h:9000/x?listen=1" },
		{ "/srv/a.m3u8", "/srv/b.m3u8" },
		{ "/dev/null", "/dev/null" },
		{ "pipe:1", "pipe:1" },
	};

	for (size_t i = 0; i < NELEM(same); i++)
		if (clash_urls(same[i][0], same[i][1]) != 1)
			fail_msg("%s, %s", same[i][0], same[i][1]);
	assert_null(strstr(errs.v[0].text, "secret"));
	for (size_t i = 0; i < NELEM(other); i++)
		if (clash_urls(other[i][0], other[i][1]) != 0)
			fail_msg("%s, %s", other[i][0], other[i][1]);
}

/* An option beside the address is part of the claim. */
static void
test_n4_options(void **state UNUSED)
{
	static const char a[] = "\"url\":\"srt://h:9000\","
				"\"options\":{\"srt_streamid\":\"a\"}";
	static const char b[] = "\"url\":\"srt://h:9000\","
				"\"options\":{\"srt_streamid\":\"b\"}";

	assert_int_equal(clash_outputs(a, a), 1);
	assert_int_equal(clash_outputs(a, b), 0);
}

#define OUT(name) ",\"outputs\":[{\"url\":\"rtmp://h/l/" name "\"}]}"

static void
test_n4_sources(void **state UNUSED)
{
	static const char fifo[] =
	    "{\"source\":{\"h264\":{\"fifo\":\"/run/x\"}}";
	static const char *const listeners[] = {
		"{\"source\":{\"url\":\"srt://:9000?mode=listener\"}",
		"{\"source\":{\"url\":\"udp://@:9000\"}",
		"{\"source\":{\"url\":\"udp://0.0.0.0:9000\"}",
	};
	char *a = xasprintf("%s" OUT("a"), fifo), *b;

	b = xasprintf("%s" OUT("b"), fifo);
	assert_int_equal(clash(a, b), 1);
	assert_non_null(strstr(errs.v[0].text, "source.h264.fifo"));
	assert_true(errs.v[0].line == 1);
	free(a);
	for (size_t i = 0; i < NELEM(listeners); i++)
		for (size_t k = 0; k < NELEM(listeners); k++) {
			a = xasprintf("%s" OUT("a"), listeners[i]);
			free(b);
			b = xasprintf("%s" OUT("b"), listeners[k]);
			assert_int_equal(clash(a, b), 1);
			free(a);
		}
	free(b);
	/* many may watch a camera, and receive from a group */
	assert_int_equal(clash("{\"source\":{\"url\":\"rtsp://c/1\"}" OUT("a"),
			     "{\"source\":{\"url\":\"rtsp://c/1\"}" OUT("b")),
	    0);
	assert_int_equal(
	    clash("{\"source\":{\"url\":\"udp://239.0.0.1:1\"}" OUT("a"),
		"{\"source\":{\"url\":\"udp://239.0.0.1:1\"}" OUT("b")),
	    0);
}

/* One profile: the same things in other words; one that does not run. */
static void
test_one_profile(void **state UNUSED)
{
	struct profile *p = parse("a",
	    "{" SOURCE "[{\"record\":\"/r/%F_%s.mkv\"},"
	    "{\"record\":\"/r/%Y-%m-%d_%s.mkv\"}]}");

	errors_clear(&errs);
	claims_check((const struct profile *const *)&p, 1, disk, &errs);
	assert_int_equal(errs.n, 1);
	assert_non_null(strstr(errs.v[0].text, "by outputs[0].record: "));
	profile_free(p);
	assert_int_equal(
	    clash("{" SOURCE "[{\"url\":\"rtmp://h/a\"}]}",
		"{\"enabled\":false," SOURCE "[{\"url\":\"rtmp://h/a\"}]}"),
	    0);
}

/* Files with numbers that begin again. */
static void
test_w11_numbers(void **state UNUSED)
{
	static const char other[] = "\"url\":\"rtmp://h/l\"";
	static const char *const lost[] = {
		"\"url\":\"/t/%05d.jpg\"",
		"\"url\":\"/t/%05d.x\",\"format\":\"image2\"",
		"\"url\":\"/t/%03d.ts\",\"format\":\"segment\"",
		"\"url\":\"/t/x.ts\",\"format\":\"ssegment\"",
		"\"url\":\"file:/t/%d.ts\",\"format\":\"stream_segment\"",
		"\"url\":\"/t/%d.ts\",\"format\":\"Segment\"",
		"\"url\":\"/t/%d.ts\",\"format\":\"segment\",\"options\":{\"segment_wrap\":9}",
		"\"url\":\"/t/%s.ts\",\"format\":\"segment\",\"options\":{\"strftime\":1}",
		"\"url\":\"/t/%d.ts\",\"format\":\"segment\",\"options\":{\"strftime:0\":0}",
		"\"url\":\"/t/%F_%T.jpg\",\"options\":{\"strftime\":1}",
		"\"url\":\"/t/x.jpg\"",
		"\"url\":\"/t/x.jpg\",\"options\":{\"update\":0}",
		"\"url\":\"/t/%d.JPG\"",
		"\"url\":\"/t/%d.tga\"",
		"\"url\":\"/t/%d.gif\"",
		"\"url\":\"[f=flv]rtmp://h/a|[f=segment]/t/%d.ts\",\"format\":\"tee\"",
		"\"url\":\"/t/a.ts|udp://h:1\",\"format\":\"tee\"",
		"\"url\":\"udp://h:1|/t/a.ts\",\"format\":\"tee\"",
		"\"url\":\"tee:udp://h:1|/t/a.ts\",\"format\":\"mpegts\"",
		"\"url\":\"crypto:/t/a.ts\",\"format\":\"mpegts\"",
		"\"url\":\"/t/%d.ts\",\"format\":\"fifo\",\"options\":{\"fifo_format\":\"segment\"}",
	};
	static const char *const kept[] = {
		"\"url\":\"/t/x.jpg\",\"options\":{\"update\":1}",
		"\"url\":\"/t/x.gif\"",
		"\"url\":\"/t/%d.ts\"",
		"\"url\":\"/t/x.m3u8\"",
		"\"url\":\"/t/x.mpd\"",
		"\"url\":\"[f=flv]rtmp://h/a|[f=mpegts]udp://h:1\",\"format\":\"tee\"",
		"\"url\":\"http://h/%d.ts\",\"format\":\"segment\"",
		"\"url\":\"/t/x.ts\",\"format\":\"mpegts\"",
	};

	for (size_t i = 0; i < NELEM(lost); i++)
		if (clash_outputs(lost[i], other) != 1)
			fail_msg("%s", lost[i]);
	for (size_t i = 0; i < NELEM(kept); i++)
		if (clash_outputs(kept[i], other) != 0)
			fail_msg("%s", kept[i]);
}

/* Segments, and files that are not recordings, are claimed as well. */
static void
test_s5_segments(void **state UNUSED)
{
	static const struct {
		const char *a, *b;
		size_t n;
	} rows[] = {
		{ "\"url\":\"/h/a.m3u8\"",
		    "\"url\":\"/h/a\",\"format\":\"hls\"", 1 },
		{ "\"url\":\"/h/a.m3u8\"", "\"url\":\"/h//a.m3u8\"", 1 },
		{ "\"url\":\"/h/a.m3u8\"",
		    "\"url\":\"/h/b.m3u8\",\"options\":{\"hls_segment_filename\":\"/h/a-%03d.ts\"}",
		    1 },
		{ "\"url\":\"/h/a.m3u8\"", "\"url\":\"/h/b.m3u8\"", 0 },
		{ "\"url\":\"/h/a.m3u8\"", "\"url\":\"/g/a.m3u8\"", 0 },
		{ "\"record\":\"/h/a-%s.ts\",\"max_size\":\"1GB\"",
		    "\"url\":\"/h/a-1234567890.ts\"", 1 },
		{ "\"record\":\"/h/%s.ts\",\"max_size\":\"1GB\"",
		    "\"url\":\"/h/1234567890.ts\"", 1 },
		{ "\"record\":\"/h/%s.ts\"", "\"url\":\"/h/1234567890.ts\"",
		    0 },
		{ "\"record\":\"/h/a-%H%M%-S.ts\",\"max_size\":\"1GB\"",
		    "\"url\":\"/h/a.m3u8\"", 1 },
		{ "\"record\":\"/h/b-%H%M%-S.ts\",\"max_size\":\"1GB\"",
		    "\"url\":\"/h/a.m3u8\"", 0 },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		if (clash_outputs(rows[i].a, rows[i].b) != rows[i].n ||
		    clash_outputs(rows[i].b, rows[i].a) != rows[i].n)
			fail_msg("%s, %s", rows[i].a, rows[i].b);
	}
}

/* A thousand recordings in one directory are compared in no time. */
static void
test_many(void **state UNUSED)
{
	static struct profile *p[1000];
	char name[16], text[256];

	for (size_t i = 0; i < NELEM(p); i++) {
		snprintf(name, sizeof(name), "cam%zu", i);
		snprintf(text, sizeof(text),
		    "{" SOURCE "[{\"record\":\"/r/%%Y/%%F_%%s-%zu.mkv\"}]}", i);
		p[i] = parse(name, text);
	}
	errors_clear(&errs);
	claims_check((const struct profile *const *)p, NELEM(p), disk, &errs);
	assert_int_equal(errs.n, 0);
	for (size_t i = 0; i < NELEM(p); i++)
		profile_free(p[i]);
}

static int
teardown(void **state UNUSED)
{
	errors_clear(&errs);
	return 0;
}

#define TEST(f) cmocka_unit_test(f)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_n4_records),
		TEST(test_links),
		TEST(test_beside),
		TEST(test_one_slash),
		TEST(test_long_names),
		TEST(test_n4_overlap),
		TEST(test_n4_addresses),
		TEST(test_n4_options),
		TEST(test_n4_sources),
		TEST(test_one_profile),
		TEST(test_w11_numbers),
		TEST(test_s5_segments),
		TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
