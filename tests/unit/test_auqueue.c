/* SPDX-License-Identifier: ISC */
/* The queue of ffsup feed: whole access units, from a key frame on. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/auqueue.h"
#include "nal.h"

static const struct nal_sps small = { .refs = 1 }; /* 320x240 */
static const struct nal_pps pps = { .refs = 1 };

/* Whole units only; from a gap on nothing up to a key frame, which has its
 * sets with it. */
static void
test_units(void **state UNUSED)
{
	struct nal_stream s = { .len = 0 };
	struct auqueue q;
	size_t len;

	auqueue_init(&q);
	stream_group(&s, &small, &pps, true, 3);
	auqueue_feed(&q, s.data, s.len); /* nobody is there */
	assert_int_equal(q.out.len, 0);
	auqueue_open(&q);
	s.len = 0;
	stream_group(&s, &small, &pps, false, 3);
	auqueue_feed(&q, s.data, s.len);
	assert_int_equal(q.dropped, 4); /* of the first group */
	len = q.out.len;
	assert_true(len > 0);
	/* SPS and PPS said once only are there, behind a delimiter */
	assert_int_equal(buf_text(&q.out)[4], H264_DELIMITER);
	assert_int_equal(buf_text(&q.out)[6 + 4] & 0x1f, H264_SPS);
	auqueue_close(&q);
	assert_int_equal(q.out.len, 0);
	auqueue_open(&q);
	auqueue_end(&q); /* a P frame, behind a gap */
	assert_int_equal(q.out.len, 0);
	auqueue_clear(&q);
}

/* At its end the camera's last unit is whole, and the other end is told so; where
 * nobody listens, nothing is kept. */
static void
test_end(void **state UNUSED)
{
	struct nal_stream s = { .len = 0 };
	struct auqueue q;
	size_t len;

	auqueue_init(&q);
	auqueue_open(&q);
	stream_group(&s, &small, &pps, true, 1);
	auqueue_feed(&q, s.data, s.len);
	len = q.out.len; /* without the last one: it may go on */
	auqueue_end(&q);
	assert_true(q.out.len > len + sizeof(h264_delimiter));
	assert_memory_equal(
	    buf_text(&q.out) + q.out.len - sizeof(h264_delimiter),
	    h264_delimiter, sizeof(h264_delimiter));
	assert_int_equal(q.dropped, 0);
	auqueue_clear(&q);

	auqueue_init(&q);
	auqueue_feed(&q, s.data, s.len);
	auqueue_end(&q);
	assert_int_equal(q.out.len, 0);
	assert_int_equal(q.dropped, 2);
	auqueue_clear(&q);
}

/* A receiver that takes too little: nothing more than the limit waits, and after
 * what was dropped it goes on with a key frame. */
static void
test_full(void **state UNUSED)
{
	struct nal_stream s = { .len = 0 };
	struct auqueue q;
	size_t full;

	stream_group(&s, &small, &pps, true, 3);
	auqueue_init(&q);
	auqueue_open(&q);
	while (q.dropped == 0) {
		auqueue_feed(&q, s.data, s.len);
		assert_true(q.out.len <= AUQUEUE_MAX);
	}
	assert_true(q.gap);
	full = q.out.len;
	assert_true(full > AUQUEUE_MAX - sizeof(s.data));
	buf_consume(&q.out, full - 1); /* it has taken most of it */
	s.len = 0;
	stream_group(&s, &small, &pps, false, 3);
	auqueue_feed(&q, s.data, s.len);
	assert_false(q.gap);
	/* behind the last byte: a delimiter, and the sets of long ago */
	assert_memory_equal(
	    buf_text(&q.out) + 1, h264_delimiter, sizeof(h264_delimiter));
	assert_int_equal(buf_text(&q.out)[1 + 6 + 4] & 0x1f, H264_SPS);
	auqueue_clear(&q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
