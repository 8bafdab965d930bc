/* SPDX-License-Identifier: ISC */
/*
 * A NULL-terminated vector of owned strings, ready to be an argv or envp.
 */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/strv.h"
#include "base/util.h"

void
strv_clear(struct strv *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	s->v = NULL;
	s->n = 0;
}

void
strv_push(struct strv *s, const char *str)
{
	strv_take(s, xstrdup(str));
}

void
strv_take(struct strv *s, char *str)
{
	s->v = xrealloc(s->v, s->n + 2, sizeof(*s->v));
	s->v[s->n++] = str;
	s->v[s->n] = NULL;
}

void
strv_pushf(struct strv *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_take(s, xvasprintf(fmt, ap));
	va_end(ap);
}

/* `more` may be `s` itself. */
void
strv_append(struct strv *s, const struct strv *more)
{
	size_t i, n = more->n;

	for (i = 0; i < n; i++)
		strv_push(s, more->v[i]);
}

bool
strv_equal(const struct strv *a, const struct strv *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++) {
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	}
	return true;
}

void
strv_setenv(struct strv *s, const char *name, const char *value)
{
	char *entry = xasprintf("%s=%s", name, value);
	size_t len = strlen(name) + 1, i;

	for (i = 0; i < s->n; i++) {
		if (strncmp(s->v[i], entry, len) == 0) {
			free(s->v[i]);
			s->v[i] = entry;
			return;
		}
	}
	strv_take(s, entry);
}

/* Whether a word means itself to a shell; '=' would not in the first one. */
static bool
strv_is_plain(const char *word, bool first)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_@%+:,./-=";
	size_t len = strspn(word, plain);

	if (len == 0 || word[len] != '\0')
		return false;
	return !first || strchr(word, '=') == NULL;
}

void
strv_quote(struct buf *out, const char *word)
{
	size_t len;

	buf_puts(out, "'");
	while (*word != '\0') {
		len = strcspn(word, "'");
		buf_put(out, word, len);
		word += len;
		if (*word == '\'') {
			buf_puts(out, "'\\''");
			word++;
		}
	}
	buf_puts(out, "'");
}

char *
strv_shell(const struct strv *s)
{
	struct buf out;
	size_t i;

	buf_init(&out, 0);
	for (i = 0; i < s->n; i++) {
		if (i > 0)
			buf_puts(&out, " ");
		if (strv_is_plain(s->v[i], i == 0))
			buf_puts(&out, s->v[i]);
		else
			strv_quote(&out, s->v[i]);
	}
	return buf_steal(&out);
}
