/* SPDX-License-Identifier: ISC */
#ifndef SAYING_H
#define SAYING_H

/*
 * A comment as a client wrote it, and its overlay.
 */

#include <stdbool.h>
#include <stdint.h>

#include "link/comments.h"

struct cJSON;
struct fleet;
struct messages_item;
struct overlay_item;
struct stream;

struct saying {
	const char *text, *mode, *user; /* borrowed; NULL: not given */
	const struct cJSON *color; /* borrowed: a text or a number; or NULL */
	int64_t size;		   /* pixels; 0: not given */
};

/* The members of an object; others are ignored. */
void saying_read(struct saying *s, const struct cJSON *object);

/* The overlay that takes the comment: one of the two. */
struct saying_place {
	struct overlay_item *drawn;    /* over frames */
	struct messages_item *written; /* into the video */
};

/* The overlay of an id; NULL: the first one in the profile that takes comments.
 * -1 with *why, which the caller frees: not found, or not usable. */
int saying_find(const struct fleet *f, const struct stream *s, const char *id,
    struct saying_place *at, char **why);

/* Its id. */
const char *saying_place_id(const struct saying_place *at);

/* Whether it takes comments: it is not a label or an image. */
bool saying_takes_comments(const struct saying_place *at);

/* Why it takes no comments now, or NULL; caller frees. While the stream is
 * not sending they would only age; while the overlay is off they would not
 * be seen. */
char *saying_obstacle(const struct stream *s, const struct saying_place *at);

/* Say it; saying_obstacle() was NULL. 0 with *word; -1 with *why, which the
 * caller frees: not a valid comment. If *word is not a verdict yet, the waiter
 * gets it later. */
int saying_say(const struct saying_place *at, const struct saying *s,
    struct comments_waiter *w, enum danmaku_word *word, char **why);

#endif
