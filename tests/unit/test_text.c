/* SPDX-License-Identifier: ISC */
/* Text that is harmless, and words as others read them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/size.h"
#include "base/strv.h"
#include "base/text.h"
#include "base/util.h"

static void
test_control(void **state UNUSED)
{
	static const uint32_t yes[] = { 0, 9, 10, 0x1b, 0x1f, 0x7f, 0x80, 0x9b,
		0x9f, 0x61c, 0x200e, 0x200f, 0x2028, 0x202a, 0x202e, 0x2066,
		0x2069 };
	static const uint32_t no[] = { ' ', '~', 0xa0, 0x200d, 0x2027, 0x202f,
		0x2065, 0x206a, 0xfffd, 0x1f600 };

	for (size_t i = 0; i < NELEM(yes); i++)
		assert_true(text_is_control(yes[i]));
	for (size_t i = 0; i < NELEM(no); i++)
		assert_false(text_is_control(no[i]));
}

static void
test_has_control(void **state UNUSED)
{
	assert_false(text_has_control(""));
	assert_false(text_has_control("plain \xc3\xa4 \xe2\x80\x8f"));
	assert_true(text_has_control("two\nlines"));
	assert_true(text_has_control("\x7f"));
	assert_true(text_has_control("a\x1b[31m"));
}

static void
test_quote(void **state UNUSED)
{
	static const char *const rows[][2] = { { "", "''" }, { "a b", "'a b'" },
		{ "it's", "'it'\\''s'" }, { "'", "''\\'''" } };

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct buf out;

		buf_init(&out, 0);
		strv_quote(&out, rows[i][0]);
		assert_string_equal(buf_text(&out), rows[i][1]);
		buf_clear(&out);
	}
}

static void
test_rate(void **state UNUSED)
{
	char *text = size_rate_text((struct rate){ 25, 1 });

	assert_string_equal(text, "25");
	free(text);
	text = size_rate_text((struct rate){ 30000, 1001 });
	assert_string_equal(text, "30000/1001");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_control),
		cmocka_unit_test(test_has_control),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
