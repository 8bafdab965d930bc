/* SPDX-License-Identifier: ISC */
/* MPEG-TS as it is written, read back by the parser; and a whole byte stream's
 * way into it. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/remux.h"
#include "media/ts.h"
#include "media/tsmux.h"
#include "nal.h"

#define WRAP ((int64_t)1 << 33)

/* A PES packet as it came. */
struct pes {
	uint16_t pid;
	bool key, has_pcr;
	int64_t pts, dts, pcr;
	size_t said; /* its length field */
	size_t head; /* bytes of the header that count to it */
	size_t len;
};

struct seen {
	struct ts ts;
	struct pes v[8192];
	size_t n, tables, pmt_len;
	uint8_t cc[2];	      /* of PAT and PMT, next */
	uint8_t data[200000]; /* of the newest video */
};

static int64_t
read_pcr(const uint8_t *p)
{
	assert_int_equal(p[10] & 0x7e, 0x7e);
	assert_int_equal((p[10] & 1) << 8 | p[11], 0);
	return (int64_t)p[6] << 25 | (int64_t)p[7] << 17 | (int64_t)p[8] << 9 |
	    (int64_t)p[9] << 1 | p[10] >> 7;
}

/* Where the payload begins; the stuffing of the adaptation field is 0xff. */
static size_t
payload_at(const uint8_t *p, const struct ts_info *info)
{
	size_t i = info->has_pcr ? 12 : 6, end = 4;

	if ((p[3] & 0x20) != 0)
		end = (size_t)5 + p[4];
	assert_true(end < TS_PACKET);
	for (; i < end; i++)
		assert_int_equal(p[i], 0xff);
	return end;
}

static void
begin_pes(struct pes *u, const uint8_t *p, const struct ts_info *info,
    const uint8_t *b)
{
	*u = (struct pes){ .pid = info->pid,
		.key = info->key,
		.has_pcr = info->has_pcr,
		.pts = info->pts,
		.dts = info->dts,
		.pcr = info->has_pcr ? read_pcr(p) : -1,
		.said = (size_t)b[4] << 8 | b[5],
		.head = (size_t)3 + b[8] };
	assert_memory_equal(b, "\0\0\1", 3);
	assert_int_equal(b[3], info->video ? 0xe0 : 0xc0);
	assert_int_equal(b[6], 0x84);
	for (size_t i = 9; i < (size_t)9 + b[8]; i += 5) {
		assert_int_equal(b[i] >> 4, b[8] == 5 ? 2 : i == 9 ? 3 : 1);
		assert_true((b[i] & b[i + 2] & b[i + 4] & 1) != 0);
	}
}

static void
packet(void *ctx, uint8_t *p, const struct ts_info *info)
{
	struct seen *s = ctx;
	size_t at = payload_at(p, info);
	struct pes *u;

	assert_int_equal(p[1] & 0x80, 0);
	assert_int_equal(p[3] & 0xd0, 0x10); /* clear, with a payload */
	s->tables += info->pat;
	if (info->pat || info->pmt) {
		s->pmt_len = info->pmt ? p[7] : s->pmt_len;
		assert_int_equal(p[3] & 15, s->cc[info->pmt]++ % 16);
		return;
	}
	if (info->start) {
		assert_true(s->n < NELEM(s->v));
		u = &s->v[s->n++];
		begin_pes(u, p, info, p + at);
		at += 6 + u->head;
	} else {
		assert_true(s->n > 0 && info->video && !info->has_pcr);
		u = &s->v[s->n - 1];
	}
	assert_int_equal(u->pid, info->pid);
	if (info->video) {
		assert_true(u->len + TS_PACKET < sizeof(s->data));
		memcpy(s->data + u->len, p + at, TS_PACKET - at);
	}
	u->len += TS_PACKET - at;
}

static void
put(void *ctx, uint8_t *data, size_t len)
{
	struct seen *s = ctx;

	assert_true(len > 0 && len % TS_PACKET == 0);
	assert_int_equal(data[0], 0x47);
	ts_feed(&s->ts, data, len);
}

static struct seen *
seen_new(void)
{
	struct seen *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	ts_init(&s->ts, packet, s);
	return s;
}

static void
seen_free(struct seen *s)
{
	assert_int_equal(s->ts.breaks, 0);
	assert_int_equal(s->ts.garbage, 0);
	assert_int_equal(s->ts.n_partial, 0);
	free(s);
}

/* A unit of so many bytes, in `pieces` pieces; its bytes are in `data`. */
static struct h264_unit
unit(uint8_t *data, size_t len, size_t pieces, bool key)
{
	struct h264_unit u = { .key = key, .len = len };
	size_t at = 0;

	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 7 + len);
	for (; u.n_pieces < pieces && at < len; at += len / pieces + 1) {
		size_t n = len / pieces + 1;

		u.pieces[u.n_pieces++] = (struct h264_piece){ data + at,
			n < len - at ? n : len - at };
	}
	return u;
}

/* --- units into packets ------------------------------------------------- */

/* Every length, so that the last packet is filled in every way: the output is
 * the input, and says how long it is. */
static void
test_lengths(void **state UNUSED)
{
	struct seen *s = seen_new();
	uint8_t data[600];
	struct tsmux m;

	tsmux_init(&m, false, put, s);
	for (size_t len = 0; len <= 600; len++) {
		for (size_t pieces = 1; pieces < 5; pieces++) {
			struct h264_unit u =
			    unit(data, len, pieces, len % 3 == 0);
			int64_t dts = (int64_t)(len * 4 + pieces) * 3000;
			int64_t pts = dts + (len % 2 == 0 ? 0 : 6000);
			const struct pes *p = &s->v[0];

			s->n = 0;
			tsmux_unit(&m, &u, pts, dts);
			assert_int_equal(m.n, 0);
			assert_int_equal(s->n, 1);
			assert_int_equal(p->pid, TSMUX_VIDEO_PID);
			assert_int_equal(p->len, len);
			assert_memory_equal(s->data, data, len);
			assert_int_equal(p->said, p->head + len);
			assert_int_equal(p->head, len % 2 == 0 ? 8 : 13);
			assert_int_equal(p->key, len % 3 == 0);
			assert_int_equal(p->dts, dts);
			assert_int_equal(p->pts, pts);
			assert_int_equal(p->pcr, dts);
		}
	}
	seen_free(s);
}

/* A length of more than 16 bits is not written. */
static void
test_long(void **state UNUSED)
{
	static uint8_t data[150000];
	struct seen *s = seen_new();
	struct tsmux m;

	tsmux_init(&m, false, put, s);
	for (size_t len = 65500; len <= sizeof(data);
	     len += len < 65540 ? 1 : 20011) {
		struct h264_unit u = unit(data, len, 3, true);

		s->n = 0;
		tsmux_unit(&m, &u, 0, 0);
		assert_int_equal(s->v[0].len, len);
		assert_memory_equal(s->data, data, len);
		assert_int_equal(s->v[0].said, len + 8 > 65535 ? 0 : len + 8);
	}
	seen_free(s);
}

/* 33 bits, over their end. */
static void
test_stamps(void **state UNUSED)
{
	static const int64_t stamps[] = { 0, 1, 0x7fff, 0x8000, 0x3fffffff,
		0x40000000, 0xffffffff, 0x100000000, WRAP - 3600, WRAP - 1,
		WRAP, WRAP + 90000, 5 * WRAP + 7 };
	struct seen *s = seen_new();
	uint8_t data[100];
	struct tsmux m;

	tsmux_init(&m, false, put, s);
	for (size_t i = 0; i < NELEM(stamps); i++) {
		for (int64_t delay = 0; delay <= 7200; delay += 3600) {
			struct h264_unit u = unit(data, sizeof(data), 1, false);

			s->n = 0;
			tsmux_unit(&m, &u, stamps[i] + delay, stamps[i]);
			assert_int_equal(s->v[0].dts, stamps[i] % WRAP);
			assert_int_equal(
			    s->v[0].pts, (stamps[i] + delay) % WRAP);
			assert_int_equal(s->v[0].pcr, stamps[i] % WRAP);
		}
	}
	seen_free(s);
}

/* Before every key frame and twice a second. */
static void
test_tables(void **state UNUSED)
{
	uint8_t data[300];

	for (int silence = 0; silence < 2; silence++) {
		struct seen *s = seen_new();
		size_t before = 0;
		struct tsmux m;

		tsmux_init(&m, silence, put, s);
		for (int i = 0; i < 300; i++, before = s->tables) {
			struct h264_unit u =
			    unit(data, sizeof(data), 2, i % 70 == 40);

			tsmux_unit(&m, &u, i * 3000, i * 3000);
			if (i == 0 || u.key)
				assert_int_equal(s->tables, before + 1);
		}
		/* each 15th, and again from each key frame on */
		assert_in_range(s->tables, 300 / 15, 300 / 15 + 5);
		assert_true(ts_is_ready(&s->ts));
		assert_int_equal(s->ts.pmt_pid, TSMUX_PMT_PID);
		assert_int_equal(s->ts.pcr_pid, TSMUX_VIDEO_PID);
		assert_int_equal(s->ts.n_streams, 1 + silence);
		assert_int_equal(s->ts.streams[0].codec, TS_CODEC_H264);
		assert_int_equal(s->ts.streams[0].pid, TSMUX_VIDEO_PID);
		assert_int_equal(ts_audio(&s->ts), silence ? 1 : -1);
		if (silence) {
			assert_int_equal(s->ts.streams[1].codec, TS_CODEC_AAC);
			assert_int_equal(s->ts.streams[1].pid, TSMUX_AUDIO_PID);
		}
		assert_int_equal(s->pmt_len, silence ? 23 : 18);
		seen_free(s);
	}
}

/* Frame by frame to the sample, never ahead of the video and never more
 * than a frame late, whatever the video does. */
static void
test_silence(void **state UNUSED)
{
	struct seen *s = seen_new();
	int64_t dts = 123456, first = dts, n = 0;
	uint8_t data[100];
	struct tsmux m;

	tsmux_init(&m, true, put, s);
	for (int i = 0; i < 2000; i++) {
		struct h264_unit u = unit(data, sizeof(data), 1, i % 50 == 0);

		s->n = 0;
		tsmux_unit(&m, &u, dts + 3000, dts);
		assert_int_equal(s->v[0].pid, TSMUX_VIDEO_PID);
		for (size_t k = 1; k < s->n; k++, n++) {
			const struct pes *p = &s->v[k];

			assert_int_equal(p->pid, TSMUX_AUDIO_PID);
			assert_int_equal(
			    p->pts, first + n * 1024 * 90000 / 44100);
			assert_int_equal(p->dts, p->pts);
			assert_true(p->pts <= dts);
			assert_int_equal(p->said, p->head + p->len);
			assert_int_equal(p->len, 13);
			assert_false(p->key);
		}
		assert_true(first + n * 1024 * 90000 / 44100 > dts);
		dts += i % 200 == 199 ? 9 * 90000 : 90 + i * 37 % 6000;
	}
	seen_free(s);
}

/* After an hour without video, an hour of silence does not follow at once. */
static void
test_silence_after_a_pause(void **state UNUSED)
{
	struct seen *s = seen_new();
	uint8_t data[100];
	struct h264_unit u = unit(data, sizeof(data), 1, true);
	int64_t later = (int64_t)3600 * 90000;
	struct tsmux m;

	tsmux_init(&m, true, put, s);
	tsmux_unit(&m, &u, 90000, 90000);
	s->n = 0;
	tsmux_unit(&m, &u, later, later);
	assert_int_equal(s->n, 2); /* a frame of video, one of silence */
	assert_int_equal(s->v[1].pts, later);
	seen_free(s);
}

/* --- a byte stream into packets ----------------------------------------- */

struct remuxed {
	struct seen *seen;
	struct remux remux;
	int units;
};

static void
remuxed_put(void *ctx, uint8_t *data, size_t len)
{
	put(((struct remuxed *)ctx)->seen, data, len);
}

static bool
remuxed_unit(void *ctx, const struct h264_unit *u UNUSED)
{
	struct remuxed *r = ctx;

	assert_int_equal(r->units++, r->seen->n);
	return true;
}

static void
remuxed_init(struct remuxed *r, int64_t hint_us)
{
	*r = (struct remuxed){ .seen = seen_new() };
	remux_init(&r->remux,
	    &(struct remux_opts){ .hint_us = hint_us,
		.unit = remuxed_unit,
		.put = remuxed_put,
		.ctx = r });
}

static void
remuxed_clear(struct remuxed *r)
{
	remux_clear(&r->remux);
	seen_free(r->seen);
}

static void
feed(struct remuxed *r, struct nal_stream *s, int64_t now_us)
{
	remux_feed(&r->remux, s->data, s->len, now_us);
	s->len = 0;
}

/* A coded picture of a pattern: its place of display, from the IDR picture. */
struct picture {
	char type;
	int shown;
};

/* A pattern, over and over. */
struct pace {
	const struct picture *v;
	int per_round, rounds;
	int step; /* picture order counts from one to the next */
	int64_t period_us;
};

static void
feed_paced(
    struct remuxed *r, const struct nal_sps *sps, const struct pace *pace)
{
	static const struct nal_pps pps = { .refs = 2 };
	int per_round = pace->per_round, rounds = pace->rounds;
	int step = pace->step;
	struct nal_stream s = { .len = 0 };
	unsigned frame_num = 0;
	int frames = 0;

	stream_sps(&s, sps);
	stream_pps(&s, &pps);
	for (int i = 0; i < per_round * rounds; i++) {
		const struct picture *p = &pace->v[i % per_round];
		struct nal_slice slice = { .idr = p->type == 'I',
			.ref_idc = p->type != 'b',
			.type = p->type == 'I' || p->type == 'i' ? NAL_I
			    : p->type == 'P'			 ? NAL_P
								 : NAL_B,
			.len = 20 };
		int round = p->type == 'I' ? frames = 0 : frames;

		slice.idr_id = (unsigned)(i / per_round) % 2;
		slice.frame_num = slice.idr ? 0 : frame_num % 16;
		frame_num = slice.frame_num + (slice.ref_idc > 0);
		slice.poc = (unsigned)((round + p->shown) * step) %
		    (1U << sps->poc_bits);
		if (p->type == 'i')
			stream_sei(&s, 6);
		stream_slice(&s, &slice, sps, &pps);
		feed(r, &s, 1000000 + i * pace->period_us);
		if (i % per_round == per_round - 1)
			frames += per_round;
	}
	remux_end(&r->remux, true);
	assert_int_equal(r->seen->n, per_round * rounds);
}

/* At 25 frames a second. */
static void
feed_pattern(struct remuxed *r, const struct nal_sps *sps,
    const struct picture *v, int per_round, int rounds, int step)
{
	feed_paced(r, sps, &(struct pace){ v, per_round, rounds, step, 40000 });
}

/* From the `from`th on: DTS rises, no PTS is before it, and in the order of
 * display frames are 40 ms apart. */
static void
check_order(
    const struct remuxed *r, const struct picture *v, int per_round, int from)
{
	const struct pes *p = r->seen->v;
	int64_t base = -1, delay = 0;

	for (int i = 1; i < (int)r->seen->n; i++) {
		assert_true(p[i].dts > p[i - 1].dts);
		assert_true(p[i].pts >= p[i].dts);
	}
	for (int i = from; i < (int)r->seen->n; i++) {
		int shown = i / per_round * per_round + v[i % per_round].shown;

		delay = p[i].pts - shown * 3600;
		if (base == -1)
			base = delay;
		assert_in_range(delay - base + 90, 0, 180);
	}
}

static const struct picture plain[] = { { 'I', 0 }, { 'P', 1 }, { 'P', 2 },
	{ 'P', 3 } };
static const struct picture one_b[] = { { 'I', 0 }, { 'P', 2 }, { 'b', 1 },
	{ 'P', 4 }, { 'b', 3 } };
static const struct picture pyramid[] = { { 'I', 0 }, { 'P', 4 }, { 'B', 2 },
	{ 'b', 1 }, { 'b', 3 }, { 'P', 8 }, { 'B', 6 }, { 'b', 5 },
	{ 'b', 7 } };
/* An IDR picture only at the beginning: open GOPs. */
static const struct picture open_gop[] = { { 'i', 2 }, { 'b', 0 }, { 'b', 1 },
	{ 'P', 5 }, { 'b', 3 }, { 'b', 4 } };

/* Some rounds of a pyramid of B frames with a rate in its header, which come
 * `period_us` apart. */
static void
feed_timed(struct remuxed *r, uint32_t num_units, uint32_t time_scale,
    int64_t period_us)
{
	const struct nal_sps sps = { .profile = 77,
		.refs = 4,
		.poc_bits = 8,
		.vui = true,
		.restricted = true,
		.reorder = 2,
		.num_units = num_units,
		.time_scale = time_scale };

	feed_paced(r, &sps,
	    &(struct pace){ pyramid, NELEM(pyramid), 4, 2, period_us });
}

/* In the order of presentation, frames of the pyramid are so many ticks apart:
 * to a quarter at the beginning, exactly later. */
static void
check_spacing(const struct remuxed *r, int64_t ticks)
{
	int64_t at[NELEM(pyramid) * 4];

	for (int i = 0; i < (int)r->seen->n; i++)
		at[i / 9 * 9 + pyramid[i % 9].shown] = r->seen->v[i].pts;
	for (int i = 1; i < (int)r->seen->n; i++) {
		int64_t off = llabs(at[i] - at[i - 1] - ticks);

		assert_true(off <= (i < 18 ? ticks / 4 : ticks / 50 + 2));
	}
}

/* A stream whose arrivals prove nothing, all at once: the period of its first
 * frames is that of the profile, or else that of the stream; one that no camera
 * has by itself is not believed. The delay of the first frame shows it. */
static void
test_expected_period(void **state UNUSED)
{
	static const struct {
		int64_t hint_us;
		uint32_t num_units, time_scale;
		int64_t ticks;
	} rows[] = {
		{ 0, 1, 100, 1800 },	    /* 50 fps */
		{ 0, 1001, 60000, 3003 },   /* 29.97 fps */
		{ 40000, 1, 100, 3600 },    /* the profile knows better */
		{ 0, 0, 0, 3600 },	    /* nobody says anything */
		{ 0, 1, 180000, 3600 },	    /* a clock's rate, not a camera's */
		{ 0, 4000000000, 1, 3600 }, /* nor is this */
		{ 0, 1, 2, 3600 },	    /* a second, without proof */
		{ 500000, 1, 100, 3600 },   /* not even the profile's */
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct remuxed r;

		remuxed_init(&r, rows[i].hint_us);
		feed_timed(&r, rows[i].num_units, rows[i].time_scale, 0);
		assert_in_range(
		    r.seen->v[0].pts - r.seen->v[0].dts - 2 * rows[i].ticks + 4,
		    0, 8);
		remuxed_clear(&r);
	}
}

/* B frames and a rate in the header, or in the profile, that is not the real
 * one: time never goes back in the order of presentation, from the first frame
 * on, and frames are the real period apart. */
static void
test_m13_wrong_rate(void **state UNUSED)
{
	static const uint32_t scales[] = { 2, 4, 10, 20, 40, 50, 60, 100, 120,
		200, 0 };
	static const int64_t periods[] = { 10000, 20000, 33333, 40000, 100000,
		200000, 500000 };

	for (size_t i = 0; i < NELEM(scales); i++) {
		for (size_t k = 0; k < NELEM(periods); k++) {
			struct remuxed r;

			remuxed_init(&r, i % 2 == 0 ? 0 : 1000000);
			feed_timed(&r, scales[i] > 0, scales[i], periods[k]);
			check_spacing(&r, periods[k] * 9 / 100);
			remuxed_clear(&r);
		}
	}
}

/* In decoding order, a picture is shown when it is decoded. */
static void
test_remux_plain(void **state UNUSED)
{
	for (unsigned poc_type = 0; poc_type < 3; poc_type++) {
		const struct nal_sps sps = {
			.refs = 2, .poc_type = poc_type, .poc_bits = 6
		};
		struct remuxed r;

		remuxed_init(&r, 40000);
		feed_pattern(&r, &sps, plain, NELEM(plain), 20, 2);
		check_order(&r, plain, NELEM(plain), 0);
		for (size_t i = 0; i < r.seen->n; i++)
			assert_int_equal(r.seen->v[i].pts, r.seen->v[i].dts);
		assert_false(r.remux.order.reorders);
		remuxed_clear(&r);
	}
}

/* Where the stream says how far its pictures are out of order the first time is
 * right already; otherwise that is learnt. */
static void
test_remux_order(void **state UNUSED)
{
	static const struct {
		const struct picture *v;
		int n;
		unsigned reorder;
	} cases[] = { { one_b, NELEM(one_b), 1 },
		{ pyramid, NELEM(pyramid), 2 } };

	for (size_t i = 0; i < NELEM(cases); i++) {
		for (int states_it = 0; states_it < 2; states_it++) {
			for (int step = 1; step <= 2; step++) {
				const struct nal_sps sps = { .refs = 4,
					.poc_bits = 8,
					.vui = states_it,
					.restricted = states_it,
					.reorder = cases[i].reorder };
				struct remuxed r;

				remuxed_init(&r, 40000);
				feed_pattern(
				    &r, &sps, cases[i].v, cases[i].n, 12, step);
				check_order(&r, cases[i].v, cases[i].n,
				    states_it && step == 2 ? 0 : cases[i].n);
				assert_true(r.remux.order.reorders);
				assert_false(r.remux.order.unordered);
				assert_int_equal(
				    r.remux.order.depth, cases[i].reorder);
				remuxed_clear(&r);
			}
		}
	}
}

/* A stream that begins with an open GOP has no IDR picture to count from; over
 * many rounds the picture order count wraps around, too. */
static void
test_remux_open_gop(void **state UNUSED)
{
	struct picture v[NELEM(open_gop)];

	for (int ago = 0; ago <= 100; ago += 50) {
		const struct nal_sps sps = { .refs = 4,
			.poc_bits = ago == 0 ? 6 : 9 };
		struct remuxed r;

		memcpy(v, open_gop, sizeof(v));
		for (size_t i = 0; i < NELEM(v); i++)
			v[i].shown += ago;
		remuxed_init(&r, 40000);
		feed_pattern(&r, &sps, v, NELEM(v), 90, 2);
		check_order(&r, v, NELEM(v), NELEM(v));
		remuxed_clear(&r);
	}
}

/* The picture order count jumps: frames were left out. Order stays. */
static void
test_remux_left_out(void **state UNUSED)
{
	static const struct nal_pps pps = { .refs = 2 };
	const struct nal_sps sps = { .refs = 4, .poc_bits = 16 };
	struct nal_stream s = { .len = 0 };
	struct remuxed r;
	unsigned poc = 0;

	remuxed_init(&r, 40000);
	stream_sps(&s, &sps);
	stream_pps(&s, &pps);
	for (unsigned i = 0; i < 200; i++) {
		struct nal_slice v = { .idr = i == 0,
			.ref_idc = i % 2 == 0,
			.type = i == 0	 ? NAL_I
			    : i % 2 == 0 ? NAL_P
					 : NAL_B,
			.frame_num = (i + 1) / 2 % 16 };

		if (i == 100)
			poc += 300;
		v.poc = i == 0 ? 0 : i % 2 == 1 ? poc + 2 : poc + 4;
		/* P before B: 0, 4, 2, 8, 6 */
		if (i > 0) {
			v.ref_idc = i % 2 == 1;
			v.type = i % 2 == 1 ? NAL_P : NAL_B;
			v.poc = i % 2 == 1 ? poc + 4 : poc + 2;
			poc += i % 2 == 0 ? 4 : 0;
		}
		stream_slice(&s, &v, &sps, &pps);
		feed(&r, &s, 1000000 + i * 40000);
	}
	remux_end(&r.remux, true);
	assert_int_equal(r.seen->n, 200);
	for (size_t i = 5; i < 200; i++) {
		const struct pes *p = &r.seen->v[i];

		assert_true(p->pts >= p->dts);
		assert_true(p->pts <= p->dts + 5 * 3600);
		if (i % 2 == 0 && i != 100) /* B before its P */
			assert_true(p->pts < p[-1].pts && p->pts > p[-2].pts);
	}
	remuxed_clear(&r);
}

/* An order that no stream has: no frame is shown hours later. */
static void
test_remux_wild_order(void **state UNUSED)
{
	static const struct nal_pps pps = { .refs = 2, .bottom_order = true };
	const struct nal_sps sps = {
		.refs = 4, .vui = true, .restricted = true, .reorder = 2
	};
	struct nal_stream s = { .len = 0 };
	struct remuxed r;

	remuxed_init(&r, 40000);
	stream_sps(&s, &sps);
	stream_pps(&s, &pps);
	for (unsigned i = 0; i < 20; i++) {
		const struct nal_slice v = { .idr = i % 4 == 0,
			.ref_idc = 1,
			.idr_id = i / 4 % 2,
			.type = NAL_B,
			.frame_num = i % 4,
			.delta_bottom = i % 3 == 0 ? -0x7fffffff : -1000 };

		stream_slice(&s, &v, &sps, &pps);
		feed(&r, &s, 1000000 + i * 40000);
	}
	remux_end(&r.remux, true);
	assert_int_equal(r.seen->n, 20);
	for (size_t i = 0; i < 20; i++)
		assert_in_range(
		    r.seen->v[i].pts - r.seen->v[i].dts, 0, 90000 * 5);
	remuxed_clear(&r);
}

/* Fields: two for a frame, in order. */
static void
test_remux_fields(void **state UNUSED)
{
	static const struct nal_pps pps = { .refs = 2 };
	const struct nal_sps sps = { .refs = 4, .poc_bits = 8, .fields = true };
	struct nal_stream s = { .len = 0 };
	struct remuxed r;

	remuxed_init(&r, 20000);
	stream_sps(&s, &sps);
	stream_pps(&s, &pps);
	for (unsigned i = 0; i < 100; i++) {
		/* frames are sent as 0, 2, 1, 4, 3, ... */
		unsigned frame = i / 2;
		bool b = frame > 0 && frame % 2 == 0;
		unsigned shown = frame == 0 ? 0 : b ? frame - 1 : frame + 1;
		const struct nal_slice v = { .idr = i == 0,
			.ref_idc = !b,
			.field = true,
			.bottom = i % 2 == 1,
			.type = i == 0 ? NAL_I
			    : b	       ? NAL_B
				       : NAL_P,
			.frame_num = (frame + 1) / 2 % 16,
			.poc = shown * 2 + i % 2 };

		stream_slice(&s, &v, &sps, &pps);
		feed(&r, &s, 1000000 + i * 20000);
	}
	remux_end(&r.remux, true);
	assert_int_equal(r.seen->n, 100);
	for (unsigned i = 10; i < 100; i++) {
		unsigned frame = i / 2;
		unsigned shown = frame % 2 == 0 ? frame - 1 : frame + 1;
		const struct pes *p = &r.seen->v[i];

		assert_true(p->pts >= p->dts);
		assert_in_range(p->pts - (shown * 2 + i % 2) * 1800 -
			(r.seen->v[10].pts - 6 * 2 * 1800) + 90,
		    0, 180);
	}
	remuxed_clear(&r);
}

/* A frame's time is when it came, not when its sets did: a camera that sends
 * them first and warms up then makes no gap. */
static void
test_remux_times(void **state UNUSED)
{
	const struct nal_sps sps = { .refs = 1 };
	static const struct nal_pps pps = { .refs = 1 };
	struct nal_stream s = { .len = 0 };
	struct remuxed r;

	remuxed_init(&r, 33333);
	stream_sps(&s, &sps);
	stream_pps(&s, &pps);
	feed(&r, &s, 0); /* the sets come at once, the frames do not */
	for (unsigned i = 0; i < 100; i++) {
		const struct nal_slice v = { .idr = i % 30 == 0,
			.ref_idc = 1,
			.idr_id = i / 30 % 2,
			.type = i % 30 == 0 ? NAL_I : NAL_P,
			.frame_num = i % 30 % 16 };

		stream_delimiter(&s);
		stream_slice(&s, &v, &sps, &pps);
		feed(&r, &s, 2000000 + i * 100000 / 3);
	}
	remux_end(&r.remux, true);
	assert_int_equal(r.seen->n, 100);
	for (size_t i = 1; i < 100; i++) {
		assert_in_range(
		    r.seen->v[i].dts - r.seen->v[i - 1].dts, 2990, 3010);
		assert_int_equal(r.seen->v[i].key, i % 30 == 0);
	}
	remuxed_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_silence_after_a_pause),
		cmocka_unit_test(test_expected_period),
		cmocka_unit_test(test_m13_wrong_rate),
		cmocka_unit_test(test_remux_plain),
		cmocka_unit_test(test_remux_order),
		cmocka_unit_test(test_remux_open_gop),
		cmocka_unit_test(test_remux_left_out),
		cmocka_unit_test(test_remux_wild_order),
		cmocka_unit_test(test_remux_fields),
		cmocka_unit_test(test_remux_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
