/* SPDX-License-Identifier: ISC */
/* Rows for comments: some by hand, a million by chance. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/util.h"
#include "chance.h"
#include "media/lane.h"

#define COMMENTS 1000000
#define WORLD	 500 /* comments of one frame size */

static struct lane
lane_of(int width, int top, int bottom)
{
	struct lane l;

	lane_init(&l, width);
	l.top = top;
	l.bottom = bottom;
	return l;
}

static enum lane_answer
put(struct lane *l, enum lane_kind kind, int w, int h, uint64_t now)
{
	return lane_place(l,
	    &(struct lane_box){ .kind = kind, .w = w, .h = h, .stay = 200 },
	    now);
}

static const struct lane_box *
last(const struct lane *l)
{
	return &l->v[l->n - 1];
}

/* --- by hand ------------------------------------------------------------- */

/* From the right edge to fully out on the left, evenly. */
static void
test_way(void **state UNUSED)
{
	struct lane l = lane_of(1920, 0, 100);
	const struct lane_box *b;

	assert_int_equal(put(&l, LANE_SCROLL, 440, 40, 1000), LANE_PLACED);
	b = last(&l);
	assert_int_equal(lane_x(&l, b, 1000), 1920);
	assert_int_equal(lane_x(&l, b, 1001), 1920 - 11); /* 11.8 */
	assert_int_equal(lane_x(&l, b, 1100), 1920 - 1180);
	assert_int_equal(lane_x(&l, b, 1200), -440);
	assert_int_equal(put(&l, LANE_TOP, 440, 40, 1000), LANE_PLACED);
	assert_int_equal(lane_x(&l, last(&l), 1000), 740);
	assert_int_equal(lane_x(&l, last(&l), 1199), 740);
	lane_sweep(&l, 1199, NULL, NULL);
	assert_int_equal(l.n, 2);
	lane_sweep(&l, 1200, NULL, NULL);
	assert_int_equal(l.n, 0);
	lane_clear(&l);
}

/* One after another: when the second enters, the tail of the first must be in;
 * when the first leaves, a faster one must not have caught up. */
static void
test_two_conditions(void **state UNUSED)
{
	struct lane l = lane_of(1000, 0, 40);

	/* 1200 pixels in 200 beats: 6 a beat; its tail is in after 33.3 */
	assert_int_equal(put(&l, LANE_SCROLL, 200, 40, 0), LANE_PLACED);
	assert_int_equal(put(&l, LANE_SCROLL, 200, 40, 33), LANE_FULL);
	assert_int_equal(put(&l, LANE_SCROLL, 200, 40, 34), LANE_PLACED);
	/* the tail is last seen at beat 233, at 6; 10 a beat are 990 in 99 */
	assert_int_equal(put(&l, LANE_SCROLL, 1000, 40, 133), LANE_FULL);
	assert_int_equal(put(&l, LANE_SCROLL, 1000, 40, 134), LANE_PLACED);
	lane_clear(&l);
	l = lane_of(1000, 0, 40);
	l.gap = 60;
	assert_int_equal(put(&l, LANE_SCROLL, 200, 40, 0), LANE_PLACED);
	assert_int_equal(put(&l, LANE_SCROLL, 200, 40, 43), LANE_FULL);
	assert_int_equal(put(&l, LANE_SCROLL, 200, 40, 44), LANE_PLACED);
	lane_clear(&l);
}

/* Rows are pixels, from the top, and from the bottom; odd heights and edges
 * leave a row free; each kind has its own. */
static void
test_rows(void **state UNUSED)
{
	struct lane l = lane_of(640, 11, 111);

	assert_int_equal(put(&l, LANE_TOP, 10, 21, 0), LANE_PLACED);
	assert_int_equal(last(&l)->y, 12);
	assert_int_equal(put(&l, LANE_TOP, 10, 40, 0), LANE_PLACED);
	assert_int_equal(last(&l)->y, 34);
	assert_int_equal(put(&l, LANE_TOP, 10, 38, 0), LANE_FULL);
	assert_int_equal(put(&l, LANE_TOP, 10, 37, 0), LANE_PLACED);
	assert_int_equal(last(&l)->y, 74);
	assert_int_equal(put(&l, LANE_BOTTOM, 10, 21, 0), LANE_PLACED);
	assert_int_equal(last(&l)->y, 90);
	assert_int_equal(put(&l, LANE_BOTTOM, 10, 33, 0), LANE_PLACED);
	assert_int_equal(last(&l)->y, 56);
	assert_int_equal(put(&l, LANE_SCROLL, 10, 99, 0), LANE_PLACED);
	assert_int_equal(put(&l, LANE_SCROLL, 10, 100, 0), LANE_NEVER);
	assert_int_equal(put(&l, LANE_BOTTOM, 10, 100, 0), LANE_NEVER);
	lane_clear(&l);
}

/* A hole is found again; the comment that left it is forgotten. */
static void
test_hole(void **state UNUSED)
{
	struct lane l = lane_of(640, 0, 120);

	assert_int_equal(put(&l, LANE_TOP, 10, 40, 0), LANE_PLACED);
	assert_int_equal(put(&l, LANE_TOP, 10, 40, 10), LANE_PLACED);
	assert_int_equal(put(&l, LANE_TOP, 10, 40, 20), LANE_PLACED);
	assert_int_equal(put(&l, LANE_TOP, 10, 40, 209), LANE_PLACED);
	assert_int_equal(last(&l)->y, 0);
	assert_int_equal(put(&l, LANE_TOP, 10, 80, 215), LANE_FULL);
	assert_int_equal(put(&l, LANE_TOP, 10, 80, 220), LANE_PLACED);
	assert_int_equal(last(&l)->y, 40);
	lane_clear(&l);
}

/* None is refused: the row whose tail has gone farthest is taken. */
static void
test_overlap(void **state UNUSED)
{
	struct lane l = lane_of(1000, 0, 80);

	l.overlap = true;
	l.max = 5;
	assert_int_equal(put(&l, LANE_SCROLL, 400, 40, 10), LANE_PLACED);
	assert_int_equal(put(&l, LANE_SCROLL, 400, 40, 0), LANE_PLACED);
	assert_int_equal(last(&l)->y, 40);
	assert_int_equal(put(&l, LANE_SCROLL, 400, 40, 20), LANE_PLACED);
	assert_int_equal(last(&l)->y, 40);
	assert_int_equal(put(&l, LANE_SCROLL, 400, 40, 20), LANE_PLACED);
	assert_int_equal(last(&l)->y, 0);
	assert_int_equal(put(&l, LANE_SCROLL, 400, 100, 20), LANE_NEVER);
	assert_int_equal(put(&l, LANE_BOTTOM, 400, 50, 20), LANE_PLACED);
	assert_int_equal(last(&l)->y, 30);
	assert_int_equal(put(&l, LANE_TOP, 400, 50, 20), LANE_FULL);
	l.max = 6;
	assert_int_equal(put(&l, LANE_BOTTOM, 400, 50, 20), LANE_PLACED);
	assert_int_equal(last(&l)->y, 0);
	lane_clear(&l);
}

/* Sizes and stays that no frame has. */
static void
test_limits(void **state UNUSED)
{
	static const struct lane_box bad[] = {
		{ .w = 0, .h = 10, .stay = 9 },
		{ .w = -1, .h = 10, .stay = 9 },
		{ .w = 10, .h = 0, .stay = 9 },
		{ .w = 10, .h = -8, .stay = 9 },
		{ .w = 10, .h = 10, .stay = 0 },
		{ .w = LANE_SIDE_MAX + 1, .h = 10, .stay = 9 },
		{ .w = INT32_MAX, .h = 10, .stay = 9 },
		{ .w = 10, .h = INT32_MAX, .stay = 9 },
		{ .w = 10, .h = 10, .stay = LANE_STAY_MAX + 1 },
	};
	struct lane_box huge = {
		.w = LANE_SIDE_MAX, .h = 10, .stay = LANE_STAY_MAX
	};
	struct lane l = lane_of(16384, 0, 10);

	for (size_t i = 0; i < NELEM(bad); i++) {
		assert_int_equal(lane_place(&l, &bad[i], 5), LANE_NEVER);
		assert_int_equal(lane_room(&l, &bad[i], 5), 0);
	}
	l.gap = LANE_SIDE_MAX;
	assert_int_equal(lane_place(&l, &huge, 7), LANE_PLACED);
	assert_int_equal(
	    lane_x(&l, last(&l), 7 + LANE_STAY_MAX), -LANE_SIDE_MAX);
	assert_int_equal(lane_place(&l, &huge, 6 + LANE_STAY_MAX), LANE_FULL);
	l.overlap = true;
	assert_int_equal(lane_place(&l, &huge, 6 + LANE_STAY_MAX), LANE_PLACED);
	while (l.n < LANE_BOXES_MAX)
		assert_int_equal(put(&l, LANE_TOP, 9, 9, 9), LANE_PLACED);
	l.max = SIZE_MAX;
	assert_int_equal(put(&l, LANE_TOP, 9, 9, 9), LANE_FULL);
	assert_int_equal(lane_x(&l, &l.v[0], UINT64_MAX), -LANE_SIDE_MAX);
	lane_sweep(&l, UINT64_MAX, NULL, NULL);
	assert_int_equal(l.n, 0);
	lane_clear(&l);
}

/* As many as can then be placed. */
static void
test_room(void **state UNUSED)
{
	for (int run = 0; run < 2000; run++) {
		struct lane l = lane_of(640, (int)chance(50), 300);
		struct lane_box b = { .w = 99, .h = 20, .stay = 100 };
		uint64_t now = 0;
		size_t n;

		b.kind = chance(N_LANE_KINDS);
		for (int i = (int)chance(20); i > 0; i--) {
			b.h = 10 + (int)chance(40);
			lane_place(&l, &b, now += chance(10));
		}
		l.max = l.n + chance(12);
		n = lane_room(&l, &b, now);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(lane_place(&l, &b, now), LANE_PLACED);
		assert_int_equal(lane_place(&l, &b, now), LANE_FULL);
		assert_int_equal(lane_room(&l, &b, now), 0);
		lane_clear(&l);
	}
}

/* Rows of a box at y that others occupy, times the beats they have left. */
static int64_t
covers(const struct lane *l, const struct lane_box *b, int y, uint64_t now)
{
	int64_t sum = 0;

	for (size_t i = 0; i < l->n; i++)
		for (int row = y; row < y + b->h; row++)
			if (l->v[i].kind == b->kind && row >= l->v[i].y &&
			    row < l->v[i].y + l->v[i].h)
				sum += (int64_t)(l->v[i].enter - now) +
				    l->v[i].stay;
	return sum;
}

/* Where it covers the least; held rows are not entered. */
static void
test_nearest(void **state UNUSED)
{
	for (int run = 0; run < 300; run++) {
		struct lane l = lane_of(640, (int)chance(50), 200);
		struct lane_box b = { .w = 99, .stay = 100 };
		uint64_t now = 0;
		int y;

		l.overlap = true;
		for (int i = (int)chance(20); i > 0; i--) {
			b.kind = 1 + chance(2);
			b.h = 10 + (int)chance(40);
			lane_place(&l, &b, now += chance(5));
		}
		b.kind = 1 + chance(2);
		b.h = 10 + (int)chance(40);
		y = lane_nearest(&l, &b, now);
		for (int i = l.top + (l.top & 1); i + b.h <= l.bottom; i += 2)
			assert_true(
			    covers(&l, &b, y, now) <= covers(&l, &b, i, now));
		l.overlap = false;
		l.n = 0;
		l.hold[b.kind] = (struct lane_hold){ y, b.h };
		while (lane_place(&l, &b, now) == LANE_PLACED)
			assert_true(
			    last(&l)->y >= y + b.h || last(&l)->y + b.h <= y);
		b.kind = LANE_SCROLL;
		assert_int_equal(lane_place(&l, &b, now), LANE_PLACED);
		lane_clear(&l);
	}
}

/* --- by chance ----------------------------------------------------------- */

/* The pixels that two comments lack at a beat to keep the gap, exactly, in
 * parts of the product of their stays: a second opinion. */
static __int128
lack(const struct lane *l, const struct lane_box *a, const struct lane_box *b,
    uint64_t n)
{
	__int128 all = (__int128)a->stay * b->stay;
	__int128 end = (l->width + a->w + l->gap) * all -
	    (__int128)(n - a->enter) * (l->width + a->w) * b->stay;
	__int128 begin = l->width * all -
	    (__int128)(n - b->enter) * (l->width + b->w) * a->stay;

	return end - begin;
}

static uint64_t
end_of(const struct lane_box *a, const struct lane_box *b)
{
	uint64_t ea = a->enter + (uint64_t)a->stay;
	uint64_t eb = b->enter + (uint64_t)b->stay;

	return ea < eb ? ea : eb;
}

static bool
share_rows(const struct lane_box *a, const struct lane_box *b)
{
	return a->y < b->y + b->h && b->y < a->y + a->h;
}

/* Whether the older one is in the way of the other at its y. */
static bool
in_the_way(
    const struct lane *l, const struct lane_box *a, const struct lane_box *b)
{
	if (a->kind != b->kind || !share_rows(a, b))
		return false;
	for (uint64_t n = b->enter; n < end_of(a, b); n++)
		if (b->kind != LANE_SCROLL || lack(l, a, b, n) > 0)
			return true;
	return false;
}

static bool
is_free(const struct lane *l, struct lane_box b, int y)
{
	b.y = y;
	for (size_t i = 0; i < l->n; i++)
		if (in_the_way(l, &l->v[i], &b))
			return false;
	return true;
}

/* No even place before this one, or at all, was free. */
static void
check_first(const struct lane *l, const struct lane_box *b, int y)
{
	for (int i = l->top; i + b->h <= l->bottom; i++) {
		bool before = b->kind == LANE_BOTTOM ? i > y : i < y;

		if ((i & 1) == 0 && (y == -1 || before) && is_free(l, *b, i))
			fail_msg("free: %d, taken: %d", i, y);
	}
}

/* Two comments, as drawn at a beat. */
static void
check_apart(const struct lane *l, const struct lane_box *a,
    const struct lane_box *b, uint64_t n)
{
	int xa = lane_x(l, a, n), xb = lane_x(l, b, n);

	if (b->kind != LANE_SCROLL || xa + a->w + l->gap > xb)
		fail_msg(
		    "%d+%d and %d at beat %ju", xa, a->w, xb, (uintmax_t)n);
}

/* The newest one touches none at any beat: each is looked at in one of 50, in
 * the others both ends, and some between. */
static void
check_newest(const struct lane *l)
{
	const struct lane_box *b = last(l), *a;
	uint64_t step = chance(50) == 0 ? 1 : 1 + chance(97);

	for (a = l->v; a < b; a++) {
		uint64_t end = end_of(a, b);

		if (a->kind != b->kind || !share_rows(a, b) || end <= b->enter)
			continue;
		for (uint64_t n = b->enter; n < end; n += step)
			check_apart(l, a, b, n);
		check_apart(l, a, b, end - 1);
	}
}

/* At each beat less than a pixel from where an even speed would have it. */
static void
check_even(const struct lane *l, const struct lane_box *b)
{
	for (uint64_t n = 0; n <= (uint64_t)b->stay; n++) {
		int64_t way = l->width - lane_x(l, b, b->enter + n);
		int64_t off = (int64_t)n * (l->width + b->w) - way * b->stay;

		if (b->kind == LANE_SCROLL)
			assert_in_range(off, 0, b->stay - 1);
		else
			assert_int_equal(
			    lane_x(l, b, b->enter + n), (l->width - b->w) / 2);
	}
}

/* Sizes, kinds and stays of a possible chat room. */
static struct lane_box
any_box(int size)
{
	static const int fps[] = { 1, 10, 24, 25, 30, 60 };
	int seconds = 1 + (int)chance(12);

	return (struct lane_box){
		.kind = chance(8) < 6 ? LANE_SCROLL : 1 + chance(2),
		.w = 1 + (int)chance(chance(30) == 0 ? 5000 : 700),
		.h = size + (int)chance(9),
		.stay = fps[chance(NELEM(fps))] * seconds,
	};
}

static void
any_area(struct lane *l)
{
	l->top = (int)chance(50);
	l->bottom = l->top + (int)chance(600);
	l->gap = (int)chance(3) * (int)chance(90);
	l->max = 1 + chance(120);
}

static void
place_any(
    struct lane *l, const struct lane_box *box, uint64_t now, size_t answers[])
{
	struct lane_box b = *box;
	struct lane before = *l;
	enum lane_answer answer;
	bool sample = chance(300) == 0;

	b.enter = now;
	answer = lane_place(l, &b, now);
	answers[answer]++;
	if (answer == LANE_PLACED) {
		assert_int_equal(last(l)->y & 1, 0);
		assert_int_equal(last(l)->enter, now);
		assert_in_range(last(l)->y, l->top, l->bottom - b.h);
		check_newest(l);
		if (sample)
			check_even(l, last(l));
		if (sample)
			check_first(&before, &b, last(l)->y);
	} else if (answer == LANE_FULL && l->n < l->max) {
		answers[3]++;
		if (sample)
			check_first(l, &b, -1);
	} else if (answer == LANE_NEVER)
		assert_true(b.h > l->bottom - l->top - 1);
}

/*
 * A million, in 2000 worlds: widths of frames, areas, gaps, limits and stays,
 * that change meanwhile, one comment at a time or many at once.
 */
static void
test_million(void **state UNUSED)
{
	size_t answers[4] = { 0 };

	for (int world = 0; world < COMMENTS / WORLD; world++) {
		struct lane l = lane_of(16 + (int)chance(3840), 0, 0);
		int pause = 1 + (int)chance(30), size = 10 + (int)chance(50);
		uint64_t now = chance(1000);
		struct lane_box b = any_box(size);

		any_area(&l);
		for (int i = 0; i < WORLD; i++) {
			int stay = b.stay;

			if (chance(200) == 0) {
				int gap = l.gap;

				any_area(&l);
				l.gap = l.n > 0 ? gap : l.gap;
			}
			b = any_box(size);
			b.stay = chance(100) == 0 ? b.stay : stay;
			now += chance(2) ? chance((uint32_t)pause) : 0;
			lane_sweep(&l, now, NULL, NULL);
			place_any(&l, &b, now, answers);
		}
		lane_clear(&l);
	}
	print_message("placed %zu, no rows %zu, no room %zu, never %zu\n",
	    answers[LANE_PLACED], answers[3], answers[LANE_FULL] - answers[3],
	    answers[LANE_NEVER]);
	assert_true(answers[LANE_PLACED] > COMMENTS / 4);
	assert_true(answers[3] > COMMENTS / 20);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_way),
		cmocka_unit_test(test_two_conditions),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_hole),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
