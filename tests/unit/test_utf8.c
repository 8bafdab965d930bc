/* SPDX-License-Identifier: ISC */
/* UTF-8: valid characters, and other bytes (RFC 3629). */
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

struct row {
	const char *text;
	uint32_t cp;
	size_t len;
};

/* The first and the last character of each length, and invalid ones. */
static const struct row rows[] = {
	{ "a", 'a', 1 },
	{ "", 0, 1 },
	{ "\x7f", 0x7f, 1 },
	{ "\xc2\x80", 0x80, 2 },
	{ "\xdf\xbf", 0x7ff, 2 },
	{ "\xe0\xa0\x80", 0x800, 3 },
	{ "\xed\x9f\xbf", 0xd7ff, 3 },
	{ "\xee\x80\x80", 0xe000, 3 },
	{ "\xef\xbf\xbf", 0xffff, 3 },
	{ "\xf0\x90\x80\x80", 0x10000, 4 },
	{ "\xf4\x8f\xbf\xbf", 0x10ffff, 4 },
};

static const char *const bad[] = {
	"\x80",		    /* a byte that continues one */
	"\xbf",		    /* likewise */
	"\xc0\x80",	    /* overlong NUL */
	"\xc1\xbf",	    /* overlong DEL */
	"\xe0\x9f\xbf",	    /* overlong U+07FF */
	"\xf0\x8f\xbf\xbf", /* overlong U+FFFF */
	"\xed\xa0\x80",	    /* the first surrogate */
	"\xed\xbf\xbf",	    /* the last one */
	"\xf4\x90\x80\x80", /* U+110000 */
	"\xf7\xbf\xbf\xbf", /* U+1FFFFF */
	"\xf8\x88\x80\x80\x80",
	"\xfe",
	"\xff",
	"\xc3",		/* cut off */
	"\xe2\x82",	/* likewise */
	"\xf0\x9f\x98", /* likewise */
	"\xc3(",
	"\xe2(\xa1",
	"\xf0\x9f(\x98",
};

static void
test_decode(void **state UNUSED)
{
	uint32_t cp;

	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_int_equal(utf8_decode(rows[i].text, &cp), rows[i].len);
		assert_int_equal(cp, rows[i].cp);
		assert_int_equal(utf8_len(rows[i].text), rows[i].len);
	}
}

/* One byte is passed over, so that the rest is read. */
static void
test_bad(void **state UNUSED)
{
	uint32_t cp;

	for (size_t i = 0; i < NELEM(bad); i++) {
		if (utf8_decode(bad[i], &cp) != 1 || cp != UTF8_INVALID)
			fail_msg("row %zu", i);
		assert_int_equal(utf8_len(bad[i]), 0);
	}
	/* U+FFFD itself is a character */
	assert_int_equal(utf8_len("\xef\xbf\xbd"), 3);
}

/* A written character is read again. */
static void
test_put(void **state UNUSED)
{
	char out[UTF8_MAX + 1];

	for (size_t i = 0; i < NELEM(rows); i++) {
		size_t len = utf8_put(rows[i].cp, out);

		assert_int_equal(len, rows[i].len);
		assert_memory_equal(out, rows[i].text, len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
