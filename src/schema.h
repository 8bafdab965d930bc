/* SPDX-License-Identifier: ISC */
#ifndef SCHEMA_H
#define SCHEMA_H

/*
 * Walks a cJSON object against a table of keys, fills a struct and collects
 * every error. One row per key is the single source for reading, checking,
 * defaults, printing, freeing, comparing and the JSON Schema.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jsonc.h"
#include "strv.h"

struct errors;
struct jsonw;

enum key_type {
	KEY_BOOL,     /* bool */
	KEY_INT,      /* int64_t; whole numbers only, min..max */
	KEY_NUMBER,   /* double; min..max */
	KEY_STRING,   /* char *, owned; no control characters, never empty */
	KEY_ENUM,     /* int: index into choices */
	KEY_DURATION, /* int64_t ms: "500ms" "15s" "10m" "2h" "1d", or seconds */
	KEY_BITRATE,  /* int64_t bit/s: "2500k" "2.5M", or bit/s */
	KEY_BYTES,    /* int64_t bytes: "50GB" "512MiB", or bytes */
	KEY_SIZE,     /* struct size: "1280x720" */
	KEY_RATE,     /* struct rate: 30, 29.97, "30000/1001" */
	KEY_STRINGS,  /* struct strv: ["a", "b"]; at least one */
	KEY_OPTIONS, /* struct strv: {"name": value} as "-name", "value", ... */
	KEY_ENV,     /* struct strv: {"NAME": "value"} as "NAME=value", ... */
	KEY_OBJECT,  /* struct that begins with struct key_set; see `sub` */
	KEY_LIST,    /* struct key_list of such structs; see `sub`, `size` */
	N_KEY_TYPES
};

/* First member of every struct that an OBJECT row or a LIST row fills. */
struct key_set {
	bool set; /* the key was there */
	int word; /* index of the word written instead of an object, or -1 */
};

struct key_list {
	void *v; /* owned array */
	size_t n;
};

struct size {
	int w, h;
};

struct rate {
	int64_t num, den; /* per second: num / den, lowest terms */
};

enum {
	KEY_REQUIRED = 1 << 0,
	KEY_SECRET = 1 << 1, /* the value is never shown */
	KEY_LIVE = 1 << 2,   /* a change is applied without a restart */
	KEY_URL = 1 << 3     /* a URL: shown masked */
};

struct key {
	const char *name; /* NULL ends the table */
	enum key_type type;
	size_t offset;		    /* in the struct of this table */
	const char *const *choices; /* ENUM, or the words of an OBJECT */
	const struct key *sub;	    /* OBJECT, LIST */
	size_t size;		    /* LIST: bytes of one element */
	double min, max;	    /* both 0: no limits; in the C unit */
	const char *def;  /* default as it would be written, or NULL */
	const char *unit; /* for documents: "ms", "fps" */
	const char *help; /* one sentence */
	unsigned flags;
};

enum {
	SCHEMA_PARTIAL = 1 << 0 /* required keys may be missing (defaults) */
};

/*
 * Fill `out` (zeroed by the caller) from `object`, defaults first. Every
 * problem is added to errs with its place in `doc`; `path` is the dotted path
 * of `object` itself ("" for the root). Keys "x-..." and "$schema" are
 * skipped. 0, or -1 when any error was added; `out` is clearable either way.
 */
int schema_read(const struct key *table, void *out, const struct jsonc *doc,
    const cJSON *object, const char *path, unsigned flags, struct errors *errs);

void schema_clear(const struct key *table, void *out);

/* Whether two structs hold the same; with `ignore` flags, rows that carry
 * any of them are left out (KEY_LIVE: compare what needs a restart). */
bool schema_equal(
    const struct key *table, const void *a, const void *b, unsigned ignore);

/* The first differing rows as "video.bitrate 2000k -> 3000k, ...", for a
 * person; secrets masked. Caller frees; "" when equal. */
char *schema_diff(const struct key *table, const void *a, const void *b);

/* The effective values as a profile: reads back to the same struct. */
void schema_print(const struct key *table, const void *in, struct jsonw *j,
    const char *key, bool reveal);

/* JSON Schema (draft 2020-12) of the table: "properties" and so on. */
void schema_describe(const struct key *table, struct jsonw *j);

/* Add an error at the place of a dotted path: "path: text". */
void
schema_error(const struct jsonc *doc, const char *path, struct errors *errs,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void schema_warn(const struct jsonc *doc, const char *path, struct errors *errs,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Scalars on their own, for the command line. 0 / -1. */
int schema_parse_duration(const char *s, int64_t *ms);

#endif
