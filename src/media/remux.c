/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "media/remux.h"
#include "media/ts.h"

#define REMUX_HOLD_US	 200000	 /* how long units wait for the period */
#define REMUX_HELD_BYTES 4194304 /* that may wait */
#define REMUX_BELIEF_US	 100000	 /* a period without proof is at most this */
#define REMUX_MIN_US	 4000	 /* units closer than this were in a queue */
#define REMUX_MAX_US	 5000000
#define REMUX_BASELINE	 66 /* profile_idc: without B slices */

/* Microseconds in units of TS_HZ. */
static int64_t
remux_ticks(int64_t us)
{
	return us * (TS_HZ / 10000) / 100;
}

/* --- a unit ------------------------------------------------------------- */

/* Stamp it and write it. */
static void
remux_pass(struct remux *r, const struct h264_unit *u)
{
	int64_t dts = dejitter_stamp(&r->smooth, u->at_us, u->next_us);
	int64_t half = r->smooth.period_us;
	int64_t pts = reorder_place(&r->order, u);

	if (!u->field)
		half /= 2;
	pts = dts + pts * half;
	if (r->unit(r->ctx, u))
		tsmux_unit(&r->mux, u, remux_ticks(pts), remux_ticks(dts));
}

/* The period of units that somebody names; 0: nobody does. */
static int64_t
remux_believed(const struct remux *r, const struct h264_unit *u)
{
	int64_t us = r->hint_us > 0 ? r->hint_us : h264ps_period_us(u->sps);

	return u->field ? us / 2 : us;
}

/* --- the beginning ------------------------------------------------------ */

/* Whether a unit's time of presentation may depend on the period. */
static bool
remux_may_reorder(const struct h264_sps *s)
{
	return s->poc_type == 0 && s->reorder != 0 &&
	    s->profile_idc != REMUX_BASELINE;
}

/* Keep a copy. */
static void
remux_hold(struct remux *r, const struct h264_unit *u)
{
	struct remux_held *h = &r->held[r->n_held++];
	size_t at = 0;

	*h = (struct remux_held){ .unit = *u, .sps = *u->sps };
	h->data = xcalloc(1, u->len + 1);
	for (size_t i = 0; i < u->n_pieces; i++) {
		memcpy(h->data + at, u->pieces[i].data, u->pieces[i].len);
		at += u->pieces[i].len;
	}
	h->unit.pieces[0] = (struct h264_piece){ h->data, at };
	h->unit.n_pieces = 1;
	h->unit.sps = &h->sps;
}

/* Whether the held units suffice, or are too many. */
static bool
remux_is_held_enough(const struct remux *r)
{
	size_t bytes = 0;

	for (size_t i = 0; i < r->n_held; i++)
		bytes += r->held[i].unit.len;
	return r->n_held == REMUX_HELD || bytes >= REMUX_HELD_BYTES ||
	    r->held[r->n_held - 1].unit.next_us - r->held[0].unit.at_us >=
	    REMUX_HOLD_US;
}

static int
remux_compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The median of the times between the held units: a pause, or a few that come
 * at once, do not move it. */
static int64_t
remux_measured(const struct remux *r)
{
	int64_t gaps[REMUX_HELD];

	for (size_t i = 0; i < r->n_held; i++)
		gaps[i] = r->held[i].unit.next_us - r->held[i].unit.at_us;
	qsort(gaps, r->n_held, sizeof(*gaps), remux_compare);
	return gaps[r->n_held / 2];
}

/* The period to begin with: the named one when arrivals confirm it, or prove
 * nothing. 0: unknown. */
static int64_t
remux_period(const struct remux *r)
{
	int64_t believed = remux_believed(r, &r->held[0].unit);
	int64_t measured = remux_measured(r);

	if (llabs(measured - believed) * 10 <= believed)
		return believed;
	if (measured >= REMUX_MIN_US && measured <= REMUX_MAX_US)
		return measured;
	return believed <= REMUX_BELIEF_US ? believed : 0;
}

/* The held units pass, by all that they show together. */
static void
remux_release(struct remux *r)
{
	if (r->n_held == 0)
		return;
	r->begun = true;
	dejitter_init(&r->smooth, remux_period(r));
	for (size_t i = 0; i < r->n_held; i++)
		reorder_place(&r->order, &r->held[i].unit);
	reorder_rewind(&r->order);
	for (size_t i = 0; i < r->n_held; i++) {
		remux_pass(r, &r->held[i].unit);
		free(r->held[i].data);
	}
	r->n_held = 0;
}

static void
remux_take(void *ctx, const struct h264_unit *u)
{
	struct remux *r = ctx;

	reorder_learn(&r->order, u);
	if (!r->begun && (r->n_held > 0 || remux_may_reorder(u->sps))) {
		remux_hold(r, u);
		if (remux_is_held_enough(r))
			remux_release(r);
		return;
	}
	if (!r->begun)
		dejitter_init(&r->smooth, remux_believed(r, u));
	r->begun = true;
	remux_pass(r, u);
}

/* --- public ------------------------------------------------------------- */

void
remux_init(struct remux *r, const struct remux_opts *opts)
{
	*r = (struct remux){
		.hint_us = opts->hint_us,
		.unit = opts->unit,
		.ctx = opts->ctx,
	};
	h264_init(&r->h264, remux_take, r);
	reorder_init(&r->order);
	tsmux_init(&r->mux, opts->silence, opts->put, opts->ctx);
}

void
remux_clear(struct remux *r)
{
	h264_clear(&r->h264);
	while (r->n_held > 0)
		free(r->held[--r->n_held].data);
}

void
remux_feed(struct remux *r, const uint8_t *data, size_t len, int64_t now_us)
{
	h264_feed(&r->h264, data, len, now_us);
}

void
remux_end(struct remux *r, bool whole)
{
	h264_end(&r->h264, whole);
	remux_release(r);
}
