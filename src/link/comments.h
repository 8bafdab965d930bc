/* SPDX-License-Identifier: ISC */
#ifndef COMMENTS_H
#define COMMENTS_H

/*
 * The comments of one overlay: danmaku decides, the painter paints, and who said
 * one hears what became of it.
 */

#include <stdint.h>
#include <sys/queue.h>

#include "media/danmaku.h"
#include "process/painter.h"

struct comments;
struct ground;
struct profile_overlay;

/* Somebody who waits for the verdict on one comment. */
struct comments_waiter {
	uint64_t id;
	/* WAITS at most once; then SHOWN or DROPPED, once, and it is out of the
	 * list. */
	void (*told)(struct comments_waiter *w, enum danmaku_word word);
	void *ctx;
	struct comments_waiters *of; /* NULL: in no list */
	TAILQ_ENTRY(comments_waiter) entry;
};

TAILQ_HEAD(comments_waiters, comments_waiter);

struct comments *comments_new(struct ground *ground);

/* Those who wait are told that their comment was dropped. NULL is fine. */
void comments_free(struct comments *c);

/* The keys, which outlive it or are set again. */
void comments_set(struct comments *c, const struct profile_overlay *keys);

/* The colour of comments that say none, 0xrrggbb. */
uint32_t comments_color(const struct comments *c);

/* Say one; without a verdict, `w` (NULL: nobody) waits for it. */
enum danmaku_word
comments_say(struct comments *c, const struct danmaku_comment *said,
    uint64_t beat, struct comments_waiter *w);

/* Wait in a list for the verdict on the comment of an id; wait no longer (NULL is
 * fine). */
void comments_wait(
    struct comments_waiters *list, struct comments_waiter *w, uint64_t id);
void comments_leave(struct comments_waiter *w);

/* Drop what waits, remove what is on the frame. */
void comments_empty(struct comments *c);

/* Tell who waits in a list what became of that comment, if anybody does. */
void comments_tell(
    struct comments_waiters *list, uint64_t id, enum danmaku_word word);

/* A beat of the encoder. */
void comments_beat(struct comments *c, uint64_t beat);

const struct danmaku *comments_danmaku(const struct comments *c);

#endif
