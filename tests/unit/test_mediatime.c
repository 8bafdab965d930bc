/* SPDX-License-Identifier: ISC */
/* Which media go on and which are frozen, with time as an argument. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/mediatime.h"

/* Ms for which nothing went on, at the end of so many seconds of a stream of
 * `fps` frames a second whose media time grows by `step_us` with each; looked
 * at once a second. */
static int64_t
frozen_ms(struct mediatime *p, int64_t begin_ms, int64_t media_us, int fps,
    double step_us, int seconds)
{
	int64_t last = begin_ms, now;

	for (int s = 1; s <= seconds; s++) {
		int64_t n = (int64_t)s * fps;

		now = begin_ms + s * INT64_C(1000);
		if (mediatime_goes_on(
			p, now, n, media_us + (int64_t)((double)n * step_us)))
			last = now;
	}
	return begin_ms + seconds * INT64_C(1000) - last;
}

/* Sources of any rate and speed go on; ticks of any time base do not. */
static void
test_s2_slow_is_not_frozen(void **state UNUSED)
{
	static const struct {
		int fps;
		double step_us; /* of media time from frame to frame */
		bool frozen;
	} rows[] = {
		{ 25, 40000, false },		 /* as it should be */
		{ 25, 40000 * 0.3, false },	 /* stamps at 0.3x ... */
		{ 25, 40000 * 0.2, false },	 /* ... and 0.2x */
		{ 5, 40000, false },		 /* 5 fps that count as 25 */
		{ 1, 40000, false },		 /* 1 fps likewise: 0.04x */
		{ 240, 1000000.0 / 240, false }, /* fast cameras */
		{ 1000, 1000, false },
		{ 120, 1000000.0 / 120 / 2, false }, /* the same at 0.5x */
		{ 100, 400000, false },		     /* a film sent at 40x */
		{ 25, 1000000 / 90000, true },	     /* a tick: MPEG-TS, RTP */
		{ 25, 1000, true },		     /* FLV, Matroska */
		{ 60, 1000, true }, { 120, 1000, true }, { 1, 1000, true },
		{ 25, 1000000.0 / 12800, true }, /* MP4 */
		{ 25, 0, true },		 /* it does not move */
		{ 25, -40000, true },		 /* it runs back */
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct mediatime p;
		int64_t ms;

		mediatime_reset(&p);
		assert_true(mediatime_goes_on(&p, 5000, 0, 1000000000));
		ms = frozen_ms(
		    &p, 5000, 1000000000, rows[i].fps, rows[i].step_us, 60);
		if (ms != (rows[i].frozen ? 60000 : 0))
			fail_msg(
			    "row %zu: frozen for %lld ms", i, (long long)ms);
	}
}

/* Sound alone: without frames the clock is the measure. */
static void
test_s2_sound_alone(void **state UNUSED)
{
	static const struct {
		double speed;
		bool frozen;
	} rows[] = { { 1, false }, { 0.2, false }, { 0.1, false },
		{ 0.047, true }, { 0.0005, true }, { 0, true } };

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct mediatime p;
		int64_t last = 0;

		mediatime_reset(&p);
		for (int64_t now = 0; now <= 60000; now += 1000)
			if (mediatime_goes_on(&p, now, -1,
				(int64_t)((double)now * 1000 * rows[i].speed)))
				last = now;
		assert_int_equal(last, rows[i].frozen ? 0 : 60000);
	}
}

/* A source that begins again: time below the highest so far is nothing
 * new to a viewer; it goes on as soon as it is above that. */
static void
test_s2_back(void **state UNUSED)
{
	struct mediatime p;

	mediatime_reset(&p);
	for (int64_t s = 0; s <= 42; s++)
		assert_true(mediatime_goes_on(
		    &p, 1000 + s * 1000, s * 25, s * 1000000));
	for (int64_t s = 43; s <= 84; s++)
		assert_false(mediatime_goes_on(
		    &p, 1000 + s * 1000, s * 25, (s - 43) * 1000000));
	for (int64_t s = 86; s <= 91; s++) /* half of a new one is new */
		mediatime_goes_on(
		    &p, 1000 + s * 1000, s * 25, (s - 43) * 1000000);
	for (int64_t s = 92; s <= 100; s++)
		assert_true(mediatime_goes_on(
		    &p, 1000 + s * 1000, s * 25, (s - 43) * 1000000));
}

/* A jump, and then ticks: one step, then it is frozen. */
static void
test_s2_jump_then_ticks(void **state UNUSED)
{
	struct mediatime p;

	mediatime_reset(&p);
	mediatime_goes_on(&p, 1000, 0, 0);
	assert_true(mediatime_goes_on(&p, 2000, 0, INT64_C(90000000000)));
	assert_int_equal(
	    frozen_ms(&p, 2000, INT64_C(90000000000), 25, 11, 20), 20000);
}

/* Bursts go on with each burst; several reports read in one turn of the loop
 * are not a pause; a pause without frames is not a freeze by itself. */
static void
test_bursts(void **state UNUSED)
{
	struct mediatime p;
	int64_t n = 0;

	mediatime_reset(&p);
	for (int64_t now = 1000; now < 100000; now += 9000)
		for (int i = 0; i < 9; i++, n += 25)
			assert_true(mediatime_goes_on(&p, now, n, n * 40000));
	assert_true(mediatime_goes_on(&p, 400000, n + 1, (n + 1) * 40000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_s2_slow_is_not_frozen),
		cmocka_unit_test(test_s2_sound_alone),
		cmocka_unit_test(test_s2_back),
		cmocka_unit_test(test_s2_jump_then_ticks),
		cmocka_unit_test(test_bursts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
