/* SPDX-License-Identifier: ISC */
#ifndef OUTPUTSET_H
#define OUTPUTSET_H

/*
 * The outputs of a stream whose packets change under them: who has to begin
 * anew, and who may try again.
 */

#include <stdbool.h>
#include <stddef.h>

struct profile;
struct worker;

/* What a stream has, borrowed for one call. */
struct outputset {
	struct worker *const *workers; /* all, outputs or not */
	size_t n;
	const struct profile *profile;
	int video; /* on air now; see tracks */
};

/* Something else comes now: those that could not do with what came before try
 * again at once. */
void outputset_retry(const struct outputset *os);

/* The outputs have to begin anew with what comes now; or, without `all`, those
 * that said at their beginning what frames are like, and they are not. */
void outputset_renew(const struct outputset *os, bool all);

/* The same of an output that began while frames of another size were there for
 * a moment. */
void outputset_steady(const struct outputset *os);

#endif
