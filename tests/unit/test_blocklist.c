/* SPDX-License-Identifier: ISC */
/* Patterns that block, that are not valid, and that would take for ever. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/blocklist.h"
#include "media/saytext.h"

/* No list has always been possible. */
static void
test_none(void **state UNUSED)
{
	char *cause;
	struct blocklist *b = blocklist_new(NULL, 0, &cause);

	assert_non_null(b);
	assert_false(blocklist_has(b, "anything"));
	assert_int_equal(blocklist_given_up(b), 0);
	blocklist_free(b);
	blocklist_free(NULL);
	assert_false(blocklist_has(NULL, "anything"));
	assert_int_equal(blocklist_given_up(NULL), 0);
}

#ifdef HAVE_PCRE2

static struct blocklist *
list_of(const char *pattern)
{
	char *cause = NULL;
	struct blocklist *b = blocklist_new(&pattern, 1, &cause);

	if (b == NULL)
		fail_msg("%s: %s", pattern, cause);
	return b;
}

static const struct {
	const char *pattern, *text;
	bool blocked;
} rows[] = {
	{ "spam", "buy spam now", true },
	{ "spam", "buy Spam now", false },
	{ "(?i)spam", "buy SPAM now", true },
	{ "(?i)éα", "ÉΑ", true },
	{ "^\\w+$", "弹幕", true }, /* letters of any writing */
	{ "^.$", "弹", true },	    /* a character, not a byte */
	{ "^.$", "弹幕", false },
	{ "\\p{Han}{3}", "三个字", true },
	{ "\\d{5,}", "QQ１２３４５", true },
	{ "\\bass\\b", "class", false },
	{ "(.)\\1{5}", "66666", false },
	{ "(.)\\1{5}", "666666", true },
	{ "加.{0,3}(微信|QQ)", "快加我 QQ", true },
	{ "^(?!.*ok).*$", "this is ok", false },
	{ "(?<=a)b", "ab", true },
	{ "https?://(?!example\\.org/)", "http://example.org/", false },
	{ "", "an empty pattern is in any text", true },
	{ "\\x{1F600}", "😀", true },
};

static void
test_rows(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct blocklist *b = list_of(rows[i].pattern);

		if (blocklist_has(b, rows[i].text) != rows[i].blocked)
			fail_msg("%s, %s", rows[i].pattern, rows[i].text);
		assert_int_equal(blocklist_given_up(b), 0);
		blocklist_free(b);
	}
}

/* Each of several patterns blocks. */
static void
test_several(void **state UNUSED)
{
	static const char *const patterns[] = { "one", "(?i)TWO", "^3$" };
	char *cause;
	struct blocklist *b = blocklist_new(patterns, 3, &cause);

	assert_true(blocklist_has(b, "two"));
	assert_true(blocklist_has(b, "3"));
	assert_true(blocklist_has(b, "x one"));
	assert_false(blocklist_has(b, "33"));
	assert_false(blocklist_has(b, ""));
	blocklist_free(b);
}

static void
refuse(const char *const *patterns, size_t n, const char *says)
{
	char *cause = NULL;

	assert_null(blocklist_new(patterns, n, &cause));
	if (strstr(cause, says) == NULL)
		fail_msg("\"%s\" says not \"%s\"", cause, says);
	free(cause);
}

/* Which one, where, and why. */
static void
test_refused(void **state UNUSED)
{
	static const char *const third[] = { "a", "b", "c(" };
	static char longest[BLOCKLIST_PATTERN_MAX + 2];
	static const char *many[BLOCKLIST_PATTERNS + 1];
	const char *p;

	refuse(third, 3, "[2]: at byte 2: missing closing parenthesis");
	refuse(&(const char *){ "[z-a]" }, 1, "[0]: at byte 3: range out of");
	refuse(&(const char *){ "+" }, 1, "[0]: at byte 0: quantifier");
	refuse(&(const char *){ "\xe5\xbc" }, 1, "[0]: at byte 0: UTF-8");
	refuse(&(const char *){ "\\C" }, 1, "\\C is disabled");
	refuse(&(const char *){ "(((a{999}){999}){999})" }, 1, "too large");
	memset(longest, 'a', sizeof(longest) - 1);
	p = longest;
	refuse(&p, 1, "longer than the limit");
	longest[BLOCKLIST_PATTERN_MAX] = '\0';
	blocklist_free(list_of(longest));
	memset(longest, '(', 100);
	memset(longest + 100, ')', 100);
	longest[200] = '\0';
	refuse(&p, 1, "parentheses are too deeply nested");
	for (size_t i = 0; i < NELEM(many); i++)
		many[i] = "x";
	refuse(many, NELEM(many), "201 patterns, more than 200");
}

/* Patterns that do not end, or not soon. */
static const char *const hostile[] = {
	"^(([a-z])+.)+[A-Z]([a-z])+$",
	"(.*)(.*)(.*)(.*)(.*)[XYZ]",
	"(?:\\X+?)+[XYZ]",
	"(?:[XYZ]|\\X{900})[XYZ]",
	"(*sr:(*sr:.*).*)[XYZ]",
	"(?i)(.*)\\1[XYZ]",
	"(?:(?=.*[XYZ])|a)+[XYZ]",
	"((((((((((((a?)?)?)?)?)?)?)?)?)?)?)?){30}[XYZ]",
	"(\\w{1,20}\\s?)+[XYZ]$",
	"(?R)?a",
	"(?(?<=.{900}|.{901}|.{902}|.{903}|.{904}|.{905})a|[XYZ])[XYZ]",
	"[^Z]*[^Y]*[XYZ]",
	"(?i:(.{1,300}).?\\1{2}[XYZ])",
};

/* They are given up, and the patterns after them are tried all the same. */
static void
test_hostile(void **state UNUSED)
{
	static char text[SAYTEXT_MAX + 1];

	for (size_t i = 0; i < NELEM(hostile); i++) {
		const char *patterns[] = { hostile[i], "QQ" };
		char *cause;
		struct blocklist *b = blocklist_new(patterns, 2, &cause);

		for (size_t k = 0; k < SAYTEXT_MAX; k++)
			text[k] = k / 2 % 3 == i % 3 ? 'a' : 'a' + i % 2;
		assert_false(blocklist_has(b, text));
		assert_int_equal(blocklist_given_up(b), 1);
		memcpy(text + 500, "QQ", 2);
		assert_true(blocklist_has(b, text));
		blocklist_free(b);
	}
}

/* Ordinary patterns reach the end of the longest text. */
static void
test_usual(void **state UNUSED)
{
	static const char *const usual[] = { "(?i)(spam|casino|viagra|porn)",
		"buy.*now", "\\d+\\s*元", "(.)\\1{20,}", "(?i)https?://\\S+",
		"(?i)\\bfollow\\s+(me|us)\\b", "[\\x{400}-\\x{4ff}]{50}",
		"^\\s*$", "(?i)t\\.me/\\w+" };
	static const char *const pieces[] = { "buy ", "follow the ", "弹幕 ",
		"12345 ", "http:/", "ааааа ", "6666", "Wort, " };
	static char text[SAYTEXT_MAX + 1];
	uint32_t x = 7;

	for (int run = 0; run < 50; run++) {
		for (size_t n = 0; n < SAYTEXT_MAX - 16;
		     n += strlen(text + n)) {
			x = x * 1664525 + 1013904223;
			strcpy(text + n, pieces[x >> 29]);
		}
		for (size_t i = 0; i < NELEM(usual); i++) {
			struct blocklist *b = list_of(usual[i]);

			assert_false(blocklist_has(b, text));
			if (blocklist_given_up(b) > 0)
				fail_msg("%s given up: %s", usual[i], text);
			blocklist_free(b);
		}
	}
}

/* Bytes that are not text match nothing. */
static void
test_no_text(void **state UNUSED)
{
	struct blocklist *b = list_of("a");

	assert_false(blocklist_has(b, "a\xff"));
	assert_int_equal(blocklist_given_up(b), 1);
	blocklist_free(b);
}

#else

/* Without PCRE2 the error says so. */
static void
test_without(void **state UNUSED)
{
	const char *pattern = "a";
	char *cause;

	assert_null(blocklist_new(&pattern, 1, &cause));
	assert_non_null(strstr(cause, "apt-get install libpcre2-dev"));
	free(cause);
}

#endif

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
#ifdef HAVE_PCRE2
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_usual),
		cmocka_unit_test(test_no_text),
#else
		cmocka_unit_test(test_without),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
