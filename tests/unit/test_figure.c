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

/* No zero stands at the end of a fraction, and none goes of a whole number. */
static void
test_decimal(void **state UNUSED)
{
	static const struct {
		double n;
		int most;
		const char *text;
	} rows[] = {
		{ 30, 1, "30" },
		{ 30, 0, "30" },
		{ 100, 2, "100" },
		{ 29.97, 2, "29.97" },
		{ 29.97, 1, "30" },
		{ 14.8, 2, "14.8" },
		{ 0, 3, "0" },
		{ 0.04, 1, "0" },
		{ 1e30, 1, "?" },
	};
	char cell[FIGURE_CELL];

	for (size_t i = 0; i < NELEM(rows); i++) {
		figure_decimal(cell, rows[i].n, rows[i].most);
		assert_string_equal(cell, rows[i].text);
	}
}

/* The unit changes before the number has four digits. */
static void
test_bitrate(void **state UNUSED)
{
	static const struct {
		double kbps;
		const char *text;
	} rows[] = {
		{ 0, "0k" },
		{ 812.4, "812k" },
		{ 999.4, "999k" },
		{ 999.6, "1.0M" },
		{ 2500, "2.5M" },
		{ 999949, "999.9M" },
		{ 999950, "1.0G" },
		{ 1200000, "1.2G" },
	};
	char cell[FIGURE_CELL];

	for (size_t i = 0; i < NELEM(rows); i++) {
		figure_bitrate(cell, rows[i].kbps);
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
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_bitrate),
		cmocka_unit_test(test_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
