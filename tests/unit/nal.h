/* SPDX-License-Identifier: ISC */
#ifndef NAL_H
#define NAL_H

/* For tests: H.264 NAL units made by hand, bit by bit. The numbers in comments
 * are clauses of ITU-T H.264. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A NAL unit's payload, before emulation prevention. */
struct nal {
	uint8_t head, raw[1024];
	size_t bits;
};

static inline void
nal_begin(struct nal *n, uint8_t head)
{
	memset(n, 0, sizeof(*n));
	n->head = head;
}

static inline void
nal_u(struct nal *n, int bits, uint32_t v)
{
	while (bits-- > 0) {
		if (v >> bits & 1)
			n->raw[n->bits / 8] |= (uint8_t)(0x80 >> n->bits % 8);
		n->bits++;
	}
}

/* Exp-Golomb (9.1). */
static inline void
nal_ue(struct nal *n, uint32_t v)
{
	int zeros = 0;

	while ((uint64_t)v + 1 >= (uint64_t)2 << zeros)
		zeros++;
	nal_u(n, zeros, 0);
	nal_u(n, 1, 1);
	nal_u(n, zeros, (uint32_t)((uint64_t)v + 1 - ((uint64_t)1 << zeros)));
}

static inline void
nal_se(struct nal *n, int v)
{
	nal_ue(n, v > 0 ? (uint32_t)v * 2 - 1 : (uint32_t)-v * 2);
}

/* rbsp_trailing_bits (7.3.2.11). */
static inline void
nal_end(struct nal *n)
{
	nal_u(n, 1, 1);
	n->bits = (n->bits + 7) / 8 * 8;
}

/* With emulation prevention (7.3.1), without a start code; its length. */
static inline size_t
nal_write(const struct nal *n, uint8_t *to)
{
	size_t len = 0;
	int zeros = 0;

	to[len++] = n->head;
	for (size_t i = 0; i < n->bits / 8; i++) {
		if (zeros == 2 && n->raw[i] <= 3) {
			to[len++] = 3;
			zeros = 0;
		}
		zeros = n->raw[i] == 0 ? zeros + 1 : 0;
		to[len++] = n->raw[i];
	}
	return len;
}

/* --- parameter sets ----------------------------------------------------- */

struct nal_sps {
	uint8_t profile, constraints, level;
	unsigned id, chroma, poc_type, refs;
	unsigned frame_num_bits, poc_bits; /* 0: 4 */
	unsigned width_mbs, height_mbs;	   /* map units; 0: 20, 15 */
	bool fields, planes;		   /* each colour by itself */
	unsigned crop[4];		   /* left, right, top, bottom */
	bool scaling;			   /* with scaling lists of all kinds */
	bool vui, restricted;
	uint32_t num_units, time_scale;
	unsigned reorder;
	bool hrd, colours;
};

/* A list that is not there, one by default, one that ends early, a whole one
 * (7.3.2.1.1.1). */
static inline void
nal_scaling(struct nal *n, int lists)
{
	nal_u(n, 1, 1);
	for (int i = 0; i < lists; i++) {
		int size = i < 6 ? 16 : 64;

		nal_u(n, 1, i % 4 != 0);
		if (i % 4 == 1) {
			nal_se(n, -8);
		} else if (i % 4 == 2) {
			nal_se(n, 120);
			nal_se(n, 120);
			nal_se(n, 8); /* 256, which is 0: the rest is alike */
		} else if (i % 4 == 3) {
			for (int k = 0; k < size; k++)
				nal_se(n, k % 2 == 0 ? 3 : -2);
		}
	}
}

/* E.1.2 */
static inline void
nal_hrd(struct nal *n)
{
	nal_ue(n, 1);
	nal_u(n, 8, 0x24);
	for (int i = 0; i < 2; i++) {
		nal_ue(n, 7812);
		nal_ue(n, 15624);
		nal_u(n, 1, 0);
	}
	nal_u(n, 20, 0xbdef8);
}

/* E.1.1 */
static inline void
nal_vui(struct nal *n, const struct nal_sps *s)
{
	nal_u(n, 1, s->colours);
	if (s->colours) {
		nal_u(n, 8, 255);
		nal_u(n, 16, 4);
		nal_u(n, 16, 3);
	}
	nal_u(n, 1, s->colours);
	if (s->colours)
		nal_u(n, 1, 1); /* overscan */
	nal_u(n, 1, s->colours);
	if (s->colours) {
		nal_u(n, 5, 0x1a | 1); /* format, range, with colours */
		nal_u(n, 24, 0x010101);
	}
	nal_u(n, 1, s->colours);
	if (s->colours) {
		nal_ue(n, 1);
		nal_ue(n, 1);
	}
	nal_u(n, 1, s->time_scale != 0);
	if (s->time_scale != 0) {
		nal_u(n, 32, s->num_units);
		nal_u(n, 32, s->time_scale);
		nal_u(n, 1, 1);
	}
	nal_u(n, 1, s->hrd);
	if (s->hrd)
		nal_hrd(n);
	nal_u(n, 1, s->hrd);
	if (s->hrd) {
		nal_hrd(n);
		nal_u(n, 1, 0);
	}
	nal_u(n, 1, 0);
	nal_u(n, 1, s->restricted);
	if (!s->restricted)
		return;
	nal_u(n, 1, 1);
	nal_ue(n, 0);
	nal_ue(n, 0);
	nal_ue(n, 11);
	nal_ue(n, 11);
	nal_ue(n, s->reorder);
	nal_ue(n, s->refs);
}

/* 7.3.2.1.1 */
static inline void
nal_sps(struct nal *n, const struct nal_sps *s)
{
	bool crop = s->crop[0] + s->crop[1] + s->crop[2] + s->crop[3] > 0;

	nal_begin(n, 0x67);
	nal_u(n, 8, s->profile == 0 ? 66 : s->profile);
	nal_u(n, 8, s->constraints);
	nal_u(n, 8, s->level == 0 ? 30 : s->level);
	nal_ue(n, s->id);
	if (s->profile >= 100) {
		nal_ue(n, s->chroma);
		if (s->chroma == 3)
			nal_u(n, 1, s->planes);
		nal_ue(n, 0);
		nal_ue(n, 0);
		nal_u(n, 1, 0);
		if (s->scaling)
			nal_scaling(n, s->chroma == 3 ? 12 : 8);
		else
			nal_u(n, 1, 0);
	}
	nal_ue(n, s->frame_num_bits == 0 ? 0 : s->frame_num_bits - 4);
	nal_ue(n, s->poc_type);
	if (s->poc_type == 0) {
		nal_ue(n, s->poc_bits == 0 ? 0 : s->poc_bits - 4);
	} else if (s->poc_type == 1) {
		nal_u(n, 1, 0);
		nal_se(n, -3);
		nal_se(n, 1);
		nal_ue(n, 2);
		nal_se(n, 2);
		nal_se(n, -2);
	}
	nal_ue(n, s->refs);
	nal_u(n, 1, 0);
	nal_ue(n, (s->width_mbs == 0 ? 20 : s->width_mbs) - 1);
	nal_ue(n, (s->height_mbs == 0 ? 15 : s->height_mbs) - 1);
	nal_u(n, 1, !s->fields);
	if (s->fields)
		nal_u(n, 1, 0);
	nal_u(n, 1, 1);
	nal_u(n, 1, crop);
	for (int i = 0; crop && i < 4; i++)
		nal_ue(n, s->crop[i]);
	nal_u(n, 1, s->vui);
	if (s->vui)
		nal_vui(n, s);
	nal_end(n);
}

struct nal_pps {
	unsigned id, sps;
	bool bottom_order, redundant;
	unsigned groups; /* 0: 1 */
	unsigned group_type, refs;
};

/* 7.3.2.2 */
static inline void
nal_pps(struct nal *n, const struct nal_pps *p)
{
	nal_begin(n, 0x68);
	nal_ue(n, p->id);
	nal_ue(n, p->sps);
	nal_u(n, 1, 0);
	nal_u(n, 1, p->bottom_order);
	nal_ue(n, p->groups == 0 ? 0 : p->groups - 1);
	if (p->groups > 1) {
		nal_ue(n, p->group_type);
		if (p->group_type == 0) {
			for (unsigned i = 0; i < p->groups; i++)
				nal_ue(n, 40 + i);
		} else if (p->group_type == 2) {
			for (unsigned i = 0; i + 1 < p->groups; i++) {
				nal_ue(n, i);
				nal_ue(n, 90 + i);
			}
		} else if (p->group_type >= 3 && p->group_type <= 5) {
			nal_u(n, 1, 1);
			nal_ue(n, 9);
		} else if (p->group_type == 6) {
			nal_ue(n, 9);
			for (unsigned i = 0; i < 10; i++)
				nal_u(n,
				    p->groups > 4	? 3
					: p->groups > 2 ? 2
							: 1,
				    i % p->groups);
		}
	}
	nal_ue(n, p->refs == 0 ? 0 : p->refs - 1);
	nal_ue(n, 0);
	nal_u(n, 3, 0);
	nal_se(n, -3);
	nal_se(n, 0);
	nal_se(n, -2);
	nal_u(n, 2, 2);
	nal_u(n, 1, p->redundant);
	nal_end(n);
}

/* --- slices ------------------------------------------------------------- */

enum {
	NAL_P,
	NAL_B,
	NAL_I
};

struct nal_slice {
	bool idr, field, bottom;
	uint8_t ref_idc;
	unsigned first_mb, type, pps, plane, frame_num, idr_id, poc, redundant;
	int delta_bottom, delta[2];
	size_t len; /* bytes of slice data */
};

/* 7.3.3, with the sets that it refers to. */
static inline void
nal_slice(struct nal *n, const struct nal_slice *s, const struct nal_sps *sps,
    const struct nal_pps *pps)
{
	nal_begin(n, (uint8_t)(s->ref_idc << 5 | (s->idr ? 5 : 1)));
	nal_ue(n, s->first_mb);
	nal_ue(n, s->type);
	nal_ue(n, s->pps);
	if (sps->planes)
		nal_u(n, 2, s->plane);
	nal_u(n, sps->frame_num_bits == 0 ? 4 : (int)sps->frame_num_bits,
	    s->frame_num);
	if (sps->fields) {
		nal_u(n, 1, s->field);
		if (s->field)
			nal_u(n, 1, s->bottom);
	}
	if (s->idr)
		nal_ue(n, s->idr_id);
	if (sps->poc_type == 0) {
		nal_u(n, sps->poc_bits == 0 ? 4 : (int)sps->poc_bits, s->poc);
		if (pps->bottom_order && !s->field)
			nal_se(n, s->delta_bottom);
	} else if (sps->poc_type == 1) {
		nal_se(n, s->delta[0]);
		if (pps->bottom_order && !s->field)
			nal_se(n, s->delta[1]);
	}
	if (pps->redundant)
		nal_ue(n, s->redundant);
	for (size_t i = 0; i < s->len; i++)
		nal_u(n, 8, i % 5 == 0 ? 0x7a : i % 3 == 0 ? 1 : 0);
	nal_end(n);
}

/* --- byte streams ------------------------------------------------------- */

struct nal_stream {
	uint8_t data[65536];
	size_t len;
	bool brief; /* start codes of three bytes */
};

static inline void
stream_raw(struct nal_stream *s, const void *data, size_t len)
{
	memcpy(s->data + s->len, data, len);
	s->len += len;
}

static inline void
stream_code(struct nal_stream *s)
{
	static const uint8_t code[] = { 0, 0, 0, 1 };

	stream_raw(s, code + s->brief, sizeof(code) - s->brief);
}

static inline void
stream_nal(struct nal_stream *s, const struct nal *n)
{
	stream_code(s);
	s->len += nal_write(n, s->data + s->len);
}

/* One of a few bytes. */
static inline void
stream_bytes(struct nal_stream *s, const void *data, size_t len)
{
	stream_code(s);
	stream_raw(s, data, len);
}

static inline void
stream_delimiter(struct nal_stream *s)
{
	stream_bytes(s, (uint8_t[]){ 9, 0xf0 }, 2);
}

/* A message (7.3.2.3); 6 is a recovery point. */
static inline void
stream_sei(struct nal_stream *s, uint8_t type)
{
	stream_bytes(s, (uint8_t[]){ 6, type, 2, 0x84, 0x10, 0x80 }, 6);
}

static inline void
stream_sps(struct nal_stream *s, const struct nal_sps *sps)
{
	struct nal n;

	nal_sps(&n, sps);
	stream_nal(s, &n);
}

static inline void
stream_pps(struct nal_stream *s, const struct nal_pps *pps)
{
	struct nal n;

	nal_pps(&n, pps);
	stream_nal(s, &n);
}

static inline void
stream_slice(struct nal_stream *s, const struct nal_slice *slice,
    const struct nal_sps *sps, const struct nal_pps *pps)
{
	struct nal n;

	nal_slice(&n, slice, sps, pps);
	stream_nal(s, &n);
}

/* A group of frames: a key frame and n others; `sets`: with its parameter sets. */
static inline void
stream_group(struct nal_stream *s, const struct nal_sps *sps,
    const struct nal_pps *pps, bool sets, int n)
{
	struct nal_slice v = { .idr = true, .ref_idc = 1, .len = 40 };
	static unsigned id;

	if (sets) {
		stream_sps(s, sps);
		stream_pps(s, pps);
	}
	v.idr_id = id++ % 2;
	stream_slice(s, &v, sps, pps);
	v = (struct nal_slice){ .type = NAL_P, .ref_idc = 1, .len = 40 };
	for (int i = 1; i <= n; i++) {
		v.frame_num = (unsigned)i % 16;
		stream_slice(s, &v, sps, pps);
	}
}

#endif
