/* SPDX-License-Identifier: ISC */
/* The common parts of two profiles, and the needs of a change. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "profile/diff.h"
#include "readprofile.h"

/* The sources that are the same in two versions. */
static void
test_same_source(void **state UNUSED)
{
	static const struct {
		const char *text;
		enum diff change;
		bool same[2];
	} rows[] = {
		{ SOURCES "]," OUT "}", DIFF_NONE, { true, true } },
		{ SOURCES "],\"prefer_after\":5," OUT "}", DIFF_LIVE,
		    { true, true } },
		{ SOURCES ",{\"url\":\"c\"}]," OUT "}", DIFF_SENDER,
		    { true, true } },
		{ "{\"source\":[{\"url\":\"a\"},{\"url\":\"c\"}]," OUT "}",
		    DIFF_SENDER, { true, false } },
		{ "{\"source\":[{\"url\":\"b\"},{\"url\":\"a\"}]," OUT "}",
		    DIFF_SENDER, { false, false } },
		{ SOURCES "],\"audio\":\"none\"," OUT "}", DIFF_SENDER,
		    { false, false } },
		{ SOURCES "],\"outputs\":[{\"url\":\"z\"}]}", DIFF_SENDER,
		    { true, true } },
		{ "{\"source\":{\"url\":\"a\"}," OUT "}", DIFF_RESTART,
		    { true, false } },
		{ "{\"source\":[{\"url\":\"a\"}],\"isolate\":true," OUT "}",
		    DIFF_RESTART, { false, false } },
	};
	struct profile *p = read_good(SOURCES "]," OUT "}", NULL), *q;

	for (size_t i = 0; i < NELEM(rows); i++) {
		q = read_good(rows[i].text, NULL);
		assert_int_equal(diff_profiles(p, q, NULL), rows[i].change);
		for (size_t k = 0; k < 2; k++)
			assert_int_equal(
			    diff_same_source(p, k, q, k), rows[i].same[k]);
		profile_free(q);
	}
	profile_free(p);
}

/* Compare a profile with the same plus some more text. */
static enum diff
compare(const char *more, char **what)
{
	struct profile *a = read_good("{" URL "," OUT "}", NULL);
	char *text = xasprintf("{" URL "," OUT "%s}", more);
	struct profile *b = read_good(text, NULL);
	enum diff change = diff_profiles(a, b, what);

	assert_int_equal(diff_profiles(b, a, NULL), change);
	profile_free(a);
	profile_free(b);
	free(text);
	return change;
}

/* Only a key that ffmpeg itself was started with asks for a restart. */
static void
test_compare(void **state UNUSED)
{
	static const struct {
		const char *more;
		enum diff change;
		const char *what;
	} rows[] = {
		{ "", DIFF_NONE, "" },
		{ ",\"x-note\":1", DIFF_NONE, "" },
		{ ",\"watchdog\":{\"stall\":15}", DIFF_NONE, "" },
		{ ",\"description\":\"d\"", DIFF_LIVE, "description" },
		{ ",\"watchdog\":{\"stall\":1}", DIFF_LIVE, "stall" },
		{ ",\"restart\":{\"auth\":{\"max\":\"1h\"}}", DIFF_LIVE,
		    "auth" },
		{ ",\"stop\":{\"grace\":1}", DIFF_LIVE, "grace" },
		{ ",\"logs\":{\"lines\":10}", DIFF_LIVE, "lines" },
		{ ",\"watchdog\":{\"frozen\":1}", DIFF_LIVE, "frozen" },
		{ ",\"limits\":{\"nice\":1}", DIFF_RESTART, "nice" },
		{ ",\"env\":{\"A\":\"1\"}", DIFF_RESTART, "env" },
		{ ",\"audio\":\"none\"", DIFF_RESTART, "audio" },
		{ ",\"video\":{\"gop\":1}", DIFF_RESTART, "video" },
		{ ",\"enabled\":false", DIFF_RESTART, "enabled" },
		{ ",\"stop\":{\"grace\":1},\"audio\":\"none\"", DIFF_RESTART,
		    "audio" },
	};
	char *what;

	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_int_equal(compare(rows[i].more, &what), rows[i].change);
		if (strstr(what, rows[i].what) == NULL ||
		    (*what == '\0') != (rows[i].change == DIFF_NONE))
			fail_msg("%s: %s", rows[i].more, what);
		free(what);
	}
}

/* A fallback's own keys are taken at once; to have one, where the source
 * is opened by ffmpeg, decides which processes run. Frames have it anyway. */
static void
test_compare_fallback(void **state UNUSED)
{
#define DECODED URL ",\"video\":{\"size\":\"64x48\",\"fps\":5}"
	static const struct {
		const char *now, *then;
		enum diff change;
	} rows[] = {
		{ DECODED, DECODED ",\"fallback\":{}", DIFF_RESTART },
		{ DECODED ",\"fallback\":{}",
		    DECODED ",\"fallback\":{\"slate\":\"/a.png\"}", DIFF_LIVE },
		{ DECODED ",\"fallback\":{\"slate_after\":1}",
		    DECODED ",\"fallback\":{\"give_up_after\":60}", DIFF_LIVE },
		{ DECODED ",\"fallback\":{}",
		    DECODED ",\"fallback\":{},\"standby\":true", DIFF_RESTART },
		{ PATTERN, PATTERN ",\"fallback\":{\"slate_after\":1}",
		    DIFF_LIVE },
		/* the sender can be replaced under the frames */
		{ PATTERN, PATTERN ",\"audio\":\"silence\"", DIFF_SENDER },
		{ PATTERN, PATTERN ",\"video\":{\"size\":\"32x24\"}",
		    DIFF_SENDER },
		{ PATTERN,
		    PATTERN ",\"video\":{\"bitrate\":9000},"
			    "\"stop\":{\"grace\":1}",
		    DIFF_SENDER },
		{ PATTERN, PATTERN ",\"limits\":{\"nice\":1}", DIFF_RESTART },
		{ DECODED ",\"fallback\":{}",
		    DECODED ",\"fallback\":{},\"audio\":\"silence\"",
		    DIFF_SENDER },
		{ DECODED ",\"fallback\":{}",
		    URL ",\"video\":{\"size\":\"66x48\",\"fps\":5},"
			"\"fallback\":{}",
		    DIFF_RESTART },
		{ DECODED ",\"fallback\":{}",
		    URL ",\"video\":{\"size\":\"64x48\",\"fps\":6},"
			"\"fallback\":{}",
		    DIFF_RESTART },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *now = xasprintf("{%s," OUT "}", rows[i].now);
		char *then = xasprintf("{%s," OUT "}", rows[i].then);
		struct profile *a = read_good(now, NULL);
		struct profile *b = read_good(then, NULL);

		assert_int_equal(diff_profiles(a, b, NULL), rows[i].change);
		assert_int_equal(diff_profiles(b, a, NULL), rows[i].change);
		profile_free(a);
		profile_free(b);
		free(now);
		free(then);
	}
#undef DECODED
}

/* Another command of a camera is another run; another input, or sound, is
 * another stream. */
static void
test_compare_camera(void **state UNUSED)
{
#define CAMERA(x) "{\"source\":{\"h264\":{" x "}}," OUT
	static const struct {
		const char *now, *then;
		enum diff change;
	} rows[] = {
		{ CAMERA("\"command\":[\"a\"]") "}",
		    CAMERA("\"command\":[\"a\",\"-b\"]") "}", DIFF_SENDER },
		{ CAMERA("\"command\":[\"a\"]") "}",
		    CAMERA("\"socket\":true") "}", DIFF_RESTART },
		{ CAMERA("\"fifo\":\"/a\"") "}", CAMERA("\"fifo\":\"/b\"") "}",
		    DIFF_RESTART },
		{ CAMERA("\"command\":[\"a\"]") "}",
		    CAMERA("\"command\":[\"a\"]") ",\"audio\":\"silence\"}",
		    DIFF_RESTART },
		{ CAMERA("\"command\":[\"a\"]") "}",
		    CAMERA("\"command\":[\"a\"]") ",\"fallback\":{}}",
		    DIFF_RESTART },
		{ CAMERA("\"command\":[\"a\"]") ",\"fallback\":{}}",
		    CAMERA(
			"\"command\":[\"a\"]") ",\"fallback\":{\"slate_after\":1}}",
		    DIFF_LIVE },
		{ CAMERA("\"command\":[\"a\"]") "}", "{" URL "," OUT "}",
		    DIFF_RESTART },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct profile *a = read_good(rows[i].now, NULL);
		struct profile *b = read_good(rows[i].then, NULL);

		assert_int_equal(diff_profiles(a, b, NULL), rows[i].change);
		assert_int_equal(diff_profiles(b, a, NULL), rows[i].change);
		profile_free(a);
		profile_free(b);
	}
#undef CAMERA
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_source),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_compare_fallback),
		cmocka_unit_test(test_compare_camera),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
