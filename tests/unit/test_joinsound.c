/* SPDX-License-Identifier: ISC */
/* The sound that is kept for readers that join a stream. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/util.h"
#include "media/joinsound.h"
#include "media/ts.h"

#define PID  0x101
#define SPAN 1920 /* 90 kHz: a frame of AAC */

/* A packet of sound; with a PES header that has this stamp, unless it is -1. */
static void
packet(uint8_t *pkt, int64_t dts)
{
	static const uint8_t pes[] = { 0, 0, 1, 0xc0, 0, 0, 0x80, 0x80, 5, 0x21,
		0, 1, 0, 1 };

	memset(pkt, 0xff, TS_PACKET);
	pkt[0] = 0x47;
	pkt[1] = PID >> 8;
	pkt[2] = PID & 0xff;
	pkt[3] = 0x10;
	if (dts == -1)
		return;
	pkt[1] |= 0x40;
	memcpy(pkt + 4, pes, sizeof(pes));
	ts_put_stamp(pkt + 13, dts);
}

/* A PES packet of n packets begins at a place. */
static void
put(struct joinsound *js, int n, uint64_t pos, int64_t dts, int64_t now)
{
	uint8_t pkt[TS_PACKET];

	packet(pkt, dts);
	joinsound_begin(js, pkt, pos, dts, now);
	packet(pkt, -1);
	while (--n > 0)
		joinsound_put(js, pkt);
}

/* Eight packets after the key frame are enough, without copies. */
static void
test_enough(void **state UNUSED)
{
	struct joinsound js = { .n = 0 };
	int copies;

	for (int i = 0; i < JOINSOUND_ENOUGH; i++) {
		assert_false(joinsound_is_enough(&js, 10, 1000));
		put(&js, 2, 20 + (uint64_t)i, 9000 + i * SPAN, 1000);
	}
	assert_true(joinsound_is_enough(&js, 10, 1000));
	assert_null(joinsound_for(&js, 10, 1000, &copies));
	assert_false(joinsound_is_enough(&js, 20, 1000));
	assert_null(joinsound_for(&js, 20, 1000, &copies)); /* it is coming */
	joinsound_forget(&js);
	assert_false(joinsound_is_enough(&js, 10, 9000));
	assert_null(joinsound_for(&js, 10, 9000, &copies));
}

/* Where it has paused for half a second, the newest packet is given four times;
 * an unfinished one counts as whole then. */
static void
test_hushed(void **state UNUSED)
{
	struct joinsound js = { .n = 0 };
	const struct joinsound_pes *s;
	int copies;

	put(&js, 2, 20, 9000, 1000);
	assert_null(joinsound_for(&js, 50, 1499, &copies));
	s = joinsound_for(&js, 50, 1500, &copies);
	assert_non_null(s);
	assert_int_equal(copies, 4);
	assert_int_equal(s->n, 2);
	assert_int_equal(s->dts, 9000);
	assert_true(joinsound_is_enough(&js, 50, 1500));
	put(&js, 1, 30, 9000 + SPAN, 1600);
	s = joinsound_for(&js, 50, 1600, &copies);
	assert_non_null(s);
	assert_int_equal(copies, 1);
	assert_int_equal(s->dts, 9000);
}

/* A PES packet that is larger than its array is not used. */
static void
test_large(void **state UNUSED)
{
	struct joinsound js = { .n = 0 };
	int copies;

	put(&js, JOINSOUND_PACKETS + 1, 20, 9000, 1000);
	assert_null(joinsound_for(&js, 50, 3000, &copies));
	assert_false(joinsound_is_enough(&js, 50, 3000));
}

/* After two seconds it is put off to the key frame; never past later sound. */
static void
test_delta(void **state UNUSED)
{
	struct joinsound js = { .n = 0 };
	const struct joinsound_pes *s;
	int copies;

	put(&js, 1, 20, 9000, 1000);
	put(&js, 1, 30, 9000 + SPAN, 1000);
	s = joinsound_for(&js, 50, 2999, &copies);
	assert_int_equal(joinsound_delta(&js, s, 50, 99000, 2999), 0);
	assert_int_equal(
	    joinsound_delta(&js, s, 50, 99000, 3000), 90000 - TS_STEP);
	assert_int_equal(joinsound_delta(&js, s, 50, 8000, 3000), 0);
	put(&js, 1, 60, 50000, 3000);
	s = joinsound_for(&js, 50, 3600, &copies);
	assert_int_equal(s->dts, 9000 + SPAN);
	assert_int_equal(s->span, TS_STEP);
	assert_int_equal(joinsound_delta(&js, s, 50, 99000, 5000),
	    50000 - (9000 + SPAN) - TS_STEP);
}

/* Copies are one span apart, the counter goes on to the given one. */
static void
test_write(void **state UNUSED)
{
	struct joinsound js = { .n = 0 };
	const uint8_t *pkt;
	struct buf out;

	put(&js, 2, 20, 9000, 1000);
	put(&js, 1, 30, 9000 + SPAN, 1000);
	buf_init(&out, 0);
	js.whole.span = SPAN;
	joinsound_write(&js.whole, 90000, 3, 2, &out);
	assert_int_equal(out.len, 6 * TS_PACKET);
	pkt = (const uint8_t *)buf_text(&out);
	for (int i = 0; i < 6; i++, pkt += TS_PACKET) {
		assert_int_equal(pkt[3] & 0x0f, (2 - 5 + i) & 0x0f);
		assert_int_equal(ts_pid(pkt), PID);
		if (i % 2 == 0)
			assert_int_equal(
			    ts_dts(pkt), 99000 - (2 - i / 2) * SPAN);
	}
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enough),
		cmocka_unit_test(test_hushed),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_delta),
		cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
