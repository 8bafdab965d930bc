/* SPDX-License-Identifier: ISC */
#ifndef OLDEST_H
#define OLDEST_H

/*
 * The oldest of many files, held in bounded memory: when they are more than it
 * holds, the newer half is dropped, again and again. All zero is an empty one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stat;

#define OLDEST_MAX 100000

struct oldest_file {
	char *path;	     /* NULL: it is gone */
	int64_t size, mtime; /* ns */
	bool hidden;
	dev_t dev;
	ino_t ino;
};

struct oldest {
	struct oldest_file *v; /* owned */
	size_t n, cap;
	size_t max; /* files held at a time; 0: OLDEST_MAX */
	/* Too many: those newer than `cut` are not held. */
	bool thinned;
	int64_t cut; /* ns */
};

/* Hold a file, unless it already holds enough older ones. */
void oldest_add(
    struct oldest *o, const char *path, const struct stat *st, bool hidden);

/* Oldest first; of one age, by name. */
void oldest_sort(struct oldest *o);

void oldest_clear(struct oldest *o);

#endif
