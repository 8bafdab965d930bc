/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "media/recall.h"

uint64_t
recall_hash(const char *text, uint64_t salt)
{
	uint64_t h = 0xcbf29ce484222325 ^ salt;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3;
	return h;
}

void
recall_init(struct recall *r, size_t max)
{
	r->max = max;
	r->n = 0;
}

void
recall_add(struct recall *r, uint64_t hash, uint64_t now)
{
	size_t at = r->n++ % r->max;

	r->v[at].hash = hash;
	r->v[at].at = now;
}

bool
recall_has(const struct recall *r, uint64_t hash, uint64_t now, uint64_t span)
{
	size_t kept = r->n < r->max ? r->n : r->max;

	for (size_t i = 1; i <= kept; i++) {
		size_t at = (r->n - i) % r->max;

		if (now - r->v[at].at > span)
			return false;
		if (r->v[at].hash == hash)
			return true;
	}
	return false;
}
