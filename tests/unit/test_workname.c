/* SPDX-License-Identifier: ISC */
/* The names that recorders write to, and whose they are. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "profile/workname.h"

#define OURS  "0123456789abcdef"
#define OTHER "fedcba9876543210"
#define LAST  "2026-02-28_23-59-60_"

static const struct workname cam = { "/rec/%Y/%H.mkv", "cam", "file", OURS };

static void
test_extension(void **state UNUSED)
{
	static const char *const rows[][2] = {
		{ "/rec/%H.mkv", ".mkv" },
		{ "a.b.ts", ".ts" },
		{ ".mp4", ".mp4" },
		{ "/rec/%H", "" },
		{ "/rec.d/%H", "" },
		{ "/rec.d/.x/a", "" },
		{ "a.", "." },
		{ "", "" },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		assert_string_equal(workname_extension(rows[i][0]), rows[i][1]);
}

/* For ffmpeg and for us: the directory before the first conversion. */
static void
test_paths(void **state UNUSED)
{
	static const struct {
		const char *pattern, *base, *quoted; /* NULL: as base */
	} rows[] = {
		{ "/rec/%Y/%H.mkv", "/rec", NULL },
		{ "/rec/x-%H.mkv", "/rec", NULL },
		{ "/a/b/%s.mkv", "/a/b", NULL },
		{ "/100%%/%s.mkv", "/100%", "/100%%" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct workname w = { rows[i].pattern, "cam", "file",
			OURS };
		const char *quoted =
		    rows[i].quoted != NULL ? rows[i].quoted : rows[i].base;
		char *path = workname_path(&w, 7);
		char *pattern = workname_pattern(&w);
		char *want = xasprintf(
		    "%s/.ffsup+cam+file+" OURS "+000007.mkv", rows[i].base);
		char *want_pattern =
		    xasprintf("%s/.ffsup+cam+file+" OURS "+%%06d.mkv", quoted);

		assert_string_equal(path, want);
		assert_string_equal(pattern, want_pattern);
		free(path);
		free(pattern);
		free(want);
		free(want_pattern);
	}
}

static void
test_is_of(void **state UNUSED)
{
	static const struct {
		const char *name;
		bool is;
		long number; /* of this run; -1: of another, or no such name */
	} rows[] = {
		{ ".ffsup+cam+file+" OURS "+000000.mkv", true, 0 },
		{ ".ffsup+cam+file+" OURS "+000042.mkv", true, 42 },
		{ ".ffsup+cam+file+" OURS "+1000000.mkv", true, 1000000 },
		{ ".ffsup+cam+file+" OURS "+000001.ts", true, 1 },
		{ ".ffsup+cam+file+" OTHER "+000042.mkv", true, -1 },
		{ ".ffsup+cam+file+" OURS "+00042.mkv", false, -1 },
		{ ".ffsup+cam+file+" OURS "+000042", false, -1 },
		{ ".ffsup+cam+file+" OURS "-000042.mkv", false, -1 },
		{ ".ffsup+cam+file+" OURS "0+000042.mkv", false, -1 },
		{ ".ffsup+cam+file+0123456789ABCDEF+000042.mkv", false, -1 },
		{ ".ffsup+cam+file+0123+000042.mkv", false, -1 },
		{ ".ffsup+cam+file2+" OURS "+000042.mkv", false, -1 },
		{ ".ffsup+came+file+" OURS "+000042.mkv", false, -1 },
		{ "ffsup+cam+file+" OURS "+000042.mkv", false, -1 },
		{ "2026-01-01.mkv", false, -1 },
		{ "", false, -1 },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		const char *name = rows[i].name, *token = NULL;

		if (workname_is_of(&cam, name, &token) != rows[i].is)
			fail_msg("%s", name);
		if (rows[i].is)
			assert_int_equal(
			    token - name, strlen(".ffsup+cam+file+"));
		assert_int_equal(workname_number(&cam, name), rows[i].number);
	}
}

/* Without a token no file is of this run. */
static void
test_no_token(void **state UNUSED)
{
	const struct workname w = { "/rec/%s.mkv", "cam", "file", NULL };

	assert_int_equal(
	    workname_number(&w, ".ffsup+cam+file+" OURS "+000001.mkv"), -1);
}

static void
test_is_last(void **state UNUSED)
{
	static const struct {
		const char *name;
		bool is;
	} rows[] = {
		{ LAST "cam+file+" OURS "+000000.mkv", true },
		{ LAST "cam+file+" OTHER "+000000.mkv", true },
		{ LAST "cam+file+" OTHER "+000000_2.mkv", true },
		{ LAST "cam+file+" OTHER "+000000-2.mkv", false },
		{ LAST "cam+file2+" OURS "+000000.mkv", false },
		{ "2026-13-01_00-00-00_cam+file+" OURS "+000000.mkv", false },
		{ "2026-01-01-00-00-00_cam+file+" OURS "+000000.mkv", false },
		{ "2026-01-01_00-00-00-cam+file+" OURS "+000000.mkv", false },
		{ "2026-01-01_00-00-00_", false },
		{ ".ffsup+cam+file+" OURS "+000000.mkv", false },
		{ "", false },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		if (workname_is_last(&cam, rows[i].name) != rows[i].is)
			fail_msg("%s", rows[i].name);
}

/* The longest possible name is no longer than its limit. */
static void
test_max(void **state UNUSED)
{
	char longest[65];
	struct workname w = { "/%s.mkv", longest, longest, OURS };
	char *path;

	memset(longest, 'x', 64);
	longest[64] = '\0';
	path = workname_path(&w, UINT32_MAX);
	assert_true(strlen(path + 1) <= WORKNAME_MAX);
	free(path);
	assert_int_equal(strlen(OURS) + 1, WORKNAME_TOKEN_LEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extension),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_is_of),
		cmocka_unit_test(test_no_token),
		cmocka_unit_test(test_is_last),
		cmocka_unit_test(test_max),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
