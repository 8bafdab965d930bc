/* SPDX-License-Identifier: ISC */
/* Things a second, with time as an argument. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/meter.h"
#include "base/util.h"

/* A rate in hundredths. */
static int
hundredths(struct meter *m, int64_t now)
{
	double rate = meter_rate(m, now);

	return (int)(rate * 100 + (rate < 0 ? -0.5 : 0.5));
}

/* Nothing is known before a whole second; after that it does not wait for
 * the whole span. */
static void
test_begin(void **state UNUSED)
{
	struct meter m;

	meter_reset(&m);
	assert_int_equal(hundredths(&m, 5000), -100);
	assert_false(meter_is_full(&m, 1 << 30));
	for (int i = 0; i < 25; i++)
		meter_add(&m, 7000 + i * 40);
	assert_int_equal(hundredths(&m, 7999), -100);
	assert_int_equal(hundredths(&m, 8000), 2500);
	meter_add(&m, 8500); /* of a second that is not over */
	assert_int_equal(hundredths(&m, 8999), 2500);
	assert_int_equal(hundredths(&m, 9000), 1300);
	assert_false(meter_is_full(&m, 7000 + METER_SPAN * 1000 - 1));
	assert_true(meter_is_full(&m, 7000 + METER_SPAN * 1000));
}

/* Over a long time it is the rate, however often it is asked for. */
static void
test_steady(void **state UNUSED)
{
	for (int fps = 1; fps <= 240; fps += 7) {
		struct meter m;

		meter_reset(&m);
		for (int64_t i = 0; i < 40 * fps; i++) {
			int64_t now = 100 + i * 1000 / fps;

			meter_add(&m, now);
			if (now >= 1100)
				assert_in_range(hundredths(&m, now),
				    fps * 100 - 100, fps * 100 + 100);
			if (now >= 100 + METER_SPAN * 1000)
				assert_in_range(hundredths(&m, now),
				    fps * 100 - 10, fps * 100 + 10);
		}
	}
}

/* A rate that has stopped sinks to nothing within the span, and a gap longer
 * than that leaves no trace. */
static void
test_stop(void **state UNUSED)
{
	struct meter m;

	meter_reset(&m);
	for (int i = 0; i < 20 * 10; i++)
		meter_add(&m, 1000 + i * 100);
	assert_int_equal(hundredths(&m, 21000), 1000);
	assert_int_equal(hundredths(&m, 26000), 500);
	assert_int_equal(hundredths(&m, 30999), 100);
	assert_int_equal(hundredths(&m, 31000), 0);
	meter_add(&m, 31500);
	assert_int_equal(hundredths(&m, 32000), 10);
	for (int64_t gap = 9000; gap < 14000; gap += 500) {
		meter_reset(&m);
		for (int i = 0; i < 100; i++)
			meter_add(&m, 1000 + i * 100);
		meter_add(&m, 10900 + gap);
		assert_in_range(
		    hundredths(&m, 11000 + gap), 0, gap < 10000 ? 200 : 10);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_steady),
		cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
