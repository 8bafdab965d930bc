/* SPDX-License-Identifier: ISC */
/*
 * The numbers in comments are clauses of ITU-T H.264. Bytes are gathered in one
 * buffer and looked at once: a NAL unit is sorted as soon as its first bytes
 * show its type, so that a unit is passed on when the next one begins and not
 * when that one ends.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "media/bits.h"
#include "media/h264.h"

/* The part of a slice's header that is read takes less than this; units in
 * which nothing moves may not be much longer. */
#define H264_HEAD 24

/* So much is parsed before more is taken in: a cut in the buffer moves at most
 * this. */
#define H264_BITE 16384

static const uint8_t h264_code[] = { 0, 0, 0, 1 };
const uint8_t h264_delimiter[] = { 0, 0, 0, 1, H264_DELIMITER, 0xf0 };

/* --- slices ------------------------------------------------------------- */

/* The sets that a slice refers to; false: unknown. */
static bool
h264_sets(const struct h264 *h, unsigned pps, const struct h264_pps **p,
    const struct h264_sps **s)
{
	if (pps >= H264_PPS_MAX || h->sets.pps_set[pps].data == NULL)
		return false;
	*p = &h->sets.pps[pps];
	*s = &h->sets.sps[(*p)->sps];
	return h->sets.sps_set[(*p)->sps].data != NULL;
}

/* 7.3.3, as far as needed to separate pictures. */
static struct h264_slice
h264_read_slice(const struct h264 *h, const uint8_t *nal, size_t len)
{
	struct h264_slice s = { .idr = (nal[0] & 0x1f) == H264_IDR,
		.ref_idc = nal[0] >> 5 & 3 };
	struct bits b = bits_of(nal, len);
	const struct h264_pps *p;
	const struct h264_sps *sps;

	s.first_mb = bits_ue(&b);
	s.type = bits_ue(&b) % 5;
	s.pps = bits_ue(&b);
	if (b.over || !h264_sets(h, s.pps, &p, &sps))
		return s;
	if (sps->separate_planes)
		s.plane = bits_u(&b, 2);
	s.frame_num = bits_u(&b, sps->frame_num_bits);
	if (!sps->frames_only && bits_u1(&b) != 0) {
		s.field = true;
		s.bottom = bits_u1(&b);
	}
	if (s.idr)
		s.idr_id = bits_ue(&b);
	if (sps->poc_type == 0) {
		s.poc_lsb = bits_u(&b, sps->poc_bits);
		if (p->bottom_order && !s.field)
			s.delta_bottom = bits_se(&b);
	} else if (sps->poc_type == 1 && !sps->delta_always_zero) {
		s.delta[0] = bits_se(&b);
		if (p->bottom_order && !s.field)
			s.delta[1] = bits_se(&b);
	}
	if (p->redundant)
		s.redundant = bits_ue(&b);
	s.known = !b.over;
	return s;
}

/* Whether `b`, which comes after `a`, belongs to another picture (7.4.1.2.4).
 * Without parameter sets the first macroblock must do. */
static bool
h264_is_other(const struct h264_slice *a, const struct h264_slice *b)
{
	if (!a->known || !b->known)
		return b->first_mb == 0;
	if (b->redundant > 0)
		return false;
	return (b->first_mb == 0 && a->plane == b->plane) ||
	    a->frame_num != b->frame_num || a->pps != b->pps ||
	    a->field != b->field || a->bottom != b->bottom ||
	    (a->ref_idc != b->ref_idc &&
		(a->ref_idc == 0 || b->ref_idc == 0)) ||
	    a->idr != b->idr || a->idr_id != b->idr_id ||
	    a->poc_lsb != b->poc_lsb || a->delta_bottom != b->delta_bottom ||
	    a->delta[0] != b->delta[0] || a->delta[1] != b->delta[1];
}

/* --- a whole unit ------------------------------------------------------- */

static const struct h264_sps *
h264_active(const struct h264 *h)
{
	return h->now.first.known
	    ? &h->sets.sps[h->sets.pps[h->now.first.pps].sps]
	    : NULL;
}

/* The picture's place in the order of display (8.2.1.1). */
static int64_t
h264_order(struct h264 *h)
{
	const struct h264_slice *s = &h->now.first;
	const struct h264_sps *sps = h264_active(h);
	int64_t msb = h->order.msb, half, order;

	if (s->idr) {
		h->order.msb = msb = 0;
		h->order.lsb = 0;
		h->order.decoded = 0;
	}
	order = h->order.decoded;
	h->order.decoded += s->field ? 1 : 2;
	if (sps->poc_type != 0)
		return order;
	half = (int64_t)1 << (sps->poc_bits - 1);
	if (s->poc_lsb < h->order.lsb && h->order.lsb - s->poc_lsb >= half)
		msb += 2 * half;
	else if (s->poc_lsb > h->order.lsb && s->poc_lsb - h->order.lsb > half)
		msb -= 2 * half;
	if (s->ref_idc != 0) {
		h->order.msb = msb;
		h->order.lsb = s->poc_lsb;
	}
	return msb + s->poc_lsb + (s->delta_bottom < 0 ? s->delta_bottom : 0);
}

/* Whether the unit is the second field of a frame: of the other parity
 * than the one before, with the same frame_num. */
static bool
h264_is_second(struct h264 *h)
{
	const struct h264_slice *s = &h->now.first;
	struct h264_order *o = &h->order;
	bool second = s->field && !s->idr && o->half &&
	    s->bottom != o->bottom && s->frame_num == o->frame_num;

	o->half = s->field && !second;
	o->bottom = s->bottom;
	o->frame_num = s->frame_num;
	return second;
}

/* A decoder can begin here: an IDR picture, one with a recovery point (D.2.8),
 * or an I picture where no other exists to refer to. */
static bool
h264_is_key(const struct h264 *h)
{
	const struct h264_sps *sps = h264_active(h);

	return h->now.first.idr || h->now.recovery ||
	    (h->now.intra && sps->ref_frames <= 1 &&
		h->sets.pps[h->now.first.pps].refs <= 1);
}

static void
h264_add(struct h264_unit *u, const uint8_t *data, size_t len)
{
	if (len == 0 || u->n_pieces == H264_PIECES)
		return;
	u->pieces[u->n_pieces++] = (struct h264_piece){ data, len };
	u->len += len;
}

/* Whether the unit brings all the sets that it may refer to. */
static bool
h264_has_sets(const struct h264 *h, int sps)
{
	if (h->sets.sps_set[sps].unit != h->unit_no)
		return false;
	for (int i = 0; i < h->sets.pps_end; i++)
		if (h->sets.pps_set[i].data != NULL &&
		    h->sets.pps[i].sps == sps &&
		    h->sets.pps_set[i].unit != h->unit_no)
			return false;
	return true;
}

/* The sets that the unit refers to, for a reader that joins here. */
static void
h264_add_sets(const struct h264 *h, struct h264_unit *u)
{
	const struct h264_set *set = &h->sets.sps_set[u->sps->id];

	h264_add(u, set->data, set->len);
	for (int i = 0; i < h->sets.pps_end && u->n_pieces < H264_PIECES - 1;
	     i++)
		if (h->sets.pps_set[i].data != NULL &&
		    h->sets.pps[i].sps == u->sps->id)
			h264_add(
			    u, h->sets.pps_set[i].data, h->sets.pps_set[i].len);
}

/* The bytes from `unit` up to `end` are a whole unit. */
static void
h264_pass(struct h264 *h, size_t end)
{
	struct h264_unit u = { .bytes = end - h->unit,
		.at_us = h->unit_us,
		.next_us = h->nal_us,
		.idr = h->now.first.idr,
		.field = h->now.first.field,
		.bipredictive = h->now.bipredictive,
		.slices = h->now.slices,
		.sps = h264_active(h) };
	size_t rest = h->unit + h->now.delimiter;

	if (h->now.slices == 0 || (u.sps == NULL && h->started)) {
		h->garbage += end - h->unit;
		return;
	}
	if (u.sps == NULL) {
		h->early++;
		return;
	}
	u.order = h264_order(h);
	u.second = h264_is_second(h);
	u.key = h264_is_key(h);
	if (!u.key && !h->started) {
		h->early++;
		return;
	}
	h->started = true;
	if (h->now.delimiter > 0)
		h264_add(&u, h->data + h->unit, h->now.delimiter);
	else
		h264_add(&u, h264_delimiter, sizeof(h264_delimiter));
	if (u.key && !h264_has_sets(h, u.sps->id))
		h264_add_sets(h, &u);
	h264_add(&u, h->data + rest, end - rest);
	h->units++;
	h->keys += u.key;
	h->take(h->ctx, &u);
}

/* The next unit begins at `at`. */
static void
h264_begin_unit(struct h264 *h, size_t at)
{
	h->unit = at;
	h->now.slices = 0;
	h->now.first = h->now.last = (struct h264_slice){ .known = false };
	h->now.recovery = h->now.bipredictive = false;
	h->now.intra = true;
	h->unit_no++;
	h->now.delimiter = 0;
}

/* --- NAL units ---------------------------------------------------------- */

size_t
h264_next_code(const uint8_t *data, size_t from, size_t len)
{
	const uint8_t *p;

	if (len < 3 || from > len - 3)
		return len;
	p = data + from + 2;
	while (p < data + len &&
	    (p = memchr(p, 1, (size_t)(data + len - p))) != NULL) {
		if (p[-1] == 0 && p[-2] == 0)
			return (size_t)(p - data) - 2;
		p++;
	}
	return len;
}

/* The beginning of the NAL unit after the start code at h->nal. */
static size_t
h264_payload(const struct h264 *h)
{
	return h->nal + (h->data[h->nal + 2] == 1 ? 3 : 4);
}

/* nal_unit_type; 0: not a NAL unit (7.3.1). */
static int
h264_type(const uint8_t *nal, size_t len)
{
	return len == 0 || nal[0] >> 7 != 0 ? 0 : nal[0] & 0x1f;
}

/* Whether a NAL unit of this type, after the slices of a picture, begins the
 * next unit (7.4.1.2.3). A prefix does so only after the last slice, which
 * shows in the slice after the prefix. */
static bool
h264_begins_unit(int type)
{
	return (type >= H264_SEI && type <= H264_DELIMITER) ||
	    (type >= H264_SUBSET_SPS && type <= H264_RESERVED_18);
}

/* Not passed on: without layers no decoder looks at it. */
static bool
h264_is_skipped(int type)
{
	return type == H264_FILLER || type == H264_PREFIX;
}

/* The first bytes of a NAL unit have come: does it begin another unit? */
static void
h264_sort(struct h264 *h, int type, const uint8_t *nal, size_t len)
{
	bool slice =
	    type == H264_SLICE || type == H264_IDR || type == H264_PART_A;
	struct h264_slice s;

	h->sorted = true;
	if (slice)
		s = h264_read_slice(h, nal, len < H264_HEAD ? len : H264_HEAD);
	if (h->now.slices > 0 &&
	    (slice ? h264_is_other(&h->now.last, &s)
		   : h264_begins_unit(type))) {
		h264_pass(h, h->nal);
		h264_begin_unit(h, h->nal);
	}
	if (!slice)
		return;
	if (h->now.slices++ == 0) {
		h->now.first = s;
		h->unit_us = h->nal_us;
	}
	h->now.bipredictive |= s.type == 1;
	h->now.intra &= s.type == 2;
	h->now.last = s;
}

static void
h264_forget(struct h264_set *set)
{
	free(set->data);
	*set = (struct h264_set){ .len = 0 };
}

/* Keep a parameter set, with a start code. */
static void
h264_keep(
    const struct h264 *h, struct h264_set *set, const uint8_t *nal, size_t len)
{
	h264_forget(set);
	set->unit = h->unit_no;
	set->len = sizeof(h264_code) + len;
	set->data = xcalloc(1, set->len);
	memcpy(set->data, h264_code, sizeof(h264_code));
	memcpy(set->data + sizeof(h264_code), nal, len);
}

/* Whether it has a recovery point (D.1.8) among its messages (7.3.2.3.1). */
static bool
h264_has_recovery(const uint8_t *nal, size_t len)
{
	struct bits b = bits_of(nal, len);

	while (b.p + 1 < b.end && !b.over) {
		unsigned type = 0, size = 0, byte;

		while ((byte = bits_byte(&b)) == 0xff)
			type += byte;
		type += byte;
		while ((byte = bits_byte(&b)) == 0xff)
			size += byte;
		size += byte;
		if (type == 6 && !b.over)
			return true;
		while (size-- > 0 && !b.over)
			bits_byte(&b);
	}
	return false;
}

/* A NAL unit is whole. False: it is useless. */
static bool
h264_read_nal(struct h264 *h, int type, const uint8_t *nal, size_t len)
{
	struct h264_sps sps;
	struct h264_pps pps;

	switch (type) {
	case 0:
		return false;
	case H264_SPS:
		if (!h264ps_read_sps(&sps, nal, len))
			return false;
		h->sets.sps[sps.id] = sps;
		h264_keep(h, &h->sets.sps_set[sps.id], nal, len);
		return true;
	case H264_PPS:
		if (!h264ps_read_pps(&pps, nal, len))
			return false;
		h->sets.pps[pps.id] = pps;
		if (pps.id >= h->sets.pps_end)
			h->sets.pps_end = pps.id + 1;
		h264_keep(h, &h->sets.pps_set[pps.id], nal, len);
		return true;
	case H264_SEI:
		h->now.recovery |= h264_has_recovery(nal, len);
		return true;
	default:
		return true;
	}
}

/* A NAL unit ends at the next one's start code. False: it must not be passed
 * on. */
static bool
h264_end_nal(struct h264 *h, size_t end)
{
	size_t at = h264_payload(h), len = end > at ? end - at : 0;
	const uint8_t *nal = h->data + at;
	int type;

	while (len > 0 && nal[len - 1] == 0) /* B.1: trailing_zero_8bits */
		len--;
	type = h264_type(nal, len);
	if (h264_is_skipped(type))
		return false;
	if (!h264_read_nal(h, type, nal, len)) {
		h->garbage += end - h->nal;
		return false;
	}
	if (type == H264_DELIMITER && h->nal == h->unit)
		h->now.delimiter = end - h->nal;
	return true;
}

/* --- bytes -------------------------------------------------------------- */

/* Drop the bytes before the unit that is being gathered. */
static void
h264_compact(struct h264 *h)
{
	if (h->unit == 0)
		return;
	memmove(h->data, h->data + h->unit, h->len - h->unit);
	h->len -= h->unit;
	h->nal -= h->unit;
	h->scanned -= h->unit;
	h->unit = 0;
}

/* Forget everything; search the next bytes for a start code. */
static void
h264_lose(struct h264 *h)
{
	h->garbage += h->len - h->unit;
	h->len = h->unit = h->nal = h->scanned = 0;
	h->in_nal = false;
	h264_begin_unit(h, 0);
}

static void
h264_append(struct h264 *h, const uint8_t *data, size_t len)
{
	h264_compact(h);
	if (h->len + len > h->max)
		h264_lose(h);
	if (h->len + len > h->cap) {
		h->cap = (h->len + len) * 2;
		h->data = xrealloc(h->data, h->cap, 1);
	}
	memcpy(h->data + h->len, data, len);
	h->len += len;
}

/* A start code is at `code`: a NAL unit begins. */
static void
h264_begin_nal(struct h264 *h, size_t at, size_t code)
{
	h->nal = at;
	h->nal_us = h->now_us;
	h->in_nal = true;
	h->sorted = false;
	h->scanned = code + 3;
}

/* Look for the first start code of all. False: not yet. */
static bool
h264_find_first(struct h264 *h)
{
	size_t code = h264_next_code(h->data, 0, h->len), at = code, rest;

	if (code == h->len) { /* a piece of one may be at the end */
		rest = h->len < 3 ? h->len : 3;
		h->garbage += h->len - rest;
		memmove(h->data, h->data + h->len - rest, rest);
		h->len = rest;
		return false;
	}
	if (at > 0 && h->data[at - 1] == 0)
		at--;
	h->garbage += at;
	h264_begin_nal(h, at, code);
	h264_begin_unit(h, at);
	return true;
}

/* Take bytes out of the unit. */
static void
h264_cut(struct h264 *h, size_t from, size_t to)
{
	memmove(h->data + from, h->data + to, h->len - to);
	h->len -= to - from;
}

/* Go on in the NAL unit. False: its end has not come yet. */
static bool
h264_step(struct h264 *h)
{
	size_t from = h264_payload(h);
	size_t code = h264_next_code(h->data, h->scanned, h->len), end = code;
	int type = h264_type(h->data + from, code - from);

	if (!h->sorted &&
	    (code < h->len || code - from >= H264_HEAD || type > H264_IDR))
		h264_sort(h, type, h->data + from, code - from);
	if (code == h->len) {
		if (h->len > from + 2)
			h->scanned = h->len - 2;
		return false;
	}
	if (end > from && h->data[end - 1] == 0)
		end--; /* the next one's start code is the longer one */
	if (!h264_end_nal(h, end)) {
		h264_cut(h, h->nal, end);
		code -= end - h->nal;
		end = h->nal;
	}
	h264_begin_nal(h, end, code);
	return true;
}

static void
h264_bite(struct h264 *h, const uint8_t *data, size_t len)
{
	h264_append(h, data, len);
	if (!h->in_nal && !h264_find_first(h))
		return;
	while (h264_step(h))
		;
}

void
h264_feed(struct h264 *h, const uint8_t *data, size_t len, int64_t now_us)
{
	h->now_us = now_us;
	for (; len > H264_BITE; data += H264_BITE, len -= H264_BITE)
		h264_bite(h, data, H264_BITE);
	if (len > 0)
		h264_bite(h, data, len);
}

void
h264_end(struct h264 *h, bool whole)
{
	size_t at = h->in_nal ? h264_payload(h) : 0, len = h->len - at;
	int type;

	if (h->in_nal && whole) {
		type = h264_type(h->data + at, len);
		if (!h->sorted)
			h264_sort(h, type, h->data + at, len);
		if (!h264_end_nal(h, h->len))
			h->len = h->nal;
		h->nal_us = h->now_us;
		h264_pass(h, h->len);
		h->len = h->unit;
	}
	h264_lose(h);
}

void
h264_clear(struct h264 *h)
{
	h264_lose(h);
	for (int i = 0; i < H264_SPS_MAX; i++)
		h264_forget(&h->sets.sps_set[i]);
	for (int i = 0; i < h->sets.pps_end; i++)
		h264_forget(&h->sets.pps_set[i]);
	h->sets.pps_end = 0;
	h->started = false;
	h->order = (struct h264_order){ .msb = 0 };
	free(h->data);
	h->data = NULL;
	h->cap = 0;
}

void
h264_init(struct h264 *h, void (*take)(void *ctx, const struct h264_unit *u),
    void *ctx)
{
	*h = (struct h264){ .max = H264_UNIT_MAX, .take = take, .ctx = ctx };
}
