/* SPDX-License-Identifier: ISC */
#ifndef EVENTS_H
#define EVENTS_H

/*
 * The latest events: a ring, and listeners that hear each one as it comes.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct event {
	int64_t wall;	       /* ms since the epoch */
	char *stream;	       /* owned; NULL: the daemon itself */
	char *worker;	       /* owned; NULL: the stream */
	const char *kind;      /* static: "state", "reload", "daemon" */
	const char *from, *to; /* static, NULL: none */
	char *text;	       /* owned, masked */
};

struct events_listener {
	void (*heard)(void *ctx, const struct event *e);
	void *ctx;
	TAILQ_ENTRY(events_listener) entry;
};

TAILQ_HEAD(events_listeners, events_listener);

struct events {
	struct event *v; /* owned ring */
	size_t first, n, cap;
	struct events_listeners listeners;
};

void events_init(struct events *ev, size_t cap);
void events_clear(struct events *ev);

/* Add one; strings are copied, kind, from and to are static text. */
void events_add(struct events *ev, const struct event *e);

/* Event i, 0 the oldest; NULL past the end. */
const struct event *events_get(const struct events *ev, size_t i);

void events_listen(struct events *ev, struct events_listener *l);
void events_unlisten(struct events *ev, struct events_listener *l);

#endif
