/* SPDX-License-Identifier: ISC */
/* Frozen frames. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/framecheck.h"

/* Equal frames are still; a change in a row that is compared ends that,
 * and the first and the last row always are. */
static void
test_still(void **state UNUSED)
{
	static const int sizes[][2] = { { 1, 1 }, { 17, 9 }, { 64, 48 } };

	for (int f = 0; f < N_PIXFMTS; f++) {
		for (size_t i = 0; i < NELEM(sizes); i++) {
			struct framecheck_still s = { 0 };
			struct geometry g;
			uint8_t *data;

			frame_geometry_init(
			    &g, (enum pixfmt)f, sizes[i][0], sizes[i][1]);
			data = xcalloc(1, g.bytes); /* ASan sees beyond */
			framecheck_still_add(&s, &g, data, 1000);
			framecheck_still_add(&s, &g, data, 5000);
			assert_int_equal(s.since_ms, 1000);
			data[0] = 1;
			framecheck_still_add(&s, &g, data, 6000);
			assert_int_equal(s.since_ms, 6000);
			data[g.bytes - 1] ^= 0x80;
			framecheck_still_add(&s, &g, data, 7000);
			framecheck_still_add(&s, &g, data, 8000);
			assert_int_equal(s.since_ms, 7000);
			free(data);
		}
	}
}

/* Bytes that changed places are a change. */
static void
test_order(void **state UNUSED)
{
	struct framecheck_still s = { 0 };
	uint8_t data[64] = { 0 };
	struct geometry g;

	frame_geometry_init(&g, PIX_GRAY, 64, 1);
	data[3] = 9;
	framecheck_still_add(&s, &g, data, 1);
	data[3] = 0;
	data[40] = 9;
	framecheck_still_add(&s, &g, data, 2);
	assert_int_equal(s.since_ms, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_still),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
