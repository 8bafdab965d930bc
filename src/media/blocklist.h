/* SPDX-License-Identifier: ISC */
#ifndef BLOCKLIST_H
#define BLOCKLIST_H

/*
 * Regular expressions that block a text (PCRE2 on UTF-8; \w and the like follow
 * Unicode). A pattern that takes too long is given up: it counts as not
 * matching, and it is counted. The limit is a number of steps, not a time, so
 * that the outcome is the same on any machine; it is less than 1 ms for one
 * pattern and text. Pure. Without PCRE2, only an empty list can be made.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCKLIST_PATTERNS    200  /* in a list */
#define BLOCKLIST_PATTERN_MAX 1000 /* bytes of one */

struct blocklist;

/* NULL: one of the patterns is wrong, and `cause` says which and why, such as
 * "[2]: at byte 5: missing closing parenthesis". Caller frees that. */
struct blocklist *
blocklist_new(const char *const *patterns, size_t n, char **cause);
void blocklist_free(struct blocklist *b); /* NULL is fine */

/* Whether a text, of SAYTEXT_MAX bytes at most and clean, has a match. */
bool blocklist_has(struct blocklist *b, const char *text); /* NULL: never */

/* How many times a pattern was given up. */
uint64_t blocklist_given_up(const struct blocklist *b); /* NULL: 0 */

#endif
