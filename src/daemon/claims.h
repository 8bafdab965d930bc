/* SPDX-License-Identifier: ISC */
#ifndef CLAIMS_H
#define CLAIMS_H

/*
 * What a stream takes for itself, and another one must not take: the names of
 * its recordings, its files, the address that it publishes to, the port that
 * it listens on, its named pipe.
 */

#include <stddef.h>

#include "base/strv.h"

struct errors;
struct profile;

/* Who knows the disk: where paths lead, one text for each, so written that those
 * of one place have one; "": nobody knows. */
struct claims_disk {
	void (*places)(void *ctx, const struct strv *paths, struct strv *found);
	void *ctx;
};

/*
 * Compare those of all enabled profiles. What two take is an error at the
 * later one's place, by the order given; recordings whose names can be each
 * other's are a warning, and an error where limits of one would remove files of
 * the other. Files that the next run of the same stream would write over are an
 * error, too, and names of files that are too long. `disk` NULL: a path is what
 * is written.
 */
void claims_check(const struct profile *const *profiles, size_t n,
    const struct claims_disk *disk, struct errors *errs);

#endif
