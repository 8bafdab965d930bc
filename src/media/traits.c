/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "media/h264.h"
#include "media/traits.h"

struct traits_walk {
	struct traits *t;
	struct ts ts;
	struct h264 h264;
	uint8_t *data; /* what is kept, from the front on */
	size_t kept;
	int pictures;
	uint64_t counted; /* packets */
};

/* The first unit tells the rest. */
static void
traits_unit(void *ctx, const struct h264_unit *u)
{
	struct traits_walk *w = ctx;

	w->t->sps = *u->sps;
	w->t->has_sps = true;
}

static void
traits_keep(struct traits_walk *w, const uint8_t *pkt)
{
	memmove(w->data + w->kept, pkt, TS_PACKET);
	w->kept += TS_PACKET;
}

static void
traits_packet(void *ctx, uint8_t *pkt, const struct ts_info *info)
{
	struct traits_walk *w = ctx;
	const uint8_t *es;
	size_t len;

	if (info->stream != -1 && !info->video) {
		es = ts_elementary(pkt, info->start, &len);
		if (info->start && w->t->rate == 0)
			ts_read_adts(es, len, &w->t->rate, &w->t->channels);
		return;
	}
	if (info->video && info->start)
		w->pictures++;
	if (w->pictures > 1)
		return;
	traits_keep(w, pkt);
	if (w->pictures == 0 || w->t->video != TS_CODEC_H264 || !info->video)
		return;
	es = ts_elementary(pkt, info->start, &len);
	h264_feed(&w->h264, es, len, 0);
}

size_t
traits_read(struct traits *t, uint8_t *data, size_t len)
{
	struct traits_walk w = { .t = t, .data = data };
	int video;

	*t = (struct traits){ .video = TS_CODEC_OTHER };
	h264_init(&w.h264, traits_unit, &w);
	ts_init(&w.ts, traits_packet, &w);
	for (size_t i = 0; i + TS_PACKET <= len; i += TS_PACKET) {
		video = ts_video(&w.ts);
		if (video != -1)
			t->video = w.ts.streams[video].codec;
		ts_feed(&w.ts, data + i, TS_PACKET);
	}
	h264_end(&w.h264, true);
	h264_clear(&w.h264);
	t->has_audio = ts_audio(&w.ts) != -1;
	return w.pictures > 1 ? w.kept : 0;
}
