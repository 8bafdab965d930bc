/* SPDX-License-Identifier: ISC */
#ifndef MESSAGES_H
#define MESSAGES_H

/*
 * The overlays of the kind "sei" of one packets link: comments are written into
 * the video on air as NAL units, for players that draw them. They are written in
 * the order in which they were said, into the next access units; one that waits
 * too long for video is dropped.
 */

#include <stdbool.h>
#include <stdint.h>

#include "link/comments.h"

struct ev_loop;
struct messages;
struct messages_item;
struct profile;
struct relay;
struct sei_comment;

#define MESSAGES_MAX	 512  /* that wait, of all overlays */
#define MESSAGES_WAIT_MS 5000 /* for video, at most */

/* One that is not written by then is told that it waits. */
#define MESSAGES_SOON_MS 1000

struct messages *messages_new(struct ev_loop *loop, struct relay *relay);

/* Those who wait are told that their comment was dropped. */
void messages_free(struct messages *m);

/* The list of this profile, which outlives it or is set again. An overlay whose
 * id was there goes on. */
void messages_set(struct messages *m, const struct profile *p);

/* The overlay of an id, or NULL. */
struct messages_item *messages_find(struct messages *m, const char *id);

const char *messages_id(const struct messages_item *i);
bool messages_is_on(const struct messages_item *i);

/* Write what is said or not, until the profile says otherwise. */
void messages_show(struct messages_item *i, bool on);

/* Say one: its texts are copied, but for the mode, which is a constant; the
 * overlay's id and the time are added. A verdict, or TAKEN; then `w` (NULL:
 * nobody) waits for SHOWN, which is told when it is written, or DROPPED. */
enum danmaku_word messages_say(struct messages_item *i,
    const struct sei_comment *said, struct comments_waiter *w);

/* What became of those that were said to it; "shown" ones were written. */
struct danmaku_counts messages_count(const struct messages_item *i);

#endif
