/* SPDX-License-Identifier: ISC */
#ifndef UTIL_H
#define UTIL_H

/*
 * Ground: memory that never returns NULL, the monotonic clock, and the few
 * string helpers that every floor needs.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

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

/* Large memory, zeroed, that forks leave out: a child must not touch it. NULL
 * with errno. */
void *util_map(size_t size);
void util_unmap(void *memory, size_t size);

/* CLOCK_MONOTONIC in milliseconds / nanoseconds: for every delay and age. */
int64_t mono_ms(void);
int64_t mono_ns(void);

/* Wall clock in milliseconds since the epoch: for showing only. */
int64_t wall_ms(void);

/* "2026-01-01T12:00:00Z"; `out` holds UTIL_RFC3339_LEN bytes. */
#define UTIL_RFC3339_LEN 32
const char *util_rfc3339(int64_t wall, char out[UTIL_RFC3339_LEN]);

/* strftime(3) in local time, of any length; NULL when the pattern makes no
 * text. Caller frees. */
char *util_strftime(const char *pattern, int64_t wall);

/* The name of the time zone in use, out of season and in it. Borrowed. */
const char *util_zone(int season);

/* "850 ms", "12.3 s", "4m10s", "6d04h": for people. Returns `out`. */
#define UTIL_SPAN_LEN 24
const char *util_span(int64_t ms, char out[UTIL_SPAN_LEN]);

bool util_has_prefix(const char *s, const char *prefix);
bool util_has_suffix(const char *s, const char *suffix);
bool util_is_empty(const char *s); /* NULL or "" */
bool util_is_directory(const char *path);

/* Whether the name, itself no link, leads to this file. It waits for the disk. */
bool util_leads_to(const char *path, dev_t dev, ino_t ino);

/* Equal, where NULL equals only NULL. */
bool util_streq(const char *a, const char *b);

/*
 * The candidate nearest to `word` (edit distance, at most a third of its
 * length), or NULL: "did you mean".
 */
const char *
util_suggest(const char *word, const char *const *candidates, size_t n);

/* A cheap xorshift for jitter and noise, in [0, 1). Not for secrets. */
double util_random(void);

/* Set O_NONBLOCK on our own end of a pipe or socket. 0 / -1. */
int util_nonblock(int fd);

/* mkdir -p of `path` (its parent with `parent_only`). 0 / -1 with errno. */
int util_mkdirs(const char *path, bool parent_only);

/*
 * The whole regular file as a NUL-terminated string, capped. NULL with errno
 * (EFBIG when it is larger than `max`, EISDIR, ENODEV for what is no file,
 * EINVAL for a NUL inside).
 */
char *util_read_file(const char *path, size_t max, size_t *len);

#endif
