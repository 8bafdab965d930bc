/* SPDX-License-Identifier: ISC */
#ifndef CODECINFO_H
#define CODECINFO_H

/*
 * What pictures and sound of an MPEG-TS are like, so that others can be made
 * that follow them: read from its tables, one key frame and what comes with
 * it. Pure.
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
 * changed). The packets before the next picture, without those of other
 * streams, are moved to the front; how many bytes these are, 0: there is no
 * whole key frame.
 */
size_t codecinfo_read(struct codecinfo *t, uint8_t *data, size_t len);

#endif
