/* SPDX-License-Identifier: ISC */
#ifndef SAYING_H
#define SAYING_H

/*
 * A comment as a client wrote it, and the overlay that it is for.
 */

#include <stdbool.h>
#include <stdint.h>

#include "link/comments.h"

struct cJSON;
struct fleet;
struct overlay_item;
struct stream;

struct saying {
	const char *text, *color, *mode, *user; /* borrowed; NULL: not given */
	int64_t size;				/* pixels; 0: not given */
};

/* The members of an object; others are ignored. */
void saying_read(struct saying *s, const struct cJSON *object);

/* The overlay of an id (NULL: the first one with comments), or NULL with *why;
 * caller frees that. */
struct overlay_item *saying_find(
    const struct fleet *f, const struct stream *s, const char *id, char **why);

/* Whether the stream has beats, without which a comment has no end; otherwise
 * *why, which the caller frees. */
bool saying_is_heard(const struct stream *s, char **why);

/* Say it. 0 with *word; -1 with *why, which the caller frees: it is no comment.
 * A waiter is told the verdict where *word is none yet. */
int saying_say(struct overlay_item *i, const struct saying *s,
    struct comments_waiter *w, enum danmaku_word *word, char **why);

#endif
