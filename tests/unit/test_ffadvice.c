/* SPDX-License-Identifier: ISC */
/* What people are told about a failure. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "ffmpeg/ffadvice.h"

/* A sentence and an advice for each class. */
static void
test_classes(void **state UNUSED)
{
	for (int class = 0; class < N_FAIL_CLASSES; class ++) {
		struct ffadvice_ask ask = { .class = class };
		char *cause = ffadvice_cause(&ask);
		char *advice = ffadvice_do(&ask);

		assert_true(strlen(cause) > 10);
		assert_true(strlen(advice) > 10);
		free(cause);
		free(advice);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
