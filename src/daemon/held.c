/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "daemon/held.h"

/* A copy older than this is not given to anybody new. */
#define HELD_AGE_MS 2000

void
held_init(struct held *h, size_t max,
    void (*shed)(void *ctx, struct held_copy *oldest), void *ctx)
{
	*h = (struct held){ .max = max, .shed = shed, .ctx = ctx };
	TAILQ_INIT(&h->copies);
}

/* The newest copy of the same thing that is not too old, or NULL. */
static struct held_copy *
held_find(const struct held *h, const struct held_frame *f, int64_t now_ms)
{
	struct held_copy *c;

	TAILQ_FOREACH_REVERSE(c, &h->copies, held_copies, entry)
	{
		if (c->len == f->len && now_ms - c->at_ms < HELD_AGE_MS &&
		    strcmp(c->key, f->key) == 0)
			return c;
	}
	return NULL;
}

/* Whether one more of this length fits. A single one always does. */
static bool
held_fits(const struct held *h, size_t len)
{
	return h->bytes == 0 || (len <= h->max && h->bytes <= h->max - len);
}

/* Make room: the oldest copies are taken away from who does not read them. */
static void
held_shed(struct held *h, size_t len)
{
	struct held_copy *oldest;

	while (!held_fits(h, len)) {
		oldest = TAILQ_FIRST(&h->copies);
		h->shed(h->ctx, oldest);
		if (oldest == TAILQ_FIRST(&h->copies))
			return; /* it is not given back */
	}
}

/* A new copy. Frames are large, and asked for by whoever likes: where there is
 * no memory for one, it is refused, and nobody dies of it. */
static struct held_copy *
held_make(struct held *h, const struct held_frame *f, int64_t now_ms)
{
	struct held_copy *c = malloc(sizeof(*c) + f->len);

	if (c == NULL)
		return NULL;
	*c = (struct held_copy){ .key = xstrdup(f->key),
		.number = f->number,
		.at_ms = now_ms,
		.len = f->len };
	memcpy(c->data, f->data, f->len);
	TAILQ_INSERT_TAIL(&h->copies, c, entry);
	h->bytes += f->len;
	return c;
}

struct held_copy *
held_get(struct held *h, const struct held_frame *f, int64_t now_ms)
{
	struct held_copy *c = held_find(h, f, now_ms);

	if (c != NULL && c->number != f->number && held_fits(h, f->len))
		c = NULL;
	if (c == NULL) {
		held_shed(h, f->len);
		c = held_make(h, f, now_ms);
	}
	if (c != NULL)
		c->refs++;
	return c;
}

void
held_put(struct held *h, struct held_copy *c)
{
	if (c == NULL || --c->refs > 0)
		return;
	TAILQ_REMOVE(&h->copies, c, entry);
	h->bytes -= c->len;
	free(c->key);
	free(c);
}
