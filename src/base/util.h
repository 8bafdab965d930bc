/* SPDX-License-Identifier: ISC */
#ifndef UTIL_H
#define UTIL_H

/*
 * Ground: memory that never returns NULL, and the few string helpers that every
 * folder needs.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define UNUSED	 __attribute__((unused))

/* Allocate or abort with a message; sizes are checked for overflow. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *
xvasprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

/* "850 ms", "12.3 s", "4m10s", "6d04h": for people. Returns `out`. */
#define UTIL_SPAN_LEN 24
const char *util_span(int64_t ms, char out[UTIL_SPAN_LEN]);

bool util_has_prefix(const char *s, const char *prefix);
bool util_has_suffix(const char *s, const char *suffix);
bool util_is_empty(const char *s); /* NULL or "" */
/* Equal, where NULL equals only NULL. */
bool util_streq(const char *a, const char *b);

#endif
