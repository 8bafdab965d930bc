/* SPDX-License-Identifier: ISC */
/* The place of an item in its text. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "profile/jsonplace.h"

static const char text[] =
    "{ \"a\": 1,\n  \"b\": [ {\"c\": \"x\\\"]}\"}, 22 ],\n"
    "  \"b\\u0041\": { \"a\": null } }";

/* The item that these steps lead to: names, or indices from '0'. */
static const cJSON *
item_at(const cJSON *root, const char *const *steps)
{
	for (; *steps != NULL; steps++)
		root = cJSON_IsArray(root)
		    ? cJSON_GetArrayItem(root, **steps - '0')
		    : cJSON_GetObjectItemCaseSensitive(root, *steps);
	return root;
}

static void
test_find(void **state UNUSED)
{
	static const struct {
		const char *steps[4];
		const char *key, *value; /* the text there */
	} rows[] = {
		{ { NULL }, "{ \"a\"", "{ \"a\"" },
		{ { "a", NULL }, "\"a\": 1", "1" },
		{ { "b", NULL }, "\"b\": [", "[ {" },
		{ { "b", "0", NULL }, "{\"c\"", "{\"c\"" },
		{ { "b", "0", "c", NULL }, "\"c\": ", "\"x\\\"]}\"" },
		{ { "b", "1", NULL }, "22", "22" },
		{ { "bA", NULL }, "\"b\\u0041\"", "{ \"a\": null" },
		{ { "bA", "a", NULL }, "\"a\": null", "null" },
	};
	cJSON *root = cJSON_Parse(text);
	size_t at;

	for (size_t i = 0; i < NELEM(rows); i++) {
		const cJSON *item = item_at(root, rows[i].steps);

		assert_true(jsonplace_find(text, root, item, true, &at));
		if (!util_has_prefix(text + at, rows[i].key))
			fail_msg("row %zu: key at %s", i, text + at);
		assert_true(jsonplace_find(text, root, item, false, &at));
		if (!util_has_prefix(text + at, rows[i].value))
			fail_msg("row %zu: value at %s", i, text + at);
	}
	cJSON_Delete(root);
}

/* A path leads to its key, or to the nearest parent of one that is not there. */
static void
test_path(void **state UNUSED)
{
	static const struct {
		const char *path, *there; /* NULL: nowhere */
	} rows[] = {
		{ "a", "\"a\": 1" },
		{ "b", "\"b\": [" },
		{ "b[0]", "{\"c\"" },
		{ "b[0].c", "\"c\": " },
		{ "b[1]", "22" },
		{ "b[0].d", "{\"c\"" },
		{ "b[2]", "\"b\": [" },
		{ "b[1].x", "22" },
		{ "a.x.y", "\"a\": 1" },
		{ "c", NULL },
		{ "[0]", NULL },
	};
	size_t at;

	for (size_t i = 0; i < NELEM(rows); i++) {
		bool found = jsonplace_path(text, rows[i].path, &at);

		assert_int_equal(found, rows[i].there != NULL);
		if (found && !util_has_prefix(text + at, rows[i].there))
			fail_msg("%s: at %s", rows[i].path, text + at);
	}
}

/* An item that was put into the tree has no place; all others keep theirs. */
static void
test_changed(void **state UNUSED)
{
	cJSON *root = cJSON_Parse(text), *own = cJSON_CreateNumber(5);
	const cJSON *b = cJSON_GetObjectItem(root, "b");
	size_t at;

	cJSON_AddItemToObject(root, "own", own);
	cJSON_DeleteItemFromObjectCaseSensitive(root, "a");
	assert_false(jsonplace_find(text, root, own, true, &at));
	assert_true(jsonplace_find(text, root, b, true, &at));
	assert_true(util_has_prefix(text + at, "\"b\": ["));
	assert_true(
	    jsonplace_find(text, root, cJSON_GetArrayItem(b, 1), true, &at));
	assert_true(util_has_prefix(text + at, "22"));
	cJSON_Delete(root);
}

static void
test_line(void **state UNUSED)
{
	static const struct {
		const char *what;
		int line, col;
	} rows[] = { { "{ \"a\"", 1, 1 }, { "1,", 1, 8 }, { "\"b\": [", 2, 3 },
		{ "22", 2, 26 }, { "null", 3, 21 } };

	for (size_t i = 0; i < NELEM(rows); i++) {
		const char *at = strstr(text, rows[i].what);
		int line, col;

		jsonplace_line(text, (size_t)(at - text), &line, &col);
		if (line != rows[i].line || col != rows[i].col)
			fail_msg("%s: %d:%d", rows[i].what, line, col);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
