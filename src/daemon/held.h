/* SPDX-License-Identifier: ISC */
#ifndef HELD_H
#define HELD_H

/*
 * Frames that were asked for and are not yet read: one copy for all who were
 * given the same one, and no more bytes in all than `max`. Pure: time comes in
 * as an argument.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct held_copy {
	char *key; /* owned: what it is a copy of */
	uint64_t number;
	int64_t at_ms; /* when it was made */
	size_t len;
	unsigned refs;
	TAILQ_ENTRY(held_copy) entry;
	uint8_t data[];
};
TAILQ_HEAD(held_copies, held_copy);

struct held {
	struct held_copies copies; /* oldest first */
	size_t bytes, max;
	/* There is no room: whoever holds this copy is to give it back, now. */
	void (*shed)(void *ctx, struct held_copy *oldest);
	void *ctx;
};

/* What is on air now; all borrowed. */
struct held_frame {
	const char *key;
	uint64_t number;
	const void *data;
	size_t len;
};

void held_init(struct held *h, size_t max,
    void (*shed)(void *ctx, struct held_copy *oldest), void *ctx);

/*
 * A copy with a reference for the caller: one that is there, if it is of this
 * very frame, or if there is no room for another and it is hardly older.
 * Else a new one; NULL when there is no memory.
 */
struct held_copy *
held_get(struct held *h, const struct held_frame *f, int64_t now_ms);

/* Give a reference back; NULL is fine. */
void held_put(struct held *h, struct held_copy *c);

#endif
