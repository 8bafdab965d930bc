/* SPDX-License-Identifier: ISC */
/* Media that keep up with the clock, and that do not. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/pace.h"

/* `seconds` of a run whose media come in steps of `step_s` at `speed`, after
 * `first_s` at once; the judgement. */
static int
judge(double speed, double step_s, double first_s, int seconds)
{
	struct pace p = { .n = 0 };

	for (int i = 0; i <= seconds; i++) {
		/* a report may be almost a second old */
		double media = speed * (i % 3 == 2 ? i - 0.8 : i);

		media = step_s * (double)(int64_t)(media / step_s) + first_s;
		pace_add(&p, 1, 5000 + i * 1000, (int64_t)(media * 1e6));
	}
	return pace_judge(&p);
}

static void
test_w6_u01_rows(void **state UNUSED)
{
	static const struct {
		double speed, step_s, first_s;
		int seconds, want;
	} rows[] = {
		{ 1, 0.04, 0, 5, 0 },
		{ 1, 0.04, 0, 60, 0 },
		{ 1, 0.04, 0, 600, 0 },
		{ 0.29, 0.04, 0, 9, 0 },
		{ 0.29, 0.04, 0, 12, -1 },
		{ 0.29, 0.04, 0, 600, -1 },
		{ 0.8, 0.04, 0, 60, -1 },
		{ 0.95, 0.04, 0, 60, 0 },
		/* M8: one frame a second, and one in ten */
		{ 1, 1, 0, 60, 0 },
		{ 1, 10, 0, 60, 0 },
		/* segments of HLS, with some at once in the beginning */
		{ 1, 6, 18, 60, 0 },
		{ 1, 2, 30, 25, 0 },
		{ 1, 10, 0, 60, 0 },
		{ 0.4, 2, 6, 60, -1 },
		/* a file over HTTP, as fast as it comes */
		{ 16, 0.04, 0, 25, 1 },
		{ 3, 0.04, 0, 30, 1 },
		{ 1.1, 0.04, 0, 60, 0 },
		{ 16, 0.04, 0, 8, 0 },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		int got = judge(rows[i].speed, rows[i].step_s, rows[i].first_s,
		    rows[i].seconds);

		if (got != rows[i].want)
			fail_msg("%g in steps of %g for %d s: %d",
			    rows[i].speed, rows[i].step_s, rows[i].seconds,
			    got);
	}
}

/* Another run, or media that go back, begin anew. */
static void
test_run(void **state UNUSED)
{
	struct pace p = { .n = 0 };

	for (int i = 0; i < 40; i++)
		pace_add(&p, 1, i * 1000, i * 200000);
	assert_int_equal(pace_judge(&p), -1);
	assert_true(pace_speed(&p) > 0.19 && pace_speed(&p) < 0.21);
	pace_add(&p, 2, 40000, 0);
	assert_int_equal(pace_judge(&p), 0);
	assert_true(pace_speed(&p) < 0);
	for (int i = 41; i < 80; i++)
		pace_add(&p, 2, i * 1000, (i - 40) * 200000);
	assert_int_equal(pace_judge(&p), -1);
	pace_add(&p, 2, 81000, 5);
	assert_int_equal(pace_judge(&p), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_w6_u01_rows),
		cmocka_unit_test(test_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
