/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "media/reorder.h"

#define REORDER_FAR 64 /* fields; no frame is so far out of order */

/* Frames after which their counts have shown all distances: in a pyramid of 64
 * frames the ninth is at the smallest one. */
#define REORDER_SURE 9

/* --- what is learnt ------------------------------------------------------ */

static int64_t
reorder_gcd(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static void
reorder_learn_frame(struct reorder *r, int64_t order)
{
	r->divisor = reorder_gcd(r->divisor, llabs(order - r->base));
	if (r->frames < REORDER_SURE)
		r->frames++;
}

/* Picture order counts from frame to frame. Most encoders count fields, some
 * count frames; fields that share a count are counted twice (JM), that is, by
 * four. Others show when enough frames have come. */
static int64_t
reorder_step(const struct reorder *r)
{
	if (r->divisor == 0)
		return 2;
	if (r->frames == REORDER_SURE)
		return r->divisor;
	if (r->shared && r->divisor % 4 == 0)
		return 4;
	return r->divisor % 2 == 0 ? 2 : 1;
}

void
reorder_learn(struct reorder *r, const struct h264_unit *u)
{
	const struct h264_sps *s = u->sps;

	r->unordered |= u->bipredictive && s->poc_type == 1;
	if (s->poc_type != 0 || s->reorder == 0)
		return;
	if (s->reorder > r->depth)
		r->depth = s->reorder;
	r->reorders |= s->reorder > 0 || u->bipredictive;
	if (u->idr || !r->based)
		r->base = u->order;
	r->based = true;
	if (u->second && u->order == r->first)
		r->shared = true;
	else if (u->second)
		reorder_learn_frame(
		    r, u->order < r->first ? u->order : r->first);
	else if (!u->field || r->shared)
		reorder_learn_frame(r, u->order);
	r->first = u->order;
}

/* --- places -------------------------------------------------------------- */

/* The field as which a unit is shown. */
static int64_t
reorder_shown(struct reorder *r, const struct h264_unit *u)
{
	struct reorder_place *p = &r->place;
	int64_t step = reorder_step(r), shown;
	bool second = u->second && u->order == p->first;

	if (u->idr || !p->begun)
		p->base = u->order;
	if (!u->second)
		p->first = u->order;
	/* frames up to the last one were farther apart */
	if (step < p->step && r->frames == REORDER_SURE)
		p->fields = (p->fields - 2) * p->step / step + 2;
	p->step = step;
	shown = (u->order - p->base) * 2 / step;
	return second ? shown + 1 : shown;
}

int64_t
reorder_place(struct reorder *r, const struct h264_unit *u)
{
	int64_t shown = reorder_shown(r, u), early;
	struct reorder_place *p = &r->place;

	/* A stream may begin, or continue, with another picture than an IDR. */
	if (u->idr)
		p->fields = 0;
	if (!p->begun || llabs(p->fields - shown) >= REORDER_FAR)
		p->fields = shown;
	p->begun = true;
	early = p->fields - shown;
	p->fields += u->field ? 1 : 2;
	if (!r->reorders)
		return 0;
	if ((early + 1) / 2 > r->depth)
		r->depth = (early + 1) / 2;
	early = 2 * r->depth - early;
	return early > 0 ? early : 0;
}

void
reorder_rewind(struct reorder *r)
{
	r->place = (struct reorder_place){ .begun = false };
}

void
reorder_init(struct reorder *r)
{
	*r = (struct reorder){ .depth = 0 };
}
