/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "media/units.h"

static void
units_take(void *ctx, const struct h264_unit *u)
{
	struct units *q = ctx;

	if (!q->open || (q->gap && !u->key) ||
	    q->out.len + u->len > UNITS_MAX) {
		q->dropped++;
		q->gap = true;
		return;
	}
	q->gap = false;
	for (size_t i = 0; i < u->n_pieces; i++)
		buf_put(&q->out, u->pieces[i].data, u->pieces[i].len);
}

void
units_init(struct units *q)
{
	*q = (struct units){ .gap = true };
	h264_init(&q->h264, units_take, q);
	buf_init(&q->out, 0);
}

void
units_clear(struct units *q)
{
	h264_clear(&q->h264);
	buf_clear(&q->out);
}

void
units_feed(struct units *q, const uint8_t *data, size_t len)
{
	h264_feed(&q->h264, data, len, 0);
}

void
units_end(struct units *q)
{
	h264_end(&q->h264, true);
	/* behind the last unit, so that the other end knows that it is whole */
	if (q->open && !q->gap)
		buf_put(&q->out, h264_delimiter, sizeof(h264_delimiter));
}

void
units_open(struct units *q)
{
	q->open = q->gap = true;
}

void
units_close(struct units *q)
{
	buf_clear(&q->out);
	q->open = false;
	q->gap = true;
}
