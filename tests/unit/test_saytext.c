/* SPDX-License-Identifier: ISC */
/* Texts that people send, and their clean form for a frame. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "base/util.h"
#include "media/saytext.h"

struct row {
	const char *said;
	const char *clean; /* NULL: nothing */
};

#define ZWJ  "\u200d"
#define MARK "\u0301"

static const struct row rows[] = {
	{ "hello", "hello" },
	{ "", NULL },
	{ "  a  b \t c  ", "a b c" },
	{ "two\r\nlines\n", "two lines" },
	{ "bell\a, esc\033[31m, del\x7f.", "bell , esc [31m, del ." },
	{ "c1\xc2\x85\xc2\x9b[m", "c1 [m" },
	{ "%{}'\\\"<b>", "%{}'\\\"<b>" },
	{ "弹幕　测试", "弹幕 测试" }, /* an ideographic blank */
	{ "nb\u00a0sp\u2028ls\u2029ps\u205f", "nb sp ls ps" },
	{ "مرحبا بالعالم", "مرحبا بالعالم" },
	{ "हिन्दी में", "हिन्दी में" },
	{ "می\u200cخواهم", "می\u200cخواهم" }, /* ZWNJ is spelling */
	{ "ก็ไม่รู้", "ก็ไม่รู้" },

	/* not UTF-8 */
	{ "a\x80z", "a\ufffdz" },
	{ "a\xff\xfez", "a\ufffd\ufffdz" },
	{ "\xc0\xaf", "\ufffd\ufffd" },			    /* overlong */
	{ "\xed\xa0\x80", "\ufffd\ufffd\ufffd" },	    /* surrogate */
	{ "\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd" }, /* too large */
	{ "cut \xe5\xbc", "cut \ufffd\ufffd" },
	{ "\xe5 ", "\ufffd" },
	{ "\xef\xbf\xbe\xef\xb7\x90", "\ufffd\ufffd" }, /* no characters */

	/* the direction of writing, and zero-width characters */
	{ "a\u202egnp.exe\u202c", "agnp.exe" },
	{ "\u2066x\u2067y\u2068z\u2069\u200e\u200f\u061c", "xyz" },
	{ "v\u200bi\u2060a\ufeffg\u00adr\u034fa", "viagra" },
	{ "\u3164\u115f\u1160\uffa0\u2800", NULL },
	{ "\u200b\u200d\u200c\ufe0f \u3000", NULL },
	{ "x\U000e0041\U000e0042", "x" }, /* written unseen */
	{ MARK MARK, NULL },

	/* parts of emoji */
	{ "👨" ZWJ "👩" ZWJ "👧" ZWJ "👦", "👨" ZWJ "👩" ZWJ "👧" ZWJ "👦" },
	{ "❤\ufe0f", "❤\ufe0f" },
	{ "1\ufe0f\u20e3", "1\ufe0f\u20e3" },
	{ "👍🏽🇨🇳", "👍🏽🇨🇳" },
	{ "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
	    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f" },
	{ "葛\U000e0100", "葛\U000e0100" },

	/* joiners that join nothing */
	{ ZWJ "a" ZWJ ZWJ ZWJ "b" ZWJ " " ZWJ "c" ZWJ, "a" ZWJ "b" ZWJ " c" },

	/* letters with more marks than any language has */
	{ "e" MARK "z", "e" MARK "z" },
	{ "e" MARK MARK MARK MARK MARK MARK "z", "e" MARK MARK MARK MARK "z" },
	{ "e" MARK MARK MARK ZWJ MARK ZWJ MARK ZWJ MARK,
	    "e" MARK MARK MARK ZWJ MARK },
	{ "e\u20dd\u0489\ufe20\u1ab0\u1dc0", "e\u20dd\u0489\ufe20\u1ab0" },
	{ "e\u0300\u200b\u0300\u200b\u0300\u200b\u0300\u200b\u0300",
	    "e\u0300\u0300\u0300\u0300" },
	{ " " MARK MARK MARK MARK " " MARK "x", MARK MARK MARK MARK " x" },
};

static void
check(const char *said, size_t len, const char *clean)
{
	char *text = saytext_clean(said, len);

	if (clean == NULL)
		assert_null(text);
	else
		assert_string_equal(text, clean);
	free(text);
}

/* Each comes out as it should, and is not changed a second time. */
static void
test_rows(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct row *r = &rows[i];

		check(r->said, strlen(r->said), r->clean);
		if (r->clean != NULL)
			check(r->clean, strlen(r->clean), r->clean);
	}
}

/* A NUL is a blank like other controls; the length ends the text. */
static void
test_nul(void **state UNUSED)
{
	check("a\0b\0", 4, "a b");
	check("\0\0", 2, NULL);
	check("\xe5\0\xbc", 3, "\ufffd \ufffd");
	check("abc", 2, "ab");
	check("\xe5\xbc\xb9", 2, "\ufffd\ufffd");
}

/* Any length is cut at a character. */
static void
test_long(void **state UNUSED)
{
	static const char *const chars[] = { "x", "é", "弹", "😀" };

	for (size_t i = 0; i < NELEM(chars); i++) {
		size_t len = strlen(chars[i]);

		for (size_t shift = 0; shift < 4; shift++) {
			char said[5001] = "____", *text;

			for (size_t n = shift; n + len < sizeof(said); n += len)
				memcpy(said + n, chars[i], len);
			text = saytext_clean(said, strlen(said));
			assert_int_equal(strlen(text),
			    SAYTEXT_MAX - (SAYTEXT_MAX - shift) % len);
			assert_memory_equal(text, said, strlen(text));
			free(text);
		}
	}
}

/* Any bytes give a clean text: valid, bounded, stable. */
static void
test_any(void **state UNUSED)
{
	static const char *const pieces[] = { "a", " ", "\xe5", "\xbc", "\xb9",
		"\u0301", ZWJ, "\u202e", "👨", "\n", "\U000e0067", "🏴", "",
		"\xf0\x9f", "\ufe0f", "弹" };
	uint32_t x = 1;

	for (int run = 0; run < 20000; run++) {
		char said[256], *text, *again;
		size_t n = 0;

		while (n < sizeof(said) - 8) {
			const char *p;

			x = x * 1664525 + 1013904223;
			p = pieces[x >> 28];
			memcpy(said + n, p, strlen(p) + 1);
			n += strlen(p) + (*p == '\0');
			if ((x & 0xff00) == 0)
				break;
		}
		text = saytext_clean(said, n);
		if (text == NULL)
			continue;
		again = saytext_clean(text, strlen(text));
		assert_string_equal(again, text);
		assert_true(strlen(text) <= SAYTEXT_MAX);
		for (const char *s = text; *s != '\0'; s += utf8_len(s))
			assert_int_not_equal(utf8_len(s), 0);
		free(again);
		free(text);
	}
}

static void
test_colors(void **state UNUSED)
{
	static const struct {
		const char *text;
		uint32_t rgb;
	} good[] = {
		{ "#fff", 0xffffff },
		{ "#F80", 0xff8800 },
		{ "#ff8800", 0xff8800 },
		{ "#012345", 0x012345 },
		{ "16777215", 0xffffff },
		{ "16711680", 0xff0000 },
		{ "0", 0 },
		{ "0xFF8800", 0xff8800 },
		{ "0X1", 1 },
		{ "0x00ff8800", 0xff8800 },
		{ "010", 10 },
	};
	static const char *const bad[] = { "", "#", "#ff", "#ffff", "#ff88001",
		"#ggg", "#-12", "# 12", "ff8800", "16777216", "-1", "+1", " 1",
		"1 ", "0x", "0x1000000", "0xg", "red", "99999999999999999999",
		"#ff88 0", "1e3", "0x0x1", "#0x1", "#0x1234" };
	uint32_t rgb = 7;

	for (size_t i = 0; i < NELEM(good); i++) {
		assert_int_equal(saytext_color(good[i].text, &rgb), 0);
		assert_int_equal(rgb, good[i].rgb);
	}
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_int_equal(saytext_color(bad[i], &rgb), -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_colors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
