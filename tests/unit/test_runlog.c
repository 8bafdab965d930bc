/* SPDX-License-Identifier: ISC */
/* The lines of the last runs: order, folding, caps. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "process/runlog.h"

/* Add lines "from" to "to" - 1, each line its number. */
static void
add_numbers(struct runlog *l, int from, int to)
{
	char text[16];

	for (int i = from; i < to; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_non_null(runlog_add(l, text, i, i));
	}
}

/* The newest run holds exactly the numbers "from" to "to" - 1, in order. */
static void
expect_numbers(const struct runlog *l, int from, int to)
{
	const struct runlog_run *r = runlog_last(l);
	char text[16];

	assert_int_equal(r->n, to - from);
	for (int i = from; i < to; i++) {
		const struct runlog_line *line =
		    runlog_line(r, (size_t)(i - from));

		snprintf(text, sizeof(text), "%d", i);
		assert_string_equal(line->text, text);
		assert_int_equal(line->wall, i);
	}
	assert_null(runlog_line(r, r->n));
	assert_null(runlog_line(r, SIZE_MAX));
}

/* Before the first line it is empty, and can be cleared. */
static void
test_empty(void **state UNUSED)
{
	struct runlog l;

	runlog_init(&l, 10, 2);
	assert_null(runlog_last(&l));
	runlog_clear(&l);
	runlog_init(&l, 10, 2);
	runlog_begin(&l, 1);
	assert_non_null(runlog_last(&l));
	assert_null(runlog_line(runlog_last(&l), 0));
	runlog_resize(&l, 5, 1);
	runlog_clear(&l);
}

/* A line before the first run is kept all the same. */
static void
test_line_before_run(void **state UNUSED)
{
	struct runlog l;

	runlog_init(&l, 10, 2);
	assert_non_null(runlog_add(&l, "early", 1, 1));
	assert_int_equal(runlog_last(&l)->number, 0);
	runlog_clear(&l);
}

/* The ring keeps the newest lines, whatever cap meets whatever growth. */
static void
test_ring(void **state UNUSED)
{
	static const int caps[] = { 1, 2, 7, 8, 9, 16, 100, 200 };
	struct runlog l;

	for (size_t i = 0; i < NELEM(caps); i++) {
		runlog_init(&l, (size_t)caps[i], 1);
		runlog_begin(&l, 1);
		for (int n = 1; n <= 3 * caps[i]; n++) {
			int first = n < caps[i] ? 0 : n - caps[i];

			add_numbers(&l, n - 1, n);
			expect_numbers(&l, first, n);
			assert_int_equal(runlog_last(&l)->lost, first);
			assert_true(runlog_last(&l)->cap <= (size_t)caps[i]);
		}
		runlog_clear(&l);
	}
}

/* A repeated line is counted, not kept: the first time stays, the newest is
 * noted, and another line or another run begins a new count. */
static void
test_fold(void **state UNUSED)
{
	struct runlog l;
	const struct runlog_line *line;

	runlog_init(&l, 10, 2);
	runlog_begin(&l, 1);
	assert_non_null(runlog_add(&l, "damaged", 1000, 10));
	for (int i = 1; i <= 5000; i++)
		assert_null(runlog_add(&l, "damaged", 1000 + i, 10 + i));
	line = runlog_line(runlog_last(&l), 0);
	assert_int_equal(runlog_last(&l)->n, 1);
	assert_int_equal(line->repeat, 5000);
	assert_int_equal(line->wall, 1000);
	assert_int_equal(line->at_ms, 5010);

	assert_non_null(runlog_add(&l, "other", 9000, 9000));
	assert_non_null(runlog_add(&l, "damaged", 9001, 9001));
	assert_int_equal(runlog_line(runlog_last(&l), 2)->repeat, 0);
	runlog_begin(&l, 2);
	assert_non_null(runlog_add(&l, "damaged", 9002, 9002));
	assert_int_equal(runlog_last(&l)->n, 1);
	runlog_clear(&l);
}

/* Folding looks at the newest line, also where the ring has wrapped. */
static void
test_fold_after_wrap(void **state UNUSED)
{
	struct runlog l;

	runlog_init(&l, 3, 1);
	runlog_begin(&l, 1);
	for (int i = 0; i < 11; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%d", i);
		assert_non_null(runlog_add(&l, text, i, i));
		assert_null(runlog_add(&l, text, i, i));
	}
	expect_numbers(&l, 8, 11);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(runlog_line(runlog_last(&l), i)->repeat, 1);
	runlog_clear(&l);
}

/* Only the last runs are kept, oldest first. */
static void
test_runs(void **state UNUSED)
{
	struct runlog l;

	runlog_init(&l, 10, 3);
	for (unsigned run = 1; run <= 7; run++) {
		runlog_begin(&l, run);
		add_numbers(&l, 0, (int)run);
		assert_int_equal(l.n, run < 3 ? run : 3);
		assert_int_equal(runlog_last(&l)->number, run);
	}
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(l.runs[i].number, 5 + i);
		assert_int_equal(l.runs[i].n, 5 + i);
	}
	runlog_clear(&l);
}

/* Smaller caps cut at once, the oldest first; larger ones let it grow. */
static void
test_resize(void **state UNUSED)
{
	struct runlog l;

	runlog_init(&l, 10, 3);
	for (unsigned run = 1; run <= 3; run++)
		runlog_begin(&l, run);
	add_numbers(&l, 0, 25); /* wrapped */
	runlog_resize(&l, 4, 2);
	assert_int_equal(l.n, 2);
	assert_int_equal(l.runs[0].number, 2);
	expect_numbers(&l, 21, 25);
	add_numbers(&l, 25, 27);
	expect_numbers(&l, 23, 27);
	runlog_resize(&l, 12, 2);
	add_numbers(&l, 27, 40);
	expect_numbers(&l, 28, 40);
	assert_int_equal(runlog_last(&l)->lost, 28);
	runlog_clear(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_line_before_run),
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_fold_after_wrap),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_resize),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
