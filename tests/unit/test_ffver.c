/* SPDX-License-Identifier: ISC */
/* What a binary says of itself, and what follows from its age. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "ffmpeg/ffver.h"

#define BANNER_TAIL " Copyright (c) 2000-2024 the FFmpeg developers\n"

#define LIB(n)                                             \
	"built with gcc 12\nconfiguration: --enable-gpl\n" \
	"libavutil      57. 28.100 / 57. 28.100\n"         \
	"libavcodec     59. 37.100 / 59. 37.100\n"         \
	"libavformat    " n ". 27.100 / " n ". 27.100\n"

static void
test_version(void **state UNUSED)
{
	static const struct {
		const char *banner;
		int number; /* -1: that is no ffmpeg */
		const char *text;
	} rows[] = {
		{ "ffmpeg version 5.1.9-0+deb12u1" BANNER_TAIL LIB("59"),
		    FFVER(5, 1), "5.1.9-0+deb12u1" },
		{ "ffmpeg version 6.0" BANNER_TAIL, FFVER(6, 0), "6.0" },
		{ "ffmpeg version 8" BANNER_TAIL, FFVER(8, 0), "8" },
		{ "ffmpeg version n4.4.4-6-gd5fa6e3a91" BANNER_TAIL,
		    FFVER(4, 4), "n4.4.4-6-gd5fa6e3a91" },
		{ "ffmpeg version 10.1.2" BANNER_TAIL, FFVER(10, 1), "10.1.2" },
		/* named after a commit or a day: the library tells */
		{ "ffmpeg version N-12345-gdeadbee" BANNER_TAIL LIB("58"),
		    FFVER(4, 1), "N-12345-gdeadbee" },
		{ "ffmpeg version N-109-g1a2b3c4-tessus" BANNER_TAIL LIB("61"),
		    FFVER(7, 1), "N-109-g1a2b3c4-tessus" },
		{ "ffmpeg version git-2020-01-26-5e62100" BANNER_TAIL LIB("57"),
		    FFVER(3, 0), "git-2020-01-26-5e62100" },
		{ "ffmpeg version 2024-05-15-git-7b47099bc0-full_build" BANNER_TAIL
			LIB("63"),
		    FFVER(9, 0), "2024-05-15-git-7b47099bc0-full_build" },
		{ "ffmpeg version N-12345-gdeadbee" BANNER_TAIL, 0,
		    "N-12345-gdeadbee" },
		{ "ffmpeg version ", 0, "" },
		{ "ffmpeg version UNKNOWN\n", 0, "UNKNOWN" },
		/* something else answered */
		{ "", -1, "" },
		{ "ffprobe version 5.1.9" BANNER_TAIL, -1, "" },
		{ "avconv version 9.20\n", -1, "" },
		{ "sh: 1: ffmpeg: not found\n", -1, "" },
	};
	char longer[256] = "ffmpeg version 7.";
	struct ffver v;

	for (size_t i = 0; i < NELEM(rows); i++) {
		bool is = ffver_parse(&v, rows[i].banner);

		assert_int_equal(is, rows[i].number >= 0);
		assert_int_equal(v.number, is ? rows[i].number : 0);
		assert_string_equal(v.text, rows[i].text);
	}
	memset(longer + strlen(longer), '0', 200);
	assert_true(ffver_parse(&v, longer));
	assert_int_equal(v.number, FFVER(7, 0));
	assert_int_equal(strlen(v.text), sizeof(v.text) - 1);
}

/* A build from any day, by the library that it has: between two releases it is
 * the earlier one. */
static void
test_b04_builds_between(void **state UNUSED)
{
	static const struct {
		const char *library;
		int number;
		bool too_old;
	} rows[] = {
		{ "57. 83.100", FFVER(3, 0), true },
		{ "58. 12.100", FFVER(4, 0), true },
		{ "58. 25.100", FFVER(4, 1), true },
		{ "58. 29.100", FFVER(4, 2), true },
		{ "58. 44.100", FFVER(4, 2), true },
		{ "58. 45.100", FFVER(4, 3), false },
		{ "58. 76.100", FFVER(4, 4), false },
		{ "59. 16.100", FFVER(5, 0), false },
		{ "60.  3.100", FFVER(6, 0), false },
		{ "60. 16.100", FFVER(6, 1), false },
		{ "61.  1.100", FFVER(7, 0), false },
		{ "62.  0.100", FFVER(7, 1), false },
		{ "62. 12.100", FFVER(8, 0), false },
		{ "63.  1.100", FFVER(9, 0), false },
		{ "?", 0, false },
	};
	struct ffver v;

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *text = xasprintf("ffmpeg version N-1-gabc" BANNER_TAIL
				       "libavformat    %s / 1. 2\n",
		    rows[i].library);

		assert_true(ffver_parse(&v, text));
		assert_int_equal(v.number, rows[i].number);
		assert_int_equal(ffver_is_too_old(&v), rows[i].too_old);
		free(text);
	}
}

/* An unknown version counts as the newest. */
static void
test_unknown(void **state UNUSED)
{
	static const struct {
		int number, is;
		bool trails;
	} rows[] = {
		{ FFVER(4, 3), FFVER(4, 3), false },
		{ FFVER(6, 1), FFVER(6, 1), false },
		{ FFVER(7, 0), FFVER(7, 0), true },
		{ FFVER(10, 0), FFVER(10, 0), true },
		{ 0, FFVER(99, 0), true },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct ffver v = { .number = rows[i].number };

		assert_int_equal(ffver_number(&v), rows[i].is);
		assert_int_equal(ffver_trails(&v), rows[i].trails);
	}
}

/* The binary that was asked for, and nothing that the answer would hide. */
static void
test_question(void **state UNUSED)
{
	struct strv argv = { 0 };

	ffver_argv(&argv, "/opt/my ffmpeg");
	assert_string_equal(argv.v[0], "/opt/my ffmpeg");
	assert_string_equal(argv.v[argv.n - 1], "-version");
	strv_clear(&argv);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_b04_builds_between),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
