/* SPDX-License-Identifier: ISC */
#ifndef H264PS_H
#define H264PS_H

/*
 * The parameter sets of H.264 (ITU-T H.264, 7.3.2.1, 7.3.2.2, E.1.1), as far as
 * needed to separate and name pictures. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define H264_SPS_MAX 32	   /* ids, 7.4.2.1.1 */
#define H264_PPS_MAX 256   /* 7.4.2.2 */
#define H264_SET_MAX 16384 /* bytes; no set comes near it */

/* nal_unit_type, table 7-1. */
enum h264_nal {
	H264_SLICE = 1,
	H264_PART_A,
	H264_PART_B,
	H264_PART_C,
	H264_IDR,
	H264_SEI,
	H264_SPS,
	H264_PPS,
	H264_DELIMITER,
	H264_END_SEQUENCE,
	H264_END_STREAM,
	H264_FILLER,
	H264_SPS_EXTENSION,
	H264_PREFIX,
	H264_SUBSET_SPS,
	H264_RESERVED_18 = 18
};

/* A sequence parameter set. */
struct h264_sps {
	int id;
	uint8_t profile_idc, constraints, level_idc;
	int chroma_format_idc;
	int width, height; /* of the picture, cropped */
	bool frames_only;  /* no fields (frame_mbs_only_flag) */
	bool separate_planes, delta_always_zero;
	int frame_num_bits, poc_type, poc_bits;
	int ref_frames;
	/* Frames a second are time_scale / (2 * num_units), E.2.1; 0 / 0: it
	 * does not say. */
	uint32_t time_scale, num_units;
	int reorder; /* max_num_reorder_frames; -1: it does not say */
};

struct h264_pps {
	int id, sps;
	bool bottom_order; /* bottom_field_pic_order_in_frame_present */
	bool redundant;	   /* redundant_pic_cnt_present */
	int refs;	   /* num_ref_idx_l0_default_active */
};

/* Read a NAL unit without its start code. False: it is damaged, or a decoder
 * would not take it. */
bool h264ps_read_sps(struct h264_sps *s, const uint8_t *nal, size_t len);
bool h264ps_read_pps(struct h264_pps *p, const uint8_t *nal, size_t len);

/* Microseconds from frame to frame, as the stream says; 0: it does not say,
 * or not a camera's value. */
int64_t h264ps_period_us(const struct h264_sps *s);

/* "High 4.1"; "Constrained Baseline 3"; static until the next call. */
const char *h264ps_profile_text(const struct h264_sps *s);

#endif
