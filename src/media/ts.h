/* SPDX-License-Identifier: ISC */
#ifndef TS_H
#define TS_H

/*
 * MPEG-TS (ISO/IEC 13818-1) as one ffmpeg hands it to another: 188-byte
 * packets, one program, one video and at most a few audio streams. A parser
 * that finds packets in any cut of the bytes, the tables (PAT, PMT), the
 * beginnings of frames with their time stamps, and the points where a decoder
 * can begin; and the three changes that a relay makes to a packet. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/sniff.h"

#define TS_PACKET  188	 /* bytes; 2.4.3.2 */
#define TS_HZ	   90000 /* of PTS, DTS and the base of PCR */
#define TS_STREAMS 8	 /* elementary streams that are looked at */
#define TS_NO_PID  0x1fff

/* Between the newest stamp and the first of the next run, at least: a frame
 * at 30 fps. */
#define TS_STEP 3003

/* The codec of a stream, as the PMT says (stream_type, table 2-34). */
enum ts_codec {
	TS_CODEC_OTHER, /* private data, and types without a row here */
	TS_CODEC_H264,
	TS_CODEC_H265,
	TS_CODEC_MPEG2,
	TS_CODEC_AAC, /* ADTS */
	TS_CODEC_LATM,
	TS_CODEC_MPA, /* MP2, MP3 */
	TS_CODEC_AC3,
	N_TS_CODECS
};

extern const char *const ts_codec_names[N_TS_CODECS]; /* "h264", "aac", ... */

/* Whether it is video; all that is not counts as sound. */
bool ts_codec_is_video(enum ts_codec c);

struct ts_stream {
	uint16_t pid;
	enum ts_codec codec;
	uint8_t last_cc;    /* as it came; 0xff: none yet */
	uint16_t adts;	    /* of AAC: 0x100, the rate's index in bits 7 to 4,
			    the channel configuration; 0: none seen yet */
	enum ts_codec seen; /* of the first video: what its frames are,
			       whatever the PMT says; OTHER: not seen yet */
	uint16_t look;	    /* likewise: their size and profile as one number;
			    0: not seen yet */
	bool fits;	    /* likewise: one was of the codec in the PMT */
};

/* The description of one packet. */
struct ts_info {
	uint16_t pid;
	int stream; /* index in ts.streams, -1: none */
	bool pat, pmt;
	bool start; /* a PES packet begins (payload_unit_start) */
	bool video;
	bool key;	  /* a decoder can begin here: a start, and of video the
			 random access flag or, until that flag was seen on
			 the stream, a key frame's NAL unit in this packet;
			 without any video stream, every start of sound */
	int64_t pts, dts; /* 90 kHz, 33 bits; -1: none. dts falls back on pts */
	bool has_pcr;
	bool look; /* the codec of the video's frames is news */
};

/* The parser; one for each run of an upstream. */
struct ts {
	uint8_t partial[TS_PACKET]; /* a packet cut by a read */
	size_t n_partial;
	uint16_t pmt_pid, pcr_pid;
	struct ts_stream streams[TS_STREAMS];
	size_t n_streams;
	bool flagged;	    /* the random access flag was seen */
	struct sniff sniff; /* of the first video */
	uint8_t pat[TS_PACKET], pmt[TS_PACKET]; /* newest of each */
	bool has_pat, has_pmt;
	uint64_t packets;
	uint64_t garbage; /* bytes skipped while looking for a packet */
	uint64_t breaks;  /* of continuity, not announced */
	/* Every packet; it may be changed in place. `info` is borrowed. */
	void (*packet)(void *ctx, uint8_t *pkt, const struct ts_info *info);
	void *ctx;
};

void ts_init(struct ts *t,
    void (*packet)(void *ctx, uint8_t *pkt, const struct ts_info *info),
    void *ctx);

/* Take any piece of the byte stream (it may be changed in place). A packet
 * that is cut off is kept for the next piece. */
void ts_feed(struct ts *t, uint8_t *data, size_t len);

/* The PID of a packet. */
uint16_t ts_pid(const uint8_t *pkt);

/* Index of the first video stream, or -1. */
int ts_video(const struct ts *t);

/* Index of the first stream of sound, or -1. */
int ts_audio(const struct ts *t);

/* Whether the frames of the video have changed to another codec than that of
 * the PMT. */
bool ts_is_alien(const struct ts *t);

/* Whether all frames so far are of another codec: the PMT is wrong. */
bool ts_is_mislabelled(const struct ts *t);

/* Whether PAT and PMT are known: before that nothing is worth keeping. */
bool ts_is_ready(const struct ts *t);

/* The bytes of an elementary stream in a packet, after the PES header if one
 * starts in it; *len may be 0. */
const uint8_t *ts_elementary(const uint8_t *pkt, bool start, size_t *len);

/* Sampling rate in Hz and channels from an ADTS header (ISO/IEC 14496-3,
 * 1.A.2). False: it is none. */
bool ts_read_adts(const uint8_t *b, size_t len, int *rate, int *channels);

/* Whether AAC has a layout that its headers do not contain: a decoder learns it
 * only from the very first frame. */
bool ts_is_nameless(const struct ts_stream *s);

/* Add `delta` (90 kHz) to PTS, DTS and PCR of a packet, modulo 2^33. */
void ts_shift(uint8_t *pkt, const struct ts_info *info, int64_t delta);

/* The DTS of the packet that starts a PES packet, else its PTS; -1: none. */
int64_t ts_dts(const uint8_t *pkt);

/* Make a PMT that names its first video stream alone; the same one where that
 * cannot be. */
void ts_mute(const uint8_t *pmt, uint8_t *out);

/* Set the continuity counter (4 bits). */
void ts_set_cc(uint8_t *pkt, uint8_t cc);

/* Whether the packet's counter counts: it does with a payload only. */
bool ts_has_payload(const uint8_t *pkt);

/* Announce a break of continuity (2.4.3.5); false when the packet has no
 * adaptation field to say it in. */
bool ts_set_discontinuity(uint8_t *pkt);

/* Write a stamp of 33 bits into the five bytes of a PES header (2.4.3.7), which
 * have their marker bits, or the base of a PCR (2.4.3.5). */
void ts_put_stamp(uint8_t *b, int64_t t);
void ts_put_pcr(uint8_t *b, int64_t t);

/* CRC-32 of annex A; 0 over a whole section that is right. */
uint32_t ts_crc(const uint8_t *b, size_t len);

/* The difference a - b of two 33-bit stamps, in the range of +-2^32. */
int64_t ts_diff(int64_t a, int64_t b);

#endif
