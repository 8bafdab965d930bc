/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/jsonw.h"
#include "daemon/overlayview.h"
#include "link/messages.h"
#include "link/overlay.h"
#include "profile/profile.h"
#include "stream/stream.h"

/* Its comments, counted by verdict. */
static void
overlayview_write_counts(struct jsonw *j, const struct danmaku_counts *n)
{
	jsonw_int(j, "waiting", (int64_t)n->waiting);
	jsonw_int(j, "said", (int64_t)n->said);
	jsonw_int(j, "shown", (int64_t)n->shown);
	jsonw_int(j, "waited", (int64_t)n->waited);
	jsonw_int(j, "dropped", (int64_t)n->dropped);
	jsonw_int(j, "merged", (int64_t)n->merged);
	jsonw_int(j, "blocked", (int64_t)n->blocked);
}

/* An overlay that is drawn over frames. */
static void
overlayview_write_drawn(struct jsonw *j, struct overlay_item *i)
{
	struct danmaku_counts n;

	jsonw_bool(j, "on", overlay_is_shown(i));
	if (overlay_comments(i) == NULL)
		return;
	n = danmaku_count(comments_danmaku(overlay_comments(i)));
	jsonw_int(j, "visible", (int64_t)n.visible);
	overlayview_write_counts(j, &n);
}

/* An overlay that is written into the video. */
static void
overlayview_write_written(struct jsonw *j, const struct messages_item *i)
{
	struct danmaku_counts n = messages_count(i);

	jsonw_bool(j, "on", messages_is_on(i));
	overlayview_write_counts(j, &n);
}

void
overlayview_write(struct jsonw *j, const struct stream *s)
{
	struct overlay *o = s->frames == NULL ? NULL : s->frames->overlay;
	const struct profile_overlay *keys;
	struct overlay_item *drawn;
	struct messages_item *written;

	if (s->profile->overlay.n == 0)
		return;
	jsonw_array(j, "overlay");
	for (size_t k = 0; (keys = profile_overlay_at(s->profile, k)) != NULL;
	     k++) {
		drawn = o == NULL ? NULL : overlay_find(o, keys->id);
		written = s->packets == NULL
		    ? NULL
		    : messages_find(s->packets->messages, keys->id);
		if (drawn == NULL && written == NULL)
			continue;
		jsonw_object(j, NULL);
		jsonw_str(j, "id", keys->id);
		jsonw_word(j, "kind", overlay_kinds[keys->kind]);
		if (drawn != NULL)
			overlayview_write_drawn(j, drawn);
		else
			overlayview_write_written(j, written);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}
