/* SPDX-License-Identifier: ISC */
#ifndef SNAPSTORE_H
#define SNAPSTORE_H

/*
 * Requested frames that are not yet read: one copy for all clients that get the
 * same frame, and at most `max` bytes in all. Pure: time comes in as an
 * argument.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct snapstore_copy {
	char *key; /* owned: the key of the original */
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
	/* No room: whoever holds this copy must give it back now. */
	void (*shed)(void *ctx, struct snapstore_copy *oldest);
	void *ctx;
};

/* The frame on air now; all borrowed. */
struct snapstore_frame {
	const char *key;
	uint64_t number;
	const void *data;
	size_t len;
};

void snapstore_init(struct snapstore *h, size_t max,
    void (*shed)(void *ctx, struct snapstore_copy *oldest), void *ctx);

/*
 * A copy with a reference for the caller: an existing one, if it is of this
 * very frame, or if another has no room and it is hardly older. Else a new one;
 * NULL without memory.
 */
struct snapstore_copy *snapstore_get(
    struct snapstore *h, const struct snapstore_frame *f, int64_t now_ms);

/* Give a reference back; NULL is fine. */
void snapstore_put(struct snapstore *h, struct snapstore_copy *c);

#endif
