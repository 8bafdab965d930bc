/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "stream/container.h"

/* Bytes at a file's beginning that identify its container. */
#define CONTAINER_HEAD 16

/* Parts of a container that are visited in one place. */
#define CONTAINER_PARTS 1000

/* Bytes of a header that is read as a whole. */
#define CONTAINER_HEADER 65536

/* Tracks of an MP4 file that are remembered. */
#define CONTAINER_TRACKS 32

/* The known tracks. */
struct container_tracks {
	size_t video, other;
};

static bool
container_read(int fd, uint64_t at, void *to, size_t n)
{
	return pread(fd, to, n, (off_t)at) == (ssize_t)n;
}

static uint64_t
container_be(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

static uint64_t
container_le(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

static bool
container_is(const unsigned char *p, const char *word, size_t n)
{
	return memcmp(p, word, n) == 0;
}

/* --- sound alone ----------------------------------------------------------- */

/* Length of the MPEG audio frame with this header; 0: not a header. */
static size_t
container_mp3_frame(const unsigned char *h)
{
	static const int kbps[2][3][15] = {
		{ /* MPEG 2: layers 1, 2, 3 */
		    { 0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192,
			224, 256 },
		    { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144,
			160 },
		    { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144,
			160 } },
		{ /* MPEG 1 */
		    { 0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352,
			384, 416, 448 },
		    { 0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256,
			320, 384 },
		    { 0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224,
			256, 320 } },
	};
	static const int rates[] = { 44100, 48000, 32000 };
	unsigned int version = h[1] >> 3 & 3, layer = 4 - (h[1] >> 1 & 3);
	unsigned int bits = h[2] >> 4, rate = h[2] >> 2 & 3,
		     pad = h[2] >> 1 & 1;
	bool one = version == 3;
	size_t hz, bps;

	if (h[0] != 0xff || h[1] < 0xe0 || version == 1 || layer == 4 ||
	    bits == 0 || bits == 15 || rate == 3)
		return 0;
	hz = (size_t)rates[rate] >> (one ? 0 : version == 2 ? 1 : 2);
	bps = (size_t)kbps[one][layer - 1][bits] * 1000;
	if (layer == 1)
		return (bps * 12 / hz + pad) * 4;
	return bps * (layer == 3 && !one ? 72 : 144) / hz + pad;
}

/* The same for AAC with ADTS headers. */
static size_t
container_adts_frame(const unsigned char *h)
{
	size_t len = (h[3] & 3U) << 11 | (size_t)h[4] << 3 | h[5] >> 5;

	return h[0] == 0xff && (h[1] & 0xf6) == 0xf0 && len > 7 ? len : 0;
}

/* The same for AC-3 and E-AC-3. */
static size_t
container_ac3_frame(const unsigned char *h)
{
	static const size_t kbps[] = { 32, 40, 48, 56, 64, 80, 96, 112, 128,
		160, 192, 224, 256, 320, 384, 448, 512, 576, 640 };
	unsigned int rate = h[4] >> 6, code = h[4] & 63, id = h[5] >> 3;

	if (h[0] != 0x0b || h[1] != 0x77 || id > 16)
		return 0;
	if (id > 10)
		return ((h[2] & 7U) << 8 | h[3]) * 2 + 2;
	if (rate == 3 || code / 2 >= NELEM(kbps))
		return 0;
	if (rate == 1) /* 44.1 kHz */
		return (kbps[code / 2] * 96000 / 44100 + (code & 1)) * 2;
	return kbps[code / 2] * (rate == 0 ? 4 : 6);
}

/* Whether frames of sound follow each other from the beginning on. */
static bool
container_is_frames(
    int fd, uint64_t size, size_t (*frame)(const unsigned char *header))
{
	unsigned char h[8];
	uint64_t at = 0;

	for (int i = 0; i < 3; i++) {
		size_t len = 0;

		if (container_read(fd, at, h, sizeof(h)))
			len = frame(h);
		if (len == 0)
			return i > 0 && at >= size;
		at += len;
	}
	return true;
}

/* Whether it is a format that has no place for video. */
static bool
container_is_sound(int fd, uint64_t size, const unsigned char *head)
{
	static const struct {
		const char *word;
		size_t n;
	} words[] = { { "ID3", 3 }, { "fLaC", 4 }, { "ADIF", 4 }, { ".snd", 4 },
		{ "caff", 4 }, { "MAC ", 4 }, { "wvpk", 4 }, { "TTA1", 4 },
		{ "MPCK", 4 }, { "MP+", 3 }, { "DSD ", 4 }, { "#!AMR", 5 },
		{ "\x7f\xfe\x80\x01", 4 }, { "riff\x2e\x91\xcf\x11", 8 } };

	for (size_t i = 0; i < NELEM(words); i++)
		if (container_is(head, words[i].word, words[i].n))
			return true;
	if (container_is(head + 8, "WAVE", 4))
		return container_is(head, "RIFF", 4) ||
		    container_is(head, "RIFX", 4) ||
		    container_is(head, "RF64", 4) ||
		    container_is(head, "BW64", 4);
	if (container_is(head, "FORM", 4))
		return container_is(head + 8, "AIF", 3);
	return container_is_frames(fd, size, container_mp3_frame) ||
	    container_is_frames(fd, size, container_ac3_frame) ||
	    container_is_frames(fd, size, container_adts_frame);
}

/* --- boxes and elements ----------------------------------------------------- */

/* A box of MP4 or an element of Matroska, and where the next one begins. */
struct container_box {
	uint64_t type, body, end;
};

static bool
container_mp4_box(int fd, uint64_t at, uint64_t end, struct container_box *b)
{
	unsigned char h[16];
	uint64_t len, head = 8;

	if (end - at < 8 || !container_read(fd, at, h, 8))
		return false;
	len = container_be(h, 4);
	if (len == 1) {
		head = 16;
		if (!container_read(fd, at, h, 16))
			return false;
		len = container_be(h + 8, 8);
	} else if (len == 0)
		len = end - at;
	*b = (struct container_box){ container_be(h + 4, 4), at + head,
		at + len };
	return len >= head && len <= end - at;
}

/* Bytes of a number with this first byte; 9: not a number. */
static size_t
container_ebml_len(unsigned char first)
{
	size_t n = 1;

	for (unsigned int bit = 0x80; n < 9 && (first & bit) == 0; bit >>= 1)
		n++;
	return n;
}

/* One of unknown length goes on to the end. */
static bool
container_mkv_box(int fd, uint64_t at, uint64_t end, struct container_box *b)
{
	unsigned char h[12] = { 0 };
	ssize_t got = pread(fd, h, sizeof(h), (off_t)at);
	size_t id = container_ebml_len(h[0]), n;
	uint64_t len, all;

	if (got < 2 || id > 4)
		return false;
	n = container_ebml_len(h[id]);
	if (n > 8 || (ssize_t)(id + n) > got || id + n > end - at)
		return false;
	all = ((uint64_t)1 << 7 * n) - 1;
	len = container_be(h + id, n) & all;
	*b = (struct container_box){ .type = container_be(h, id),
		.body = at + id + n };
	b->end = len == all ? end : b->body + len;
	return len == all || len <= end - b->body;
}

typedef bool
container_next(int fd, uint64_t at, uint64_t end, struct container_box *b);

/* The first one of a type between two places. */
static bool
container_find(int fd, container_next *next, uint64_t at, uint64_t end,
    uint64_t type, struct container_box *b)
{
	for (int i = 0; i < CONTAINER_PARTS && at < end; i++) {
		if (!next(fd, at, end, b))
			return false;
		if (b->type == type)
			return true;
		at = b->end;
	}
	return false;
}

/* --- MP4 --------------------------------------------------------------------- */

#define BOX_MOOV 0x6d6f6f76
#define BOX_TRAK 0x7472616b
#define BOX_TKHD 0x746b6864
#define BOX_TREF 0x74726566
#define BOX_CHAP 0x63686170
#define BOX_MDIA 0x6d646961
#define BOX_HDLR 0x68646c72

struct container_mp4 {
	struct container_tracks tracks;
	uint64_t video[CONTAINER_TRACKS]; /* their numbers */
	uint64_t chapters[CONTAINER_TRACKS];
	size_t n_chapters;
};

/* The number of a track; 0: unknown. */
static uint64_t
container_mp4_number(int fd, const struct container_box *trak)
{
	unsigned char h[24];
	struct container_box b;

	if (!container_find(
		fd, container_mp4_box, trak->body, trak->end, BOX_TKHD, &b) ||
	    !container_read(fd, b.body, h, sizeof(h)))
		return 0;
	return container_be(h + (h[0] == 1 ? 20 : 12), 4);
}

/* Remember which tracks are a track's chapters: those are not a film. */
static void
container_mp4_chapters(
    int fd, const struct container_box *trak, struct container_mp4 *m)
{
	struct container_box b;
	unsigned char h[4];

	if (!container_find(
		fd, container_mp4_box, trak->body, trak->end, BOX_TREF, &b) ||
	    !container_find(fd, container_mp4_box, b.body, b.end, BOX_CHAP, &b))
		return;
	for (; b.body + 4 <= b.end && m->n_chapters < CONTAINER_TRACKS;
	     b.body += 4)
		if (container_read(fd, b.body, h, sizeof(h)))
			m->chapters[m->n_chapters++] = container_be(h, 4);
}

static void
container_mp4_track(
    int fd, const struct container_box *trak, struct container_mp4 *m)
{
	struct container_box b;
	unsigned char h[12];

	container_mp4_chapters(fd, trak, m);
	if (!container_find(
		fd, container_mp4_box, trak->body, trak->end, BOX_MDIA, &b) ||
	    !container_find(
		fd, container_mp4_box, b.body, b.end, BOX_HDLR, &b) ||
	    !container_read(fd, b.body, h, sizeof(h)))
		return;
	if (!container_is(h + 8, "vide", 4) && !container_is(h + 8, "pict", 4))
		m->tracks.other++;
	else if (m->tracks.video < CONTAINER_TRACKS)
		m->video[m->tracks.video++] = container_mp4_number(fd, trak);
}

/* Whether a track holds the chapter images of another one. */
static bool
container_mp4_is_chapter(const struct container_mp4 *m, uint64_t number)
{
	for (size_t i = 0; i < m->n_chapters; i++)
		if (number != 0 && m->chapters[i] == number)
			return true;
	return false;
}

static void
container_mp4(int fd, uint64_t size, struct container_tracks *t)
{
	struct container_mp4 m = { .n_chapters = 0 };
	struct container_box moov, b;
	uint64_t at;

	if (!container_find(fd, container_mp4_box, 0, size, BOX_MOOV, &moov))
		return;
	for (at = moov.body;
	     container_find(fd, container_mp4_box, at, moov.end, BOX_TRAK, &b);
	     at = b.end)
		container_mp4_track(fd, &b, &m);
	*t = m.tracks;
	for (size_t i = 0; i < m.tracks.video; i++)
		if (container_mp4_is_chapter(&m, m.video[i]))
			t->video--;
}

bool
container_lacks_index(int fd, uint64_t size)
{
	static const char *const first[] = { "ftyp", "moov", "mdat", "free",
		"skip", "wide" };
	struct container_box moov;
	unsigned char h[8];
	bool mp4 = false;

	if (!container_read(fd, 0, h, sizeof(h)))
		return false;
	for (size_t i = 0; i < NELEM(first); i++)
		mp4 = mp4 || container_is(h + 4, first[i], 4);
	return mp4 &&
	    !container_find(fd, container_mp4_box, 0, size, BOX_MOOV, &moov);
}

/* --- Matroska ---------------------------------------------------------------- */

#define MKV_SEGMENT	0x18538067
#define MKV_TRACKS	0x1654ae6b
#define MKV_TRACK_ENTRY 0xae
#define MKV_TRACK_TYPE	0x83
#define MKV_VIDEO	1
#define MKV_SOUND	2

static void
container_mkv(int fd, uint64_t size, struct container_tracks *t)
{
	struct container_box tracks, entry, b;
	unsigned char type;
	uint64_t at;

	if (!container_find(
		fd, container_mkv_box, 0, size, MKV_SEGMENT, &tracks) ||
	    !container_find(fd, container_mkv_box, tracks.body, tracks.end,
		MKV_TRACKS, &tracks))
		return;
	for (at = tracks.body; container_find(fd, container_mkv_box, at,
		 tracks.end, MKV_TRACK_ENTRY, &entry);
	     at = entry.end) {
		if (!container_find(fd, container_mkv_box, entry.body,
			entry.end, MKV_TRACK_TYPE, &b) ||
		    !container_read(fd, b.end - 1, &type, 1))
			continue;
		if (type == MKV_SOUND)
			t->other++;
		else if (type == MKV_VIDEO)
			t->video++;
	}
}

/* --- other containers --------------------------------------------------- */

/* The first pages each begin one track. */
static void
container_ogg(int fd, struct container_tracks *t)
{
	static const char *const sound[] = { "\001vorbis", "OpusHead",
		"\177FLAC", "Speex   ", "PCM     " };
	unsigned char h[27], lacing[255], word[8];
	uint64_t at = 0, len;

	while (container_read(fd, at, h, sizeof(h)) &&
	    container_is(h, "OggS", 4) && (h[5] & 2) != 0 &&
	    t->video + t->other < CONTAINER_TRACKS) {
		bool known = false;

		at += sizeof(h);
		if (!container_read(fd, at, lacing, h[26]) ||
		    !container_read(fd, at + h[26], word, sizeof(word)))
			break;
		len = h[26];
		for (int i = 0; i < h[26]; i++)
			len += lacing[i];
		at += len;
		for (size_t i = 0; i < NELEM(sound); i++)
			known = known ||
			    container_is(word, sound[i], strlen(sound[i]));
		if (known)
			t->other++;
		else if (!container_is(word, "fishead", 7))
			t->video++;
	}
}

/* How often a word is in a header. */
static size_t
container_count(const unsigned char *p, size_t n, const char *word, size_t len)
{
	const unsigned char *end = p + n, *at = p;
	size_t found = 0;

	while ((at = memmem(at, (size_t)(end - at), word, len)) != NULL) {
		at += len;
		found++;
	}
	return found;
}

/* AVI: the list of headers comes first. WMA and WMV: so does the header, with
 * an object for each track, whose type is a GUID. */
static void
container_header(int fd, const unsigned char *head, struct container_tracks *t)
{
	static const char vids[] = "\xc0\xef\x19\xbc\x4d\x5b\xcf\x11\xa8\xfd"
				   "\x00\x80\x5f\x5c\x44\x2b";
	static const char auds[] = "\x40\x9e\x69\xf8\x4d\x5b\xcf\x11\xa8\xfd"
				   "\x00\x80\x5f\x5c\x44\x2b";
	unsigned char *p = xcalloc(1, CONTAINER_HEADER), size[8];
	bool avi = container_is(head, "RIFF", 4);
	uint64_t len = 0;

	if (container_read(fd, 16, size, sizeof(size)))
		len = container_le(size, avi ? 4 : 8) + (avi ? 20 : 0);
	if (len <= CONTAINER_HEADER && container_read(fd, 0, p, len)) {
		t->video = avi ? container_count(p, len, "vids", 4)
			       : container_count(p, len, vids, 16);
		t->other = avi ? container_count(p, len, "auds", 4)
			       : container_count(p, len, auds, 16);
	}
	free(p);
}

/* FLV: the kind of each of the first tags. */
static void
container_flv(int fd, uint64_t size, struct container_tracks *t)
{
	unsigned char h[15];
	uint64_t at = 9;

	for (int i = 0; i < 200 && at < size; i++) {
		if (!container_read(fd, at, h, sizeof(h)))
			return;
		if ((h[4] & 0x1f) == 9)
			t->video++;
		else if ((h[4] & 0x1f) == 8)
			t->other++;
		at += 15 + container_be(h + 5, 3);
	}
}

/* --- MPEG-TS ----------------------------------------------------------------- */

#define TS_PACKET 188

/* The section that begins in a packet of this number, and its length without
 * the checksum; NULL: none does, or it continues in the next one. */
static const unsigned char *
container_ts_section(const unsigned char *p, unsigned int pid, size_t *len)
{
	size_t at = 4;

	if (p[0] != 0x47 || (container_be(p + 1, 2) & 0x5fff) != (0x4000 | pid))
		return NULL;
	if ((p[3] & 0x20) != 0)
		at += 1 + p[4];
	if (at + 1 >= TS_PACKET)
		return NULL;
	at += 1 + p[at];
	if (at + 12 > TS_PACKET)
		return NULL;
	*len = 3 + (container_be(p + at + 1, 2) & 0xfff);
	if (*len < 16 || at + *len > TS_PACKET)
		return NULL;
	*len -= 4;
	return p + at;
}

/* Whether a stream is surely not video. */
static bool
container_ts_is_sound(unsigned int type, const unsigned char *info, size_t len)
{
	static const unsigned char sound[] = { 0x03, 0x04, 0x0f, 0x11, 0x1c,
		0x81, 0x87 };

	if (memchr(sound, (int)type, sizeof(sound)) != NULL)
		return true;
	/* private: the descriptors of AC-3, E-AC-3, DTS, AAC, or Opus */
	return type == 6 && len >= 2 &&
	    (memchr("\x6a\x7a\x7b\x7c", info[0], 4) != NULL ||
		container_count(info, len, "Opus", 4) > 0);
}

static void
container_ts_map(const unsigned char *s, size_t len, struct container_tracks *t)
{
	size_t at = 12 + (container_be(s + 10, 2) & 0xfff), info;

	for (; at + 5 <= len; at += 5 + info) {
		info = container_be(s + at + 3, 2) & 0xfff;
		if (at + 5 + info > len)
			return;
		if (container_ts_is_sound(s[at], s + at + 5, info))
			t->other++;
		else if (s[at] != 0x05 && s[at] != 0x15 && s[at] != 0x86)
			t->video++; /* it may be */
	}
}

/* Of one program: the first table of programs, and its map after that. */
static void
container_ts(
    const unsigned char *p, size_t n, size_t step, struct container_tracks *t)
{
	const unsigned char *s;
	unsigned int pid = 0;
	size_t len;

	for (; n >= TS_PACKET; p += step, n -= n < step ? n : step) {
		s = container_ts_section(p, pid, &len);
		if (s == NULL)
			continue;
		if (pid != 0) {
			container_ts_map(s, len, t);
			return;
		}
		if (s[0] != 0 || len != 12)
			return; /* several programs */
		pid = (unsigned int)container_be(s + 10, 2) & 0x1fff;
	}
}

/* Whether it is MPEG-TS, with or without four bytes before each packet; and its
 * tracks. */
static bool
container_is_ts(int fd, struct container_tracks *t)
{
	unsigned char *p = xcalloc(1, CONTAINER_HEADER);
	ssize_t n = pread(fd, p, CONTAINER_HEADER, 0);
	bool is = false;

	for (size_t more = 0; more <= 4 && !is; more += 4) {
		size_t step = TS_PACKET + more;

		is = n > (ssize_t)(step * 3) && p[more] == 0x47 &&
		    p[more + step] == 0x47 && p[more + step * 2] == 0x47;
		if (is)
			container_ts(p + more, (size_t)n - more, step, t);
	}
	free(p);
	return is;
}

static bool
container_is_mp4(const unsigned char *head)
{
	static const char *const first[] = { "ftyp", "moov", "mdat", "free",
		"skip", "wide" };

	for (size_t i = 0; i < NELEM(first); i++)
		if (container_is(head + 4, first[i], 4))
			return true;
	return false;
}

bool
container_lacks_video(int fd, uint64_t size)
{
	struct container_tracks t = { 0 };
	unsigned char head[CONTAINER_HEAD];

	if (!container_read(fd, 0, head, sizeof(head)))
		return false;
	if (container_is_mp4(head))
		container_mp4(fd, size, &t);
	else if (container_is(head, "\x1a\x45\xdf\xa3", 4))
		container_mkv(fd, size, &t);
	else if (container_is(head, "OggS", 4))
		container_ogg(fd, &t);
	else if (container_is(head, "FLV", 3))
		container_flv(fd, size, &t);
	else if (container_is(head, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", 8) ||
	    (container_is(head, "RIFF", 4) &&
		container_is(head + 8, "AVI ", 4)))
		container_header(fd, head, &t);
	else if (!container_is_ts(fd, &t))
		return container_is_sound(fd, size, head);
	return t.video == 0 && t.other > 0;
}
