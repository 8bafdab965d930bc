/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "media/codecinfo.h"
#include "media/h264.h"

struct codecinfo_walk {
	struct codecinfo *t;
	struct ts ts;
	struct h264 h264;
	uint8_t *data; /* the kept bytes, from the front on */
	size_t kept;
	int frames;
};

/* The first unit has the rest. */
static void
codecinfo_unit(void *ctx, const struct h264_unit *u)
{
	struct codecinfo_walk *w = ctx;

	w->t->sps = *u->sps;
	w->t->has_sps = true;
}

static void
codecinfo_keep(struct codecinfo_walk *w, const uint8_t *pkt)
{
	memmove(w->data + w->kept, pkt, TS_PACKET);
	w->kept += TS_PACKET;
}

static void
codecinfo_packet(void *ctx, uint8_t *pkt, const struct ts_info *info)
{
	struct codecinfo_walk *w = ctx;
	const uint8_t *es;
	size_t len;

	if (info->stream != -1 && !info->video) {
		es = ts_elementary(pkt, info->start, &len);
		if (info->start && w->t->rate == 0)
			ts_read_adts(es, len, &w->t->rate, &w->t->channels);
		return;
	}
	if (info->video && info->start)
		w->frames++;
	if (w->frames > 1)
		return;
	codecinfo_keep(w, pkt);
	if (w->frames == 0 || w->t->video != TS_CODEC_H264 || !info->video)
		return;
	es = ts_elementary(pkt, info->start, &len);
	h264_feed(&w->h264, es, len, 0);
}

size_t
codecinfo_read(struct codecinfo *t, uint8_t *data, size_t len)
{
	struct codecinfo_walk w = { .t = t, .data = data };
	int video;

	*t = (struct codecinfo){ .video = TS_CODEC_OTHER };
	h264_init(&w.h264, codecinfo_unit, &w);
	ts_init(&w.ts, codecinfo_packet, &w);
	for (size_t i = 0; i + TS_PACKET <= len; i += TS_PACKET) {
		video = ts_video(&w.ts);
		if (video != -1)
			t->video = w.ts.streams[video].codec;
		ts_feed(&w.ts, data + i, TS_PACKET);
	}
	h264_end(&w.h264, true);
	h264_clear(&w.h264);
	return w.frames > 1 ? w.kept : 0;
}
