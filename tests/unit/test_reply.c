/* SPDX-License-Identifier: ISC */
/* The members of a reply, also of one that is not as it should be. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/util.h"
#include "cli/reply.h"

static cJSON *
parse(const char *text)
{
	cJSON *object = cJSON_Parse(text);

	assert_non_null(object);
	return object;
}

/* Nothing, or another type than asked for, counts as missing. */
static void
test_members(void **state UNUSED)
{
	cJSON *o = parse("{\"s\": \"x\", \"n\": 2.5, \"t\": true, "
			 "\"f\": false, \"z\": null}");

	assert_string_equal(reply_str(o, "s"), "x");
	assert_null(reply_str(o, "n"));
	assert_null(reply_str(o, "z"));
	assert_null(reply_str(o, "S"));
	assert_null(reply_str(NULL, "s"));
	assert_true(reply_num(o, "n", -1) == 2.5);
	assert_true(reply_num(o, "s", -1) == -1);
	assert_true(reply_num(NULL, "n", 7) == 7);
	assert_true(reply_has_num(o, "n"));
	assert_false(reply_has_num(o, "t"));
	assert_false(reply_has_num(NULL, "n"));
	assert_true(reply_is_true(o, "t"));
	assert_false(reply_is_true(o, "f"));
	assert_false(reply_is_true(o, "n"));
	assert_non_null(reply_get(o, "z"));
	assert_null(reply_get(o, "none"));
	cJSON_Delete(o);
}

/* A word of a newer daemon, or none, is an unknown one. */
static void
test_words(void **state UNUSED)
{
	cJSON *known = parse("{\"state\": \"live\", \"fallback\": \"slate\"}");
	cJSON *other = parse("{\"state\": \"x\", \"fallback\": 3}");

	assert_int_equal(reply_state(known), STREAM_LIVE);
	assert_int_equal(reply_state(other), N_STREAM_STATES);
	assert_int_equal(reply_state(NULL), N_STREAM_STATES);
	assert_string_equal(fallback_names[reply_fallback(known)], "slate");
	assert_int_equal(reply_fallback(other), N_FALLBACKS);
	assert_int_equal(reply_fallback(NULL), N_FALLBACKS);
	cJSON_Delete(known);
	cJSON_Delete(other);
}

/* The soonest start counts; one that is due at once, too. */
static void
test_next_try(void **state UNUSED)
{
	static const struct {
		const char *stream;
		double next;
	} rows[] = {
		{ "{}", -1 },
		{ "{\"workers\": []}", -1 },
		{ "{\"workers\": [{\"retry_in_s\": null}]}", -1 },
		{ "{\"workers\": [{\"retry_in_s\": 9}, {}, "
		  "{\"retry_in_s\": 4.5}]}",
		    4.5 },
		{ "{\"workers\": [{\"retry_in_s\": 0}, "
		  "{\"retry_in_s\": 2}]}",
		    0 },
	};
	cJSON *stream;

	for (size_t i = 0; i < NELEM(rows); i++) {
		stream = parse(rows[i].stream);
		assert_true(reply_next_try(stream) == rows[i].next);
		cJSON_Delete(stream);
	}
	assert_true(reply_next_try(NULL) == -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_next_try),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
