/* SPDX-License-Identifier: ISC */
/*
 * The numbers in comments are clauses of ISO/IEC 13818-1. A PES packet carries
 * its length where that can be written: a demuxer that knows it need not wait
 * for the next one.
 */
#include "config.h"

#include <string.h>

#include "media/ts.h"
#include "media/tsmux.h"

#define TSMUX_HEAD   4
#define TSMUX_TABLES (TS_HZ / 2) /* from tables to tables at most */

/* A frame of silence: ADTS (ISO/IEC 14496-3, 1.A.2), AAC-LC, 44.1 kHz, two
 * channels, with nothing in them. */
static const uint8_t tsmux_silence[] = { 0xff, 0xf1, 0x50, 0x80, 0x01, 0xbf,
	0xfc, 0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c };
#define TSMUX_SAMPLES  1024 /* of a frame */
#define TSMUX_RATE     44100
#define TSMUX_CATCH_UP (10 * TS_HZ) /* a pause that is longer has no sound */

/* --- packets ------------------------------------------------------------ */

static void
tsmux_flush(struct tsmux *m)
{
	if (m->n > 0)
		m->put(m->ctx, m->batch, m->n);
	m->n = 0;
}

/* The next packet, with its head; all else is 0xff. */
static uint8_t *
tsmux_packet(struct tsmux *m, uint16_t pid, bool start, uint8_t *cc)
{
	uint8_t *p;

	if (m->n == sizeof(m->batch))
		tsmux_flush(m);
	p = m->batch + m->n;
	m->n += TS_PACKET;
	memset(p, 0xff, TS_PACKET);
	p[0] = 0x47;
	p[1] = (uint8_t)((start ? 0x40 : 0) | pid >> 8);
	p[2] = (uint8_t)pid;
	p[3] = (uint8_t)(0x10 | (*cc)++ % 16);
	return p;
}

/* A section (2.4.4) in a separate packet. */
static void
tsmux_section(
    struct tsmux *m, uint16_t pid, uint8_t *cc, const uint8_t *s, size_t len)
{
	uint8_t *p = tsmux_packet(m, pid, true, cc) + TSMUX_HEAD;
	uint32_t crc = ts_crc(s, len);

	*p++ = 0; /* pointer_field */
	memcpy(p, s, len);
	for (int i = 0; i < 4; i++)
		p[len + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
}

/* PAT (2.4.4.3) and PMT (2.4.4.8). */
static void
tsmux_tables(struct tsmux *m)
{
	static const uint8_t pat[] = { 0x00, 0xb0, 13, 0, 1, 0xc1, 0, 0, 0, 1,
		0xe0 | TSMUX_PMT_PID >> 8, TSMUX_PMT_PID & 0xff };
	static const uint8_t pmt[] = { 0x02, 0xb0, 0, 0, 1, 0xc1, 0, 0,
		0xe0 | TSMUX_VIDEO_PID >> 8, TSMUX_VIDEO_PID & 0xff, 0xf0, 0,
		/* H.264 */
		0x1b, 0xe0 | TSMUX_VIDEO_PID >> 8, TSMUX_VIDEO_PID & 0xff, 0xf0,
		0,
		/* AAC */
		0x0f, 0xe0 | TSMUX_AUDIO_PID >> 8, TSMUX_AUDIO_PID & 0xff, 0xf0,
		0 };
	uint8_t section[sizeof(pmt)];
	size_t len = m->silence ? sizeof(pmt) : sizeof(pmt) - 5;

	memcpy(section, pmt, len);
	section[2] = (uint8_t)(len + 4 - 3); /* section_length */
	tsmux_section(m, 0, &m->cc_pat, pat, sizeof(pat));
	tsmux_section(m, TSMUX_PMT_PID, &m->cc_pmt, section, len);
}

/* Make room for an adaptation field of `len` bytes, its length byte included
 * (2.4.3.4). Where the payload begins. */
static uint8_t *
tsmux_adapt(uint8_t *p, size_t len)
{
	if (len == 0)
		return p + TSMUX_HEAD;
	p[3] |= 0x20;
	p[4] = (uint8_t)(len - 1);
	if (len > 1)
		p[5] = 0; /* no flags; stuffing after them */
	return p + TSMUX_HEAD + len;
}

/* --- PES packets -------------------------------------------------------- */

#define TSMUX_HEADER_PTS 14 /* bytes of a header with one stamp */

/* A PES header (2.4.3.6); returns its length, TSMUX_HEADER_PTS where PTS and DTS
 * are the same. */
static size_t
tsmux_header(uint8_t *h, uint8_t id, size_t payload, int64_t pts, int64_t dts)
{
	bool both = pts != dts;
	size_t stamps = both ? 10 : 5, len = payload + 3 + stamps;
	const uint8_t head[] = { 0, 0, 1, id,
		(uint8_t)(len > 0xffff ? 0 : len >> 8),
		(uint8_t)(len > 0xffff ? 0 : len), 0x84, both ? 0xc0 : 0x80,
		(uint8_t)stamps };
	const uint8_t marks[] = { both ? 0x31 : 0x21, 0, 1, 0, 1, 0x11, 0, 1, 0,
		1 };

	memcpy(h, head, sizeof(head));
	memcpy(h + sizeof(head), marks, stamps);
	ts_put_stamp(h + sizeof(head), pts);
	if (both)
		ts_put_stamp(h + sizeof(head) + 5, dts);
	return sizeof(head) + stamps;
}

/* The rest of a PES packet's bytes. */
struct tsmux_rest {
	const struct h264_piece *piece;
	size_t at, len; /* in the piece; in all */
};

/* Copy the next bytes of the pieces. */
static void
tsmux_take(struct tsmux_rest *r, uint8_t *to, size_t n)
{
	while (n > 0) {
		size_t k = r->piece->len - r->at;

		if (k > n)
			k = n;
		memcpy(to, r->piece->data + r->at, k);
		to += k;
		n -= k;
		r->at += k;
		r->len -= k;
		if (r->at == r->piece->len) {
			r->piece++;
			r->at = 0;
		}
	}
}

/* The first packet: PCR, whether a decoder can begin here, the header. */
static void
tsmux_first(struct tsmux *m, struct tsmux_rest *r, const struct h264_unit *u,
    int64_t pts, int64_t dts)
{
	uint8_t head[19], *p;
	size_t n = tsmux_header(head, 0xe0, r->len, pts, dts);
	size_t room = TS_PACKET - TSMUX_HEAD - 8 - n;
	size_t stuffing = r->len < room ? room - r->len : 0;
	uint8_t *payload;

	p = tsmux_packet(m, TSMUX_VIDEO_PID, true, &m->cc_video);
	payload = tsmux_adapt(p, 8 + stuffing);
	p[5] = (uint8_t)(0x10 | (u->key ? 0x40 : 0));
	p[10] = 0x7e; /* reserved bits of the PCR, extension 0 */
	p[11] = 0;
	ts_put_pcr(p + 6, dts);
	memcpy(payload, head, n);
	tsmux_take(r, payload + n, room - stuffing);
}

static void
tsmux_next(struct tsmux *m, struct tsmux_rest *r)
{
	size_t room = TS_PACKET - TSMUX_HEAD;
	size_t stuffing = r->len < room ? room - r->len : 0;
	uint8_t *p = tsmux_packet(m, TSMUX_VIDEO_PID, false, &m->cc_video);

	tsmux_take(r, tsmux_adapt(p, stuffing), room - stuffing);
}

/* One frame of silence, in a separate packet. */
static void
tsmux_frame(struct tsmux *m, int64_t pts)
{
	const size_t len = sizeof(tsmux_silence);
	uint8_t *p = tsmux_packet(m, TSMUX_AUDIO_PID, true, &m->cc_audio);
	uint8_t *payload =
	    tsmux_adapt(p, TS_PACKET - TSMUX_HEAD - TSMUX_HEADER_PTS - len);

	tsmux_header(payload, 0xc0, len, pts, pts);
	memcpy(payload + TSMUX_HEADER_PTS, tsmux_silence, len);
	m->frames++;
}

/* When the next frame of silence is due. */
static int64_t
tsmux_frame_pts(const struct tsmux *m)
{
	return m->audio_pts + m->frames * TSMUX_SAMPLES * TS_HZ / TSMUX_RATE;
}

/* Silence up to a time. */
static void
tsmux_sound(struct tsmux *m, int64_t until)
{
	if (m->audio_pts == -1 || until - tsmux_frame_pts(m) > TSMUX_CATCH_UP) {
		m->audio_pts = until;
		m->frames = 0;
	}
	while (tsmux_frame_pts(m) <= until)
		tsmux_frame(m, tsmux_frame_pts(m));
}

/* --- public ------------------------------------------------------------- */

void
tsmux_init(struct tsmux *m, bool silence,
    void (*put)(void *ctx, uint8_t *data, size_t len), void *ctx)
{
	m->silence = silence;
	m->put = put;
	m->ctx = ctx;
	m->cc_pat = m->cc_pmt = m->cc_video = m->cc_audio = 0;
	m->tables_dts = m->audio_pts = -1;
	m->frames = 0;
	m->n = 0;
}

void
tsmux_unit(struct tsmux *m, const struct h264_unit *u, int64_t pts, int64_t dts)
{
	struct tsmux_rest rest = { .piece = u->pieces, .len = u->len };

	if (u->key || m->tables_dts == -1 ||
	    dts - m->tables_dts >= TSMUX_TABLES) {
		tsmux_tables(m);
		m->tables_dts = dts;
	}
	tsmux_first(m, &rest, u, pts, dts);
	while (rest.len > 0)
		tsmux_next(m, &rest);
	if (m->silence)
		tsmux_sound(m, dts);
	tsmux_flush(m);
}
