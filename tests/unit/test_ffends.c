/* SPDX-License-Identifier: ISC */
/* The ends of a worker, and to which of them a connection belongs. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/util.h"
#include "ffmpeg/ffends.h"
#include "profile/plan.h"
#include "readprofile.h"

/* The ends of worker number i of a profile. */
static struct ffends
ends_of(const char *text, size_t i)
{
	struct profile *p = read_good(text, NULL);
	struct ffends e;
	struct plan plan;

	plan_make(&plan, p);
	assert_true(i < plan.n_workers);
	ffends_of(&e, p, &plan.workers[i]);
	profile_free(p);
	return e;
}

#define FROM(url) "{\"source\":{\"url\":\"" url "\"},"
#define TO(url)	  "\"outputs\":[{\"url\":\"" url "\"}]}"

static void
test_urls(void **state UNUSED)
{
	static const struct {
		const char *url;
		enum ffend_kind kind;
		int port;
		const char *host, *place;
	} rows[] = {
		{ "rtmp://srv/live/abcdefgh", FFEND_TCP, 1935, "srv",
		    "srv:1935" },
		{ "rtmps://u:secret@srv:8443/live/abcdefgh", FFEND_TCP, 8443,
		    "srv", "srv:8443" },
		{ "icecast://source:secret@[2001:db8::7]:8000/x.mp3", FFEND_TCP,
		    8000, "2001:db8::7", "[2001:db8::7]:8000" },
		{ "https://srv/put.m3u8", FFEND_TCP, 443, "srv", "srv:443" },
		{ "tcp://127.0.0.1:9000", FFEND_TCP, 9000, "127.0.0.1",
		    "127.0.0.1:9000" },
		{ "srt://srv:9000?streamid=abcdefgh", FFEND_DATAGRAM, 9000,
		    "srv", "srt://srv:9000" },
		{ "udp://239.0.0.1:5000", FFEND_DATAGRAM, 5000, "239.0.0.1",
		    "udp://239.0.0.1:5000" },
		{ "/srv/x.mkv", FFEND_LOCAL, 0, "", "" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *text = xasprintf(FROM("testsrc2") TO("%s"), rows[i].url);
		struct ffends e = ends_of(text, 0);

		assert_int_equal(e.source.kind, FFEND_LOCAL);
		assert_int_equal(e.output.kind, rows[i].kind);
		assert_int_equal(e.output.port, rows[i].port);
		assert_string_equal(e.output.host, rows[i].host);
		assert_string_equal(e.output.place, rows[i].place);
		free(text);
	}
}

/* What is ffsup's is a pipe; what is read beside frames counts as a source. */
static void
test_workers(void **state UNUSED)
{
	struct ffends e =
	    ends_of("{" PATTERN ",\"audio\":{\"url\":\"http://music/1\"}," TO(
			"rtmp://srv/live/abcdefgh"),
		0);

	assert_int_equal(e.source.kind, FFEND_TCP);
	assert_string_equal(e.source.place, "music:80");
	assert_int_equal(e.output.kind, FFEND_TCP);
	e = ends_of("{\"source\":{\"frames\":{" FRAMES
		    ",\"command\":[\"x\"]}}," TO("tcp://srv:1"),
	    0);
	assert_int_equal(e.source.kind, FFEND_PIPE);
	e = ends_of(
	    FROM("rtsp://cam/1") "\"isolate\":true," TO("tcp://srv:1"), 0);
	assert_int_equal(e.source.kind, FFEND_TCP);
	assert_int_equal(e.output.kind, FFEND_PIPE);
	e = ends_of(
	    FROM("rtsp://cam/1") "\"isolate\":true," TO("tcp://srv:1"), 1);
	assert_int_equal(e.source.kind, FFEND_PIPE);
	assert_int_equal(e.output.kind, FFEND_TCP);
	e = ends_of("{\"args\":[\"-i\",\"x\",\"tcp://y:1\"]}", 0);
	assert_int_equal(e.source.kind, FFEND_UNKNOWN);
	e = ends_of("{\"source\":{\"url\":\"rtsp://cam/1\",\"options\":{"
		    "\"rtsp_transport\":\"udp\"}}," TO("/x.mkv"),
	    0);
	assert_true(e.source.udp);
}

/* One connection: where its peer is, and what went which way. */
#define PEER(h, p, out, in)     \
	(&(struct ffends_peer){ \
	    .host = (h), .port = (p), .sent = (out), .received = (in) })

static void
test_sides(void **state UNUSED)
{
	struct ffends e = ends_of(
	    FROM("rtsp://cam/1") TO("rtmp://10.0.0.2/live/abcdefgh"), 0);

	assert_int_equal(
	    ffends_side(&e, PEER("10.0.0.1", 554, 9, 1)), SIDE_SOURCE);
	assert_int_equal(
	    ffends_side(&e, PEER("10.0.0.2", 1935, 1, 9)), SIDE_OUTPUT);
	/* redirected: the media tell */
	assert_int_equal(
	    ffends_side(&e, PEER("10.0.0.9", 8554, 1, 9)), SIDE_SOURCE);
	assert_int_equal(
	    ffends_side(&e, PEER("10.0.0.9", 1936, 9, 1)), SIDE_OUTPUT);

	/* one port at both: the address, or the media */
	e = ends_of(FROM("rtsp://cam/1") TO("rtsp://10.0.0.2/x"), 0);
	assert_int_equal(
	    ffends_side(&e, PEER("10.0.0.1", 554, 9, 1)), SIDE_SOURCE);
	assert_int_equal(
	    ffends_side(&e, PEER("10.0.0.2", 554, 9, 1)), SIDE_OUTPUT);

	/* with one end only there is no choice */
	e = ends_of(FROM("rtsp://cam/1") TO("/x.mkv"), 0);
	assert_int_equal(
	    ffends_side(&e, PEER("10.0.0.9", 1, 9, 1)), SIDE_SOURCE);
	e = ends_of(FROM("/x.mkv") TO("tcp://srv:1"), 0);
	assert_int_equal(
	    ffends_side(&e, PEER("10.0.0.9", 2, 1, 9)), SIDE_OUTPUT);
	e = ends_of(FROM("/x.mkv") TO("/y.mkv"), 0);
	assert_int_equal(ffends_side(&e, PEER("10.0.0.9", 2, 1, 9)), SIDE_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_workers),
		cmocka_unit_test(test_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
