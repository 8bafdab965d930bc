/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "media/auqueue.h"

static void
auqueue_take(void *ctx, const struct h264_unit *u)
{
	struct auqueue *q = ctx;

	if (!q->open || (q->gap && !u->key) ||
	    q->out.len + u->len > AUQUEUE_MAX) {
		q->dropped++;
		q->gap = true;
		return;
	}
	q->gap = false;
	for (size_t i = 0; i < u->n_pieces; i++)
		buf_put(&q->out, u->pieces[i].data, u->pieces[i].len);
}

void
auqueue_init(struct auqueue *q)
{
	*q = (struct auqueue){ .gap = true };
	h264_init(&q->h264, auqueue_take, q);
	buf_init(&q->out, 0);
}

void
auqueue_clear(struct auqueue *q)
{
	h264_clear(&q->h264);
	buf_clear(&q->out);
}

void
auqueue_feed(struct auqueue *q, const uint8_t *data, size_t len)
{
	h264_feed(&q->h264, data, len, 0);
}

void
auqueue_end(struct auqueue *q)
{
	h264_end(&q->h264, true);
	/* after the last unit, so that the other end knows that it is whole */
	if (q->open && !q->gap)
		buf_put(&q->out, h264_delimiter, sizeof(h264_delimiter));
}

void
auqueue_open(struct auqueue *q)
{
	q->open = q->gap = true;
}

void
auqueue_close(struct auqueue *q)
{
	buf_clear(&q->out);
	q->open = false;
	q->gap = true;
}
