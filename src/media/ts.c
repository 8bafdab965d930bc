/* SPDX-License-Identifier: ISC */
/*
 * MPEG-TS packets; the numbers in comments are clauses of ISO/IEC 13818-1.
 * Every look into a packet stays within its 188 bytes, whatever its fields say.
 */
#include "config.h"

#include <string.h>

#include "base/util.h"
#include "media/ts.h"

#define TS_SYNC	    0x47
#define TS_NO_CC    0xff
#define TS_PAT_PID  0
#define TS_PAT_ID   0x00 /* table_id, table 2-31 */
#define TS_PMT_ID   0x02
#define TS_WRAP	    ((int64_t)1 << 33)
#define TS_HEAD	    4
#define TS_SECTIONS 1021 /* section_length at most, 2.4.4.5 */

const char *const ts_codec_names[] = {
	[TS_CODEC_OTHER] = "other",
	[TS_CODEC_H264] = "h264",
	[TS_CODEC_H265] = "h265",
	[TS_CODEC_MPEG2] = "mpeg2",
	[TS_CODEC_AAC] = "aac",
	[TS_CODEC_LATM] = "aac_latm",
	[TS_CODEC_MPA] = "mpa",
	[TS_CODEC_AC3] = "ac3",
};
_Static_assert(NELEM(ts_codec_names) == N_TS_CODECS, "a name for each");

/* stream_type, table 2-34; 0x81 is ATSC's. */
static const struct {
	uint8_t type;
	enum ts_codec codec;
} ts_types[] = {
	{ 0x01, TS_CODEC_MPEG2 },
	{ 0x02, TS_CODEC_MPEG2 },
	{ 0x03, TS_CODEC_MPA },
	{ 0x04, TS_CODEC_MPA },
	{ 0x0f, TS_CODEC_AAC },
	{ 0x11, TS_CODEC_LATM },
	{ 0x1b, TS_CODEC_H264 },
	{ 0x24, TS_CODEC_H265 },
	{ 0x81, TS_CODEC_AC3 },
};

bool
ts_codec_is_video(enum ts_codec c)
{
	return c == TS_CODEC_H264 || c == TS_CODEC_H265 || c == TS_CODEC_MPEG2;
}

static enum ts_codec
ts_codec_of(uint8_t type)
{
	for (size_t i = 0; i < NELEM(ts_types); i++)
		if (ts_types[i].type == type)
			return ts_types[i].codec;
	return TS_CODEC_OTHER;
}

/* --- the packet's head -------------------------------------------------- */

uint16_t
ts_pid(const uint8_t *pkt)
{
	return (uint16_t)((pkt[1] & 0x1f) << 8 | pkt[2]);
}

bool
ts_has_payload(const uint8_t *pkt)
{
	return (pkt[3] & 0x10) != 0;
}

/* Bytes of the adaptation field after its length byte; 0: none, or empty. */
static size_t
ts_field_len(const uint8_t *pkt)
{
	if ((pkt[3] & 0x20) == 0 || pkt[4] > TS_PACKET - TS_HEAD - 1)
		return 0;
	return pkt[4];
}

/* Flags of the adaptation field (2.4.3.4); 0 without one. */
static uint8_t
ts_field_flags(const uint8_t *pkt)
{
	return ts_field_len(pkt) > 0 ? pkt[5] : 0;
}

/* Where the payload begins; TS_PACKET: none. */
static size_t
ts_payload(const uint8_t *pkt)
{
	if (!ts_has_payload(pkt))
		return TS_PACKET;
	if ((pkt[3] & 0x20) == 0)
		return TS_HEAD;
	if (pkt[4] > TS_PACKET - TS_HEAD - 1)
		return TS_PACKET;
	return (size_t)TS_HEAD + 1 + pkt[4];
}

/* The place of a PCR in the adaptation field, or OPCR; 0: none. */
static size_t
ts_pcr_at(const uint8_t *pkt, bool original)
{
	uint8_t flags = ts_field_flags(pkt);
	size_t at = 6;

	if ((flags & (original ? 0x08 : 0x10)) == 0)
		return 0;
	if (original && (flags & 0x10) != 0)
		at += 6;
	return at + 6 <= TS_HEAD + 1 + ts_field_len(pkt) ? at : 0;
}

/* --- time stamps -------------------------------------------------------- */

/* 33 bits in five bytes with markers between (2.4.3.7). */
static int64_t
ts_get_stamp(const uint8_t *b)
{
	return (int64_t)(b[0] >> 1 & 7) << 30 | (int64_t)b[1] << 22 |
	    (int64_t)(b[2] >> 1) << 15 | (int64_t)b[3] << 7 | b[4] >> 1;
}

void
ts_put_stamp(uint8_t *b, int64_t t)
{
	b[0] = (uint8_t)((b[0] & 0xf1) | (t >> 29 & 0x0e));
	b[1] = (uint8_t)(t >> 22);
	b[2] = (uint8_t)((b[2] & 0x01) | (t >> 14 & 0xfe));
	b[3] = (uint8_t)(t >> 7);
	b[4] = (uint8_t)((b[4] & 0x01) | (t << 1 & 0xfe));
}

/* 33 bits of the base of a PCR (2.4.3.5). */
static int64_t
ts_get_pcr(const uint8_t *b)
{
	return (int64_t)b[0] << 25 | (int64_t)b[1] << 17 | (int64_t)b[2] << 9 |
	    (int64_t)b[3] << 1 | b[4] >> 7;
}

void
ts_put_pcr(uint8_t *b, int64_t t)
{
	b[0] = (uint8_t)(t >> 25);
	b[1] = (uint8_t)(t >> 17);
	b[2] = (uint8_t)(t >> 9);
	b[3] = (uint8_t)(t >> 1);
	b[4] = (uint8_t)((b[4] & 0x7f) | (t << 7 & 0x80));
}

/* Stream ids whose PES header has no stamps (2.4.3.7, table 2-22). */
static bool
ts_is_bare(uint8_t id)
{
	return id == 0xbc || id == 0xbe || id == 0xbf || id == 0xf0 ||
	    id == 0xf1 || id == 0xf2 || id == 0xf8 || id == 0xff;
}

/* The place of the stamps of a PES header, and their number (0, 1: PTS, 2: PTS
 * and DTS). */
static int
ts_stamps_at(const uint8_t *pkt, size_t *at)
{
	size_t p = ts_payload(pkt);
	int n;

	if (p + 9 > TS_PACKET || pkt[p] != 0 || pkt[p + 1] != 0 ||
	    pkt[p + 2] != 1 || ts_is_bare(pkt[p + 3]))
		return 0;
	n = (pkt[p + 7] & 0x80) == 0 ? 0 : (pkt[p + 7] & 0x40) == 0 ? 1 : 2;
	*at = p + 9;
	if (pkt[p + 8] < 5 * n || *at + 5 * (size_t)n > TS_PACKET)
		return 0;
	return n;
}

int64_t
ts_diff(int64_t a, int64_t b)
{
	int64_t d = (a - b) & (TS_WRAP - 1);

	return d >= TS_WRAP / 2 ? d - TS_WRAP : d;
}

static int64_t
ts_moved(int64_t stamp, int64_t delta)
{
	return (stamp + delta) & (TS_WRAP - 1);
}

void
ts_shift(uint8_t *pkt, const struct ts_info *info, int64_t delta)
{
	size_t at;
	int n;

	for (int original = 0; original < 2; original++) {
		at = ts_pcr_at(pkt, original != 0);
		if (at > 0)
			ts_put_pcr(
			    pkt + at, ts_moved(ts_get_pcr(pkt + at), delta));
	}
	n = info->start ? ts_stamps_at(pkt, &at) : 0;
	for (int i = 0; i < n; i++, at += 5)
		ts_put_stamp(pkt + at, ts_moved(ts_get_stamp(pkt + at), delta));
}

void
ts_set_cc(uint8_t *pkt, uint8_t cc)
{
	pkt[3] = (uint8_t)((pkt[3] & 0xf0) | (cc & 0x0f));
}

bool
ts_set_discontinuity(uint8_t *pkt)
{
	if (ts_field_len(pkt) == 0)
		return false;
	pkt[5] |= 0x80;
	return true;
}

/* --- tables ------------------------------------------------------------- */

uint32_t
ts_crc(const uint8_t *b, size_t len)
{
	uint32_t crc = 0xffffffff;

	while (len-- > 0) {
		crc ^= (uint32_t)*b++ << 24;
		for (int i = 0; i < 8; i++)
			crc = crc << 1 ^ (crc >> 31 ? 0x04c11db7 : 0);
	}
	return crc;
}

/*
 * A whole section of a table within one packet (2.4.4): where it begins after
 * the pointer field, or NULL when it does not count. *len is without its CRC.
 */
static const uint8_t *
ts_section(const uint8_t *pkt, uint8_t table, size_t *len)
{
	size_t p = ts_payload(pkt);
	const uint8_t *s;

	if ((pkt[1] & 0x40) == 0 || p >= TS_PACKET)
		return NULL;
	p += (size_t)1 + pkt[p];
	if (p + 8 > TS_PACKET)
		return NULL;
	s = pkt + p;
	*len = (size_t)3 + ((s[1] & 0x0f) << 8 | s[2]);
	if (s[0] != table || (s[5] & 1) == 0 || *len < 12 ||
	    *len > TS_SECTIONS + 3 || p + *len > TS_PACKET ||
	    ts_crc(s, *len) != 0)
		return NULL;
	*len -= 4;
	return s;
}

/* The place of the PMT now; the streams of another one are dropped. */
static void
ts_set_pmt_pid(struct ts *t, uint16_t pid)
{
	if (pid == t->pmt_pid)
		return;
	t->pmt_pid = pid;
	t->has_pmt = false;
	t->n_streams = 0;
}

/* The first programme of the PAT: where its PMT is (2.4.4.3). */
static void
ts_read_pat(struct ts *t, const uint8_t *pkt)
{
	size_t len;
	const uint8_t *s = ts_section(pkt, TS_PAT_ID, &len);

	for (size_t i = 8; s != NULL && i + 4 <= len; i += 4) {
		if (s[i] == 0 && s[i + 1] == 0)
			continue; /* the network's table */
		ts_set_pmt_pid(
		    t, (uint16_t)((s[i + 2] & 0x1f) << 8 | s[i + 3]));
		memcpy(t->pat, pkt, TS_PACKET);
		t->has_pat = true;
		return;
	}
}

/* A row of the PMT; known facts of the same pid stay. */
static void
ts_add_stream(struct ts *t, struct ts_stream *v, size_t *n, const uint8_t *row)
{
	struct ts_stream s = { .pid = (uint16_t)((row[1] & 0x1f) << 8 | row[2]),
		.codec = ts_codec_of(row[0]),
		.last_cc = TS_NO_CC };

	if (*n == TS_STREAMS)
		return;
	for (size_t i = 0; i < t->n_streams; i++)
		if (t->streams[i].pid == s.pid) {
			s.last_cc = t->streams[i].last_cc;
			if (s.codec != t->streams[i].codec)
				continue;
			s.adts = t->streams[i].adts;
			s.seen = t->streams[i].seen;
			s.look = t->streams[i].look;
			s.fits = t->streams[i].fits;
		}
	v[(*n)++] = s;
}

/* The streams of the programme (2.4.4.8). */
static void
ts_read_pmt(struct ts *t, const uint8_t *pkt)
{
	struct ts_stream v[TS_STREAMS];
	size_t len, i, n = 0;
	const uint8_t *s = ts_section(pkt, TS_PMT_ID, &len);

	if (s == NULL)
		return;
	i = (size_t)12 + ((s[10] & 0x0f) << 8 | s[11]);
	for (; i + 5 <= len;
	     i += (size_t)5 + ((s[i + 3] & 0x0f) << 8 | s[i + 4]))
		ts_add_stream(t, v, &n, s + i);
	t->pcr_pid = (uint16_t)((s[8] & 0x1f) << 8 | s[9]);
	memcpy(t->streams, v, n * sizeof(v[0]));
	t->n_streams = n;
	memcpy(t->pmt, pkt, TS_PACKET);
	t->has_pmt = true;
}

/* The first row of a section that is video: where, and its length; 0: none. */
static size_t
ts_video_row(const uint8_t *s, size_t len, size_t *at)
{
	size_t i = (size_t)12 + ((s[10] & 0x0f) << 8 | s[11]), row;

	for (; i + 5 <= len; i += row) {
		row = (size_t)5 + ((s[i + 3] & 0x0f) << 8 | s[i + 4]);
		*at = i;
		if (i + row <= len && ts_codec_is_video(ts_codec_of(s[i])))
			return row;
	}
	return 0;
}

void
ts_mute(const uint8_t *pmt, uint8_t *out)
{
	size_t len, at, row, n;
	const uint8_t *s = ts_section(pmt, TS_PMT_ID, &len);
	uint8_t *d;
	uint32_t crc;

	memcpy(out, pmt, TS_PACKET);
	if (s == NULL || (row = ts_video_row(s, len, &at)) == 0)
		return;
	d = out + (s - pmt);
	n = (size_t)12 + ((s[10] & 0x0f) << 8 | s[11]);
	memcpy(d + n, s + at, row);
	n += row;
	d[1] = (uint8_t)((d[1] & 0xf0) | (n + 1) >> 8); /* section_length */
	d[2] = (uint8_t)(n + 1);
	crc = ts_crc(d, n);
	for (int i = 0; i < 4; i++)
		d[n++] = (uint8_t)(crc >> (24 - 8 * i));
	memset(d + n, 0xff, (size_t)(out + TS_PACKET - d) - n);
}

/* --- the content -------------------------------------------------------- */

const uint8_t *
ts_elementary(const uint8_t *pkt, bool start, size_t *len)
{
	size_t p = ts_payload(pkt);

	if (start && p + 9 <= TS_PACKET)
		p += (size_t)9 + pkt[p + 8]; /* PES_header_data_length */
	if (p > TS_PACKET)
		p = TS_PACKET;
	*len = TS_PACKET - p;
	return pkt + p;
}

bool
ts_read_adts(const uint8_t *b, size_t len, int *rate, int *channels)
{
	static const int rates[] = { 96000, 88200, 64000, 48000, 44100, 32000,
		24000, 22050, 16000, 12000, 11025, 8000, 7350 };
	unsigned index;

	if (len < 7 || b[0] != 0xff || (b[1] & 0xf6) != 0xf0)
		return false;
	index = b[2] >> 2 & 0x0f;
	if (index >= NELEM(rates))
		return false;
	*rate = rates[index];
	*channels = (b[2] & 1) << 2 | b[3] >> 6;
	return true;
}

bool
ts_is_nameless(const struct ts_stream *s)
{
	return s->adts != 0 && (s->adts & 0x0f) == 0;
}

/* The kind of sound, from the header of the first frame in a packet. */
static void
ts_read_sound(struct ts_stream *s, const uint8_t *pkt)
{
	size_t len;
	const uint8_t *b = ts_elementary(pkt, true, &len);
	int rate, channels;

	if (ts_read_adts(b, len, &rate, &channels))
		s->adts =
		    (uint16_t)(0x100 | (b[2] >> 2 & 0x0f) << 4 | channels);
}

/* --- key frames --------------------------------------------------------- */

/* Whether the first bytes of a frame have a NAL unit of a key frame: H.264
 * table 7-1, H.265 table 7-1. */
static bool
ts_has_key_nal(const uint8_t *pkt, enum ts_codec codec)
{
	size_t p = ts_payload(pkt);
	int type;

	for (; p + 4 <= TS_PACKET; p++) {
		if (pkt[p] != 0 || pkt[p + 1] != 0 || pkt[p + 2] != 1)
			continue;
		if (codec == TS_CODEC_H264) {
			type = pkt[p + 3] & 0x1f;
			if ((pkt[p + 3] & 0x80) == 0 &&
			    (type == 5 || type == 7))
				return true;
		} else if (codec == TS_CODEC_H265) {
			type = pkt[p + 3] >> 1;
			if ((type >= 16 && type <= 21) || type == 32 ||
			    type == 33)
				return true;
		}
	}
	return false;
}

/* Whether a decoder can begin with the packet that starts a PES packet. */
static bool
ts_is_key(struct ts *t, const uint8_t *pkt, const struct ts_stream *s)
{
	if (!ts_codec_is_video(s->codec))
		return ts_video(t) == -1;
	if ((ts_field_flags(pkt) & 0x40) != 0) {
		t->flagged = true;
		return true;
	}
	return !t->flagged && ts_has_key_nal(pkt, s->codec);
}

/* --- packets ------------------------------------------------------------ */

static int
ts_find(const struct ts *t, uint16_t pid)
{
	for (size_t i = 0; i < t->n_streams; i++)
		if (t->streams[i].pid == pid)
			return (int)i;
	return -1;
}

/* Follow the continuity counter (2.4.3.3): one more with each payload, or
 * the same for a packet that is sent twice. */
static void
ts_count(struct ts *t, struct ts_stream *s, const uint8_t *pkt)
{
	uint8_t cc = pkt[3] & 0x0f;

	if (!ts_has_payload(pkt))
		return;
	if (s->last_cc != TS_NO_CC && cc != ((s->last_cc + 1) & 0x0f) &&
	    cc != s->last_cc && (ts_field_flags(pkt) & 0x80) == 0)
		t->breaks++;
	s->last_cc = cc;
}

static void
ts_read_stamps(const uint8_t *pkt, struct ts_info *info)
{
	size_t at;
	int n = ts_stamps_at(pkt, &at);

	if (n > 0)
		info->dts = info->pts = ts_get_stamp(pkt + at);
	if (n > 1)
		info->dts = ts_get_stamp(pkt + at + 5);
}

int64_t
ts_dts(const uint8_t *pkt)
{
	struct ts_info info = { .dts = -1 };

	ts_read_stamps(pkt, &info);
	return info.dts;
}

/* The kind of a video's frames, from its parameter sets. */
static void
ts_sniff(
    struct ts *t, struct ts_stream *s, const uint8_t *pkt, struct ts_info *info)
{
	static const enum ts_codec codecs[] = {
		[SNIFF_NONE] = TS_CODEC_OTHER,
		[SNIFF_H264] = TS_CODEC_H264,
		[SNIFF_H265] = TS_CODEC_H265,
		[SNIFF_MPEG2] = TS_CODEC_MPEG2,
	};
	size_t len;
	const uint8_t *es = ts_elementary(pkt, info->start, &len);

	if (info->start)
		sniff_begin(&t->sniff);
	if (!sniff_feed(&t->sniff, es, len))
		return;
	info->look =
	    s->seen != codecs[t->sniff.codec] || s->look != t->sniff.look;
	s->seen = codecs[t->sniff.codec];
	s->look = t->sniff.look;
	s->fits = s->fits || s->seen == s->codec;
}

/* The facts of a packet of an elementary stream. */
static void
ts_read_stream(struct ts *t, uint8_t *pkt, struct ts_info *info)
{
	struct ts_stream *s = &t->streams[info->stream];
	bool readable = (pkt[1] & 0x80) == 0 && (pkt[3] & 0xc0) == 0;

	ts_count(t, s, pkt);
	info->video = ts_codec_is_video(s->codec);
	info->start = readable && (pkt[1] & 0x40) != 0 && ts_has_payload(pkt);
	if (readable && info->stream == ts_video(t))
		ts_sniff(t, s, pkt, info);
	if (!info->start)
		return;
	ts_read_stamps(pkt, info);
	if (s->codec == TS_CODEC_AAC)
		ts_read_sound(s, pkt);
	info->key = ts_is_key(t, pkt, s);
}

static void
ts_take(struct ts *t, uint8_t *pkt)
{
	struct ts_info info = {
		.pid = ts_pid(pkt), .stream = -1, .pts = -1, .dts = -1
	};

	t->packets++;
	info.has_pcr = ts_pcr_at(pkt, false) > 0;
	if (info.pid == TS_PAT_PID) {
		info.pat = true;
		ts_read_pat(t, pkt);
	} else if (t->has_pat && info.pid == t->pmt_pid) {
		info.pmt = true;
		ts_read_pmt(t, pkt);
	} else {
		info.stream = ts_find(t, info.pid);
		if (info.stream != -1)
			ts_read_stream(t, pkt, &info);
	}
	t->packet(t->ctx, pkt, &info);
}

/* How many bytes to skip until a packet can begin. */
static size_t
ts_resync(const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (data[i] == TS_SYNC &&
		    (i + TS_PACKET >= len || data[i + TS_PACKET] == TS_SYNC))
			break;
	return i;
}

/* Complete the packet that the last piece cut. Bytes taken of the new one. */
static size_t
ts_complete(struct ts *t, const uint8_t *data, size_t len)
{
	size_t want = TS_PACKET - t->n_partial;

	if (t->n_partial == 0)
		return 0;
	if (want > len)
		want = len;
	memcpy(t->partial + t->n_partial, data, want);
	t->n_partial += want;
	if (t->n_partial == TS_PACKET) {
		t->n_partial = 0;
		ts_take(t, t->partial);
	}
	return want;
}

void
ts_init(struct ts *t,
    void (*packet)(void *ctx, uint8_t *pkt, const struct ts_info *info),
    void *ctx)
{
	*t = (struct ts){ .pmt_pid = TS_NO_PID,
		.pcr_pid = TS_NO_PID,
		.packet = packet,
		.ctx = ctx };
}

void
ts_feed(struct ts *t, uint8_t *data, size_t len)
{
	size_t i = ts_complete(t, data, len), skip;

	while (i < len) {
		if (data[i] != TS_SYNC) {
			skip = ts_resync(data + i, len - i);
			t->garbage += skip;
			i += skip;
			continue;
		}
		if (len - i < TS_PACKET) {
			t->n_partial = len - i;
			memcpy(t->partial, data + i, t->n_partial);
			return;
		}
		ts_take(t, data + i);
		i += TS_PACKET;
	}
}

int
ts_video(const struct ts *t)
{
	for (size_t i = 0; i < t->n_streams; i++)
		if (ts_codec_is_video(t->streams[i].codec))
			return (int)i;
	return -1;
}

int
ts_audio(const struct ts *t)
{
	for (size_t i = 0; i < t->n_streams; i++)
		if (!ts_codec_is_video(t->streams[i].codec))
			return (int)i;
	return -1;
}

/* Whether the frames of the video are of another codec than the PMT says, where
 * some were of that one before, or where none was. */
static bool
ts_differs(const struct ts *t, bool fits)
{
	int i = ts_video(t);

	return i != -1 && t->streams[i].seen != TS_CODEC_OTHER &&
	    t->streams[i].seen != t->streams[i].codec &&
	    t->streams[i].fits == fits;
}

bool
ts_is_alien(const struct ts *t)
{
	return ts_differs(t, true);
}

bool
ts_is_mislabelled(const struct ts *t)
{
	return ts_differs(t, false);
}

bool
ts_is_ready(const struct ts *t)
{
	return t->has_pat && t->has_pmt && t->n_streams > 0;
}
