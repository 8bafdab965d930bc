/* SPDX-License-Identifier: ISC */
/* The classes, details and sides of a failure have names. */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "base/words.h"
#include "ffmpeg/ffclass.h"
#include "ffmpeg/ffdetail.h"

static void
test_tables(void **state UNUSED)
{
	int class, other;

	for (class = 0; class < N_FAIL_CLASSES; class ++) {
		assert_non_null(ffclass_names[class]);
		assert_int_equal(ffclass_by_name(ffclass_names[class]), class);
		for (other = 0; other < class; other++)
			assert_string_not_equal(
			    ffclass_names[class], ffclass_names[other]);
	}
	assert_int_equal(ffclass_policy(FAIL_AUTH), POLICY_AUTH);
	assert_int_equal(ffclass_policy(FAIL_DEVICE), POLICY_DEVICE);
	assert_int_equal(ffclass_policy(FAIL_SPAWN), POLICY_DEVICE);
	assert_string_equal(ffclass_signal_name(SIGKILL), "SIGKILL");
	assert_string_equal(ffclass_signal_name(SIGTERM), "SIGTERM");
	assert_string_equal(ffclass_signal_name(0), "unknown");
	assert_string_equal(ffclass_signal_name(-1), "unknown");
	assert_string_equal(ffclass_signal_name(1000), "unknown");
}

/* Each has a name of its own, but for NONE. */
static void
test_details(void **state UNUSED)
{
	assert_null(ffdetail_names[DETAIL_NONE]);
	assert_null(ffside_names[SIDE_NONE]);
	for (size_t d = 1; d < N_FAIL_DETAILS; d++)
		assert_int_equal(words_find(ffdetail_names, N_FAIL_DETAILS,
				     ffdetail_names[d]),
		    d);
	for (size_t side = 1; side < N_FAIL_SIDES; side++)
		assert_int_equal(
		    words_find(ffside_names, N_FAIL_SIDES, ffside_names[side]),
		    side);
}

/* A server that said no is not asked again at once; one that has too many of
 * us, and a full disk, get half a minute. A wrong mode of a file is no
 * password. */
static void
test_w10_delays(void **state UNUSED)
{
	static const struct {
		enum fail_class class;
		enum fail_detail detail;
		enum fail_policy policy;
	} rows[] = {
		{ FAIL_BUSY, DETAIL_NONE, POLICY_PATIENT },
		{ FAIL_REJECTED, DETAIL_NONE, POLICY_PATIENT },
		{ FAIL_REJECTED, DETAIL_KEY, POLICY_PATIENT },
		{ FAIL_REJECTED, DETAIL_RATE, POLICY_RARE },
		{ FAIL_REJECTED, DETAIL_LIMIT, POLICY_RARE },
		{ FAIL_SERVER, DETAIL_LIMIT, POLICY_NORMAL },
		{ FAIL_SERVER, DETAIL_NONE, POLICY_NORMAL },
		{ FAIL_NOTFOUND, DETAIL_NONE, POLICY_PATIENT },
		{ FAIL_NOTFOUND, DETAIL_GONE, POLICY_PATIENT },
		{ FAIL_DISK, DETAIL_FULL, POLICY_RARE },
		{ FAIL_DISK, DETAIL_READ_ONLY, POLICY_RARE },
		{ FAIL_DISK, DETAIL_PERMISSION, POLICY_NORMAL },
		{ FAIL_INPUT, DETAIL_PERMISSION, POLICY_NORMAL },
		{ FAIL_INPUT, DETAIL_NO_VIDEO, POLICY_SLOW },
		{ FAIL_DEVICE, DETAIL_PERMISSION, POLICY_DEVICE },
		{ FAIL_AUTH, DETAIL_FORBIDDEN, POLICY_AUTH },
		{ FAIL_CLOSED, DETAIL_EARLY, POLICY_NORMAL },
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		assert_int_equal(ffdetail_policy(rows[i].class, rows[i].detail),
		    rows[i].policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_w10_delays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
