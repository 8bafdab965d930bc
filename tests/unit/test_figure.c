/* SPDX-License-Identifier: ISC */
/* Numbers as text: each is one word that fits into its cell. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "cli/figure.h"

/* Durations have two units at most, the lesser one with two digits. */
static void
test_span(void **state UNUSED)
{
	static const struct {
		double seconds;
		const char *text;
	} rows[] = {
		{ -3, "0s" },
		{ 0, "0s" },
		{ 41.4, "41s" },
		{ 59.4, "59s" },
		{ 59.6, "1m00s" },
		{ 250, "4m10s" },
		{ 3599.6, "1h00m" },
		{ 12000, "3h20m" },
		{ 86400, "1d00h" },
		{ 532800, "6d04h" },
		{ 86400.0 * 3650, "3650d00h" },
	};
	char cell[FIGURE_CELL];

	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_ptr_equal(figure_span(rows[i].seconds, cell), cell);
		assert_string_equal(cell, rows[i].text);
	}
}

/* Short times have a decimal, long ones are as everywhere. */
static void
test_seconds(void **state UNUSED)
{
	static const struct {
		double seconds;
		const char *text;
	} rows[] = {
		{ -1, "0.0s" },
		{ 0.8, "0.8s" },
		{ 12.06, "12.1s" },
		{ 59.94, "59.9s" },
		{ 59.96, "1m00s" },
		{ 677, "11m17s" },
	};
	char cell[FIGURE_CELL];

	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_ptr_equal(figure_seconds(rows[i].seconds, cell), cell);
		assert_string_equal(cell, rows[i].text);
	}
}

/* One decimal always, one unit always: a column is compared at a glance. */
static void
test_n21_units(void **state UNUSED)
{
	static const struct {
		void (*figure)(char *, double);
		double n;
		const char *text;
	} rows[] = {
		{ figure_rate, 30, "30.0" },
		{ figure_rate, 29.97, "30.0" },
		{ figure_rate, 5.2, "5.2" },
		{ figure_rate, 1e30, "?" },
		{ figure_bitrate, 0, "0k" },
		{ figure_bitrate, 12.3, "12k" },
		{ figure_bitrate, 812.4, "812k" },
		{ figure_bitrate, 2500, "2500k" },
		{ figure_bitrate, 1200000, "1200000k" },
		{ figure_memory, 1, "1M" },
		{ figure_memory, 84.0 * 1024 * 1024, "84M" },
		{ figure_memory, 2e9, "1908M" },
		{ figure_ordinal, 1, "1st" },
		{ figure_ordinal, 2, "2nd" },
		{ figure_ordinal, 3, "3rd" },
		{ figure_ordinal, 4, "4th" },
		{ figure_ordinal, 11, "11th" },
		{ figure_ordinal, 13, "13th" },
		{ figure_ordinal, 22, "22nd" },
		{ figure_ordinal, 111, "111th" },
		{ figure_ordinal, 100, "100th" },
		{ figure_ordinal, -1, "-1th" },
	};
	char cell[FIGURE_CELL];

	for (size_t i = 0; i < NELEM(rows); i++) {
		rows[i].figure(cell, rows[i].n);
		assert_string_equal(cell, rows[i].text);
	}
}

/* What does not fit is not cut: a part of a number is another number. */
static void
test_put(void **state UNUSED)
{
	char cell[FIGURE_CELL];

	figure_put(cell, "%023d", 7);
	assert_string_equal(cell, "00000000000000000000007");
	figure_put(cell, "%024d", 7);
	assert_string_equal(cell, "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_span),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_n21_units),
		cmocka_unit_test(test_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
