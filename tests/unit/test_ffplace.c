/* SPDX-License-Identifier: ISC */
/* The addresses at the ends of a worker, and whether a line names one. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/util.h"
#include "ffmpeg/ffargs.h"
#include "ffmpeg/ffplace.h"
#include "ffmpeg/ffver.h"
#include "profile/plan.h"
#include "readprofile.h"

struct row {
	const char *json;
	const char *worker; /* its name */
	const char *source, *output;
	bool login, files, fed;
	int64_t source_ms, output_ms;
};

static const struct row rows[] = {
	{ .json = "{\"source\":{\"url\":\"rtsp://cam/x\","
		  "\"user\":\"u\",\"password\":\"secret12\"}," OUT "}",
	    .worker = "direct",
	    .source = "rtsp://cam/x",
	    .output = "rtmp://srv/live/abcdefgh",
	    .login = true,
	    .source_ms = 20000,
	    .output_ms = 20000 },
	{ .json = "{\"source\":{\"url\":\"rtsp://u:secret12@cam/x\","
		  "\"options\":{\"timeout\":5000000}}," OUT "}",
	    .worker = "direct",
	    .source = "rtsp://u:secret12@cam/x",
	    .output = "rtmp://srv/live/abcdefgh",
	    .login = true,
	    .source_ms = 5000,
	    .output_ms = 20000 },
	{ .json = "{\"source\":{\"url\":\"http://h/film.mp4?x=1\"}," OUT "}",
	    .worker = "direct",
	    .source = "http://h/film.mp4?x=1",
	    .output = "rtmp://srv/live/abcdefgh",
	    .files = true,
	    .source_ms = 20000,
	    .output_ms = 20000 },
	{ .json = "{\"source\":{\"device\":\"/dev/video0\"}," OUT "}",
	    .worker = "direct",
	    .source = "/dev/video0",
	    .output = "rtmp://srv/live/abcdefgh",
	    .output_ms = 20000 },
	{ .json = "{\"source\":{\"files\":[\"/a.mp4\",\"/b.mp4\"]}," OUT "}",
	    .worker = "direct",
	    .source = NULL,
	    .output = "rtmp://srv/live/abcdefgh",
	    .files = true,
	    .output_ms = 20000 },
	{ .json = "{\"source\":{\"frames\":{\"size\":\"64x48\",\"fps\":25,"
		  "\"command\":[\"x\"]}}," OUT "}",
	    .worker = "encoder",
	    .output = "rtmp://srv/live/abcdefgh",
	    .fed = true,
	    .output_ms = 20000 },
	{ .json = "{\"source\":{\"frames\":{\"size\":\"64x48\",\"fps\":25,"
		  "\"command\":[\"x\"]}}," OUT "}",
	    .worker = "producer" },
	{ .json = "{\"args\":[\"-f\",\"lavfi\",\"-i\",\"testsrc\",\"/a.mkv\"]}",
	    .worker = "direct",
	    .source = "testsrc",
	    .output = "/a.mkv",
	    .files = true },
};

static void
expect_places(const struct row *row, const struct profile *p)
{
	struct ffver ver;
	struct strv argv = { 0 };
	struct ffplaces f;
	struct plan plan;
	size_t i = 0;

	ffver_parse(&ver, "ffmpeg version 5.1.6");
	plan_make(&plan, p);
	while (i < plan.n_workers &&
	    !util_streq(plan.workers[i].name, row->worker))
		i++;
	assert_true(i < plan.n_workers);
	if (plan.workers[i].ffmpeg)
		ffargs_worker(&argv, p, &plan.workers[i], "ffmpeg", &ver);
	ffplaces_find(&f, p, &plan.workers[i], &argv);
	assert_true(util_streq(f.source.address, row->source));
	assert_true(util_streq(f.output.address, row->output));
	assert_int_equal(f.source.login, row->login);
	assert_int_equal(f.source.files, row->files);
	assert_int_equal(f.fed, row->fed);
	assert_int_equal(f.source.timeout_ms, row->source_ms);
	assert_int_equal(f.output.timeout_ms, row->output_ms);
	ffplaces_clear(&f);
	strv_clear(&argv);
}

static void
test_w2_places(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct profile *p = read_good(rows[i].json, NULL);

		expect_places(&rows[i], p);
		profile_free(p);
	}
}

/* Named, near, or another one that only looks like it. */
static void
test_w2_match(void **state UNUSED)
{
	static const struct {
		const char *address, *text;
		enum ffplace_match match;
	} match[] = {
		{ "rtsp://cam/x", "rtsp://****@cam/x: Not Found", FFPLACE_YES },
		{ "rtsp://cam/x", "tcp://cam:554 failed", FFPLACE_NEAR },
		{ "rtsp://cam/x", "tcp://camera:554 failed", FFPLACE_NO },
		{ "rtsp://cam:554/x", "tcp://cam:554?timeout=1 failed",
		    FFPLACE_NEAR },
		{ "rtsp://cam:55/x", "tcp://cam:554 failed", FFPLACE_NO },
		{ "rtsp://cam:554/x", "rtsp://cam:554/xy: no", FFPLACE_NEAR },
		{ "/v/a.mp4", "/v/a.mp4: No such file", FFPLACE_YES },
		{ "/v/a.mp4", "Failed to open '/v/b.ts'", FFPLACE_NEAR },
		{ "/v/%H.mp4", "ending segment '/v/12.mp4'", FFPLACE_NEAR },
		{ "/v/a.mp4", "/w/a.mp4", FFPLACE_NO },
		{ "/a.mp4", "/b.mp4", FFPLACE_NO },
		{ NULL, "x", FFPLACE_NO },
	};

	for (size_t i = 0; i < NELEM(match); i++)
		if (ffplace_match(match[i].address, match[i].text) !=
		    match[i].match)
			fail_msg("%s in %s", match[i].address, match[i].text);
	assert_true(ffplace_is_path("/x"));
	assert_true(ffplace_is_path("file:///x"));
	assert_false(ffplace_is_path("pipe:1"));
	assert_false(ffplace_is_path(NULL));
	assert_null(ffplace_host("/x"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_w2_places),
		cmocka_unit_test(test_w2_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
