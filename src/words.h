/* SPDX-License-Identifier: ISC */
#ifndef WORDS_H
#define WORDS_H

/* Words to choose from, in vectors that NULL ends. */

/* Index of a word, or -1; also for no vector at all. */
int words_index(const char *const *v, const char *word);

/* "a, b, c". Caller frees. */
char *words_list(const char *const *v);

/* ", did you mean "x"?" or "". Caller frees. */
char *words_meant(const char *word, const char *const *v);

#endif
