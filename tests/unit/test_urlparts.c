/* SPDX-License-Identifier: ISC */
/* URLs in texts: which of their parts are secret. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/urlparts.h"
#include "base/util.h"

/* The parts, one after the other: u(ser), k(ey), v(alue). */
static void
take_part(void *ctx, const struct urlparts *u, enum urlpart part, size_t from,
    size_t to)
{
	static const char letters[] = {
		[URLPART_USER] = 'u', [URLPART_KEY] = 'k', [URLPART_VALUE] = 'v'
	};

	buf_putf(
	    ctx, "%c:%.*s ", letters[part], (int)(to - from), u->text + from);
}

struct row {
	const char *text, *parts;
};

static void
test_text(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "", "" },
		{ "no URL: at all", "" },
		{ "http://host/path", "" },
		{ "rtsp://me:pw@host/1", "u:me:pw " },
		{ "rtsp:/me:pw@host/1", "u:me:pw " },
		{ "rtsp:me:pw@host/1", "u:me:pw " },
		{ "file:/me:pw@host/1", "" },
		{ "rtsp://me:p/w@host/1", "u:me:p/w " },
		{ "rtsp://a:b@[::1]:554/x", "u:a:b " },
		{ "rtmp://host/live", "" },
		{ "rtmp://host/live/key", "k:key " },
		{ "RTMPS://host/live/key/", "k:key " },
		{ "rtmpx://host/live/key", "" },
		{ "at rtmp://host/live/key: Broken pipe", "k:key " },
		{ "http://h/?sig=abc&fps=25&lone&x=1", "v:abc v:lone " },
		{ "http://h/?tcp", "" },
		{ "http://a:b@h 'rtmp://h/app/key'", "u:a:b k:key " },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct buf out;

		buf_init(&out, 0);
		urlparts_walk_text(rows[i].text, take_part, &out);
		assert_string_equal(buf_text(&out), rows[i].parts);
		buf_clear(&out);
	}
}

/* Alone, nothing in it belongs to a message. */
static void
test_alone(void **state UNUSED)
{
	struct buf out;

	buf_init(&out, 0);
	urlparts_walk_url(NULL, take_part, &out);
	urlparts_walk_url("words", take_part, &out);
	urlparts_walk_url("rtmp://h/app/key live=1", take_part, &out);
	assert_string_equal(buf_text(&out), "k:key live=1 ");
	buf_clear(&out);
	assert_true(urlparts_is_part("rtsp://h/?a=word", "word"));
	assert_false(urlparts_is_part("rtsp://h/word", "word"));
	assert_false(urlparts_is_part(NULL, "word"));
	assert_true(urlparts_has("see http://h"));
	assert_false(urlparts_has("see: this"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
