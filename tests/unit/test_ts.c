/* SPDX-License-Identifier: ISC */
/* MPEG-TS: tables, stamps, key frames, any cut and any rubbish. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/ts.h"
#include "packet.h"

/* The packets found. */
struct seen {
	size_t n, starts, keys;
	struct ts_info last;
	int64_t dts[64];
};

static void
note(void *ctx, uint8_t *pkt, const struct ts_info *info)
{
	struct seen *s = ctx;

	assert_int_equal(pkt[0], 0x47);
	s->n++;
	s->last = *info;
	s->keys += info->key;
	if (info->start && s->starts < 64)
		s->dts[s->starts++] = info->dts;
}

/* PAT, PMT, a key frame of three packets, a frame of two, some sound. */
static size_t
make(uint8_t *b)
{
	packet_pat(b);
	packet_pmt(b + 188, 0x1b, 0x0f);
	packet_pes(b + 376, VIDEO_PID, 0, 90000, true);
	packet_more(b + 564, VIDEO_PID, 1);
	packet_more(b + 752, VIDEO_PID, 2);
	packet_pes(b + 940, AUDIO_PID, 0, 90100, false);
	packet_pes(b + 1128, VIDEO_PID, 3, 93600, false);
	packet_more(b + 1316, VIDEO_PID, 4);
	return 8 * TS_PACKET;
}

static void
check_made(const struct ts *t, const struct seen *s)
{
	assert_int_equal(s->n, 8);
	assert_int_equal(s->starts, 3);
	assert_int_equal(s->keys, 1);
	assert_int_equal(s->dts[0], 90000);
	assert_int_equal(s->dts[1], 90100);
	assert_int_equal(s->dts[2], 93600);
	assert_true(ts_is_ready(t));
	assert_int_equal(t->pmt_pid, PMT_PID);
	assert_int_equal(t->pcr_pid, VIDEO_PID);
	assert_int_equal(t->streams[ts_video(t)].codec, TS_CODEC_H264);
	assert_int_equal(t->streams[ts_audio(t)].codec, TS_CODEC_AAC);
	assert_int_equal(t->breaks, 0);
	assert_int_equal(t->garbage, 0);
}

/* The same in pieces of every size. */
static void
test_any_cut(void **state UNUSED)
{
	uint8_t b[8 * TS_PACKET], piece[8 * TS_PACKET];

	for (size_t size = 1; size <= sizeof(b); size++) {
		size_t len = make(b);
		struct seen s = { 0 };
		struct ts t;

		ts_init(&t, note, &s);
		for (size_t i = 0; i < len; i += size) {
			size_t n = len - i < size ? len - i : size;

			memcpy(piece, b + i, n);
			ts_feed(&t, piece, n);
		}
		check_made(&t, &s);
	}
}

/* Rubbish before and between is skipped, counted, and costs no whole packet. */
static void
test_garbage(void **state UNUSED)
{
	uint8_t b[20 * TS_PACKET];
	struct seen s = { 0 };
	struct ts t;
	size_t len;

	memset(b, 0x11, 100);
	len = 100 + make(b + 100);
	memset(b + len, 0x22, 77);
	packet_pes(b + len + 77, VIDEO_PID, 5, 97200, true);
	len += 77 + TS_PACKET;
	ts_init(&t, note, &s);
	ts_feed(&t, b, len);
	assert_int_equal(s.n, 9);
	assert_int_equal(t.garbage, 177);
	assert_int_equal(s.keys, 2);
	assert_int_equal(t.breaks, 0);
}

/* A PAT that names another PMT: the streams of the old one are gone. */
static void
test_other_pmt(void **state UNUSED)
{
	static const uint8_t pat[] = { 0x00, 0xb0, 0x0d, 0, 1, 0xc1, 0, 0, 0, 1,
		0xe0 | PMT_PID >> 8, (PMT_PID & 0xff) + 1 };
	uint8_t b[9 * TS_PACKET];
	struct seen s = { 0 };
	struct ts t;

	ts_init(&t, note, &s);
	ts_feed(&t, b, make(b));
	packet_section(b, 0, pat, sizeof(pat));
	ts_feed(&t, b, TS_PACKET);
	assert_false(ts_is_ready(&t));
	packet_pes(b, VIDEO_PID, 5, 97200, true);
	ts_feed(&t, b, TS_PACKET);
	assert_int_equal(s.last.stream, -1);
	packet_pmt(b, 0x1b, 0x0f);
	b[2] = (PMT_PID & 0xff) + 1;
	ts_feed(&t, b, TS_PACKET);
	assert_true(ts_is_ready(&t));
}

/* There and back again, over the end of 33 bits; the rest is not touched. */
static void
test_shift(void **state UNUSED)
{
	static const int64_t deltas[] = { 0, 1, 90000, ((int64_t)1 << 33) - 1,
		-1, -90000, 12345678901 };
	uint8_t a[TS_PACKET], b[TS_PACKET];
	struct seen s = { 0 };
	struct ts t;
	uint8_t tables[2 * TS_PACKET];

	packet_pat(tables);
	packet_pmt(tables + TS_PACKET, 0x1b, 0);
	for (size_t i = 0; i < NELEM(deltas); i++) {
		ts_init(&t, note, &s);
		ts_feed(&t, tables, sizeof(tables));
		packet_pes(a, VIDEO_PID, 0, ((int64_t)1 << 33) - 5000, true);
		memcpy(b, a, TS_PACKET);
		ts_feed(&t, b, TS_PACKET);
		ts_shift(b, &s.last, deltas[i]);
		ts_feed(&t, b, TS_PACKET);
		assert_int_equal(
		    ts_diff(s.last.dts, ((int64_t)1 << 33) - 5000 + deltas[i]),
		    0);
		assert_int_equal(ts_diff(s.last.pts, s.last.dts), 3600);
		assert_true(s.last.has_pcr);
		ts_shift(b, &s.last, -deltas[i]);
		assert_memory_equal(a, b, TS_PACKET);
	}
	assert_int_equal(ts_diff(5, ((int64_t)1 << 33) - 5), 10);
	assert_int_equal(ts_diff(((int64_t)1 << 33) - 5, 5), -10);
}

/* A missing packet is a break; one that is repeated, or announced, is not. */
static void
test_continuity(void **state UNUSED)
{
	uint8_t b[2 * TS_PACKET], p[TS_PACKET];
	struct seen s = { 0 };
	struct ts t;

	ts_init(&t, note, &s);
	packet_pat(b);
	packet_pmt(b + TS_PACKET, 0x24, 0);
	ts_feed(&t, b, sizeof(b));
	packet_pes(p, VIDEO_PID, 7, 90000, false);
	ts_feed(&t, p, TS_PACKET);
	packet_more(p, VIDEO_PID, 8);
	ts_feed(&t, p, TS_PACKET);
	packet_more(p, VIDEO_PID, 8);
	ts_feed(&t, p, TS_PACKET);
	assert_int_equal(t.breaks, 0);
	packet_more(p, VIDEO_PID, 10);
	ts_feed(&t, p, TS_PACKET);
	assert_int_equal(t.breaks, 1);
	packet_pes(p, VIDEO_PID, 3, 93600, true);
	assert_true(ts_set_discontinuity(p));
	ts_set_cc(p, 14);
	ts_feed(&t, p, TS_PACKET);
	assert_int_equal(t.breaks, 1);
	packet_more(p, VIDEO_PID, 0);
	assert_false(ts_set_discontinuity(p));
}

/* Without the flag, the NAL unit decides; where the flag is used, it alone. */
static void
test_key_by_nal(void **state UNUSED)
{
	static const struct {
		uint8_t type, nal;
		bool key;
	} cases[] = { { 0x1b, 0x65, true }, { 0x1b, 0x67, true },
		{ 0x1b, 0x41, false }, { 0x24, 0x26, true },
		{ 0x24, 0x40, true }, { 0x24, 0x02, false } };
	uint8_t b[2 * TS_PACKET], p[TS_PACKET];

	for (size_t i = 0; i < NELEM(cases); i++) {
		struct seen s = { 0 };
		struct ts t;

		ts_init(&t, note, &s);
		packet_pat(b);
		packet_pmt(b + TS_PACKET, cases[i].type, 0);
		ts_feed(&t, b, sizeof(b));
		packet_pes(p, VIDEO_PID, 0, 90000, false);
		p[12 + 19 + 4] = cases[i].nal;
		ts_feed(&t, p, TS_PACKET);
		assert_int_equal(s.last.key, cases[i].key);
		packet_pes(p, VIDEO_PID, 1, 93600, true);
		ts_feed(&t, p, TS_PACKET);
		assert_true(s.last.key);
		packet_pes(p, VIDEO_PID, 2, 97200, false);
		p[12 + 19 + 4] = cases[i].nal;
		ts_feed(&t, p, TS_PACKET);
		assert_false(s.last.key);
	}
}

/* Sound alone: every start is a place to begin. */
static void
test_sound_alone(void **state UNUSED)
{
	uint8_t b[3 * TS_PACKET];
	struct seen s = { 0 };
	struct ts t;

	ts_init(&t, note, &s);
	packet_pat(b);
	packet_pmt(b + TS_PACKET, 0, 0x0f);
	packet_pes(b + 2 * TS_PACKET, AUDIO_PID, 0, 90000, false);
	ts_feed(&t, b, sizeof(b));
	assert_true(s.last.key);
	assert_int_equal(ts_video(&t), -1);
	assert_int_equal(ts_audio(&t), 0);
}

/* A table that does not verify is ignored. */
static void
test_bad_tables(void **state UNUSED)
{
	uint8_t b[8 * TS_PACKET];
	struct seen s = { 0 };
	struct ts t;

	for (size_t bit = 5 * 8; bit < (5 + 12) * 8; bit++) {
		ts_init(&t, note, &s);
		make(b);
		b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ts_feed(&t, b, TS_PACKET);
		assert_false(t.has_pat);
	}
	ts_init(&t, note, &s);
	make(b);
	b[4] = 255; /* the pointer leads out of the packet */
	b[188 + 5 + 2] = 0xff;
	ts_feed(&t, b, sizeof(b));
	assert_false(ts_is_ready(&t));
}

/* The layout of AAC is known from its ADTS headers, or from none; it
 * stays when the tables come again, and is forgotten with the codec. */
static void
test_m4_layout(void **state UNUSED)
{
	static const struct {
		uint8_t head[4];
		int adts; /* 0: no header */
		bool nameless;
	} rows[] = {
		{ { 0xff, 0xf1, 0x50, 0x80 }, 0x142, false }, /* 44.1, 2 */
		{ { 0xff, 0xf1, 0x4c, 0x40 }, 0x131, false }, /* 48, 1 */
		{ { 0xff, 0xf1, 0x4d, 0xc0 }, 0x137, false }, /* 48, 7.1 */
		{ { 0xff, 0xf1, 0x4c, 0x00 }, 0x130, true },  /* 48, PCE */
		{ { 0xff, 0xf9, 0x50, 0x00 }, 0x140, true },  /* MPEG-2 */
		{ { 0x00, 0x00, 0x01, 0x41 }, 0, false },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct seen s = { 0 };
		struct ts t;
		uint8_t b[4 * TS_PACKET];
		const struct ts_stream *sound = &t.streams[1];

		packet_pat(b);
		packet_pmt(b + 188, 0x1b, 0x0f);
		packet_pes(b + 376, AUDIO_PID, 0, 90000, false);
		memcpy(b + 376 + 31, rows[i].head, sizeof(rows[i].head));
		packet_pmt(b + 564, 0x1b, 0x0f);
		ts_init(&t, note, &s);
		ts_feed(&t, b, sizeof(b));
		assert_int_equal(sound->adts, rows[i].adts);
		assert_int_equal(ts_is_nameless(sound), rows[i].nameless);
		packet_pmt(b, 0x1b, 0x81);
		ts_feed(&t, b, TS_PACKET);
		assert_int_equal(sound->adts, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m4_layout),
		cmocka_unit_test(test_any_cut),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_other_pmt),
		cmocka_unit_test(test_shift),
		cmocka_unit_test(test_continuity),
		cmocka_unit_test(test_key_by_nal),
		cmocka_unit_test(test_sound_alone),
		cmocka_unit_test(test_bad_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
