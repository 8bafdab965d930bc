/* SPDX-License-Identifier: ISC */
#ifndef RECALL_H
#define RECALL_H

/*
 * Texts that were shown recently, by their hashes: the newest RECALL_MAX, or
 * fewer. Time comes in as an argument, in any unit, and never goes back. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECALL_MAX 1024

struct recall {
	size_t max; /* of them, 1..RECALL_MAX */
	size_t n;   /* that were ever added */
	struct {
		uint64_t hash, at;
	} v[RECALL_MAX]; /* a ring */
};

/* FNV-1a of a text; another `salt` gives another number for it. */
uint64_t recall_hash(const char *text, uint64_t salt);

void recall_init(struct recall *r, size_t max);
void recall_add(struct recall *r, uint64_t hash, uint64_t now);

/* Whether it was added no longer than `span` ago, and is still held. */
bool
recall_has(const struct recall *r, uint64_t hash, uint64_t now, uint64_t span);

#endif
