/* SPDX-License-Identifier: ISC */
/* One value: from text to C and back, and refused texts. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "readback.h"

static const char *const letters[] = { "alpha", "beta", NULL };

static const struct key on = { .type = KEY_BOOL };
static const struct key whole = { .type = KEY_INT, .min = -20, .max = 19 };
static const struct key steps = {
	.type = KEY_INT, .min = 1, .max = 9, .unit = "steps"
};
static const struct key number = { .type = KEY_NUMBER, .min = 0.5 };
static const struct key gain = { .type = KEY_NUMBER };
static const struct key string = { .type = KEY_STRING };
static const struct key letter = { .type = KEY_ENUM, .choices = letters };
static const struct key duration = { .type = KEY_DURATION };
static const struct key brief = {
	.type = KEY_DURATION, .min = 100, .max = 60000
};
static const struct key bitrate = { .type = KEY_BITRATE };
static const struct key bytes = { .type = KEY_BYTES };
static const struct key size = { .type = KEY_SIZE };
static const struct key extent = { .type = KEY_EXTENT, .min = 8, .max = 400 };
static const struct key span = { .type = KEY_SPAN };
static const struct key rate = { .type = KEY_RATE };

/* A valid text is written back in one form. */
static void
test_good(void **state UNUSED)
{
	static const struct {
		const struct key *key;
		const char *text, *again;
	} rows[] = {
		{ &on, "true", "true" },
		{ &on, "false", "false" },
		{ &whole, "-20", "-20" },
		{ &whole, "19", "19" },
		{ &whole, "7.0", "7" },
		{ &number, "0.5", "0.5" },
		{ &gain, "0.30000000000000004", "0.30000000000000004" },
		{ &number, "100000000000000000000", "100000000000000000000" },
		{ &string, "a \"b\"", "a \"b\"" },
		{ &letter, "beta", "beta" },
		{ &duration, "500ms", "500ms" },
		{ &duration, "1500ms", "1500ms" },
		{ &duration, "1.5s", "1500ms" },
		{ &duration, "90", "90s" },
		{ &duration, "120s", "2m" },
		{ &duration, "24h", "1d" },
		{ &duration, "1.5h", "90m" },
		{ &duration, "0.0004s", NULL },
		{ &duration, "0", NULL },
		{ &bitrate, "2500k", "2500k" },
		{ &bitrate, "2.5M", "2500k" },
		{ &bitrate, "1G", "1000000k" },
		{ &bitrate, "123", "123" },
		{ &bytes, "512MiB", "512MiB" },
		{ &bytes, "1024KiB", "1MiB" },
		{ &bytes, "50GB", "50GB" },
		{ &bytes, "1000", "1kB" },
		{ &bytes, "1001", "1001" },
		{ &size, "1280x720", "1280x720" },
		{ &size, "0001x1", "1x1" },
		{ &extent, "36", "36" },
		{ &extent, "160x90", "160x90" },
		{ &extent, "160x-1", "160x-1" },
		{ &extent, "-1x90", "-1x90" },
		{ &extent, "4x4", "4x4" },
		{ &span, "[0,0.6]", "[0, 0.6]" },
		{ &span, "[0.25, 1]", "[0.25, 1]" },
		{ &rate, "25", "25" },
		{ &rate, "29.97", "30000/1001" },
		{ &rate, "23.976", "24000/1001" },
		{ &rate, "12.5", "25/2" },
		{ &rate, "50/2", "25" },
		{ &rate, "1/3", "1/3" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct key *k = rows[i].key;
		union readback_value v = { 0 };
		char *why = NULL, *again;

		if (scalar_scan(k, rows[i].text, &v, &why) == -1)
			fail_msg("%s: %s", rows[i].text, why);
		assert_null(why);
		again = scalar_text(k, &v);
		if (!util_streq(again, rows[i].again))
			fail_msg("%s: %s", rows[i].text, again);
		if (!readback_scalar(k, &v))
			fail_msg("%s: reads back to another", rows[i].text);
		free(again);
		if (k->type == KEY_STRING)
			free(v.text);
	}
}

/* A refused text leaves the value alone. */
static void
test_bad(void **state UNUSED)
{
	static const struct {
		const struct key *key;
		const char *text, *why; /* NULL: "expected, found" will do */
	} rows[] = {
		{ &on, "yes", NULL },
		{ &on, "", NULL },
		{ &on, "True", NULL },
		{ &whole, "20", "must be from -20 to 19, found 20" },
		{ &whole, "-21", "must be from -20 to 19, found -21" },
		{ &whole, "1.5", "must be a whole number, found 1.5" },
		{ &whole, "1e3", NULL },
		{ &whole, "+1", NULL },
		{ &whole, " 1", NULL },
		{ &whole, "1.", NULL },
		{ &whole, ".5", NULL },
		{ &whole, "0x10", NULL },
		{ &steps, "10", "must be from 1 to 9 steps, found 10" },
		{ &number, "0.4", "must be at least 0.5, found 0.4" },
		{ &number, "nan", NULL },
		{ &extent, "7", "must be from 8 to 400 pixels, found 7" },
		{ &extent, "401", "must be from 8 to 400 pixels, found 401" },
		{ &extent, "-1", NULL },
		{ &extent, "-1x-1", NULL },
		{ &extent, "0x9", NULL },
		{ &extent, "160x", NULL },
		{ &extent, "x90", NULL },
		{ &extent, "160x-2", NULL },
		{ &extent, "99999x1", NULL },
		{ &extent, "", NULL },
		{ &span, "[0.6,0]",
		    "must be two numbers from 0 to 1, the smaller one first, "
		    "found [0.6,0]" },
		{ &span, "[0,1.5]",
		    "must be two numbers from 0 to 1, the smaller one first, "
		    "found [0,1.5]" },
		{ &span, "[nan,1]",
		    "must be two numbers from 0 to 1, the smaller one first, "
		    "found [nan,1]" },
		{ &span, "[0]", NULL },
		{ &span, "[0,0.5,1]", NULL },
		{ &span, "[0,0.5]x", NULL },
		{ &span, "0.6", NULL },
		{ &number, "inf", NULL },
		{ &string, "", "must not be empty" },
		{ &string, "a\nb", "must not contain control characters" },
		{ &string, "a\x7f", "must not contain control characters" },
		{ &letter, "bata",
		    "expected one of alpha, beta, found \"bata\", did you mean "
		    "\"beta\"?" },
		{ &letter, "Beta",
		    "expected one of alpha, beta, found \"Beta\", did you mean "
		    "\"beta\"?" },
		{ &duration, "5 s", NULL },
		{ &duration, "5S", NULL },
		{ &duration, "5min", NULL },
		{ &duration, "-1s", "must be from 0 to 3650d, found -1s" },
		{ &duration, "3651d", "must be from 0 to 3650d, found 3651d" },
		{ &brief, "2m", "must be from 100ms to 1m, found 2m" },
		{ &bitrate, "5kbit", NULL },
		{ &bitrate, "5m", NULL },
		{ &bytes, "5gb", NULL },
		{ &size, "1280", NULL },
		{ &size, "1280X720", NULL },
		{ &size, "x720", NULL },
		{ &size, "1280x", NULL },
		{ &size, "1280x720x3", NULL },
		{ &size, "720p", "write 720p as \"1280x720\"" },
		{ &size, "4K", "write 4K as \"3840x2160\"" },
		{ &size, "0x1",
		    "width and height must be from 1 to 16384, found 0x1" },
		{ &size, "1x99999999999999999999",
		    "width and height must be from 1 to 16384, found "
		    "1x99999999999999999999" },
		{ &rate, "0",
		    "must be greater than 0 and at most 1000 fps, "
		    "found 0" },
		{ &rate, "1001",
		    "must be greater than 0 and at most 1000 fps, found 1001" },
		{ &rate, "-25",
		    "must be greater than 0 and at most 1000 fps, found -25" },
		{ &rate, "25/0", NULL },
		{ &rate, "/", NULL },
		{ &rate, "25/1/1", NULL },
		{ &rate, "29.97003", NULL },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		static const union readback_value nothing;
		union readback_value v = nothing;
		char *why = NULL;

		if (scalar_scan(rows[i].key, rows[i].text, &v, &why) == 0)
			fail_msg("%s: is read", rows[i].text);
		if (!util_streq(why, rows[i].why))
			fail_msg("%s: %s", rows[i].text, why);
		assert_memory_equal(&v, &nothing, sizeof(v));
		free(why);
	}
}

/* JSON without quotes, where the reader takes it so. */
static void
test_bare(void **state UNUSED)
{
	static const struct {
		const struct key *key;
		const char *text;
		bool bare;
	} rows[] = {
		{ &on, "true", true },
		{ &whole, "-5", true },
		{ &duration, "0", true },
		{ &duration, "5s", false },
		{ &rate, "25", true },
		{ &rate, "30000/1001", false },
		{ &string, "5", false },
		{ &size, "1x1", false },
		{ &letter, "beta", false },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		if (scalar_is_bare(rows[i].key, rows[i].text) != rows[i].bare)
			fail_msg("%s", rows[i].text);
}

/* The types, and the units of their plain numbers. */
static void
test_types(void **state UNUSED)
{
	static const enum key_type parts[] = { KEY_STRINGS, KEY_OPTIONS,
		KEY_ENV, KEY_OBJECT, KEY_LIST };
	double lo, hi;

	for (enum key_type t = KEY_BOOL; t <= KEY_RATE; t++)
		assert_true(scalar_is(t));
	for (size_t i = 0; i < NELEM(parts); i++)
		assert_false(scalar_is(parts[i]));
	assert_true(scalar_takes_number(KEY_DURATION));
	assert_true(scalar_takes_number(KEY_RATE));
	assert_true(scalar_takes_number(KEY_EXTENT));
	assert_false(scalar_takes_number(KEY_SIZE));
	assert_false(scalar_takes_number(KEY_STRING));
	assert_true(scalar_scale(KEY_DURATION) == 1000);
	assert_true(scalar_scale(KEY_BYTES) == 1);
	assert_true(scalar_limits(&brief, &lo, &hi));
	assert_true(lo == 100 && hi == 60000);
	assert_true(scalar_limits(&duration, &lo, &hi));
	assert_true(lo == 0 && hi == 3650 * 86400e3);
	assert_false(scalar_limits(&string, &lo, &hi));
}

/* Exactly, and without an exponent. */
static void
test_numbers(void **state UNUSED)
{
	static const struct {
		double n;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ -1.5, "-1.5" },
		{ 0.1, "0.1" },
		{ 1e-7, "0.0000001" },
		{ 1e21, "1000000000000000000000" },
		{ 9007199254740991.0, "9007199254740991" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *text = scalar_number_text(rows[i].n);

		assert_string_equal(text, rows[i].text);
		free(text);
	}
}

static void
test_equal(void **state UNUSED)
{
	char a[] = "a", b[] = "a", c[] = "b";
	const char *texts[] = { a, b, c, NULL, NULL };
	struct size s[] = { { 1, 2 }, { 1, 2 }, { 2, 1 } };

	assert_true(scalar_equal(&string, &texts[0], &texts[1]));
	assert_false(scalar_equal(&string, &texts[0], &texts[2]));
	assert_false(scalar_equal(&string, &texts[0], &texts[3]));
	assert_true(scalar_equal(&string, &texts[3], &texts[4]));
	assert_true(scalar_equal(&size, &s[0], &s[1]));
	assert_false(scalar_equal(&size, &s[0], &s[2]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
