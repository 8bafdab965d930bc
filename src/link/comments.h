/* SPDX-License-Identifier: ISC */
#ifndef COMMENTS_H
#define COMMENTS_H

/*
 * The comments of one overlay: danmaku decides, the painter paints, and the
 * sender of a comment gets its verdict.
 */

#include <stdint.h>
#include <sys/queue.h>

#include "media/danmaku.h"
#include "process/painter.h"

struct comments;
struct ground;
struct profile_overlay;

/* Waits for the verdict on one comment. */
struct comments_waiter {
	uint64_t id;
	/* WAITS at most once; then SHOWN or DROPPED, once, after it has left
	 * the list. */
	void (*told)(struct comments_waiter *w, enum danmaku_word word);
	void *ctx;
	struct comments_waiters *of; /* NULL: in no list */
	TAILQ_ENTRY(comments_waiter) entry;
};

TAILQ_HEAD(comments_waiters, comments_waiter);

struct comments *comments_new(struct ground *ground);

/* Waiters get the verdict DROPPED. NULL is fine. */
void comments_free(struct comments *c);

/* The keys, which outlive it or are set again. */
void comments_set(struct comments *c, const struct profile_overlay *keys);

/* The colour of comments without one, 0xrrggbb. */
uint32_t comments_color(const struct comments *c);

/* Say a comment; if it has no verdict yet, `w` (or NULL) waits for it. */
enum danmaku_word
comments_say(struct comments *c, const struct danmaku_comment *said,
    uint64_t beat, struct comments_waiter *w);

/* Wait in a list for the verdict on the comment of an id, or stop waiting (NULL
 * is fine). */
void comments_wait(
    struct comments_waiters *list, struct comments_waiter *w, uint64_t id);
void comments_leave(struct comments_waiter *w);

/* Drop the waiting comments and clear the frame. */
void comments_empty(struct comments *c);

/* Pass the verdict on a comment to its waiter in the list, if it has one. */
void comments_tell(
    struct comments_waiters *list, uint64_t id, enum danmaku_word word);

/* A beat of the encoder. */
void comments_beat(struct comments *c, uint64_t beat);

const struct danmaku *comments_danmaku(const struct comments *c);

#endif
