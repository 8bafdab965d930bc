/* SPDX-License-Identifier: ISC */
/* Which receivers take what waits for them, with time as an argument. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/uptake.h"

/* So many looks, a second apart; each time it has taken `taken` bytes more, and
 * `waits` bytes wait. */
static int64_t
look(struct uptake *u, int64_t *now, int looks, uint64_t taken, int64_t waits)
{
	int64_t ms = 0;

	while (looks-- > 0) {
		*now += 1000;
		ms = uptake_look(u, *now, u->taken + taken, waits);
	}
	return ms;
}

static void
test_p15_hangs(void **state UNUSED)
{
	struct uptake u = { 0 };
	int64_t now = 5000;

	assert_int_equal(look(&u, &now, 10, 12500, 0), 0);
	/* its memory fills first: that is taken, as far as one can see */
	assert_int_equal(look(&u, &now, 5, 12500, 12500), 0);
	assert_int_equal(look(&u, &now, 5, 0, 34000), 5000);
	assert_int_equal(look(&u, &now, 1, 1, 34000), 0);
}

/* A slow one lives, however much waits; so does one with nothing to take. */
static void
test_lives(void **state UNUSED)
{
	struct uptake u = { 0 };
	int64_t now = 0;

	assert_int_equal(look(&u, &now, 60, 1, 4000000), 0);
	assert_int_equal(look(&u, &now, 60, 0, 0), 0);
	assert_int_equal(look(&u, &now, 3, 0, 1), 3000);
	assert_int_equal(look(&u, &now, 1, 0, 0), 0);
}

/* Nobody looked for a while: that is not its fault. */
static void
test_we_slept(void **state UNUSED)
{
	struct uptake u = { 0 };
	int64_t now = 0;

	assert_int_equal(look(&u, &now, 4, 0, 1), 3000);
	now += 60000;
	assert_int_equal(look(&u, &now, 1, 0, 1), 0);
	assert_int_equal(look(&u, &now, 2, 0, 1), 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_p15_hangs),
		cmocka_unit_test(test_lives),
		cmocka_unit_test(test_we_slept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
