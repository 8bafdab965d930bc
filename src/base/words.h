/* SPDX-License-Identifier: ISC */
#ifndef WORDS_H
#define WORDS_H

/* Words to choose from, mostly in vectors that NULL ends: looked up, listed,
 * guessed. */

#include <stdbool.h>
#include <stddef.h>

/* Index of a word, or -1; also for no vector at all. */
int words_index(const char *const *v, const char *word);

/* Index of the first of n words that is this one; n: none is, or it is NULL.
 * Words may be NULL, too. */
size_t words_find(const char *const *words, size_t n, const char *word);

/* Whether `len` bytes are one of n words, in any case. */
bool
words_has(const char *const *words, size_t n, const char *word, size_t len);

/* "a, b, c". Caller frees. */
char *words_list(const char *const *v);

/* The candidate nearest to `word` (edit distance, at most a third of its
 * length), or NULL: "did you mean". */
const char *
words_nearest(const char *word, const char *const *candidates, size_t n);

/* ", did you mean "x"?" or "". Caller frees. */
char *words_meant(const char *word, const char *const *v);

#endif
