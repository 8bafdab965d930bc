/* SPDX-License-Identifier: ISC */
/*
 * Masking: known secrets in every spelling, and anything that looks like a
 * URL.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/redact.h"
#include "base/spelling.h"
#include "base/util.h"

static void
expect(const struct redact *r, const char *text, const char *masked)
{
	char *out = redact_text(r, text);

	assert_string_equal(out, masked);
	free(out);
}

static void
test_urls(void **state UNUSED)
{
	static const char *const rows[][2] = {
		{ "plain text: nothing here", "plain text: nothing here" },
		{ "", "" },
		{ "://", "://" },
		{ "rtsp://cam/stream1", "rtsp://cam/stream1" },
		{ "rtsp://u:p@cam/x", "rtsp://****@cam/x" },
		{ "rtsp://u:p@ss@cam:554/x", "rtsp://****@cam:554/x" },
		{ "rtsp://u:p#ss@cam/x", "rtsp://****@cam/x" },
		{ "rtsp://u:p/s?s@cam/x", "rtsp://****@cam/x" },
		{ "rtsp://u:p?ss@cam", "rtsp://****@cam" },
		{ "http://h:80/a@b", "http://h:80/a@b" },
		{ "rtmp://h/live", "rtmp://h/live" },
		{ "rtmp://h/live/", "rtmp://h/live/" },
		{ "rtmp://h", "rtmp://h" },
		{ "rtmp://h/app/key", "rtmp://h/app/****" },
		{ "rtmp://h/app/inst/key/", "rtmp://h/app/inst/****/" },
		{ "RTMPS://h:443/app/key", "RTMPS://h:443/app/****" },
		{ "rtmp://u:p@h/app/key?auth=xy&y=",
		    "rtmp://****@h/app/****?auth=****&y=" },
		{ "rtmp://[::1]:1935/live/key", "rtmp://[::1]:1935/live/****" },
		{ "rtmp://u:p@[::1]/live/key", "rtmp://****@[::1]/live/****" },
		{ "xrtmp://h/app/key", "xrtmp://h/app/key" },
		{ "srt://h:9?streamid=#!::r=x,m=p&passphrase=yy z",
		    "srt://h:9?streamid=****&passphrase=**** z" },
		{ "tcp://h:1?tcp_nodelay=1 failed",
		    "tcp://h:1?tcp_nodelay=1 failed" },
		{ "http://h/x?token", "http://h/x?****" },
		{ "http://h/x?sig=ab==&&k=", "http://h/x?sig=****&&k=" },
		{ "rtmp://h/live/key: Input/output error",
		    "rtmp://h/live/****: Input/output error" },
		{ "Output #0, flv, to 'rtmp://h/live/key':",
		    "Output #0, flv, to 'rtmp://h/live/****':" },
		{ "(see rtmp://h/live/key).", "(see rtmp://h/live/****)." },
		{ "<rtmp://h/live/key>", "<rtmp://h/live/****>" },
		{ "a\trtmp://h/live/key\nnext", "a\trtmp://h/live/****\nnext" },
		{ "[f=flv]rtmp://h/a/k1|[f=flv]rtmp://h/a/k2",
		    "[f=flv]rtmp://h/a/****|[f=flv]rtmp://h/a/****" },
		{ "[f=flv]rtmp://h/a/k\\|1|x", "[f=flv]rtmp://h/a/****|x" },
		{ "http://x/?u=12 rtmp://h/a/k",
		    "http://x/?u=**** rtmp://h/a/****" },
		{ "http://x/rtmp://h/a/k", "http://x/rtmp://h/a/****" },
	};
	size_t i;

	for (i = 0; i < NELEM(rows); i++)
		expect(NULL, rows[i][0], rows[i][1]);
}

static void
test_secrets(void **state UNUSED)
{
	struct redact r = { 0 };

	redact_add(&r, NULL);
	redact_add(&r, "xy"); /* too short */
	redact_add(&r, "abc");
	redact_add(&r, "hunter2");
	redact_add(&r, "hunter2-long");
	redact_add(&r, "hunter2");
	assert_int_equal(r.secrets.n, 3);
	expect(&r, "xy", "xy");
	expect(&r, "abc", "****");
	expect(&r, "(abc)", "(****)");
	expect(&r,
	    "abcd xabc abc_ \xc3\xa4"
	    "abc",
	    "abcd xabc abc_ \xc3\xa4"
	    "abc");
	expect(&r, "xhunter2y", "x****y");
	expect(&r, "hunter2-long!", "****!");
	expect(&r, "hunter2hunter2", "****");
	redact_clear(&r);
	expect(&r, "hunter2", "hunter2");
}

/* Two secrets share bytes: neither may show a rest. */
static void
test_overlap(void **state UNUSED)
{
	struct redact r = { 0 };

	redact_add(&r, "secretone");
	redact_add(&r, "onetwothree");
	expect(&r, "<secretonetwothree>", "<****>");
	redact_add(&r, "aXaXaX");
	expect(&r, "aXaXaXaXa", "****a");
	redact_clear(&r);
}

static void
test_spellings(void **state UNUSED)
{
	struct redact r = { 0 };
	char *encoded;

	redact_add(&r, "p@ss#1%");
	redact_add(&r, "it's a|b\\c\"d");
	expect(&r, "x p@ss#1% y", "x **** y");
	expect(&r, "x p%40ss%231%25 y", "x **** y");
	expect(&r, "%70%40%73%73%23%31%25", "****");
	expect(&r, "it%27s%20a%7Cb%5cc%22d", "****");
	expect(&r, "it%27s+a%7cb%5Cc%22d", "****");
	expect(&r, "'it'\\''s a|b\\c\"d'", "'****'");
	expect(&r, "it's a\\|b\\\\c\\\"d", "****");
	redact_clear(&r);

	/* holds what looks like an escape itself */
	redact_add(&r, "'\\''''x");
	redact_add(&r, "a%41%25b");
	expect(&r, "<'\\''''x>", "<****>");
	expect(&r, "a%41%25b a%2541%2525b", "**** ****");
	redact_clear(&r);

	encoded = spelling_encode("p@ss#1% /?:;a\xc3\xa4~");
	assert_string_equal(encoded, "p%40ss%231%25%20%2F%3F%3A;a%C3%A4~");
	free(encoded);
}

static void
test_learn_url(void **state UNUSED)
{
	struct redact r = { 0 };

	redact_add_url(&r, NULL);
	redact_add_url(&r, "no url");
	redact_add_url(&r, "rtsp://admin@cam/x");
	assert_int_equal(r.secrets.n, 0);
	redact_add_url(&r, "rtsp://admin:p%40ssw0rd@cam/x");
	expect(&r, "admin p@ssw0rd", "admin ****");
	expect(&r, "p%40ssw0rd", "****");
	redact_add_url(&r, "rtmp://host/live/abcd-efgh?auth=t0k3n99");
	expect(&r, "publish abcd-efgh t0k3n99", "publish **** ****");
	expect(&r, "host live", "host live");
	redact_add_url(&r, "srt://h:1?mode=caller&passphrase=longsecret");
	expect(&r, "mode caller, longsecret", "mode caller, ****");
	redact_add_url(&r, "rtmp://host/live/trailing.");
	expect(&r, "trailing.", "****");
	redact_clear(&r);
}

/* Characters by their numbers, as JSON and Python write them. */
static void
test_f12_numbers(void **state UNUSED)
{
	struct redact r = { 0 };
	char *out;

	redact_add(&r, "sch\xc3\xb6n-gr\xc3\xbc\xc3\x9f");
	redact_add(&r, "\xe2\x82\xac&\xf0\x9f\x98\x80-key");
	expect(&r, "<sch\\u00f6n-gr\\u00fc\\u00DF>", "<****>");
	expect(&r, "<sch\xc3\xb6n-gr\\u00fc\xc3\x9f>", "<****>");
	expect(&r, "<sch\\\\u00f6n-gr\\\\u00fc\\\\u00df>", "<****>");
	expect(&r, "<sch\\xc3\\xb6n-gr\\xc3\\xbc\\xc3\\x9f>", "<****>");
	expect(&r, "\\u0073\\u0063h\\u00f6n-gr\\u00fc\\u00df", "****");
	expect(&r, "\\u20ac\\u0026\\ud83d\\ude00-key!", "****!");
	expect(&r, "\\u20AC&\\U0001F600-key!", "****!");
	expect(&r, "\\\\u20ac&\\\\ud83d\\\\ude00-key", "****");
	expect(&r, "<sch\\u00f7n \\u \\u20 \\ud83d \\x",
	    "<sch\\u00f7n \\u \\u20 \\ud83d \\x");
	out = redact_cut_text(&r, "<sch\\u00f6n-gr\\u00f");
	assert_string_equal(out, "<****");
	free(out);
	out = redact_cut_text(&r, "<sch\\u00f6n-gr\\u00fc\\");
	assert_string_equal(out, "<****");
	free(out);
	redact_clear(&r);
}

/* Control bytes: as they are, as ffmpeg and as C write them; and each line of a
 * secret that has several. */
static void
test_f13_control_bytes(void **state UNUSED)
{
	struct redact r = { 0 };
	char *out;

	redact_add(&r, "key\x01wi\x1bth\tsome");
	redact_add(&r,
	    "\x02"
	    "begins");
	redact_add(&r, "first-line-x\nsecond-line-x\r\n\nthe");
	expect(&r, "<key\x01wi\x1bth\tsome>", "<****>");
	expect(&r, "<key?wi?th\tsome>", "<****>");
	expect(&r, "<key\\x01wi\\x1bth\\tsome>", "<****>");
	expect(&r, "<key\\u0001wi\\u001bth\\u0009some>", "<****>");
	expect(&r, "<key\\001wi\\033th\\tsome>", "<****>");
	expect(&r, "<key\\001wi\\eth\\\\tsome>", "<****>");
	expect(&r, "<key%01wi%1bth%09some>", "<****>");
	expect(&r, "a?begins, begins?", "a****, begins?");
	expect(&r, "first-line-x", "****");
	expect(&r, "second-line-x", "****");
	expect(&r, "first-line-x\nsecond-line-x", "****\n****");
	expect(&r, "first-line-x\\nsecond-line-x\\r\\n\\nthe", "****");
	expect(&r, "the line?", "the line?");
	out = redact_cut_text(&r, "<key?w");
	assert_string_equal(out, "<****");
	free(out);
	redact_clear(&r);
}

/* ffmpeg takes one slash for two, and none. */
static void
test_f16_one_slash(void **state UNUSED)
{
	static const char *const rows[][2] = {
		{ "rtmp:/user:pw@host/app/key", "rtmp:/****@host/app/****" },
		{ "rtmp:user:pw@host/app/key", "rtmp:****@host/app/****" },
		{ "RTSP:/u:p@cam/x: refused", "RTSP:/****@cam/x: refused" },
		{ "srt:/h:1?passphrase=longsecret",
		    "srt:/h:1?passphrase=****" },
		{ "async:http:/u:p@h/x", "async:http:/****@h/x" },
		{ "rtmp: connection to host", "rtmp: connection to host" },
		{ "file:/rec/a@b:c", "file:/rec/a@b:c" },
		{ "C:/live/key, error:/x/y", "C:/live/key, error:/x/y" },
		{ "tcp:8080 in use", "tcp:8080 in use" },
	};
	struct redact r = { 0 };

	for (size_t i = 0; i < NELEM(rows); i++)
		expect(NULL, rows[i][0], rows[i][1]);
	redact_add_url(&r, "rtmp:/user:hunt3r-x@host/app/abcd-efgh");
	redact_add_urls(&r, "see srt:/u:hunt3r-y@h:1");
	expect(&r, "hunt3r-x, abcd-efgh, hunt3r-y", "****, ****, ****");
	redact_clear(&r);
}

/* An '@' or a slash in a password, as it is. */
static void
test_f17_raw_password(void **state UNUSED)
{
	static const char *const rows[][2] = {
		{ "rtmp://u:p@ss@host/app/key", "rtmp://****@host/app/****" },
		{ "rtmp://u:p@ss/w0rd@host/app/key",
		    "rtmp://****@host/app/****" },
		{ "rtsp://u:12/34@192.168.1.5:554/x",
		    "rtsp://****@192.168.1.5:554/x" },
		{ "rtsp://u:12/34@cam:554/x", "rtsp://****@cam:554/x" },
		{ "rtsp://u:p/@ss@[::1]:554/x", "rtsp://****@[::1]:554/x" },
		{ "http://u:p@a.b.c/x?mail=me@d.e",
		    "http://****@a.b.c/x?mail=****" },
		{ "http://u:p@a.b.c/lib@1", "http://****@a.b.c/lib@1" },
		{ "http://h:80/a@b", "http://h:80/a@b" },
		{ "http://h.org/lib@1.0/x", "http://h.org/lib@1.0/x" },
	};
	struct redact r = { 0 };

	for (size_t i = 0; i < NELEM(rows); i++)
		expect(NULL, rows[i][0], rows[i][1]);
	redact_add_url(&r, "rtmp://u:hunt3r@s3cret/w0rd-x@host/app/x");
	expect(&r, "said hunt3r@s3cret/w0rd-x", "said ****");
	expect(&r, "resolve hostname s3cret: no", "resolve hostname ****: no");
	expect(&r, "path w0rd-x@host", "path ****@host");
	redact_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_learn_url),
		cmocka_unit_test(test_f12_numbers),
		cmocka_unit_test(test_f13_control_bytes),
		cmocka_unit_test(test_f16_one_slash),
		cmocka_unit_test(test_f17_raw_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
