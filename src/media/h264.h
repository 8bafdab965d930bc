/* SPDX-License-Identifier: ISC */
#ifndef H264_H
#define H264_H

/*
 * H.264 byte streams (ITU-T H.264, Annex B) as camera programs write them: NAL
 * units found in any cut of the bytes, gathered into access units by the rules
 * of 7.4.1.2.3 and 7.4.1.2.4, with what their parameter sets say (7.3.2.1,
 * 7.3.2.2, E.1.1). Parameter sets that a camera sends once only are repeated
 * before every key frame, and every access unit begins with a delimiter, as
 * MPEG-TS wants it (ISO/IEC 13818-1, 2.14.1). An access unit is known to be
 * whole when the next one begins. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/h264ps.h"

/* A larger access unit is not from a camera. */
#define H264_UNIT_MAX ((size_t)16 * 1024 * 1024)

/* An access unit delimiter, with its start code. */
extern const uint8_t h264_delimiter[6];

/* A part of an access unit's bytes. */
struct h264_piece {
	const uint8_t *data;
	size_t len;
};

/* A delimiter, parameter sets, the rest. */
#define H264_PIECES 36

/* A whole access unit; all that it points to is borrowed for the call. */
struct h264_unit {
	struct h264_piece pieces[H264_PIECES]; /* start codes and all */
	size_t n_pieces, len;
	size_t bytes;	 /* of the stream */
	int64_t at_us;	 /* when its first slice began to come */
	int64_t next_us; /* when the next unit began to */
	bool key;	 /* a decoder can begin here */
	bool idr;
	bool field;		    /* half a picture */
	bool second;		    /* the other half of the unit before */
	int slices;		    /* NAL units with slice data */
	bool bipredictive;	    /* has B slices */
	int64_t order;		    /* picture order count since the last IDR
				  picture (8.2.1.1), two for a frame; counted in
				  decoding order when poc_type is not 0 */
	const struct h264_sps *sps; /* the set it refers to; NULL: not known */
};

/* The fields that separate one primary coded picture from the next
 * (7.4.1.2.4). */
struct h264_slice {
	unsigned first_mb, type, pps, plane, frame_num, idr_id, redundant;
	bool idr, field, bottom;
	int ref_idc;
	unsigned poc_lsb;
	int delta_bottom, delta[2];
	bool known; /* its parameter sets were there */
};

struct h264_set {
	uint8_t *data; /* owned: start code and NAL unit; NULL: none */
	size_t len;
	uint64_t unit; /* that it came in */
};

/* The properties of the unit that is being gathered. */
struct h264_gathered {
	struct h264_slice first, last;
	int slices;
	bool recovery, bipredictive;
	bool intra;	  /* has I slices only */
	size_t delimiter; /* bytes of the delimiter at its beginning */
};

/* Picture order (8.2.1.1). */
struct h264_order {
	int64_t msb;
	unsigned lsb;
	int64_t decoded; /* pictures since the last IDR picture */
	bool half;	 /* the last unit was a first field: */
	bool bottom;
	unsigned frame_num;
};

/* The parameter sets, as they came and as they are read. */
struct h264_sets {
	struct h264_set sps_set[H264_SPS_MAX], pps_set[H264_PPS_MAX];
	struct h264_sps sps[H264_SPS_MAX];
	struct h264_pps pps[H264_PPS_MAX];
	int pps_end; /* one more than the highest id */
};

struct h264 {
	/* Bytes: from `unit` on they belong to the access unit that is being
	 * gathered, from `nal` on to the NAL unit (its start code). */
	uint8_t *data; /* owned */
	size_t len, cap, unit, nal, scanned;
	bool in_nal; /* a start code was found */
	bool sorted; /* the type of the NAL unit is known */
	int64_t nal_us, unit_us, now_us;
	size_t max; /* H264_UNIT_MAX; less in tests */

	struct h264_gathered now;
	uint64_t unit_no;
	struct h264_order order;
	struct h264_sets sets;
	bool started; /* there was a key frame */

	uint64_t units, keys; /* passed on */
	uint64_t early;	      /* units before the first key frame */
	uint64_t garbage;     /* bytes that belong to no unit */
	void (*take)(void *ctx, const struct h264_unit *u);
	void *ctx;
};

void h264_init(struct h264 *h,
    void (*take)(void *ctx, const struct h264_unit *u), void *ctx);

/* The unfinished unit is dropped, and the parameter sets are forgotten; it can
 * be fed again. */
void h264_clear(struct h264 *h);

/* Any piece of the byte stream; `now_us` is when it came. Units are passed on
 * from the first key frame on whose parameter sets are known. */
void h264_feed(struct h264 *h, const uint8_t *data, size_t len, int64_t now_us);

/* The end of the byte stream. With `whole` the last unit is passed on;
 * otherwise it may be cut off, and is dropped. */
void h264_end(struct h264 *h, bool whole);

/* The next start code (00 00 01) at or after `from`: the position of its first
 * byte, or `len`. */
size_t h264_next_code(const uint8_t *data, size_t from, size_t len);

#endif
