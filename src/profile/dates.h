/* SPDX-License-Identifier: ISC */
#ifndef DATES_H
#define DATES_H

/*
 * Paths made of a date: making them, and recognising them. A pattern is
 * strftime(3)'s, in the C locale. Numbers have their exact digits and range,
 * names of days and months are these names, an offset (%z) is a sign and four
 * digits, a zone (%Z) is one in use here, or UTC or GMT, seconds since 1970
 * (%s) have 9 to 11 digits; an unknown conversion means itself, as in glibc.
 * All must agree on one time, on a day that exists. Nothing matches a '/', and
 * no conversion "." or "..". A conversion with a width or a flag + matches
 * nothing: its result cannot be distinguished from other names.
 *
 * A name that was taken is made with a number before its extension: "x_2.mkv",
 * "x_3.mkv". Such a name belongs to the pattern too.
 */

#include <stdbool.h>

#include "base/strv.h"

/* The pattern without abbreviations, which may hide a slash: "%F" is
 * "%Y-%m-%d". Caller frees. */
char *dates_expand(const char *pattern);

/* Cut at the slashes; empty parts do not count. */
void dates_split(struct strv *parts, const char *text);

/* The name that a part of an expanded pattern makes when it has no conversion,
 * else NULL. Caller frees. */
char *dates_literal(const char *part);

/* Can the part of an expanded pattern have made this name? */
bool dates_fits(const char *part, const char *name);

/* The same for the last part: with a number or without. */
bool dates_fits_file(const char *part, const char *name);

/* Can one time have made the path of the parts from this one on, with a number
 * or without? Each part fits by itself. */
bool dates_agree(const struct strv *parts, size_t first, const char *path);

/* Can the pattern have made this path, with a number or without? */
bool dates_matches(const char *pattern, const char *path);

/* Whether the second pattern can sometimes make a name of the first. */
bool dates_makes(const char *a, const char *b);

/* The first conversion with a width or a +, or NULL. Caller frees. */
char *dates_find_loose(const char *pattern);

/* Length of the longest name between slashes that a pattern makes; *whole: of
 * the longest path. */
size_t dates_longest(const char *pattern, size_t *whole);

/* An upper bound of that, without a look at each date; *whole likewise. */
size_t dates_bound(const char *pattern, size_t *whole);

/* Length of the longest name in one path. */
size_t dates_longest_part(const char *path);

/* The directory before the first conversion: "/rec" of "/rec/%Y/x.mkv".
 * Caller frees. */
char *dates_base(const char *pattern);

/* How many parts of a pattern that directory covers. */
size_t dates_count_fixed(const char *pattern);

/* The path of these parts with those from this one on made one, with a '+'
 * between; of a pattern, the pattern of such. Caller frees. */
char *dates_beside(const struct strv *parts, size_t from, bool absolute);

/* The path without the number before its extension, or NULL: no number. Caller
 * frees. */
char *dates_plain(const char *path);

/* The path with the number before its extension. Caller frees. */
char *dates_numbered(const char *path, unsigned number);

#endif
