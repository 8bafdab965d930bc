/* SPDX-License-Identifier: ISC */
/* A run whose frames go on in time, and one that is frozen. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/stampcheck.h"
#include "media/ts.h"

#define FRAME (TS_HZ / 25)

struct run {
	struct stampcheck stamps;
	int64_t now, dts, count;
};

/* So many frames, 40 ms apart, whose stamps grow by `step`. */
static void
frames(struct run *r, int n, int64_t step)
{
	for (; n > 0; n--) {
		r->now += 40;
		r->dts += step;
		stampcheck_note(&r->stamps, r->dts, ++r->count, r->now);
	}
}

static struct run
begin(void)
{
	struct run r = { .now = 1000, .dts = 1 };

	stampcheck_reset(&r.stamps);
	return r;
}

static void
test_goes_on(void **state UNUSED)
{
	struct run r = begin();

	assert_int_equal(stampcheck_step(&r.stamps), 0);
	frames(&r, 100, FRAME);
	assert_int_equal(r.stamps.last_ms, r.now);
	assert_int_equal(stampcheck_step(&r.stamps), FRAME);
	frames(&r, 1, 25 * (int64_t)FRAME); /* a pause */
	assert_int_equal(stampcheck_step(&r.stamps), FRAME);
	assert_false(r.stamps.frozen);
}

/* It is frozen after 1.5 s of ticks, and goes on with a few frames. */
static void
test_frozen(void **state UNUSED)
{
	struct run r = begin();
	int64_t last;

	frames(&r, 100, FRAME);
	last = r.now;
	frames(&r, 30, 1);
	assert_false(r.stamps.frozen);
	frames(&r, 20, 1);
	assert_true(r.stamps.frozen);
	assert_true(r.stamps.last_ms <= last + 40);
	frames(&r, 5, FRAME);
	assert_false(r.stamps.frozen);
	assert_int_equal(r.stamps.stuck, 0);
}

/* A few frames are not enough, however long they take; one without a stamp counts
 * as going on. */
static void
test_slow(void **state UNUSED)
{
	struct run r = begin();

	frames(&r, 50, FRAME);
	for (int i = 0; i < 3; i++) {
		r.now += 1000;
		stampcheck_note(&r.stamps, r.dts, ++r.count, r.now);
	}
	assert_false(r.stamps.frozen);
	stampcheck_note(&r.stamps, -1, ++r.count, r.now + 1);
	assert_int_equal(r.stamps.last_ms, r.now + 1);
}

/* A stamp that steps back is a new beginning, and goes on from there. */
static void
test_back(void **state UNUSED)
{
	struct run r = begin();

	frames(&r, 50, FRAME);
	r.dts = 1;
	frames(&r, 50, FRAME);
	assert_false(r.stamps.frozen);
	assert_int_equal(r.stamps.last_ms, r.now);
}

/* N1: the rate is that of the stamps, however fast the frames come at the connect;
 * a pause is not in it, and a change is. */
static void
test_n1_rate(void **state UNUSED)
{
	static const int64_t rates[] = { 5, 15, 25, 50 };
	struct run r;

	for (size_t i = 0; i < NELEM(rates); i++) {
		int64_t fps = rates[i];

		r = begin();
		assert_true(stampcheck_fps(&r.stamps, 0) < 0);
		frames(&r, 30, TS_HZ / fps); /* at 25 fps, whatever it is */
		assert_int_equal(
		    lround(stampcheck_fps(&r.stamps, r.count)), fps);
		frames(&r, 60, TS_HZ / fps);
		frames(&r, 1, 5 * (int64_t)TS_HZ);
		frames(&r, 60, TS_HZ / fps);
		assert_int_equal(
		    lround(stampcheck_fps(&r.stamps, r.count)), fps);
		frames(&r, 60, TS_HZ / 10);
		assert_int_equal(
		    lround(stampcheck_fps(&r.stamps, r.count)), 10);
	}
	r = begin();
	for (int n = 0; n < 100; n++) /* stamps in whole ms */
		frames(&r, 1, 90 * (n % 3 == 0 ? 66 : 67));
	assert_int_equal(
	    lround(stampcheck_fps(&r.stamps, r.count) * 100), 1500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_back),
		cmocka_unit_test(test_n1_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
