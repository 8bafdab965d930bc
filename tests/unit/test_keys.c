/* SPDX-License-Identifier: ISC */
/* The tables of a profile's keys: the duties of every row. */

#include "config.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "profile/keys.h"
#include "profile/scalar.h"

/* Called for each row of a table and of those below it. */
static void
walk(const struct key *table, void (*fn)(const struct key *table, size_t i))
{
	for (size_t i = 0; table[i].name != NULL; i++) {
		fn(table, i);
		if (table[i].sub != NULL)
			walk(table[i].sub, fn);
	}
}

/* A name is small letters, digits and '_', once in its table. */
static void
expect_name(const struct key *table, size_t i)
{
	const char *name = table[i].name;

	if (!islower((unsigned char)*name))
		fail_msg("%s", name);
	for (const char *c = name; *c != '\0'; c++)
		if (!islower((unsigned char)*c) &&
		    !isdigit((unsigned char)*c) && *c != '_')
			fail_msg("%s", name);
	for (size_t k = 0; k < i; k++)
		assert_string_not_equal(table[k].name, name);
}

/* Help is one or more sentences. */
static void
expect_help(const struct key *table, size_t i)
{
	const char *help = table[i].help;

	if (help == NULL || strlen(help) < 8 || help[strlen(help) - 1] != '.' ||
	    strchr(help, '\n') != NULL)
		fail_msg("%s: help: %s", table[i].name, help);
}

/* Rows are in the order of the struct that they fill. */
static void
expect_order(const struct key *table, size_t i)
{
	if (i > 0 && table[i].offset <= table[i - 1].offset)
		fail_msg("%s: before %s in its struct", table[i].name,
		    table[i - 1].name);
}

/* A default is a text that a person might have written. */
static void
expect_default(const struct key *table, size_t i)
{
	const struct key *k = &table[i];
	union {
		char *text;
		int64_t whole;
		struct rate rate;
	} value = { 0 };
	char *why = NULL, *text;

	if (k->def == NULL)
		return;
	assert_true(scalar_is(k->type));
	if (scalar_scan(k, k->def, &value, &why) == -1)
		fail_msg("%s: default %s: %s", k->name, k->def, why);
	text = scalar_text(k, &value);
	assert_non_null(text);
	free(text);
	if (k->type == KEY_STRING || k->type == KEY_TEXT)
		free(value.text);
}

/* The members that belong to the type, and only those. */
static void
expect_type(const struct key *table, size_t i)
{
	const struct key *k = &table[i];
	bool object = k->type == KEY_OBJECT, list = k->type == KEY_LIST;
	bool text = k->type == KEY_STRING;
	double lo, hi;

	assert_int_equal(k->sub != NULL, object || list);
	assert_int_equal(k->size != 0, list || k->more != 0);
	assert_true(k->more == 0 || (object && k->max > 1));
	assert_true(k->choices == NULL || object || k->type == KEY_ENUM);
	assert_true(k->type != KEY_ENUM || k->choices != NULL);
	assert_true((k->flags & (KEY_URL | KEY_SECRET)) == 0 || text);
	assert_true((k->flags & KEY_REQUIRED) == 0 || k->def == NULL);
	if (scalar_is(k->type) && scalar_limits(k, &lo, &hi))
		assert_true(lo < hi);
}

/* A password is masked everywhere. */
static void
expect_secret(const struct key *table, size_t i)
{
	if (strcmp(table[i].name, "password") == 0)
		assert_int_not_equal(table[i].flags & KEY_SECRET, 0);
	if (strcmp(table[i].name, "url") == 0)
		assert_int_not_equal(table[i].flags & KEY_URL, 0);
}

static void
test_rows(void **state UNUSED)
{
	walk(profile_keys, expect_name);
	walk(profile_keys, expect_help);
	walk(profile_keys, expect_order);
	walk(profile_keys, expect_default);
	walk(profile_keys, expect_type);
	walk(profile_keys, expect_secret);
}

/* A key below one that is applied without a restart is so, too. */
static void
expect_live(const struct key *table, size_t i)
{
	const struct key *k = &table[i];

	if (k->sub == NULL || (k->flags & KEY_LIVE) == 0)
		return;
	for (k = k->sub; k->name != NULL; k++)
		if ((k->flags & KEY_LIVE) == 0)
			fail_msg("%s.%s", table[i].name, k->name);
}

static void
test_live(void **state UNUSED)
{
	walk(profile_keys, expect_live);
}

/* The row of a name, or NULL. */
static const struct key *
row(const char *name)
{
	const struct key *k = profile_keys;

	while (k->name != NULL && strcmp(k->name, name) != 0)
		k++;
	return k->name != NULL ? k : NULL;
}

static void
test_named(void **state UNUSED)
{
	for (size_t i = 0; media_keys[i] != NULL; i++)
		assert_non_null(row(media_keys[i]));
	assert_ptr_equal(row("source")->sub, source_keys);
	assert_ptr_equal(row("outputs")->sub, output_keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_live),
		cmocka_unit_test(test_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
