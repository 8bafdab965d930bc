/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "link/ground.h"
#include "link/label.h"
#include "media/saytext.h"

static void
label_take(struct label *l, struct painted *tile)
{
	painted_free(l->tile);
	l->tile = tile;
	l->ground->changes++;
}

/* Give the text to the painter. */
static void
label_ask(struct label *l)
{
	paint_request_clear(&l->task.request);
	ground_request(l->ground, &l->task.request, l->keys);
	l->task.request.text = saytext_clean(l->text, strlen(l->text));
	l->changed = false;
	if (l->task.request.text != NULL) {
		painter_ask(l->ground->painter, &l->task);
		return;
	}
	label_take(l, NULL); /* an empty text */
}

/* On failure nothing is shown: the old text would be wrong. */
static void
label_painted(
    struct painter_task *t, struct painted *tile, const char *why UNUSED)
{
	struct label *l = t->ctx;

	label_take(l, tile);
	if (l->changed)
		label_ask(l);
}

void
label_init(struct label *l, struct ground *ground)
{
	*l = (struct label){ .ground = ground };
	l->task.file = -1;
	l->task.done = label_painted;
	l->task.ctx = l;
}

void
label_clear(struct label *l)
{
	painter_cancel(l->ground->painter, &l->task);
	paint_request_clear(&l->task.request);
	painted_free(l->tile);
	free(l->said);
	free(l->text);
}

void
label_set(struct label *l, const struct profile_overlay *keys)
{
	l->keys = keys;
	free(l->text); /* it may look different now */
	l->text = NULL;
}

void
label_say(struct label *l, const char *text)
{
	free(l->said);
	l->said = text == NULL ? NULL : xstrdup(text);
}

void
label_refresh(struct label *l, const struct labeltext_facts *f, int64_t wall)
{
	char *text;

	if (l->said != NULL)
		text = xstrdup(l->said);
	else
		text = labeltext_make(
		    l->keys->text == NULL ? "" : l->keys->text, f, wall);
	if (util_streq(text, l->text)) {
		free(text);
		return;
	}
	free(l->text);
	l->text = text;
	l->changed = true;
	if (!l->task.asked)
		label_ask(l);
}
