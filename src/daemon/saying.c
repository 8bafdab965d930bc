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
#include "link/overlay.h"
#include "media/saytext.h"
#include "process/painter.h"
#include "profile/jsonc.h"
#include "profile/profile.h"

#define SAYING_SIZE_MIN 8 /* pixels, as in a profile */
#define SAYING_SIZE_MAX 400

/* A string member, or NULL. */
static const char *
saying_member(const cJSON *object, const char *name)
{
	const cJSON *item = jsonc_get(object, name);

	return cJSON_IsString(item) ? item->valuestring : NULL;
}

void
saying_read(struct saying *s, const cJSON *object)
{
	const cJSON *size = jsonc_get(object, "size");
	double n = cJSON_IsNumber(size) ? size->valuedouble : 0;

	*s = (struct saying){
		.text = saying_member(object, "text"),
		.color = saying_member(object, "color"),
		.mode = saying_member(object, "mode"),
		.user = saying_member(object, "user"),
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

struct overlay_item *
saying_find(
    const struct fleet *f, const struct stream *s, const char *id, char **why)
{
	struct overlay *o = s->frames == NULL ? NULL : s->frames->overlay;
	struct overlay_item *i = o == NULL ? NULL : overlay_find(o, id);
	char *ids;

	if (o == NULL)
		*why =
		    xasprintf("\"%s\" has no overlay: add \"overlay\" to its "
			      "profile",
			s->profile->name);
	else if (!painter_exists(f->painter))
		*why = xstrdup("ffsup-paint, which draws overlays, is not "
			       "installed");
	else if (i == NULL && id == NULL)
		*why =
		    xasprintf("\"%s\" has no overlay of the kind \"danmaku\"",
			s->profile->name);
	else if (i == NULL) {
		ids = saying_ids(s);
		*why = xasprintf("\"%s\" has no overlay \"%s\", only %s",
		    s->profile->name, id, ids);
		free(ids);
	} else
		return i;
	return NULL;
}

bool
saying_is_heard(const struct stream *s, char **why)
{
	if (s->frames->fed != NULL)
		return true;
	*why = xasprintf(
	    "\"%s\" is not sending; see `ffsup why`", s->profile->name);
	return false;
}

/* What is wrong with it, or NULL; otherwise it is in `c`, but for its text.
 * Caller frees. */
static char *
saying_take(struct danmaku_comment *c, const struct saying *s)
{
	int mode = s->mode == NULL ? LANE_SCROLL
				   : words_index(lane_kind_names, s->mode);

	if (s->color != NULL && saytext_color(s->color, &c->color) == -1)
		return xasprintf(
		    "\"%s\" is not a colour such as #ff8800", s->color);
	if (mode == -1)
		return xasprintf(
		    "\"%s\" is not one of scroll, top and bottom", s->mode);
	if (s->size != 0 &&
	    (s->size < SAYING_SIZE_MIN || s->size > SAYING_SIZE_MAX))
		return xasprintf("the size must be from %d to %d pixels",
		    SAYING_SIZE_MIN, SAYING_SIZE_MAX);
	c->kind = (enum lane_kind)mode;
	c->size = (int)s->size;
	c->user = s->user;
	return NULL;
}

int
saying_say(struct overlay_item *i, const struct saying *s,
    struct comments_waiter *w, enum danmaku_word *word, char **why)
{
	struct comments *comments = overlay_comments(i);
	struct danmaku_comment c = { .text = NULL };
	char *text =
	    s->text == NULL ? NULL : saytext_clean(s->text, strlen(s->text));

	if (comments == NULL)
		*why = xasprintf("the overlay \"%s\" takes no comments; see "
				 "ffsup text",
		    overlay_id(i));
	else if (text == NULL)
		*why = xstrdup("a comment needs a text");
	else {
		c.color = comments_color(comments);
		*why = saying_take(&c, s);
	}
	if (*why == NULL) {
		c.text = text;
		*word = comments_say(comments, &c, overlay_beat_of(i), w);
	}
	free(text);
	return *why == NULL ? 0 : -1;
}
