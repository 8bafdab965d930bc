/* SPDX-License-Identifier: ISC */
/* Programs that should write H.264. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/util.h"
#include "media/codedcheck.h"
#include "media/h264.h"
#include "nal.h"

static const struct nal_sps sps = { .refs = 1 };
static const struct nal_pps pps = { .refs = 1 };

struct program {
	struct codedcheck check;
	struct h264 h;
	uint32_t noise;
};

static void
program_unit(void *ctx UNUSED, const struct h264_unit *u UNUSED)
{
}

static void
program_init(struct program *p)
{
	memset(p, 0, sizeof(*p));
	codedcheck_begin(&p->check);
	h264_init(&p->h, program_unit, NULL);
	p->noise = 7;
}

static void
program_write(struct program *p, const void *data, size_t n)
{
	codedcheck_add(&p->check, data, n);
	h264_feed(&p->h, data, n, 0);
}

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

/* The finding in a few words, and the end. */
static void
expect(struct program *p, const char *want)
{
	char *guess;

	codedcheck_look(&p->check, &p->h);
	guess = finding_guess(&p->check.found, NULL);
	if (!util_streq(guess == NULL ? "fine" : guess, want))
		fail_msg("%s, not %s", guess, want);
	free(guess);
	h264_clear(&p->h);
}

/* M7: what is no H.264 at all is named by its first bytes. */
static void
test_m7_kinds(void **state UNUSED)
{
	static const struct {
		const char *head;
		size_t len;
		const char *want;
	} rows[] = {
		{ "FLV\x01\x05\0\0\0\x09", 9, "FLV" },
		{ "\0\0\0 ftypisom\0\0\2\0", 16, "MP4" },
		{ "\xff\xd8\xff\xe0\0\x10JFIF", 10, "JPEG" },
		{ "\x1a\x45\xdf\xa3\x01\0\0\0", 8, "Matroska" },
		{ "\0\0\0\x04\x67\x42\0\x1e\0\0\0\x04\x68\xce\x3c\x80", 16,
		    "H.264 without start codes (AVCC)" },
		{ "\0\0\0\x01\x40\x01\x0c\x01\xff\xff\x01\x60", 12, "H.265" },
		{ "usage: rpicam-vid [options]\n", 28, "text" },
		{ "YUV4MPEG2 W640 H480 F25:1\n", 26, "Y4M" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct program p;

		program_init(&p);
		program_write(&p, rows[i].head, rows[i].len);
		expect(&p, rows[i].want);
	}
}

/* H.265 that is joined in mid-stream shows by its next parameter sets. */
static void
test_m7_h265(void **state UNUSED)
{
	struct program p;

	program_init(&p);
	program_write(&p, "\0\0\x01\x02\x01\xd0\x08", 7);
	program_noise(&p, 100);
	program_write(&p, "\0\0\x01\x40\x01\x0c\0\0\x01\x42", 10);
	program_write(&p, "\x01\x01\0\0\x01\x44\x01\xc1\0\0\x01\x26\x01", 13);
	expect(&p, "H.265");
}

/* MPEG-TS, in which frames are found and destroyed. */
static void
test_m7_mpegts(void **state UNUSED)
{
	uint8_t packet[188];
	struct program p;

	program_init(&p);
	memset(packet, 0xff, sizeof(packet));
	for (int i = 0; i < 40; i++) {
		memcpy(packet, "\x47\x41\0\x1f", 4);
		memcpy(packet + 10, "\0\0\x01\x09\xf0\0\0\x01\x67\x42", 10);
		program_write(&p, packet, sizeof(packet));
	}
	expect(&p, "MPEG-TS");
}

/* Noise is garbage; a banner before right frames is not worth a word. */
static void
test_w6_q14_garbage(void **state UNUSED)
{
	struct nal_stream s = { .len = 0 };
	struct program p;

	program_init(&p);
	program_noise(&p, 100);
	codedcheck_look(&p.check, &p.h);
	assert_int_equal(p.check.found.fault, FINDING_FINE);
	program_noise(&p, 100000);
	codedcheck_look(&p.check, &p.h);
	assert_int_equal(p.check.found.fault, FINDING_GARBAGE);
	expect(&p, "99% garbage");

	program_init(&p);
	program_write(&p, "Made with the camera tool\n", 26);
	for (int i = 0; i < 20; i++) {
		s.len = 0;
		stream_group(&s, &sps, &pps, true, 9);
		program_write(&p, s.data, s.len);
	}
	assert_true(p.h.units > 100);
	expect(&p, "fine");
}

/* M7: frames without parameter sets. */
static void
test_m7_sets(void **state UNUSED)
{
	struct nal_stream s = { .len = 0 };
	struct program p;

	program_init(&p);
	for (int i = 0; i < 3; i++) {
		s.len = 0;
		stream_group(&s, &sps, &pps, false, 9);
		program_write(&p, s.data, s.len);
	}
	codedcheck_look(&p.check, &p.h);
	assert_int_equal(p.check.found.fault, FINDING_SETS);
	for (int i = 0; i < 3; i++) { /* then they come */
		s.len = 0;
		stream_group(&s, &sps, &pps, true, 9);
		program_write(&p, s.data, s.len);
	}
	expect(&p, "fine");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m7_kinds),
		cmocka_unit_test(test_m7_h265),
		cmocka_unit_test(test_m7_mpegts),
		cmocka_unit_test(test_w6_q14_garbage),
		cmocka_unit_test(test_m7_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
