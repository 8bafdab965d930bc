/* SPDX-License-Identifier: ISC */
#ifndef TSMUX_H
#define TSMUX_H

/*
 * Access units of one H.264 stream into MPEG-TS (ISO/IEC 13818-1), with silence
 * beside it where outputs want sound. The PIDs are those that ffmpeg's muxer
 * uses, so that the packets of both can follow each other. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/h264.h"

#define TSMUX_PMT_PID	0x1000
#define TSMUX_VIDEO_PID 0x100
#define TSMUX_AUDIO_PID 0x101

struct tsmux {
	bool silence; /* with a stream of silence: AAC, 44.1 kHz, stereo */
	uint8_t cc_pat, cc_pmt, cc_video, cc_audio;
	int64_t tables_dts; /* of the last tables; -1: none yet */
	int64_t audio_pts;  /* of the first frame of silence; -1: none yet */
	int64_t frames;	    /* of silence, so far */
	/* Bytes of whole packets, which may be changed in place. */
	void (*put)(void *ctx, uint8_t *data, size_t len);
	void *ctx;
	size_t n;		  /* bytes in the batch */
	uint8_t batch[188 * 256]; /* most units at once */
};

void tsmux_init(struct tsmux *m, bool silence,
    void (*put)(void *ctx, uint8_t *data, size_t len), void *ctx);

/* One unit, with its stamps (90 kHz); it is written in full when this
 * returns. */
void tsmux_unit(
    struct tsmux *m, const struct h264_unit *u, int64_t pts, int64_t dts);

#endif
