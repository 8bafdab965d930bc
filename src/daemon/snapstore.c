/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "daemon/snapstore.h"

/* A copy older than this is not given to a new client. */
#define SNAPSTORE_AGE_MS 2000

void
snapstore_init(struct snapstore *h, size_t max,
    void (*shed)(void *ctx, struct snapstore_copy *oldest), void *ctx)
{
	*h = (struct snapstore){ .max = max, .shed = shed, .ctx = ctx };
	TAILQ_INIT(&h->copies);
}

/* The newest copy of the same thing that is not too old, or NULL. */
static struct snapstore_copy *
snapstore_find(
    const struct snapstore *h, const struct snapstore_frame *f, int64_t now_ms)
{
	struct snapstore_copy *c;

	TAILQ_FOREACH_REVERSE(c, &h->copies, snapstore_copies, entry) {
		if (c->len == f->len && now_ms - c->at_ms < SNAPSTORE_AGE_MS &&
		    strcmp(c->key, f->key) == 0)
			return c;
	}
	return NULL;
}

/* Whether one more of this length fits. A single one always does. */
static bool
snapstore_fits(const struct snapstore *h, size_t len)
{
	return h->bytes == 0 || (len <= h->max && h->bytes <= h->max - len);
}

/* Make room: the oldest copies are taken away from clients that do not read
 * them. */
static void
snapstore_shed(struct snapstore *h, size_t len)
{
	struct snapstore_copy *oldest;

	while (!snapstore_fits(h, len)) {
		oldest = TAILQ_FIRST(&h->copies);
		h->shed(h->ctx, oldest);
		if (oldest == TAILQ_FIRST(&h->copies))
			return; /* it is not given back */
	}
}

/* A new copy. Frames are large, and any client may ask: without memory for one,
 * it is refused, and the daemon lives on. */
static struct snapstore_copy *
snapstore_make(
    struct snapstore *h, const struct snapstore_frame *f, int64_t now_ms)
{
	struct snapstore_copy *c = malloc(sizeof(*c) + f->len);

	if (c == NULL)
		return NULL;
	*c = (struct snapstore_copy){ .key = xstrdup(f->key),
		.number = f->number,
		.at_ms = now_ms,
		.len = f->len };
	memcpy(c->data, f->data, f->len);
	TAILQ_INSERT_TAIL(&h->copies, c, entry);
	h->bytes += f->len;
	return c;
}

struct snapstore_copy *
snapstore_get(
    struct snapstore *h, const struct snapstore_frame *f, int64_t now_ms)
{
	struct snapstore_copy *c = snapstore_find(h, f, now_ms);

	if (c != NULL && c->number != f->number && snapstore_fits(h, f->len))
		c = NULL;
	if (c == NULL) {
		snapstore_shed(h, f->len);
		c = snapstore_make(h, f, now_ms);
	}
	if (c != NULL)
		c->refs++;
	return c;
}

void
snapstore_put(struct snapstore *h, struct snapstore_copy *c)
{
	if (c == NULL || --c->refs > 0)
		return;
	TAILQ_REMOVE(&h->copies, c, entry);
	h->bytes -= c->len;
	free(c->key);
	free(c);
}
