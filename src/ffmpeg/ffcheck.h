/* SPDX-License-Identifier: ISC */
#ifndef FFCHECK_H
#define FFCHECK_H

/*
 * What a profile needs of the ffmpeg at hand: checks that depend on its
 * version, beside those of profile/check. Pure.
 */

#include <stddef.h>

struct errors;
struct ffver;
struct profile;

/* Add what this version cannot do as errors, and what others must know as
 * warnings, each with its place. */
void ffcheck_profile(
    const struct profile *p, const struct ffver *ver, struct errors *errs);

/* Output number i gets H.265; `who` brings it: "the source sends". The same for
 * a codec that is known only once the source was opened. */
void ffcheck_h265(const struct profile *p, size_t i, const char *who,
    const struct ffver *ver, struct errors *errs);

#endif
