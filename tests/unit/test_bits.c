/* SPDX-License-Identifier: ISC */
/* The numbers of H.264: bits, Exp-Golomb, and reading past the end. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/bits.h"
#include "nal.h"

static void
test_numbers(void **state UNUSED)
{
	static const uint32_t values[] = { 0, 1, 2, 3, 254, 255, 256, 65535,
		0x7fffffff, 0xfffffffd, 0xfffffffe };
	uint8_t b[2048];
	struct nal n;
	struct bits in;

	nal_begin(&n, 0x67);
	for (size_t i = 0; i < NELEM(values); i++) {
		nal_ue(&n, values[i]);
		nal_u(&n, 32, values[i]);
		nal_se(&n, (int)i - 5);
	}
	nal_end(&n);
	in = bits_of(b, nal_write(&n, b));
	for (size_t i = 0; i < NELEM(values); i++) {
		assert_int_equal(bits_ue(&in), values[i]);
		assert_int_equal(bits_u(&in, 32), values[i]);
		assert_int_equal(bits_se(&in), (int)i - 5);
	}
	assert_false(in.over);
	for (int i = 0; i < 9; i++)
		bits_u1(&in);
	assert_true(in.over);
	assert_int_equal(bits_u(&in, 32), 0);
}

/* More zeros than a number of 32 bits has. */
static void
test_endless_number(void **state UNUSED)
{
	static const uint8_t b[] = { 0x67, 0, 0, 3, 0, 0, 3, 0, 0x80, 0xff };
	struct bits in = bits_of(b, sizeof(b));

	assert_int_equal(bits_ue(&in), 0);
	assert_true(in.over);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_endless_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
