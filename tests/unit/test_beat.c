/* SPDX-License-Identifier: ISC */
/* A beat that does not drift, at any rate. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/beat.h"

static void
test_beat(void **state UNUSED)
{
	const struct rate fps = { 30000, 1001 };
	int64_t forgiven, n = 1000000000;
	struct beat b;

	beat_start(&b, fps, 12345);
	assert_int_equal(beat_at(&b, 0), 12345);
	assert_int_equal(beat_at(&b, 1), 12345 + 33366667); /* rounded up */
	assert_int_equal(beat_at(&b, 30000), 12345 + 1001000000000);
	assert_int_equal(beat_at(&b, n), 12345 + 33366666666666667);
	assert_int_equal(beat_at(&b, 3 * n), 12345 + 100100000000000000);
	assert_int_equal(beat_owed(&b, 12344, &forgiven), 0);
	assert_int_equal(beat_owed(&b, 12345, &forgiven), 1);
	b.sent = n;
	assert_int_equal(beat_owed(&b, beat_at(&b, n) - 1, &forgiven), 0);
	assert_int_equal(beat_owed(&b, beat_at(&b, n), &forgiven), 1);
	assert_int_equal(forgiven, 0);
	assert_int_equal(beat_wait(&b, beat_at(&b, n) - 7), 7);
	assert_int_equal(beat_wait(&b, beat_at(&b, n) + 7),
	    beat_at(&b, n + 1) - beat_at(&b, n) - 7);
	assert_int_equal(
	    beat_wait(&b, beat_at(&b, n)), beat_at(&b, n + 1) - beat_at(&b, n));
}

/* Every beat is due exactly when beat_at says so, at any rate. */
static void
test_agrees(void **state UNUSED)
{
	static const struct rate rates[] = { { 25, 1 }, { 30000, 1001 },
		{ 60000, 1001 }, { 1, 2 }, { 15, 7 }, { 1000, 1 } };
	int64_t forgiven, n;
	struct beat b;
	size_t i;

	for (i = 0; i < NELEM(rates); i++) {
		beat_start(&b, rates[i], 1);
		for (n = 0; n < 5000; n++) {
			b.sent = n;
			assert_int_equal(
			    beat_owed(&b, beat_at(&b, n) - 1, &forgiven), 0);
			assert_int_equal(
			    beat_owed(&b, beat_at(&b, n), &forgiven), 1);
		}
	}
}

static void
test_forgives(void **state UNUSED)
{
	const int64_t second = 1000000000;
	const struct rate fps = { 25, 1 };
	int64_t forgiven;
	struct beat b;

	beat_start(&b, fps, 0);
	b.sent = 1;
	assert_int_equal(beat_owed(&b, second, &forgiven), 25);
	assert_int_equal(forgiven, 0);
	assert_int_equal(beat_owed(&b, 10 * second, &forgiven), 25);
	assert_int_equal(forgiven, 225);
	b.sent += 25;
	assert_int_equal(beat_owed(&b, 10 * second, &forgiven), 0);
	assert_int_equal(forgiven, 0);
	assert_int_equal(beat_wait(&b, 10 * second), second / 25);
	assert_int_equal(
	    beat_owed(&b, 10 * second + second / 25, &forgiven), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beat),
		cmocka_unit_test(test_agrees),
		cmocka_unit_test(test_forgives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
