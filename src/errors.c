/* SPDX-License-Identifier: ISC */
/*
 * Everything that is wrong with some input, collected for a person. A text
 * is one line whatever the input was: control characters (a key may hold
 * escape sequences) are replaced, endless ones are cut.
 */

#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "util.h"

#define ERRORS_TEXT_MAX 1000

/* Make a text safe to print on one line of a terminal. */
static void
errors_clean(char *text)
{
	size_t len = strlen(text);

	if (len > ERRORS_TEXT_MAX) {
		len = ERRORS_TEXT_MAX - 3;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
		memcpy(text + len, "...", sizeof("..."));
	}
	for (char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	}
}

/* Append one entry. */
static void
errors_push(struct errors *e, struct error entry)
{
	/* Room is made in powers of two: a full array has 2^n entries. */
	if ((e->n & (e->n - 1)) == 0)
		e->v = xrealloc(e->v, e->n == 0 ? 1 : e->n * 2, sizeof(*e->v));
	errors_clean(entry.text);
	e->v[e->n++] = entry;
	e->n_warnings += entry.warning;
}

/* Compare by place, then by text, so that the order never depends on luck. */
static int
errors_compare(const void *va, const void *vb)
{
	const struct error *a = va, *b = vb;
	int d = strcmp(a->file ? a->file : "", b->file ? b->file : "");

	if (d == 0)
		d = (a->line > b->line) - (a->line < b->line);
	if (d == 0)
		d = (a->col > b->col) - (a->col < b->col);
	return d != 0 ? d : strcmp(a->text, b->text);
}

/* Forget all; the list can be used again. */
void
errors_clear(struct errors *e)
{
	for (size_t i = 0; i < e->n; i++) {
		free(e->v[i].file);
		free(e->v[i].text);
	}
	free(e->v);
	*e = (struct errors){ 0 };
}

/* Something that makes the input invalid. */
void
errors_add(
    struct errors *e, const char *file, int line, int col, const char *fmt, ...)
{
	struct error entry = { .line = line, .col = col };
	va_list ap;

	va_start(ap, fmt);
	entry.text = xvasprintf(fmt, ap);
	va_end(ap);
	entry.file = file != NULL ? xstrdup(file) : NULL;
	errors_push(e, entry);
}

/* Something that a person should know, but that works. */
void
errors_warn(
    struct errors *e, const char *file, int line, int col, const char *fmt, ...)
{
	struct error entry = { .line = line, .col = col, .warning = true };
	va_list ap;

	va_start(ap, fmt);
	entry.text = xvasprintf(fmt, ap);
	va_end(ap);
	entry.file = file != NULL ? xstrdup(file) : NULL;
	errors_push(e, entry);
}

/* Whether the input is invalid. */
void
errors_append(struct errors *e, const struct errors *more)
{
	for (size_t i = 0; i < more->n; i++) {
		const struct error *one = &more->v[i];

		(one->warning ? errors_warn : errors_add)(
		    e, one->file, one->line, one->col, "%s", one->text);
	}
}

bool
errors_any(const struct errors *e)
{
	return e->n > e->n_warnings;
}

/* One line as compilers write it, so that editors can jump to it. */
char *
errors_format(const struct error *e)
{
	const char *kind = e->warning ? "warning" : "error";

	if (e->file == NULL)
		return xasprintf("%s: %s", kind, e->text);
	if (e->line == 0)
		return xasprintf("%s: %s: %s", e->file, kind, e->text);
	if (e->col == 0)
		return xasprintf(
		    "%s:%d: %s: %s", e->file, e->line, kind, e->text);
	return xasprintf(
	    "%s:%d:%d: %s: %s", e->file, e->line, e->col, kind, e->text);
}

/* Sort for reading from top to bottom. */
void
errors_sort(struct errors *e)
{
	if (e->n > 1)
		qsort(e->v, e->n, sizeof(*e->v), errors_compare);
}
