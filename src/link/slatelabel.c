/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/util.h"
#include "link/label.h"
#include "link/slatelabel.h"
#include "media/blend.h"
#include "process/painter.h"
#include "profile/profile.h"

/* The height of the text, in parts of the frame's smaller side; two such
 * heights below it leave the slate's moving bars free. */
#define SLATELABEL_PART	  18
#define SLATELABEL_MARGIN 2

/* A slate that is gone sooner, as before the first frame of a program that
 * starts, is not worth a painter. */
#define SLATELABEL_PATIENCE_MS 1000

#define SLATELABEL_OPACITY 0.9
#define SLATELABEL_BOX	   0.5

struct slatelabel {
	struct ground ground;
	struct profile_overlay keys; /* of a label, as if a profile had it */
	struct label label;
	struct labeltext_facts facts;
	int64_t begun_ms; /* when the first slate was sent; 0: never */
	bool joined;	  /* the painter */
};

/* The look of a label that can be read on any slate. */
static void
slatelabel_look(struct profile_overlay *o, const struct geometry *g)
{
	int side = g->w < g->h ? g->w : g->h, h = side / SLATELABEL_PART;

	if (h < PROFILE_TEXT_MIN)
		h = PROFILE_TEXT_MIN;
	*o = (struct profile_overlay){
		.kind = OVERLAY_LABEL,
		.size = { 0, h },
		.outline = 1 + h / PROFILE_COMMENT_HEIGHT,
		.opacity = SLATELABEL_OPACITY,
		.box = SLATELABEL_BOX,
		.at = AT_BOTTOM,
		.margin = (int64_t)SLATELABEL_MARGIN * h,
	};
}

struct slatelabel *
slatelabel_new(const struct ground *ground)
{
	struct slatelabel *s = xcalloc(1, sizeof(*s));

	s->ground = *ground;
	s->facts = (struct labeltext_facts){ "", "", -1, 0 };
	slatelabel_look(&s->keys, &s->ground.geometry);
	label_init(&s->label, &s->ground);
	label_set(&s->label, &s->keys);
	return s;
}

void
slatelabel_free(struct slatelabel *s)
{
	if (s == NULL)
		return;
	label_clear(&s->label);
	if (s->joined)
		painter_leave(s->ground.painter);
	free(s->keys.text);
	free(s);
}

void
slatelabel_set(struct slatelabel *s, const struct profile *p)
{
	const char *text = profile_slate_label(p);

	free(s->keys.text);
	s->keys.text = text == NULL ? NULL : xstrdup(text);
	s->facts.name = p->name;
}

void
slatelabel_tell(struct slatelabel *s, const struct labeltext_facts *facts)
{
	s->facts = *facts;
}

/* Join the painter when its time has come. */
static void
slatelabel_join(struct slatelabel *s)
{
	if (s->begun_ms == 0)
		s->begun_ms = mono_ms();
	if (s->joined || s->keys.text == NULL ||
	    mono_ms() - s->begun_ms < SLATELABEL_PATIENCE_MS)
		return;
	s->joined = true;
	painter_join(s->ground.painter);
}

uint64_t
slatelabel_go(struct slatelabel *s, int64_t since)
{
	slatelabel_join(s);
	label_refresh(&s->label, &s->facts, since);
	return s->ground.changes;
}

void
slatelabel_draw(const struct slatelabel *s, uint8_t *frame)
{
	const struct painted *tile = s->label.tile;
	int x, y;

	if (tile == NULL)
		return;
	ground_place(&s->ground, &s->keys, tile, &x, &y);
	blend_tile(&s->ground.geometry, frame, &tile->tile, x, y);
}
