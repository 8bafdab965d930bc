/* SPDX-License-Identifier: ISC */
/* Requests and replies of a painter, and of one that lies. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/size.h"
#include "base/utf8.h"
#include "base/util.h"
#include "media/paint.h"

/* Write it and read it again. */
static void
send_request(const struct paint_request *r, struct paint_request *out)
{
	const char *cause = NULL;
	struct buf b;

	buf_init(&b, 0);
	paint_put_request(&b, r);
	assert_true(b.len <= PAINT_REQUEST_MAX);
	if (paint_read_request(out, buf_text(&b), b.len, &cause) == -1)
		fail_msg("%s: %s", buf_text(&b), cause);
	buf_clear(&b);
}

static void
test_request(void **state UNUSED)
{
	struct paint_request r, got;

	for (int format = 0; format < N_PIXFMTS; format++) {
		paint_request_init(&r);
		r.id = PAINT_ID_MAX;
		r.text = xstrdup("前方高能 \"\\ 😀");
		r.font = xstrdup("Noto Sans CJK SC");
		r.size = PAINT_SIZE_MAX;
		r.outline = 0;
		r.clusters = 3;
		r.width = 1920;
		r.color = 0x00ff80;
		r.box = 127;
		r.target = (struct tile_target){ .format = (enum pixfmt)format,
			.bt709 = format % 2,
			.full = format % 3 == 0,
			.opacity = (uint8_t)(255 - format) };
		send_request(&r, &got);
		assert_int_equal(got.id, r.id);
		assert_string_equal(got.text, r.text);
		assert_string_equal(got.font, r.font);
		assert_int_equal(got.size, r.size);
		assert_int_equal(got.outline, 0);
		assert_int_equal(got.clusters, 3);
		assert_int_equal(got.width, 1920);
		assert_int_equal(got.color, 0x00ff80);
		assert_int_equal(got.box, 127);
		assert_false(got.image);
		assert_int_equal(got.target.format, format);
		assert_int_equal(got.target.bt709, r.target.bt709);
		assert_int_equal(got.target.full, r.target.full);
		assert_int_equal(got.target.opacity, r.target.opacity);
		paint_request_clear(&r);
		paint_request_clear(&got);
	}
}

/* All 256 come out as they went in. */
static void
test_parts(void **state UNUSED)
{
	struct paint_request r, got;

	paint_request_init(&r);
	r.id = 1;
	for (int i = 0; i <= 255; i++) {
		r.box = r.target.opacity = (uint8_t)i;
		send_request(&r, &got);
		assert_int_equal(got.box, i);
		assert_int_equal(got.target.opacity, i);
		paint_request_clear(&got);
	}
}

static void
test_image(void **state UNUSED)
{
	struct paint_request r, got;

	paint_request_init(&r);
	r.id = 8;
	r.image = true;
	send_request(&r, &got);
	assert_true(got.image);
	assert_null(got.text);
	assert_int_equal(got.width, SIZE_SIDE_MAX);
}

/* Any text arrives as UTF-8, with its beginning unchanged. */
static void
test_texts(void **state UNUSED)
{
	static const char *const units[] = { "a", "é", "前", "😀", "\xff", "\n",
		"\x01", "\"", "\xe2\x80\xae", "\xf0\x9f", "a\xcc\x81" };
	struct paint_request r, got;
	uint32_t cp;
	size_t len;

	for (size_t i = 0; i < NELEM(units); i++) {
		len = strlen(units[i]);
		paint_request_init(&r);
		r.id = 1;
		r.text = xcalloc(3 * PAINT_TEXT_MAX + 8, 1);
		for (size_t at = 0; at < 3 * PAINT_TEXT_MAX; at += len)
			memcpy(r.text + at, units[i], len);
		send_request(&r, &got);
		len = strlen(got.text);
		assert_true(len <= PAINT_TEXT_MAX);
		assert_true(len > PAINT_TEXT_MAX - 8);
		for (const char *s = got.text; *s != '\0';
		     s += utf8_decode(s, &cp))
			assert_int_not_equal(utf8_len(s), 0);
		if (utf8_len(units[i]) > 0)
			assert_memory_equal(got.text, r.text, len);
		paint_request_clear(&r);
		paint_request_clear(&got);
	}
}

static void
expect_bad_request(const char *text, int64_t id, const char *says)
{
	struct paint_request r;
	const char *cause = NULL;

	assert_int_equal(
	    paint_read_request(&r, text, strlen(text), &cause), -1);
	assert_string_equal(cause, says);
	assert_int_equal(r.id, id);
	paint_request_clear(&r);
}

static void
test_bad_requests(void **state UNUSED)
{
	static const char none[] = "not a JSON object";

	expect_bad_request("", 0, none);
	expect_bad_request("{", 0, none);
	expect_bad_request("[1]", 0, none);
	expect_bad_request("{\"id\":1} x", 0, none);
	expect_bad_request("{}", 0, "id");
	expect_bad_request("{\"id\":0}", 0, "id");
	expect_bad_request("{\"id\":1.5}", 0, "id");
	expect_bad_request("{\"id\":1e300}", 0, "id");
	expect_bad_request("{\"id\":9007199254740993}", 0, "id");
	expect_bad_request("{\"id\":\"1\"}", 0, "id");
	expect_bad_request("{\"id\":7,\"size\":3}", 7, "size");
	expect_bad_request("{\"id\":7,\"size\":1e99}", 7, "size");
	expect_bad_request("{\"id\":7,\"size\":null}", 7, "size");
	expect_bad_request("{\"id\":7,\"outline\":-1}", 7, "outline");
	expect_bad_request("{\"id\":7,\"clusters\":0}", 7, "clusters");
	expect_bad_request("{\"id\":7,\"width\":16385}", 7, "width");
	expect_bad_request("{\"id\":7,\"text\":7}", 7, "text");
	expect_bad_request("{\"id\":7,\"font\":[]}", 7, "font");
	expect_bad_request("{\"id\":7,\"color\":\"red\"}", 7, "color");
	expect_bad_request("{\"id\":7,\"color\":\"#12345\"}", 7, "color");
	expect_bad_request("{\"id\":7,\"color\":\"#12345g\"}", 7, "color");
	expect_bad_request("{\"id\":7,\"opacity\":1.1}", 7, "opacity");
	expect_bad_request("{\"id\":7,\"box\":-0.1}", 7, "box");
	expect_bad_request("{\"id\":7,\"image\":1}", 7, "image");
	expect_bad_request("{\"id\":7,\"format\":\"p010\"}", 7, "format");
	expect_bad_request("{\"id\":7,\"matrix\":7}", 7, "matrix");
	expect_bad_request("{\"id\":7,\"range\":\"\"}", 7, "range");
}

/* A text or a name that is too long is not written, and not read either. */
static void
test_long_request(void **state UNUSED)
{
	struct paint_request r;
	const char *cause = NULL;
	struct buf b;

	buf_init(&b, 0);
	buf_putf(&b, "{\"id\":7,\"font\":\"%0*d\"}", PAINT_FONT_MAX + 1, 0);
	assert_int_equal(
	    paint_read_request(&r, buf_text(&b), b.len, &cause), -1);
	assert_string_equal(cause, "font");
	buf_clear(&b);
	buf_putf(&b, "{\"id\":7,\"text\":\"%0*d\"}", PAINT_TEXT_MAX + 1, 0);
	assert_int_equal(
	    paint_read_request(&r, buf_text(&b), b.len, &cause), -1);
	assert_string_equal(cause, "text");
	buf_clear(&b);
}

static void
send_reply(const struct paint_reply *r)
{
	const char *cause = NULL;
	struct paint_reply got;
	struct buf b;

	buf_init(&b, 0);
	paint_put_reply(&b, r);
	if (paint_read_reply(&got, buf_text(&b), b.len, &cause) == -1)
		fail_msg("%s: %s", buf_text(&b), cause);
	assert_int_equal(got.kind, r->kind);
	assert_int_equal(got.id, r->id);
	assert_int_equal(got.w, r->w);
	assert_int_equal(got.h, r->h);
	assert_int_equal(got.bytes, r->bytes);
	assert_int_equal(got.cpu_us, r->cpu_us);
	assert_string_equal(got.said, r->said);
	buf_clear(&b);
}

static void
test_replies(void **state UNUSED)
{
	send_reply(
	    &(struct paint_reply){ .kind = PAINT_READY, .said = "1.50.12" });
	send_reply(&(struct paint_reply){ .kind = PAINT_TILE,
	    .id = 7,
	    .w = SIZE_SIDE_MAX,
	    .h = 1,
	    .bytes = PAINT_BYTES_MAX });
	send_reply(&(struct paint_reply){ .kind = PAINT_TILE,
	    .id = PAINT_ID_MAX,
	    .w = 1,
	    .h = SIZE_SIDE_MAX,
	    .bytes = 1,
	    .cpu_us = 1000000,
	    .said = "DejaVu Sans" });
	send_reply(
	    &(struct paint_reply){ .kind = PAINT_ERROR, .said = "\"no\" 字" });
	send_reply(
	    &(struct paint_reply){ .kind = PAINT_ERROR, .id = 9, .said = "" });
}

static void
expect_bad_reply(const char *text, const char *says)
{
	struct paint_reply r;
	const char *cause = NULL;

	assert_int_equal(paint_read_reply(&r, text, strlen(text), &cause), -1);
	assert_string_equal(cause, says);
}

#define TILE(w, h, bytes)                                        \
	"{\"id\":7,\"w\":" w ",\"h\":" h ",\"bytes\":" bytes "," \
	"\"cpu_us\":1}"

static void
test_lies(void **state UNUSED)
{
	static const char none[] = "not a JSON object";

	expect_bad_reply("", none);
	expect_bad_reply("7", none);
	expect_bad_reply("{\"id\":7}{}", none);
	expect_bad_reply("{}", "id");
	expect_bad_reply("{\"id\":0}", "id");
	expect_bad_reply("{\"id\":-1,\"error\":\"x\"}", "id");
	expect_bad_reply("{\"id\":1,\"error\":1}", "error");
	expect_bad_reply("{\"id\":1,\"id\":2}", "w, h");
	expect_bad_reply("{\"ready\":false}", "ready");
	expect_bad_reply("{\"ready\":true}", "pango");
	expect_bad_reply(TILE("0", "1", "1"), "w");
	expect_bad_reply(TILE("1", "16385", "1"), "h");
	expect_bad_reply(TILE("-5", "1", "1"), "w");
	expect_bad_reply(TILE("4294967297", "1", "1"), "w");
	expect_bad_reply(TILE("1.5", "1", "1"), "w");
	expect_bad_reply(TILE("\"1\"", "1", "1"), "w");
	expect_bad_reply(TILE("1", "1", "0"), "bytes");
	expect_bad_reply(TILE("1", "1", "-1"), "bytes");
	expect_bad_reply(TILE("1", "1", "1e18"), "bytes");
	expect_bad_reply(TILE("1", "1", "null"), "bytes");
	expect_bad_reply(TILE("1", "1", "1,\"cpu_us\":-1"), "cpu_us");
	expect_bad_reply("{\"id\":7,\"w\":1,\"h\":1,\"bytes\":1}", "cpu_us");
	expect_bad_reply(TILE("1", "1", "1,\"font\":7"), "font");
}

/* Tiles that no text and no image can have become. */
static void
test_refuses(void **state UNUSED)
{
	struct paint_request q;
	struct paint_reply r = { .kind = PAINT_TILE, .w = 640, .h = 49 };

	paint_request_init(&q);
	q.target.format = PIX_NV12;
	q.width = 640;
	r.bytes = 2 * 2 * 640 * 49;
	assert_null(paint_refuses(&r, &q, 0));
	r.w = 641;
	assert_non_null(strstr(paint_refuses(&r, &q, 0), "wider"));
	r.w = 640;
	r.h = 2 * (36 + 2) + 3;
	assert_non_null(strstr(paint_refuses(&r, &q, 0), "higher"));
	r.h = 49;
	r.bytes = 50 << 20;
	assert_non_null(strstr(paint_refuses(&r, &q, 0), "longer"));
	r.bytes = 2 * 2 * 640 * 49;
	q.image = true;
	assert_null(paint_refuses(&r, &q, 640 * 49 * 4 + 60));
	assert_non_null(strstr(paint_refuses(&r, &q, 640 * 48 * 4), "image"));
	assert_non_null(strstr(paint_refuses(&r, &q, 0), "image"));
}

/* The text of an error becomes one short line. */
static void
test_said(void **state UNUSED)
{
	const char *cause = NULL;
	struct paint_reply r;
	struct buf b;

	buf_init(&b, 0);
	buf_puts(&b, "{\"id\":7,\"error\":\"a\\n\\u001b[2J\\u202e");
	while (b.len < PAINT_REPLY_MAX - 4)
		buf_puts(&b, "字");
	buf_puts(&b, "\"}");
	assert_int_equal(paint_read_reply(&r, buf_text(&b), b.len, &cause), 0);
	assert_true(strlen(r.said) > PAINT_SAID_MAX - 3);
	assert_memory_equal(r.said, "a\\x0a\\x1b[2J\\u202e字", 20);
	while (b.len <= PAINT_REPLY_MAX)
		buf_puts(&b, " ");
	assert_int_equal(paint_read_reply(&r, buf_text(&b), b.len, &cause), -1);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_bad_requests),
		cmocka_unit_test(test_long_request),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
