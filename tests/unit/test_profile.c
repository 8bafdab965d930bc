/* SPDX-License-Identifier: ISC */
/* Questions to a profile: sources, names, silence, whether it is decoded. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/redact.h"
#include "base/util.h"
#include "profile/diff.h"
#include "readprofile.h"

/* One source alone, as an object or a list, and several. */
static void
test_sources(void **state UNUSED)
{
	struct profile *p = read_good("{" URL "," OUT "}", NULL), *q;

	assert_int_equal(profile_n_sources(p), 1);
	assert_ptr_equal(profile_source_at(p, 0), &p->source);
	assert_null(profile_source_at(p, 1));
	assert_int_equal(p->prefer_after, 30000);
	q = read_good(
	    "{\"source\":[{\"url\":\"rtsp://cam/1\"}]," OUT "}", NULL);
	assert_int_equal(profile_n_sources(q), 1);
	assert_int_equal(diff_profiles(p, q, NULL), DIFF_NONE);
	profile_free(p);
	profile_free(q);

	p = read_good(SOURCES ",{\"url\":\"rtsp://u:geheim@c/\","
			      "\"options\":{\"headers\":\"X: heimlich\"}}],"
			      "\"standby\":true," OUT "}",
	    "{\"source\":{\"url\":\"x\"},\"prefer_after\":\"2m\"}");
	assert_int_equal(profile_n_sources(p), 3);
	assert_string_equal(profile_source_at(p, 0)->url, "a");
	assert_string_equal(profile_source_at(p, 1)->url, "b");
	assert_null(profile_source_at(p, 3));
	assert_int_equal(p->prefer_after, 120000);
	for (size_t i = 0; i < 2; i++) {
		char *text = redact_text(
		    &p->redact, i == 0 ? "it said geheim" : "X: heimlich!");

		assert_non_null(strstr(text, "****"));
		free(text);
	}
	profile_free(p);
}

/* The name is the file's stem, if that is valid in a message, a path and on
 * a command line. */
static void
test_names(void **state UNUSED)
{
	static const char *const good[][2] = {
		{ "front.json", "front" },
		{ "/etc/a.d/b_C-9.x.json", "b_C-9.x" },
		{ "plain", "plain" },
		{ "a.json.json", "a.json" },
		{ "x.JSON", "x.JSON" },
	};
	static const char *const bad[] = { "", ".json", "dir/", "-a.json",
		".a.json", "a b.json", "a/b\n.json", "\xc3\xa4.json", "a*.json",
		"a:b.json" };
	char path[80] = { 0 };
	const char *why;
	char *name;

	for (size_t i = 0; i < NELEM(good); i++) {
		name = profile_name(good[i][0], &why);
		assert_string_equal(name, good[i][1]);
		free(name);
	}
	for (size_t i = 0; i < NELEM(bad); i++) {
		why = NULL;
		assert_null(profile_name(bad[i], &why));
		assert_non_null(why);
	}
	memset(path, 'a', PROFILE_NAME_MAX);
	name = profile_name(path, &why);
	assert_string_equal(name, path);
	free(name);
	path[PROFILE_NAME_MAX] = 'a';
	assert_null(profile_name(path, &why));
}

/* Outputs without a name are called by their scheme and a number; no two have
 * the same name, whatever they were given. */
static void
test_output_names(void **state UNUSED)
{
	static const char text[] =
	    "{" URL ",\"outputs\":["
	    "{\"url\":\"rtmp://h/l/a\"},"
	    "{\"url\":\"rtmp://h/l/b\"},"
	    "{\"url\":\"rtmp://h/l/c\",\"name\":\"rtmp2\"},"
	    "{\"url\":\"/x.ts\",\"name\":\"b\"},"
	    "{\"record\":\"/r/%s.ts\"},"
	    "{\"url\":\"/y.ts\"},"
	    "{\"url\":\"rtmp://h/l/d\"},"
	    "{\"url\":\"srt://h:1\",\"name\":\"file\"}]}";
	static const char *const names[] = { "rtmp", "rtmp3", "rtmp2", "b",
		"file2", "file3", "rtmp4", "file" };
	struct profile *p = read_good(text, NULL);
	char name[PROFILE_NAME_MAX + 1];

	for (size_t i = 0; i < NELEM(names); i++) {
		profile_output_name(p, i, name);
		assert_string_equal(name, names[i]);
	}
	profile_free(p);
}

/* M8: what waits for frames follows the slowest rate that is named. */
static void
test_m8_frames_ms(void **state UNUSED)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{ "{\"source\":{\"frames\":{\"size\":\"64x48\",\"fps\":0.1,"
		  "\"socket\":true}}," OUT "}",
		    30000 },
		{ "{\"source\":{\"frames\":{\"size\":\"64x48\",\"fps\":1,"
		  "\"socket\":true}}," OUT "}",
		    3000 },
		{ "{\"source\":{\"h264\":{\"fps\":0.5,\"socket\":true}}," OUT
		  "}",
		    6000 },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct errors errs;
		struct profile *p = read_with(rows[i].text, NULL, &errs);

		assert_non_null(p);
		assert_int_equal(profile_frames_ms(p, 3), rows[i].ms);
		profile_free(p);
		errors_clear(&errs);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_output_names),
		cmocka_unit_test(test_m8_frames_ms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
