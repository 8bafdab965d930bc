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

#include "base/errors.h"
#include "base/secrets.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/util.h"

#define ERRORS_TEXT_MAX 1000

/* Where the secrets are put: a place that stays when the list moves. */
static struct redact *
errors_redact(struct errors *e)
{
	if (e->redact == NULL)
		e->redact = xcalloc(1, sizeof(*e->redact));
	return e->redact;
}

/* Append one entry. */
static void
errors_push(struct errors *e, struct error entry)
{
	/* Room is made in powers of two: a full array has 2^n entries. */
	if ((e->n & (e->n - 1)) == 0)
		e->v = xrealloc(e->v, e->n == 0 ? 1 : e->n * 2, sizeof(*e->v));
	entry.redact = errors_redact(e);
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
	if (e->redact != NULL)
		redact_clear(e->redact);
	free(e->redact);
	*e = (struct errors){ 0 };
}

/* Append an entry with its place in a file and its text. */
static void __attribute__((format(printf, 4, 0))) errors_put(struct errors *e,
    struct error entry, const char *file, const char *fmt, va_list ap)
{
	entry.text = xvasprintf(fmt, ap);
	entry.file = file != NULL ? xstrdup(file) : NULL;
	errors_push(e, entry);
}

/* Something that makes the input invalid. */
void
errors_add(
    struct errors *e, const char *file, int line, int col, const char *fmt, ...)
{
	struct error entry = { .line = line, .col = col };
	va_list ap;

	va_start(ap, fmt);
	errors_put(e, entry, file, fmt, ap);
	va_end(ap);
}

/* Something that a person should know, but that works. */
void
errors_warn(
    struct errors *e, const char *file, int line, int col, const char *fmt, ...)
{
	struct error entry = { .line = line, .col = col, .warning = true };
	va_list ap;

	va_start(ap, fmt);
	errors_put(e, entry, file, fmt, ap);
	va_end(ap);
}

void
errors_append(struct errors *e, const struct errors *more)
{
	for (size_t i = 0; i < more->n; i++) {
		const struct error *one = &more->v[i];

		(one->warning ? errors_warn : errors_add)(
		    e, one->file, one->line, one->col, "%s", one->text);
	}
	if (more->redact != NULL)
		errors_learn(e, more->redact);
}

/* Whether the input is invalid. */
bool
errors_any(const struct errors *e)
{
	return e->n > e->n_warnings;
}

void
errors_learn(struct errors *e, const struct redact *r)
{
	/* those are masked with all others, unless a name spares them */
	redact_add_all(errors_redact(e), &r->secrets, &r->by_place);
}

/* Make a text safe to print on one line of a terminal. */
static void
errors_clean(char *text)
{
	size_t len = strlen(text);
	uint32_t cp;

	if (len > ERRORS_TEXT_MAX) {
		len = ERRORS_TEXT_MAX - 3;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
		memcpy(text + len, "...", sizeof("..."));
	}
	for (char *p = text; *p != '\0'; p += len) {
		len = utf8_decode(p, &cp);
		if (text_is_control(cp))
			memset(p, '?', len);
	}
}

/* Masked before it is cut: no secret is halved. */
static char *
errors_mask(const struct error *e, const char *text)
{
	char *masked = redact_text(e->redact, text);
	char *all = secrets_text(masked);

	free(masked);
	errors_clean(all);
	return all;
}

/* One line as compilers write it, so that editors can jump to it. */
char *
errors_format(const struct error *e)
{
	const char *kind = e->warning ? "warning" : "error";
	char *text = errors_mask(e, e->text), *line;
	char *file = e->file == NULL ? NULL : errors_mask(e, e->file);

	if (file == NULL)
		line = xasprintf("%s: %s", kind, text);
	else if (e->line == 0)
		line = xasprintf("%s: %s: %s", file, kind, text);
	else if (e->col == 0)
		line = xasprintf("%s:%d: %s: %s", file, e->line, kind, text);
	else
		line = xasprintf(
		    "%s:%d:%d: %s: %s", file, e->line, e->col, kind, text);
	free(file);
	free(text);
	return line;
}

/* Sort for reading from top to bottom. */
void
errors_sort(struct errors *e)
{
	if (e->n > 1)
		qsort(e->v, e->n, sizeof(*e->v), errors_compare);
}
