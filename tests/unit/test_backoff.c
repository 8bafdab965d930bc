/* SPDX-License-Identifier: ISC */
/* From the history of endings to the next delay: the policies people set. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "process/backoff.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)

/* The defaults of a profile, but without the jitter. */
static const struct backoff_policy policy = {
	.min_ms = 500,
	.max_ms = 30 * SECOND,
	.auth_min_ms = MINUTE,
	.auth_max_ms = 15 * MINUTE,
	.device_min_ms = 2 * SECOND,
	.device_max_ms = 30 * SECOND,
	.slow_min_ms = 2 * SECOND,
	.slow_max_ms = 20 * SECOND,
	.patient_min_ms = 5 * SECOND,
	.rare_ms = 30 * SECOND,
	.held_ms = 15 * MINUTE,
	.factor = 2,
	.jitter = 0,
	.healthy_ms = 10 * SECOND,
};

/* The delay after one more failure. */
static int64_t
next(struct backoff *b, enum fail_class class, int64_t media_ms)
{
	return backoff_next(b, &policy, ffclass_policy(class), media_ms, 0.5);
}

/* Failures in a row, never on air, get exactly these delays. */
static void
expect_curve(enum fail_class class, const int64_t *delays, size_t n)
{
	struct backoff b;

	backoff_reset(&b);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(next(&b, class, -1), delays[i]);
		assert_int_equal(b.failures, i + 1);
	}
}

/* 500 ms, doubled up to 30 s, and then 30 s for ever. */
static void
test_curve(void **state UNUSED)
{
	static const int64_t delays[] = { 500, 1000, 2000, 4000, 8000, 16000,
		30000, 30000, 30000 };
	struct backoff b;

	expect_curve(FAIL_REFUSED, delays, NELEM(delays));
	backoff_reset(&b);
	for (int i = 0; i < 10000; i++)
		next(&b, FAIL_REFUSED, -1);
	assert_int_equal(next(&b, FAIL_REFUSED, -1), 30 * SECOND);
}

/* Cameras lock out after a few wrong passwords; a device comes back soon. */
static void
test_ladders(void **state UNUSED)
{
	static const int64_t auth[] = { MINUTE, 2 * MINUTE, 4 * MINUTE,
		8 * MINUTE, 15 * MINUTE, 15 * MINUTE };
	static const int64_t device[] = { 2 * SECOND, 4 * SECOND, 8 * SECOND,
		16 * SECOND, 30 * SECOND, 30 * SECOND };

	expect_curve(FAIL_AUTH, auth, NELEM(auth));
	expect_curve(FAIL_DEVICE, device, NELEM(device));
	expect_curve(FAIL_SPAWN, device, NELEM(device));
}

/* A ladder begins at its foot when the kind of failure changes; classes of
 * one kind go on climbing. */
static void
test_change_of_ladder(void **state UNUSED)
{
	struct backoff b;

	backoff_reset(&b);
	assert_int_equal(next(&b, FAIL_REFUSED, -1), 500);
	assert_int_equal(next(&b, FAIL_TIMEOUT, -1), 1000);
	assert_int_equal(next(&b, FAIL_AUTH, -1), MINUTE);
	assert_int_equal(next(&b, FAIL_AUTH, -1), 2 * MINUTE);
	assert_int_equal(next(&b, FAIL_REFUSED, -1), 500);
	assert_int_equal(next(&b, FAIL_AUTH, -1), MINUTE);
	assert_int_equal(b.failures, 6);
}

/* No delay leaves its spread, and both ends of the spread are reached. */
static void
test_jitter(void **state UNUSED)
{
	struct backoff_policy p = policy;
	static const double randoms[] = { 0.0, 0.25, 0.5, 0.75, 0.9999999 };
	static const int64_t delays[] = { 400, 450, 500, 550, 600 };
	struct backoff b;

	p.jitter = 0.2;
	for (size_t i = 0; i < NELEM(randoms); i++) {
		backoff_reset(&b);
		assert_int_equal(
		    backoff_next(&b, &p, POLICY_NORMAL, -1, randoms[i]),
		    delays[i]);
		/* the spread is not carried into the next step */
		assert_int_equal(
		    backoff_next(&b, &p, POLICY_NORMAL, -1, 0.5), 1000);
	}
	backoff_reset(&b);
	for (int i = 0; i < 1000; i++) {
		int64_t d =
		    backoff_next(&b, &p, POLICY_NORMAL, -1, (double)i / 1000);

		assert_in_range(d, 400, 36 * SECOND);
		assert_in_range(d, b.delay_ms * 8 / 10, b.delay_ms * 12 / 10);
	}
}

/* A healthy run makes the next start immediate, and resets the curve; a
 * run that merely started changes nothing. */
static void
test_health(void **state UNUSED)
{
	struct backoff b;

	backoff_reset(&b);
	assert_int_equal(next(&b, FAIL_SIGNAL, 10 * SECOND), 0);
	assert_int_equal(next(&b, FAIL_SIGNAL, 10 * SECOND), 0);
	assert_int_equal(next(&b, FAIL_SIGNAL, 10 * SECOND - 1), 500);
	assert_int_equal(next(&b, FAIL_SIGNAL, -1), 1000);
	assert_int_equal(next(&b, FAIL_SIGNAL, 0), 2000);
	assert_int_equal(next(&b, FAIL_SIGNAL, 9 * SECOND), 4000);
	assert_int_equal(next(&b, FAIL_SIGNAL, 10 * SECOND), 0);
	assert_int_equal(b.failures, 1);
	assert_int_equal(next(&b, FAIL_SIGNAL, -1), 500);
}

/* With a delay longer than the measure of health, that is the measure: else
 * a stream that lives 11 s and waits 30 s would count as healthy. */
static void
test_health_outlasts_delay(void **state UNUSED)
{
	struct backoff b;

	backoff_reset(&b);
	while (b.delay_ms < 30 * SECOND)
		next(&b, FAIL_CLOSED, -1);
	assert_false(backoff_is_healthy(&b, &policy, 11 * SECOND));
	assert_int_equal(next(&b, FAIL_CLOSED, 11 * SECOND), 30 * SECOND);
	assert_int_equal(next(&b, FAIL_CLOSED, 30 * SECOND - 1), 30 * SECOND);
	assert_true(backoff_is_healthy(&b, &policy, 30 * SECOND));
	assert_int_equal(next(&b, FAIL_CLOSED, 30 * SECOND), 0);
	assert_true(backoff_is_healthy(&b, &policy, 10 * SECOND));
}

/* A refused password after a healthy run still is one: no free try. */
static void
test_health_is_no_pardon(void **state UNUSED)
{
	struct backoff b;

	backoff_reset(&b);
	next(&b, FAIL_AUTH, -1);
	next(&b, FAIL_AUTH, -1);
	assert_int_equal(next(&b, FAIL_AUTH, MINUTE), 4 * MINUTE);
	assert_int_equal(next(&b, FAIL_AUTH, 4 * MINUTE), MINUTE);
	assert_int_equal(next(&b, FAIL_DEVICE, MINUTE), 2 * SECOND);
}

/* "-1: none ever" is not healthy, even where a policy asks for none; 0, the
 * very first frame, is. */
static void
test_none_and_zero(void **state UNUSED)
{
	struct backoff_policy p = policy;
	struct backoff b;

	p.healthy_ms = 0;
	backoff_reset(&b);
	assert_false(backoff_is_healthy(&b, &p, -1));
	assert_true(backoff_is_healthy(&b, &p, 0));
	assert_int_equal(backoff_next(&b, &p, POLICY_NORMAL, -1, 0.5), 500);
	assert_int_equal(backoff_next(&b, &p, POLICY_NORMAL, 0, 0.5), 1000);
	assert_int_equal(backoff_next(&b, &p, POLICY_NORMAL, 1000, 0.5), 0);
}

/* An error that the source may mend in a moment is retried within half a
 * minute, even when it has lasted for long. */
static void
test_slow(void **state UNUSED)
{
	static const int64_t delays[] = { 2 * SECOND, 4 * SECOND, 8 * SECOND,
		16 * SECOND, 20 * SECOND, 20 * SECOND };
	static const enum fail_class slow[] = { FAIL_OPTION, FAIL_CODEC,
		FAIL_GEOMETRY, FAIL_HWENC };

	for (size_t i = 0; i < NELEM(slow); i++)
		expect_curve(slow[i], delays, NELEM(delays));
}

/* A run that is given up is retried all the same, each time after the same
 * delay, and is no longer given up when it was on air; no class is given up as
 * such. */
static void
test_held(void **state UNUSED)
{
	struct backoff b;

	backoff_reset(&b);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    backoff_next(&b, &policy, POLICY_HELD, -1, i / 3.0),
		    15 * MINUTE);
		assert_int_equal(b.policy, POLICY_HELD);
	}
	/* and it does not ask for a run of 15 minutes */
	assert_int_equal(
	    backoff_next(&b, &policy, POLICY_HELD, 10 * SECOND, 0.5), 0);
	assert_int_equal(b.policy, POLICY_NORMAL);
	assert_int_equal(backoff_next(&b, &policy, POLICY_HELD, 0, 0.5), 500);
	for (int c = FAIL_NONE; c < N_FAIL_CLASSES; c++) {
		enum fail_class class = (enum fail_class)c;

		assert_int_not_equal(ffclass_policy(class), POLICY_HELD);
		backoff_reset(&b);
		assert_in_range(next(&b, class, -1), 1, MINUTE);
	}
}

/* A factor of 1 is a fixed delay, and odd limits do no harm. */
static void
test_odd_policies(void **state UNUSED)
{
	struct backoff_policy p = policy;
	struct backoff b;

	p.factor = 1;
	backoff_reset(&b);
	for (int i = 0; i < 50; i++)
		assert_int_equal(
		    backoff_next(&b, &p, POLICY_NORMAL, -1, 0.5), p.min_ms);
	p.min_ms = p.max_ms = 0;
	assert_int_equal(backoff_next(&b, &p, POLICY_NORMAL, -1, 0.5), 0);
	p.max_ms = INT64_C(24) * 3600 * SECOND;
	p.min_ms = p.max_ms;
	p.factor = 10;
	for (int i = 0; i < 50; i++)
		assert_int_equal(
		    backoff_next(&b, &p, POLICY_NORMAL, -1, 0.5), p.max_ms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_curve),
		cmocka_unit_test(test_ladders),
		cmocka_unit_test(test_change_of_ladder),
		cmocka_unit_test(test_jitter),
		cmocka_unit_test(test_health),
		cmocka_unit_test(test_health_outlasts_delay),
		cmocka_unit_test(test_health_is_no_pardon),
		cmocka_unit_test(test_none_and_zero),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_odd_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
