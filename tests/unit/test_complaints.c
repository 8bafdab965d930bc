/* SPDX-License-Identifier: ISC */
/* Another codec under an ffmpeg that copies, recognised by its complaints. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "ffmpeg/ffout.h"
#include "media/complaints.h"

/* A second with so many frames and so many complaints. */
static bool
second(struct complaints *s, int64_t *frame, int frames, int complaints)
{
	for (int i = 0; i < complaints; i++)
		complaints_complain(s);
	*frame += frames;
	return complaints_look(s, *frame);
}

/* Real words of 5.1, and their likes that say something else. */
static void
test_s2_complaints(void **state UNUSED)
{
	assert_true(
	    ffout_is_complaint("[NULL @ 0x560aeb797dc0] [error] missing "
			       "picture in access unit with size 2381"));
	assert_true(
	    ffout_is_complaint("[NULL @ 0x55d0c8a1c080] [warning] Invalid "
			       "NAL unit 9, skipping."));
	assert_false(
	    ffout_is_complaint("[NULL @ 0x560aeb797dc0] [error] SEI type "
			       "1 size 640 truncated at 8"));
	assert_false(
	    ffout_is_complaint("[error] Invalid NAL unit size (0 > 412)."));
}

/* A run that was understood, and no longer is; a few damaged frames, complaints
 * from the beginning of a run, and a frozen run are not a change. */
static void
test_s2_strange(void **state UNUSED)
{
	struct complaints s;
	int64_t frame = 0;

	complaints_begin(&s);
	assert_false(second(&s, &frame, 0, 0));
	assert_false(second(&s, &frame, 80, 12)); /* joined in the middle */
	assert_false(second(&s, &frame, 25, 24));
	assert_false(second(&s, &frame, 25, 10));
	assert_false(second(&s, &frame, 25, 25));
	assert_false(second(&s, &frame, 0, 0));
	assert_true(second(&s, &frame, 25, 25));
	complaints_begin(&s);
	frame = 0;
	for (int i = 0; i < 100; i++)
		assert_false(second(&s, &frame, 25, 25));
	assert_false(second(&s, &frame, 25, 0));
	for (int i = 0; i < 100; i++)
		assert_false(second(&s, &frame, 0, 30));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_s2_complaints),
		cmocka_unit_test(test_s2_strange),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
