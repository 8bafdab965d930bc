/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/util.h"
#include "link/label.h"
#include "link/logo.h"
#include "link/overlay.h"
#include "media/blend.h"
#include "profile/profile.h"

/* An item of the list. */
struct overlay_item {
	struct overlay *of;
	int kind;
	char *id;	  /* owned */
	bool on, enabled; /* shown; as last set by the profile */
	union {
		struct comments *comments; /* OVERLAY_DANMAKU */
		struct label label;	   /* OVERLAY_LABEL */
		struct logo logo;	   /* OVERLAY_IMAGE */
	} u;
	TAILQ_ENTRY(overlay_item) entry;
};

TAILQ_HEAD(overlay_items, overlay_item);

struct overlay {
	struct ground ground;
	struct overlay_host host;
	struct overlay_items items; /* the first is the lowest */
	struct labeltext_facts facts;
	int64_t second; /* of the clock, at the last look at labels */
	uint64_t beat;
	bool moving; /* comments were on the frame at that beat */
};

/* --- the list ------------------------------------------------------------ */

static void
overlay_trouble(struct logo *l, const char *why)
{
	struct overlay_item *i = l->ctx;
	char *text =
	    xasprintf("the image %s of overlay \"%s\" cannot be used: %s",
		l->path, i->id, why);

	i->of->host.notice(i->of->host.ctx, "overlay", text);
	free(text);
}

static struct overlay_item *
overlay_make(struct overlay *o, const struct profile_overlay *keys)
{
	struct overlay_item *i = xcalloc(1, sizeof(*i));

	i->of = o;
	i->kind = keys->kind;
	i->id = xstrdup(keys->id);
	i->on = i->enabled = keys->enabled;
	if (i->kind == OVERLAY_DANMAKU)
		i->u.comments = comments_new(&o->ground);
	else if (i->kind == OVERLAY_LABEL)
		label_init(&i->u.label, &o->ground);
	else {
		logo_init(&i->u.logo, &o->ground);
		i->u.logo.trouble = overlay_trouble;
		i->u.logo.ctx = i;
	}
	return i;
}

static void
overlay_unmake(struct overlay_item *i)
{
	if (i->kind == OVERLAY_DANMAKU)
		comments_free(i->u.comments);
	else if (i->kind == OVERLAY_LABEL)
		label_clear(&i->u.label);
	else
		logo_clear(&i->u.logo);
	free(i->id);
	free(i);
}

/* Its keys, in this version of the profile. */
static void
overlay_set_item(struct overlay_item *i, const struct profile_overlay *keys)
{
	if (i->enabled != keys->enabled)
		i->on = i->enabled = keys->enabled;
	if (i->kind == OVERLAY_DANMAKU)
		comments_set(i->u.comments, keys);
	else if (i->kind == OVERLAY_LABEL)
		label_set(&i->u.label, keys);
	else
		logo_set(&i->u.logo, keys);
}

/* Take the item of this id and kind out of a list; NULL: not found. */
static struct overlay_item *
overlay_take(struct overlay_items *items, const struct profile_overlay *keys)
{
	struct overlay_item *i;

	TAILQ_FOREACH(i, items, entry) {
		if (i->kind == keys->kind && strcmp(i->id, keys->id) == 0) {
			TAILQ_REMOVE(items, i, entry);
			return i;
		}
	}
	return NULL;
}

static void
overlay_empty(struct overlay_items *items)
{
	struct overlay_item *i;

	while ((i = TAILQ_FIRST(items)) != NULL) {
		TAILQ_REMOVE(items, i, entry);
		overlay_unmake(i);
	}
}

static void overlay_refresh(struct overlay *o);

void
overlay_set(struct overlay *o, const struct profile *p)
{
	struct overlay_items before = TAILQ_HEAD_INITIALIZER(before);
	const struct profile_overlay *keys;
	struct overlay_item *i;

	TAILQ_CONCAT(&before, &o->items, entry);
	for (size_t k = 0; (keys = profile_overlay_at(p, k)) != NULL; k++) {
		if (keys->kind == OVERLAY_SEI)
			continue;
		i = overlay_take(&before, keys);
		if (i == NULL)
			i = overlay_make(o, keys);
		TAILQ_INSERT_TAIL(&o->items, i, entry);
		overlay_set_item(i, keys);
	}
	overlay_empty(&before);
	o->facts.name = p->name;
	o->ground.changes++;
	overlay_refresh(o);
}

struct overlay *
overlay_new(const struct ground *ground, const struct overlay_host *host)
{
	struct overlay *o = xcalloc(1, sizeof(*o));

	o->ground = *ground;
	o->host = *host;
	TAILQ_INIT(&o->items);
	o->facts = (struct labeltext_facts){ "", "", -1, 0 };
	painter_join(ground->painter);
	return o;
}

void
overlay_free(struct overlay *o)
{
	if (o == NULL)
		return;
	overlay_empty(&o->items);
	painter_leave(o->ground.painter);
	free(o);
}

/* --- labels -------------------------------------------------------------- */

static void
overlay_refresh(struct overlay *o)
{
	int64_t wall = wall_ms();
	struct overlay_item *i;

	o->second = wall / 1000;
	TAILQ_FOREACH(i, &o->items, entry) {
		if (i->kind == OVERLAY_LABEL)
			label_refresh(&i->u.label, &o->facts, wall);
	}
}

void
overlay_tell(struct overlay *o, const struct labeltext_facts *facts)
{
	o->facts = *facts;
	overlay_refresh(o);
}

/* --- commands ------------------------------------------------------------ */

struct overlay_item *
overlay_find(struct overlay *o, const char *id)
{
	struct overlay_item *i;

	TAILQ_FOREACH(i, &o->items, entry) {
		if (id == NULL ? i->kind == OVERLAY_DANMAKU
			       : strcmp(i->id, id) == 0)
			return i;
	}
	return NULL;
}

int
overlay_kind(const struct overlay_item *i)
{
	return i->kind;
}

const char *
overlay_id(const struct overlay_item *i)
{
	return i->id;
}

bool
overlay_is_shown(const struct overlay_item *i)
{
	return i->on;
}

struct comments *
overlay_comments(struct overlay_item *i)
{
	return i->kind == OVERLAY_DANMAKU ? i->u.comments : NULL;
}

uint64_t
overlay_beat_of(const struct overlay_item *i)
{
	return i->of->beat;
}

void
overlay_text(struct overlay *o, struct overlay_item *i, const char *text)
{
	label_say(&i->u.label, text);
	overlay_refresh(o);
}

void
overlay_show(struct overlay *o, struct overlay_item *i, bool on)
{
	i->on = on;
	o->ground.changes++;
}

void
overlay_silence(struct overlay *o)
{
	struct overlay_item *i;

	TAILQ_FOREACH(i, &o->items, entry) {
		if (i->kind == OVERLAY_DANMAKU)
			comments_empty(i->u.comments);
	}
}

/* --- drawing ------------------------------------------------------------- */

/* The tile of a label or an image, or NULL. */
static const struct painted *
overlay_tile(const struct overlay_item *i)
{
	return i->kind == OVERLAY_LABEL ? i->u.label.tile : i->u.logo.tile;
}

/* The keys of a label or an image. */
static const struct profile_overlay *
overlay_look(const struct overlay_item *i)
{
	return i->kind == OVERLAY_LABEL ? i->u.label.keys : i->u.logo.keys;
}

/* Move comments on by a beat. Whether any are on the frame. */
static bool
overlay_move(struct overlay_item *i, uint64_t beat)
{
	comments_beat(i->u.comments, beat);
	return i->on &&
	    danmaku_count(comments_danmaku(i->u.comments)).visible > 0;
}

uint64_t
overlay_go(struct overlay *o, uint64_t beat)
{
	bool moves = false, seen = false;
	struct overlay_item *i;

	o->beat = beat;
	if (wall_ms() / 1000 != o->second)
		overlay_refresh(o);
	TAILQ_FOREACH(i, &o->items, entry) {
		if (i->kind == OVERLAY_DANMAKU)
			moves |= overlay_move(i, beat);
		else
			seen |= i->on && overlay_tile(i) != NULL;
	}
	if (moves || o->moving) /* the last one has left */
		o->ground.changes++;
	o->moving = moves;
	return moves || seen ? o->ground.changes + 1 : 0;
}

static void
overlay_draw_comments(
    const struct overlay *o, const struct danmaku *d, uint8_t *frame)
{
	struct danmaku_sight sight;

	for (size_t k = 0; danmaku_see(d, k, o->beat, &sight); k++) {
		const struct painted *tile = sight.tile;

		blend_tile(
		    &o->ground.geometry, frame, &tile->tile, sight.x, sight.y);
	}
}

void
overlay_draw(const struct overlay *o, uint8_t *frame)
{
	const struct overlay_item *i;
	const struct painted *tile;
	int x, y;

	TAILQ_FOREACH(i, &o->items, entry) {
		if (!i->on)
			continue;
		if (i->kind == OVERLAY_DANMAKU) {
			overlay_draw_comments(
			    o, comments_danmaku(i->u.comments), frame);
			continue;
		}
		tile = overlay_tile(i);
		if (tile == NULL)
			continue;
		ground_place(&o->ground, overlay_look(i), tile, &x, &y);
		blend_tile(&o->ground.geometry, frame, &tile->tile, x, y);
	}
}
