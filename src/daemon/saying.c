/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/util.h"
#include "base/words.h"
#include "daemon/fleet.h"
#include "daemon/saying.h"
#include "link/messages.h"
#include "link/overlay.h"
#include "media/saytext.h"
#include "media/sei.h"
#include "process/painter.h"
#include "profile/jsonc.h"
#include "profile/profile.h"

void
saying_read(struct saying *s, const cJSON *object)
{
	const cJSON *size = jsonc_get(object, "size");
	const cJSON *color = jsonc_get(object, "color");
	double n = cJSON_IsNumber(size) ? size->valuedouble : 0;

	*s = (struct saying){
		.text = jsonc_text(object, "text"),
		.color = cJSON_IsString(color) || cJSON_IsNumber(color) ? color
									: NULL,
		.mode = jsonc_text(object, "mode"),
		.user = jsonc_text(object, "user"),
		.size = n >= -1 && n <= SIZE_SIDE_MAX ? (int64_t)n : -1,
	};
}

/* The ids of all overlays of a stream. Caller frees. */
static char *
saying_ids(const struct stream *s)
{
	const struct profile_overlay *keys;
	struct buf ids;

	buf_init(&ids, 0);
	for (size_t i = 0; (keys = profile_overlay_at(s->profile, i)) != NULL;
	     i++)
		buf_putf(&ids, "%s%s", i > 0 ? ", " : "", keys->id);
	return buf_steal(&ids);
}

/* The keys of the overlay of an id; NULL: of the first that takes comments. */
static const struct profile_overlay *
saying_keys(const struct profile *p, const char *id)
{
	const struct profile_overlay *keys;

	for (size_t i = 0; (keys = profile_overlay_at(p, i)) != NULL; i++) {
		if (id == NULL ? keys->kind == OVERLAY_DANMAKU ||
			    keys->kind == OVERLAY_SEI
			       : strcmp(keys->id, id) == 0)
			break;
	}
	return keys;
}

/* Why the overlay was not found. Caller frees. */
static char *
saying_lack(const struct stream *s, const char *id)
{
	const char *name = s->profile->name;
	char *ids, *why;

	if (s->profile->overlay.n == 0)
		return xasprintf(
		    "\"%s\" has no overlay: add \"overlay\" to its "
		    "profile",
		    name);
	if (id == NULL)
		return xasprintf(
		    "\"%s\" has no overlay of the kind \"danmaku\" "
		    "or \"sei\"",
		    name);
	ids = saying_ids(s);
	why = xasprintf("\"%s\" has no overlay \"%s\", only %s", name, id, ids);
	free(ids);
	return why;
}

int
saying_find(const struct fleet *f, const struct stream *s, const char *id,
    struct saying_place *at, char **why)
{
	const struct profile_overlay *keys = saying_keys(s->profile, id);
	struct overlay *o = s->frames == NULL ? NULL : s->frames->overlay;

	*at = (struct saying_place){ .drawn = NULL };
	*why = NULL;
	if (keys == NULL) {
		*why = saying_lack(s, id);
		return -1;
	}
	if (keys->kind == OVERLAY_SEI && s->packets != NULL)
		at->written = messages_find(s->packets->messages, keys->id);
	else if (keys->kind != OVERLAY_SEI && !painter_exists(f->painter))
		*why = xstrdup("ffsup-paint, which draws overlays, is not "
			       "installed");
	else if (keys->kind != OVERLAY_SEI && o != NULL)
		at->drawn = overlay_find(o, keys->id);
	if (at->drawn != NULL || at->written != NULL)
		return 0;
	if (*why == NULL)
		*why = xasprintf("the overlays of \"%s\" cannot be used now; "
				 "see `ffsup why`",
		    s->profile->name);
	return -1;
}

const char *
saying_place_id(const struct saying_place *at)
{
	return at->drawn != NULL ? overlay_id(at->drawn)
				 : messages_id(at->written);
}

bool
saying_takes_comments(const struct saying_place *at)
{
	return at->drawn == NULL || overlay_comments(at->drawn) != NULL;
}

char *
saying_obstacle(const struct stream *s, const struct saying_place *at)
{
	bool sends = at->drawn != NULL ? s->frames->fed != NULL : s->wanted;

	if (!saying_takes_comments(at))
		return xasprintf("the overlay \"%s\" takes no comments; see "
				 "ffsup text",
		    overlay_id(at->drawn));
	if (at->drawn != NULL && !overlay_is_shown(at->drawn))
		return xasprintf("the overlay \"%s\" is off; see ffsup overlay",
		    overlay_id(at->drawn));
	if (!sends)
		return xasprintf(
		    "\"%s\" is not sending; see `ffsup why`", s->profile->name);
	return NULL;
}

/* The colour of a text or a number; NULL leaves it. -1: it is none. */
static int
saying_color(const cJSON *color, uint32_t *rgb)
{
	double n;

	if (color == NULL)
		return 0;
	if (cJSON_IsString(color))
		return saytext_color(color->valuestring, rgb);
	n = color->valuedouble;
	if (!(n >= 0 && n <= 0xffffff) || n != (uint32_t)n)
		return -1;
	*rgb = (uint32_t)n;
	return 0;
}

/* Why it is no colour. Caller frees. */
static char *
saying_color_error(const cJSON *color)
{
	char *text = cJSON_PrintUnformatted(color);
	char *why = xasprintf("%s is not a colour such as \"#ff8800\" or %d",
	    text == NULL ? "it" : text, 0xff8800);

	cJSON_free(text);
	return why;
}

/* The error in it; or NULL, and `c` has all of it but the text. Caller
 * frees. */
static char *
saying_take(struct danmaku_comment *c, const struct saying *s)
{
	int mode = s->mode == NULL ? LANE_SCROLL
				   : words_index(lane_kind_names, s->mode);

	if (saying_color(s->color, &c->color) == -1)
		return saying_color_error(s->color);
	if (mode == -1)
		return xasprintf(
		    "\"%s\" is not one of scroll, top and bottom", s->mode);
	if (s->size != 0 &&
	    (s->size < PROFILE_TEXT_MIN || s->size > PROFILE_TEXT_MAX))
		return xasprintf("the size must be from %d to %d pixels",
		    PROFILE_TEXT_MIN, PROFILE_TEXT_MAX);
	c->kind = (enum lane_kind)mode;
	c->size = (int)s->size;
	c->user = s->user;
	return NULL;
}

/* Drawn over frames: the comment `c` with its text. */
static enum danmaku_word
saying_draw(struct overlay_item *i, struct danmaku_comment *c,
    const struct saying *s, struct comments_waiter *w)
{
	struct comments *comments = overlay_comments(i);

	if (s->color == NULL)
		c->color = comments_color(comments);
	return comments_say(comments, c, overlay_beat_of(i), w);
}

/* Written into the video: members that were not given are left to the
 * player. */
static enum danmaku_word
saying_write(struct messages_item *i, const struct danmaku_comment *c,
    const struct saying *s, struct comments_waiter *w)
{
	char *color = s->color == NULL ? NULL : xasprintf("#%06x", c->color);
	char *user =
	    s->user == NULL ? NULL : saytext_clean(s->user, strlen(s->user));
	struct sei_comment said = {
		.text = c->text,
		.color = color,
		.user = user,
		.mode = s->mode == NULL ? NULL : lane_kind_names[c->kind],
		.size = c->size,
	};
	enum danmaku_word word = messages_say(i, &said, w);

	free(color);
	free(user);
	return word;
}

int
saying_say(const struct saying_place *at, const struct saying *s,
    struct comments_waiter *w, enum danmaku_word *word, char **why)
{
	struct danmaku_comment c = { .text = NULL };
	char *text =
	    s->text == NULL ? NULL : saytext_clean(s->text, strlen(s->text));

	*why = NULL;
	if (text == NULL)
		*why = xstrdup("a comment needs a text");
	else
		*why = saying_take(&c, s);
	if (*why == NULL) {
		c.text = text;
		*word = at->drawn != NULL ? saying_draw(at->drawn, &c, s, w)
					  : saying_write(at->written, &c, s, w);
	}
	free(text);
	return *why == NULL ? 0 : -1;
}
