/* SPDX-License-Identifier: ISC */
/* When a source is read without its sound, and when with it again. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/hearing.h"

/* Sound that is not known keeps nobody off air for longer than some seconds. */
static void
test_s3_without(void **state UNUSED)
{
	struct hearing h = { 0 };

	hearing_begin(&h);
	assert_int_equal(hearing_look(&h, false, -1, 60000), HEARING_STAY);
	hearing_unknown(&h, 70000);
	hearing_unknown(&h, 73000); /* of another track */
	assert_int_equal(hearing_look(&h, false, -1, 73900), HEARING_STAY);
	assert_int_equal(hearing_look(&h, false, -1, 74000), HEARING_WITHOUT);
	assert_true(hearing_end(&h, false, false));
	/* media come all the same: it was no matter */
	assert_int_equal(hearing_look(&h, false, 0, 74000), HEARING_STAY);
	assert_false(hearing_end(&h, false, true));
	/* the next run has said nothing yet */
	hearing_begin(&h);
	assert_int_equal(hearing_look(&h, false, -1, 90000), HEARING_STAY);
	assert_false(hearing_end(&h, false, false));
}

/* With sound again after a while, ever later; and when it is another run. */
static void
test_s3_with(void **state UNUSED)
{
	int64_t wait = HEARING_WAIT_MIN_MS;
	struct hearing h = { 0 };

	for (int i = 0; i < 8; i++) {
		hearing_begin(&h);
		assert_int_equal(
		    hearing_look(&h, true, -1, 1000000), HEARING_STAY);
		assert_int_equal(
		    hearing_look(&h, true, wait - 1, 1000000), HEARING_STAY);
		assert_int_equal(
		    hearing_look(&h, true, wait, 1000000), HEARING_WITH);
		wait = wait * 2 < HEARING_WAIT_MAX_MS ? wait * 2
						      : HEARING_WAIT_MAX_MS;
	}
	assert_true(hearing_end(&h, true, false));
	assert_false(hearing_end(&h, true, true));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_s3_without),
		cmocka_unit_test(test_s3_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
