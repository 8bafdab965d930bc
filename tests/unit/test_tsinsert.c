/* SPDX-License-Identifier: ISC */
/* NAL units inserted into a transport stream: the output is the input with them
 * at their places. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/h264.h"
#include "media/sei.h"
#include "media/tsinsert.h"
#include "media/tsmux.h"
#include "nal.h"
#include "packet.h"

#define PACKETS	  1024
#define PES_BYTES 100000

/* --- packets, as they went in and as they came out ---------------------- */

struct list {
	uint8_t v[PACKETS][TS_PACKET];
	size_t n;
};

static struct list in, out;

static uint8_t *
list_add(struct list *l, const uint8_t *pkt)
{
	assert_true(l->n < PACKETS);
	memcpy(l->v[l->n], pkt, TS_PACKET);
	return l->v[l->n++];
}

/* Bytes of its payload; also of its head with the adaptation field. */
static size_t
payload_len(const uint8_t *pkt)
{
	size_t len;

	ts_elementary(pkt, false, &len);
	return len;
}

/* The payload of the PES packet that begins with this packet; which is the next
 * packet after it. */
static size_t
gather(const struct list *l, size_t from, uint8_t *to, size_t *next)
{
	uint16_t pid = ts_pid(l->v[from]);
	size_t n = 0, len, i = from;

	do {
		if (ts_pid(l->v[i]) == pid) {
			len = payload_len(l->v[i]);
			assert_true(n + len <= PES_BYTES);
			memcpy(to + n, l->v[i] + TS_PACKET - len, len);
			n += len;
		}
		i++;
	} while (
	    i < l->n && (ts_pid(l->v[i]) != pid || (l->v[i][1] & 0x40) == 0));
	*next = i;
	return n;
}

/* --- the expected place ------------------------------------------------- */

/* The place of the first slice in a whole PES packet, found in the plainest
 * way; 0: none that counts. */
static size_t
first_slice(const uint8_t *pes, size_t len, bool h265)
{
	size_t i = (size_t)9 + pes[8], said = (size_t)pes[4] << 8 | pes[5];
	size_t prefix = 0, at, type, bit = h265 ? 2 : 1;

	if (said != 0 && said + 6 < len)
		len = said + 6;
	for (at = i; at < len && pes[at] == 0; at++)
		;
	if (at < i + 2 || at >= len || pes[at] != 1)
		return 0;
	while ((i = h264_next_code(pes, i, len)) + 3 < len) {
		at = i - (i > (size_t)9 + pes[8] && pes[i - 1] == 0);
		type = h265 ? pes[i + 3] >> 1 & 0x3f : pes[i + 3] & 0x1f;
		if (h265 ? type < 32 : type == 1 || type == 2 || type == 5)
			return i + 3 + bit < len && pes[i + 3 + bit] >> 7 != 0
			    ? (prefix > 0 ? prefix : at)
			    : 0;
		prefix = !h265 && type == 14 ? at : 0;
		i += 3;
	}
	return 0;
}

/* --- comparing ---------------------------------------------------------- */

/* Each packet of the input is there, in order, with its adaptation field; added
 * packets are of the video and start nothing. Returns how many. */
static size_t
compare_packets(void)
{
	size_t added = 0, i = 0;

	for (size_t k = 0; k < out.n; k++) {
		const uint8_t *a = in.v[i], *b = out.v[k];
		size_t head = TS_PACKET - payload_len(b);

		assert_int_equal(b[0], 0x47);
		if (i < in.n && a[1] == b[1] && a[2] == b[2] &&
		    (a[3] & 0xf0) == (b[3] & 0xf0) &&
		    payload_len(a) == payload_len(b) &&
		    memcmp(a + 4, b + 4, head - 4) == 0) {
			if (ts_pid(a) != VIDEO_PID)
				assert_memory_equal(a, b, TS_PACKET);
			i++;
			continue;
		}
		added++;
		assert_int_equal(ts_pid(b), VIDEO_PID);
		assert_int_equal(b[1] & 0xc0, 0);
		assert_true(ts_has_payload(b) && payload_len(b) > 0);
		if ((b[3] & 0x20) != 0 && b[4] > 0)
			assert_int_equal(b[5], 0);
		for (size_t j = 6; j < head; j++)
			assert_int_equal(b[j], 0xff);
	}
	assert_int_equal(i, in.n);
	return added;
}

/* 2.4.3.3 */
static void
compare_counters(void)
{
	int last = -1;

	for (size_t k = 0; k < out.n; k++) {
		int cc = out.v[k][3] & 0x0f;

		if (ts_pid(out.v[k]) != VIDEO_PID)
			continue;
		if (last != -1)
			assert_int_equal(
			    cc, (last + ts_has_payload(out.v[k])) & 0x0f);
		last = cc;
	}
}

/* A PES packet before and after; `nals` is moved past the inserted units.
 * False: none were. */
static bool
compare_pes(const uint8_t *a, size_t a_len, uint8_t *b, size_t b_len,
    const uint8_t **nals)
{
	size_t more = b_len - a_len, said = (size_t)a[4] << 8 | a[5], at;
	bool h265;

	assert_true(b_len >= a_len);
	if (more == 0) {
		assert_memory_equal(a, b, a_len);
		return false;
	}
	h265 = (*nals)[4] == 0x4e;
	at = first_slice(a, a_len, h265);
	assert_true(at > 0);
	if (h265) { /* in the layer of the slice */
		const uint8_t *slice = a + h264_next_code(a, at, a_len) + 3;

		assert_int_equal(b[at + 5] & 7, slice[1] & 7);
		b[at + 5] = (uint8_t)((b[at + 5] & ~7) | ((*nals)[5] & 7));
	}
	if (said > 0)
		assert_int_equal((size_t)b[4] << 8 | b[5],
		    said + more > 0xffff ? 0 : said + more);
	memcpy(b + 4, a + 4, 2);
	assert_memory_equal(a, b, at);
	assert_memory_equal(b + at, *nals, more);
	assert_memory_equal(a + at, b + at + more, a_len - at);
	*nals += more;
	return true;
}

/* All packets. Bit i of the result: PES packet i of the video got a unit. All
 * of `nals` were inserted. */
static uint64_t
compare(const uint8_t *nals, size_t len)
{
	static uint8_t a[PES_BYTES], b[PES_BYTES];
	const uint8_t *rest = nals;
	size_t i = 0, k = 0, n = 0, added = compare_packets();
	uint64_t which = 0;

	compare_counters();
	while (i < in.n) {
		size_t a_len, b_len;

		while (i < in.n &&
		    (ts_pid(in.v[i]) != VIDEO_PID || (in.v[i][1] & 0x40) == 0))
			i++;
		while (k < out.n &&
		    (ts_pid(out.v[k]) != VIDEO_PID ||
			(out.v[k][1] & 0x40) == 0))
			k++;
		if (i == in.n)
			break;
		a_len = gather(&in, i, a, &i);
		b_len = gather(&out, k, b, &k);
		if (compare_pes(a, a_len, b, b_len, &rest)) {
			size_t more = b_len - a_len;

			assert_true(n < 64);
			which |= (uint64_t)1 << n;
			assert_true(added >= (more + 183) / 184);
			added -= (more + 183) / 184;
		}
		n++;
	}
	assert_int_equal(added, 0);
	assert_int_equal(rest - nals, len);
	return which;
}

/* --- a run -------------------------------------------------------------- */

static struct ts parser;
static struct tsinsert insert;
static struct tsinsert_queue queue;

static void
run_out(void *ctx UNUSED, uint8_t *pkt, const struct ts_info *info)
{
	assert_int_equal(info->pid, ts_pid(pkt));
	if (info->pid == VIDEO_PID) {
		assert_true(info->video);
		assert_int_equal(info->start, (pkt[1] & 0x40) != 0);
		assert_int_equal(info->dts, info->start ? ts_dts(pkt) : -1);
	}
	list_add(&out, pkt);
	memset(pkt, 0xaa, TS_PACKET); /* it may be changed */
}

static void
run_in(void *ctx UNUSED, uint8_t *pkt, const struct ts_info *info)
{
	list_add(&in, pkt);
	tsinsert_feed(&insert, &queue, pkt, info);
}

static void
run_begin(uint8_t stream_type)
{
	uint8_t pkt[TS_PACKET];

	in.n = out.n = 0;
	ts_init(&parser, run_in, NULL);
	tsinsert_init(&insert, &parser, run_out, NULL);
	tsinsert_queue_init(&queue);
	packet_pat(pkt);
	ts_feed(&parser, pkt, TS_PACKET);
	packet_pmt(pkt, stream_type, 0x0f);
	ts_feed(&parser, pkt, TS_PACKET);
	assert_int_equal(out.n, 2);
}

static void
run_end(void)
{
	tsinsert_flush(&insert);
	assert_int_equal(parser.breaks, 0);
	tsinsert_clear(&insert);
	tsinsert_queue_clear(&queue);
}

/* --- PES packets made by hand ------------------------------------------- */

static uint8_t video_cc;

/* A PES packet of video with this elementary stream, so many bytes in each
 * packet; `said`: with its length. */
static size_t
make_pes(struct list *l, const uint8_t *es, size_t len, size_t room, bool said)
{
	static uint8_t pes[PES_BYTES];
	uint8_t first[TS_PACKET], pkt[TS_PACKET];
	size_t n = 19 + len, from = l->n, k;

	packet_pes(first, VIDEO_PID, 0, 900000, true);
	memcpy(pes, first + 12, 19);
	pes[4] = (uint8_t)(said ? (n - 6) >> 8 : 0);
	pes[5] = (uint8_t)(said ? n - 6 : 0);
	memcpy(pes + 19, es, len);
	for (size_t i = 0; i < n; i += k) {
		size_t max = i == 0 ? 176 : 184;

		k = room < max ? room : max;
		if (i == 0 && k < 9)
			k = 9;
		if (k > n - i)
			k = n - i;
		packet_head(pkt, VIDEO_PID, i == 0, video_cc++ & 0x0f);
		if (i == 0)
			memcpy(pkt + 3, first + 3, 9);
		ts_set_cc(pkt, (uint8_t)(video_cc - 1));
		if (k < 184) {
			pkt[3] |= 0x20;
			pkt[4] = (uint8_t)(184 - k - 1);
			if (k < 183 && i > 0)
				pkt[5] = 0;
		}
		memcpy(pkt + TS_PACKET - k, pes + i, k);
		list_add(l, pkt);
	}
	return l->n - from;
}

/* An access unit whose first slice begins after `head` bytes, and has a start
 * code of `code` bytes. */
static size_t
make_unit(uint8_t *es, size_t head, size_t code, size_t slice, bool h265)
{
	static const uint8_t h264_slices[] = { 0x65, 0x88, 0x65, 0x41 };
	static const uint8_t h265_slices[] = { 0x26, 0x01, 0xaf, 0x26, 0x01,
		0x2f };
	size_t n = 0, k = h265 ? 3 : 2;

	if (head < k + 2) {
		memset(es, 0, n = head); /* leading_zero_8bits */
	} else {
		memcpy(es, (uint8_t[]){ 0, 0, 1, h265 ? 0x4e : 0x06, 1 }, 5);
		n = head;
		memset(es + k + 2, 0x11, head - k - 2);
	}
	for (size_t i = 0; i < 2; i++) {
		memcpy(es + n, (uint8_t[]){ 0, 0, 0, 1 } + 4 - code, code);
		n += code;
		memcpy(es + n, (h265 ? h265_slices : h264_slices) + i * k, k);
		n += k;
		for (size_t j = 0; j < slice; j++)
			es[n++] = (uint8_t)(j % 7 == 0 ? 3 : j % 3);
	}
	return n;
}

/* A NAL unit of so many bytes that is not like anything else. */
static void
make_nal(uint8_t *nal, size_t len, bool h265)
{
	memcpy(nal, (uint8_t[]){ 0, 0, 0, 1, h265 ? 0x4e : 0x06, 1 }, 6);
	for (size_t i = 6; i < len; i++)
		nal[i] = (uint8_t)(0x80 | i);
}

/* Two access units of which the second gets a NAL unit. */
static void
check_unit(size_t head, size_t code, size_t room, size_t nal_len, int flags)
{
	static uint8_t es[PES_BYTES], nal[4096];
	static struct list l;
	bool h265 = (flags & 1) != 0, said = (flags & 2) != 0;
	size_t len = make_unit(es, head, code, 60, h265), first;

	run_begin(h265 ? 0x24 : 0x1b);
	make_nal(nal, nal_len, h265);
	l.n = 0;
	first = make_pes(&l, es, len, room, said);
	make_pes(&l, es, len, room, said);
	make_pes(&l, es, len, room, said);
	ts_feed(&parser, l.v[0], first * TS_PACKET);
	assert_int_equal(out.n, in.n);
	tsinsert_add(
	    &queue, h265 ? TS_CODEC_H265 : TS_CODEC_H264, nal, nal_len);
	ts_feed(&parser, l.v[first], (l.n - first) * TS_PACKET);
	assert_int_equal(insert.n, 0);
	assert_int_equal(compare(nal, nal_len), 2);
	assert_int_equal(queue.inserted, 1);
	assert_int_equal(insert.missed, 0);
	run_end();
}

/* All lengths of the part before the first slice. */
static void
test_heads(void **state UNUSED)
{
	static const size_t lens[] = { 20, 183, 184, 185, 1000 };

	for (size_t head = 0; head <= 600; head++)
		for (size_t i = 0; i < NELEM(lens); i++)
			for (int flags = 0; flags < 4; flags++)
				check_unit(
				    head, 3 + head % 2, 184, lens[i], flags);
}

/* All lengths of NAL units. */
static void
test_nals(void **state UNUSED)
{
	static const size_t heads[] = { 0, 6, 157, 158, 300 };

	for (size_t len = 20; len <= 3000; len++)
		for (size_t i = 0; i < NELEM(heads); i++)
			check_unit(
			    heads[i], 3 + len % 2, 184, len, len / 2 % 4);
}

/* Packets that are filled to any degree: everything is cut everywhere. */
static void
test_cuts(void **state UNUSED)
{
	for (size_t room = 1; room <= 184; room++)
		for (size_t head = 0; head <= 20; head++)
			for (size_t code = 3; code <= 4; code++)
				for (int flags = 0; flags < 4; flags++)
					check_unit(head, code, room, 40, flags);
}

/* A length that cannot be said any more is 0; one that can be is right. */
static void
test_pes_length(void **state UNUSED)
{
	static uint8_t es[PES_BYTES], nal[100];
	static struct list l;

	make_nal(nal, sizeof(nal), false);
	for (size_t len = 65535 - 13 - 102; len <= 65535 - 13; len++) {
		size_t n = make_unit(es, 10, 4, 100, false);

		memset(es + n, 0x55, len - n);
		run_begin(0x1b);
		l.n = 0;
		make_pes(&l, es, len, 184, true);
		tsinsert_add(&queue, TS_CODEC_H264, nal, sizeof(nal));
		ts_feed(&parser, l.v[0], l.n * TS_PACKET);
		assert_int_equal(compare(nal, sizeof(nal)), 1);
		run_end();
	}
}

/* --- access units that are left alone ----------------------------------- */

/* The first bytes are not understood, so the next access unit is taken. */
static void
check_left(const uint8_t *es, size_t len, bool h265)
{
	static uint8_t good[1000], nal[50];
	static struct list l;

	make_nal(nal, sizeof(nal), h265);
	run_begin(h265 ? 0x24 : 0x1b);
	l.n = 0;
	make_pes(&l, es, len, 184, false);
	make_pes(&l, good, make_unit(good, 20, 3, 60, h265), 184, false);
	tsinsert_add(
	    &queue, h265 ? TS_CODEC_H265 : TS_CODEC_H264, nal, sizeof(nal));
	ts_feed(&parser, l.v[0], l.n * TS_PACKET);
	assert_int_equal(compare(nal, sizeof(nal)), 2);
	assert_int_equal(insert.missed, 1);
	run_end();
}

static void
test_left_alone(void **state UNUSED)
{
	static const struct {
		const char *es;
		size_t len;
		bool h265;
	} rows[] = {
#define ROW(s, h265) { s, sizeof(s) - 1, h265 }
		/* the end of the unit before comes first */
		ROW("\x11\0\0\1\x09\xf0\0\0\1\x65\x88\x11", false),
		ROW("\0\1\x09\xf0\0\0\1\x65\x88\x11", false),
		/* another slice, or a unit that follows the first */
		ROW("\0\0\1\x65\x41\x11", false),
		ROW("\0\0\1\x09\xf0\0\0\1\x41\x01\x11", false),
		ROW("\0\0\1\x03\x88\0\0\1\x65\x88\x11", false),
		ROW("\0\0\1\x0a\0\0\1\x65\x88\x11", false),
		ROW("\0\0\1\x0c\xff\x80\0\0\1\x65\x88\x11", false),
		ROW("\0\0\1\x13\x88\0\0\1\x65\x88\x11", false),
		/* no NAL unit header */
		ROW("\0\0\1\xe5\x88\x11", false),
		/* a prefix of something else */
		ROW("\0\0\1\x6e\x40\x11\0\0\1\x06\x11\0\0\1\x65\x88\x11",
		    false),
		/* without a slice, without bytes */
		ROW("\0\0\1\x09\xf0\0\0\1\x06\x11\x80", false),
		ROW("\0\0\1\x09\xf0\0\0\1\x65", false),
		ROW("", false),
		ROW("\0\0\1\x26\x01\x2f\x11", true),
		ROW("\0\0\1\x26\x09\xaf\x11", true), /* a higher layer */
		ROW("\0\0\1\x27\x01\xaf\x11", true), /* likewise */
		ROW("\0\0\1\x26\x00\xaf\x11", true),
		ROW("\0\0\1\x50\x01\x11\0\0\1\x26\x01\xaf\x11", true),
		ROW("\0\0\1\x4a\x01\0\0\1\x26\x01\xaf\x11", true),
		ROW("\0\0\1\x48\x01\0\0\1\x26\x01\xaf\x11", true),
		ROW("\0\0\1\xa6\x01\xaf\x11", true),
		ROW("\0\0\1\x46\x01\x50\0\0\1\x26\x01", true),
#undef ROW
	};

	for (size_t i = 0; i < NELEM(rows); i++)
		check_left(
		    (const uint8_t *)rows[i].es, rows[i].len, rows[i].h265);
}

/* Before the first slice: every unit that may precede it. */
static void
test_understood(void **state UNUSED)
{
	static const struct {
		const char *es;
		size_t len, at;
		bool h265;
	} rows[] = {
#define ROW(s, at, h265) { s, sizeof(s) - 1, at, h265 }
		ROW("\0\0\0\1\x09\xf0\0\0\0\1\x67\x64\0\0\1\x68\xee\0\0\1\x6d"
		    "\x80\0\0\1\x6f\x80\0\0\1\x06\x01\x80\0\0\0\0\1\x25\x88",
		    34, false),
		ROW("\0\0\1\x09\xf0\0\0\1\x6e\x40\x11\0\0\1\x41\x9a", 5, false),
		ROW("\0\0\1\x02\x88", 0, false),
		ROW("\0\0\1\x46\x01\x50\0\0\1\x40\x01\x0c\0\0\1\x42\x01\x01"
		    "\0\0\1\x44\x01\xc1\0\0\1\x4e\x01\x05\x80\0\0\0\1\x02\x03"
		    "\xd0",
		    31, true),
#undef ROW
	};
	static uint8_t pes[1000], nal[50];
	static struct list l;

	for (size_t i = 0; i < NELEM(rows); i++) {
		size_t next;

		make_nal(nal, sizeof(nal), rows[i].h265);
		if (rows[i].h265)
			nal[5] = 0xf9; /* the expected layer */
		run_begin(rows[i].h265 ? 0x24 : 0x1b);
		l.n = 0;
		make_pes(
		    &l, (const uint8_t *)rows[i].es, rows[i].len, 184, true);
		tsinsert_add(&queue,
		    rows[i].h265 ? TS_CODEC_H265 : TS_CODEC_H264, nal,
		    sizeof(nal));
		ts_feed(&parser, l.v[0], l.n * TS_PACKET);
		assert_int_equal(compare(nal, sizeof(nal)), 1);
		gather(&out, 2, pes, &next);
		if (rows[i].h265)
			nal[5] = 0xfb;
		assert_memory_equal(pes + 19 + rows[i].at, nal, sizeof(nal));
		run_end();
	}
}

/* A fault in the packets: `spoil` is packet 3, of the head of the first of two
 * access units. */
static void
check_spoilt(void (*spoil)(struct list *l, size_t at), uint64_t expected)
{
	static uint8_t es[4000], nal[50];
	static struct list l;
	size_t len = make_unit(es, 1500, 4, 60, false);

	make_nal(nal, sizeof(nal), false);
	run_begin(0x1b);
	video_cc = 0;
	l.n = 0;
	make_pes(&l, es, len, 184, true);
	make_pes(&l, es, len, 184, true);
	spoil(&l, 3);
	tsinsert_add(&queue, TS_CODEC_H264, nal, sizeof(nal));
	ts_feed(&parser, l.v[0], l.n * TS_PACKET);
	tsinsert_flush(&insert);
	if (expected == 2) { /* the first is as it was */
		assert_true(out.n > 10);
		assert_memory_equal(out.v[2], in.v[2], 8 * (size_t)TS_PACKET);
	}
	assert_int_equal(queue.inserted, 1);
	assert_int_equal(insert.missed, expected == 2);
	parser.breaks = 0;
	run_end();
}

static void
list_insert(struct list *l, size_t at, const uint8_t *pkt)
{
	memmove(l->v[at + 1], l->v[at], (l->n++ - at) * TS_PACKET);
	memcpy(l->v[at], pkt, TS_PACKET);
}

static void
spoil_lost(struct list *l, size_t at)
{
	memmove(l->v[at], l->v[at + 1], (--l->n - at) * TS_PACKET);
}

static void
spoil_twice(struct list *l, size_t at)
{
	list_insert(l, at, (uint8_t[TS_PACKET]){ 0 });
	memcpy(l->v[at], l->v[at + 1], TS_PACKET);
}

static void
spoil_error(struct list *l, size_t at)
{
	l->v[at][1] |= 0x80;
}

static void
spoil_scrambled(struct list *l, size_t at)
{
	l->v[at][3] |= 0x80;
}

static void
spoil_break(struct list *l, size_t at)
{
	l->v[at][3] |= 0x20;
	l->v[at][4] = 1;
	l->v[at][5] = 0x80;
}

static void
spoil_field(struct list *l, size_t at)
{
	l->v[at][3] |= 0x20;
	l->v[at][4] = 200;
}

static void
spoil_pat(struct list *l, size_t at)
{
	uint8_t pkt[TS_PACKET];

	packet_pat(pkt);
	list_insert(l, at, pkt);
}

static void
spoil_scrambled_pes(struct list *l, size_t at UNUSED)
{
	l->v[0][18] |= 0x10;
}

static void
spoil_private(struct list *l, size_t at UNUSED)
{
	l->v[0][15] = 0xbd;
}

static void
spoil_sum(struct list *l, size_t at UNUSED)
{
	l->v[0][19] |= 0x02;
}

static void
spoil_short(struct list *l, size_t at UNUSED)
{
	l->v[0][16] = 0;
	l->v[0][17] = 100;
}

/* By its length it ends before the byte that shows whether a slice is the first
 * one; or with it. */
static void
spoil_shorter(struct list *l, size_t at UNUSED)
{
	size_t end = 19 + 1500 + 4 + 1 - 6;

	l->v[0][16] = (uint8_t)(end >> 8);
	l->v[0][17] = (uint8_t)end;
}

static void
spoil_just(struct list *l, size_t at)
{
	spoil_shorter(l, at);
	l->v[0][17]++;
}

/* Only the counter is there, or a PCR. */
static void
spoil_empty(struct list *l, size_t at)
{
	uint8_t pkt[TS_PACKET];

	packet_head(pkt, VIDEO_PID, false, l->v[at - 1][3] & 0x0f);
	pkt[3] = (uint8_t)(0x20 | (pkt[3] & 0x0f));
	pkt[4] = 183;
	pkt[5] = 0;
	list_insert(l, at, pkt);
}

static void
spoil_not(struct list *l UNUSED, size_t at UNUSED)
{
}

static void
test_spoilt(void **state UNUSED)
{
	check_spoilt(spoil_not, 1);
	check_spoilt(spoil_empty, 1);
	check_spoilt(spoil_lost, 2);
	check_spoilt(spoil_twice, 2);
	check_spoilt(spoil_error, 2);
	check_spoilt(spoil_scrambled, 2);
	check_spoilt(spoil_break, 2);
	check_spoilt(spoil_field, 2);
	check_spoilt(spoil_pat, 2);
	check_spoilt(spoil_scrambled_pes, 2);
	check_spoilt(spoil_sum, 2);
	check_spoilt(spoil_short, 2);
	check_spoilt(spoil_shorter, 2);
	check_spoilt(spoil_just, 1);
	check_spoilt(spoil_private, 2);
}

/* More packets than are held back come before the first slice: of video, or of
 * others. None is lost, none overtakes another. */
static void
test_far(void **state UNUSED)
{
	static uint8_t es[20000], nal[50];
	static struct list l;
	uint8_t pkt[TS_PACKET];

	make_nal(nal, sizeof(nal), false);
	for (int sound = 0; sound < 2; sound++) {
		size_t head = sound ? 1000 : 157 + 63 * 184 - 5, n;

		for (size_t more = 0; more < 2; more++, head++) {
			n = make_unit(es, head, 3, 0, false);
			run_begin(0x1b);
			l.n = 0;
			make_pes(&l, es, n, 184, true);
			for (size_t i = 0; sound && i < 58 + more; i++) {
				packet_more(pkt, AUDIO_PID, i & 0x0f);
				pkt[10] = (uint8_t)i;
				list_insert(&l, 1 + i, pkt);
			}
			tsinsert_add(&queue, TS_CODEC_H264, nal, sizeof(nal));
			ts_feed(&parser, l.v[0], l.n * TS_PACKET);
			assert_int_equal(insert.missed, more);
			assert_int_equal(
			    compare(nal, more ? 0 : sizeof(nal)), !more);
			run_end();
		}
	}
}

/* Held back, and nothing more comes: it is passed on. */
static void
test_flush(void **state UNUSED)
{
	static uint8_t es[4000], nal[50];
	static struct list l;
	uint8_t pkt[TS_PACKET];

	make_nal(nal, sizeof(nal), false);
	run_begin(0x1b);
	l.n = 0;
	make_pes(&l, es, make_unit(es, 1500, 4, 60, false), 184, true);
	packet_more(pkt, AUDIO_PID, 0);
	list_insert(&l, 2, pkt);
	tsinsert_add(&queue, TS_CODEC_H264, nal, sizeof(nal));
	ts_feed(&parser, l.v[0], 4 * TS_PACKET);
	assert_int_equal(out.n, 2);
	tsinsert_flush(&insert);
	assert_int_equal(compare(nal, 0), 0);
	tsinsert_flush(&insert);
	assert_int_equal(out.n, in.n);
	run_end();
}

/* --- the queue ---------------------------------------------------------- */

static void
test_queue(void **state UNUSED)
{
	static uint8_t es[4000], nal[TSINSERT_BYTES + 1], all[64 * 50];
	static struct list l;

	make_nal(nal, sizeof(nal), false);
	run_begin(0x1b);
	assert_int_equal(
	    tsinsert_add(&queue, TS_CODEC_H264, nal, sizeof(nal)), -1);
	assert_int_equal(
	    tsinsert_add(&queue, TS_CODEC_H264, nal, TSINSERT_BYTES), 0);
	assert_int_equal(tsinsert_add(&queue, TS_CODEC_H264, nal, 6), -1);
	tsinsert_queue_clear(&queue);
	for (int i = 0; i < TSINSERT_UNITS; i++) {
		make_nal(all + i * 50, 50, false);
		all[i * 50 + 6] = (uint8_t)i;
		assert_int_equal(
		    tsinsert_add(&queue, TS_CODEC_H264, all + i * 50, 50), 0);
	}
	assert_int_equal(tsinsert_add(&queue, TS_CODEC_H264, nal, 6), -1);
	l.n = 0;
	make_pes(&l, es, make_unit(es, 20, 4, 60, false), 184, true);
	ts_feed(&parser, l.v[0], l.n * TS_PACKET);
	assert_int_equal(queue.n, 0);
	assert_int_equal(queue.inserted, TSINSERT_UNITS);
	assert_int_equal(compare(all, sizeof(all)), 1); /* in their order */
	run_end();
}

/* Units beyond the limit of an access unit go into the next ones; one that is
 * too large by itself goes alone. */
static void
test_share(void **state UNUSED)
{
	static uint8_t es[4000], nals[5 * TSINSERT_ONCE];
	static const size_t lens[] = { TSINSERT_ONCE - 10, 10, TSINSERT_ONCE,
		11, TSINSERT_ONCE + 1, 30, 40 };
	static struct list l;
	size_t n = 0;

	run_begin(0x1b);
	for (size_t i = 0; i < NELEM(lens); i++) {
		make_nal(nals + n, lens[i], false);
		assert_int_equal(
		    tsinsert_add(&queue, TS_CODEC_H264, nals + n, lens[i]), 0);
		n += lens[i];
	}
	l.n = 0;
	for (int i = 0; i < 7; i++)
		make_pes(&l, es, make_unit(es, 20, 4, 60, false), 184, true);
	ts_feed(&parser, l.v[0], l.n * TS_PACKET);
	assert_int_equal(compare(nals, n), 31);
	run_end();
}

/* Units of another codec than the video's are dropped; a video that is not
 * H.264 or H.265 gets none. */
static void
test_strange(void **state UNUSED)
{
	static uint8_t es[4000], nals[4 * 50];
	static struct list l;

	for (int i = 0; i < 4; i++)
		make_nal(nals + i * 50, 50, false);
	run_begin(0x1b);
	tsinsert_add(&queue, TS_CODEC_H265, nals, 50);
	for (int i = 0; i < 4; i++) {
		tsinsert_add(&queue, TS_CODEC_H264, nals, 50);
		tsinsert_add(&queue, TS_CODEC_H265, nals, 50);
	}
	l.n = 0;
	make_pes(&l, es, make_unit(es, 20, 4, 60, false), 184, true);
	ts_feed(&parser, l.v[0], l.n * TS_PACKET);
	assert_int_equal(compare(nals, sizeof(nals)), 1);
	assert_int_equal(queue.strange, 5);
	run_end();
	run_begin(0x02);
	tsinsert_add(&queue, TS_CODEC_H264, nals, 50);
	l.n = 0;
	make_pes(&l, es, make_unit(es, 20, 4, 60, false), 184, true);
	ts_feed(&parser, l.v[0], l.n * TS_PACKET);
	assert_int_equal(compare(nals, 0), 0);
	assert_int_equal(queue.strange, 1);
	run_end();
}

/* The stream goes off the air while packets are held back: none is changed. */
static void
test_off_air(void **state UNUSED)
{
	static uint8_t es[4000], nal[50];
	static struct list l;
	struct ts_info info;

	make_nal(nal, sizeof(nal), false);
	run_begin(0x1b);
	l.n = 0;
	make_pes(&l, es, make_unit(es, 300, 4, 60, false), 184, true);
	tsinsert_add(&queue, TS_CODEC_H264, nal, sizeof(nal));
	ts_feed(&parser, l.v[0], TS_PACKET);
	assert_int_equal(out.n, 2);
	for (size_t i = 1; i < l.n; i++) {
		list_add(&in, l.v[i]);
		info = (struct ts_info){ .pid = VIDEO_PID,
			.stream = 0,
			.video = true,
			.pts = -1,
			.dts = -1 };
		tsinsert_feed(&insert, NULL, l.v[i], &info);
	}
	assert_int_equal(compare(nal, 0), 0);
	assert_int_equal(queue.n, 1);
	run_end();
}

/* Of two videos the first one gets them; packets of the second are never
 * held. */
static void
test_two_videos(void **state UNUSED)
{
	static uint8_t es[4000], nal[50];
	static struct list l;
	uint8_t pkt[TS_PACKET];

	make_nal(nal, sizeof(nal), false);
	run_begin(0x1b);
	packet_pmt(pkt, 0x1b, 0x1b);
	ts_feed(&parser, pkt, TS_PACKET);
	tsinsert_add(&queue, TS_CODEC_H264, nal, sizeof(nal));
	packet_pes(pkt, AUDIO_PID, 0, 90000, true);
	pkt[15] = 0xe1;
	ts_feed(&parser, pkt, TS_PACKET);
	assert_int_equal(out.n, in.n);
	l.n = 0;
	make_pes(&l, es, make_unit(es, 20, 4, 60, false), 184, true);
	ts_feed(&parser, l.v[0], l.n * TS_PACKET);
	assert_int_equal(queue.inserted, 1);
	assert_int_equal(compare_packets(), 1);
	run_end();
}

/* The video has another PID from now on, whose counters are as they came. */
static void
test_other_pid(void **state UNUSED)
{
	static const uint8_t pmt[] = { 0x02, 0xb0, 18, 0, 1, 0xc1, 0, 0, 0xe1,
		0x23, 0xf0, 0, 0x1b, 0xe1, 0x23, 0xf0, 0 };
	static uint8_t es[4000], nal[50];
	static struct list l;
	uint8_t pkt[TS_PACKET];

	make_nal(nal, sizeof(nal), false);
	run_begin(0x1b);
	tsinsert_add(&queue, TS_CODEC_H264, nal, sizeof(nal));
	l.n = 0;
	make_pes(&l, es, make_unit(es, 20, 4, 60, false), 184, true);
	make_pes(&l, es, make_unit(es, 20, 4, 60, false), 184, true);
	ts_feed(&parser, l.v[0], l.n * TS_PACKET);
	assert_int_equal(insert.added, 1);
	packet_section(pkt, PMT_PID, pmt, sizeof(pmt));
	ts_feed(&parser, pkt, TS_PACKET);
	packet_pes(pkt, VIDEO_PID, 5, 90000, true);
	pkt[2] = 0x23;
	ts_feed(&parser, pkt, TS_PACKET);
	assert_int_equal(insert.pid, 0x123);
	assert_memory_equal(out.v[out.n - 1], in.v[in.n - 1], TS_PACKET);
	run_end();
}

/* --- real streams ------------------------------------------------------- */

/* Frames of tsmux, whole access units with parameter sets: the parser of H.264
 * finds the same frames, with a message each. */
struct pictures {
	uint8_t data[PES_BYTES];
	size_t len;
	struct buf sei;
	unsigned n;
};

static void
pictures_unit(void *ctx, const struct h264_unit *u)
{
	struct pictures *p = ctx;
	const uint8_t *b;
	size_t n, i, next;

	p->n++;
	for (size_t k = 0; k < u->n_pieces; k++) {
		b = u->pieces[k].data;
		n = u->pieces[k].len;
		for (i = h264_next_code(b, 0, n); i < n; i = next) {
			next = h264_next_code(b, i + 3, n);
			sei_read(&p->sei, TS_CODEC_H264, b + i + 3,
			    next - i - 3 - (next < n && b[next - 1] == 0));
		}
	}
}

static void
mux_put(void *ctx UNUSED, uint8_t *data, size_t len)
{
	ts_feed(&parser, data, len);
}

/* So many frames came out, with these messages, one after another. */
static void
assert_pictures(unsigned n, const char *said)
{
	static struct pictures p;
	struct h264 h;
	size_t next;

	p = (struct pictures){ .n = 0 };
	buf_init(&p.sei, 0);
	h264_init(&h, pictures_unit, &p);
	for (size_t i = 0; i < out.n;) {
		if (ts_pid(out.v[i]) != VIDEO_PID ||
		    (out.v[i][1] & 0x40) == 0) {
			i++;
			continue;
		}
		p.len = gather(&out, i, p.data, &next);
		i = next;
		h264_feed(&h, p.data + 9 + p.data[8], p.len - 9 - p.data[8], 0);
	}
	h264_end(&h, true);
	assert_int_equal(p.n, n);
	assert_int_equal(h.garbage, 0);
	assert_string_equal(buf_text(&p.sei), said);
	h264_clear(&h);
	buf_clear(&p.sei);
}

static void
test_muxed(void **state UNUSED)
{
	static struct nal_stream s;
	static struct tsmux mux;
	const struct nal_sps sps = { .refs = 1 };
	const struct nal_pps pps = { .refs = 1 };
	struct buf nal, said;

	buf_init(&nal, 0);
	buf_init(&said, 0);
	run_begin(0x1b);
	tsmux_init(&mux, true, mux_put, NULL);
	for (unsigned i = 0; i < 40; i++) {
		struct h264_unit u = { .n_pieces = 1, .key = i % 10 == 0 };
		const struct nal_slice slice = { .idr = u.key,
			.idr_id = i / 10 % 2,
			.ref_idc = 1,
			.type = u.key ? NAL_I : NAL_P,
			.frame_num = i % 10,
			.len = i * 20 };

		s.len = 0;
		s.brief = i % 3 == 0;
		stream_delimiter(&s);
		if (u.key) {
			stream_sps(&s, &sps);
			stream_pps(&s, &pps);
		}
		stream_sei(&s, 6);
		stream_slice(&s, &slice, &sps, &pps);
		u.pieces[0] = (struct h264_piece){ s.data, s.len };
		u.len = s.len;
		buf_consume(&nal, nal.len);
		buf_putf(&said, "%u ", i);
		assert_int_equal(
		    sei_write(&nal, TS_CODEC_H264, sei_comment_uuid,
			buf_text(&said) + said.len - 1 - (i > 9 ? 2 : 1),
			i > 9 ? 3 : 2),
		    0);
		assert_int_equal(tsinsert_add(&queue, TS_CODEC_H264,
				     (const uint8_t *)buf_text(&nal), nal.len),
		    0);
		tsmux_unit(&mux, &u, 90000 + i * 3600, 90000 + i * 3600);
		assert_int_equal(queue.n, 0);
	}
	assert_pictures(40, buf_text(&said));
	buf_clear(&nal);
	buf_clear(&said);
	run_end();
}

/* A file of the tests, whole. */
static size_t
read_file(const char *name, uint8_t *to, size_t max)
{
	const char *srcdir = getenv("srcdir");
	char path[512];
	size_t n;
	FILE *f;

	snprintf(
	    path, sizeof(path), "%s/%s", srcdir != NULL ? srcdir : ".", name);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(to, 1, max, f);
	fclose(f);
	return n;
}

/* Output of ffmpeg: with an empty queue not a byte changes; with a queue that
 * is never empty each frame gets a unit. */
static void
check_recording(const char *name, bool h265)
{
	static uint8_t data[PACKETS * TS_PACKET], nals[64 * 300];
	size_t len = read_file(name, data, sizeof(data)), n = 0;
	unsigned pictures = 0;

	run_begin(h265 ? 0x24 : 0x1b);
	ts_feed(&parser, data, len);
	assert_int_equal(in.n, len / TS_PACKET + 2);
	assert_int_equal(out.n, in.n);
	assert_memory_equal(in.v, out.v, in.n * TS_PACKET);
	run_end();
	run_begin(h265 ? 0x24 : 0x1b);
	read_file(name, data, sizeof(data));
	for (size_t i = 0; i < len; i += TS_PACKET) {
		if (ts_pid(data + i) == VIDEO_PID &&
		    (data[i + 1] & 0x40) != 0) {
			size_t k = 20 + pictures++ * 37 % 250;

			make_nal(nals + n, k, h265);
			assert_int_equal(
			    tsinsert_add(&queue,
				h265 ? TS_CODEC_H265 : TS_CODEC_H264, nals + n,
				k),
			    0);
			n += k;
		}
		ts_feed(&parser, data + i, TS_PACKET);
	}
	assert_true(pictures > 10);
	assert_int_equal(queue.inserted, pictures);
	assert_int_equal(insert.missed, 0);
	assert_int_equal(compare(nals, n), ((uint64_t)1 << pictures) - 1);
	run_end();
}

/* The frames' own codec counts, not the table's. */
static void
test_mislabelled(void **state UNUSED)
{
	static uint8_t data[PACKETS * TS_PACKET], nal[50];
	size_t len =
	    read_file("tests/golden/layers-h265.ts", data, sizeof(data));

	make_nal(nal, sizeof(nal), true);
	run_begin(0x1b);
	for (size_t i = 0; i < len; i += TS_PACKET) {
		if (ts_pid(data + i) != VIDEO_PID)
			continue;
		if (in.n == 10)
			tsinsert_add(&queue, TS_CODEC_H265, nal, sizeof(nal));
		ts_feed(&parser, data + i, TS_PACKET);
	}
	assert_true(ts_is_mislabelled(&parser));
	assert_int_equal(queue.inserted, 1);
	run_end();
}

static void
test_recordings(void **state UNUSED)
{
	check_recording("tests/golden/slices-h264.ts", false);
	check_recording("tests/golden/layers-h265.ts", true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_nals),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_pes_length),
		cmocka_unit_test(test_left_alone),
		cmocka_unit_test(test_understood),
		cmocka_unit_test(test_spoilt),
		cmocka_unit_test(test_far),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_strange),
		cmocka_unit_test(test_off_air),
		cmocka_unit_test(test_two_videos),
		cmocka_unit_test(test_other_pid),
		cmocka_unit_test(test_muxed),
		cmocka_unit_test(test_recordings),
		cmocka_unit_test(test_mislabelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
