/* SPDX-License-Identifier: ISC */
/*
 * The ring of events.
 */
#include "config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/secrets.h"
#include "base/util.h"
#include "daemon/events.h"

void
events_init(struct events *ev, size_t cap)
{
	*ev = (struct events){ .cap = cap };
	TAILQ_INIT(&ev->listeners);
}

/* Free an event's strings. */
static void
events_drop(struct event *e)
{
	free(e->stream);
	free(e->worker);
	free(e->text);
}

void
events_clear(struct events *ev)
{
	for (size_t i = 0; i < ev->n; i++)
		events_drop(&ev->v[(ev->first + i) % ev->cap]);
	free(ev->v);
	ev->v = NULL;
	ev->n = ev->first = 0;
}

void
events_add(struct events *ev, const struct event *e)
{
	struct events_listener *l, *next;
	struct event *slot;

	if (ev->v == NULL)
		ev->v = xcalloc(ev->cap, sizeof(*ev->v));
	if (ev->n == ev->cap) {
		events_drop(&ev->v[ev->first]);
		ev->first = (ev->first + 1) % ev->cap;
		ev->n--;
	}
	slot = &ev->v[(ev->first + ev->n++) % ev->cap];
	*slot = *e;
	slot->wall = wall_ms();
	slot->stream = e->stream == NULL ? NULL : xstrdup(e->stream);
	slot->worker = e->worker == NULL ? NULL : xstrdup(e->worker);
	slot->text = secrets_text(e->text);
	for (l = TAILQ_FIRST(&ev->listeners); l != NULL; l = next) {
		next = TAILQ_NEXT(l, entry); /* it may leave */
		l->heard(l->ctx, slot);
	}
}

const struct event *
events_get(const struct events *ev, size_t i)
{
	return i < ev->n ? &ev->v[(ev->first + i) % ev->cap] : NULL;
}

void
events_listen(struct events *ev, struct events_listener *l)
{
	TAILQ_INSERT_TAIL(&ev->listeners, l, entry);
}

void
events_unlisten(struct events *ev, struct events_listener *l)
{
	TAILQ_REMOVE(&ev->listeners, l, entry);
}
