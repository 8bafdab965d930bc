/* SPDX-License-Identifier: ISC */
/* Which scheme a URL has. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/url.h"
#include "base/util.h"

enum family {
	OTHER,
	RTMP,
	RTSP
};

static const struct {
	const char *url, *scheme; /* scheme NULL: it has none */
	enum family family;
} rows[] = {
	{ "rtmp://h/app/key", "rtmp", RTMP },
	{ "rtmps://h/app/key", "rtmps", RTMP },
	{ "rtmpt://h/app/key", "rtmpt", RTMP },
	{ "rtmpe://h/app/key", "rtmpe", RTMP },
	{ "rtmpts://h/app/key", "rtmpts", RTMP },
	{ "rtmpte://h/app/key", "rtmpte", RTMP },
	{ "RTMP://h/app/key", "rtmp", RTMP },
	{ "RtmpS://h/app/key", "rtmps", RTMP },
	{ "rtmp://", "rtmp", RTMP },
	{ "rtmpx://h/app/key", "rtmpx", OTHER },
	{ "rtmptss://h/app/key", "rtmptss", OTHER },
	{ "rtm://h/app/key", "rtm", OTHER },
	{ "xrtmp://h/app/key", "xrtmp", OTHER },
	{ "rtmp", NULL, OTHER },
	{ "rtmp:h", NULL, OTHER },
	{ "rtmp:/h/app/key", NULL, OTHER },
	{ "rtmp//h", NULL, OTHER },
	{ "rtmp.mkv", NULL, OTHER },
	{ "/rec/rtmp://h", NULL, OTHER },
	{ "./rtmp://h", NULL, OTHER },
	{ " rtmp://h", NULL, OTHER },
	{ "[f=flv]rtmp://h/app/key", NULL, OTHER },
	{ "rtsp://cam/1", "rtsp", RTSP },
	{ "rtsps://cam/1", "rtsps", RTSP },
	{ "RTSP://cam/1", "rtsp", RTSP },
	{ "rtspx://cam/1", "rtspx", OTHER },
	{ "srt://h:9000", "srt", OTHER },
	{ "udp://239.0.0.1:1234", "udp", OTHER },
	{ "http://h/rtmp://x", "http", OTHER },
	{ "x-y+z.1://h", "x-y+z.1", OTHER },
	{ "1x://h", NULL, OTHER },
	{ "://h", NULL, OTHER },
	{ "file:/a", NULL, OTHER },
	{ "", NULL, OTHER },
	{ NULL, NULL, OTHER },
};

static void
test_scheme(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		const char *url = rows[i].url, *scheme = rows[i].scheme;

		if (url_scheme_len(url) !=
		    (scheme == NULL ? 0 : strlen(scheme)))
			fail_msg("%s: scheme of %zu", url, url_scheme_len(url));
		if (scheme != NULL && !url_has_scheme(url, scheme))
			fail_msg("%s: not %s", url, scheme);
		assert_false(url_has_scheme(url, "nfs"));
		assert_false(url_has_scheme(url, ""));
	}
	assert_true(url_has_scheme("rtmp://h", "RTMP"));
	assert_false(url_has_scheme("rtmps://h", "rtmp"));
	assert_false(url_has_scheme("rtmp://h", "rtmps"));
}

static void
test_family(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		const char *url = rows[i].url;

		if (url_is_rtmp(url) != (rows[i].family == RTMP))
			fail_msg("%s: rtmp: %d", url, url_is_rtmp(url));
		if (url_is_rtsp(url) != (rows[i].family == RTSP))
			fail_msg("%s: rtsp: %d", url, url_is_rtsp(url));
	}
	assert_true(url_scheme_is_rtmp("rtmpt and more", 5));
	assert_true(url_scheme_is_rtmp("rtmpt and more", 4));
	assert_false(url_scheme_is_rtmp("rtmpt and more", 3));
	assert_false(url_scheme_is_rtmp("rtmpt and more", 6));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scheme),
		cmocka_unit_test(test_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
