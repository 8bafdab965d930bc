/* SPDX-License-Identifier: ISC */
#ifndef JSONPLACE_H
#define JSONPLACE_H

/*
 * The place of an item of a cJSON tree in its text, which is valid JSON
 * (jsonc.h). Members may have been added to the tree, and removed from it,
 * since.
 */

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

/* Offset of an item, or, when `key` and it has one, of its key. False: it is not
 * in the text. */
bool jsonplace_find(const char *text, const cJSON *root, const cJSON *want,
    bool key, size_t *at);

/* The same of a dotted path ("outputs[1].url"), by the text alone: the offset of
 * the key, or of an element; if it is not there, of its nearest parent that is.
 * False: none of it is. */
bool jsonplace_path(const char *text, const char *path, size_t *at);

/* Line and column (1-based, bytes) of an offset. */
void jsonplace_line(const char *text, size_t at, int *line, int *col);

#endif
