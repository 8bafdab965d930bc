/* SPDX-License-Identifier: ISC */
#ifndef OUTPUTSET_H
#define OUTPUTSET_H

/*
 * The outputs of a stream when its packets change: which must restart, and
 * which may try again.
 */

#include <stdbool.h>
#include <stddef.h>

struct profile;
struct worker;

/* The stream's parts, borrowed for one call. */
struct outputset {
	struct worker *const *workers; /* all, outputs or not */
	size_t n;
	const struct profile *profile;
	int video; /* on air now; see tracks */
};

/* The packets have changed: outputs that failed with the old ones try again at
 * once. */
void outputset_retry(const struct outputset *os);

/* Restart the outputs with the new packets; without `all`, only those that
 * announced another kind of frames at their start. */
void outputset_renew(const struct outputset *os, bool all);

/* The same for an output that began while frames of another size came for a
 * moment. */
void outputset_steady(const struct outputset *os);

#endif
