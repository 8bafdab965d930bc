/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "media/codecinfo.h"
#include "tell.h"
#include "tswatch.h"

/* A stamp that goes on by so much more than time has passed leaps. */
#define TSWATCH_LEAP_US ((int64_t)1000000)

/* That stamps of a stream do not go on is told so often at most. */
#define TSWATCH_QUIET_US ((int64_t)1000000)

/* Of a key frame, so much is kept to see how large its frames are. */
#define TSWATCH_KEY_MAX ((size_t)2 * 1024 * 1024)

#define TSWATCH_CHUNK 4096

static double
tswatch_seconds(int64_t stamp)
{
	return (double)stamp / TS_HZ;
}

/* --- tables and codecs --------------------------------------------------- */

/* What the tables say, when that is news. */
static void
tswatch_tables(struct tswatch *w)
{
	uint64_t sum = w->ts.pmt_pid;
	struct buf b;

	if (!ts_is_ready(&w->ts))
		return;
	buf_init(&b, 0);
	for (size_t i = 0; i < w->ts.n_streams; i++) {
		const struct ts_stream *s = &w->ts.streams[i];

		sum = sum * 1000003 + s->pid * N_TS_CODECS + s->codec;
		buf_putf(&b, "%s %s pid %u", i == 0 ? "" : ",",
		    ts_codec_names[s->codec], s->pid);
	}
	if (sum != w->tables && !w->quiet)
		tell("tables:%s", b.len == 0 ? " no stream" : buf_text(&b));
	w->tables = sum;
	buf_clear(&b);
}

/* What the frames say that they are. */
static void
tswatch_look(struct tswatch *w)
{
	const struct ts_stream *s = &w->ts.streams[ts_video(&w->ts)];

	if (!w->quiet)
		tell("frames: they are %s%s, and the tables say %s",
		    ts_codec_names[s->seen],
		    s->look != 0 ? " of a size and profile that are new" : "",
		    ts_codec_names[s->codec]);
}

/* The key frame that was kept is whole: how large it is. */
static void
tswatch_size(struct tswatch *w)
{
	struct codecinfo info;
	uint8_t *copy;
	size_t len = w->key.len;

	if (len == 0)
		return;
	copy = xcalloc(1, len);
	memcpy(copy, buf_text(&w->key), len);
	if (codecinfo_read(&info, copy, len) > 0 && info.has_sps &&
	    (info.sps.width != w->width || info.sps.height != w->height)) {
		w->width = info.sps.width;
		w->height = info.sps.height;
		tell("frames: %dx%d, H.264 %s", w->width, w->height,
		    h264ps_profile_text(&info.sps));
	}
	free(copy);
	buf_clear(&w->key);
}

/* Keep what belongs to a key frame, with the tables before it. */
static void
tswatch_keep(struct tswatch *w, const uint8_t *pkt, const struct ts_info *info)
{
	if (w->quiet)
		return;
	if (info->start && info->video && w->key.len > 0) {
		buf_put(&w->key, pkt, TS_PACKET);
		tswatch_size(w);
	}
	if (info->key && info->video) {
		buf_put(&w->key, w->ts.pat, TS_PACKET);
		buf_put(&w->key, w->ts.pmt, TS_PACKET);
		buf_put(&w->key, pkt, TS_PACKET);
	} else if (w->key.len > 0 && w->key.len < TSWATCH_KEY_MAX) {
		buf_put(&w->key, pkt, TS_PACKET);
	}
}

/* --- stamps -------------------------------------------------------------- */

/* A stamp that does not go on as time does. */
static void
tswatch_odd(struct tswatch *w, int i, int64_t step, int64_t dts)
{
	bool tells = w->told_us[i] == -1 ||
	    tell_us() - w->told_us[i] >= TSWATCH_QUIET_US;

	if (!tells || w->quiet)
		return;
	w->told_us[i] = tell_us();
	if (step == 0)
		tell("%s: stamp %.3f stands still",
		    ts_codec_names[w->ts.streams[i].codec],
		    tswatch_seconds(dts));
	else
		tell("%s: stamp %.3f %s by %.3f s",
		    ts_codec_names[w->ts.streams[i].codec],
		    tswatch_seconds(dts),
		    step < 0 ? "steps back" : "leaps ahead",
		    tswatch_seconds(step < 0 ? -step : step));
}

static void
tswatch_stamp(struct tswatch *w, const struct ts_info *info)
{
	int i = info->stream;
	int64_t step, us, passed;

	if (w->dts[i] != -1) {
		step = ts_diff(info->dts, w->dts[i]);
		us = step * 1000 / (TS_HZ / 1000);
		passed = tell_us() - w->came_us[i];
		w->back += step <= 0;
		w->leaps += us - passed > TSWATCH_LEAP_US;
		if (step <= 0 || us - passed > TSWATCH_LEAP_US)
			tswatch_odd(w, i, step, info->dts);
	}
	w->dts[i] = info->dts;
	w->came_us[i] = tell_us();
}

static void
tswatch_key(struct tswatch *w, const struct ts_info *info)
{
	int64_t step = w->key_dts == -1 ? 0 : ts_diff(info->dts, w->key_dts);

	w->keyframes++;
	w->key_dts = info->dts;
	if (!w->keys || w->quiet)
		return;
	if (step > 0)
		tell("key frame, stamp %.3f, %.3f s after the last",
		    tswatch_seconds(info->dts), tswatch_seconds(step));
	else
		tell("key frame, stamp %.3f", tswatch_seconds(info->dts));
}

/* --- packets ------------------------------------------------------------- */

static void
tswatch_damage(struct tswatch *w, uint16_t pid)
{
	if (w->ts.garbage != w->garbage && !w->quiet)
		tell("%" PRIu64 " bytes belong to no packet",
		    w->ts.garbage - w->garbage);
	if (w->ts.breaks != w->breaks && !w->quiet)
		tell("pid %u: packets are missing", pid);
	w->garbage = w->ts.garbage;
	w->breaks = w->ts.breaks;
}

static void
tswatch_packet(void *ctx, uint8_t *pkt, const struct ts_info *info)
{
	struct tswatch *w = ctx;

	w->errors += w->ts.breaks != w->breaks;
	tswatch_damage(w, info->pid);
	if (info->pmt)
		tswatch_tables(w);
	tswatch_keep(w, pkt, info);
	if (info->start && info->stream != -1) {
		w->frames += info->video;
		if (info->dts != -1)
			tswatch_stamp(w, info);
		if (info->key)
			tswatch_key(w, info);
	}
	if (info->look)
		tswatch_look(w);
}

void
tswatch_begin(struct tswatch *w)
{
	ts_init(&w->ts, tswatch_packet, w);
	w->tables = w->breaks = w->garbage = 0;
	w->key_dts = -1;
	buf_clear(&w->key);
	for (size_t i = 0; i < TS_STREAMS; i++)
		w->dts[i] = w->told_us[i] = -1;
}

void
tswatch_init(struct tswatch *w)
{
	*w = (struct tswatch){ .keys = true };
	buf_init(&w->key, 0);
	tswatch_begin(w);
}

void
tswatch_clear(struct tswatch *w)
{
	buf_clear(&w->key);
}

void
tswatch_feed(struct tswatch *w, const uint8_t *data, size_t len)
{
	uint8_t chunk[TSWATCH_CHUNK];

	for (size_t n; len > 0; data += n, len -= n) {
		n = len < sizeof(chunk) ? len : sizeof(chunk);
		memcpy(chunk, data, n);
		ts_feed(&w->ts, chunk, n);
	}
}
