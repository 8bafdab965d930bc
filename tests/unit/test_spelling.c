/* SPDX-License-Identifier: ISC */
/* One text, written down in several ways. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/spelling.h"
#include "base/util.h"

static void
test_base64(void **state UNUSED)
{
	/* RFC 4648, 10 */
	static const char *const rows[][2] = { { "", "" }, { "f", "Zg==" },
		{ "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foobar", "Zm9vYmFy" } };

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *text = spelling_base64(rows[i][0]);

		assert_string_equal(text, rows[i][1]);
		free(text);
	}
}

/* Encoded and decoded, a text is the same again. */
static void
test_percent(void **state UNUSED)
{
	static const char text[] = "p@ss#1% /?:;a\xc3\xa4~";
	char *encoded = spelling_encode(text), whole[] = "%00%4a%4A%4%";

	assert_string_equal(encoded, "p%40ss%231%25%20%2F%3F%3A;a%C3%A4~");
	spelling_decode(encoded);
	assert_string_equal(encoded, text);
	free(encoded);
	spelling_decode(whole);
	assert_string_equal(whole, "%00JJ%4%");
	assert_int_equal(spelling_unescape("%fF"), 0xff);
	assert_int_equal(spelling_unescape("%g0"), -1);
}

static void
test_read_char(void **state UNUSED)
{
	static const struct {
		const char *text;
		size_t len;
		const char *bytes;
	} rows[] = {
		{ "\\u00e4", 6, "\xc3\xa4" },
		{ "\\\\u20acx", 7, "\xe2\x82\xac" },
		{ "\\ud83d\\ude00", 12, "\xf0\x9f\x98\x80" },
		{ "\\U0001F600", 10, "\xf0\x9f\x98\x80" },
		{ "\\x41", 4, "A" },
		{ "\\t", 2, "\t" },
		{ "\\033", 4, "\033" },
		{ "\\u00", 0, "" },
		{ "u0041", 0, "" },
		{ "\\U00110000", 0, "" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char out[4];
		size_t len = 0;

		assert_int_equal(
		    spelling_read_char(rows[i].text, out, &len), rows[i].len);
		assert_int_equal(len, strlen(rows[i].bytes));
		assert_memory_equal(out, rows[i].bytes, len);
	}
}

static void
test_match(void **state UNUSED)
{
	static const struct {
		const char *text, *secret;
		enum spelling spelling;
		bool cut;
		size_t len;
	} rows[] = {
		{ "secret!", "secret", SPELLING_PLAIN, false, 6 },
		{ "secre", "secret", SPELLING_PLAIN, false, 0 },
		{ "secre", "secret", SPELLING_PLAIN, true, 5 },
		{ "a?b", "a\tb", SPELLING_PLAIN, false, 3 },
		{ "a\\\"b", "a\"b", SPELLING_PLAIN, false, 0 },
		{ "a\\\"b", "a\"b", SPELLING_ESCAPED, false, 4 },
		{ "it'\\''s", "it's", SPELLING_ESCAPED, false, 7 },
		{ "a%20b", "a b", SPELLING_ESCAPED, false, 0 },
		{ "a%20b", "a b", SPELLING_ENCODED, false, 5 },
		{ "a+b", "a b", SPELLING_ENCODED, false, 3 },
		{ "a%2", "a b", SPELLING_ENCODED, true, 3 },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		assert_int_equal(spelling_match(rows[i].text, rows[i].secret,
				     rows[i].spelling, rows[i].cut),
		    rows[i].len);
	assert_int_equal(spelling_match_base64("a-_b,", "a+/b", 4, false), 4);
	assert_int_equal(spelling_match_base64("a-_bc", "a+/b", 4, false), 5);
	assert_int_equal(spelling_match_base64("a-_", "a+/b", 4, false), 0);
	assert_int_equal(spelling_match_base64("a-_", "a+/b", 4, true), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_read_char),
		cmocka_unit_test(test_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
