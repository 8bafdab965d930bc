/* SPDX-License-Identifier: ISC */
/*
 * JSON with comments: valid documents, the words and the place of every error,
 * and places of items.
 */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/errors.h"
#include "base/util.h"
#include "profile/jsonc.h"

/* Parse `text` of `len` bytes; it must fail, first with exactly `error`. */
static void
expect_error(const char *text, size_t len, const char *error)
{
	struct errors errs = { 0 };
	struct jsonc d;
	char *first;

	assert_int_equal(jsonc_parse(&d, "a.json", text, len, &errs), -1);
	assert_null(d.root);
	assert_true(errors_any(&errs));
	first = errors_format(&errs.v[0]);
	assert_string_equal(first, error);
	free(first);
	errors_clear(&errs);
}

/* Parse `text`, which must be valid. */
static void
expect_good(struct jsonc *d, const char *text)
{
	struct errors errs = { 0 };
	char *first;

	if (jsonc_parse(d, "a.json", text, strlen(text), &errs) == -1) {
		first = errors_format(&errs.v[0]);
		fail_msg("%s: %s", text, first);
	}
	assert_int_equal(errs.n, 0);
}

static void
test_good(void **state UNUSED)
{
	static const char text[] = "\xef\xbb\xbf// a comment\n"
				   "{\n"
				   "  \"a\": [1, -2.5e3, 0.25, [], {},],\n"
				   "  /* \"x\": 1, // no */ \"b//\": \"/*\",\n"
				   "  \"\\u00e9\": \"\\ud83d\\ude00\", // end\n"
				   "  \"t\": true, \"f\": false, \"n\": null,\n"
				   "} /* after */ // last";
	struct jsonc d;
	cJSON *a;

	expect_good(&d, text);
	a = jsonc_get(d.root, "a");
	assert_int_equal(cJSON_GetArraySize(a), 5);
	assert_true(a->child->next->valuedouble == -2500);
	assert_string_equal(jsonc_get(d.root, "b//")->valuestring, "/*");
	assert_string_equal(
	    jsonc_get(d.root, "\xc3\xa9")->valuestring, "\xf0\x9f\x98\x80");
	assert_true(cJSON_IsNull(jsonc_get(d.root, "n")));
	assert_null(jsonc_get(d.root, "A"));
	assert_null(jsonc_get(a, "a"));
	jsonc_clear(&d);
	jsonc_clear(&d);
}

static void
test_errors(void **state UNUSED)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "", "1:1: error: the file is empty" },
		{ " // nothing\n", "1:1: error: the file is empty" },
		{ "{\n\"a\": 1\n\"b\": 2}",
		    "2:7: error: expected ',' or '}' after the value, "
		    "found '\"'" },
		{ "{\"a\": [1 2]}",
		    "1:9: error: expected ',' or ']' after the value, "
		    "found '2'" },
		{ "{\"a\": 1",
		    "1:8: error: expected ',' or '}' after the value, found "
		    "the end of the file" },
		{ "{} x",
		    "1:4: error: text after the closing brace, "
		    "found 'x'" },
		{ "1 x", "1:3: error: text after the value, found 'x'" },
		{ "{ /* }", "1:3: error: the comment is never closed" },
		{ "{ /*/ }", "1:3: error: the comment is never closed" },
		{ "{\n\n\"url\": 1,\n\"url\": 2}",
		    "4:1: error: duplicate key \"url\" (first at line 3)" },
		{ "{\"a\": 1, \"\\u0061\": 2}",
		    "1:10: error: duplicate key \"a\" (first at line 1)" },
		{ "{\"a\": {\"b\": 1, \"b\": 1}}",
		    "1:16: error: duplicate key \"b\" (first at line 1)" },
		{ "[1e400]", "1:2: error: 1e400 is too large for a number" },
		{ "[\"a\\u0000\"]", "1:4: error: \\u0000 is not allowed" },
		{ "[\"\\ud800\"]",
		    "1:3: error: \\ud800 is half of a surrogate pair" },
		{ "[\"\\ud800\\u0041\"]",
		    "1:3: error: \\ud800 is half of a surrogate pair" },
		{ "[\"\\udc00\\ud800\"]",
		    "1:3: error: \\udc00 is half of a surrogate pair" },
		{ "[\"\\u12g4\"]", "1:3: error: \\u needs four hex digits" },
		{ "[\"C:\\dir\"]",
		    "1:5: error: unknown escape; write \\\\ for a backslash" },
		{ "[\"a\\",
		    "1:4: error: unknown escape; write \\\\ for a backslash" },
		{ "[\"abc\n\"]",
		    "1:2: error: the string is not closed on its line" },
		{ "[\"a\tb\"]", "1:4: error: a tab in a string; write \\t" },
		{ "[\"\x01\"]",
		    "1:3: error: a control character in a string; write "
		    "\\u0001" },
		{ "[\"\xff\"]",
		    "1:3: error: byte 0xff is not UTF-8; save the file as "
		    "UTF-8" },
		{ "[\"\xc0\xaf\"]",
		    "1:3: error: byte 0xc0 is not UTF-8; save the file as "
		    "UTF-8" },
		{ "[\"\xed\xa0\x80\"]",
		    "1:3: error: byte 0xed is not UTF-8; save the file as "
		    "UTF-8" },
		{ "// caf\xe9\n{}",
		    "1:7: error: byte 0xe9 is not UTF-8; save the file as "
		    "UTF-8" },
		{ "\xff\xfe{",
		    "1:1: error: the file is UTF-16; save it as UTF-8" },
		{ "[007]", "1:2: error: a number must not begin with a 0" },
		{ "[+1]", "1:2: error: a number must not begin with '+'" },
		{ "[.5]",
		    "1:2: error: a number needs a digit before the point" },
		{ "[1.]", "1:2: error: a digit must follow the point" },
		{ "[1e+]", "1:2: error: a digit is missing in the exponent" },
		{ "[-]", "1:2: error: a digit must follow the minus sign" },
		{ "[0x1F]", "1:2: error: hexadecimal numbers are not allowed" },
		{ "[NaN]", "1:2: error: NaN and Infinity are not allowed" },
		{ "[15s]",
		    "1:2: error: 15s is not a number; strings must be in "
		    "double quotes" },
		{ "[1 /* a */ 2]",
		    "1:3: error: expected ',' or ']' after the value, "
		    "found '2'" },
		{ "[True]", "1:2: error: true must be in lower case" },
		{ "[yes]", "1:2: error: yes must be in double quotes" },
		{ "{url: 1}",
		    "1:2: error: the key url must be in double quotes" },
		{ "{'url': 1}",
		    "1:2: error: expected a key in double quotes or '}', found "
		    "'; strings must be in double quotes" },
		{ "{\"url\": 'x'}",
		    "1:9: error: expected a value, found '; strings must be in "
		    "double quotes" },
		{ "{\"a\": \xe2\x80\x9cx\xe2\x80\x9d}",
		    "1:7: error: expected a value, found a typographic quote; "
		    "use a plain \" instead" },
		{ "{\"a\": \xf0\x9b\x98\x80}",
		    "1:7: error: expected a value, found '\xf0\x9b\x98\x80'" },
		{ "{\"a\":\xc2\xa0"
		  "1}",
		    "1:6: error: expected a value, found a no-break space; use "
		    "a plain one" },
		{ "# x\n{}",
		    "1:1: error: expected a value, found #; a comment begins "
		    "with //" },
		{ "{\"a\" = 1}",
		    "1:6: error: expected ':' after the key \"a\", found =; "
		    "use ':' before a value" },
		{ "{\"a\": }", "1:7: error: expected a value, found '}'" },
		{ "{,}",
		    "1:2: error: expected a key in double quotes or '}', "
		    "found ','" },
		{ "[1,,2]", "1:4: error: expected a value, found ','" },
		{ "{\"a\": [1}",
		    "1:9: error: expected ',' or ']' after the "
		    "value, found '}'" },
	};
	char want[256];

	for (size_t i = 0; i < NELEM(cases); i++) {
		snprintf(want, sizeof(want), "a.json:%s", cases[i].error);
		expect_error(cases[i].text, strlen(cases[i].text), want);
	}
	expect_error("{}\0", 3,
	    "a.json:1:3: error: the file contains a NUL "
	    "byte");
}

/* What Windows' programs save, with and without a mark. */
static void
test_m16_encodings(void **state UNUSED)
{
	static const struct {
		const char *text;
		size_t n;
		const char *name;
	} rows[] = {
		{ "\xff\xfe{\0}\0", 6, "UTF-16" },
		{ "\xfe\xff\0{\0}", 6, "UTF-16" },
		{ "{\0}\0", 4, "UTF-16" },
		{ "\0{\0}", 4, "UTF-16" },
		{ "\xff\xfe\0\0{\0\0\0", 8, "UTF-32" },
		{ "\0\0\xfe\xff\0\0\0{", 8, "UTF-32" },
		{ "{\0\0\0}\0\0\0", 8, "UTF-32" },
		{ "\0\0\0{\0\0\0}", 8, "UTF-32" },
	};
	char want[80];

	for (size_t i = 0; i < NELEM(rows); i++) {
		snprintf(want, sizeof(want),
		    "a.json:1:1: error: the file is %s; save it as UTF-8",
		    rows[i].name);
		expect_error(rows[i].text, rows[i].n, want);
	}
}

/* Everything is reported, not only the first. */
static void
test_many_duplicates(void **state UNUSED)
{
	static const char text[] = "{\"a\": 1, \"b\": {\"c\": 1, \"c\": 2},\n"
				   "\"a\": 2, \"a\": 3}";
	struct errors errs = { 0 };
	struct jsonc d;

	assert_int_equal(
	    jsonc_parse(&d, "a.json", text, strlen(text), &errs), -1);
	assert_int_equal(errs.n, 3);
	errors_sort(&errs);
	assert_int_equal(errs.v[0].line, 1);
	assert_int_equal(errs.v[1].line, 2);
	assert_int_equal(errs.v[2].col, 9);
	errors_clear(&errs);
}

/* The last allowed depth is read, the next one refused. */
static void
test_depth(void **state UNUSED)
{
	char text[2 * JSONC_DEPTH_MAX + 3];
	struct jsonc d;
	int n = JSONC_DEPTH_MAX;

	memset(text, '[', (size_t)n);
	memset(text + n, ']', (size_t)n);
	text[2 * n] = '\0';
	expect_good(&d, text);
	jsonc_clear(&d);
	memset(text, '[', (size_t)n + 1);
	memset(text + n + 1, ']', (size_t)n + 1);
	text[2 * n + 2] = '\0';
	expect_error(text, strlen(text),
	    "a.json:1:33: error: nested deeper than 32 levels");
}

/* Long numbers, which cJSON would cut, and large files. */
static void
test_limits(void **state UNUSED)
{
	char number[80];
	char *big;

	memset(number, '1', sizeof(number));
	expect_error(number, sizeof(number),
	    "a.json:1:1: error: a number of 80 characters");
	big = xcalloc(JSONC_FILE_MAX + 1, 1);
	expect_error(
	    big, JSONC_FILE_MAX + 1, "a.json: error: larger than 1024 KiB");
	free(big);
}

/* CPU time for an object of `n` keys, of which `distinct` differ. */
static clock_t
time_keys(int n, int distinct)
{
	struct errors errs = { 0 };
	struct jsonc d;
	char *text = xcalloc(JSONC_FILE_MAX, 1);
	size_t len = 1;
	clock_t begin;
	int rc;

	text[0] = '{';
	for (int i = 0; i < n; i++)
		len += (size_t)sprintf(text + len, "\"%x\":1,", i % distinct);
	text[len++] = '}';
	begin = clock();
	rc = jsonc_parse(&d, "a", text, len, &errs);
	begin = clock() - begin;
	assert_int_equal(rc, distinct < n ? -1 : 0);
	assert_in_range(errs.n, distinct < n ? 10 : 0, 200);
	jsonc_clear(&d);
	errors_clear(&errs);
	free(text);
	return begin;
}

/*
 * Ten times the keys take about ten times as long, a hundred times would be
 * quadratic; ratios hold on a slow machine and under valgrind, too.
 */
static void
test_many_keys(void **state UNUSED)
{
	clock_t slack = CLOCKS_PER_SEC / 10;

	assert_true(
	    time_keys(100000, 100000) < 40 * time_keys(10000, 10000) + slack);
	assert_true(time_keys(100000, 2) < 40 * time_keys(10000, 2) + slack);
}

/* The place of the item at a path, as "line:col". */
static void
expect_place(
    const struct jsonc *d, const char *path, bool key, const char *want)
{
	char got[32];
	int line, col;

	assert_true(jsonc_locate(d, jsonc_at(d, path), key, &line, &col));
	snprintf(got, sizeof(got), "%d:%d", line, col);
	assert_string_equal(got, want);
}

static void
test_locate(void **state UNUSED)
{
	struct jsonc d;
	cJSON *added;
	int line, col;

	expect_good(&d,
	    "// first\n"
	    "{\n"
	    "  \"source\": { /* x */ \"url\": \"a,}\\\"\" },\n"
	    "  \"outputs\": [ {\"url\" : \"b\"},\n"
	    "\t{\"a.b\": -1.5, \"a\": {\"b\": true}},],\r\n"
	    "  \"last\": null,\n"
	    "}\n");
	expect_place(&d, "", true, "2:1");
	expect_place(&d, "source", true, "3:3");
	expect_place(&d, "source", false, "3:13");
	expect_place(&d, "source.url", true, "3:23");
	expect_place(&d, "source.url", false, "3:30");
	expect_place(&d, "source.none", true, "3:3");
	expect_place(&d, "outputs[0].url", false, "4:25");
	expect_place(&d, "outputs[1]", true, "5:2");
	expect_place(&d, "outputs[1].a.b", false, "5:10");
	expect_place(&d, "outputs[1].a", true, "5:16");
	expect_place(&d, "outputs[7].url", true, "4:3");
	expect_place(&d, "outputs[x]", true, "4:3");
	expect_place(&d, "last", true, "6:3");
	expect_place(&d, "last[0].x", true, "6:3");

	/* items that are added or removed later leave the rest in place */
	added = cJSON_AddStringToObject(jsonc_get(d.root, "source"), "z", "");
	assert_false(jsonc_locate(&d, added, true, &line, &col));
	assert_int_equal(line, 0);
	assert_int_equal(col, 0);
	cJSON_DeleteItemFromObjectCaseSensitive(d.root, "source");
	expect_place(&d, "outputs[0].url", false, "4:25");
	expect_place(&d, "last", true, "6:3");
	jsonc_clear(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_m16_encodings),
		cmocka_unit_test(test_many_duplicates),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_locate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
