/* SPDX-License-Identifier: ISC */
/* Memory that never returns NULL, and small helpers for strings. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

static void util_no_memory(size_t n, size_t size) __attribute__((noreturn));

/* The one answer to a refused allocation: say how much, and abort. */
static void
util_no_memory(size_t n, size_t size)
{
	fprintf(stderr, "out of memory (%zu x %zu bytes)\n", n, size);
	abort();
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size > 0 ? size : 1);

	if (p == NULL)
		util_no_memory(n, size);
	return p;
}

void *
xrealloc(void *p, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		util_no_memory(n, size);
	p = realloc(p, total > 0 ? total : 1);
	if (p == NULL)
		util_no_memory(n, size);
	return p;
}

char *
xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

/* Copies at most `len` bytes, fewer when a NUL comes first. */
char *
xstrndup(const char *s, size_t len)
{
	char *copy;

	len = strnlen(s, len);
	copy = xcalloc(len + 1, 1);
	memcpy(copy, s, len);
	return copy;
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

char *
xvasprintf(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) == -1)
		util_no_memory(1, 0);
	return s;
}

const char *
util_span(int64_t ms, char out[UTIL_SPAN_LEN])
{
	int64_t s;

	if (ms < 0)
		ms = 0;
	s = ms / 1000;
	if (ms < 1000)
		snprintf(out, UTIL_SPAN_LEN, "%d ms", (int)ms);
	else if (s < 60)
		snprintf(out, UTIL_SPAN_LEN, "%d.%d s", (int)s,
		    (int)(ms % 1000 / 100));
	else if (s < 3600)
		snprintf(out, UTIL_SPAN_LEN, "%dm%02ds", (int)(s / 60),
		    (int)(s % 60));
	else if (s < 86400)
		snprintf(out, UTIL_SPAN_LEN, "%dh%02dm", (int)(s / 3600),
		    (int)(s % 3600 / 60));
	else
		snprintf(out, UTIL_SPAN_LEN, "%lldd%02dh",
		    (long long)(s / 86400), (int)(s % 86400 / 3600));
	return out;
}

bool
util_has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
util_has_suffix(const char *s, const char *suffix)
{
	size_t len = strlen(s), want = strlen(suffix);

	return len >= want && strcmp(s + len - want, suffix) == 0;
}

bool
util_is_empty(const char *s)
{
	return s == NULL || *s == '\0';
}

bool
util_streq(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}
