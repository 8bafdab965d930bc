/* SPDX-License-Identifier: ISC */
/* A display that is drawn again and again in place. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/util.h"
#include "cli/terminal.h"

/* A frame overwrites line by line and never scrolls the window. */
static void
test_frame(void **state UNUSED)
{
	struct render_opts o = { .height = 2 };
	struct buf b;

	buf_init(&b, 0);
	terminal_frame(&b, "a\nb\nc\n", &o);
	assert_string_equal(buf_text(&b), "\033[Ha\033[K\nb\033[K\033[J");
	buf_clear(&b);
	o.height = 0;
	terminal_frame(&b, "a\n\nc\n", &o);
	assert_string_equal(
	    buf_text(&b), "\033[Ha\033[K\n\033[K\nc\033[K\033[J");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
