/* SPDX-License-Identifier: ISC */
/* Stamps from arrival times, with time as an argument. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/dejitter.h"

#define MAX 2000

/* When frames were taken, and arrived; and their stamps. */
struct times {
	size_t n;
	double taken[MAX], came[MAX];
	int64_t stamp[MAX];
};

/* Frames at a rate, for so many seconds. */
static void
add(struct times *t, double fps, double seconds)
{
	double from = t->n == 0 ? 5e6 : t->taken[t->n - 1] + 1e6 / fps;

	for (int i = 0; i < fps * seconds; i++) {
		assert_true(t->n < MAX);
		t->taken[t->n] = t->came[t->n] = from + i * 1e6 / fps;
		t->n++;
	}
}

/* The same each time. */
static double
chance(void)
{
	static uint32_t x = 1;

	x = x * 1664525 + 1013904223;
	return (double)(x >> 8) / (1 << 24);
}

/* Each arrives up to so much later. */
static void
jitter(struct times *t, double us)
{
	for (size_t i = 0; i < t->n; i++)
		t->came[i] = t->taken[i] + us * chance();
}

static void
stamp(struct times *t, int64_t hint_us)
{
	struct dejitter s;

	dejitter_init(&s, hint_us);
	for (size_t i = 0; i < t->n; i++) {
		t->stamp[i] = dejitter_stamp(&s, (int64_t)t->came[i],
		    (int64_t)t->came[i + 1 < t->n ? i + 1 : i]);
		if (i > 0)
			assert_true(t->stamp[i] >= t->stamp[i - 1] + 1000);
	}
}

static double
gap(const struct times *t, size_t i)
{
	return (double)(t->stamp[i] - t->stamp[i - 1]);
}

/* From frame `from` on, up to `to`, gaps are as long as they were when the
 * frames were taken. */
static void
assert_even(const struct times *t, size_t from, size_t to, double within_us)
{
	for (size_t i = from; i < to; i++) {
		double off = gap(t, i) - (t->taken[i] - t->taken[i - 1]);

		if (off > within_us || off < -within_us)
			fail_msg("frame %zu: gap %.0f us, off by %.0f us", i,
			    gap(t, i), off);
	}
}

/* The first is stamped with its arrival, and even arrivals stay even. */
static void
test_even(void **state UNUSED)
{
	static const double rates[] = { 1, 5, 7.5, 10, 12.5, 15, 20, 24, 25,
		29.97, 30, 50, 60, 90, 120 };

	for (size_t i = 0; i < NELEM(rates); i++) {
		struct times t = { .n = 0 };

		add(&t, rates[i], 12);
		stamp(&t, (int64_t)(1e6 / rates[i]));
		assert_int_equal(t.stamp[0], 5000000);
		assert_even(&t, 1, t.n, 2);
		for (size_t k = 0; k < t.n; k++)
			assert_in_range(t.stamp[k], (int64_t)t.came[k] - 20,
			    (int64_t)t.came[k] + 20);
		/* nobody said what to expect */
		stamp(&t, 0);
		assert_even(&t, rates[i] > 9 ? (size_t)rates[i] : 9, t.n, 2000);
	}
}

/* Jitter of some milliseconds shrinks to a few tenths of one. */
static void
test_jitter(void **state UNUSED)
{
	static const double rates[] = { 10, 15, 25, 30, 60 };

	for (size_t i = 0; i < NELEM(rates); i++) {
		struct times t = { .n = 0 };

		add(&t, rates[i], 30);
		jitter(&t, 6000);
		stamp(&t, (int64_t)(1e6 / rates[i]));
		assert_even(&t, 10, t.n, 1500);
		for (size_t k = 0; k < t.n; k++)
			assert_in_range(t.stamp[k], (int64_t)t.taken[k] - 3000,
			    (int64_t)t.taken[k] + 9000);
	}
}

/* A hold-up of a moment, then all at once: as if nothing had happened. */
static void
test_burst(void **state UNUSED)
{
	for (size_t held = 1; held < 20; held++) {
		struct times t = { .n = 0 };

		add(&t, 30, 6);
		jitter(&t, 1000);
		for (size_t i = 60; i < 60 + held; i++)
			t.came[i] = t.came[60 + held] - 100;
		stamp(&t, 33333);
		assert_even(&t, 10, t.n, 6000);
	}
}

/* The same through a narrow pipe: each late frame needs some time, but less
 * than the camera's period. */
static void
test_slow_burst(void **state UNUSED)
{
	static const double shares[] = { 0.1, 0.3, 0.5, 0.6, 0.7 };

	for (size_t i = 0; i < NELEM(shares); i++) {
		struct times t = { .n = 0 };
		double there;

		add(&t, 30, 6);
		there = t.taken[72];
		for (size_t k = 60; k < t.n && there > t.taken[k]; k++) {
			t.came[k] = there;
			there += shares[i] * 1e6 / 30;
		}
		stamp(&t, 33333);
		assert_even(&t, 10, t.n, 6000);
	}
}

/* The camera took none: the stamps say so, and are right again after that. */
static void
test_pause(void **state UNUSED)
{
	static const double pauses[] = { 0.2, 1, 5, 60, 86400 };

	for (size_t i = 0; i < NELEM(pauses); i++) {
		struct times t = { .n = 0 };
		size_t at;

		add(&t, 30, 3);
		at = t.n;
		add(&t, 1 / pauses[i], pauses[i]);
		add(&t, 30, 3);
		jitter(&t, 2000);
		stamp(&t, 33333);
		assert_even(&t, at, at + 1, 6000);
		assert_even(&t, at + 1, t.n, 4000);
	}
}

/* The beginning of the next unit (a delimiter) comes with each frame, so that
 * the next one always seems to follow at once: a pause is seen all the same,
 * one frame late. */
static void
test_next_at_once(void **state UNUSED)
{
	struct times t = { .n = 0 };
	struct dejitter s;

	add(&t, 30, 3);
	add(&t, 0.5, 2);
	add(&t, 30, 3);
	add(&t, 10, 3);
	jitter(&t, 2000);
	dejitter_init(&s, 33333);
	for (size_t i = 0; i < t.n; i++)
		t.stamp[i] =
		    dejitter_stamp(&s, (int64_t)t.came[i], (int64_t)t.came[i]);
	assert_even(&t, 10, 90, 3000);
	assert_true(gap(&t, 90) < 40000);
	assert_in_range(gap(&t, 91), 1990000, 2010000);
	assert_even(&t, 92, 181, 4000);
	assert_even(&t, 181 + 12, t.n, 8000);
}

/* A camera goes to a slow rate in the dark, and back: followed within a second,
 * and in that second no gap is longer than the longer one. */
static void
test_dark(void **state UNUSED)
{
	for (int late = 0; late <= 4000; late += 2000) {
		struct times t = { .n = 0 };
		size_t dark, light;

		add(&t, 30, 5);
		dark = t.n;
		add(&t, 10, 5);
		light = t.n;
		add(&t, 30, 5);
		jitter(&t, late);
		stamp(&t, 33333);
		assert_even(&t, 10, dark, 3000);
		assert_even(&t, dark + 10, light, 5000);
		assert_even(&t, light + 30, t.n, 3000);
		for (size_t i = dark; i < light + 30; i++)
			assert_true(gap(&t, i) < 140000);
		for (size_t i = 0; i < t.n; i++)
			assert_in_range(t.stamp[i], (int64_t)t.taken[i] - 60000,
			    (int64_t)t.taken[i] + 60000);
	}
}

/* From any rate to any other, near or far. */
static void
test_rates(void **state UNUSED)
{
	static const double rates[] = { 10, 12, 12.5, 15, 20, 24, 25, 30, 48,
		50, 60 };

	for (size_t i = 0; i < NELEM(rates); i++) {
		for (size_t k = 0; k < NELEM(rates); k++) {
			struct times t = { .n = 0 };
			size_t at;

			add(&t, rates[i], 3);
			at = t.n;
			add(&t, rates[k], 10);
			jitter(&t, 2000);
			stamp(&t, (int64_t)(1e6 / rates[i]));
			at += (size_t)(rates[k] > 12 ? rates[k] : 12);
			assert_even(&t, at, t.n, 5000);
		}
	}
}

/* Ten minutes with a clock that is 100 ppm off: the stamps follow the
 * arrivals. */
static void
test_drift(void **state UNUSED)
{
	for (int ppm = -100; ppm <= 100; ppm += 100) {
		double period = 1e6 / 30 * (1 + ppm * 1e-6);
		struct dejitter s;

		dejitter_init(&s, 33333);
		for (int i = 0; i < 10 * 60 * 30; i++) {
			int64_t at = (int64_t)(1e6 + i * period);
			int64_t come = at + (int64_t)(4000 * chance());

			assert_in_range(dejitter_stamp(&s, come,
					    at + (int64_t)period + 2000),
			    at - 1000, at + 5000);
		}
	}
}

/* Any arrivals, in any order: each stamp is later than the last, and none runs
 * away from its arrival. */
static void
test_any(void **state UNUSED)
{
	for (int run = 0; run < 50; run++) {
		struct dejitter s;
		int64_t now = 0, next, was = -1, stamp;

		dejitter_init(&s, run % 3 * 20000);
		for (int i = 0; i < 2000; i++) {
			double wild = chance();

			next = now +
			    (wild < 0.3		  ? 0
				    : wild < 0.35 ? (int64_t)(5e6 * chance())
						  : (int64_t)(6e4 * chance()));
			stamp = dejitter_stamp(&s, now, next);
			assert_true(i == 0 || stamp >= was + 1000);
			assert_true(stamp <= now + 5000000);
			was = stamp;
			now = next;
		}
	}
}

/* The first second comes at once, as from a pipe that was not read: the stamps
 * are soon even. */
static void
test_burst_at_start(void **state UNUSED)
{
	struct times t = { .n = 0 };

	add(&t, 30, 5);
	for (size_t i = 0; i < 30; i++)
		t.came[i] = t.taken[30];
	stamp(&t, 33333);
	assert_even(&t, 60, t.n, 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_even),
		cmocka_unit_test(test_jitter),
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_slow_burst),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_next_at_once),
		cmocka_unit_test(test_dark),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_burst_at_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
