/* SPDX-License-Identifier: ISC */
/* Finding a member and walking over an array in JSON text, without a tree. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "cli/jsontext.h"

/* A C string as a piece of text. */
static struct jsontext
text_of(const char *s)
{
	return (struct jsontext){ s, strlen(s) };
}

/* The member of that name is found, whatever is around it. */
static void
test_member(void **state UNUSED)
{
	static const struct {
		const char *json, *key, *value; /* NULL: refused */
	} rows[] = {
		{ "{\"v\":1,\"ok\":true,\"data\":{\"a\":[1,2]}}", "data",
		    "{\"a\":[1,2]}" },
		{ "{\"data\":{}}", "data", "{}" },
		{ " { \"a\" : 1 , \"data\" : \"x\" } \n", "data", "\"x\"" },
		{ "{\"ok\":false}", "ok", "false" },
		{ "{\"x\":-1.5e3,\"y\":null}", "x", "-1.5e3" },
		/* the word inside another member, or as a value */
		{ "{\"a\":{\"data\":1},\"data\":2}", "data", "2" },
		{ "{\"a\":\"data\",\"data\":3}", "data", "3" },
		{ "{\"a\":\"\\\"data\\\":9\",\"data\":4}", "data", "4" },
		{ "{\"a\":\"\\\\\",\"data\":5}", "data", "5" },
		{ "{\"a\":\"}\",\"data\":\"]{\"}", "data", "\"]{\"" },
		{ "{\"data\":[[{\"}\":[]}],\"[\"]}", "data",
		    "[[{\"}\":[]}],\"[\"]" },
		/* the first of two */
		{ "{\"data\":1,\"data\":2}", "data", "1" },
		/* none there, or no object */
		{ "{\"dat\":1}", "data", NULL },
		{ "{}", "data", NULL },
		{ "", "data", NULL },
		{ "[1]", "data", NULL },
		{ "{\"data\":1", "data", NULL },
		{ "{\"data\":}", "data", NULL },
		{ "{\"data\" 1}", "data", NULL },
		{ "{\"data\":[1}", "data", NULL },
		{ "{\"data\":[1}]}", "data", NULL },
		{ "{\"data\":\"x}", "data", NULL },
		{ "{\"data\":\"x\\", "data", NULL },
		{ "{\"data\":\"x\\\"", "data", NULL },
		{ "{\"data\":1}{}", "data", NULL },
		{ "{\"data\":1 \"b\":2}", "data", NULL },
		{ "{data:1}", "data", NULL },
	};
	struct jsontext value;

	for (size_t i = 0; i < NELEM(rows); i++) {
		/* on the heap and to the byte, so that valgrind sees a slip */
		char *copy = xstrdup(rows[i].json);
		int rc = jsontext_member(text_of(copy), rows[i].key, &value);

		assert_int_equal(rc, rows[i].value != NULL ? 0 : -1);
		if (rc == 0) {
			assert_int_equal(value.len, strlen(rows[i].value));
			assert_memory_equal(value.at, rows[i].value, value.len);
		}
		free(copy);
	}
}

/* A text that ends before its line does is not read beyond. */
static void
test_member_bounded(void **state UNUSED)
{
	static const char line[] = "{\"a\":[1,2],\"data\":7}";
	struct jsontext value, t = { line, 0 };

	for (t.len = 0; t.len < sizeof(line) - 1; t.len++)
		assert_int_equal(jsontext_member(t, "data", &value), -1);
	assert_int_equal(jsontext_member(t, "data", &value), 0);
}

/* Nesting deeper than can be counted is refused, not miscounted. */
static void
test_member_deep(void **state UNUSED)
{
	struct jsontext value;
	char json[512];

	for (size_t depth = 1; depth < 200; depth++) {
		strcpy(json, "{\"data\":");
		memset(json + 8, '[', depth);
		memset(json + 8 + depth, ']', depth);
		strcpy(json + 8 + 2 * depth, "}");
		assert_int_equal(jsontext_member(text_of(json), "data", &value),
		    depth <= 64 ? 0 : -1);
	}
}

/* Elements come one after another, and an end is an end. */
static void
test_element(void **state UNUSED)
{
	static const char *const want[] = { "1", "[2,3]", "\"],\"", "{}" };
	struct jsontext list = text_of("[1, [2,3],\"],\" ,{}]"), item;

	for (size_t i = 0; i < NELEM(want); i++) {
		assert_true(jsontext_element(&list, &item));
		assert_int_equal(item.len, strlen(want[i]));
		assert_memory_equal(item.at, want[i], item.len);
	}
	assert_false(jsontext_element(&list, &item));
	list = text_of("[]");
	assert_false(jsontext_element(&list, &item));
	list = text_of("{}");
	assert_false(jsontext_element(&list, &item));
	list = text_of("[1");
	assert_true(jsontext_element(&list, &item));
	assert_false(jsontext_element(&list, &item));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_member),
		cmocka_unit_test(test_member_bounded),
		cmocka_unit_test(test_member_deep),
		cmocka_unit_test(test_element),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
