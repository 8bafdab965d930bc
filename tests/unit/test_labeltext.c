/* SPDX-License-Identifier: ISC */
/* The text of labels. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/util.h"
#include "profile/labeltext.h"

#define WALL 1234567890123 /* 2009-02-13T23:31:30Z */

static const struct labeltext_facts facts = { "cam", "up", 24.96, 65432 };

static int
setup(void **state UNUSED)
{
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

static void
check_with(
    const char *format, const struct labeltext_facts *f, const char *want)
{
	char *text = labeltext_make(format, f, WALL);

	assert_string_equal(text, want);
	free(text);
}

static void
check(const char *format, const char *want)
{
	check_with(format, &facts, want);
}

static void
check_unknown(const char *format, const char *want)
{
	char *word = labeltext_unknown(format);

	if (want == NULL)
		assert_null(word);
	else
		assert_string_equal(word, want);
	free(word);
}

static void
test_words(void **state UNUSED)
{
	check("", "");
	check("0 : 0", "0 : 0");
	check("{name}", "cam");
	check("{name}{state}{fps}", "camup25");
	check("on {name}, {state} since {since}", "on cam, up since 1m05s");
}

static void
test_words_that_are_none(void **state UNUSED)
{
	check("{", "{");
	check("}", "}");
	check("{}", "{}");
	check("{nam}", "{nam}");
	check("{names}", "{names}");
	check("{name", "{name");
	check("{Name}", "{Name}");
	check("{ name }", "{ name }");
	check("{{name}}", "{cam}");
	check("{na{name}", "{nacam");
	check("\xff{name}\x80",
	    "\xff"
	    "cam\x80");
}

static void
test_conversions(void **state UNUSED)
{
	check("%H:%M:%S", "23:31:30");
	check("%Y-%m-%d {name} %%", "2009-02-13 cam %");
	check("%{", "%{"); /* no conversion at all */
}

/* Formats that make nothing, too much, or are cut off. */
static void
test_odd_conversions(void **state UNUSED)
{
	static const char *const formats[] = { "%", "%E", "%O", "%99999999d",
		"%999999999999999999999d", "%n", "%t", "%^#_0-", "%:::z", "%+",
		"%Q" };
	char *text;

	for (size_t i = 0; i < NELEM(formats); i++) {
		text = labeltext_make(formats[i], &facts, WALL);
		assert_non_null(text);
		assert_true(strlen(text) < 300);
		free(text);
	}
	check("%p", "PM");
	check("%99999999d", "");
}

/* The stream's name is not a format. */
static void
test_values_are_plain(void **state UNUSED)
{
	const struct labeltext_facts f = { "100%d%", "%n{name}", -1, 0 };

	check_with("{name}", &f, "100%d%");
	check_with("{state}", &f, "%n{name}");
	check_with("{fps}", &f, "-");
	check_with("{since}", &f, "0 ms");
}

static void
test_figures(void **state UNUSED)
{
	struct labeltext_facts f = facts;

	f.fps = 0;
	f.since_ms = 999;
	check_with("{fps} {since}", &f, "0 0 ms");
	f.fps = 1e6;
	f.since_ms = INT64_MAX;
	free(labeltext_make("{fps} {since}", &f, WALL));
	f.since_ms = -5000;
	free(labeltext_make("{since}", &f, WALL));
}

static void
test_moments(void **state UNUSED)
{
	char *text = labeltext_make("%Y", &facts, INT64_MAX);

	assert_string_equal(text, "292278994");
	free(text);
	text = labeltext_make("%Y", &facts, -1000);
	assert_string_equal(text, "1969");
	free(text);
}

/* The time for a long one is linear. */
static void
test_long(void **state UNUSED)
{
	size_t len = 200000;
	char *format = xcalloc(len + 1, 1);
	int64_t begin = mono_ms();

	memset(format, 'a', len);
	check(format, format);
	check_unknown(format, NULL);
	assert_true(mono_ms() - begin < 5000);
	free(format);
}

static void
test_unknown(void **state UNUSED)
{
	check_unknown("", NULL);
	check_unknown("{name} {state} {fps} {since}", NULL);
	check_unknown("{name} {sinc}", "{sinc}");
	check_unknown("{}{ x }{X}{", NULL);
	check_unknown("{{odd}}", "{odd}");
	check_unknown("{a}{b}", "{a}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_words_that_are_none),
		cmocka_unit_test(test_conversions),
		cmocka_unit_test(test_odd_conversions),
		cmocka_unit_test(test_values_are_plain),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
