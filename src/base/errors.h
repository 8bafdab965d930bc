/* SPDX-License-Identifier: ISC */
#ifndef ERRORS_H
#define ERRORS_H

/*
 * A list of all errors in some input, for a person: each with its place, the
 * key, the error and a hint. Collected all at once, printed by whoever knows
 * the audience; the secrets of the input, which may be learnt after an error
 * was found, are masked in the print.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/redact.h"

struct error {
	char *file;		     /* NULL: no place */
	int line;		     /* 1-based, 0: unknown */
	int col;		     /* 1-based byte column, 0: unknown */
	bool warning;		     /* does not make the input invalid */
	char *text;		     /* "key: what, hint"; not masked */
	const struct redact *redact; /* the list's */
};

struct errors {
	struct error *v; /* owned */
	size_t n;
	size_t n_warnings;
	struct redact *redact; /* owned: secrets of the input; NULL: no entry */
};

void errors_clear(struct errors *e);
void errors_add(struct errors *e, const char *file, int line, int col,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void errors_warn(struct errors *e, const char *file, int line, int col,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void errors_append(struct errors *e, const struct errors *more);
bool errors_any(const struct errors *e); /* an error, not only warnings */

/* The input holds these secrets. */
void errors_learn(struct errors *e, const struct redact *r);

/* "file:line:col: error: text", one line whatever the input was, masked; as
 * long as its list is there. Caller frees. */
char *errors_format(const struct error *e);

/* Sort by file, line, column, so that a person can walk through them. */
void errors_sort(struct errors *e);

#endif
