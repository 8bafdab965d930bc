/* SPDX-License-Identifier: ISC */
/* The ring of packets: its contents, its index, how it grows. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "link/ring.h"
#include "media/ts.h"

/* Packet number n; a PES packet begins with every fourth. */
static void
put(struct ring *r, unsigned n, unsigned gop)
{
	struct ring_mark mark = { .at_ms = 1000 + n, .key = n % gop == 0 };
	uint8_t pkt[TS_PACKET];

	memset(pkt, (int)(n & 0xff), sizeof(pkt));
	ring_put(r, pkt, n % 4 == 0 ? &mark : NULL);
}

/* Everything between tail and head is as it was put there. */
static void
check(const struct ring *r)
{
	const uint8_t *data;
	size_t n;

	for (uint64_t pos = r->tail; pos < r->head; pos += n) {
		n = ring_peek(r, pos, &data);
		assert_true(n >= TS_PACKET && n % TS_PACKET == 0);
		for (size_t i = 0; i < n; i += TS_PACKET) {
			unsigned want =
			    (unsigned)((pos + i) / TS_PACKET) & 0xff;

			assert_int_equal(data[i], want);
			assert_int_equal(data[i + TS_PACKET - 1], want);
		}
	}
}

/* Short groups: it stays small, and the oldest makes room. */
static void
test_wraps(void **state UNUSED)
{
	struct ring r;

	ring_init(&r, 16 * 1024 * 1024);
	for (unsigned n = 0; n < 5000; n++) {
		put(&r, n, 100);
		if (n % 501 == 0)
			check(&r);
	}
	assert_int_equal(r.size, 1024 * TS_PACKET);
	assert_int_equal(r.head - r.tail, r.size);
	assert_int_equal(r.head, (uint64_t)5000 * TS_PACKET);
	check(&r);
	ring_clear(&r);
}

/* Long groups: it grows to hold the newest one, up to its limit. */
static void
test_grows(void **state UNUSED)
{
	struct ring r;
	const struct ring_mark *key;

	ring_init(&r, 5000 * TS_PACKET);
	for (unsigned n = 0; n < 4000; n++)
		put(&r, n, 100000);
	assert_int_equal(r.size, 4096 * TS_PACKET);
	key = ring_key_before(&r, r.head);
	assert_non_null(key);
	assert_int_equal(key->pos, 0);
	check(&r);
	for (unsigned n = 4000; n < 9000; n++)
		put(&r, n, 100000);
	assert_true(r.size <= 5000 * TS_PACKET);
	assert_null(ring_key_before(&r, r.head));
	assert_int_equal(r.head - r.tail, r.size);
	check(&r);
	ring_clear(&r);
}

static void
test_index(void **state UNUSED)
{
	struct ring r;
	const uint64_t p = TS_PACKET;

	ring_init(&r, 1);
	assert_null(ring_key_before(&r, 0));
	assert_int_equal(ring_time(&r, 0), 0);
	for (unsigned n = 0; n < 200; n++)
		put(&r, n, 40);
	assert_int_equal(ring_key_before(&r, 41 * p)->pos, 40 * p);
	assert_int_equal(ring_key_before(&r, 40 * p)->pos, 40 * p);
	assert_int_equal(ring_key_before(&r, 39 * p)->pos, 0);
	assert_int_equal(ring_key_from(&r, 41 * p)->pos, 80 * p);
	assert_null(ring_key_from(&r, 161 * p));
	assert_int_equal(ring_boundary(&r, 41 * p), 44 * p);
	assert_int_equal(ring_boundary(&r, 44 * p), 44 * p);
	assert_int_equal(ring_boundary(&r, 197 * p), 200 * p);
	assert_int_equal(ring_time(&r, 45 * p), 1048);
	assert_int_equal(ring_time(&r, 44 * p), 1044);
	assert_int_equal(ring_time(&r, 200 * p), 1196);
	ring_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wraps),
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
