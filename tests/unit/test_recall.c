/* SPDX-License-Identifier: ISC */
/* Texts that were shown recently. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/recall.h"

static struct recall r;

/* Each is known for the span, the end of it included. */
static void
test_span(void **state UNUSED)
{
	recall_init(&r, RECALL_MAX);
	assert_false(recall_has(&r, 1, 0, UINT64_MAX));
	recall_add(&r, 1, 100);
	assert_true(recall_has(&r, 1, 100, 0));
	recall_add(&r, 2, 150);
	assert_true(recall_has(&r, 1, 200, 100));
	assert_false(recall_has(&r, 1, 201, 100));
	assert_true(recall_has(&r, 2, 201, 100));
	assert_false(recall_has(&r, 3, 201, 1000));
	recall_add(&r, 1, 300); /* again: it is as new as the newest */
	assert_true(recall_has(&r, 1, 350, 100));
}

/* The newest `max` are held. */
static void
test_ring(void **state UNUSED)
{
	recall_init(&r, 3);
	for (uint64_t i = 1; i <= 5; i++)
		recall_add(&r, i, i);
	assert_false(recall_has(&r, 2, 5, 100));
	for (uint64_t i = 3; i <= 5; i++)
		assert_true(recall_has(&r, i, 5, 100));
	recall_init(&r, 3);
	assert_false(recall_has(&r, 5, 5, 100));
}

static void
test_hash(void **state UNUSED)
{
	/* FNV-1a, as it is published */
	assert_true(recall_hash("", 0) == 0xcbf29ce484222325);
	assert_true(recall_hash("a", 0) == 0xaf63dc4c8601ec8c);
	assert_true(recall_hash("foobar", 0) == 0x85944171f73967e8);
	assert_true(recall_hash("a", 1) != recall_hash("a", 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_span),
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
