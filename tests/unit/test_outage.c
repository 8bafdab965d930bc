/* SPDX-License-Identifier: ISC */
/* The clock of an outage, over all its tries. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/util.h"
#include "stream/outage.h"

/* A stream reaches a state, because of a failure of that class (NONE: for no
 * reason), so many seconds after the machine's start. */
static void
reach(struct outage *o, enum stream_state state, enum fail_class class,
    int64_t second)
{
	struct verdict v = { .state = state };

	if (class != FAIL_NONE) {
		v.reason = REASON_FAILURE;
		v.class = class;
	}
	outage_note(o, &v, second * 1000, (second + 1000000) * 1000);
}

/* What is said when it is on air that many seconds after the start. */
static void
says(const struct outage *o, enum stream_state state, int64_t second,
    const char *text)
{
	struct verdict v = { .state = state };
	char *is = outage_over(o, &v, second * 1000);

	if (text == NULL)
		assert_null(is);
	else
		assert_string_equal(is, text);
	free(is);
}

/* N2: the time is that of the outage, and the cause is kept while the next try
 * runs. */
static void
test_n2_tries(void **state UNUSED)
{
	struct outage o = { 0 };

	reach(&o, STREAM_STARTING, FAIL_NONE, 100);
	assert_false(o.cause.failed);
	assert_int_equal(o.tries, 1);
	says(&o, STREAM_LIVE, 101, NULL);
	for (int i = 0; i < 13; i++) {
		reach(&o, STREAM_RETRY, FAIL_TIMEOUT, 110 + 50 * i);
		reach(&o, STREAM_STARTING, FAIL_TIMEOUT, 120 + 50 * i);
		assert_int_equal(o.since_ms, 100000);
		assert_int_equal(o.since_wall, 1000100000);
		assert_int_equal(o.tries, i + 2);
		assert_int_equal(o.cause.class, FAIL_TIMEOUT);
	}
	says(&o, STREAM_RETRY, 762, NULL);
	says(&o, STREAM_LIVE, 762, "back after 11m02s, 14 tries");
	says(&o, STREAM_DEGRADED, 762, "back after 11m02s, 14 tries");
	reach(&o, STREAM_LIVE, FAIL_NONE, 762);
	assert_int_equal(o.since_ms, 0);
	assert_false(o.cause.failed);
}

/* One that was on air: from the moment when it left the air. */
static void
test_n2_leaves(void **state UNUSED)
{
	struct outage o = { 0 };

	reach(&o, STREAM_STARTING, FAIL_NONE, 10);
	reach(&o, STREAM_LIVE, FAIL_NONE, 20);
	reach(&o, STREAM_RETRY, FAIL_STALL, 300);
	assert_int_equal(o.since_ms, 300000);
	assert_int_equal(o.tries, 0);
	reach(&o, STREAM_STARTING, FAIL_STALL, 301);
	reach(&o, STREAM_FAILED, FAIL_OPTION, 302);
	assert_int_equal(o.cause.class, FAIL_OPTION);
	says(&o, STREAM_LIVE, 303, "back after 3.0 s, 1 try");
	/* it is being killed: the cause is not known yet */
	reach(&o, STREAM_RETRY, FAIL_NONE, 304);
	assert_int_equal(o.cause.class, FAIL_OPTION);
	assert_int_equal(o.since_ms, 300000);
}

/* A start is no outage, nor is a restart, unless it fails; and one that is
 * stopped is not down. */
static void
test_restart(void **state UNUSED)
{
	struct outage o = { 0 };

	reach(&o, STREAM_LIVE, FAIL_NONE, 20);
	reach(&o, STREAM_STARTING, FAIL_NONE, 30);
	says(&o, STREAM_LIVE, 32, NULL);
	reach(&o, STREAM_RETRY, FAIL_NONE, 33);
	assert_true(o.cause.failed);
	assert_int_equal(o.since_ms, 30000);
	reach(&o, STREAM_STOPPING, FAIL_NONE, 40);
	reach(&o, STREAM_OFF, FAIL_NONE, 41);
	assert_int_equal(o.since_ms, 0);
	assert_false(o.cause.failed);
	reach(&o, STREAM_STARTING, FAIL_NONE, 500);
	assert_int_equal(o.since_ms, 500000);
	assert_int_equal(o.tries, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_n2_tries),
		cmocka_unit_test(test_n2_leaves),
		cmocka_unit_test(test_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
