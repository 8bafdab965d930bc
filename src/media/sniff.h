/* SPDX-License-Identifier: ISC */
#ifndef SNIFF_H
#define SNIFF_H

/*
 * The real codec of a video, from the parameter sets of its frames: a table may
 * say something else, when another sender has replaced the one it was made for.
 * H.264 (ITU-T H.264, 7.3.2.1), H.265 (ITU-T H.265, 7.3.2.2) and MPEG-2
 * (ISO/IEC 13818-2, 6.2.2.1) are distinguished. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sniff_codec {
	SNIFF_NONE, /* no frame has said it */
	SNIFF_H264,
	SNIFF_H265,
	SNIFF_MPEG2
};

/* Bytes of a frame that are looked at: parameter sets come first. */
#define SNIFF_MAX 1024

struct sniff {
	uint8_t data[SNIFF_MAX];
	size_t n;
	bool done; /* with this frame */
	/* of the newest frame that said it */
	enum sniff_codec codec;
	uint16_t look; /* its size and profile as one number; never 0 */
};

/* A frame begins. */
void sniff_begin(struct sniff *s);

/* Its next bytes. True: the codec is known. */
bool sniff_feed(struct sniff *s, const uint8_t *data, size_t len);

#endif
