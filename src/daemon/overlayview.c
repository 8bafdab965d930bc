/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/jsonw.h"
#include "daemon/overlayview.h"
#include "link/overlay.h"
#include "profile/profile.h"
#include "stream/stream.h"

/* How many of its comments became what. */
static void
overlayview_write_counts(struct jsonw *j, struct comments *c)
{
	struct danmaku_counts n = danmaku_count(comments_danmaku(c));

	jsonw_int(j, "visible", (int64_t)n.visible);
	jsonw_int(j, "waiting", (int64_t)n.waiting);
	jsonw_int(j, "said", (int64_t)n.said);
	jsonw_int(j, "shown", (int64_t)n.shown);
	jsonw_int(j, "waited", (int64_t)n.waited);
	jsonw_int(j, "dropped", (int64_t)n.dropped);
	jsonw_int(j, "merged", (int64_t)n.merged);
	jsonw_int(j, "blocked", (int64_t)n.blocked);
}

void
overlayview_write(struct jsonw *j, const struct stream *s)
{
	struct overlay *o = s->frames == NULL ? NULL : s->frames->overlay;
	const struct profile_overlay *keys;
	struct overlay_item *i;

	if (o == NULL)
		return;
	jsonw_array(j, "overlay");
	for (size_t k = 0; (keys = profile_overlay_at(s->profile, k)) != NULL;
	     k++) {
		i = overlay_find(o, keys->id);
		if (i == NULL)
			continue;
		jsonw_object(j, NULL);
		jsonw_word(j, "id", keys->id);
		jsonw_word(j, "kind", overlay_kinds[keys->kind]);
		jsonw_bool(j, "on", overlay_is_shown(i));
		if (overlay_comments(i) != NULL)
			overlayview_write_counts(j, overlay_comments(i));
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}
