/* SPDX-License-Identifier: ISC */
/* The numbers in comments are clauses of ITU-T H.264. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/size.h"
#include "media/bits.h"
#include "media/h264ps.h"

/* 250 frames a second, and one in ten seconds; others are not a camera's. */
#define H264_PERIOD_MIN_US 4000
#define H264_PERIOD_MAX_US 10000000

/* An Exp-Golomb number that is at most `max`; otherwise the data are damaged,
 * and treated as cut off. */
static int
h264ps_ue(struct bits *b, unsigned max)
{
	unsigned v = bits_ue(b);

	if (v <= max)
		return (int)v;
	b->over = true;
	return 0;
}

/* --- sequence parameter sets -------------------------------------------- */

/* Profiles whose sets have more fields about the pictures (7.3.2.1.1). */
static bool
h264ps_is_high(int profile)
{
	static const uint8_t high[] = { 100, 110, 122, 244, 44, 83, 86, 118,
		128, 138, 139, 134, 135 };

	return memchr(high, profile, sizeof(high)) != NULL;
}

/* 7.3.2.1.1.1 */
static void
h264ps_skip_scaling_list(struct bits *b, int size)
{
	int last = 8, next = 8;

	for (int i = 0; i < size && !b->over; i++) {
		if (next != 0)
			next = (int)(((unsigned)last + (unsigned)bits_se(b)) &
			    0xff);
		last = next == 0 ? last : next;
	}
}

/* The fields of profiles from High on. */
static void
h264ps_read_high(struct h264_sps *s, struct bits *b)
{
	int lists;

	s->chroma_format_idc = h264ps_ue(b, 3);
	if (s->chroma_format_idc == 3)
		s->separate_planes = bits_u1(b);
	bits_ue(b); /* bit_depth_luma_minus8 */
	bits_ue(b); /* bit_depth_chroma_minus8 */
	bits_u1(b); /* qpprime_y_zero_transform_bypass_flag */
	if (bits_u1(b) == 0)
		return;
	lists = s->chroma_format_idc == 3 ? 12 : 8;
	for (int i = 0; i < lists; i++)
		if (bits_u1(b) != 0)
			h264ps_skip_scaling_list(b, i < 6 ? 16 : 64);
}

static void
h264ps_read_order(struct h264_sps *s, struct bits *b)
{
	int n;

	s->poc_type = h264ps_ue(b, 2);
	if (s->poc_type == 0) {
		s->poc_bits = h264ps_ue(b, 12) + 4;
	} else if (s->poc_type == 1) {
		s->delta_always_zero = bits_u1(b);
		bits_se(b); /* offset_for_non_ref_pic */
		bits_se(b); /* offset_for_top_to_bottom_field */
		n = h264ps_ue(b, 255);
		for (int i = 0; i < n; i++)
			bits_se(b);
	}
}

/* E.1.2 */
static void
h264ps_skip_hrd(struct bits *b)
{
	unsigned n = bits_ue(b) + 1;

	bits_u(b, 8); /* bit_rate_scale, cpb_size_scale */
	for (unsigned i = 0; i < n && i < 32; i++) {
		bits_ue(b);
		bits_ue(b);
		bits_u1(b);
	}
	bits_u(b, 20); /* lengths */
}

/* E.1.1 */
static void
h264ps_read_vui(struct h264_sps *s, struct bits *b)
{
	bool nal_hrd, vcl_hrd;

	if (bits_u1(b) != 0 && bits_u(b, 8) == 255) /* aspect_ratio_idc */
		bits_u(b, 32);			    /* sar */
	if (bits_u1(b) != 0)
		bits_u1(b); /* overscan */
	if (bits_u1(b) != 0) {
		bits_u(b, 4); /* video_format, full range */
		if (bits_u1(b) != 0)
			bits_u(b, 24); /* colours */
	}
	if (bits_u1(b) != 0) {
		bits_ue(b); /* chroma_loc_info */
		bits_ue(b);
	}
	if (bits_u1(b) != 0) {
		s->num_units = bits_u(b, 32);
		s->time_scale = bits_u(b, 32);
		bits_u1(b); /* fixed_frame_rate_flag */
		if (b->over)
			s->num_units = s->time_scale = 0;
	}
	nal_hrd = bits_u1(b);
	if (nal_hrd)
		h264ps_skip_hrd(b);
	vcl_hrd = bits_u1(b);
	if (vcl_hrd)
		h264ps_skip_hrd(b);
	if (nal_hrd || vcl_hrd)
		bits_u1(b); /* low_delay_hrd_flag */
	bits_u1(b);	    /* pic_struct_present_flag */
	if (bits_u1(b) == 0 || b->over)
		return;
	bits_u1(b); /* motion_vectors_over_pic_boundaries_flag */
	for (int i = 0; i < 4; i++)
		bits_ue(b); /* up to log2_max_mv_length_vertical */
	s->reorder = h264ps_ue(b, 16);
	if (b->over)
		s->reorder = -1;
}

/* The picture's size: macroblocks, less the cropping (7.4.2.1.1). */
static bool
h264ps_read_size(struct h264_sps *s, struct bits *b)
{
	unsigned w = (unsigned)h264ps_ue(b, SIZE_SIDE_MAX / 16 - 1) + 1;
	unsigned h = (unsigned)h264ps_ue(b, SIZE_SIDE_MAX / 16 - 1) + 1;
	unsigned crop[4] = { 0 };
	unsigned unit_x = 1, unit_y, chroma;

	s->frames_only = bits_u1(b);
	if (!s->frames_only)
		bits_u1(b); /* mb_adaptive_frame_field_flag */
	bits_u1(b);	    /* direct_8x8_inference_flag */
	if (bits_u1(b) != 0)
		for (int i = 0; i < 4; i++)
			crop[i] = bits_ue(b); /* left, right, top, bottom */
	chroma = s->separate_planes ? 0 : (unsigned)s->chroma_format_idc;
	unit_y = s->frames_only ? 1 : 2;
	if (chroma == 1 || chroma == 2)
		unit_x = 2;
	if (chroma == 1)
		unit_y *= 2;
	h *= s->frames_only ? 16 : 32;
	w *= 16;
	if (b->over || h > SIZE_SIDE_MAX || crop[0] > w || crop[1] > w ||
	    crop[2] > h || crop[3] > h || (crop[0] + crop[1]) * unit_x >= w ||
	    (crop[2] + crop[3]) * unit_y >= h)
		return false;
	s->width = (int)(w - (crop[0] + crop[1]) * unit_x);
	s->height = (int)(h - (crop[2] + crop[3]) * unit_y);
	return true;
}

bool
h264ps_read_sps(struct h264_sps *s, const uint8_t *nal, size_t len)
{
	struct bits b;

	if (len < 4 || len > H264_SET_MAX || (nal[0] & 0x1f) != H264_SPS)
		return false;
	b = bits_of(nal, len);
	*s = (struct h264_sps){ .chroma_format_idc = 1, .reorder = -1 };
	s->profile_idc = (uint8_t)bits_u(&b, 8);
	s->constraints = (uint8_t)bits_u(&b, 8);
	s->level_idc = (uint8_t)bits_u(&b, 8);
	s->id = h264ps_ue(&b, H264_SPS_MAX - 1);
	if (h264ps_is_high(s->profile_idc))
		h264ps_read_high(s, &b);
	s->frame_num_bits = h264ps_ue(&b, 12) + 4;
	h264ps_read_order(s, &b);
	s->ref_frames = h264ps_ue(&b, 32);
	bits_u1(&b); /* gaps_in_frame_num_value_allowed_flag */
	if (!h264ps_read_size(s, &b))
		return false;
	if (bits_u1(&b) != 0)
		h264ps_read_vui(s, &b);
	return true;
}

/* 7.4.2.1.1: constraint_set flags distinguish the variants of a profile. */
static const char *
h264ps_profile_name(const struct h264_sps *s)
{
	switch (s->profile_idc) {
	case 66:
		return (s->constraints & 0x40) != 0 ? "Constrained Baseline"
						    : "Baseline";
	case 77:
		return "Main";
	case 88:
		return "Extended";
	case 100:
		return "High";
	case 110:
		return "High 10";
	case 122:
		return "High 4:2:2";
	case 244:
		return "High 4:4:4 Predictive";
	default:
		return NULL;
	}
}

const char *
h264ps_profile_text(const struct h264_sps *s)
{
	static char text[40];
	const char *name = h264ps_profile_name(s);
	int n = name == NULL
	    ? snprintf(text, sizeof(text), "profile %d ", s->profile_idc)
	    : snprintf(text, sizeof(text), "%s ", name);

	if (s->level_idc == 9 ||
	    (s->level_idc == 11 && s->profile_idc < 100 &&
		(s->constraints & 0x10) != 0))
		snprintf(text + n, sizeof(text) - (size_t)n, "1b");
	else if (s->level_idc % 10 == 0)
		snprintf(text + n, sizeof(text) - (size_t)n, "%d",
		    s->level_idc / 10);
	else
		snprintf(text + n, sizeof(text) - (size_t)n, "%d.%d",
		    s->level_idc / 10, s->level_idc % 10);
	return text;
}

int64_t
h264ps_period_us(const struct h264_sps *s)
{
	int64_t us;

	if (s->time_scale == 0)
		return 0;
	us = 2 * (int64_t)s->num_units * 1000000 / s->time_scale;
	return us >= H264_PERIOD_MIN_US && us <= H264_PERIOD_MAX_US ? us : 0;
}

/* --- picture parameter sets --------------------------------------------- */

/* Slice groups, 7.3.2.2. */
static void
h264ps_skip_groups(struct bits *b, unsigned groups)
{
	unsigned type = bits_ue(b), n;
	int bits = 0;

	if (type == 0) {
		for (unsigned i = 0; i < groups; i++)
			bits_ue(b); /* run_length_minus1 */
	} else if (type == 2) {
		for (unsigned i = 0; i + 1 < groups; i++) {
			bits_ue(b); /* top_left */
			bits_ue(b); /* bottom_right */
		}
	} else if (type >= 3 && type <= 5) {
		bits_u1(b);
		bits_ue(b); /* slice_group_change_rate_minus1 */
	} else if (type == 6) {
		n = bits_ue(b) + 1;
		while (1u << bits < groups)
			bits++;
		for (unsigned i = 0; i < n && !b->over; i++)
			bits_u(b, bits);
	}
}

bool
h264ps_read_pps(struct h264_pps *p, const uint8_t *nal, size_t len)
{
	struct bits b;
	unsigned groups;

	if (len < 2 || len > H264_SET_MAX || (nal[0] & 0x1f) != H264_PPS)
		return false;
	b = bits_of(nal, len);
	*p = (struct h264_pps){ .id = 0 };
	p->id = h264ps_ue(&b, H264_PPS_MAX - 1);
	p->sps = h264ps_ue(&b, H264_SPS_MAX - 1);
	bits_u1(&b); /* entropy_coding_mode_flag */
	p->bottom_order = bits_u1(&b);
	groups = (unsigned)h264ps_ue(&b, 7) + 1;
	if (groups > 1)
		h264ps_skip_groups(&b, groups);
	p->refs = h264ps_ue(&b, 31) + 1;
	bits_ue(&b);   /* num_ref_idx_l1 */
	bits_u(&b, 3); /* weighted prediction */
	bits_se(&b);   /* pic_init_qp */
	bits_se(&b);   /* pic_init_qs */
	bits_se(&b);   /* chroma_qp_index_offset */
	bits_u(&b, 2); /* deblocking, constrained_intra_pred */
	p->redundant = bits_u1(&b);
	return !b.over;
}
