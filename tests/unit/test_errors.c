/* SPDX-License-Identifier: ISC */
/* All that is wrong with some input: in order, on one line each, masked. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/errors.h"
#include "base/util.h"

/* The print of entry i. */
static void
expect(const struct errors *e, size_t i, const char *line)
{
	char *is = errors_format(&e->v[i]);

	assert_string_equal(is, line);
	free(is);
}

/* As editors read it: what is not known of the place is left out. */
static void
test_places(void **state UNUSED)
{
	struct errors e = { 0 };

	errors_add(&e, "a.json", 3, 7, "%s: %d", "fps", 0);
	errors_add(&e, "a.json", 3, 0, "b");
	errors_add(&e, "a.json", 0, 0, "c");
	errors_warn(&e, NULL, 0, 0, "d");
	expect(&e, 0, "a.json:3:7: error: fps: 0");
	expect(&e, 1, "a.json:3: error: b");
	expect(&e, 2, "a.json: error: c");
	expect(&e, 3, "warning: d");
	errors_clear(&e);
	assert_int_equal(e.n, 0);
	errors_clear(&e);
}

/* Warnings do not make the input invalid. */
static void
test_warnings(void **state UNUSED)
{
	struct errors e = { 0 }, more = { 0 };

	assert_false(errors_any(&e));
	errors_warn(&e, "a", 1, 1, "w");
	assert_false(errors_any(&e));
	errors_append(&e, &more); /* nothing */
	assert_int_equal(e.n, 1);
	errors_warn(&more, "b", 1, 1, "w");
	errors_append(&e, &more);
	assert_false(errors_any(&e));
	errors_add(&more, "b", 2, 1, "100%%, %s", "%s");
	errors_append(&e, &more);
	errors_clear(&more); /* its own are copies */
	assert_true(errors_any(&e));
	assert_int_equal(e.n, 4);
	assert_int_equal(e.n_warnings, 3);
	expect(&e, 3, "b:2:1: error: 100%, %s");
	errors_clear(&e);
}

/* By file, line, column, text; one without a place comes first. */
static void
test_order(void **state UNUSED)
{
	static const char *const sorted[] = { "error: z", "a: error: y",
		"a:2:1: error: x", "a:2:10: error: a", "a:2:10: error: w",
		"a:11:1: error: v", "b:1:1: warning: u" };
	struct errors e = { 0 };

	errors_sort(&e); /* nothing */
	errors_warn(&e, "b", 1, 1, "u");
	errors_add(&e, "a", 2, 10, "w");
	errors_add(&e, "a", 11, 1, "v");
	errors_add(&e, "a", 2, 1, "x");
	errors_add(&e, NULL, 0, 0, "z");
	errors_add(&e, "a", 2, 10, "a");
	errors_add(&e, "a", 0, 0, "y");
	errors_sort(&e);
	for (size_t i = 0; i < NELEM(sorted); i++)
		expect(&e, i, sorted[i]);
	errors_clear(&e);
}

/* One line for a terminal, whatever the input was. */
static void
test_harmless(void **state UNUSED)
{
	char longer[4000], *line;
	struct errors e = { 0 };

	errors_add(&e, "a\nb", 1, 1, "\x1b[31m\ttwo\nlines \xc3\xa4 \xff");
	line = errors_format(&e.v[0]);
	assert_null(strpbrk(line, "\n\t\x1b"));
	assert_non_null(
	    strstr(line, "a?b:1:1: error: ?[31m?two?lines \xc3\xa4"));
	free(line);
	/* cut between characters */
	memset(longer, 'x', sizeof(longer));
	for (size_t i = 1; i + 1 < sizeof(longer); i += 2)
		memcpy(longer + i, "\xc3\xa4", 2);
	longer[sizeof(longer) - 1] = '\0';
	errors_add(&e, NULL, 0, 0, "%s", longer);
	line = errors_format(&e.v[1]);
	assert_in_range(strlen(line), 900, 1100);
	assert_string_equal(line + strlen(line) - 5, "\xc3\xa4...");
	free(line);
	errors_clear(&e);
}

/* Secrets that are learnt later are masked, also in what another list told. */
static void
test_secrets(void **state UNUSED)
{
	struct errors e = { 0 }, more = { 0 };
	struct redact r = { 0 };

	errors_add(&more, "/srv/hunter2secret/a", 1, 1, "pw: hunter2secret");
	redact_add(&r, "hunter2secret");
	errors_learn(&more, &r);
	redact_clear(&r);
	errors_append(&e, &more);
	errors_clear(&more);
	expect(&e, 0, "/srv/****/a:1:1: error: pw: ****");
	errors_clear(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_harmless),
		cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
