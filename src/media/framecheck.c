/* SPDX-License-Identifier: ISC */
/*
 * Hashes of sampled rows.
 */
#include "config.h"

#include <string.h>

#include "media/framecheck.h"

#define FRAMECHECK_ROWS 16 /* of a frame that are looked at */

/* FNV-1a, eight bytes at a time: good enough to see a change. */
static uint64_t
framecheck_hash(uint64_t hash, const uint8_t *data, size_t len)
{
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		hash = (hash ^ word) * 0x100000001b3;
		hash ^= hash >> 29;
		data += sizeof(word);
	}
	while (len-- > 0)
		hash = (hash ^ *data++) * 0x100000001b3;
	return hash;
}

void
framecheck_still_add(struct framecheck_still *s, const struct geometry *g,
    const uint8_t *data, int64_t now_ms)
{
	size_t row = g->bytes / (size_t)g->h;
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < FRAMECHECK_ROWS; i++)
		hash = framecheck_hash(hash,
		    data + (g->bytes - row) * i / (FRAMECHECK_ROWS - 1), row);
	if (s->since_ms != 0 && hash == s->hash)
		return;
	s->hash = hash;
	s->since_ms = now_ms;
}
