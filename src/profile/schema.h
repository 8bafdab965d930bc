/* SPDX-License-Identifier: ISC */
#ifndef SCHEMA_H
#define SCHEMA_H

/*
 * Walks a cJSON object against a table of keys, fills a struct and collects
 * every error. One row per key is the single source for reading, checking,
 * defaults and freeing here, for comparing (keydiff.h) and the JSON Schema
 * (describe.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/jsonc.h"
#include "profile/keyrow.h"

struct errors;

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

/* Add an error at the place of a dotted path: "path: text". */
void
schema_error(const struct jsonc *doc, const char *path, struct errors *errs,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void schema_warn(const struct jsonc *doc, const char *path, struct errors *errs,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The place of a dotted path in the text, 1-based; 0: none. */
void
schema_locate(const struct jsonc *doc, const char *path, int *line, int *col);

/* Scalars on their own, for the command line. 0 / -1. */
int schema_parse_duration(const char *s, int64_t *ms);

#endif
