/* SPDX-License-Identifier: ISC */
#ifndef SECRETKEYS_H
#define SECRETKEYS_H

/* Which keys of a profile hold secrets, and which do not. */

struct profile;
struct redact;
struct strv;

/* Learn every secret of a profile: by its place, and those that were `found` in
 * variables and files. */
void secretkeys_learn(
    struct redact *r, const struct profile *p, const struct strv *found);

#endif
