/* SPDX-License-Identifier: ISC */
#ifndef CODECINFO_H
#define CODECINFO_H

/*
 * The codecs and parameters of an MPEG-TS, so that media of the same kind can
 * be made to follow it: read from its tables, one key frame and the packets
 * with it. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/h264ps.h"
#include "media/ts.h"

struct codecinfo {
	enum ts_codec video;
	bool has_sps; /* of H.264 */
	struct h264_sps sps;
	int rate, channels; /* of AAC (ADTS); 0: not known */
};

/*
 * Look through bytes that begin with PAT, PMT and a key frame (they may be
 * changed). The packets before the next frame, without those of other streams,
 * are moved to the front; returns their bytes, 0 without a whole key frame.
 */
size_t codecinfo_read(struct codecinfo *t, uint8_t *data, size_t len);

#endif
