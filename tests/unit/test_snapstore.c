/* SPDX-License-Identifier: ISC */
/* Frames that are kept for clients that have not read them yet. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "daemon/snapstore.h"

static const char bytes[100] = "a frame";

/* A holder of copies that gives the oldest back when asked to. */
struct rig {
	struct snapstore held;
	struct snapstore_copy *mine[16];
	size_t n, sheds;
};

static void
rig_shed(void *ctx, struct snapstore_copy *oldest)
{
	struct rig *r = ctx;

	r->sheds++;
	for (size_t i = 0; i < r->n; i++) {
		if (r->mine[i] != oldest)
			continue;
		r->mine[i] = NULL;
		snapstore_put(&r->held, oldest);
	}
}

/* Ask for the frame of that number. */
static struct snapstore_copy *
rig_get(struct rig *r, const char *key, uint64_t number, int64_t now)
{
	const struct snapstore_frame f = {
		.key = key, .number = number, .data = bytes, .len = 100
	};
	struct snapstore_copy *c = snapstore_get(&r->held, &f, now);

	assert_non_null(c);
	assert_memory_equal(c->data, bytes, 100);
	r->mine[r->n++] = c;
	return c;
}

static void
rig_init(struct rig *r, size_t max)
{
	*r = (struct rig){ .n = 0 };
	snapstore_init(&r->held, max, rig_shed, r);
}

static void
rig_clear(struct rig *r)
{
	for (size_t i = 0; i < r->n; i++)
		snapstore_put(&r->held, r->mine[i]);
	assert_int_equal(r->held.bytes, 0);
	assert_true(TAILQ_EMPTY(&r->held.copies));
}

/* All clients that ask for the same frame share a copy; another stream's, a
 * later one and one that came long after have their own. */
static void
test_s11_one_copy_for_all(void **state UNUSED)
{
	struct snapstore_copy *c;
	struct rig r;

	rig_init(&r, 1000);
	c = rig_get(&r, "a", 7, 0);
	assert_ptr_equal(rig_get(&r, "a", 7, 100), c);
	assert_ptr_equal(rig_get(&r, "a", 7, 1999), c);
	assert_int_equal(r.held.bytes, 100);
	assert_ptr_not_equal(rig_get(&r, "b", 7, 0), c);
	assert_ptr_not_equal(rig_get(&r, "a", 8, 0), c);
	assert_ptr_not_equal(rig_get(&r, "a", 7, 2100), c);
	assert_int_equal(r.held.bytes, 400);
	assert_int_equal(r.sheds, 0);
	rig_clear(&r);
}

/* Without room a copy that is hardly older does, and keeps its number; without
 * such a copy, the oldest one is taken away from its holder. */
static void
test_s11_cap(void **state UNUSED)
{
	struct snapstore_copy *c;
	struct rig r;

	rig_init(&r, 300);
	for (uint64_t i = 1; i <= 3; i++)
		c = rig_get(&r, "a", i, 0);
	assert_ptr_equal(rig_get(&r, "a", 4, 500), c);
	assert_int_equal(c->number, 3);
	assert_int_equal(r.sheds, 0);
	assert_int_equal(rig_get(&r, "a", 5, 5000)->number, 5);
	assert_int_equal(r.sheds, 1);
	assert_null(r.mine[0]);
	assert_int_equal(rig_get(&r, "b", 1, 5000)->number, 1);
	assert_int_equal(r.sheds, 2);
	assert_int_equal(r.held.bytes, 300);
	rig_clear(&r);
}

/* A single frame larger than the cap is given; one that does not fit into
 * memory is refused, and nobody dies of it. */
static void
test_s11_no_memory(void **state UNUSED)
{
	struct snapstore_frame f = {
		.key = "a", .data = bytes, .len = SIZE_MAX / 4
	};
	struct rig r;

	rig_init(&r, 10);
	rig_get(&r, "a", 1, 0);
	assert_int_equal(r.held.bytes, 100);
#ifndef __SANITIZE_ADDRESS__ /* which ends a program for that */
	assert_null(snapstore_get(&r.held, &f, 0));
	assert_int_equal(r.held.bytes, 0);
#else
	(void)f;
#endif
	rig_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_s11_one_copy_for_all),
		cmocka_unit_test(test_s11_cap),
		cmocka_unit_test(test_s11_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
