/* SPDX-License-Identifier: ISC */
#ifndef CLAIMS_H
#define CLAIMS_H

/*
 * The exclusive claims of a stream: the names of its recordings, its files, the
 * address that it publishes to, the port that it listens on, its named pipe. No
 * two streams may share one.
 */

#include <stddef.h>

#include "base/strv.h"

struct errors;
struct profile;

/* Knows the disk: where paths lead, one text for each, the same text for the
 * same place; "": unknown. */
struct claims_disk {
	void (*places)(void *ctx, const struct strv *paths, struct strv *found);
	void *ctx;
};

/*
 * Compare those of all enabled profiles. A conflict is an error at the later
 * one's place, by the order given; recordings whose names may collide are a
 * warning, and an error where limits of one would remove files of the other.
 * Files that the next run of the same stream would write over are an error,
 * too, and file names that are too long. `disk` NULL: paths are compared as
 * written.
 */
void claims_check(const struct profile *const *profiles, size_t n,
    const struct claims_disk *disk, struct errors *errs);

#endif
