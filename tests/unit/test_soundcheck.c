/* SPDX-License-Identifier: ISC */
/* When a source is read without its sound, and when with it again. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/soundcheck.h"

/* Unknown sound keeps a source off air for no longer than some seconds. */
static void
test_s3_without(void **state UNUSED)
{
	struct soundcheck h = { 0 };

	soundcheck_begin(&h);
	assert_int_equal(
	    soundcheck_look(&h, false, -1, 60000), SOUNDCHECK_STAY);
	soundcheck_unknown(&h, 70000);
	soundcheck_unknown(&h, 73000); /* of another track */
	assert_int_equal(
	    soundcheck_look(&h, false, -1, 73900), SOUNDCHECK_STAY);
	assert_int_equal(
	    soundcheck_look(&h, false, -1, 74000), SOUNDCHECK_WITHOUT);
	assert_true(soundcheck_end(&h, false, false));
	/* media come all the same: it was no matter */
	assert_int_equal(soundcheck_look(&h, false, 0, 74000), SOUNDCHECK_STAY);
	assert_false(soundcheck_end(&h, false, true));
	/* the next run has said nothing yet */
	soundcheck_begin(&h);
	assert_int_equal(
	    soundcheck_look(&h, false, -1, 90000), SOUNDCHECK_STAY);
	assert_false(soundcheck_end(&h, false, false));
}

/* It is tried with sound again after a while, later each time; and for another
 * run. */
static void
test_s3_with(void **state UNUSED)
{
	int64_t wait = SOUNDCHECK_WAIT_MIN_MS;
	struct soundcheck h = { 0 };

	for (int i = 0; i < 8; i++) {
		soundcheck_begin(&h);
		assert_int_equal(
		    soundcheck_look(&h, true, -1, 1000000), SOUNDCHECK_STAY);
		assert_int_equal(soundcheck_look(&h, true, wait - 1, 1000000),
		    SOUNDCHECK_STAY);
		assert_int_equal(
		    soundcheck_look(&h, true, wait, 1000000), SOUNDCHECK_WITH);
		wait = wait * 2 < SOUNDCHECK_WAIT_MAX_MS
		    ? wait * 2
		    : SOUNDCHECK_WAIT_MAX_MS;
	}
	assert_true(soundcheck_end(&h, true, false));
	assert_false(soundcheck_end(&h, true, true));
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
