/* SPDX-License-Identifier: ISC */
/* Patterns of recordings that cannot be used. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "profile/recordcheck.h"

static void
test_faults(void **state UNUSED)
{
	static const struct {
		const char *record, *fault; /* a part; NULL: none */
	} rows[] = {
		{ "/rec/%Y-%m-%d_%H-%M-%S.mkv", NULL },
		{ "/rec/%Y/%m/%d/%H-%M-%S.ts", NULL },
		{ "%s.mp4", NULL },
		{ "/rec/cam.mkv", "the name of one" },
		{ "/rec/%H-%M.mkv", "the same name 1 s later" },
		{ "/rec/%S.mkv", "the same name 60 s later" },
		{ "/rec/%30s.mkv", "remove the width" },
		{ "/rec/.ffsup+a+%s.mkv", "names that begin with" },
		{ "/rec/%s.avi", "must end in" },
	};
	char longest[400], *fault;

	for (size_t i = 0; i < NELEM(rows); i++) {
		fault = recordcheck_fault(rows[i].record);
		if ((fault == NULL) != (rows[i].fault == NULL) ||
		    (fault != NULL && strstr(fault, rows[i].fault) == NULL))
			fail_msg("%s: %s", rows[i].record,
			    fault == NULL ? "no fault" : fault);
		free(fault);
	}
	snprintf(longest, sizeof(longest), "/rec/%0300d-%%s.mkv", 1);
	fault = recordcheck_fault(longest);
	assert_non_null(strstr(fault, "at most 255"));
	free(fault);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
