/* SPDX-License-Identifier: ISC */
#ifndef OVERLAY_H
#define OVERLAY_H

/*
 * The overlays of one link: the list of a profile, live. The drawing at a beat
 * follows from its number alone, so that movement is even although frames are
 * repeated or dropped.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/notice.h"
#include "link/comments.h"
#include "link/ground.h"
#include "profile/labeltext.h"

struct overlay;
struct overlay_item;
struct profile;

struct overlay_host {
	notice_fn *notice;
	void *ctx;
};

/* `ground` is copied. */
struct overlay *
overlay_new(const struct ground *ground, const struct overlay_host *host);
void overlay_free(struct overlay *o); /* NULL is fine */

/* The list of this profile, which outlives it or is set again. An item with the
 * same id and kind continues: its comments stay on the frame. */
void overlay_set(struct overlay *o, const struct profile *p);

/* The facts that labels show; call it when they change, and once a second. */
void overlay_tell(struct overlay *o, const struct labeltext_facts *facts);

/* --- commands ------------------------------------------------------------ */

/* The item of an id; NULL `id`: the first one with comments. NULL: none. */
struct overlay_item *overlay_find(struct overlay *o, const char *id);

int overlay_kind(const struct overlay_item *i); /* OVERLAY_DANMAKU ... */
const char *overlay_id(const struct overlay_item *i);
bool overlay_is_shown(const struct overlay_item *i);

/* The comments of a danmaku item, or NULL. */
struct comments *overlay_comments(struct overlay_item *i);

/* The beat at which it was last drawn. */
uint64_t overlay_beat_of(const struct overlay_item *i);

/* Of a label: another text, as it is; NULL: the profile's. */
void overlay_text(struct overlay *o, struct overlay_item *i, const char *text);

/* Show it or not, until the profile says otherwise. */
void overlay_show(struct overlay *o, struct overlay_item *i, bool on);

/* The beats have stopped for now: drop the comments, which would be out of date
 * later. */
void overlay_silence(struct overlay *o);

/* --- drawing ------------------------------------------------------------- */

/* A beat: comments enter and leave. Equal results mean equal drawings; 0:
 * nothing is drawn. */
uint64_t overlay_go(struct overlay *o, uint64_t beat);

/* Draw the overlays of this beat over a frame. */
void overlay_draw(const struct overlay *o, uint8_t *frame);

#endif
