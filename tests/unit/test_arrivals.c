/* SPDX-License-Identifier: ISC */
/* Programs that write frames, other frames, and everything else. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/arrivals.h"

static const struct rate fps25 = { 25, 1 };

/* A program, and the reader of its bytes: reads never go beyond a frame. */
struct program {
	struct geometry g;
	struct arrivals a;
	size_t filled;	  /* of the reader's frame */
	size_t forgotten; /* bytes, in all */
	int64_t now;
	uint32_t noise;
};

static void
program_init(struct program *p, enum pixfmt format, int w, int h)
{
	memset(p, 0, sizeof(*p));
	frame_geometry_init(&p->g, format, w, h);
	arrivals_begin(&p->a, &p->g, fps25);
	p->now = 1000;
	p->noise = 1;
}

/* It writes some bytes in one go. */
static void
program_write(struct program *p, const void *data, size_t n)
{
	const uint8_t *at = data;
	size_t len, gone;

	for (; n > 0; n -= len, at += len) {
		len = p->g.bytes - p->filled < n ? p->g.bytes - p->filled : n;
		gone = arrivals_add(&p->a, at, len, p->now);
		assert_true(gone == 0 || gone == p->filled);
		p->forgotten += gone;
		p->filled = (gone > 0 ? len : p->filled + len) % p->g.bytes;
		assert_int_equal(p->a.filled, p->filled);
	}
}

/* Bytes that are no frame in particular. */
static void
program_noise(struct program *p, size_t n)
{
	uint8_t *data = xcalloc(1, n);

	for (size_t i = 0; i < n; i++) {
		p->noise = p->noise * 1103515245 + 12345;
		data[i] = (uint8_t)(p->noise >> 20);
	}
	program_write(p, data, n);
	free(data);
}

static void
program_pause(struct program *p)
{
	p->now += 40;
}

/* So many bursts of that length. */
static void
program_bursts(struct program *p, size_t bytes, unsigned n)
{
	for (; n > 0; n--) {
		program_noise(p, bytes);
		program_pause(p);
	}
}

/* A word for the finding: "fine", or what comes. */
static void
expect(const struct program *p, const char *want)
{
	char *guess = finding_guess(&p->a.found, &p->g);

	if (!util_streq(guess == NULL ? "fine" : guess, want))
		fail_msg("%s, not %s", guess, want);
	free(guess);
}

/* Another size or format is recognised; both readings are named where two are
 * likely. */
static void
test_n5_sizes(void **state UNUSED)
{
	static const struct {
		enum pixfmt format;
		int w, h;
		size_t bytes;
		const char *want;
	} rows[] = {
		{ PIX_BGR24, 1280, 720, 1280 * 720 * 3, "fine" },
		{ PIX_BGR24, 1280, 720, 1280 * 720 * 4,
		    "1280x960 bgr24 or 1280x720 rgba" },
		{ PIX_BGR24, 1280, 720, 1280 * 720 * 2, "1280x720 yuyv422" },
		{ PIX_BGR24, 1280, 720, 1280 * 720,
		    "640x480 bgr24 or 1280x720 gray" },
		{ PIX_BGR24, 1280, 720, 1280 * 720 * 3 / 2,
		    "1280x720 yuv420p" },
		{ PIX_BGR24, 1280, 720, 1920 * 1080 * 3, "1920x1080 bgr24" },
		{ PIX_BGR24, 640, 360, 640 * 480 * 3,
		    "640x480 bgr24 or 640x360 rgba" },
		{ PIX_BGR24, 160, 120, 160 * 120, "160x120 gray" },
		{ PIX_BGR24, 150, 120, 54240,
		    "150x120 bgr24 in rows of 452 bytes" },
		{ PIX_GRAY, 160, 120, 160 * 120 * 3,
		    "320x180 gray or 160x120 bgr24" },
		{ PIX_GRAY, 160, 120, 160 * 120 * 2,
		    "160x120 yuyv422 or 160x120 gray with 16 bits for each "
		    "value" },
		{ PIX_BGR24, 160, 120, 160 * 120 * 3 * 8,
		    "160x120 bgr24 as float64 values" },
		{ PIX_BGR24, 160, 120, 160 * 120 * 3 * 4,
		    "320x240 bgr24 or 160x120 bgr24 as float32 values" },
		{ PIX_YUV420P, 1920, 1080, 1920 * 1088 * 3 / 2,
		    "1920x1088 yuv420p" },
		{ PIX_BGR24, 160, 120, 12345, "12345 bytes" },
		{ PIX_BGR24, 160, 120, 57620, "20 bytes beyond a frame" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct program p;

		program_init(&p, rows[i].format, rows[i].w, rows[i].h);
		program_bursts(&p, rows[i].bytes, ARRIVALS_AGREE + 1);
		expect(&p, rows[i].want);
		program_bursts(&p, rows[i].bytes, 20);
		expect(&p, rows[i].want);
	}
}

/* Few bursts prove nothing, neither do bursts of all lengths, and several right
 * frames in a burst that comes half as often are right. */
static void
test_no_size(void **state UNUSED)
{
	struct program p;

	program_init(&p, PIX_BGR24, 160, 120);
	program_bursts(&p, 19200, ARRIVALS_AGREE);
	expect(&p, "fine"); /* the burst under way is not counted */
	program_init(&p, PIX_BGR24, 160, 120);
	for (unsigned i = 0; i < 100; i++)
		program_bursts(&p, 10000 + i % 7, 1);
	expect(&p, "fine");
	program_init(&p, PIX_GRAY, 160, 120);
	for (int i = 0; i < 50; i++) {
		program_noise(&p, p.g.bytes * 3);
		p.now += 120;
	}
	expect(&p, "fine");
	for (int i = 0; i < 1000; i++) { /* never a pause */
		program_noise(&p, 4000);
		p.now += 2;
	}
	expect(&p, "fine");
}

/* M10: a right program that does not flush, for an hour, with the blocks of
 * several libraries. */
static void
test_m10_blocks(void **state UNUSED)
{
	static const struct {
		enum pixfmt format;
		int w, h;
	} sizes[] = { { PIX_BGR24, 160, 120 }, { PIX_YUV420P, 160, 120 },
		{ PIX_YUV420P, 480, 270 }, { PIX_GRAY, 101, 97 },
		{ PIX_BGR24, 176, 144 }, { PIX_GRAY, 80, 60 } };
	static const size_t blocks[] = { 512, 1024, 4096, 8192, 32768, 65536 };

	for (size_t i = 0; i < NELEM(sizes) * NELEM(blocks); i++) {
		size_t block = blocks[i / NELEM(sizes)], held = 0;
		struct program p;

		program_init(&p, sizes[i % NELEM(sizes)].format,
		    sizes[i % NELEM(sizes)].w, sizes[i % NELEM(sizes)].h);
		for (int frame = 0; frame < 3000; frame++) {
			held += p.g.bytes;
			if (held >= block)
				program_noise(&p, held / block * block);
			held %= block;
			program_pause(&p);
			if (p.a.found.fault != FINDING_FINE)
				fail_msg("%dx%d in blocks of %zu, frame %d",
				    p.g.w, p.g.h, block, frame);
		}
	}
}

/* M10: and one that does not flush frames of another format. */
static void
test_m10_wrong_blocks(void **state UNUSED)
{
	struct program p;
	size_t held = 0;

	program_init(&p, PIX_BGR24, 160, 120);
	for (int frame = 0; frame < 200; frame++) {
		held += 160 * 120 * 4;
		program_noise(&p, held / 4096 * 4096);
		held %= 4096;
		program_pause(&p);
	}
	expect(&p, "160x120 rgba");
}

/* M11: what came first is forgotten, and frames are whole after that: a banner,
 * alone or with the first frame, in several lines, or some bytes. */
static void
test_m11_banner(void **state UNUSED)
{
	static const char *const banners[] = {
		"Setting pipeline to PAUSED ...\nPipeline is live and does not "
		"need PREROLL ...\nSetting pipeline to PLAYING ...\n",
		"hello\n", "a|Loading model ...\n|ready, 12 classes\n|go go\n",
		"\x01\x02\x03\x04"
	};

	for (size_t i = 0; i < NELEM(banners) * 2; i++) {
		char *text = xstrdup(banners[i / 2]), *save = NULL;
		size_t before = 0;
		struct program p;

		program_init(&p, PIX_BGR24, 160, 120);
		for (char *line = strtok_r(text, "|", &save); line != NULL;
		     line = strtok_r(NULL, "|", &save)) {
			program_write(&p, line, strlen(line));
			before += strlen(line);
			if (i % 2 == 0)
				program_pause(&p);
		}
		program_bursts(&p, p.g.bytes, 20);
		expect(&p, "fine");
		assert_int_equal(p.filled, 0);
		assert_int_equal(p.forgotten, before);
		assert_int_equal(p.a.skipped, before);
		free(text);
	}
}

/* A program that pauses within its frames begins them where it did. */
static void
test_m11_halves(void **state UNUSED)
{
	struct program p;

	program_init(&p, PIX_YUV420P, 160, 120);
	program_noise(&p, 19200);
	program_pause(&p);
	for (int i = 0; i < 100; i++) {
		program_noise(&p, 9600); /* then at once the next one */
		program_noise(&p, 19200);
		program_pause(&p);
	}
	assert_int_equal(p.forgotten, 0);
	expect(&p, "fine");
}

/* Q04: text before each frame, in its burst or in one of its own; of varying
 * length, at times only. */
static void
test_w6_q04_prints(void **state UNUSED)
{
	for (int way = 0; way < 3; way++) {
		struct program p;
		char text[64];

		program_init(&p, PIX_BGR24, 160, 120);
		for (int i = 0; i < 60; i++) {
			snprintf(text, sizeof(text),
			    "frame %d: %d people found\n", i * i, i % 7);
			if (way < 2 || i % 3 == 2) {
				program_write(&p, text, strlen(text));
				if (way > 0)
					p.now += 20;
			}
			program_noise(&p, p.g.bytes);
			p.now += way > 0 ? 20 : 40;
		}
		assert_int_equal(p.a.found.fault, FINDING_STRAY);
	}
}

/* Q05, M11: what is no raw frames at all. */
static void
test_m11_kinds(void **state UNUSED)
{
	static const struct {
		const char *head;
		size_t len;
		unsigned each; /* bursts that begin so; 1: the first alone */
		const char *want;
	} rows[] = {
		{ "\xff\xd8\xff\xe0\0\x10JFIF", 10, 9, "JPEG" },
		{ "\xff\xd8\xff\xe0\0\x10JFIF", 10, 1, "JPEG" },
		{ "\x89PNG\r\n\x1a\n", 8, 9, "PNG" },
		{ "YUV4MPEG2 W160 H120 F25:1 Ip\nFRAME\n", 35, 1, "Y4M" },
		{ "FRAME\n", 6, 9, "Y4M" },
		{ "P6\n160 120\n255\n", 15, 9, "PNM (PPM, PGM)" },
		{ "\x93NUMPY\x01\0v\0{'descr'", 18, 9, "NumPy's file format" },
		{ "\x1a\x45\xdf\xa3\x01\0\0\0", 8, 1, "Matroska" },
		{ "\x1f\x8b\x08\0\0\0\0\0", 8, 1, "gzip" },
		{ "FLV\x01\x05\0\0\0\x09", 9, 1, "FLV" },
		{ "\0\0\0 ftypisom", 12, 1, "MP4" },
		{ "\0\0\0\x01\x67\x64\0\x1f", 8, 1, "H.264" },
		{ "\0\0\0\x01\x40\x01\x0c\x01", 8, 1, "H.265" },
		{ "DKIF\0\0\x20\0VP80", 12, 1, "IVF" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct program p;

		program_init(&p, PIX_BGR24, 160, 120);
		for (unsigned k = 0; k < 9; k++) {
			if (k < rows[i].each)
				program_write(&p, rows[i].head, rows[i].len);
			program_noise(&p, 3000 + 517 * k);
			program_pause(&p);
		}
		expect(&p, rows[i].want);
	}
}

/* Only text: lines now and then, and without an end. Grey frames are none. */
static void
test_w6_q05_text(void **state UNUSED)
{
	static const char line[] =
	    "INFO: detector thread is running, 0 objects in this frame\n";
	struct program p;
	uint8_t *gray;

	program_init(&p, PIX_BGR24, 160, 120);
	for (int i = 0; i < 6; i++) {
		program_write(&p, line, sizeof(line) - 1);
		program_pause(&p);
	}
	expect(&p, "text");
	program_init(&p, PIX_BGR24, 16, 8);
	for (int i = 0; i < 5000; i++)
		program_write(&p, line, sizeof(line) - 1);
	expect(&p, "text");

	program_init(&p, PIX_GRAY, 160, 120);
	gray = xcalloc(1, p.g.bytes);
	for (int i = 0; i < 40; i++) {
		memset(gray, ' ' + i, p.g.bytes);
		program_write(&p, gray, p.g.bytes);
		program_pause(&p);
	}
	expect(&p, "fine");
	assert_int_equal(p.forgotten, 0);
	free(gray);
}

/* A fault is forgotten when frames come as they should. */
static void
test_mended(void **state UNUSED)
{
	struct program p;

	program_init(&p, PIX_BGR24, 160, 120);
	program_bursts(&p, 57600 * 4, 20);
	expect(&p, "320x240 bgr24 or 160x120 bgr24 as float32 values");
	program_bursts(&p, 57600, 10);
	expect(&p, "fine");
}

/* Frames that are split by a busy machine, or come two at a time. */
static void
test_jitter(void **state UNUSED)
{
	struct program p;

	program_init(&p, PIX_BGR24, 160, 120);
	for (unsigned i = 0; i < 5000; i++) {
		size_t part = 1 + (i * 7919) % 57599;

		if (i % 3 == 0) {
			program_noise(&p, part);
			p.now += 15;
			program_noise(&p, 57600 - part);
		} else {
			program_noise(&p, 57600);
		}
		p.now += i % 5 == 0 ? 2 : 40;
		assert_int_equal(p.a.found.fault, FINDING_FINE);
	}
	assert_int_equal(p.forgotten, 0);
}

/* The sentences. */
static void
test_words(void **state UNUSED)
{
	static const struct {
		struct finding f;
		const char *want;
	} rows[] = {
		{ { FINDING_SIZE, LIKENESS_NONE, 54240 },
		    "receives frames of 54240 bytes, but the profile says "
		    "150x120 bgr24, 54000 bytes each; they could be 150x120 "
		    "bgr24 in rows of 452 bytes" },
		{ { FINDING_STRAY, LIKENESS_TEXT, 20 },
		    "receives about 20 bytes of text again and again that "
		    "belong to no frame; the profile says 150x120 bgr24, 54000 "
		    "bytes each" },
		{ { FINDING_KIND, LIKENESS_JPEG, 0 },
		    "receives JPEG, but the profile says raw frames of 150x120 "
		    "bgr24, 54000 bytes each" },
		{ { FINDING_FINE, LIKENESS_NONE, 0 }, NULL },
	};
	struct geometry g;

	frame_geometry_init(&g, PIX_BGR24, 150, 120);
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *text = finding_text(&rows[i].f, &g);

		if (!util_streq(text, rows[i].want))
			fail_msg("%s", text);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_n5_sizes),
		cmocka_unit_test(test_no_size),
		cmocka_unit_test(test_m10_blocks),
		cmocka_unit_test(test_m10_wrong_blocks),
		cmocka_unit_test(test_m11_banner),
		cmocka_unit_test(test_m11_halves),
		cmocka_unit_test(test_w6_q04_prints),
		cmocka_unit_test(test_m11_kinds),
		cmocka_unit_test(test_w6_q05_text),
		cmocka_unit_test(test_mended),
		cmocka_unit_test(test_jitter),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
