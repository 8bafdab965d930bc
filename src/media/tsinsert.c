/* SPDX-License-Identifier: ISC */
/*
 * The numbers in comments are clauses of ISO/IEC 13818-1, unless H.264 or H.265
 * (ITU-T) is named. Places in a PES packet are counted from its first byte,
 * over the payloads of its packets.
 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "media/tsinsert.h"

#define TSINSERT_HEAD	 4 /* of a packet */
#define TSINSERT_ROOM	 (TS_PACKET - TSINSERT_HEAD)
#define TSINSERT_PES	 9	/* fixed part of a PES header, 2.4.3.6 */
#define TSINSERT_PES_MAX 0xffff /* PES_packet_length */
#define TSINSERT_NOWHERE SIZE_MAX

struct tsinsert_held {
	uint8_t pkt[TS_PACKET];
	struct ts_info info;
	size_t at; /* place of its payload; TSINSERT_NOWHERE: not of the PES
		      packet */
};

enum tsinsert_verdict {
	TSINSERT_MORE,	  /* not yet */
	TSINSERT_FOUND,	  /* the first slice begins at search.point */
	TSINSERT_UNUSABLE /* leave the PES packet alone */
};

/* --- the queue ---------------------------------------------------------- */

void
tsinsert_queue_init(struct tsinsert_queue *q)
{
	*q = (struct tsinsert_queue){ .n = 0 };
	buf_init(&q->bytes, TSINSERT_BYTES);
}

void
tsinsert_queue_clear(struct tsinsert_queue *q)
{
	buf_clear(&q->bytes);
	q->n = 0;
}

int
tsinsert_add(struct tsinsert_queue *q, enum ts_codec codec, const uint8_t *nal,
    size_t len)
{
	if (q->n == TSINSERT_UNITS || buf_put(&q->bytes, nal, len) == -1)
		return -1;
	q->units[q->n].codec = codec;
	q->units[q->n++].len = len;
	return 0;
}

static void
tsinsert_queue_shift(struct tsinsert_queue *q, bool inserted)
{
	buf_consume(&q->bytes, q->units[0].len);
	memmove(q->units, q->units + 1, --q->n * sizeof(q->units[0]));
	if (q->gone != NULL)
		q->gone(q->ctx, inserted);
}

void
tsinsert_queue_drop(struct tsinsert_queue *q)
{
	tsinsert_queue_shift(q, false);
}

/* Whether a unit waits for a video of this codec; units of others before it are
 * dropped. */
static bool
tsinsert_queue_waits(struct tsinsert_queue *q, enum ts_codec codec)
{
	while (q->n > 0 && q->units[0].codec != codec) {
		q->strange++;
		tsinsert_queue_drop(q);
	}
	return q->n > 0;
}

/* Move the units for one access unit to the end of `out`. H.265, 7.4.2.2: their
 * temporal layer is not below that of the access unit. */
static void
tsinsert_queue_take(
    struct tsinsert_queue *q, const struct tsinsert_search *s, struct buf *out)
{
	size_t from = out->len, len;

	while (tsinsert_queue_waits(q, s->codec)) {
		len = q->units[0].len;
		if (out->len > from && out->len - from + len > TSINSERT_ONCE)
			return;
		buf_put(out, buf_text(&q->bytes), len);
		if (s->codec == TS_CODEC_H265 && len > 5) {
			char *layer =
			    out->data + out->head + out->len - len + 5;

			*layer = (char)((*layer & 0xf8) | (s->nal[1] & 0x07));
		}
		q->inserted++;
		tsinsert_queue_shift(q, true);
	}
}

/* --- the search --------------------------------------------------------- */

/* Judge a NAL unit by its first bytes (H.264, table 7-1 and 7.4.1.2.3). The
 * first slice of a frame begins with macroblock 0, a single bit; a prefix
 * belongs to the slice after it. */
static enum tsinsert_verdict
tsinsert_judge_h264(struct tsinsert_search *s)
{
	int type = s->nal[0] & 0x1f;
	bool slice = type == 1 || type == 2 || type == 5;

	if (s->nal[0] >> 7 != 0 || (s->prefix && !slice))
		return TSINSERT_UNUSABLE;
	if (slice && s->n < 2)
		return TSINSERT_MORE;
	if (slice)
		return s->nal[1] >> 7 != 0 ? TSINSERT_FOUND : TSINSERT_UNUSABLE;
	s->looking = false;
	s->prefix = type == 14;
	return (type >= 6 && type <= 9) || (type >= 13 && type <= 18)
	    ? TSINSERT_MORE
	    : TSINSERT_UNUSABLE;
}

/* Likewise (H.265, table 7-1 and 7.4.2.4.4). The first bit of a slice says
 * whether it is the first one; layers above the lowest do not begin an access
 * unit. */
static enum tsinsert_verdict
tsinsert_judge_h265(struct tsinsert_search *s)
{
	int type = s->nal[0] >> 1;

	if (type <= 31 && s->n < 3)
		return TSINSERT_MORE;
	if (type <= 31)
		return (s->nal[0] & 1) == 0 && s->nal[1] >> 3 == 0 &&
			(s->nal[1] & 7) != 0 && s->nal[2] >> 7 != 0
		    ? TSINSERT_FOUND
		    : TSINSERT_UNUSABLE;
	s->looking = false;
	return type <= 35 || type == 39 || (type >= 41 && type <= 44) ||
		(type >= 48 && type <= 55)
	    ? TSINSERT_MORE
	    : TSINSERT_UNUSABLE;
}

/* A byte of the elementary stream. An access unit's first is a start code, with
 * zeros before it at most. */
static enum tsinsert_verdict
tsinsert_search_byte(struct tsinsert_search *s, size_t at, uint8_t byte)
{
	enum tsinsert_verdict v = TSINSERT_MORE;

	if (s->looking) {
		s->nal[s->n++] = byte;
		v = s->codec == TS_CODEC_H264 ? tsinsert_judge_h264(s)
					      : tsinsert_judge_h265(s);
	} else if (byte == 1 && s->zeros >= 2) {
		if (!s->prefix)
			s->point = at - 2 - (s->zeros > 2);
		s->begun = s->looking = true;
		s->n = 0;
	} else if (byte != 0 && !s->begun) {
		return TSINSERT_UNUSABLE;
	}
	s->zeros = byte == 0 ? s->zeros + 1 : 0;
	return v;
}

static enum tsinsert_verdict
tsinsert_search_bytes(struct tsinsert_search *s, const uint8_t *b, size_t len)
{
	enum tsinsert_verdict v = TSINSERT_MORE;

	for (size_t i = 0; i < len && v == TSINSERT_MORE; i++, s->at++) {
		if (s->at >= s->end)
			return TSINSERT_UNUSABLE;
		if (s->at >= s->head)
			v = tsinsert_search_byte(s, s->at, b[i]);
	}
	return v;
}

/* The codec of the frames, whatever the table says. */
static enum ts_codec
tsinsert_codec(const struct ts *ts)
{
	const struct ts_stream *s = &ts->streams[ts_video(ts)];

	return s->seen != TS_CODEC_OTHER ? s->seen : s->codec;
}

/* Whether a packet begins a PES packet that can be searched: of video, neither
 * scrambled nor with a check sum over the one before (2.4.3.7). */
static bool
tsinsert_begin(struct tsinsert *t, const uint8_t *pkt)
{
	size_t len, said;
	const uint8_t *pes = ts_elementary(pkt, false, &len);

	if (len < TSINSERT_PES || pes[0] != 0 || pes[1] != 0 || pes[2] != 1 ||
	    (pes[3] & 0xf0) != 0xe0 || (pes[6] & 0xf0) != 0x80 ||
	    (pes[7] & 0x02) != 0)
		return false;
	said = (size_t)pes[4] << 8 | pes[5];
	t->search = (struct tsinsert_search){ .codec = tsinsert_codec(t->ts),
		.head = (size_t)TSINSERT_PES + pes[8],
		.end = said == 0 ? SIZE_MAX : said + 6,
		.counter = (pkt[3] - 1) & 0x0f };
	return true;
}

/* --- passing packets on ------------------------------------------------- */

/* The counter of the video is raised by the number of added packets. */
static void
tsinsert_pass(struct tsinsert *t, uint8_t *pkt, const struct ts_info *info)
{
	if (t->added != 0 && info->pid == t->pid)
		ts_set_cc(pkt, (uint8_t)(pkt[3] + t->added));
	t->packet(t->ctx, pkt, info);
}

/* Pass on all packets that are held back, as they are. */
static void
tsinsert_release(struct tsinsert *t)
{
	size_t n = t->n;

	t->n = 0;
	for (size_t i = 0; i < n; i++)
		tsinsert_pass(t, t->held[i].pkt, &t->held[i].info);
}

static void
tsinsert_miss(struct tsinsert *t)
{
	t->missed++;
	tsinsert_release(t);
}

/* Pass on an extra packet; `head` is that of the packet that had no room for
 * this payload. 2.4.3.5: stuffing. */
static void
tsinsert_pass_more(struct tsinsert *t, const uint8_t *head, int stream,
    const char *payload, size_t len)
{
	struct ts_info info = { .pid = t->pid,
		.stream = stream,
		.video = true,
		.pts = -1,
		.dts = -1 };
	uint8_t pkt[TS_PACKET];

	memset(pkt, 0xff, sizeof(pkt));
	memcpy(pkt, head, TSINSERT_HEAD);
	pkt[1] &= 0x3f; /* neither an error nor a start */
	pkt[3] = 0x10;
	if (len < TSINSERT_ROOM) {
		pkt[3] |= 0x20;
		pkt[4] = (uint8_t)(TSINSERT_ROOM - len - 1);
		pkt[5] = 0; /* no flags, or the payload begins here */
	}
	memcpy(pkt + TS_PACKET - len, payload, len);
	t->added = (t->added + 1) & 0x0f;
	ts_set_cc(pkt, (uint8_t)(head[3] + t->added));
	t->packet(t->ctx, pkt, &info);
}

/* Pass on a packet whose payload has become longer: filled as before, and the
 * rest in packets after it. */
static void
tsinsert_pass_longer(
    struct tsinsert *t, struct tsinsert_held *h, const struct buf *payload)
{
	const char *from = buf_text(payload), *end = from + payload->len;
	uint8_t head[TSINSERT_HEAD];
	size_t len;

	memcpy(head, h->pkt, sizeof(head));
	ts_elementary(h->pkt, false, &len);
	memcpy(h->pkt + TS_PACKET - len, from, len);
	tsinsert_pass(t, h->pkt, &h->info);
	for (from += len; from < end; from += len) {
		len = (size_t)(end - from);
		if (len > TSINSERT_ROOM)
			len = TSINSERT_ROOM;
		tsinsert_pass_more(t, head, h->info.stream, from, len);
	}
}

/* --- holding packets back ----------------------------------------------- */

/* The packet in whose payload the first slice begins. */
static struct tsinsert_held *
tsinsert_find(struct tsinsert *t)
{
	size_t i = t->n;

	while (--i > 0)
		if (t->held[i].at != TSINSERT_NOWHERE &&
		    t->held[i].at <= t->search.point)
			break;
	return &t->held[i];
}

/* The PES packet has become longer. */
static void
tsinsert_lengthen(struct tsinsert *t, size_t by)
{
	uint8_t *pkt = t->held[0].pkt, *pes;
	size_t len, said;

	if (t->search.end == SIZE_MAX)
		return;
	ts_elementary(pkt, false, &len);
	pes = pkt + TS_PACKET - len;
	said = t->search.end - 6 + by;
	if (said > TSINSERT_PES_MAX)
		said = 0;
	pes[4] = (uint8_t)(said >> 8);
	pes[5] = (uint8_t)said;
}

/* The first slice is found: insert the waiting units before it. */
static void
tsinsert_insert(struct tsinsert *t, struct tsinsert_queue *q)
{
	struct tsinsert_held *h = tsinsert_find(t);
	size_t len, before = t->search.point - h->at, n = t->n;
	const uint8_t *payload = ts_elementary(h->pkt, false, &len);
	struct buf longer;

	buf_init(&longer, 0);
	buf_put(&longer, payload, before);
	tsinsert_queue_take(q, &t->search, &longer);
	tsinsert_lengthen(t, longer.len - before);
	/* the length may be in this very packet */
	memcpy(longer.data, payload, before);
	buf_put(&longer, payload + before, len - before);
	t->n = 0;
	for (size_t i = 0; i < n; i++)
		if (&t->held[i] == h)
			tsinsert_pass_longer(t, h, &longer);
		else
			tsinsert_pass(t, t->held[i].pkt, &t->held[i].info);
	buf_clear(&longer);
}

/* Whether the packet continues where the one before it ended: it is sent once,
 * and nothing is lost, damaged or scrambled (2.4.3.3, 2.4.3.5). */
static bool
tsinsert_goes_on(struct tsinsert_search *s, const uint8_t *pkt)
{
	bool breaks = (pkt[3] & 0x20) != 0 && pkt[4] > 0 &&
	    (pkt[5] & 0x80) != 0 && s->at > 0;

	s->counter = (s->counter + ts_has_payload(pkt)) & 0x0f;
	return s->counter == (pkt[3] & 0x0f) && !breaks &&
	    (pkt[1] & 0x80) == 0 && (pkt[3] & 0xc0) == 0;
}

/* Hold a packet back, and search it if it is of the video. */
static enum tsinsert_verdict
tsinsert_hold(
    struct tsinsert *t, const uint8_t *pkt, const struct ts_info *info)
{
	struct tsinsert_held *h;
	enum tsinsert_verdict v;
	const uint8_t *payload;
	size_t len;

	if (t->held == NULL)
		t->held = xcalloc(TSINSERT_HELD, sizeof(*t->held));
	h = &t->held[t->n++];
	memcpy(h->pkt, pkt, TS_PACKET);
	h->info = *info;
	h->at = TSINSERT_NOWHERE;
	if (info->pid == t->pid) {
		payload = ts_elementary(h->pkt, false, &len);
		if (!tsinsert_goes_on(&t->search, h->pkt) ||
		    ts_has_payload(h->pkt) != (len > 0))
			return TSINSERT_UNUSABLE;
		h->at = len > 0 ? t->search.at : TSINSERT_NOWHERE;
		v = tsinsert_search_bytes(&t->search, payload, len);
		if (v != TSINSERT_MORE)
			return v;
	}
	return t->n < TSINSERT_HELD ? TSINSERT_MORE : TSINSERT_UNUSABLE;
}

/* --- public ------------------------------------------------------------- */

void
tsinsert_init(struct tsinsert *t, const struct ts *ts,
    void (*packet)(void *ctx, uint8_t *pkt, const struct ts_info *info),
    void *ctx)
{
	*t = (struct tsinsert){
		.ts = ts, .packet = packet, .ctx = ctx, .pid = TS_NO_PID
	};
}

void
tsinsert_clear(struct tsinsert *t)
{
	free(t->held);
	t->held = NULL;
	t->n = 0;
}

/* Whether to search the access unit that begins with this packet. */
static bool
tsinsert_wants(struct tsinsert *t, struct tsinsert_queue *q, const uint8_t *pkt)
{
	if (q == NULL || q->n == 0 ||
	    !tsinsert_queue_waits(q, tsinsert_codec(t->ts)))
		return false;
	if (tsinsert_begin(t, pkt))
		return true;
	t->missed++;
	return false;
}

void
tsinsert_feed(struct tsinsert *t, struct tsinsert_queue *q, uint8_t *pkt,
    const struct ts_info *info)
{
	bool begins =
	    info->start && info->video && info->stream == ts_video(t->ts);

	if (t->n > 0 && (begins || info->pat || info->pmt))
		tsinsert_miss(t);
	if (begins && info->pid != t->pid) {
		t->pid = info->pid;
		t->added = 0;
	}
	if (t->n == 0 && !(begins && tsinsert_wants(t, q, pkt))) {
		tsinsert_pass(t, pkt, info);
		return;
	}
	switch (tsinsert_hold(t, pkt, info)) {
	case TSINSERT_MORE:
		break;
	case TSINSERT_FOUND:
		if (q != NULL)
			tsinsert_insert(t, q);
		else
			tsinsert_release(t);
		break;
	case TSINSERT_UNUSABLE:
		tsinsert_miss(t);
		break;
	}
}

void
tsinsert_flush(struct tsinsert *t)
{
	tsinsert_release(t);
}
