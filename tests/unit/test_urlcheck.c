/* SPDX-License-Identifier: ISC */
/* Addresses that ffmpeg cannot work with, and whether it waits there. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strv.h"
#include "base/util.h"
#include "profile/urlcheck.h"

/* A part of the fault of each URL; NULL: it has none. */
static void
test_p12_urls(void **state UNUSED)
{
	static const struct {
		const char *url, *fault;
	} rows[] = {
		{ "rtsp://cam/1", NULL },
		{ "rtsp://cam:554/1#x", NULL },
		{ "rtsp://a%40b:c%25d@cam:554/1", NULL },
		{ "rtsp://[2001:db8::1]:554/x", NULL },
		{ "rtsp://[2001:db8::1]/x", NULL },
		{ "http://h/x?a=b@c:d", NULL },
		{ "srt://h:9000?passphrase=0123456789", NULL },
		{ "srt://:9000?mode=listener", NULL },
		{ "srt://h:9000?streamid=#!::r=x,m=publish", NULL },
		{ "udp://:1234", NULL },
		{ "udp://@239.0.0.1:1234", NULL },
		{ "rtp://239.0.0.1:5004", NULL },
		{ "rtmp://h/app/a#b@c:d", NULL },
		{ "/srv/a:b@c#d.mp4", NULL },
		{ "testsrc=size=64x48:rate=5", NULL },
		{ "file:///srv/a.mp4", NULL },
		{ NULL, NULL },
		{ "rtsp://admin:pa#ss@host:554/x", "password contains" },
		{ "rtsp://admin:pa/ss@host/x", "password contains" },
		{ "rtsp://admin:pa?ss@host/x", "password contains" },
		{ "rtsp://ad#min:pass@host/x", "user contains" },
		{ "rtsp://admin:100%@host/x", "contains a \"%\"" },
		{ "rtsp://admin:100%zz@host/x", "contains a \"%\"" },
		{ "rtsp://::1:554/x", "brackets" },
		{ "rtsp://fe80::1/x", "brackets" },
		{ "rtsp://[::1:554/x", "not closed" },
		{ "rtsp://host:/x", "port" },
		{ "rtsp://host:55x/x", "port" },
		{ "rtsp://host:99999/x", "port" },
		{ "http:///x", "no host" },
		{ "rtmp://:1935/app/key", "no host" },
		{ "rtsp://my cam/1", "space" },
		{ "srt://h", "no port" },
		{ "tcp://h/x", "no port" },
		{ "udp://239.0.0.1", "no port" },
		{ "srt://h:1?passphrase=short", "has 5 characters" },
		{ "srt://h:1?mode=listen", "mode" },
		{ "srt://h:1?pbkeylen=128", "16, 24 or 32" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *fault = urlcheck_fault(rows[i].url, false);

		if ((fault == NULL) != (rows[i].fault == NULL) ||
		    (fault != NULL && strstr(fault, rows[i].fault) == NULL))
			fail_msg("%s: %s", rows[i].url,
			    fault == NULL ? "no fault" : fault);
		free(fault);
	}
}

/* Nothing of a password is in the words about it. */
static void
test_p12_secrets(void **state UNUSED)
{
	char *fault = urlcheck_fault("rtsp://me:hunter#2@h/x", false);

	assert_non_null(fault);
	assert_null(strstr(fault, "hunter"));
	free(fault);
	fault = urlcheck_option_fault("srt://h:1", "-passphrase", "hunter2");
	assert_string_equal(
	    fault, "the passphrase has 7 characters; SRT wants 10 to 79");
	free(fault);
}

static void
test_p12_options(void **state UNUSED)
{
	static const struct {
		const char *url, *option, *value;
		bool wrong;
	} rows[] = {
		{ "srt://h:1", "-streamid", "#!::r=x", true },
		{ "srt://h:1", "-streamid", "0:33", false },
		{ "srt://h:1", "-srt_streamid", "#!::r=x", false },
		{ "srt://h:1", "-passphrase", "0123456789", false },
		{ "srt://h:1", "-passphrase", "012345678", true },
		{ "srt://h:1", "-mode", "listen", true },
		{ "srt://h:1", "-mode", "listener", false },
		{ "srt://h:1", "-latency", "1", false },
		{ "rtmp://h/a/b", "-streamid", "x", false },
		{ NULL, "-streamid", "x", false },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *fault = urlcheck_option_fault(
		    rows[i].url, rows[i].option, rows[i].value);

		if ((fault != NULL) != rows[i].wrong)
			fail_msg("%s %s", rows[i].option, rows[i].value);
		free(fault);
	}
}

static void
test_n7_stdin(void **state UNUSED)
{
	static const char *const is[] = { "-", "pipe:", "pipe:0", "/dev/stdin",
		"fd:0", "/dev/fd/0" };
	static const char *const is_not[] = { "pipe:3", "-x", "", "pipe",
		"stdin", "rtsp://h/-" };

	for (size_t i = 0; i < NELEM(is); i++)
		if (!urlcheck_is_stdin(is[i]))
			fail_msg("%s", is[i]);
	for (size_t i = 0; i < NELEM(is_not); i++)
		if (urlcheck_is_stdin(is_not[i]))
			fail_msg("%s", is_not[i]);
	assert_false(urlcheck_is_stdin(NULL));
}

static void
test_n15_listens(void **state UNUSED)
{
	static const struct {
		const char *url, *option, *value;
		bool does;
	} rows[] = {
		{ "rtmp://0.0.0.0:1935/live/x", "-listen", "1", true },
		{ "rtmp://0.0.0.0:1935/live/x", "-listen", "0", false },
		{ "rtmp://0.0.0.0:1935/live/x", "-timeout", "9", false },
		{ "rtmp://h/live/listen", NULL, NULL, false },
		{ "tcp://:5000?listen", NULL, NULL, true },
		{ "tcp://:5000?listen=1", NULL, NULL, true },
		{ "tcp://:5000?listen=0", NULL, NULL, false },
		{ "tcp://:5000?listen_timeout=3", NULL, NULL, false },
		{ "tcp://:5000?a=b&listen=1", NULL, NULL, true },
		{ "srt://:9000?mode=listener", NULL, NULL, true },
		{ "srt://h:9000?mode=caller", NULL, NULL, false },
		{ "srt://h:9000", "-mode", "listener", true },
		{ "rtsp://h:8554/x", "-rtsp_flags", "listen", true },
		{ "rtsp://h:8554/x", "-rtsp_flags", "prefer_tcp", false },
		{ "/srv/?listen", NULL, NULL, false },
		{ NULL, NULL, NULL, false },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct strv options = { 0 };

		if (rows[i].option != NULL) {
			strv_push(&options, rows[i].option);
			strv_push(&options, rows[i].value);
		}
		if (urlcheck_listens(rows[i].url, &options) != rows[i].does)
			fail_msg("%s %s", rows[i].url, rows[i].option);
		strv_clear(&options);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_p12_urls),
		cmocka_unit_test(test_p12_secrets),
		cmocka_unit_test(test_p12_options),
		cmocka_unit_test(test_n7_stdin),
		cmocka_unit_test(test_n15_listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
