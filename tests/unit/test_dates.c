/* SPDX-License-Identifier: ISC */
/* Names that strftime makes of a pattern are recognised, and nothing else. */
#include "config.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/util.h"
#include "profile/dates.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
/* Names that strftime makes of any pattern, at any time, are recognised. */
static void
test_strftime(void **state UNUSED)
{
	static const char *const patterns[] = {
		"/rec/%Y/%m/%Y-%m-%d_%H-%M-%S.mkv",
		"%a %A %b %B %h %p %P %Z %z",
		"%C %g %G %e %k %l %u %w %U %V %W %j %y",
		"%D/%F/%T/%R/%r/%c/%x/%X%n%t",
		"%s%s%s.%I",
		"%-d%-m%-H.%_d%_H%_j.%0e%0k.%-e.%-j",
		"%Ey %Od %OH %EY %Ec %EX",
		"%^a %#Z %^B %#p %#a %-F %_T %-a",
		"100%%/%%Y/%Q %f %1f %-q %-% %%%Y%",
		"//rec//cam.%H",
	};
	char path[512];
	struct tm tm;
	time_t t;

	for (size_t i = 0; i < NELEM(patterns); i++)
		for (t = 123456789; t < 4000000000; t += 31234567) {
			assert_non_null(localtime_r(&t, &tm));
			assert_true(
			    strftime(path, sizeof(path), patterns[i], &tm) > 0);
			if (!dates_matches(patterns[i], path))
				fail_msg("%s: %s", patterns[i], path);
			strcat(path, "/");
			assert_false(dates_matches(patterns[i], path));
		}
}
#pragma GCC diagnostic pop

/* Names that the pattern of their line has not made. */
static const char *const mismatches[][2] = {
	{ "/r/%Y.mkv", "/r/202.mkv" },
	{ "/r/%Y.mkv", "/r/20266.mkv" },
	{ "/r/%Y.mkv", "/r/2o26.mkv" },
	{ "/r/%Y.mkv", "/r/2026.mkv~" },
	{ "/r/%Y.mkv", "/r/a2026.mkv" },
	{ "/r/%Y.mkv", "/r/2026.mp4" },
	{ "/r/%Y.mkv", "/r/2026xmkv" },
	{ "/r/%Y.mkv", "/r/2026" },
	{ "/r/%Y.mkv", "/r/2026.mkv/" },
	{ "/r/%Y.mkv", "/r/2026.mkv/x" },
	{ "/r/%Y.mkv", "/q/2026.mkv" },
	{ "/r/%Y.mkv", "r/2026.mkv" },
	{ "/r/%Y.mkv", "/r" },
	{ "/r/%Y.mkv", "" },
	{ "r/%Y", "/r/2026" },
	{ "", "" },
	{ "/", "/" },
	{ "%m", "00" },
	{ "%m", "13" },
	{ "%m", " 1" },
	{ "%m", "1" },
	{ "%d", "32" },
	{ "%H", "24" },
	{ "%M", "60" },
	{ "%S", "61" },
	{ "%j", "367" },
	{ "%j", "01" },
	{ "%e", "01" },
	{ "%e", "1" },
	{ "%-d", "01" },
	{ "%-d", " 1" },
	{ "%_d", "01" },
	{ "%s", "" },
	{ "%s", "1a" },
	{ "%s.ts", ".ts" },
	{ "%a", "" },
	{ "%a", "M.n" },
	{ "%Z", "a/b" },
	{ "%F", "2026-1-01" },
	{ "%T", "10-11-12" },
	{ "%R", "10:11:12" },
	{ "%D", "01-02-26" },
	{ "%%Y", "2026" },
	{ "%Q.mkv", "x.mkv" },
	{ "%10Y", "2026" },
	{ "%+Y", "2026" },
	{ "%30s.mkv", "2024-tax.mkv" },
	{ "%5%", "%" },
	{ "%12F", "2026-01-01" },
	{ "%A", "holiday" },
	{ "%b", "may" },
	{ "%p", "xm" },
	{ "%B", "Mayday" },
	{ "%Y.mkv", "2026_1.mkv" },
	{ "%Y.mkv", "2026_02.mkv" },
	{ "%Y.mkv", "2026_x.mkv" },
	{ "%Y.mkv", "2026_.mkv" },
	{ "%Y.mkv", "2026-2.mkv" },
	{ "%Y.mkv", "2026_2_2.mkv" },
	{ "%Y/x.mkv", "2026_2/x.mkv" },
	{ "%", "x" },
};

/* Nothing else is taken for it. */
static void
test_mismatch(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(mismatches); i++)
		if (dates_matches(mismatches[i][0], mismatches[i][1]))
			fail_msg("%s: %s", mismatches[i][0], mismatches[i][1]);
}

/* Names as long as they may be, and runs in a row, cost no time. */
static void
test_long(void **state UNUSED)
{
	char pattern[2 * 400 + 1], name[400];

	for (size_t i = 0; i < 400; i++)
		memcpy(pattern + 2 * i, "%s", 3);
	memset(name, '7', sizeof(name));
	name[399] = '\0';
	assert_false(dates_matches("%s", name));
	name[255] = '\0';
	assert_true(dates_fits(pattern + 2 * (400 - 25), name));
	assert_false(dates_fits(pattern + 2 * (400 - 20), name));
	assert_false(dates_matches(pattern, name));
	name[254] = 'x';
	assert_false(dates_matches(pattern + 2 * 200, name));
}

/* Ordinary names of files, beside those that a time can have made. */
static const struct {
	const char *pattern, *path;
	bool is;
} s7_cases[] = {
	{ "%F%z.mkv", "2026-01-02+0100.mkv", true },
	{ "%F%z.mkv", "2026-01-02-0330.mkv", true },
	{ "%F%-z.mkv", "2026-01-02+100.mkv", true },
	{ "%F%z.mkv", "2026-01-02-0000.mkv", false },
	{ "%F%z.mkv", "2026-01-02-holiday.mkv", false },
	{ "%F%z.mkv", "2026-01-02Copy.mkv", false },
	{ "%F%z.mkv", "2026-01-02-1234.mkv", false },
	{ "%F%z.mkv", "2026-01-02+9900.mkv", false },
	{ "%F%z.mkv", "2026-01-02+0099.mkv", false },
	{ "%F%z.mkv", "2026-01-020100.mkv", false },
	{ "%F%z.mkv", "2026-01-02+01.mkv", false },
	{ "%F%z.mkv", "2026-01-02.mkv", false },
	{ "%s.ts", "999999999.ts", true },
	{ "%s.ts", "1790000000.ts", true },
	{ "%s.ts", "1790000000_2.ts", true },
	{ "%s.ts", "10000000000.ts", true },
	{ "%s.ts", "2024.ts", false },
	{ "%s.ts", "1.ts", false },
	{ "%s.ts", "00123.ts", false },
	{ "%s.ts", "0179000000.ts", false },
	{ "%s.ts", "20260102030405.ts", false },
	{ "%Z-%F.mkv", "UTC-2026-01-02.mkv", true },
	{ "%Z-%F.mkv", "CET-2026-01-02.mkv", true },
	{ "%Z-%F.mkv", "CEST-2026-07-02.mkv", true },
	{ "%#Z-%F.mkv", "cest-2026-07-02.mkv", true },
	{ "%Z-%F.mkv", "Backup-2026-01-02.mkv", false },
	{ "%Z-%F.mkv", "Copy-2026-01-02.mkv", false },
	{ "%Z-%F.mkv", "OLD-2026-01-02.mkv", false },
	{ "%Z-%F.mkv", "1-2026-01-02.mkv", false },
	{ "%Z-%F.mkv", "-2026-01-02.mkv", false },
	{ "%F.mkv", "2024-02-29.mkv", true },
	{ "%F.mkv", "2026-02-31.mkv", false },
	{ "%F.mkv", "2026-02-29.mkv", false },
	{ "%F.mkv", "2100-02-29.mkv", false },
	{ "%F.mkv", "2026-04-31.mkv", false },
	{ "%m-%d.mkv", "02-29.mkv", true },
	{ "%m-%d.mkv", "02-30.mkv", false },
	{ "%y%m%d.mkv", "280229.mkv", true },
	{ "%y%m%d.mkv", "270229.mkv", false },
	{ "%d.%b.%C%y.mkv", "29.Feb.2027.mkv", false },
	{ "%Y-%j.mkv", "2024-366.mkv", true },
	{ "%Y-%j.mkv", "2026-366.mkv", false },
	{ "%Y/%m/%d.mkv", "2026/02/28.mkv", true },
	{ "%Y/%m/%d.mkv", "2026/02/31.mkv", false },
	{ "%Y/%F.mkv", "2026/2026-01-02_3.mkv", true },
	{ "%Y/%F.mkv", "2025/2026-01-02.mkv", false },
	{ "%a-%F.mkv", "Fri-2026-01-02.mkv", true },
	{ "%a-%F.mkv", "Sat-2026-01-02.mkv", false },
	{ "%u-%F.mkv", "7-2026-01-04.mkv", true },
	{ "%F_%H%p.mkv", "2026-01-02_13PM.mkv", true },
	{ "%F_%H%p.mkv", "2026-01-02_13AM.mkv", false },
};

static void
test_s7_foreign(void **state UNUSED)
{
	assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
	tzset();
	for (size_t i = 0; i < NELEM(s7_cases); i++)
		if (dates_matches(s7_cases[i].pattern, s7_cases[i].path) !=
		    s7_cases[i].is)
			fail_msg(
			    "%s: %s", s7_cases[i].pattern, s7_cases[i].path);
	unsetenv("TZ");
	tzset();
}

/* The numbered name for one that is taken, and the patterns it still
 * matches. */
static void
test_numbers(void **state UNUSED)
{
	static const char *const cases[][2] = {
		{ "/rec/10-11-12.mkv", "/rec/10-11-12_2.mkv" },
		{ "/re.c/a", "/re.c/a_2" },
		{ "/rec/.a", "/rec/.a_2" },
		{ "a.b.ts", "a.b_2.ts" },
	};
	char *name;

	for (size_t i = 0; i < NELEM(cases); i++) {
		name = dates_numbered(cases[i][0], 2);
		assert_string_equal(name, cases[i][1]);
		free(name);
	}
	assert_true(dates_matches("/r/%H.mkv", "/r/10_2.mkv"));
	assert_true(dates_matches("/r/%H.mkv", "/r/10_11.mkv"));
	assert_true(dates_matches("/r/%Y/x.mkv", "/r/2026/x_3.mkv"));
	assert_true(dates_matches("/r/%Y_%-d.mkv", "/r/2026_3_2.mkv"));
}

static void
test_bases(void **state UNUSED)
{
	static const char *const cases[][2] = {
		{ "/rec/%Y/%m/x.mkv", "/rec" },
		{ "/rec/cam/x-%Y.mkv", "/rec/cam" },
		{ "/rec/100%%/x-%Y.mkv", "/rec/100%" },
		{ "/%Y.mkv", "/" },
		{ "%Y.mkv", "." },
		{ "rec//a/%D.mkv", "rec/a" },
		{ "/rec/%Qx/%Y.mkv", "/rec/%Qx" },
	};
	char *base;

	for (size_t i = 0; i < NELEM(cases); i++) {
		base = dates_base(cases[i][0]);
		assert_string_equal(base, cases[i][1]);
		free(base);
	}
}

static void
test_s7_loose(void **state UNUSED)
{
	static const char *const cases[][2] = {
		{ "/r/%30s.mkv", "%30s" },
		{ "/r/%Y-%+m", "%+m" },
		{ "/r/%%30s-%F_%T-%12F", "%12F" },
		{ "/r/%-10d", "%-10d" },
		{ "/r/%5%", "%5%" },
	};
	char *loose;

	for (size_t i = 0; i < NELEM(cases); i++) {
		loose = dates_find_loose(cases[i][0]);
		assert_string_equal(loose, cases[i][1]);
		free(loose);
	}
	assert_null(dates_find_loose("/r/%Y-%-m-%_d_%OH-%Ey%%5%Q30s.mkv"));
}

static void
test_makes(void **state UNUSED)
{
	assert_true(dates_makes("/r/%F.mkv", "/r/%Y-%m-%d.mkv"));
	assert_true(dates_makes("/r/%Y-%m-%e.mkv", "/r/%Y-%m-%d.mkv"));
	assert_true(dates_makes("/r/20%y%j%H.mkv", "/r/%s.mkv"));
	assert_false(dates_makes("/r/%s.mkv", "/r/2%j.mkv"));
	assert_false(dates_makes("/r/a/%F.mkv", "/r/b/%F.mkv"));
	assert_false(dates_makes("/r/a-%F.mkv", "/r/b-%F.mkv"));
	assert_false(dates_makes("/r/%F.mkv", "/r/%F.ts"));
}

/* The longest name of a year, whatever the conversions make. */
static void
test_longest(void **state UNUSED)
{
	char many[64] = "/r/";
	size_t whole;

	assert_int_equal(dates_longest("/rec/%H.mkv", &whole), 6);
	assert_int_equal(whole, 11);
	assert_int_equal(dates_longest("/%A/%A-%B/%H", &whole), 19);
	assert_int_equal(whole, 33);
	assert_int_equal(dates_longest("/%-d/%-H.ts", &whole), 5);
	assert_int_equal(dates_longest("//a%D//%F", &whole), 10);
	for (int i = 0; i < 11; i++)
		strcat(many, "%c_");
	assert_int_equal(dates_longest(many, &whole), 11 * 25);
}

/* Nothing is longer than its bound, and ordinary names are far from too
 * long. */
static void
test_r19_bound(void **state UNUSED)
{
	static const char *const patterns[] = { "/rec/%Y-%m-%d_%H-%M-%S.mkv",
		"/rec/cam/%F/%T.mkv", "%s.ts", "/%A/%A-%B/%H", "//a%D//%F",
		"%c%c%c/%c", "%EY%Od%+%%%q%", "/%-d/%-H.ts", "a%r%R%X%x%p%z",
		"%300Y/%_9d", "x%Zy", "%0005d", "" };
	size_t whole, most;

	for (size_t i = 0; i < NELEM(patterns); i++) {
		assert_true(dates_bound(patterns[i], &most) >=
		    dates_longest(patterns[i], &whole));
		assert_true(most >= whole);
		if (i < 3)
			assert_true(dates_bound(patterns[i], &most) <= 255);
	}
	assert_true(dates_bound("%300Y", &most) > 255);
	assert_int_equal(dates_bound("/rec/cam/12345678/x", &most), 8);
	assert_int_equal(most, 19);
}

#define TEST(f) cmocka_unit_test(f)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_strftime),
		TEST(test_mismatch),
		TEST(test_long),
		TEST(test_numbers),
		TEST(test_bases),
		TEST(test_s7_loose),
		TEST(test_s7_foreign),
		TEST(test_makes),
		TEST(test_longest),
		TEST(test_r19_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
