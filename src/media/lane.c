/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/size.h"
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

/* The distance of a box since it entered, in pixels; a fraction over
 * box->stay. */
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

/* The pixels missing at a beat to keep the gap between the tail of a scrolling
 * box and a later one; a fraction over both stays. */
static int64_t
lane_lack_at(const struct lane *l, const struct lane_box *old,
    const struct lane_box *box, uint64_t now)
{
	int64_t both = (int64_t)old->stay * box->stay;

	return (old->w + l->gap) * both -
	    (lane_way(l, old, now) * box->stay -
		lane_way(l, box, now) * old->stay);
}

/* The pixels, rounded up, by which a new box comes too close to an earlier one
 * at the worst beat; for a box that does not move, the beats it has left. 0:
 * they may share rows. */
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

/* Where the search begins. */
static int
lane_first(const struct lane *l, const struct lane_box *box)
{
	return box->kind == LANE_BOTTOM ? lane_even_down(l->bottom - box->h)
					: lane_even_up(l->top);
}

/* The next place after a box like this one at y. */
static int
lane_behind(const struct lane_box *box, int y)
{
	return box->kind == LANE_BOTTOM ? lane_even_down(y - box->h)
					: lane_even_up(y + box->h);
}

/* The next place to try. */
static int
lane_next(const struct lane_box *box, int y)
{
	return box->kind == LANE_BOTTOM ? y - 2 : y + 2;
}

static bool
lane_is_inside(const struct lane *l, const struct lane_box *box, int y)
{
	return y >= l->top && y + box->h <= l->bottom;
}

static bool
lane_fits(const struct lane *l, const struct lane_box *box)
{
	return l->top >= 0 && l->bottom <= SIZE_SIDE_MAX && box->w > 0 &&
	    box->w <= LANE_SIDE_MAX && box->h > 0 && box->h <= LANE_SIDE_MAX &&
	    box->stay > 0 && box->stay <= LANE_STAY_MAX &&
	    lane_is_inside(l, box, lane_first(l, box));
}

/* --- the rows of the area ----------------------------------------------- */

/* A row of the frame as one of the area, which may be its end. */
static int
lane_row(const struct lane *l, int y)
{
	if (y < l->top)
		return 0;
	return y > l->bottom ? l->bottom - l->top : y - l->top;
}

/* Mark some rows as taken; `lack` for each. */
static void
lane_mark(const struct lane *l, int y, int h, int64_t lack)
{
	l->rows[lane_row(l, y)] += lack;
	l->rows[lane_row(l, y + h)] -= lack;
}

/* Make l->rows the sums, from the top edge down to each row, of the shortfalls
 * of all others towards a box. */
static void
lane_survey(const struct lane *l, const struct lane_box *box)
{
	const struct lane_hold *hold = &l->hold[box->kind];
	int64_t here = 0, sum = 0;
	int n = l->bottom - l->top;

	memset(l->rows, 0, ((size_t)n + 1) * sizeof(*l->rows));
	lane_mark(l, hold->y, hold->h, 1);
	for (size_t i = 0; i < l->n; i++)
		lane_mark(l, l->v[i].y, l->v[i].h, lane_lack(l, &l->v[i], box));
	for (int i = 0; i <= n; i++) {
		here += l->rows[i];
		l->rows[i] = sum;
		sum += here;
	}
}

/* After a survey: how much of others a box would cover at y. */
static int64_t
lane_cost(const struct lane *l, const struct lane_box *box, int y)
{
	return l->rows[y + box->h - l->top] - l->rows[y - l->top];
}

/* After a survey: the first free y from this one on, or -1. */
static int
lane_free_from(const struct lane *l, const struct lane_box *box, int y)
{
	for (; lane_is_inside(l, box, y); y = lane_next(box, y))
		if (lane_cost(l, box, y) == 0)
			return y;
	return -1;
}

/* After a survey: the first y where a box covers the least. */
static int
lane_cheapest(const struct lane *l, const struct lane_box *box)
{
	int y = lane_first(l, box), best = y;

	for (; lane_is_inside(l, box, y); y = lane_next(box, y))
		if (lane_cost(l, box, y) < lane_cost(l, box, best))
			best = y;
	return best;
}

/* --- boxes -------------------------------------------------------------- */

void
lane_init(struct lane *l, int width)
{
	*l = (struct lane){ .width = width, .max = LANE_BOXES_MAX };
	l->v = xcalloc(LANE_BOXES_MAX, sizeof(*l->v));
	l->rows = xcalloc(SIZE_SIDE_MAX + 1, sizeof(*l->rows));
}

void
lane_clear(struct lane *l)
{
	free(l->v);
	free(l->rows);
	l->v = NULL;
	l->rows = NULL;
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
	lane_survey(l, &b);
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
	if (!lane_fits(l, &b))
		return -1;
	lane_survey(l, &b);
	return lane_cheapest(l, &b);
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
	lane_survey(l, &b);
	y = lane_free_from(l, &b, lane_first(l, &b));
	for (; y != -1 && l->n + n < l->max && n < LANE_BOXES_MAX; n++)
		y = lane_free_from(l, &b, lane_behind(&b, y));
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
