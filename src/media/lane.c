/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "base/util.h"
#include "media/lane.h"

const char *const lane_kind_names[N_LANE_KINDS + 1] = {
	[LANE_SCROLL] = "scroll",
	[LANE_TOP] = "top",
	[LANE_BOTTOM] = "bottom",
};

/* The limits of the header keep this product within 64 bits. */
_Static_assert(
    (int64_t)LANE_SIDE_MAX *LANE_STAY_MAX < INT64_MAX / 4 / LANE_STAY_MAX,
    "two boxes are compared without an overflow");

struct lane_choice {
	int y;
	int64_t cost; /* see lane_cost() */
};

static int
lane_even_up(int y)
{
	return y + (y & 1);
}

static int
lane_even_down(int y)
{
	return y - (y & 1);
}

/* The beats since a box entered: none before it, no more than any stay. */
static int64_t
lane_age(const struct lane_box *box, uint64_t now)
{
	uint64_t age = now > box->enter ? now - box->enter : 0;

	return age < LANE_STAY_MAX ? (int64_t)age : LANE_STAY_MAX;
}

static bool
lane_is_gone(const struct lane_box *box, uint64_t now)
{
	return lane_age(box, now) >= box->stay;
}

/* The way of a box since it entered, in pixels; a fraction over box->stay. */
static int64_t
lane_way(const struct lane *l, const struct lane_box *box, uint64_t now)
{
	return lane_age(box, now) * (l->width + box->w);
}

int
lane_x(const struct lane *l, const struct lane_box *box, uint64_t now)
{
	if (box->kind != LANE_SCROLL)
		return (l->width - box->w) / 2;
	return (int)(l->width - lane_way(l, box, now) / box->stay);
}

/* Pixels that are missing at a beat between the tail of one that scrolls and
 * one that enters later; as many as it lacks, over both stays. */
static int64_t
lane_lack_at(const struct lane *l, const struct lane_box *old,
    const struct lane_box *box, uint64_t now)
{
	int64_t both = (int64_t)old->stay * box->stay;

	return (old->w + l->gap) * both -
	    (lane_way(l, old, now) * box->stay -
		lane_way(l, box, now) * old->stay);
}

/* The pixels, rounded up, that a new box comes too near to one that was before
 * it, at the worst beat; for one that stands, the beats that it still does. 0:
 * they may have the same rows. */
static int64_t
lane_lack(const struct lane *l, const struct lane_box *old,
    const struct lane_box *box)
{
	uint64_t last = old->enter + (uint64_t)old->stay - 1;
	int64_t both = (int64_t)old->stay * box->stay, head, tail;

	if (old->kind != box->kind || lane_is_gone(old, box->enter))
		return 0;
	if (box->kind != LANE_SCROLL)
		return old->stay - lane_age(old, box->enter);
	if (last > box->enter + (uint64_t)box->stay - 1)
		last = box->enter + (uint64_t)box->stay - 1;
	head = lane_lack_at(l, old, box, box->enter);
	tail = lane_lack_at(l, old, box, last);
	if (head < tail)
		head = tail;
	return head <= 0 ? 0 : (head + both - 1) / both;
}

/* Whether two share rows when the box is put at y; how many. */
static int
lane_shared(const struct lane_box *old, const struct lane_box *box, int y)
{
	int top = old->y > y ? old->y : y;
	int end = old->y + old->h, bottom = y + box->h;

	if (end < bottom)
		bottom = end;
	return bottom > top ? bottom - top : 0;
}

/* Whether somebody is in the way of a box at y, and in which rows. */
static bool
lane_is_blocked(const struct lane *l, const struct lane_box *box, int y,
    struct lane_hold *rows)
{
	struct lane_box held = { .y = l->hold[box->kind].y,
		.h = l->hold[box->kind].h };

	*rows = l->hold[box->kind];
	if (held.h > 0 && lane_shared(&held, box, y) > 0)
		return true;
	for (size_t i = 0; i < l->n; i++) {
		*rows = (struct lane_hold){ l->v[i].y, l->v[i].h };
		if (lane_shared(&l->v[i], box, y) > 0 &&
		    lane_lack(l, &l->v[i], box) > 0)
			return true;
	}
	return false;
}

/* Where the search begins. */
static int
lane_first(const struct lane *l, const struct lane_box *box)
{
	return box->kind == LANE_BOTTOM ? lane_even_down(l->bottom - box->h)
					: lane_even_up(l->top);
}

/* The next place behind some rows. */
static int
lane_behind(const struct lane_box *box, int y, int h)
{
	return box->kind == LANE_BOTTOM ? lane_even_down(y - box->h)
					: lane_even_up(y + h);
}

static bool
lane_is_inside(const struct lane *l, const struct lane_box *box, int y)
{
	return y >= l->top && y + box->h <= l->bottom;
}

/* The first free y from this one on, or -1. Up to the end of a box that is in
 * the way at y, it is in the way everywhere. */
static int
lane_free_from(const struct lane *l, const struct lane_box *box, int y)
{
	struct lane_hold rows;

	while (lane_is_inside(l, box, y)) {
		if (!lane_is_blocked(l, box, y, &rows))
			return y;
		y = lane_behind(box, rows.y, rows.h);
	}
	return -1;
}

/* What a box would cover of others at y: rows of lane_lack(). */
static int64_t
lane_cost(const struct lane *l, const struct lane_box *box, int y)
{
	int64_t cost = 0;
	int rows;

	for (size_t i = 0; i < l->n; i++) {
		rows = lane_shared(&l->v[i], box, y);
		if (rows > 0)
			cost += rows * lane_lack(l, &l->v[i], box);
	}
	return cost;
}

/* Keep a place in mind if it is better than the best, or as good and the search
 * comes to it sooner. */
static void
lane_weigh(const struct lane *l, const struct lane_box *box, int y,
    struct lane_choice *best)
{
	bool sooner = box->kind == LANE_BOTTOM ? y > best->y : y < best->y;
	int64_t cost;

	if (!lane_is_inside(l, box, y))
		return;
	cost = lane_cost(l, box, y);
	if (cost < best->cost || (cost == best->cost && sooner))
		*best = (struct lane_choice){ y, cost };
}

/* Where a box covers the least: at an edge of the area or of another one, for
 * between these what it covers grows or shrinks evenly. */
static int
lane_cheapest(const struct lane *l, const struct lane_box *box)
{
	struct lane_choice best = { lane_first(l, box), INT64_MAX };

	lane_weigh(l, box, lane_even_up(l->top), &best);
	lane_weigh(l, box, lane_even_down(l->bottom - box->h), &best);
	for (size_t i = 0; i < l->n; i++) {
		const struct lane_box *old = &l->v[i];

		if (old->kind != box->kind || lane_lack(l, old, box) == 0)
			continue;
		lane_weigh(l, box, lane_even_up(old->y + old->h), &best);
		lane_weigh(l, box, lane_even_down(old->y - box->h), &best);
	}
	return best.y;
}

static bool
lane_fits(const struct lane *l, const struct lane_box *box)
{
	return box->w > 0 && box->w <= LANE_SIDE_MAX && box->h > 0 &&
	    box->h <= LANE_SIDE_MAX && box->stay > 0 &&
	    box->stay <= LANE_STAY_MAX &&
	    lane_is_inside(l, box, lane_first(l, box));
}

void
lane_init(struct lane *l, int width)
{
	*l = (struct lane){ .width = width, .max = LANE_BOXES_MAX };
	l->v = xcalloc(LANE_BOXES_MAX, sizeof(*l->v));
}

void
lane_clear(struct lane *l)
{
	free(l->v);
	l->v = NULL;
	l->n = 0;
}

enum lane_answer
lane_place(struct lane *l, const struct lane_box *box, uint64_t now)
{
	struct lane_box b = *box;

	b.enter = now;
	if (!lane_fits(l, &b))
		return LANE_NEVER;
	if (l->n >= l->max || l->n >= LANE_BOXES_MAX)
		return LANE_FULL;
	b.y = lane_free_from(l, &b, lane_first(l, &b));
	if (b.y == -1 && !l->overlap)
		return LANE_FULL;
	if (b.y == -1)
		b.y = lane_cheapest(l, &b);
	l->v[l->n++] = b;
	return LANE_PLACED;
}

int
lane_nearest(const struct lane *l, const struct lane_box *box, uint64_t now)
{
	struct lane_box b = *box;

	b.enter = now;
	return lane_fits(l, &b) ? lane_cheapest(l, &b) : -1;
}

size_t
lane_room(const struct lane *l, const struct lane_box *box, uint64_t now)
{
	struct lane_box b = *box;
	size_t n = 0;
	int y;

	b.enter = now;
	if (!lane_fits(l, &b))
		return 0;
	y = lane_free_from(l, &b, lane_first(l, &b));
	for (; y != -1 && l->n + n < l->max && n < LANE_BOXES_MAX; n++)
		y = lane_free_from(l, &b, lane_behind(&b, y, b.h));
	return n;
}

void
lane_sweep(struct lane *l, uint64_t now,
    void (*gone)(void *ctx, const struct lane_box *box), void *ctx)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (!lane_is_gone(&l->v[i], now))
			l->v[kept++] = l->v[i];
		else if (gone != NULL)
			gone(ctx, &l->v[i]);
	}
	l->n = kept;
}
