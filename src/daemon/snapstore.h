/* SPDX-License-Identifier: ISC */
#ifndef SNAPSTORE_H
#define SNAPSTORE_H

/*
 * Frames that were asked for and are not yet read: one copy for all who were
 * given the same one, and no more bytes in all than `max`. Pure: time comes in
 * as an argument.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct snapstore_copy {
	char *key; /* owned: what it is a copy of */
	uint64_t number;
	int64_t at_ms; /* when it was made */
	size_t len;
	unsigned refs;
	TAILQ_ENTRY(snapstore_copy) entry;
	uint8_t data[];
};
TAILQ_HEAD(snapstore_copies, snapstore_copy);

struct snapstore {
	struct snapstore_copies copies; /* oldest first */
	size_t bytes, max;
	/* There is no room: whoever holds this copy is to give it back, now. */
	void (*shed)(void *ctx, struct snapstore_copy *oldest);
	void *ctx;
};

/* What is on air now; all borrowed. */
struct snapstore_frame {
	const char *key;
	uint64_t number;
	const void *data;
	size_t len;
};

void snapstore_init(struct snapstore *h, size_t max,
    void (*shed)(void *ctx, struct snapstore_copy *oldest), void *ctx);

/*
 * A copy with a reference for the caller: one that is there, if it is of this
 * very frame, or if there is no room for another and it is hardly older.
 * Else a new one; NULL when there is no memory.
 */
struct snapstore_copy *snapstore_get(
    struct snapstore *h, const struct snapstore_frame *f, int64_t now_ms);

/* Give a reference back; NULL is fine. */
void snapstore_put(struct snapstore *h, struct snapstore_copy *c);

#endif
