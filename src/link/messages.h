/* SPDX-License-Identifier: ISC */
#ifndef MESSAGES_H
#define MESSAGES_H

/*
 * The overlays of the kind "sei" of one packets link: comments are written into
 * the video on air as NAL units, for players that draw them. They go into the
 * next access units in the order in which they were said; a comment that waits
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

#define MESSAGES_MAX	 512  /* waiting, of all overlays */
#define MESSAGES_WAIT_MS 5000 /* for video, at most */

/* Report WAITS for a comment not written by then. */
#define MESSAGES_SOON_MS 1000

struct messages *messages_new(struct ev_loop *loop, struct relay *relay);

/* Waiters get the verdict DROPPED. */
void messages_free(struct messages *m);

/* The list of this profile, which outlives it or is set again. An overlay whose
 * id was in the last list continues. */
void messages_set(struct messages *m, const struct profile *p);

/* The overlay of an id, or NULL. */
struct messages_item *messages_find(struct messages *m, const char *id);

const char *messages_id(const struct messages_item *i);
bool messages_is_on(const struct messages_item *i);

/* Write comments or not, until the profile says otherwise. */
void messages_show(struct messages_item *i, bool on);

/* Say a comment: its texts are copied, except the mode, which is a constant;
 * the overlay's id and the time are added. Returns a verdict, or TAKEN; then
 * `w` (or NULL) waits for SHOWN, once it is written, or DROPPED. */
enum danmaku_word messages_say(struct messages_item *i,
    const struct sei_comment *said, struct comments_waiter *w);

/* Counts of the comments said to it; "shown" ones were written. */
struct danmaku_counts messages_count(const struct messages_item *i);

#endif
