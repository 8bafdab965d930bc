/* SPDX-License-Identifier: ISC */
#ifndef PACKET_H
#define PACKET_H

/* For tests: MPEG-TS packets made by hand. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "media/ts.h"

enum {
	PMT_PID = 0x1000,
	VIDEO_PID = 0x100,
	AUDIO_PID = 0x101
};

static inline uint32_t
packet_crc(const uint8_t *b, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (; len > 0; len--, b++)
		for (int i = 7; i >= 0; i--) {
			bool bit = (*b >> i & 1) ^ (crc >> 31);

			crc = crc << 1 ^ (bit ? 0x04c11db7 : 0);
		}
	return crc;
}

static inline void
packet_head(uint8_t *p, uint16_t pid, bool start, uint8_t cc)
{
	memset(p, 0xff, TS_PACKET);
	p[0] = 0x47;
	p[1] = (uint8_t)((start ? 0x40 : 0) | pid >> 8);
	p[2] = (uint8_t)pid;
	p[3] = (uint8_t)(0x10 | cc);
}

/* A section at its place, with its CRC. */
static inline void
packet_section(uint8_t *p, uint16_t pid, const uint8_t *s, size_t len)
{
	uint32_t crc = packet_crc(s, len);

	packet_head(p, pid, true, 0);
	p[4] = 0;
	memcpy(p + 5, s, len);
	for (int i = 0; i < 4; i++)
		p[5 + len + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
}

static inline void
packet_pat(uint8_t *p)
{
	static const uint8_t s[] = { 0x00, 0xb0, 0x0d, 0, 1, 0xc1, 0, 0, 0, 1,
		0xe0 | PMT_PID >> 8, PMT_PID & 0xff };

	packet_section(p, 0, s, sizeof(s));
}

/* Video of one stream_type, sound of another; 0: none. */
static inline void
packet_pmt(uint8_t *p, uint8_t video, uint8_t audio)
{
	uint8_t s[32] = { 0x02, 0xb0, 0, 0, 1, 0xc1, 0, 0, 0xe1, 0x00, 0xf0,
		0 };
	size_t n = 12;

	if (video != 0) {
		memcpy(s + n, (uint8_t[]){ video, 0xe1, 0x00, 0xf0, 0 }, 5);
		n += 5;
	}
	if (audio != 0) {
		memcpy(s + n, (uint8_t[]){ audio, 0xe1, 0x01, 0xf0, 0 }, 5);
		n += 5;
	}
	s[2] = (uint8_t)(n + 4 - 3);
	packet_section(p, PMT_PID, s, n);
}

static inline void
packet_stamp(uint8_t *b, int mark, int64_t t)
{
	b[0] = (uint8_t)(mark << 4 | (t >> 30 & 7) << 1 | 1);
	b[1] = (uint8_t)(t >> 22);
	b[2] = (uint8_t)((t >> 15 & 0x7f) << 1 | 1);
	b[3] = (uint8_t)(t >> 7);
	b[4] = (uint8_t)((t & 0x7f) << 1 | 1);
}

/* The first packet of a PES packet: with an adaptation field that has a PCR
 * and says whether it is a key frame, PTS and DTS, and one NAL unit. */
static inline void
packet_pes(uint8_t *p, uint16_t pid, uint8_t cc, int64_t dts, bool key)
{
	int64_t pts = dts + 3600;
	uint8_t *b;

	packet_head(p, pid, true, cc);
	p[3] |= 0x20;
	p[4] = 7;
	p[5] = (uint8_t)(0x10 | (key ? 0x40 : 0));
	p[6] = (uint8_t)(dts >> 25);
	p[7] = (uint8_t)(dts >> 17);
	p[8] = (uint8_t)(dts >> 9);
	p[9] = (uint8_t)(dts >> 1);
	p[10] = (uint8_t)((dts & 1) << 7 | 0x7e);
	p[11] = 5;
	b = p + 12;
	memcpy(b,
	    (uint8_t[]){
		0, 0, 1, pid == AUDIO_PID ? 0xc0 : 0xe0, 0, 0, 0x80, 0xc0, 10 },
	    9);
	packet_stamp(b + 9, 3, pts);
	packet_stamp(b + 14, 1, dts);
	memcpy(b + 19, (uint8_t[]){ 0, 0, 0, 1, key ? 0x65 : 0x41, 0x88 }, 6);
}

/* A packet in the middle of a PES packet. */
static inline void
packet_more(uint8_t *p, uint16_t pid, uint8_t cc)
{
	packet_head(p, pid, false, cc);
}

#endif
