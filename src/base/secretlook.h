/* SPDX-License-Identifier: ISC */
#ifndef SECRETLOOK_H
#define SECRETLOOK_H

/*
 * What a text looks like: a word that people use, which is not worth a mask, or
 * the name of something that is a secret. Lists and rules; nothing is learnt
 * here.
 */

#include <stdbool.h>
#include <stddef.h>

/* Whether it is words that a person reads: letters in one case each, or with a
 * capital, between hyphens, underscores, dots and spaces. */
bool secretlook_is_words(const char *s, size_t len);

/* Whether it is a short common word, a small number or a size. */
bool secretlook_is_word(const char *s);

/* Whether it is a size, or a common word with a number behind it. */
bool secretlook_is_label(const char *s);

/* Whether a line of a secret tells enough of it to be one: a bracket is none. */
bool secretlook_is_telling(const char *line, size_t len);

/* Whether the name of a variable, an option or a parameter says that its value
 * is a secret. */
bool secretlook_is_name(const char *name);

#endif
