/* SPDX-License-Identifier: ISC */
#ifndef SECRETLOOK_H
#define SECRETLOOK_H

/*
 * Whether a text looks like a word that people use, which is not worth a mask,
 * or like the name of a secret. Lists and rules; nothing is learnt here.
 */

#include <stdbool.h>
#include <stddef.h>

/* Whether it is words that a person reads: letters in one case each, or with a
 * capital, between hyphens, underscores, dots and spaces. */
bool secretlook_is_words(const char *s, size_t len);

/* Whether it is a short common word, a small number or a size. */
bool secretlook_is_word(const char *s);

/* Whether it is a size, or a common word followed by a number. */
bool secretlook_is_label(const char *s);

/* Whether a line of a secret is worth a mask: a lone bracket is not. */
bool secretlook_is_telling(const char *line, size_t len);

/* Whether the name of a variable, an option or a parameter says that its value
 * is a secret. */
bool secretlook_is_name(const char *name);

#endif
