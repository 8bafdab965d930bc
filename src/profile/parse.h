/* SPDX-License-Identifier: ISC */
#ifndef PARSE_H
#define PARSE_H

/*
 * A profile from a parsed document: defaults, variables, keys, checks, secrets.
 */

#include <cjson/cJSON.h>

struct errors;
struct expand_env;
struct jsonc;
struct profile;

/*
 * Read a profile; `defaults` (of another document; not an object, or NULL:
 * none) supplies the keys that the profile leaves out. `doc`'s tree is changed:
 * variables are expanded, defaults are merged in. NULL on any error; all of
 * them are in errs. The caller frees it by profile_free().
 */
struct profile *parse_profile(struct jsonc *doc, const char *name,
    const cJSON *defaults, const struct expand_env *env, struct errors *errs);

#endif
