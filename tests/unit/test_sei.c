/* SPDX-License-Identifier: ISC */
/* Messages in SEI NAL units, written and read back. */
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
#include "media/h264.h"
#include "media/sei.h"

static const enum ts_codec codecs[] = { TS_CODEC_H264, TS_CODEC_H265 };

/* Bytes without emulation prevention, by the definition of 7.3.1. */
static size_t
plain(const uint8_t *nal, size_t len, uint8_t *to)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (i < 2 || nal[i] != 3 || nal[i - 1] != 0 || nal[i - 2] != 0)
			to[n++] = nal[i];
	return n;
}

/* The byte sequences that 7.4.1 forbids in a NAL unit. */
static void
assert_no_code(const uint8_t *nal, size_t len)
{
	assert_true(nal[len - 1] != 0);
	for (size_t i = 2; i < len; i++)
		assert_false(nal[i] <= 2 && nal[i - 1] == 0 && nal[i - 2] == 0);
}

/* A message comes back, and each byte of its NAL unit is as it should be. */
static void
check_message(enum ts_codec codec, const uint8_t *data, size_t len)
{
	static uint8_t raw[SEI_NAL_MAX];
	struct buf out, back;
	const uint8_t *nal;
	size_t n, head = codec == TS_CODEC_H264 ? 1 : 2, at = head + 1;
	size_t size = len + SEI_UUID, said = 0;

	buf_init(&out, 0);
	buf_init(&back, 0);
	assert_int_equal(
	    sei_write(&out, codec, sei_comment_uuid, data, len), 0);
	assert_true(out.len <= SEI_NAL_MAX);
	assert_memory_equal(buf_text(&out), "\0\0\0\1", 4);
	nal = (const uint8_t *)buf_text(&out) + 4;
	assert_int_equal(nal[0], codec == TS_CODEC_H264 ? 0x06 : 39 << 1);
	assert_int_equal(nal[1], codec == TS_CODEC_H264 ? 5 : 1);
	assert_no_code(nal, out.len - 4);
	n = plain(nal, out.len - 4, raw);
	assert_int_equal(raw[head], 5);
	do
		said += raw[at];
	while (raw[at++] == 255);
	assert_int_equal(said, size);
	assert_int_equal(n, at + size + 1);
	assert_memory_equal(raw + at, sei_comment_uuid, SEI_UUID);
	if (len > 0)
		assert_memory_equal(raw + at + SEI_UUID, data, len);
	assert_int_equal(raw[n - 1], 0x80);
	assert_int_equal(sei_read(&back, codec, nal, out.len - 4), 0);
	assert_int_equal(back.len, len);
	if (len > 0)
		assert_memory_equal(buf_text(&back), data, len);
	buf_clear(&out);
	buf_clear(&back);
}

/* All lengths, around those where the size has a byte more, too; zeros need the
 * most emulation prevention. */
static void
test_lengths(void **state UNUSED)
{
	static uint8_t data[SEI_MAX];
	unsigned r = 1;

	for (size_t c = 0; c < NELEM(codecs); c++) {
		for (int fill = -1; fill <= 4; fill++) {
			for (size_t i = 0; i < SEI_MAX; i++) {
				r = r * 1103515245 + 12345;
				data[i] = (uint8_t)(fill >= 0 ? (unsigned)fill
							      : r >> 16 & 3);
			}
			for (size_t len = 0; len <= 1200; len++)
				check_message(codecs[c], data, len);
			for (size_t len = SEI_MAX - 3; len <= SEI_MAX; len++)
				check_message(codecs[c], data, len);
		}
	}
}

/* No two zeros in a row: players compare the bytes as they arrive. */
static void
test_uuid(void **state UNUSED)
{
	assert_int_equal(sei_comment_uuid[6] >> 4, 4); /* RFC 9562: random */
	assert_int_equal(sei_comment_uuid[8] >> 6, 2);
	for (size_t i = 0; i < SEI_UUID; i++)
		assert_true(sei_comment_uuid[i] != 0);
}

static void
test_refused(void **state UNUSED)
{
	static const uint8_t data[SEI_MAX + 1] = { 0 };
	struct buf out;

	buf_init(&out, 100);
	for (int c = 0; c < N_TS_CODECS; c++)
		assert_int_equal(sei_write(&out, (enum ts_codec)c,
				     sei_comment_uuid, data, 1),
		    c == TS_CODEC_H264 || c == TS_CODEC_H265 ? 0 : -1);
	assert_int_equal(out.len, 2 * 25 + 1);
	assert_int_equal(
	    sei_write(&out, TS_CODEC_H264, sei_comment_uuid, data, 50), -1);
	assert_int_equal(out.len, 2 * 25 + 1);
	buf_clear(&out);
	buf_init(&out, 0);
	assert_int_equal(
	    sei_write(&out, TS_CODEC_H264, sei_comment_uuid, data, SEI_MAX + 1),
	    -1);
	assert_int_equal(out.len, 0);
	buf_clear(&out);
}

/* --- comments ----------------------------------------------------------- */

static void
check_comment(const struct sei_comment *c, const char *json)
{
	struct buf out, back;

	buf_init(&out, 0);
	buf_init(&back, 0);
	assert_int_equal(sei_write_comment(&out, TS_CODEC_H264, c), 0);
	assert_int_equal(sei_read(&back, TS_CODEC_H264,
			     (const uint8_t *)buf_text(&out) + 4, out.len - 4),
	    0);
	assert_string_equal(buf_text(&back), json);
	buf_clear(&out);
	buf_clear(&back);
}

static void
test_comments(void **state UNUSED)
{
	check_comment(
	    &(struct sei_comment){ .id = "chat",
		.text = "\xe4\xbd\xa0\xe5\xa5\xbd \"\\ \xf0\x9f\x98\x80",
		.color = "#ff8800",
		.user = "bob",
		.mode = "top",
		.size = 36,
		.at_ms = 1764416400123 },
	    "{\"v\":1,\"id\":\"chat\","
	    "\"text\":\"\xe4\xbd\xa0\xe5\xa5\xbd \\\"\\\\ "
	    "\xf0\x9f\x98\x80\",\"color\":\"#ff8800\",\"user\":\"bob\","
	    "\"mode\":\"top\",\"size\":36,\"at\":1764416400123}");
	check_comment(&(struct sei_comment){ .text = "a\xff\xc0\x80\n\x1b" },
	    "{\"v\":1,\"text\":\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
	    "\\n\\u001b\"}");
	check_comment(
	    &(struct sei_comment){ .text = "" }, "{\"v\":1,\"text\":\"\"}");
}

/* The longest text whose comment is written, and the next. */
static void
test_long_comment(void **state UNUSED)
{
	static char text[SEI_MAX + 1];
	struct sei_comment c = { .text = text };
	size_t room = SEI_MAX - strlen("{\"v\":1,\"text\":\"\"}");
	struct buf out;

	buf_init(&out, 0);
	memset(text, 'x', room);
	assert_int_equal(sei_write_comment(&out, TS_CODEC_H265, &c), 0);
	text[room - 1] = '"'; /* two bytes */
	assert_int_equal(sei_write_comment(&out, TS_CODEC_H265, &c), -1);
	buf_clear(&out);
}

/* --- reading messages of others ----------------------------------------- */

/* A NAL unit of these bytes and a comment, read. */
static int
read_behind(const uint8_t *before, size_t n, const char *text, struct buf *back)
{
	struct buf nal;
	int result;

	buf_init(&nal, 0);
	buf_put(&nal, "\x06", 1);
	buf_put(&nal, before, n);
	buf_putf(&nal, "%c%c", 5, (int)(SEI_UUID + strlen(text)));
	buf_put(&nal, sei_comment_uuid, SEI_UUID);
	buf_puts(&nal, text);
	buf_put(&nal, "\x80", 1);
	result = sei_read(
	    back, TS_CODEC_H264, (const uint8_t *)buf_text(&nal), nal.len);
	buf_clear(&nal);
	return result;
}

/* After other messages: a short one, one of another UUID, one with a type and a
 * size of two bytes, one that is too short for a UUID. */
static void
test_several_messages(void **state UNUSED)
{
	static const uint8_t short_one[] = { 6, 1, 0xc4 };
	static const uint8_t other[] = { 5, 17, 0xb5, 0xb6, 0x38, 0xc9, 0x46,
		0x10, 0x48, 0x20, 0x8b, 0xef, 0xfb, 0xf2, 0x2f, 0xe2, 0x92,
		0x61, 'x' };
	static const uint8_t tiny[] = { 5, 3, 0xb5, 0xb6, 0x38 };
	static const uint8_t prevented[] = { 4, 4, 0, 0, 3, 1, 0 };
	uint8_t large[4 + 256] = { 255, 7, 255, 1 }, huge[2 + 32 + 8210];
	struct buf back;

	buf_init(&back, 0);
	memset(large + 4, 0x11, 256);
	memset(huge, 255, 1 + 32); /* 8210: more than one of ours has */
	huge[0] = 5;
	huge[1 + 32] = 50;
	memset(huge + 34, 0x22, 8210);
	assert_int_equal(
	    read_behind(short_one, sizeof(short_one), "one", &back), 0);
	assert_int_equal(read_behind(other, sizeof(other), "two", &back), 0);
	assert_int_equal(read_behind(tiny, sizeof(tiny), "three", &back), 0);
	assert_int_equal(
	    read_behind(prevented, sizeof(prevented), "four", &back), 0);
	assert_int_equal(read_behind(large, sizeof(large), "five", &back), 0);
	assert_int_equal(read_behind(huge, sizeof(huge), "six", &back), 0);
	assert_string_equal(buf_text(&back), "onetwothreefourfivesix");
	buf_clear(&back);
}

/* Cut anywhere, and with sizes that lie: no comment, and nothing is read past
 * the end. */
static void
test_damaged(void **state UNUSED)
{
	const char text[] = "hello";
	uint8_t *tight, hostile[300];
	struct buf out, back;

	buf_init(&out, 0);
	buf_init(&back, 0);
	for (size_t c = 0; c < NELEM(codecs); c++) {
		buf_consume(&out, out.len);
		sei_write(&out, codecs[c], sei_comment_uuid, text, 5);
		for (size_t n = 0; n < out.len - 4 - 1; n++) {
			tight = xcalloc(n + (n == 0), 1);
			memcpy(tight, buf_text(&out) + 4, n);
			assert_int_equal(
			    sei_read(&back, codecs[c], tight, n), -1);
			free(tight);
		}
		assert_int_equal(
		    sei_read(&back, codecs[1 - c],
			(const uint8_t *)buf_text(&out) + 4, out.len - 4),
		    -1);
	}
	memset(hostile, 255, sizeof(hostile));
	hostile[0] = 6;
	assert_int_equal(
	    sei_read(&back, TS_CODEC_H264, hostile, sizeof(hostile)), -1);
	hostile[1] = 5;
	assert_int_equal(
	    sei_read(&back, TS_CODEC_H264, hostile, sizeof(hostile)), -1);
	memset(hostile + 1, 0, sizeof(hostile) - 1);
	assert_int_equal(
	    sei_read(&back, TS_CODEC_H264, hostile, sizeof(hostile)), -1);
	assert_int_equal(back.len, 0);
	buf_clear(&out);
	buf_clear(&back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_long_comment),
		cmocka_unit_test(test_several_messages),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
