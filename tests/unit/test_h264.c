/* SPDX-License-Identifier: ISC */
/* H.264: access units, any cut, repeated parameter sets, and bytes that are
 * skipped. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/h264.h"
#include "nal.h"

static const struct nal_sps plain_sps = { .refs = 1 };
static const struct nal_pps plain_pps = { .refs = 2 };
static const struct nal_pps one_ref = { .refs = 1 };
static const struct nal_slice idr = {
	.idr = true, .ref_idc = 3, .type = NAL_I + 5, .len = 9
};

/* --- access units ------------------------------------------------------- */

struct seen_unit {
	size_t bytes, len;
	bool key, idr, field, bipredictive;
	int slices, width;
	int64_t order, at_us, next_us;
	uint8_t data[4096];
};

struct seen {
	struct seen_unit v[64];
	size_t n;
};

static void
note(void *ctx, const struct h264_unit *u)
{
	struct seen *s = ctx;
	struct seen_unit *v = &s->v[s->n++];

	assert_true(s->n <= NELEM(s->v));
	*v = (struct seen_unit){ .bytes = u->bytes,
		.key = u->key,
		.idr = u->idr,
		.field = u->field,
		.bipredictive = u->bipredictive,
		.slices = u->slices,
		.width = u->sps->width,
		.order = u->order,
		.at_us = u->at_us,
		.next_us = u->next_us };
	for (size_t i = 0; i < u->n_pieces; i++) {
		assert_true(v->len + u->pieces[i].len <= sizeof(v->data));
		memcpy(v->data + v->len, u->pieces[i].data, u->pieces[i].len);
		v->len += u->pieces[i].len;
	}
	assert_int_equal(v->len, u->len);
	assert_int_equal(v->data[v->data[2] == 0 ? 4 : 3], 9);
}

/* How many NAL units of a type a unit has. */
static int
count(const struct seen_unit *u, int type)
{
	int n = 0;

	for (size_t i = 3; i < u->len; i++)
		n += u->data[i - 3] == 0 && u->data[i - 2] == 0 &&
		    u->data[i - 1] == 1 && (u->data[i] & 0x1f) == type;
	return n;
}

/* The stream at once; returns the bytes of garbage. */
static uint64_t
run(const struct nal_stream *s, struct seen *seen)
{
	struct h264 h;
	uint64_t garbage;

	*seen = (struct seen){ .n = 0 };
	h264_init(&h, note, seen);
	h264_feed(&h, s->data, s->len, 1000);
	h264_end(&h, true);
	garbage = h.garbage;
	assert_int_equal(h.units, seen->n);
	h264_clear(&h);
	return garbage;
}

static void
begin(
    struct nal_stream *s, const struct nal_sps *sps, const struct nal_pps *pps)
{
	s->len = 0;
	s->brief = false;
	stream_sps(s, sps);
	stream_pps(s, pps);
}

/* A slice and another: as many units. */
static size_t
units_of(const struct nal_slice *a, const struct nal_slice *b,
    const struct nal_sps *sps, const struct nal_pps *pps)
{
	struct nal_pps other = *pps;
	struct nal_stream s;
	struct seen seen;
	int slices = 0;

	begin(&s, sps, pps);
	other.id = 7;
	stream_pps(&s, &other);
	stream_slice(&s, a, sps, pps);
	stream_slice(&s, b, sps, pps);
	assert_int_equal(run(&s, &seen), 0);
	for (size_t i = 0; i < seen.n; i++)
		slices += seen.v[i].slices;
	assert_int_equal(slices, 2);
	return seen.n;
}

/* 7.4.1.2.4: each of the differences begins another picture. */
static void
test_first_of_picture(void **state UNUSED)
{
	static const struct nal_sps order0 = { .refs = 2, .fields = true },
				    order1 = { .refs = 2, .poc_type = 1 };
	static const struct nal_pps pps = { .bottom_order = true,
		.redundant = true };
	static const struct {
		const struct nal_sps *sps;
		struct nal_slice b;
		size_t units;
	} cases[] = {
		{ &order0, { .first_mb = 9 }, 1 },
		{ &order0, { .first_mb = 0 }, 2 },
		{ &order0, { .first_mb = 9, .ref_idc = 2 }, 1 },
		{ &order0, { .first_mb = 9, .ref_idc = 4 }, 2 }, /* none */
		{ &order0, { .first_mb = 9, .type = NAL_P }, 1 },
		{ &order0, { .first_mb = 9, .frame_num = 1 }, 2 },
		{ &order0, { .first_mb = 9, .pps = 7 }, 2 },
		{ &order0, { .first_mb = 9, .field = true }, 2 },
		{ &order0, { .first_mb = 9, .idr_id = 1 }, 2 },
		{ &order0, { .first_mb = 9, .poc = 2 }, 2 },
		{ &order0, { .first_mb = 9, .delta_bottom = 1 }, 2 },
		{ &order0, { .first_mb = 0, .redundant = 1 }, 1 },
		{ &order1, { .first_mb = 9 }, 1 },
		{ &order1, { .first_mb = 9, .delta = { 1, 0 } }, 2 },
		{ &order1, { .first_mb = 9, .delta = { 0, -1 } }, 2 },
	};
	static const struct nal_slice top = {
		.idr = true, .ref_idc = 3, .field = true
	};
	struct nal_slice bottom = top, plain = { .ref_idc = 1, .first_mb = 9 };

	for (size_t i = 0; i < NELEM(cases); i++) {
		struct nal_slice a = idr, b = cases[i].b;

		b.idr = true;
		b.len = 5;
		b.ref_idc = b.ref_idc == 0 ? 3 : b.ref_idc % 4;
		assert_int_equal(
		    units_of(&a, &b, cases[i].sps, &pps), cases[i].units);
	}
	bottom.bottom = true;
	bottom.first_mb = 9;
	assert_int_equal(units_of(&top, &bottom, &order0, &pps), 2);
	bottom.bottom = false;
	assert_int_equal(units_of(&top, &bottom, &order0, &pps), 1);
	assert_int_equal(units_of(&idr, &plain, &order0, &pps), 2); /* no IDR */
}

/* 7.4.1.2.3: the types that begin a unit after a slice, and the others; a unit
 * is passed on as soon as the first byte of such a type is there. */
static void
test_begins_unit(void **state UNUSED)
{
	for (uint8_t type = 1; type < 32; type++) {
		bool begins =
		    (type >= 6 && type <= 9) || (type >= 15 && type <= 18);
		const uint8_t more[] = { 0, 0, 1, type, 0x80, 0x80, 0x80 };
		struct seen seen = { .n = 0 };
		struct nal_stream s;
		struct h264 h;

		if (type == 1 || type == 2 || type == 5)
			continue;
		begin(&s, &plain_sps, &plain_pps);
		stream_slice(&s, &idr, &plain_sps, &plain_pps);
		h264_init(&h, note, &seen);
		h264_feed(&h, s.data, s.len, 1000);
		h264_feed(&h, more, 3, 2000);
		assert_int_equal(seen.n, 0);
		h264_feed(&h, more + 3, 1, 3000);
		assert_int_equal(seen.n, begins);
		if (begins) {
			assert_int_equal(seen.v[0].bytes, s.len);
			assert_int_equal(seen.v[0].at_us, 1000);
			assert_int_equal(seen.v[0].next_us, 2000);
		}
		h264_feed(&h, more + 4, 3, 3000);
		h264_end(&h, true);
		assert_int_equal(seen.n, 1);
		h264_clear(&h);
	}
}

/* The unit is known before it is complete: it does not wait for its own
 * end, only for the next one's beginning. */
static void
test_passed_early(void **state UNUSED)
{
	struct nal_slice big = {
		.type = NAL_P, .ref_idc = 2, .frame_num = 1, .len = 500
	};
	struct seen seen = { .n = 0 };
	struct nal_stream s;
	struct h264 h;
	size_t first;

	begin(&s, &plain_sps, &plain_pps);
	stream_slice(&s, &idr, &plain_sps, &plain_pps);
	first = s.len;
	stream_slice(&s, &big, &plain_sps, &plain_pps);
	h264_init(&h, note, &seen);
	h264_feed(&h, s.data, first + 100, 1000);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.v[0].bytes, first);
	h264_clear(&h);
}

/* Several slices, some with short start codes: one picture. One write is not
 * one NAL unit, and the first NAL unit does not say which picture it is. */
static void
test_slices(void **state UNUSED)
{
	for (unsigned n = 1; n <= 8; n++) {
		struct nal_stream s;
		struct seen seen;

		begin(&s, &plain_sps, &plain_pps);
		for (unsigned i = 0; i < 3 * n; i++) {
			struct nal_slice v = { .idr = i < n,
				.ref_idc = 1,
				.frame_num = i / n,
				.type = i < n ? NAL_I : NAL_P,
				.first_mb = i % n * 40,
				.len = 10 + i };

			s.brief = false;
			if (i == 0 || i == n) {
				stream_delimiter(&s);
				stream_sei(&s, 5);
			}
			s.brief = i % n != 0;
			stream_slice(&s, &v, &plain_sps, &plain_pps);
		}
		assert_int_equal(run(&s, &seen), 0);
		assert_int_equal(seen.n, 3);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(seen.v[i].slices, n);
			assert_int_equal(seen.v[i].key, i == 0);
			assert_int_equal(count(&seen.v[i], 9), i == 0 ? 2 : 1);
			assert_int_equal(count(&seen.v[i], 6), i < 2);
		}
	}
}

/* Each colour plane of a picture has separate slices, from the first macroblock
 * on (7.4.2.1.1). */
static void
test_planes(void **state UNUSED)
{
	static const struct nal_sps sps = { .profile = 244,
		.chroma = 3,
		.planes = true,
		.crop = { 1, 2, 3, 4 } };
	struct nal_stream s;
	struct seen seen;

	begin(&s, &sps, &plain_pps);
	for (unsigned i = 0; i < 18; i++) {
		const struct nal_slice v = { .idr = i < 6,
			.ref_idc = 1,
			.plane = i / 2 % 3,
			.first_mb = i % 2 * 150,
			.frame_num = i / 6 };

		stream_slice(&s, &v, &sps, &plain_pps);
	}
	assert_int_equal(run(&s, &seen), 0);
	assert_int_equal(seen.n, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(seen.v[i].slices, 6);
		assert_int_equal(seen.v[i].width, 317);
	}
}

/* Pictures of one, two and three slices, short and long start codes, with and
 * without sets, delimiters and messages; zeros between them. */
static void
make(struct nal_stream *s)
{
	begin(s, &plain_sps, &plain_pps);
	for (unsigned i = 0; i < 9; i++) {
		struct nal_slice v = { .idr = i % 4 == 0,
			.ref_idc = 1,
			.frame_num = i % 4,
			.idr_id = i / 4,
			.type = i % 4 == 0 ? NAL_I : NAL_P,
			.len = 3 + 40 * (i % 3) };

		s->brief = i % 5 == 3;
		if (i % 2 == 1)
			stream_delimiter(s);
		if (i == 4) {
			stream_sps(s, &plain_sps);
			stream_pps(s, &plain_pps);
		}
		if (i % 3 == 1)
			stream_sei(s, 5);
		for (v.first_mb = 0; v.first_mb <= i % 3; v.first_mb++)
			stream_slice(s, &v, &plain_sps, &plain_pps);
		if (i == 6)
			stream_raw(s, "\0\0\0", 3);
	}
}

static void
assert_same(const struct seen *a, const struct seen *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_int_equal(a->v[i].bytes, b->v[i].bytes);
		assert_int_equal(a->v[i].key, b->v[i].key);
		assert_int_equal(a->v[i].slices, b->v[i].slices);
		assert_int_equal(a->v[i].order, b->v[i].order);
		assert_int_equal(a->v[i].len, b->v[i].len);
		assert_memory_equal(a->v[i].data, b->v[i].data, a->v[i].len);
	}
}

/* A stream of layers says of each slice of its base which layer it is in
 * (7.3.2.12, G.7.4.1.2.3): that does not cut units, and is left out. */
static void
test_prefix(void **state UNUSED)
{
	struct nal_stream s[2]; /* without and with */
	struct seen seen[2];

	for (int with = 0; with < 2; with++) {
		begin(&s[with], &plain_sps, &plain_pps);
		for (unsigned i = 0; i < 12; i++) {
			struct nal_slice v = { .idr = i < 3,
				.ref_idc = 1,
				.frame_num = i / 3,
				.type = i < 3 ? NAL_I : NAL_P,
				.first_mb = i % 3 * 40,
				.len = 30 };

			if (i % 6 == 3)
				stream_delimiter(&s[with]);
			if (with)
				stream_bytes(&s[with], "\x6e\x40\x80\x17", 4);
			stream_slice(&s[with], &v, &plain_sps, &plain_pps);
		}
		assert_int_equal(run(&s[with], &seen[with]), 0);
	}
	assert_int_equal(seen[0].n, 4);
	assert_same(&seen[1], &seen[0]);
}

/* The last byte of the start code at `at`. */
static size_t
code_end(const struct nal_stream *s, size_t at)
{
	while (s->data[at] != 1)
		at++;
	return at;
}

/* That of the first slice from there on. */
static size_t
slice_code_end(const struct nal_stream *s, size_t at)
{
	do
		at = code_end(s, h264_next_code(s->data, at, s->len));
	while ((s->data[at + 1] & 0x1f) > 5);
	return at;
}

/* Each unit came when the last byte of its first slice's start code did. */
static void
assert_times(const struct nal_stream *s, const struct seen *seen,
    int64_t (*time_of)(size_t byte, size_t cut), size_t cut)
{
	size_t at = 0;

	for (size_t i = 0; i < seen->n; i++) {
		assert_int_equal(
		    seen->v[i].at_us, time_of(slice_code_end(s, at), cut));
		at += seen->v[i].bytes;
		assert_int_equal(seen->v[i].next_us,
		    time_of(at < s->len ? code_end(s, at) : s->len - 1, cut));
	}
	assert_int_equal(at, s->len);
}

static int64_t
time_of_piece(size_t byte, size_t size)
{
	return (int64_t)(byte / size);
}

static int64_t
time_of_half(size_t byte, size_t cut)
{
	return byte < cut ? 1000 : 2000;
}

static void
test_any_cut(void **state UNUSED)
{
	struct nal_stream s;
	struct seen all, seen;
	struct h264 h;

	make(&s);
	assert_int_equal(run(&s, &all), 0);
	assert_int_equal(all.n, 9);
	for (size_t cut = 1; cut < s.len; cut++) {
		seen.n = 0;
		h264_init(&h, note, &seen);
		h264_feed(&h, s.data, cut, 1000);
		h264_feed(&h, s.data + cut, s.len - cut, 2000);
		h264_end(&h, true);
		assert_int_equal(h.garbage, 0);
		h264_clear(&h);
		assert_same(&seen, &all);
		assert_times(&s, &seen, time_of_half, cut);
	}
	for (size_t size = 1; size < 80; size++) {
		seen.n = 0;
		h264_init(&h, note, &seen);
		for (size_t i = 0; i < s.len; i += size) {
			h264_feed(&h, s.data + i,
			    size < s.len - i ? size : s.len - i,
			    (int64_t)(i / size));
			h264_feed(&h, NULL, 0, (int64_t)(i / size));
		}
		h264_end(&h, true);
		h264_clear(&h);
		assert_same(&seen, &all);
		assert_times(&s, &seen, time_of_piece, size);
	}
}

/* More than the parser looks at in one go. */
static void
test_large(void **state UNUSED)
{
	static struct nal_stream s;
	struct seen seen;
	struct h264 h;
	size_t n = 0;

	begin(&s, &plain_sps, &plain_pps);
	for (unsigned i = 0; i < 50; i++, n++) {
		struct nal_slice v = idr;

		v.idr_id = i % 2;
		v.len = 900;
		stream_slice(&s, &v, &plain_sps, &plain_pps);
	}
	seen.n = 0;
	h264_init(&h, note, &seen);
	for (size_t i = 0; i < 20; i++, seen.n = 0) {
		h264_feed(&h, s.data, s.len, 0);
		assert_int_equal(seen.n, n - (i == 0));
		assert_int_equal(count(&seen.v[n / 2], 7), 1);
	}
	assert_int_equal(h.garbage, 0);
	h264_clear(&h);
}

/* --- key frames --------------------------------------------------------- */

static void
test_key(void **state UNUSED)
{
	static const struct {
		uint8_t sei;
		unsigned type, refs;
		bool key;
	} cases[] = {
		{ 5, NAL_P, 4, false },
		{ 6, NAL_P, 4, true }, /* a recovery point: intra refresh */
		{ 6, NAL_I, 4, true }, /* an open GOP */
		{ 5, NAL_I, 4, false },
		{ 5, NAL_I, 1, true },
		{ 5, NAL_P, 1, false },
	};

	for (size_t i = 0; i < NELEM(cases); i++) {
		const struct nal_sps sps = { .refs = cases[i].refs };
		const struct nal_pps pps = { .refs = cases[i].refs };
		const struct nal_slice v = {
			.type = cases[i].type, .ref_idc = 1, .frame_num = 1
		};
		struct nal_stream s;
		struct seen seen;

		begin(&s, &sps, &pps);
		stream_slice(&s, &idr, &sps, &pps);
		stream_sei(&s, cases[i].sei);
		stream_slice(&s, &v, &sps, &pps);
		run(&s, &seen);
		assert_int_equal(seen.n, 2);
		assert_true(seen.v[0].key && seen.v[0].idr);
		assert_int_equal(seen.v[1].key, cases[i].key);
		assert_false(seen.v[1].idr);
		assert_int_equal(count(&seen.v[1], 7), cases[i].key);
		assert_int_equal(count(&seen.v[1], 8), cases[i].key);
	}
}

/* One I slice does not make a key frame, in a stream whose slices are refreshed
 * in turn. */
static void
test_key_slices(void **state UNUSED)
{
	for (int intra = 0; intra < 4; intra++) { /* a bit for each slice */
		struct nal_slice v = { .ref_idc = 1, .frame_num = 1, .len = 9 };
		struct nal_stream s;
		struct seen seen;

		begin(&s, &plain_sps, &one_ref);
		stream_slice(&s, &idr, &plain_sps, &one_ref);
		for (int i = 0; i < 2; i++) {
			v.first_mb = (unsigned)i * 150;
			v.type = (intra >> i & 1) != 0 ? NAL_I : NAL_P;
			stream_slice(&s, &v, &plain_sps, &one_ref);
		}
		run(&s, &seen);
		assert_int_equal(seen.n, 2);
		assert_int_equal(seen.v[1].slices, 2);
		assert_int_equal(seen.v[1].key, intra == 3);
	}
}

/* A recovery point is found among other messages, long ones too. */
static void
test_recovery(void **state UNUSED)
{
	uint8_t sei[600] = { 6, 5, 0xff, 10 };
	struct nal_slice v = { .type = NAL_P, .ref_idc = 1, .frame_num = 1 };

	memset(sei + 4, 6, 265); /* no message begins in there */
	for (int found = 0; found < 2; found++) {
		struct nal_stream s;
		struct seen seen;

		memcpy(sei + 4 + 265, "\x06\x01\x84\x80", 4);
		if (!found)
			sei[4 + 265] = 4;
		begin(&s, &plain_sps, &plain_pps);
		stream_slice(&s, &idr, &plain_sps, &plain_pps);
		stream_bytes(&s, sei, 4 + 265 + 4);
		stream_slice(&s, &v, &plain_sps, &plain_pps);
		run(&s, &seen);
		assert_int_equal(seen.n, 2);
		assert_int_equal(seen.v[1].key, found);
	}
}

/* --- parameter sets in the stream --------------------------------------- */

/* Sent once at the start, they are put before every key frame; other units get
 * none. */
static void
test_sets_once(void **state UNUSED)
{
	struct nal_stream s;
	struct seen seen;

	begin(&s, &plain_sps, &plain_pps);
	for (unsigned i = 0; i < 8; i++) {
		struct nal_slice v = { .idr = i % 4 == 0,
			.ref_idc = 1,
			.frame_num = i % 4,
			.idr_id = i / 4 };

		if (i >= 4)
			stream_delimiter(&s);
		stream_slice(&s, &v, &plain_sps, &plain_pps);
	}
	assert_int_equal(run(&s, &seen), 0);
	assert_int_equal(seen.n, 8);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(count(&seen.v[i], 7), i % 4 == 0);
		assert_int_equal(count(&seen.v[i], 8), i % 4 == 0);
		assert_int_equal(count(&seen.v[i], 9), 1);
	}
	/* delimiter, sets, slice */
	assert_int_equal(seen.v[4].data[4], 9);
	assert_int_equal(seen.v[4].data[10], 0x67);
}

/* Those that are there already are not doubled, in whatever order they come;
 * one that is missing is added. */
static void
test_sets_in_band(void **state UNUSED)
{
	static const struct nal_pps second = { .id = 1 };
	struct nal_stream s;
	struct seen seen;

	begin(&s, &plain_sps, &plain_pps);
	for (unsigned i = 0; i < 5; i++) {
		struct nal_slice v = idr;

		v.idr_id = i % 2;
		if (i == 1)
			stream_delimiter(&s);
		if (i == 2)
			stream_sei(&s, 5);
		if (i > 0) {
			stream_sps(&s, &plain_sps);
			stream_pps(&s, &plain_pps);
		}
		if (i == 3)
			stream_pps(&s, &second);
		stream_slice(&s, &v, &plain_sps, &plain_pps);
	}
	assert_int_equal(run(&s, &seen), 0);
	assert_int_equal(seen.n, 5);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(count(&seen.v[i], 7), 1);
		assert_int_equal(count(&seen.v[i], 8), i == 3 ? 2 : 1);
		assert_int_equal(count(&seen.v[i], 9), 1);
	}
	/* the second PPS did not come again: all are given */
	assert_int_equal(count(&seen.v[4], 8), 3);
}

/* Another size, another id: from then on the new sets are used. */
static void
test_sets_changed(void **state UNUSED)
{
	const struct nal_sps wide = { .refs = 1, .width_mbs = 40 };
	const struct nal_sps other = { .refs = 1, .width_mbs = 60, .id = 3 };
	const struct nal_pps theirs = { .id = 5, .sps = 3 };
	struct nal_slice v = idr, w = idr;
	struct nal_stream s;
	struct seen seen;

	begin(&s, &plain_sps, &plain_pps);
	stream_slice(&s, &v, &plain_sps, &plain_pps);
	stream_sps(&s, &wide);
	for (v.idr_id = 1; v.idr_id < 3; v.idr_id++)
		stream_slice(&s, &v, &wide, &plain_pps);
	stream_sps(&s, &other);
	stream_pps(&s, &theirs);
	w.pps = 5;
	stream_slice(&s, &w, &other, &theirs);
	v.idr_id = 4;
	stream_slice(&s, &v, &wide, &plain_pps);
	assert_int_equal(run(&s, &seen), 0);
	assert_int_equal(seen.n, 5);
	assert_int_equal(seen.v[0].width, 320);
	for (int i = 1; i < 5; i++)
		assert_int_equal(seen.v[i].width, i == 3 ? 960 : 640);
	assert_int_equal(count(&seen.v[2], 7), 1);
	assert_int_equal(count(&seen.v[3], 7), 1);
	assert_int_equal(count(&seen.v[4], 7), 1);
	/* of the right one */
	assert_true(
	    memmem(seen.v[2].data, seen.v[2].len,
		seen.v[1].data + seen.v[1].len - seen.v[1].bytes, 8) != NULL);
}

/* A damaged set does not replace a good one. */
static void
test_sets_damaged(void **state UNUSED)
{
	struct nal_slice v = idr;
	struct nal_stream s;
	struct seen seen;

	begin(&s, &plain_sps, &plain_pps);
	stream_slice(&s, &v, &plain_sps, &plain_pps);
	stream_bytes(&s, "\x67\x42\x80\x1e\xe9", 5);
	stream_bytes(&s, "\x68\xe8", 2);
	v.idr_id = 1;
	stream_slice(&s, &v, &plain_sps, &plain_pps);
	assert_int_equal(run(&s, &seen), 9 + 6);
	assert_int_equal(seen.n, 2);
	assert_int_equal(count(&seen.v[1], 7), 1);
	assert_int_equal(seen.v[1].width, 320);
}

/* Units before the first key frame, and before the sets, are not passed
 * on. */
static void
test_early(void **state UNUSED)
{
	const struct nal_slice p = { .type = NAL_P, .ref_idc = 1, .len = 30 };
	struct nal_stream s = { .len = 0 };
	struct seen seen = { .n = 0 };
	struct h264 h;

	for (int i = 0; i < 2; i++)
		stream_slice(&s, &p, &plain_sps, &plain_pps);
	stream_slice(&s, &idr, &plain_sps, &plain_pps);
	stream_sps(&s, &plain_sps);
	stream_pps(&s, &plain_pps);
	for (unsigned i = 0; i < 3; i++)
		stream_slice(&s, &p, &plain_sps, &plain_pps);
	stream_slice(&s, &idr, &plain_sps, &plain_pps);
	stream_slice(&s, &p, &plain_sps, &plain_pps);
	h264_init(&h, note, &seen);
	h264_feed(&h, s.data, s.len, 0);
	h264_end(&h, true);
	assert_int_equal(seen.n, 2);
	assert_true(seen.v[0].idr);
	assert_int_equal(count(&seen.v[0], 7), 1);
	assert_int_equal(h.early, 6);
	assert_int_equal(h.garbage, 0);
	assert_int_equal(h.keys, 1);
	h264_clear(&h);
}

/* --- skipped bytes ------------------------------------------------------ */

/* Before the first start code, in every cut. */
static void
test_garbage_first(void **state UNUSED)
{
	static const uint8_t junk[] = "\0\0\2Camera ready.\0\0\3\1\0\1";
	struct nal_stream s = { .len = 0 };

	stream_raw(&s, junk, sizeof(junk) - 1);
	stream_sps(&s, &plain_sps);
	stream_pps(&s, &plain_pps);
	stream_slice(&s, &idr, &plain_sps, &plain_pps);
	for (size_t cut = 1; cut < s.len; cut++) {
		struct seen seen = { .n = 0 };
		struct h264 h;

		h264_init(&h, note, &seen);
		h264_feed(&h, s.data, cut, 0);
		h264_feed(&h, s.data + cut, s.len - cut, 0);
		h264_end(&h, true);
		assert_int_equal(seen.n, 1);
		assert_int_equal(seen.v[0].bytes, s.len - (sizeof(junk) - 1));
		assert_int_equal(h.garbage, sizeof(junk) - 1);
		h264_clear(&h);
	}
}

/* Only rubbish: every byte is counted, few are kept. */
static void
test_garbage_only(void **state UNUSED)
{
	uint8_t junk[5000];
	struct seen seen = { .n = 0 };
	struct h264 h;

	memset(junk, 0, sizeof(junk));
	h264_init(&h, note, &seen);
	for (int i = 0; i < 100; i++)
		h264_feed(&h, junk, sizeof(junk), 0);
	assert_true(h.len <= 3 && h.cap < 4 * sizeof(junk));
	h264_end(&h, true);
	assert_int_equal(h.garbage, 100 * sizeof(junk));
	assert_int_equal(seen.n, 0);
	h264_clear(&h);
}

/* Between and within units: NAL units of invalid types, empty ones, filler.
 * The units are the same, byte for byte, in any cut. */
static void
test_garbage_between(void **state UNUSED)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool counts;
	} junk[] = {
		{ "\xe5\x88\x80", 3, true }, /* forbidden_zero_bit */
		{ "\x80", 1, true },
		{ "", 0, true },
		{ "\0\0", 2, true },
		{ "\x60\x12\x34", 3, true }, /* nal_unit_type 0 */
		{ "\x0c\xff\xff\xff\x80", 5, false },
	};
	struct nal_slice half = idr;

	half.first_mb = 100;
	for (size_t i = 0; i < NELEM(junk); i++) {
		struct nal_stream s[2]; /* without and with */
		size_t bad[2] = { 0 };
		struct seen seen[2];

		for (int with = 0; with < 2; with++) {
			begin(&s[with], &plain_sps, &plain_pps);
			for (int k = 0; k < 8; k++) {
				size_t at = s[with].len;
				struct nal_slice v = k % 2 == 0 ? idr : half;

				v.idr_id = (unsigned)k / 2;
				if (with)
					stream_bytes(&s[with], junk[i].bytes,
					    junk[i].len);
				bad[with] += s[with].len - at;
				s[with].brief = k % 3 == 1 && i != 3;
				stream_slice(
				    &s[with], &v, &plain_sps, &plain_pps);
			}
		}
		run(&s[0], &seen[0]);
		assert_int_equal(
		    run(&s[1], &seen[1]), junk[i].counts ? bad[1] : 0);
		assert_int_equal(seen[0].n, 4);
		assert_same(&seen[1], &seen[0]);
		for (size_t size = 1; size < 20; size++) {
			struct h264 h;

			seen[1].n = 0;
			h264_init(&h, note, &seen[1]);
			for (size_t k = 0; k < s[1].len; k += size)
				h264_feed(&h, s[1].data + k,
				    size < s[1].len - k ? size : s[1].len - k,
				    0);
			h264_end(&h, true);
			assert_int_equal(
			    h.garbage, junk[i].counts ? bad[1] : 0);
			h264_clear(&h);
			assert_same(&seen[1], &seen[0]);
		}
	}
}

/* The same at the end: it belongs to no unit. */
static void
test_garbage_last(void **state UNUSED)
{
	static const struct {
		const char *bytes;
		size_t len, garbage;
	} junk[] = {
		{ "\x80\x12", 2, 6 }, { "", 0, 4 }, { "\x0c\xff\x80", 3, 0 },
		{ "\x09\xf0", 2, 6 },		  /* the next one's delimiter */
		{ "\x67\x42\x80\x1e\xe9", 5, 9 }, /* cut off */
	};

	for (size_t i = 0; i < NELEM(junk); i++) {
		struct nal_stream s;
		struct seen seen;
		size_t len;

		begin(&s, &plain_sps, &plain_pps);
		stream_slice(&s, &idr, &plain_sps, &plain_pps);
		len = s.len;
		stream_bytes(&s, junk[i].bytes, junk[i].len);
		assert_int_equal(run(&s, &seen), junk[i].garbage);
		assert_int_equal(seen.n, 1);
		assert_int_equal(seen.v[0].bytes, len);
	}
}

/* A unit that grows without end is given up; the next one is found. */
static void
test_max(void **state UNUSED)
{
	struct seen seen = { .n = 0 };
	uint8_t piece[1000];
	struct nal_stream s;
	struct h264 h;
	size_t fed = 0;

	memset(piece, 0x55, sizeof(piece));
	begin(&s, &plain_sps, &plain_pps);
	stream_slice(&s, &idr, &plain_sps, &plain_pps);
	h264_init(&h, note, &seen);
	assert_int_equal(h.max, H264_UNIT_MAX);
	h.max = 50000;
	h264_feed(&h, s.data, s.len, 0);
	for (; fed < 200000; fed += sizeof(piece)) {
		h264_feed(&h, piece, sizeof(piece), 0);
		assert_true(h.len <= h.max && h.cap <= 2 * h.max);
	}
	assert_int_equal(seen.n, 0);
	h264_feed(&h, s.data, s.len, 0);
	h264_end(&h, true);
	assert_int_equal(seen.n, 1);
	assert_int_equal(h.garbage, s.len + fed);
	h264_clear(&h);
}

/* The camera is gone in the middle of a unit. */
static void
test_end(void **state UNUSED)
{
	const struct nal_slice p = { .type = NAL_P, .ref_idc = 1, .len = 200 };

	for (int whole = 0; whole < 2; whole++) {
		struct seen seen = { .n = 0 };
		struct nal_stream s;
		struct h264 h;
		size_t first;

		begin(&s, &plain_sps, &plain_pps);
		stream_slice(&s, &idr, &plain_sps, &plain_pps);
		first = s.len;
		stream_slice(&s, &p, &plain_sps, &plain_pps);
		h264_init(&h, note, &seen);
		h264_end(&h, whole); /* nothing came at all */
		h264_feed(&h, s.data, s.len - 50, 7);
		h264_end(&h, whole);
		assert_int_equal(seen.n, whole ? 2 : 1);
		assert_int_equal(h.garbage, whole ? 0 : s.len - 50 - first);
		/* the next bytes begin again */
		h264_feed(&h, s.data, s.len, 8);
		h264_end(&h, true);
		assert_int_equal(seen.n, whole ? 4 : 3);
		h264_clear(&h);
	}
}

/* Another run of the camera brings its own sets. */
static void
test_clear(void **state UNUSED)
{
	struct seen seen = { .n = 0 };
	struct nal_stream s, rest = { .len = 0 };
	struct h264 h;

	begin(&s, &plain_sps, &plain_pps);
	stream_slice(&s, &idr, &plain_sps, &plain_pps);
	stream_slice(&rest, &idr, &plain_sps, &plain_pps);
	h264_init(&h, note, &seen);
	h264_feed(&h, s.data, s.len, 0);
	h264_clear(&h);
	assert_int_equal(h.garbage, s.len);
	h264_feed(&h, rest.data, rest.len, 0);
	h264_feed(&h, rest.data, rest.len, 0);
	assert_int_equal(seen.n, 0);
	h264_feed(&h, s.data, s.len, 0);
	h264_end(&h, true);
	assert_int_equal(seen.n, 1);
	h264_clear(&h);
}

/* --- the order of display ----------------------------------------------- */

/* Counted on over the end of its few bits, and reset by each IDR picture;
 * pictures that are not references do not move it. */
static void
test_order(void **state UNUSED)
{
	static const struct nal_sps sps = { .refs = 2 };
	static const struct nal_pps pps = { .bottom_order = true };
	static const int64_t orders[] = { 0, 6, 2, 4, 12, 8, 10, 18, 14, 16, 24,
		20, 22, 30, 26, 28, 0, 6, 2 };
	struct nal_stream s;
	struct seen seen;

	begin(&s, &sps, &pps);
	for (size_t i = 0; i < NELEM(orders); i++) {
		const struct nal_slice v = { .idr = orders[i] == 0,
			.ref_idc = i % 3 < 2 && i % 16 != 2,
			.type = orders[i] == 0 ? NAL_I
			    : i % 3 == 1       ? NAL_P
					       : NAL_B,
			.frame_num = (unsigned)i % 16,
			.delta_bottom = i == 4 ? -1 : 1,
			.poc = (unsigned)orders[i] % 16 };

		stream_slice(&s, &v, &sps, &pps);
	}
	run(&s, &seen);
	assert_int_equal(seen.n, NELEM(orders));
	for (size_t i = 0; i < NELEM(orders); i++) {
		assert_int_equal(seen.v[i].order, orders[i] - (i == 4));
		assert_int_equal(
		    seen.v[i].bipredictive, orders[i] != 0 && i % 3 != 1);
	}
}

/* Where it is not sent it is that of decoding; fields count half. */
static void
test_order_untold(void **state UNUSED)
{
	static const struct nal_sps sps = {
		.refs = 1, .poc_type = 2, .fields = true
	};
	struct nal_stream s;
	struct seen seen;

	begin(&s, &sps, &plain_pps);
	for (unsigned i = 0; i < 8; i++) {
		const struct nal_slice v = { .idr = i == 0 || i == 6,
			.ref_idc = 1,
			.field = i >= 2 && i < 6,
			.bottom = i >= 2 && i < 6 && i % 2 == 1,
			.frame_num = i % 6 };

		stream_slice(&s, &v, &sps, &plain_pps);
	}
	run(&s, &seen);
	assert_int_equal(seen.n, 8);
	for (int i = 0; i < 8; i++) {
		static const int64_t orders[] = { 0, 2, 4, 5, 6, 7, 0, 2 };

		assert_int_equal(seen.v[i].order, orders[i]);
		assert_int_equal(seen.v[i].field, i >= 2 && i < 6);
	}
}

/* A picture whose first slice is not a B slice, but another is. */
static void
test_mixed_slices(void **state UNUSED)
{
	static const struct nal_sps sps = { .refs = 2 };
	struct nal_slice v = { .type = NAL_P, .frame_num = 1, .poc = 4 };
	struct nal_stream s;
	struct seen seen;

	begin(&s, &sps, &plain_pps);
	stream_slice(&s, &idr, &sps, &plain_pps);
	stream_slice(&s, &v, &sps, &plain_pps);
	v.type = NAL_B;
	v.first_mb = 50;
	stream_slice(&s, &v, &sps, &plain_pps);
	run(&s, &seen);
	assert_int_equal(seen.n, 2);
	assert_false(seen.v[0].bipredictive);
	assert_true(seen.v[1].bipredictive);
}

/* --- start codes -------------------------------------------------------- */

static void
test_next_code(void **state UNUSED)
{
	uint8_t b[64];

	for (size_t at = 0; at + 3 <= sizeof(b); at++) {
		memset(b, 1, sizeof(b));
		memcpy(b + at, "\0\0\1", 3);
		for (size_t from = 0; from <= sizeof(b); from++)
			assert_int_equal(h264_next_code(b, from, sizeof(b)),
			    from <= at ? at : sizeof(b));
		for (size_t len = 0; len <= sizeof(b); len++)
			assert_int_equal(h264_next_code(b, 0, len),
			    len >= at + 3 ? at : len);
	}
	memset(b, 0, sizeof(b));
	assert_int_equal(h264_next_code(b, 0, sizeof(b)), sizeof(b));
	b[63] = 1;
	assert_int_equal(h264_next_code(b, 0, sizeof(b)), 61);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_of_picture),
		cmocka_unit_test(test_begins_unit),
		cmocka_unit_test(test_passed_early),
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_planes),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_any_cut),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_key_slices),
		cmocka_unit_test(test_recovery),
		cmocka_unit_test(test_sets_once),
		cmocka_unit_test(test_sets_in_band),
		cmocka_unit_test(test_sets_changed),
		cmocka_unit_test(test_sets_damaged),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_garbage_first),
		cmocka_unit_test(test_garbage_only),
		cmocka_unit_test(test_garbage_between),
		cmocka_unit_test(test_garbage_last),
		cmocka_unit_test(test_max),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_order_untold),
		cmocka_unit_test(test_mixed_slices),
		cmocka_unit_test(test_next_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
