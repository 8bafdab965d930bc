/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "media/remux.h"
#include "media/ts.h"

#define REMUX_FAR 64 /* fields; no frame is so far out of order */

/* Microseconds in units of TS_HZ. */
static int64_t
remux_ticks(int64_t us)
{
	return us * (TS_HZ / 10000) / 100;
}

/* --- the order of presentation ------------------------------------------ */

/* Learn the stream's order of pictures, from a unit on. */
static void
remux_learn_order(struct remux *r, const struct h264_unit *u)
{
	const struct h264_sps *s = u->sps;

	r->unordered |= u->bipredictive && s->poc_type == 1;
	if (s->poc_type != 0 || s->reorder == 0)
		return;
	if (s->reorder > r->depth)
		r->depth = s->reorder;
	r->reorders |= s->reorder > 0 || u->bipredictive;
	if (!u->field && u->order % 2 != 0)
		r->step = 1;
}

/* How much later than it is decoded a unit is shown. A stream that does not
 * say how far its pictures are out of order shows it at the first such one:
 * from then on all are shown so much later. */
static int64_t
remux_delay_us(struct remux *r, const struct h264_unit *u)
{
	int64_t half = r->smooth.period_us, shown, early;

	remux_learn_order(r, u);
	if (!u->field)
		half /= 2;
	shown = u->order * 2 / r->step;
	/* A stream may begin, or go on, with another picture than an IDR. */
	if (u->idr)
		r->fields = 0;
	if ((!u->idr && !r->begun) || llabs(r->fields - shown) >= REMUX_FAR)
		r->fields = shown;
	early = r->fields - shown;
	r->fields += u->field ? 1 : 2;
	if (!r->reorders)
		return 0;
	if ((early + 1) / 2 > r->depth)
		r->depth = (early + 1) / 2;
	early = 2 * r->depth - early;
	return early > 0 ? early * half : 0;
}

/* --- a unit ------------------------------------------------------------- */

static void
remux_take(void *ctx, const struct h264_unit *u)
{
	struct remux *r = ctx;
	int64_t dts, pts;

	if (!r->begun && r->unasked)
		dejitter_init(&r->smooth, h264ps_period_us(u->sps));
	dts = dejitter_stamp(&r->smooth, u->at_us, u->next_us);
	pts = dts + remux_delay_us(r, u);
	r->begun = true;
	if (r->unit(r->ctx, u))
		tsmux_unit(&r->mux, u, remux_ticks(pts), remux_ticks(dts));
}

/* --- public ------------------------------------------------------------- */

void
remux_init(struct remux *r, const struct remux_opts *opts)
{
	*r = (struct remux){ .unasked = opts->hint_us == 0,
		.step = 2,
		.unit = opts->unit,
		.ctx = opts->ctx };
	h264_init(&r->h264, remux_take, r);
	dejitter_init(&r->smooth, opts->hint_us);
	tsmux_init(&r->mux, opts->silence, opts->put, opts->ctx);
}

void
remux_clear(struct remux *r)
{
	h264_clear(&r->h264);
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
}
