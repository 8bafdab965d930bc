/* SPDX-License-Identifier: ISC */
/*
 * One set may be a coincidence, a set with the one that belongs to it is not: a
 * VPS and an SPS that can be read, an SPS that can be read and a PPS. A
 * sequence header of MPEG-2 has a bit set that is zero in all NAL units.
 */
#include "config.h"

#include <string.h>

#include "base/size.h"
#include "media/bits.h"
#include "media/h264.h"
#include "media/h264ps.h"
#include "media/sniff.h"

/* A frame in whose first bytes no parameter set begins has none. */
#define SNIFF_HEAD 96

#define SNIFF_SEQUENCE 0xb3 /* sequence_header_code */
#define SNIFF_VPS      32   /* nal_unit_type of H.265, table 7-1 */
#define SNIFF_SPS      33

/* The findings in a frame, as far as it has been read. */
struct sniff_found {
	bool begun;	/* a set was found, whole or not */
	bool vps, h264; /* H.265's, whole; H.264's SPS, read */
	enum sniff_codec codec;
	uint16_t look;
};

static uint16_t
sniff_look(unsigned profile, unsigned chroma, unsigned width, unsigned height)
{
	unsigned sum = profile;

	sum = sum * 31 + chroma;
	sum = sum * 16381 + width;
	sum = sum * 16381 + height;
	sum ^= sum >> 16;
	return (uint16_t)(sum | 1);
}

/* --- one set ------------------------------------------------------------ */

/* 7.3.3: past the levels of sub-layers. */
static void
sniff_skip_layers(struct bits *b, unsigned n)
{
	bool profile[8] = { false }, level[8] = { false };

	for (unsigned i = 0; n > 0 && i < 8; i++) {
		profile[i] = bits_u1(b) != 0 && i < n;
		level[i] = bits_u1(b) != 0 && i < n;
	}
	for (unsigned i = 0; i < n; i++) {
		if (profile[i]) {
			bits_u(b, 32);
			bits_u(b, 32);
			bits_u(b, 24);
		}
		if (level[i])
			bits_u(b, 8);
	}
}

/* An SPS of H.265 (7.3.2.2.1); 0: not one. */
static uint16_t
sniff_h265_sps(const uint8_t *nal, size_t len)
{
	struct bits b = bits_of(nal + 1, len - 1);
	unsigned layers, profile, id, chroma, width, height;

	bits_u(&b, 4); /* sps_video_parameter_set_id */
	layers = bits_u(&b, 3);
	bits_u(&b, 4); /* temporal nesting; space and tier of the profile */
	profile = bits_u(&b, 5);
	bits_u(&b, 32); /* its compatibility flags */
	bits_u(&b, 32);
	bits_u(&b, 24); /* constraints, level */
	sniff_skip_layers(&b, layers);
	id = bits_ue(&b);
	chroma = bits_ue(&b);
	if (chroma == 3)
		bits_u1(&b);
	width = bits_ue(&b);
	height = bits_ue(&b);
	if (b.over || id > 15 || chroma > 3 || width == 0 || height == 0 ||
	    width > SIZE_SIDE_MAX || height > SIZE_SIDE_MAX)
		return 0;
	return sniff_look(profile, chroma, width, height);
}

/* An SPS of H.264; 0: not one. */
static uint16_t
sniff_h264_sps(const uint8_t *nal, size_t len)
{
	struct h264_sps s;

	if (!h264ps_read_sps(&s, nal, len))
		return 0;
	return sniff_look(s.profile_idc,
	    (unsigned)s.chroma_format_idc << 1 | s.frames_only,
	    (unsigned)s.width, (unsigned)s.height);
}

static void
sniff_sequence(struct sniff_found *f, const uint8_t *b, size_t len)
{
	unsigned width, height;

	f->begun = true;
	if (len < 4)
		return;
	width = (unsigned)b[1] << 4 | b[2] >> 4;
	height = (unsigned)(b[2] & 0x0f) << 8 | b[3];
	if (width == 0 || height == 0)
		return;
	f->codec = SNIFF_MPEG2;
	f->look = sniff_look(0, 0, width, height);
}

/* The unit after a start code; `whole`: the next one has come. */
static void
sniff_unit(struct sniff_found *f, const uint8_t *nal, size_t len, bool whole)
{
	bool base = len > 1 && (nal[0] & 0x81) == 0 && (nal[1] & 0xf8) == 0 &&
	    (nal[1] & 0x07) != 0; /* of H.265's base layer */
	bool h264 = (nal[0] & 0x80) == 0 && (nal[0] & 0x60) != 0;
	int type = nal[0] & 0x1f;

	if (nal[0] == SNIFF_SEQUENCE) {
		sniff_sequence(f, nal, len);
	} else if (base && nal[0] >> 1 == SNIFF_VPS) {
		f->begun = true;
		f->vps = whole;
	} else if (base && nal[0] >> 1 == SNIFF_SPS && f->vps) {
		f->look = whole ? sniff_h265_sps(nal, len) : 0;
		f->codec = f->look != 0 ? SNIFF_H265 : SNIFF_NONE;
	} else if (h264 && type == H264_SPS) {
		f->begun = true;
		f->look = whole ? sniff_h264_sps(nal, len) : 0;
		f->h264 = f->look != 0;
	} else if (h264 && type == H264_PPS && f->h264) {
		f->codec = SNIFF_H264;
	}
}

/* --- public ------------------------------------------------------------- */

void
sniff_begin(struct sniff *s)
{
	s->n = 0;
	s->done = false;
}

bool
sniff_feed(struct sniff *s, const uint8_t *data, size_t len)
{
	struct sniff_found f = { .begun = false };
	size_t code, next;

	if (s->done)
		return false;
	if (len > SNIFF_MAX - s->n)
		len = SNIFF_MAX - s->n;
	memcpy(s->data + s->n, data, len);
	s->n += len;
	code = h264_next_code(s->data, 0, s->n);
	for (; f.codec == SNIFF_NONE && code + 3 < s->n; code = next) {
		next = h264_next_code(s->data, code + 3, s->n);
		sniff_unit(
		    &f, s->data + code + 3, next - code - 3, next < s->n);
	}
	s->done = f.codec != SNIFF_NONE || s->n == SNIFF_MAX ||
	    (!f.begun && s->n >= SNIFF_HEAD);
	if (f.codec == SNIFF_NONE)
		return false;
	s->codec = f.codec;
	s->look = f.look;
	return true;
}
