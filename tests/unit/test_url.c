/* SPDX-License-Identifier: ISC */
/* Which scheme a URL has, and where its host lies. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

/* The parts "login|host|port" of a URL, or NULL: it has no host. */
static const struct {
	const char *url, *parts;
} places[] = {
	{ "rtmp://h/app/key", "|h|" },
	{ "rtmp://h:1935/app/key", "|h|:1935" },
	{ "rtmp://u:pw@h:1935/app/key", "u:pw|h|:1935" },
	{ "rtsp://u@h/1", "u|h|" },
	{ "rtsp://:pw@h/1", ":pw|h|" },
	{ "rtsp://@h/1", "|h|" },
	{ "rtsp://u:p@w@h/1", "u:p@w|h|" },
	{ "rtsp://u:p:w@h/1", "u:p:w|h|" },
	{ "rtsp://u:p/w@h/1", "|u|:p" }, /* as ffmpeg has it */
	{ "rtsp://u:p#w@h/1", "|u|:p" },
	{ "http://h?a=b@c:d/e", "|h|" },
	{ "http://h/x@y:z", "|h|" },
	{ "http://h#x@y", "|h|" },
	{ "srt://h:9000?mode=caller&streamid=a@b", "|h|:9000" },
	{ "srt://:9000?mode=listener", "||:9000" },
	{ "srt://u:pw@:9000", "u:pw||:9000" },
	{ "udp://@239.0.0.1:1234", "|239.0.0.1|:1234" },
	{ "tcp://[::1]:80/x", "|[::1]|:80" },
	{ "tcp://[fe80::1]", "|[fe80::1]|" },
	{ "tcp://u:pw@[fe80::1]/x", "u:pw|[fe80::1]|" },
	{ "tcp://h:", "|h|:" },
	{ "rtmp://", "||" },
	{ "rtmp:///app", "||" },
	{ "RTMP://H/app", "|H|" },
	{ "rtmp:/h/app/key", "|h|" }, /* one slash, or none, of the net's */
	{ "rtmp:u:pw@h:1/app", "u:pw|h|:1" },
	{ "udp:239.0.0.1:1234", "|239.0.0.1|:1234" },
	{ "RTSP:/u@h/1", "u|h|" },
	{ "file:/rec/a.mkv", NULL },
	{ "file:///rec/a.mkv", "||" },
	{ "/rec/a:b.mkv", NULL },
	{ "/rec/rtmp://h/a", NULL },
	{ "./rtmp://h/a", NULL },
	{ "a.mkv", NULL },
	{ "pipe:1", NULL },
	{ "pipe:", NULL },
	{ "h:1935", NULL },
	{ "tee:a.mkv|b.mkv", NULL },
	{ "[f=flv]rtmp://u@h/app/key|[f=mpegts]udp://h2:1", "u|h|" },
	{ "tee:rtmp://h/app/key|a.mkv", "|h|" },
	{ "[f=matroska]/rec/a|[f=flv]rtmp://h/app", "|h|" },
	{ "", NULL },
	{ NULL, NULL },
};

static void
test_place(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(places); i++) {
		const char *url = places[i].url, *parts = places[i].parts;
		struct url_place at;
		char is[80];

		if (url_find_place(url, &at) != (parts != NULL))
			fail_msg("%s: a host: %d", url, parts == NULL);
		if (parts == NULL)
			continue;
		assert_true(at.login <= at.host);
		snprintf(is, sizeof(is), "%.*s|%.*s|%.*s",
		    at.host == at.login ? 0 : (int)(at.host - at.login - 1),
		    at.login, (int)(at.port - at.host), at.host,
		    (int)(at.end - at.port), at.port);
		if (strcmp(is, parts) != 0)
			fail_msg("%s: %s", url, is);
		assert_int_equal(url[at.scheme], ':');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scheme),
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
