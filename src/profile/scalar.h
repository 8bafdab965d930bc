/* SPDX-License-Identifier: ISC */
#ifndef SCALAR_H
#define SCALAR_H

/*
 * One value without parts: from text to C and back, within the limits of its
 * row and its type.
 */

#include <stdbool.h>

#include "profile/keyrow.h"

#define SCALAR_WHOLE_MAX 9007199254740991.0 /* a double counts so far */
#define SCALAR_RATE_MAX	 1000

/* Whether values of this type are scalars. */
bool scalar_is(enum key_type type);

/* Read the text of a value. 0; or -1, with *why set (malloc'd) where better
 * words exist than "expected, found". *why is NULL before. */
int scalar_scan(const struct key *k, const char *text, void *out, char **why);

/* A value as written in JSON; NULL without a value: reading nothing gives the
 * same. Caller frees. */
char *scalar_text(const struct key *k, const void *in);

bool scalar_equal(const struct key *k, const void *a, const void *b);

/* Whether the text of a value is JSON without quotes. */
bool scalar_is_bare(const struct key *k, const char *text);

/* Whether a JSON number will do. */
bool scalar_takes_number(enum key_type type);

/* A number exactly and without an exponent: ffmpeg and we read it back.
 * Caller frees. */
char *scalar_number_text(double n);

/* The limits of a row, or of its type where it has none. False: it is not a
 * quantity. */
bool scalar_limits(const struct key *k, double *lo, double *hi);

/* The unit of a quantity's plain number, in C's unit: 1000 for a duration. */
double scalar_scale(enum key_type type);

#endif
