/* SPDX-License-Identifier: ISC */
#ifndef RING_H
#define RING_H

/*
 * The newest packets of a stream. Bytes are known by their absolute position,
 * which only grows; bytes older than the ring holds are gone. An index holds
 * where PES packets begin, when they came, and which of them are key frames.
 * The ring is small at first and grows so that the newest group of frames fits,
 * up to its limit. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring_mark {
	uint64_t pos;
	int64_t at_ms;
	bool key;
};

struct ring {
	uint8_t *data; /* owned */
	size_t size, max;
	uint64_t tail, head;	 /* it holds the bytes from, up to */
	struct ring_mark *marks; /* owned; a ring too, by number */
	size_t n_marks;		 /* room; a power of two */
	uint64_t first, next;	 /* numbers of the marks that are held */
	uint64_t key;		 /* where the newest key frame is */
	bool has_key;
};

void ring_init(struct ring *r, size_t max);
void ring_clear(struct ring *r);

/* Where the tail will be with the next packet: readers before that must
 * skip. */
uint64_t ring_next_tail(struct ring *r);

/* Make it larger, so that more is held: twice, up to its limit. False: it is
 * at that. */
bool ring_grow(struct ring *r);

/* Append a packet of TS_PACKET bytes; a PES packet begins with it when `mark`
 * is not NULL (its position is filled in). */
void ring_put(struct ring *r, const uint8_t *pkt, const struct ring_mark *mark);

/* The bytes held from `pos` on, in one piece; 0 at the head. */
size_t ring_peek(const struct ring *r, uint64_t pos, const uint8_t **data);

/* The newest key frame at or before `pos`, or NULL. */
const struct ring_mark *ring_key_before(const struct ring *r, uint64_t pos);

/* The oldest key frame at or after `pos`, or NULL. */
const struct ring_mark *ring_key_from(const struct ring *r, uint64_t pos);

/* Where the first PES packet at or after `pos` begins, else the head. */
uint64_t ring_boundary(const struct ring *r, uint64_t pos);

/* When the first PES packet at or after `pos` came, else the newest of all; 0:
 * there was none. */
int64_t ring_time(const struct ring *r, uint64_t pos);

#endif
