/* SPDX-License-Identifier: ISC */
#ifndef CHECK_H
#define CHECK_H

/*
 * The checks of a profile that look at more than one key.
 */

struct errors;
struct jsonc;
struct profile;

/* Add an error for each fault, with its place in `doc`, which `p` was read
 * from. */
void check_profile(
    const struct profile *p, const struct jsonc *doc, struct errors *errs);

#endif
