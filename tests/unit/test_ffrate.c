/* SPDX-License-Identifier: ISC */
/* The rates of the last seconds, by blocks of progress that are read late. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "ffmpeg/ffrate.h"

/* An ffmpeg that writes a block with the first frame after each second, which
 * is read at the next whole second. */
struct run {
	struct ffrate rate;
	int64_t now, block, read;		 /* ms */
	int64_t frame, us, bytes;		 /* written */
	int64_t said_frame, said_us, said_bytes; /* in the last block */
};

/* Read the block that waits, if it is time. */
static void
read_it(struct run *r)
{
	if (r->now < r->read)
		return;
	r->read = (r->now / 1000 + 1) * 1000;
	if (r->said_frame >= 0)
		ffrate_note(&r->rate,
		    &(struct ffrate_sample){ r->now / 1000 * 1000,
			r->said_frame, r->said_us, r->said_bytes });
	r->said_frame = -1;
}

/* So many ms at a rate, with a media time that goes at `speed` percent. */
static void
go(struct run *r, int64_t ms, int64_t fps, int64_t speed)
{
	int64_t end = r->now + ms, step = 1000 / fps;

	for (; r->now < end; r->now += step) {
		read_it(r);
		r->frame++;
		r->us += step * 10 * speed;
		r->bytes += 1000;
		if (r->now - r->block < 1000)
			continue;
		r->block = r->now;
		r->said_frame = r->frame;
		r->said_us = r->us;
		r->said_bytes = r->bytes;
	}
}

static struct run
begin(int64_t now)
{
	return (struct run){
		.now = now, .block = now, .read = now, .said_frame = -1
	};
}

/* A value in hundredths. */
static int
hundredths(double n)
{
	return (int)(n * 100 + (n < 0 ? -0.5 : 0.5));
}

static struct ffrate_now
rates(const struct run *r)
{
	return ffrate_at(&r->rate, r->now);
}

/* N1: the rate of a camera that falls from 25 fps to 5 is 5 within ten seconds,
 * whenever that is, and however long it ran before. */
static void
test_n1_falls(void **state UNUSED)
{
	for (int64_t at = 7; at < 1000; at += 31) {
		struct run r = begin(50000 + at);

		go(&r, 40000 + 13 * at, 25, 100);
		assert_in_range(hundredths(rates(&r).fps), 2470, 2530);
		assert_int_equal(hundredths(rates(&r).speed), 100);
		go(&r, 10000, 5, 100);
		for (int i = 0; i < 200; i++) {
			go(&r, 200, 5, 100);
			assert_in_range(hundredths(rates(&r).fps), 470, 530);
			assert_in_range(hundredths(rates(&r).kbps), 3760, 4240);
		}
	}
}

/* The burst at the connect is in the first block or the second, and not in the
 * rate. */
static void
test_n1_burst(void **state UNUSED)
{
	for (int late = 0; late < 2; late++) {
		struct run r = begin(90000);

		if (late)
			ffrate_note(&r.rate,
			    &(struct ffrate_sample){ 89990, 1, 40000, 100 });
		r.frame = 150;
		r.us = 6000000;
		r.bytes = 500000;
		go(&r, 2100, 25, 100);
		assert_true(rates(&r).fps < 0);
		go(&r, 3000, 25, 100);
		for (int i = 0; i < 60; i++) {
			go(&r, 1000, 25, 100);
			assert_in_range(hundredths(rates(&r).fps), 2490, 2510);
			assert_int_equal(hundredths(rates(&r).speed), 100);
		}
	}
}

/* Media that do not keep pace are not taken for a clock. */
static void
test_slow(void **state UNUSED)
{
	struct run r = begin(1234);

	go(&r, 40000, 10, 30);
	for (int i = 0; i < 60; i++) {
		go(&r, 700, 10, 30);
		assert_in_range(hundredths(rates(&r).fps), 850, 1150);
		assert_in_range(hundredths(rates(&r).speed), 25, 35);
	}
	go(&r, 60000, 10, 90);
	for (int i = 0; i < 60; i++) {
		go(&r, 700, 10, 90);
		assert_in_range(hundredths(rates(&r).speed), 78, 99);
	}
}

/* Nothing more is said: it comes to 0 within the span. */
static void
test_quiet(void **state UNUSED)
{
	struct run r = begin(5000);

	go(&r, 20000, 25, 100);
	assert_int_equal(hundredths(ffrate_at(&r.rate, r.now).fps), 2500);
	assert_in_range(
	    hundredths(ffrate_at(&r.rate, r.now + 5000).fps), 500, 1800);
	assert_int_equal(hundredths(ffrate_at(&r.rate, r.now + 10000).fps), 0);
	assert_int_equal(
	    hundredths(ffrate_at(&r.rate, r.now + 1000000).speed), 0);
}

/* What is not known stays so, and what begins again is no rate. */
static void
test_unknown(void **state UNUSED)
{
	struct ffrate r;

	ffrate_reset(&r);
	assert_int_equal(hundredths(ffrate_at(&r, 1000).fps), -100);
	for (int i = 1; i < 9; i++)
		ffrate_note(
		    &r, &(struct ffrate_sample){ i * 1000, -1, -1, 9000 - i });
	assert_int_equal(hundredths(ffrate_at(&r, 8000).fps), -100);
	assert_int_equal(hundredths(ffrate_at(&r, 8000).speed), -100);
	assert_int_equal(hundredths(ffrate_at(&r, 8000).kbps), -100);
	assert_int_equal(hundredths(ffrate_at(&r, 99000).fps), -100);
}

/* Blocks that come rarely, or many at once, give a rate as well. */
static void
test_rhythm(void **state UNUSED)
{
	struct ffrate r;

	ffrate_reset(&r);
	for (int64_t ms = 0; ms < 60000; ms += 100)
		ffrate_note(&r,
		    &(struct ffrate_sample){
			1000 + ms, ms / 20, ms * 1000, ms });
	assert_in_range(hundredths(ffrate_at(&r, 60900).fps), 4900, 5100);
	assert_int_equal(hundredths(ffrate_at(&r, 60900).kbps), 800);
	ffrate_reset(&r);
	for (int64_t ms = 0; ms < 60000; ms += 20000)
		ffrate_note(&r,
		    &(struct ffrate_sample){
			1000 + ms, ms / 20, ms * 1000, -1 });
	assert_int_equal(hundredths(ffrate_at(&r, 41000).fps), 5000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_n1_falls),
		cmocka_unit_test(test_n1_burst),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_rhythm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
