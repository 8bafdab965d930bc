/* SPDX-License-Identifier: ISC */
#ifndef CHECK_H
#define CHECK_H

/*
 * What is refused in a profile: the checks that look at more than one key.
 */

struct errors;
struct jsonc;
struct profile;

/* Add an error for each thing that is wrong, with its place in `doc`, which
 * `p` was read from. */
void check_profile(
    const struct profile *p, const struct jsonc *doc, struct errors *errs);

#endif
