/* SPDX-License-Identifier: ISC */
#ifndef JSONW_H
#define JSONW_H

/*
 * Writes JSON into a buffer: the one place that escapes. Commas are put in by
 * the writer; `key` is NULL inside an array and for the outermost value. Bytes
 * that are not UTF-8 come out as U+FFFD, so the result always parses, and
 * control characters of a terminal are escaped.
 */

#include <stdbool.h>
#include <stdint.h>

struct buf;

struct jsonw {
	struct buf *out; /* borrowed */
	bool comma;	 /* a comma comes before the next value */
	/* Every string value goes through it on its way out; NULL: as it is.
	 * The copy that it returns is freed. */
	char *(*mask)(const char *text);
};

void jsonw_init(struct jsonw *j, struct buf *out);
void jsonw_object(struct jsonw *j, const char *key);
void jsonw_object_end(struct jsonw *j);
void jsonw_array(struct jsonw *j, const char *key);
void jsonw_array_end(struct jsonw *j);
void jsonw_str(struct jsonw *j, const char *key, const char *s); /* or null */

/* A string that is not free text and is not masked: one of a few words, a time,
 * the name that a stream is asked for by. */
void jsonw_word(struct jsonw *j, const char *key, const char *s);
void jsonw_strf(struct jsonw *j, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void jsonw_int(struct jsonw *j, const char *key, int64_t n);
void jsonw_fixed(struct jsonw *j, const char *key, double n, int decimals);
void jsonw_bool(struct jsonw *j, const char *key, bool b);
void jsonw_null(struct jsonw *j, const char *key);
void jsonw_raw(struct jsonw *j, const char *key, const char *json);

#endif
