/* SPDX-License-Identifier: ISC */
/* Media that advance, that are frozen, that never come. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/util.h"
#include "process/mediawatch.h"

/* One report of -progress. True: media advanced. */
static bool
report(struct mediawatch *m, int64_t frame, int64_t us, int64_t now_ms)
{
	char line[64];
	bool advanced = false;

	snprintf(line, sizeof(line), "frame=%lld", (long long)frame);
	advanced |= mediawatch_progress(m, line, now_ms);
	snprintf(line, sizeof(line), "out_time_us=%lld", (long long)us);
	advanced |= mediawatch_progress(m, line, now_ms);
	advanced |= mediawatch_progress(m, "progress=continue", now_ms);
	return advanced;
}

static void
test_advance(void **state UNUSED)
{
	struct mediawatch m = { .proven = true };

	mediawatch_begin(&m);
	assert_true(m.proven); /* of the arguments, not of the run */
	assert_int_equal(mediawatch_ms(&m), -1);
	assert_int_equal(m.progress.frame, -1);
	for (int i = 1; i < 10; i++)
		assert_true(report(&m, i * 25, i * 1000000, i * 1000));
	assert_false(m.frozen);
	m.first_ms = 1000;
	m.last_ms = 4000;
	assert_int_equal(mediawatch_ms(&m), 3000);
	mediawatch_begin(&m);
	assert_int_equal(mediawatch_ms(&m), -1);
}

/* Frames without end, their time does not advance. */
static void
test_frozen(void **state UNUSED)
{
	struct mediawatch m = { 0 };
	bool any = false;

	mediawatch_begin(&m);
	for (int i = 1; i < 5; i++)
		report(&m, i * 25, i * 1000000, i * 1000);
	for (int i = 5; i < 20; i++)
		any |= i > 6 && report(&m, i * 25, 4000000, i * 1000);
	assert_true(m.frozen);
	assert_false(any);
}

/* The same report again is not an advance, nor are other words. */
static void
test_same(void **state UNUSED)
{
	struct mediawatch m = { 0 };

	mediawatch_begin(&m);
	assert_true(report(&m, 25, 1000000, 1000));
	assert_false(report(&m, 25, 1000000, 2000));
	assert_false(mediawatch_progress(&m, "speed=1x", 2000));
	assert_false(mediawatch_progress(&m, "nonsense", 2000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_advance),
		cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
