/* SPDX-License-Identifier: ISC */
/*
 * Bytes by position, and their index. Sizes are whole packets, so that none
 * lies across the end.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "base/util.h"
#include "link/ring.h"
#include "media/ts.h"

#define RING_FIRST     (TS_PACKET * 1024) /* bytes, before it grows */
#define RING_MARKS     256		  /* likewise */
#define RING_MARKS_MAX 65536

void
ring_init(struct ring *r, size_t max)
{
	*r = (struct ring){ .size = RING_FIRST,
		.max = max < RING_FIRST ? RING_FIRST : max,
		.n_marks = RING_MARKS };
	r->data = pages_map(r->size);
	if (r->data == NULL)
		abort(); /* as xcalloc() does */
	r->marks = xcalloc(r->n_marks, sizeof(*r->marks));
}

void
ring_clear(struct ring *r)
{
	pages_unmap(r->data, r->size);
	free(r->marks);
	*r = (struct ring){ .size = 0 };
}

/* --- the index ---------------------------------------------------------- */

static struct ring_mark *
ring_mark(const struct ring *r, uint64_t number)
{
	return &r->marks[number & (r->n_marks - 1)];
}

/* The number of the first mark at or after `pos`; next when none is. */
static uint64_t
ring_search(const struct ring *r, uint64_t pos)
{
	uint64_t low = r->first, high = r->next;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (ring_mark(r, mid)->pos < pos)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Forget marks before the tail. */
static void
ring_trim(struct ring *r)
{
	while (r->first < r->next && ring_mark(r, r->first)->pos < r->tail)
		r->first++;
}

static void
ring_grow_marks(struct ring *r)
{
	struct ring old = *r;

	r->n_marks *= 2;
	r->marks = xcalloc(r->n_marks, sizeof(*r->marks));
	for (uint64_t i = r->first; i < r->next; i++)
		*ring_mark(r, i) = *ring_mark(&old, i);
	free(old.marks);
}

static void
ring_add_mark(struct ring *r, const struct ring_mark *mark)
{
	if (r->next - r->first == r->n_marks) {
		if (r->n_marks < RING_MARKS_MAX)
			ring_grow_marks(r);
		else
			r->first++;
	}
	*ring_mark(r, r->next) = *mark;
	ring_mark(r, r->next++)->pos = r->head;
	if (mark->key) {
		r->key = r->head;
		r->has_key = true;
	}
}

const struct ring_mark *
ring_key_before(const struct ring *r, uint64_t pos)
{
	for (uint64_t i = ring_search(r, pos + 1); i-- > r->first;)
		if (ring_mark(r, i)->key)
			return ring_mark(r, i);
	return NULL;
}

const struct ring_mark *
ring_key_from(const struct ring *r, uint64_t pos)
{
	for (uint64_t i = ring_search(r, pos); i < r->next; i++)
		if (ring_mark(r, i)->key)
			return ring_mark(r, i);
	return NULL;
}

uint64_t
ring_boundary(const struct ring *r, uint64_t pos)
{
	uint64_t i = ring_search(r, pos);

	return i < r->next ? ring_mark(r, i)->pos : r->head;
}

int64_t
ring_time(const struct ring *r, uint64_t pos)
{
	uint64_t i = ring_search(r, pos);

	if (r->first == r->next)
		return 0;
	return ring_mark(r, i < r->next ? i : i - 1)->at_ms;
}

/* --- the bytes ---------------------------------------------------------- */

/* Everything keeps its position. */
bool
ring_grow(struct ring *r)
{
	size_t size = r->size * 2;
	uint8_t *data;
	const uint8_t *piece;
	size_t n;

	if (size > r->max)
		size = r->max / TS_PACKET * TS_PACKET;
	if (size <= r->size)
		return false;
	data = pages_map(size);
	if (data == NULL)
		return false; /* the oldest bytes are dropped, then */
	for (uint64_t pos = r->tail; pos < r->head; pos += n) {
		size_t at = (size_t)(pos % size);

		n = ring_peek(r, pos, &piece);
		if (n > size - at)
			n = size - at;
		memcpy(data + at, piece, n);
	}
	pages_unmap(r->data, r->size);
	r->data = data;
	r->size = size;
	return true;
}

/* Whether the newest group of frames would be cut into. */
static bool
ring_is_tight(const struct ring *r)
{
	return r->has_key && r->key >= r->tail && r->key < r->tail + TS_PACKET;
}

uint64_t
ring_next_tail(struct ring *r)
{
	if (r->head + TS_PACKET - r->tail <= r->size)
		return r->tail;
	if (ring_is_tight(r) && ring_grow(r))
		return r->tail;
	return r->tail + TS_PACKET;
}

void
ring_put(struct ring *r, const uint8_t *pkt, const struct ring_mark *mark)
{
	r->tail = ring_next_tail(r);
	ring_trim(r);
	if (mark != NULL)
		ring_add_mark(r, mark);
	memcpy(r->data + r->head % r->size, pkt, TS_PACKET);
	r->head += TS_PACKET;
}

size_t
ring_peek(const struct ring *r, uint64_t pos, const uint8_t **data)
{
	size_t at = (size_t)(pos % r->size), n = (size_t)(r->head - pos);

	*data = r->data + at;
	return n < r->size - at ? n : r->size - at;
}
