/* SPDX-License-Identifier: ISC */
/* What bytes look like, by their beginning. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/likeness.h"

static void
expect(const void *data, size_t len, enum likeness want)
{
	/* a copy to the byte, so that reading behind it is seen */
	uint8_t *copy = xcalloc(1, len + 1);
	enum likeness got;

	memcpy(copy, data, len);
	got = likeness_of(copy, len);
	if (got != want)
		fail_msg("%.20s: %s, not %s", (const char *)data,
		    likeness_names[got], likeness_names[want]);
	free(copy);
}

#define EXPECT(text, want) expect(text, sizeof(text) - 1, want)

static void
test_magics(void **state UNUSED)
{
	EXPECT("", LIKENESS_NONE);
	EXPECT("\xff\xd8", LIKENESS_NONE);
	EXPECT("\xff\xd8\xff\xdb", LIKENESS_JPEG);
	EXPECT("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", LIKENESS_PNG);
	EXPECT("\x89PNG\n", LIKENESS_NONE);
	EXPECT("GIF89a..", LIKENESS_GIF);
	EXPECT("BM\x36\x10\x0e\0\0\0\0\0\x36\0\0\0\x28\0\0\0", LIKENESS_BMP);
	EXPECT("RIFF\x10\0\0\0WEBPVP8 ", LIKENESS_WEBP);
	EXPECT("RIFF\x10\0\0\0AVI LIST", LIKENESS_AVI);
	EXPECT("RIFF\x10\0\0\0WAVEfmt ", LIKENESS_WAV);
	EXPECT("P5\n640 480\n255\n", LIKENESS_PNM);
	EXPECT("YUV4MPEG2 W64 H48 F25:1", LIKENESS_Y4M);
	EXPECT("\0\0\0\x1c"
	       "ftypisom",
	    LIKENESS_MP4);
	EXPECT("OggS\0\2", LIKENESS_OGG);
	EXPECT("PK\x03\x04\x14\0", LIKENESS_ZIP);
	EXPECT("\x80\x04\x95\x10\0\0\0", LIKENESS_PICKLE);
	EXPECT("HTTP/1.1 404 Not Found\r\n", LIKENESS_HTTP);
}

static void
test_text(void **state UNUSED)
{
	EXPECT("Traceback (most recent call last):\n", LIKENESS_TEXT);
	EXPECT("<!DOCTYPE html>\n<html>", LIKENESS_TEXT);
	EXPECT("\x1b[32mINFO\x1b[0m started\n", LIKENESS_TEXT);
	EXPECT("Gr\xc3\xbc\xc3\x9f"
	       "e aus K\xc3\xb6ln\n",
	    LIKENESS_TEXT);
	EXPECT("\xe4\xbd\xa0\xe5\xa5\xbd \xe4\xb8\x96\xe7\x95\x8c\n",
	    LIKENESS_TEXT);
	EXPECT("the end is cut off \xe4\xbd", LIKENESS_TEXT);
	EXPECT("\xff\xfeT\0r\0a\0c\0e\0b\0a\0c\0k\0 \0a\0t\0 \0\n\0",
	    LIKENESS_UTF16);
	EXPECT(
	    "\xfe\xff\0T\0r\0a\0c\0e\0 \0m\0o\0s\0t\0 \0r\0e", LIKENESS_UTF16);
	/* not text: short, one colour, a gradient, noise in it */
	EXPECT("ok\n", LIKENESS_NONE);
	EXPECT("@@@@@@@@@@@@@@@@@@@@@@@@", LIKENESS_NONE);
	EXPECT("                        ", LIKENESS_NONE);
	EXPECT("abcdefghijklmnopqrstuvwxyz", LIKENESS_NONE);
	EXPECT("a text \x80 with a byte\n", LIKENESS_NONE);
	EXPECT("a text \0 with a zero\n", LIKENESS_NONE);
}

/* Binary data as a line; a few bytes of another character set are none. */
static void
test_junk(void **state UNUSED)
{
	assert_true(likeness_is_junk("\x80\x81\xfe\x12\xff\xd0 f\x90"));
	assert_true(likeness_is_junk("\x01\x02\x03"));
	assert_false(likeness_is_junk(""));
	assert_false(likeness_is_junk("Traceback (most recent call last):"));
	assert_false(likeness_is_junk("M\xfcnchen: Ger\xe4t nicht gefunden"));
	assert_false(likeness_is_junk("\x1b[31mERROR\x1b[0m\t12 %"));
	assert_false(likeness_is_junk("\xe4\xbd\xa0\xe5\xa5\xbd"));
	assert_int_equal(
	    likeness_line((const uint8_t *)"one line\nmore", 13), 8);
	assert_int_equal(likeness_line((const uint8_t *)"\xff\xd8 x\n", 5), 0);
}

/* MPEG-TS from any byte of a packet on; one colour that is its sync byte is
 * none. */
static void
test_mpegts(void **state UNUSED)
{
	uint8_t data[188 * 6];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 >> 2);
	for (size_t at = 0; at < sizeof(data); at += 188)
		memcpy(data + at, "\x47\x41\0\x1f", 4);
	for (size_t from = 0; from < 188; from++)
		expect(data + from, LIKENESS_HEAD, LIKENESS_MPEGTS);
	expect(data, 188, LIKENESS_NONE);
	memset(data, 0x47, sizeof(data));
	expect(data, LIKENESS_HEAD, LIKENESS_NONE);
}

static void
test_h26x(void **state UNUSED)
{
	EXPECT("\0\0\0\x01\x67\x42\0\x1e", LIKENESS_H264);
	EXPECT("\0\0\x01\x27\x42\0\x1e", LIKENESS_H264);
	EXPECT("\0\0\0\x01\x09\xf0\0\0\0\x01", LIKENESS_H264);
	EXPECT("\0\0\0\x01\x40\x01\x0c\x01", LIKENESS_H265);
	EXPECT("\0\0\0\x01\x46\x01\x50", LIKENESS_H265);
	EXPECT("\0\0\x01\x42\x01\x01\x01", LIKENESS_H265);
	EXPECT("\0\0\0\x01", LIKENESS_NONE);
	EXPECT("\0\0\0\x01\x41\x9a\x24", LIKENESS_NONE);
	EXPECT("\0\0\0\x04\x67\x42\0\x1e\0\0\0\x04\x68\xce\x3c\x80",
	    LIKENESS_AVCC);
	EXPECT("\0\0\0\x04\x67\x42\0\x1e\xff\xff\xff\xff\xff", LIKENESS_NONE);
	EXPECT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", LIKENESS_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_magics),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_junk),
		cmocka_unit_test(test_mpegts),
		cmocka_unit_test(test_h26x),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
