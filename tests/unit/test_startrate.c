/* SPDX-License-Identifier: ISC */
/* A burst starts at once, a later start gets a place in the line. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "process/startrate.h"

int64_t __wrap_mono_ns(void);

static int64_t now_ns;

int64_t
__wrap_mono_ns(void)
{
	return now_ns;
}

static void
test_line(void **state UNUSED)
{
	struct startrate sr = { 0 };

	now_ns = 1000000000;
	startrate_set(&sr, 10, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(startrate_reserve(&sr), 0);
	assert_int_equal(startrate_reserve(&sr), 100);
	assert_int_equal(startrate_reserve(&sr), 200);
	now_ns += 250000000; /* two and a half starts are past */
	assert_int_equal(startrate_reserve(&sr), 50);
	now_ns += 10000000000; /* full again, and not fuller */
	for (int i = 0; i < 3; i++)
		assert_int_equal(startrate_reserve(&sr), 0);
	assert_int_equal(startrate_reserve(&sr), 100);
}

/* One start at a time; another rate holds from the next start on. */
static void
test_single(void **state UNUSED)
{
	struct startrate sr = { 0 };

	now_ns = 5000000000;
	startrate_set(&sr, 1, 1);
	assert_int_equal(startrate_reserve(&sr), 0);
	assert_int_equal(startrate_reserve(&sr), 1000);
	startrate_set(&sr, 1000, 1);
	assert_int_equal(startrate_reserve(&sr), 2000);
	assert_int_equal(startrate_reserve(&sr), 2001);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_single),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
