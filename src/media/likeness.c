/* SPDX-License-Identifier: ISC */
/*
 * Magic numbers, and three things that have none: text, MPEG-TS and H.264 in
 * its two forms.
 */
#include "config.h"

#include <string.h>

#include "base/util.h"
#include "media/h264.h"
#include "media/likeness.h"

#define LIKENESS_TEXT_MIN    8 /* bytes that can be told from chance */
#define LIKENESS_LETTERS_MIN 4

#define LIKENESS_TS_PACKET 188
#define LIKENESS_TS_SYNC   0x47

#define LIKENESS_ESC 0x1b

#define LIKENESS_LINE_MAX 100
#define LIKENESS_JUNK_MIN 3 /* bytes */

const char *const likeness_names[] = {
	[LIKENESS_NONE] = "unknown data",
	[LIKENESS_TEXT] = "text",
	[LIKENESS_UTF16] = "UTF-16 text",
	[LIKENESS_HTTP] = "an HTTP answer",
	[LIKENESS_JPEG] = "JPEG",
	[LIKENESS_PNG] = "PNG",
	[LIKENESS_GIF] = "GIF",
	[LIKENESS_BMP] = "BMP",
	[LIKENESS_TIFF] = "TIFF",
	[LIKENESS_WEBP] = "WebP",
	[LIKENESS_PNM] = "PNM (PPM, PGM)",
	[LIKENESS_NPY] = "NumPy's file format",
	[LIKENESS_PICKLE] = "Python's pickle format",
	[LIKENESS_Y4M] = "Y4M",
	[LIKENESS_MPEGTS] = "MPEG-TS",
	[LIKENESS_MPEGPS] = "MPEG-PS",
	[LIKENESS_FLV] = "FLV",
	[LIKENESS_MP4] = "MP4",
	[LIKENESS_MATROSKA] = "Matroska",
	[LIKENESS_AVI] = "AVI",
	[LIKENESS_WAV] = "WAV",
	[LIKENESS_OGG] = "Ogg",
	[LIKENESS_IVF] = "IVF",
	[LIKENESS_NUT] = "NUT",
	[LIKENESS_GZIP] = "gzip",
	[LIKENESS_ZIP] = "ZIP",
	[LIKENESS_H264] = "H.264",
	[LIKENESS_H265] = "H.265",
	[LIKENESS_AVCC] = "H.264 without start codes (AVCC)",
};
_Static_assert(NELEM(likeness_names) == N_LIKENESSES, "a name each");

/* The first that fits counts. */
static const struct {
	enum likeness kind;
	size_t at, len;
	const char *bytes;
} likeness_magics[] = {
	{ LIKENESS_JPEG, 0, 3, "\xff\xd8\xff" },
	{ LIKENESS_PNG, 0, 8, "\x89PNG\r\n\x1a\n" },
	{ LIKENESS_GIF, 0, 4, "GIF8" },
	{ LIKENESS_TIFF, 0, 4, "II*\0" },
	{ LIKENESS_TIFF, 0, 4, "MM\0*" },
	{ LIKENESS_WEBP, 8, 4, "WEBP" },
	{ LIKENESS_NPY, 0, 6, "\x93NUMPY" },
	{ LIKENESS_Y4M, 0, 9, "YUV4MPEG2" },
	{ LIKENESS_Y4M, 0, 6, "FRAME\n" },
	{ LIKENESS_Y4M, 0, 6, "FRAME " },
	{ LIKENESS_MPEGPS, 0, 4, "\0\0\x01\xba" },
	{ LIKENESS_FLV, 0, 4, "FLV\x01" },
	{ LIKENESS_MP4, 4, 4, "ftyp" },
	{ LIKENESS_MP4, 4, 4, "moof" },
	{ LIKENESS_MATROSKA, 0, 4, "\x1a\x45\xdf\xa3" },
	{ LIKENESS_AVI, 8, 4, "AVI " },
	{ LIKENESS_WAV, 8, 4, "WAVE" },
	{ LIKENESS_OGG, 0, 4, "OggS" },
	{ LIKENESS_IVF, 0, 4, "DKIF" },
	{ LIKENESS_NUT, 0, 10, "nut/multim" },
	{ LIKENESS_GZIP, 0, 3, "\x1f\x8b\x08" },
	{ LIKENESS_ZIP, 0, 4, "PK\x03\x04" },
	{ LIKENESS_HTTP, 0, 5, "HTTP/" },
	{ LIKENESS_PICKLE, 0, 3, "\x80\x04\x95" },
	{ LIKENESS_PICKLE, 0, 3, "\x80\x05\x95" },
};

/* --- text --------------------------------------------------------------- */

/* Length of the character at `p`, which is 0x80 or above, as UTF-8 has it; 0:
 * none. One that the end cuts off may be one. */
static size_t
likeness_long_char(const uint8_t *p, size_t left)
{
	size_t len = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;

	if (*p < 0xc2 || *p > 0xf4)
		return 0;
	for (size_t i = 1; i < len && i < left; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len < left ? len : left;
}

static bool
likeness_is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\a' && c <= '\r');
}

bool
likeness_is_text(const uint8_t *data, size_t len)
{
	size_t letters = 0, blanks = 0, n;

	for (size_t i = 0; i < len; i += n) {
		uint8_t c = data[i];

		n = c < 0x80 ? 1 : likeness_long_char(data + i, len - i);
		if (n == 0 || c == 0x7f ||
		    (c < ' ' && !likeness_is_blank(c) && c != LIKENESS_ESC))
			return false;
		letters += n > 1 || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
		    (c >= '0' && c <= '9');
		blanks += likeness_is_blank(c);
	}
	return len >= LIKENESS_TEXT_MIN && letters >= LIKENESS_LETTERS_MIN &&
	    blanks > 0;
}

/* Every second byte of UTF-16 is 0 in the languages that are common here. */
static bool
likeness_is_utf16(const uint8_t *data, size_t len)
{
	bool little = len >= 2 && data[0] == 0xff && data[1] == 0xfe;
	bool big = len >= 2 && data[0] == 0xfe && data[1] == 0xff;
	uint8_t plain[LIKENESS_HEAD / 2];
	size_t n = 0;

	for (size_t i = 2; (little || big) && i + 1 < len; i += 2) {
		if (data[i + (little ? 1 : 0)] != 0 || n == sizeof(plain))
			break;
		plain[n++] = data[i + (little ? 0 : 1)];
	}
	return n >= LIKENESS_TEXT_MIN && likeness_is_text(plain, n);
}

bool
likeness_is_junk(const char *line)
{
	const uint8_t *p = (const uint8_t *)line;
	size_t len = strlen(line), odd = 0, n;

	for (size_t i = 0; i < len; i += n) {
		n = p[i] < 0x80 ? 1 : likeness_long_char(p + i, len - i);
		odd += n == 0 || p[i] == 0x7f ||
		    (p[i] < ' ' && !likeness_is_blank(p[i]) &&
			p[i] != LIKENESS_ESC);
		n += n == 0;
	}
	return odd >= LIKENESS_JUNK_MIN && odd * 5 > len;
}

/* --- video -------------------------------------------------------------- */

/* Packets that begin at `at`, up to the end: one more where the beginning is not
 * that of a packet. A single colour is no MPEG-TS. */
static bool
likeness_are_packets(const uint8_t *data, size_t at, size_t len)
{
	size_t n = 0, enough = at == 0 ? 3 : 4;

	for (; at + 4 <= len; at += LIKENESS_TS_PACKET, n++)
		if (data[at] != LIKENESS_TS_SYNC ||
		    (data[at + 1] & 0x80) != 0 || (data[at + 3] & 0x30) == 0)
			return false;
	return n >= enough;
}

static bool
likeness_is_mpegts(const uint8_t *data, size_t len)
{
	for (size_t at = 0; at < LIKENESS_TS_PACKET && at < len; at++)
		if (likeness_are_packets(data, at, len))
			return true;
	return false;
}

/* The kind of byte stream by the NAL unit after a start code. H.265's types of
 * parameter sets are no types that begin an H.264 stream. */
static enum likeness
likeness_of_nal(const uint8_t *nal, size_t len)
{
	int type = nal[0] & 0x1f;

	if (len < 2 || (nal[0] & 0x80) != 0)
		return LIKENESS_NONE;
	if (nal[1] == 0x01 &&
	    (nal[0] == 0x40 || nal[0] == 0x42 || nal[0] == 0x44 ||
		nal[0] == 0x46 || nal[0] == 0x4e || nal[0] == 0x26))
		return LIKENESS_H265;
	if ((type == H264_SPS && (nal[0] & 0x60) != 0) ||
	    (type == H264_DELIMITER && (nal[1] & 0x1f) == 0x10))
		return LIKENESS_H264;
	return LIKENESS_NONE;
}

static enum likeness
likeness_of_annexb(const uint8_t *data, size_t len)
{
	static const uint8_t code[] = { 0, 0, 0, 1 };
	size_t zeros = len > 3 && data[2] == 0 ? 3 : 2;

	if (len < zeros + 3 || memcmp(data, code + 3 - zeros, zeros + 1) != 0)
		return LIKENESS_NONE;
	return likeness_of_nal(data + zeros + 1, len - zeros - 1);
}

/* Two lengths in a row that lead to NAL units, the first one a small one. */
static bool
likeness_is_avcc(const uint8_t *data, size_t len)
{
	size_t at = 0, units = 0;

	for (; at + 5 <= len; units++) {
		size_t size = (size_t)data[at] << 24 |
		    (size_t)data[at + 1] << 16 | (size_t)data[at + 2] << 8 |
		    data[at + 3];
		int type = data[at + 4] & 0x1f;

		if (size < 2 || size > H264_UNIT_MAX ||
		    (data[at + 4] & 0x80) != 0 || type == 0 || type > 21 ||
		    (units == 0 && type != H264_SPS && type != H264_SEI &&
			type != H264_DELIMITER))
			return false;
		at += 4 + size;
	}
	return units >= 2;
}

/* --- public ------------------------------------------------------------- */

/* "P6\n640 480\n255\n" and its like. */
static bool
likeness_is_pnm(const uint8_t *data, size_t len)
{
	return len >= 8 && data[0] == 'P' && data[1] >= '4' && data[1] <= '7' &&
	    likeness_is_blank(data[2]) &&
	    (data[3] == '#' || (data[3] >= '1' && data[3] <= '9') ||
		memcmp(data + 3, "WIDTH", 5) == 0);
}

/* "BM", the size in four bytes, four zeros. */
static bool
likeness_is_bmp(const uint8_t *data, size_t len)
{
	static const uint8_t zeros[4];

	return len >= 18 && data[0] == 'B' && data[1] == 'M' &&
	    memcmp(data + 6, zeros, sizeof(zeros)) == 0 && data[15] == 0;
}

enum likeness
likeness_of(const uint8_t *data, size_t len)
{
	enum likeness k = likeness_of_annexb(data, len);

	if (k != LIKENESS_NONE)
		return k;
	for (size_t i = 0; i < NELEM(likeness_magics); i++)
		if (len >= likeness_magics[i].at + likeness_magics[i].len &&
		    memcmp(data + likeness_magics[i].at,
			likeness_magics[i].bytes, likeness_magics[i].len) == 0)
			return likeness_magics[i].kind;
	if (likeness_is_pnm(data, len))
		return LIKENESS_PNM;
	if (likeness_is_bmp(data, len))
		return LIKENESS_BMP;
	if (likeness_is_mpegts(data, len))
		return LIKENESS_MPEGTS;
	if (likeness_is_avcc(data, len))
		return LIKENESS_AVCC;
	if (likeness_is_utf16(data, len))
		return LIKENESS_UTF16;
	return likeness_is_text(data, len) ? LIKENESS_TEXT : LIKENESS_NONE;
}

size_t
likeness_line(const uint8_t *data, size_t len)
{
	size_t n = 0;

	while (n < len && n < LIKENESS_LINE_MAX && data[n] != '\n' &&
	    data[n] != '\r')
		n++;
	/* not in the middle of a character */
	while (n > 0 && n < len && (data[n] & 0xc0) == 0x80)
		n--;
	return likeness_is_text(data, n) ? n : 0;
}

bool
likeness_is_certain(enum likeness k)
{
	switch (k) {
	case LIKENESS_PNG:
	case LIKENESS_WEBP:
	case LIKENESS_NPY:
	case LIKENESS_Y4M:
	case LIKENESS_MPEGTS:
	case LIKENESS_FLV:
	case LIKENESS_MP4:
	case LIKENESS_MATROSKA:
	case LIKENESS_AVI:
	case LIKENESS_WAV:
	case LIKENESS_OGG:
	case LIKENESS_IVF:
	case LIKENESS_NUT:
	case LIKENESS_HTTP:
		return true;
	default:
		return false;
	}
}
