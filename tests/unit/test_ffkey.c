/* SPDX-License-Identifier: ISC */
/* Each failure with the key of the profile that can change it, and its place. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "ffmpeg/ffkey.h"
#include "profile/plan.h"
#include "readprofile.h"

static const char sound[] =
    "{ \"source\": { \"url\": \"rtsp://cam:554/1\" },\n"
    "  \"audio\": { \"url\": \"http://radio:80/live.mp3\" },\n"
    "  \"outputs\": [{ \"url\": \"rtmp://srv:1935/live/x12345\" }] }";

static const char camera[] =
    "{\n"
    "  // the yard\n"
    "  \"source\": { \"url\": \"rtsp://cam/1\", \"user\": \"u\",\n"
    "    \"password\": \"wrong\" },\n"
    "  \"video\": { \"encoder\": \"libx264\", \"preset\": \"ultrafast\",\n"
    "    \"options\": { \"nonsuch\": 1 } },\n"
    "  \"outputs\": [\n"
    "    { \"url\": \"rtmp://srv/live/key12345\" },\n"
    "    { \"record\": \"/rec/%Y-%m-%d_%H-%M-%S.mkv\", \"segment\": \"1h\" },\n"
    "    { \"url\": \"rtsp://srv/x\", \"user\": \"a\", \"password\": \"b\" }\n"
    "  ]\n"
    "}\n";

static const char sources[] =
    "{ \"source\": [ { \"url\": \"rtsp://a/1\" },\n"
    "  { \"files\": [\"x.mp4\"], \"loop\": true } ],\n"
    "  \"outputs\": [ { \"url\": \"srt://srv:9000\" } ] }";

static const char frames[] =
    "{ \"source\": { \"frames\": { \"size\": \"64x48\", \"fps\": 5,\n"
    "  \"command\": [\"cam\"] } },\n"
    "  \"outputs\": [ { \"url\": \"srt://srv:9000\" } ] }";

static const char args[] = "{ \"args\": [ \"-i\", \"x\", \"y\" ] }";

static const char sounds[] =
    "{ \"source\": { \"device\": \"/dev/video0\" },\n"
    "  \"audio\": { \"device\": \"hw:5,0\" },\n"
    "  \"outputs\": [ { \"url\": \"srt://srv:9000\" } ] }";

static const char radio[] =
    "{ \"source\": { \"url\": \"rtsp://cam/1\" },\n"
    "  \"audio\": { \"url\": \"http://radio:8000/live.mp3\" },\n"
    "  \"outputs\": [ { \"url\": \"srt://srv:9000\" } ] }";

static const struct {
	const char *text, *worker;
	enum fail_class class;
	enum fail_detail detail;
	enum fail_side side;
	const char *subject, *key, *place;
} rows[] = {
	/* what the source's server says */
	{ camera, "source", FAIL_AUTH, DETAIL_PASSWORD, SIDE_SOURCE, "cam:554",
	    "source.password", "p.json:4:5" },
	{ camera, "source", FAIL_REFUSED, 0, 0, "cam:554", "source.url",
	    "p.json:3:15" },
	{ camera, "source", FAIL_REJECTED, DETAIL_TRANSPORT, SIDE_SOURCE, NULL,
	    "source.options", "p.json:3:3" },
	{ camera, "source", FAIL_CLOSED, 0, SIDE_SOURCE, NULL, "source.url",
	    "p.json:3:15" },
	{ camera, "source", FAIL_STALL, 0, 0, NULL, "watchdog.stall", NULL },
	{ camera, "source", FAIL_START, 0, SIDE_SOURCE, NULL, "source.url",
	    "p.json:3:15" },
	{ camera, "source", FAIL_ENDED, DETAIL_VANISHED, SIDE_SOURCE, NULL,
	    "source.url", "p.json:3:15" },
	/* an output's */
	{ camera, "rtmp", FAIL_REJECTED, DETAIL_KEY, SIDE_OUTPUT, "srv:1935",
	    "outputs[0].url", "p.json:8:7" },
	{ camera, "rtmp", FAIL_TIMEOUT, 0, 0, NULL, "outputs[0].url",
	    "p.json:8:7" },
	{ camera, "file", FAIL_DISK, DETAIL_FULL, SIDE_OUTPUT, "/rec",
	    "outputs[1].record", "p.json:9:7" },
	{ camera, "rtsp", FAIL_AUTH, DETAIL_PASSWORD, SIDE_OUTPUT, NULL,
	    "outputs[2].password", "p.json:10:43" },
	{ camera, "rtsp", FAIL_TLS, DETAIL_CERTIFICATE, SIDE_OUTPUT, NULL,
	    "outputs[2].options", "p.json:10:5" },
	{ camera, "rtmp", FAIL_CODEC, DETAIL_AUDIO, SIDE_OUTPUT, NULL, "audio",
	    NULL },
	/* the profile */
	{ camera, "source", FAIL_OPTION, DETAIL_UNKNOWN, SIDE_PROFILE,
	    "nonsuch", "video.options.nonsuch", "p.json:6:18" },
	{ camera, "source", FAIL_OPTION, DETAIL_VALUE, SIDE_PROFILE,
	    "ultrafast", "video.preset", "p.json:5:36" },
	{ camera, "source", FAIL_CODEC, DETAIL_UNKNOWN, SIDE_PROFILE, "libx264",
	    "video.encoder", "p.json:5:14" },
	{ camera, "source", FAIL_HWENC, DETAIL_VAAPI, SIDE_MACHINE, NULL,
	    "video.encoder", "p.json:5:14" },
	{ camera, "source", FAIL_GEOMETRY, DETAIL_ODD, SIDE_PROFILE, NULL,
	    "video.size", "p.json:5:3" },
	{ frames, "encoder", FAIL_GEOMETRY, 0, 0, NULL, "source.frames.size",
	    "p.json:1:27" },
	/* whose key is none */
	{ camera, "source", FAIL_SIGNAL, 0, 0, NULL, NULL, NULL },
	{ camera, "source", FAIL_CRASH, 0, SIDE_MACHINE, NULL, NULL, NULL },
	/* several sources, programs, raw arguments */
	{ sources, "source2", FAIL_INPUT, DETAIL_MISSING, SIDE_SOURCE, "x.mp4",
	    "source[1].files", "p.json:2:5" },
	{ sources, "source2", FAIL_ENDED, DETAIL_FILES, SIDE_SOURCE, NULL,
	    "source[1].loop", "p.json:2:25" },
	{ sound, "direct", FAIL_NOTFOUND, 0, 0, "radio:80", "audio.url",
	    "p.json:2:14" },
	{ sound, "direct", FAIL_REFUSED, 0, SIDE_SOURCE, "cam:554",
	    "source.url", "p.json:1:15" },
	{ sound, "direct", FAIL_REFUSED, 0, SIDE_OUTPUT, "srv:1935",
	    "outputs[0].url", "p.json:3:17" },
	{ sources, "source", FAIL_NOTFOUND, 0, 0, NULL, "source[0].url",
	    "p.json:1:17" },
	{ frames, "producer", FAIL_PRODUCER, DETAIL_TRACEBACK, SIDE_PROGRAM,
	    "cam.py:3", "source.frames.command", "p.json:2:3" },
	{ frames, "producer", FAIL_SPAWN, DETAIL_MISSING, SIDE_MACHINE, "cam",
	    "source.frames.command", "p.json:2:3" },
	{ frames, "encoder", FAIL_REFUSED, 0, 0, NULL, "outputs[0].url",
	    "p.json:3:18" },
	/* the sound has an address of its own */
	{ sounds, "direct", FAIL_DEVICE, DETAIL_MISSING, SIDE_SOURCE, "hw:5,0",
	    "audio.device", "p.json:2:14" },
	{ sounds, "direct", FAIL_DEVICE, DETAIL_MISSING, SIDE_SOURCE,
	    "/dev/video0", "source.device", "p.json:1:15" },
	{ radio, "direct", FAIL_REFUSED, 0, SIDE_SOURCE, "radio:8000",
	    "audio.url", "p.json:2:14" },
	{ radio, "direct", FAIL_REFUSED, 0, SIDE_SOURCE, "cam", "source.url",
	    "p.json:1:15" },
	{ args, "direct", FAIL_OPTION, DETAIL_UNKNOWN, SIDE_PROFILE, "x",
	    "args", "p.json:1:3" },
	{ args, "direct", FAIL_REFUSED, 0, SIDE_OUTPUT, NULL, "args",
	    "p.json:1:3" },
};

static void
test_keys(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct profile *p = read_good(rows[i].text, NULL);
		const struct plan_worker *w = NULL;
		struct plan plan;
		char *key, *place;

		plan_make(&plan, p);
		for (size_t k = 0; k < plan.n_workers; k++)
			if (strcmp(plan.workers[k].name, rows[i].worker) == 0)
				w = &plan.workers[k];
		if (w == NULL)
			fail_msg("row %zu: no worker %s", i, rows[i].worker);
		key = ffkey_of(&(struct ffkey_ask){ p, w, rows[i].class,
		    rows[i].detail, rows[i].side, rows[i].subject });
		if (!util_streq(key, rows[i].key) &&
		    (key != NULL || rows[i].key != NULL))
			fail_msg(
			    "row %zu: key %s, not %s", i, key, rows[i].key);
		place = profile_place(p, key);
		if (!util_streq(place, rows[i].place) &&
		    (place != NULL || rows[i].place != NULL))
			fail_msg("row %zu: %s at %s, not %s", i, key, place,
			    rows[i].place);
		free(key);
		free(place);
		profile_free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
