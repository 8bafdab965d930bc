/* SPDX-License-Identifier: ISC */
/* The class of the end of a run; the last ones are kept. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "ffmpeg/ffplace.h"
#include "process/child.h"
#include "process/ending.h"
#include "process/runlog.h"
#include "process/standstill.h"

#define NOW_MS	INT64_C(100000)
#define EXIT(n) ((n) << 8) /* as wait(2) has it */

/* One run: its words (NULL: none) at which time, and how it ended. */
struct row {
	struct ending_run run;
	const char *said;
	int64_t at_ms;
	int status;
	enum fail_class class;
	enum fail_detail detail;
	enum fail_side side;
	const char *subject, *text;
};

static const struct child_error no_program = {
	.stage = CHILD_STAGE_FIND, .err = ENOENT, .what = "ffmpeg"
};
static const struct child_error no_directory = {
	.stage = CHILD_STAGE_BEFORE, .err = EACCES, .what = "/rec"
};
static const struct child_error no_content = { .stage = CHILD_STAGE_BEFORE,
	.err = ENODATA,
	.what = "/v/a.mp4: the file is empty" };
static const struct child_error no_process = { .stage = CHILD_STAGE_FORK,
	.err = EAGAIN };
static const struct child_error outdated = {
	.stage = CHILD_STAGE_BEFORE, .err = ESTALE, .what = "ffmpeg"
};

static const struct row rows[] = {
	{ .run = { .ffmpeg = true },
	    .said = "tcp: Connection refused",
	    .at_ms = NOW_MS,
	    .status = EXIT(1),
	    .class = FAIL_REFUSED,
	    .text = "tcp: Connection refused" },
	/* words from long before are not a cause */
	{ .run = { .ffmpeg = true },
	    .said = "tcp: Connection refused",
	    .at_ms = NOW_MS - 10001,
	    .status = EXIT(1),
	    .class = FAIL_EXIT,
	    .text = "exit 1" },
	/* a program's last words say what its status does not */
	{ .said = "no camera here",
	    .at_ms = NOW_MS,
	    .status = EXIT(3),
	    .class = FAIL_PRODUCER,
	    .side = SIDE_PROGRAM,
	    .text = "exit 3: no camera here" },
	{ .run = { .ffmpeg = true },
	    .status = EXIT(0),
	    .class = FAIL_ENDED,
	    .side = SIDE_SOURCE,
	    .text = "exit 0" },
	{ .run = { .ffmpeg = true },
	    .status = SIGSEGV,
	    .class = FAIL_CRASH,
	    .side = SIDE_MACHINE,
	    .text = "signal SIGSEGV" },
	/* we ended it */
	{ .run = { .ffmpeg = true, .stopped = true },
	    .status = SIGTERM,
	    .class = FAIL_NONE,
	    .text = "signal SIGTERM" },
	{ .run = { .ffmpeg = true, .stopped = true, .cause = FAIL_STALL },
	    .status = SIGKILL,
	    .class = FAIL_STALL,
	    .text = "signal SIGKILL" },
	/* it never became the program */
	{ .run = { .ffmpeg = true, .unborn = &no_program },
	    .status = EXIT(127),
	    .class = FAIL_SPAWN,
	    .detail = DETAIL_MISSING,
	    .side = SIDE_MACHINE,
	    .subject = "ffmpeg",
	    .text = "ffmpeg: find program: No such file or directory" },
	{ .run = { .ffmpeg = true, .unborn = &no_directory },
	    .status = EXIT(127),
	    .class = FAIL_DISK,
	    .detail = DETAIL_PERMISSION,
	    .side = SIDE_OUTPUT,
	    .subject = "/rec",
	    .text = "/rec: Permission denied" },
	{ .run = { .ffmpeg = true, .unborn = &no_content },
	    .status = EXIT(127),
	    .class = FAIL_INPUT,
	    .detail = DETAIL_EMPTY,
	    .side = SIDE_SOURCE,
	    .subject = "/v/a.mp4",
	    .text = "/v/a.mp4: the file is empty" },
	{ .run = { .ffmpeg = true, .unborn = &no_process },
	    .status = EXIT(127),
	    .class = FAIL_MEMORY,
	    .side = SIDE_MACHINE,
	    .subject = "",
	    .text = NULL },
	{ .run = { .ffmpeg = true, .unborn = &outdated },
	    .status = EXIT(127),
	    .class = FAIL_NONE,
	    .text = NULL },
};

/* A run that stood still until NOW_MS, and what it said at which time: the line
 * that was told with the proof. */
static char *
still_also(bool ffmpeg, int64_t media_ms, const char *const *said,
    const int64_t *at_ms, size_t n)
{
	static const struct standstill still = { .text = (char *)"it is mute",
		.side = SIDE_OUTPUT,
		.ends.output.place = "srv:1935" };
	struct runlog log;
	struct ending_run run = { .log = &log,
		.ffmpeg = ffmpeg,
		.stopped = true,
		.cause = FAIL_STALL,
		.still = &still,
		.stopped_ms = NOW_MS,
		.media_ms = media_ms };
	struct ending e;

	runlog_init(&log, 10, 2);
	runlog_begin(&log, 1);
	for (size_t i = 0; i < n; i++)
		runlog_add(&log, said[i], 1, at_ms[i]);
	e = ending_make(&run, EXIT(255), NOW_MS + 400, 99);
	runlog_clear(&log);
	assert_int_equal(e.class, FAIL_STALL);
	assert_int_equal(e.side, SIDE_OUTPUT);
	assert_string_equal(e.subject, "srv:1935");
	assert_string_equal(e.text, "it is mute");
	free(e.subject);
	free(e.text);
	return e.also;
}

/* The proof is the standstill, and the newest telling line before it: what comes
 * later is an answer to our own signal. */
static void
test_w5_proof(void **state UNUSED)
{
	static const char *const hls[] = {
		"[https @ 0x1] [warning] HTTP error 404 Not Found",
		"[hls @ 0x2] [warning] Failed to open segment 1 of playlist 0",
		"[https @ 0x3] [warning] HTTP error 404 Not Found",
		"[error] http://x/x.m3u8: Immediate exit requested"
	};
	static const int64_t at[] = { NOW_MS - 11000, NOW_MS - 11000, NOW_MS,
		NOW_MS + 100 };
	static const char *const words[] = { "warming up" };
	char *also;

	also = still_also(true, -1, hls, at, 4);
	assert_string_equal(also, "HTTP error 404 Not Found (2 times)");
	free(also);
	/* after frames, only what was said lately */
	also = still_also(true, 5000, hls, at, 4);
	assert_string_equal(also, "HTTP error 404 Not Found");
	free(also);
	assert_null(still_also(true, 5000, hls, at, 2));
	also = still_also(false, -1, words, at, 1);
	assert_string_equal(also, "warming up");
	free(also);
}

static void
test_rows(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct row *row = &rows[i];
		struct ending_run run = row->run;
		struct endings kept = { .n = 0 };
		struct runlog log;
		struct ending e;

		runlog_init(&log, 10, 2);
		runlog_begin(&log, 7);
		if (row->said != NULL)
			runlog_add(&log, row->said, 1, row->at_ms);
		run.log = &log;
		run.number = 7;
		run.begun_ms = NOW_MS - 5000;
		run.media_ms = -1;
		e = ending_make(&run, row->status, NOW_MS, 99);
		if (e.class != row->class ||
		    (row->text != NULL && strcmp(e.text, row->text) != 0))
			fail_msg("row %zu: %s, %s", i, ffclass_names[e.class],
			    e.text);
		assert_int_equal(e.detail, row->detail);
		assert_int_equal(e.side, row->side);
		assert_true(util_streq(e.subject, row->subject));
		assert_int_equal(e.policy, ffclass_policy(e.class));
		assert_int_equal(e.run, 7);
		assert_int_equal(e.wall, 99);
		assert_int_equal(e.lived_ms, 5000);
		ending_keep(&kept, &e);
		ending_clear(&kept);
		runlog_clear(&log);
	}
	assert_true(ending_is_outdated(&outdated));
	assert_false(ending_is_outdated(&no_directory));
	assert_false(ending_is_outdated(NULL));
}

/* W5, W8: the proof is what the run said before we stopped it, without tags; a
 * second line names the thing; the time is told where it is the proof. */
static void
test_w5_w8_proof(void **state UNUSED)
{
	struct ffplaces places = {
		.source = { .address = (char *)(uintptr_t) "rtsp://cam:554/x",
		    .timeout_ms = 20000 },
	};
	struct endings es = { .n = 0 };
	struct runlog log;
	struct ending_run run = { .log = &log, .ffmpeg = true, .media_ms = -1 };
	struct ending e;
	char *said;

	runlog_init(&log, 10, 2);
	runlog_begin(&log, 1);
	runlog_add(&log,
	    "[rtsp @ 0x5] [error] method DESCRIBE failed: 404 Not "
	    "Found",
	    1, NOW_MS - 100);
	runlog_add(&log,
	    "[error] rtsp://cam:554/x: Server returned 404 Not "
	    "Found",
	    1, NOW_MS - 90);
	runlog_add(&log, "[error] x: Permission denied", 1, NOW_MS);
	run.places = &places;
	run.cause = FAIL_START;
	run.stopped = true;
	run.stopped_ms = NOW_MS - 50;
	run.begun_ms = NOW_MS - 5000;
	e = ending_make(&run, EXIT(255), NOW_MS, 99);
	assert_int_equal(e.class, FAIL_NOTFOUND);
	assert_int_equal(e.side, SIDE_SOURCE);
	assert_string_equal(e.subject, "cam:554/x");
	assert_string_equal(e.text, "method DESCRIBE failed: 404 Not Found");
	assert_string_equal(
	    e.also, "rtsp://cam:554/x: Server returned 404 Not Found");
	said = ending_say(&e);
	assert_string_equal(said,
	    "notfound after 5.0 s: method DESCRIBE failed: 404 Not Found; "
	    "rtsp://cam:554/x: Server returned 404 Not Found");
	free(said);
	ending_keep(&es, &e);

	runlog_begin(&log, 2);
	runlog_add(&log,
	    "[error] rtsp://cam:554/x: Invalid data found when "
	    "processing input",
	    1, NOW_MS);
	run.cause = FAIL_NONE;
	run.stopped = false;
	run.stopped_ms = 0;
	run.begun_ms = NOW_MS - 20100;
	e = ending_make(&run, EXIT(1), NOW_MS, 99);
	assert_int_equal(e.class, FAIL_TIMEOUT);
	assert_string_equal(e.text,
	    "no answer after 20.1 s: rtsp://cam:554/x: Invalid data found when "
	    "processing input");
	ending_keep(&es, &e);
	ending_clear(&es);
	runlog_clear(&log);
}

/* A start that failed is an ending, too; the newest come first, the oldest make
 * room. */
static void
test_kept(void **state UNUSED)
{
	struct endings es = { .n = 0 };
	char *said;

	assert_null(ending_last(&es));
	for (unsigned i = 1; i <= ENDINGS_MAX + 2; i++) {
		struct ending e = ending_failed(i, FAIL_MEMORY, "pipes", 5);

		ending_keep(&es, &e);
		assert_int_equal(ending_last(&es)->run, i);
	}
	assert_int_equal(es.n, ENDINGS_MAX);
	assert_int_equal(es.v[ENDINGS_MAX - 1].run, 3);
	said = ending_say(ending_last(&es));
	assert_string_equal(said, "memory after 0 ms: pipes");
	free(said);
	ending_clear(&es);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_w5_w8_proof),
		cmocka_unit_test(test_w5_proof),
		cmocka_unit_test(test_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
