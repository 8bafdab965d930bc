/* SPDX-License-Identifier: ISC */
#ifndef JSONC_H
#define JSONC_H

/*
 * JSON with comments and trailing commas (RFC 8259 plus those two). The text
 * is checked strictly first, so that every error has a place, then comments
 * are blanked (never removed: positions stay right) and cJSON builds the
 * tree. Beyond cJSON, these are errors: duplicate keys, text after the
 * value, numbers that do not fit a double (1e400), \u0000 and lone
 * surrogates, bytes that are not UTF-8, nesting deeper than JSONC_DEPTH_MAX.
 */

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

struct errors;

#define JSONC_DEPTH_MAX 32
#define JSONC_FILE_MAX	(1024 * 1024)

struct jsonc {
	char *file; /* owned: the name shown in errors */
	char *text; /* owned: the text with comments blanked */
	size_t len;
	cJSON *root; /* owned */
};

/* Takes nothing; copies `text`. 0, or -1 with errors added, *d cleared. */
int jsonc_parse(struct jsonc *d, const char *file, const char *text, size_t len,
    struct errors *errs);
void jsonc_clear(struct jsonc *d);

/*
 * Line and column (1-based, bytes) of an item of d->root: of its key when
 * `key` and it has one, otherwise of its value. Items added to the tree
 * later (defaults) have no place: false, line and column 0.
 */
bool jsonc_locate(
    const struct jsonc *d, const cJSON *item, bool key, int *line, int *col);

/*
 * The item at a dotted path ("outputs[0].url"), exact case. When it does
 * not exist, the nearest existing parent. Never NULL while root is not.
 */
const cJSON *jsonc_at(const struct jsonc *d, const char *path);

/* Member of an object, exact case, or NULL. */
cJSON *jsonc_get(const cJSON *object, const char *key);

/* The string that a member is, borrowed; NULL: it is none, or not there. */
const char *jsonc_text(const cJSON *object, const char *key);

#endif
