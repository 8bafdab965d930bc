/* SPDX-License-Identifier: ISC */
#ifndef STRV_H
#define STRV_H

/*
 * A NULL-terminated vector of owned strings: argv, envp, lists of names; and how
 * such words are written for a shell.
 */

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct strv {
	char **v; /* owned, v[n] == NULL; NULL while n == 0 and never used */
	size_t n;
};

void strv_clear(struct strv *s);
void strv_push(struct strv *s, const char *str);
void strv_take(struct strv *s, char *str); /* ownership moves in */
void strv_pushf(struct strv *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void strv_append(struct strv *s, const struct strv *more);
bool strv_equal(const struct strv *a, const struct strv *b);

/* Set "NAME=value" in an environment vector, replacing an older NAME. */
void strv_setenv(struct strv *s, const char *name, const char *value);

/* Append a word in single quotes, where only a single quote is special. */
void strv_quote(struct buf *out, const char *word);

/* All strings quoted for a POSIX shell, separated by blanks; caller frees. */
char *strv_shell(const struct strv *s);

#endif
