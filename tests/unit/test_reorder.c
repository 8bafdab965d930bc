/* SPDX-License-Identifier: ISC */
/* Picture order counts of all kinds: each picture has its own time, none is
 * early, none runs away. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/reorder.h"

#define ROUNDS 40

/* The places of display of frames as they are decoded; an IDR picture is the
 * first of the first round, or of each. */
struct order {
	int v[9], n;
	bool again; /* an IDR picture each round */
};

static const struct order orders[] = {
	{ { 0, 1, 2, 3 }, 4, true },
	{ { 0, 2, 1, 4, 3 }, 5, true },
	{ { 0, 4, 2, 1, 3, 8, 6, 5, 7 }, 9, true },
	{ { 0, 3, 1, 2 }, 4, true },
	{ { 0, 3, 1, 2 }, 4, false },
	{ { 0, 4, 2, 1, 3 }, 5, false },
};

/* The counts of an encoder. */
struct counts {
	int frame;  /* from frame to frame */
	int second; /* of the second field after the first */
};

/* Where the units were placed: the field in which each is decoded, and shown. */
struct placed {
	int64_t pts[2 * 9 * ROUNDS];
	size_t n;
};

/* Place one unit; no place is before its decoding. */
static void
place(struct reorder *r, struct placed *to, const struct h264_unit *u,
    int64_t decoded)
{
	int64_t late;

	reorder_learn(r, u);
	late = reorder_place(r, u);
	assert_true(late >= 0);
	to->pts[to->n++] = decoded + late;
}

/* The pattern in rounds, as fields or frames. */
static void
place_all(struct reorder *r, struct placed *to, const struct order *o,
    const struct counts *c, bool fields)
{
	const struct h264_sps sps = { .poc_type = 0, .reorder = -1 };
	int at = 0;

	reorder_init(r);
	to->n = 0;
	for (int i = 0; i < o->n * ROUNDS; i++) {
		int k = i % o->n, base = o->again ? 0 : i - k;
		struct h264_unit u = { .sps = &sps,
			.idr = k == 0 && (o->again || i == 0),
			.field = fields,
			.bipredictive = k > 1,
			.order = (int64_t)(base + o->v[k]) * c->frame };

		place(r, to, &u, at);
		at += fields ? 1 : 2;
		if (!fields)
			continue;
		u.idr = false;
		u.second = true;
		u.order += c->second;
		place(r, to, &u, at++);
	}
}

/* From the `from`th frame on each is shown one frame after the one that is
 * shown before it, and the fields of a frame follow each other. */
static void
check(const struct placed *p, const struct order *o, bool fields, int from)
{
	int per = fields ? 2 : 1;

	for (int i = from * per; i < (int)p->n; i++) {
		int frame = i / per, k = frame % o->n;
		int64_t shown = (int64_t)(frame - k + o->v[k]) * 2 + i % per;
		int first = from * per, fk = from % o->n;
		int64_t begin = (int64_t)(from - fk + o->v[fk]) * 2;

		assert_int_equal(p->pts[i] - shown, p->pts[first] - begin);
	}
}

/* The fields of a frame share one count, which grows by 4, 2 or 1: they are
 * shown one after the other all the same, and stay where they are. */
static void
test_m12_fields_that_share_a_count(void **state UNUSED)
{
	static const int steps[] = { 1, 2, 4 };
	struct reorder r;
	struct placed p;

	for (size_t i = 0; i < NELEM(orders); i++) {
		for (size_t k = 0; k < NELEM(steps); k++) {
			const struct counts c = { steps[k], 0 };

			place_all(&r, &p, &orders[i], &c, true);
			check(&p, &orders[i], true, 9);
			assert_true(r.depth <= 2);
		}
	}
}

/* Fields with counts of their own, also far apart, or the later one first;
 * frames by 1, 2, 4 or 6. */
static void
test_steps(void **state UNUSED)
{
	static const struct counts rows[] = { { 2, 1 }, { 4, 1 }, { 4, 2 },
		{ 1, 0 }, { 2, 0 }, { 4, 0 }, { 6, 0 } };
	struct reorder r;
	struct placed p;

	for (size_t i = 0; i < NELEM(orders); i++) {
		for (size_t k = 0; k < NELEM(rows); k++) {
			bool fields = rows[k].second > 0;

			if (rows[k].frame == 4 && rows[k].second == 1)
				continue; /* unequal: no such encoder */
			place_all(&r, &p, &orders[i], &rows[k], fields);
			check(&p, &orders[i], fields, 18);
			assert_true(r.depth <= 2);
		}
	}
}

/* What the first units show is known when they are placed again. */
static void
test_rewind(void **state UNUSED)
{
	const struct h264_sps sps = { .poc_type = 0, .reorder = -1 };
	const struct order *o = &orders[2];
	struct h264_unit u[9];
	struct reorder r;
	int64_t pts[9];

	reorder_init(&r);
	for (int i = 0; i < 9; i++) {
		u[i] = (struct h264_unit){ .sps = &sps,
			.idr = i == 0,
			.bipredictive = i > 1,
			.order = o->v[i] * 2 };
		reorder_learn(&r, &u[i]);
	}
	for (int i = 0; i < 9; i++)
		reorder_place(&r, &u[i]);
	reorder_rewind(&r);
	for (int i = 0; i < 9; i++)
		pts[o->v[i]] = 2 * i + reorder_place(&r, &u[i]);
	for (int i = 1; i < 9; i++)
		assert_int_equal(pts[i] - pts[i - 1], 2);
}

/* A camera leaves out every second frame, and then does not: its counts were
 * twice as far apart. */
static void
test_smaller_steps_later(void **state UNUSED)
{
	const struct h264_sps sps = { .poc_type = 0, .reorder = 1 };
	struct reorder r;
	int64_t order = 0;

	reorder_init(&r);
	for (int i = 0; i < 200; i++) {
		struct h264_unit u = {
			.sps = &sps, .idr = i == 0, .order = order
		};

		int64_t late;

		reorder_learn(&r, &u);
		late = reorder_place(&r, &u);
		if (i >= 8) /* it is sure */
			assert_int_equal(late, 2);
		order += i < 100 ? 4 : 2;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m12_fields_that_share_a_count),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_rewind),
		cmocka_unit_test(test_smaller_steps_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
