/* SPDX-License-Identifier: ISC */
/* The checks of a profile, and the places of their errors. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/errors.h"
#include "base/util.h"
#include "profile/check.h"
#include "readprofile.h"

#define LABEL	      "\"id\":\"a\",\"kind\":\"label\""
#define VIDEO	      "\"video\":{\"size\":\"64x48\",\"fps\":5}"
#define OVERLAY(keys) ",\"overlay\":[{" keys "}]," OUT

/* An error is reported, at its key. */
static void
test_checks(void **state UNUSED)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "[]", "object" },
		{ "{" OUT "}", "source: is missing" },
		{ "{" URL "}", "outputs: is missing" },
		{ "{\"source\":{}," OUT "}", "source: needs exactly one" },
		{ "{\"source\":{\"url\":\"a\",\"device\":\"b\"}," OUT "}",
		    "source: needs exactly one" },
		{ "{\"args\":[\"a\"]," URL "}", "source: cannot be combined" },
		{ "{\"args\":[\"a\"]," OUT "}", "outputs: cannot be combined" },
		{ "{\"source\":{\"frames\":{" FRAMES "}}," OUT "}",
		    "source.frames: has no input" },
		{ "{\"source\":{\"frames\":{" FRAMES
		  ",\"command\":[\"a\"],\"pattern\":\"smpte\"}}," OUT "}",
		    "source.frames: \"command\", \"fifo\", \"socket\"" },
		{ "{\"source\":{\"frames\":{" FRAMES
		  ",\"fifo\":\"/a\",\"socket\":true}}," OUT "}",
		    "source.frames: \"command\", \"fifo\", \"socket\"" },
		{ "{\"source\":{\"frames\":{" FRAMES
		  ",\"fifo\":\"cam.raw\"}}," OUT "}",
		    "source.frames.fifo: must be an absolute path" },
		{ "{\"source\":{\"frames\":{" FRAMES
		  ",\"command\":[\"a\"],\"fd\":2}}," OUT "}",
		    "source.frames.fd: is standard error" },
		{ "{\"source\":{\"frames\":{" FRAMES
		  ",\"socket\":true,\"fd\":3}}," OUT "}",
		    "source.frames.fd: only valid with \"command\"" },
		{ "{" PATTERN OVERLAY("\"kind\":\"danmaku\"") "}",
		    "overlay[0].id: required key is missing" },
		{ "{" PATTERN OVERLAY("\"id\":\"a\"") "}",
		    "overlay[0].kind: required key is missing" },
		{ "{" PATTERN OVERLAY("\"id\":\"a b\",\"kind\":\"sei\"") "}",
		    "overlay[0].id: may hold 1 to 64 letters" },
		{ "{" PATTERN OVERLAY(LABEL "},{" LABEL) "}",
		    "overlay[1].id: \"a\" is also the id of overlay[0]" },
		{ "{" PATTERN OVERLAY(LABEL ",\"duration\":5") "}",
		    "overlay[0].duration: only valid with \"danmaku\"" },
		{ "{" PATTERN OVERLAY(LABEL ",\"file\":\"x.png\"") "}",
		    "overlay[0].file: only valid with \"image\"" },
		{ "{" PATTERN OVERLAY(LABEL ",\"size\":\"160x-1\"") "}",
		    "overlay[0].size: the height of text is one number" },
		{ "{" PATTERN OVERLAY("\"id\":\"a\",\"kind\":\"image\"") "}",
		    "overlay[0].file: required key is missing" },
		{ "{\"source\":{\"h264\":{\"socket\":true}}" OVERLAY(LABEL) "}",
		    "overlay: cannot be drawn over \"h264\"" },
		{ SOURCES "]" OVERLAY(LABEL) "}",
		    "overlay: cannot be drawn over several sources" },
		{ "{" URL ",\"video\":\"copy\"" OVERLAY(LABEL) "}",
		    "overlay: cannot be drawn over copied video" },
		{ "{" URL ",\"video\":\"none\"" OVERLAY(
		      "\"id\":\"a\",\"kind\":\"sei\"") "}",
		    "overlay: \"sei\" is written into the video" },
		{ "{" URL OVERLAY(LABEL) "}",
		    "overlay: needs the format of the frames: add \"size\" "
		    "and \"fps\" to \"video\"" },
		{ "{\"args\":[\"a\"],\"overlay\":[{" LABEL "}]}",
		    "overlay: cannot be combined" },
		{ "{" URL ",\"fallback\":{}," OUT "}",
		    "fallback: needs the format of the frames: add \"size\" "
		    "and \"fps\" to \"video\"" },
		{ "{" URL ",\"fallback\":{},\"video\":{\"fps\":5}," OUT "}",
		    "fallback: needs the format of the frames: add \"size\" "
		    "to" },
		{ "{" URL ",\"fallback\":{},\"video\":{\"size\":\"64x48\"}," OUT
		  "}",
		    "fallback: needs the format of the frames: add \"fps\" "
		    "to" },
		{ "{" URL ",\"fallback\":{},\"video\":\"none\"," OUT "}",
		    "video: \"fallback\" replaces frames" },
		{ "{" URL ",\"fallback\":{},\"video\":{\"size\":\"64x48\","
		  "\"fps\":5},\"audio\":\"copy\"," OUT "}",
		    "audio: frames have no audio to copy" },
		{ "{" URL ",\"standby\":true," OUT "}",
		    "standby: only valid with \"frames\"" },
		{ "{" PATTERN ",\"video\":\"copy\"," OUT "}",
		    "video: raw frames cannot be copied" },
		{ "{" PATTERN ",\"video\":\"none\"," OUT "}", "video: " },
		{ "{" PATTERN ",\"audio\":\"copy\"," OUT "}", "audio: " },
		{ "{\"source\":{\"frames\":{\"size\":\"63x48\",\"fps\":25,"
		  "\"pattern\":\"smpte\"}}," OUT "}",
		    "source.frames.size: 63x48: the width must be even" },
		{ "{" URL ",\"video\":{\"size\":\"64x47\"}," OUT "}",
		    "video.size: 64x47: the height must be even" },
		{ "{\"source\":{\"url\":\"a\",\"size\":\"64x48\"}," OUT "}",
		    "source.size: only valid with \"device\"" },
		{ "{\"source\":{\"device\":\"a\",\"loop\":true}," OUT "}",
		    "source.loop: only valid with \"files\"" },
		{ "{\"source\":{\"device\":\"a\",\"every\":\"2s\"}," VIDEO
		  "," OUT "}",
		    "source.every: only valid with \"url\"" },
		{ "{\"source\":{\"url\":\"http://c/a.jpg\",\"every\":\"1ms\"}," VIDEO
		  "," OUT "}",
		    "source.every: must be at least 100 ms" },
		{ "{\"source\":{\"url\":\"http://c/a.jpg\",\"every\":\"2s\"}," OUT
		  "}",
		    "source.every: needs the format of the frames: add "
		    "\"size\" and \"fps\" to \"video\"" },
		{ "{\"source\":{\"url\":\"http://c/a.jpg\",\"every\":\"2s\"},"
		  "\"video\":\"copy\"," OUT "}",
		    "source.every: fetches images" },
		{ SOURCES ",{\"url\":\"a\",\"every\":2}]," OUT "}",
		    "source[2].every: cannot be one of several" },
		{ "{\"source\":{\"url\":\"a\",\"password\":\"b\"}," OUT "}",
		    "source.password: only valid with \"user\"" },
		{ "{\"source\":{\"url\":\"rtsp://u:p@h/\",\"user\":\"u\"}," OUT
		  "}",
		    "source.url: contains a user" },
		{ "{\"source\":{\"url\":\"rtsp://u:p@ss@h/\"}," OUT "}",
		    "source.url: a password with \"@\"" },
		{ "{\"source\":{\"url\":\"-i\"}," OUT "}",
		    "source.url: must not begin with \"-\"" },
		{ "{\"source\":{\"files\":[\"a\",\"-y\"]}," OUT "}",
		    "source.files[1]: must not begin with \"-\"" },
		{ "{" URL ",\"audio\":{}," OUT "}", "audio: needs one of" },
		{ "{" URL ",\"outputs\":[{}]}", "outputs[0]: needs one of" },
		{ "{" URL ",\"outputs\":[{\"url\":\"-f\"}]}",
		    "outputs[0].url: must not begin" },
		{ "{" URL ",\"outputs\":[{\"url\":\"/a.ts\","
		  "\"options\":{\"f\":\"segment\"}}]}",
		    "outputs[0].options: \"f\" is not allowed here" },
		{ "{" URL ",\"outputs\":[{\"url\":\"/a.ts\","
		  "\"options\":{\"f:0\":\"segment\"}}]}",
		    "outputs[0].options: \"f\" is not allowed here" },
		{ "{" URL ",\"outputs\":[{\"record\":\"/%s.mkv\","
		  "\"options\":{\"strftime:0\":0}}]}",
		    "outputs[0].options: \"strftime:0\" cannot be" },
		{ "{" URL ",\"outputs\":[{\"record\":\"/r/.ffsup+a+%s.mkv\"}]}",
		    "outputs[0].record: names that begin with" },
		{ "{" URL ",\"outputs\":[{\"record\":\"/a.mkv\"}]}",
		    "outputs[0].record: a recording consists" },
		{ "{" URL ",\"outputs\":[{\"record\":\"/%s.avi\"}]}",
		    "outputs[0].record: must end in" },
		{ "{" URL ",\"restart\":{\"min\":\"9s\",\"max\":\"1s\"}," OUT
		  "}",
		    "restart: \"min\" (9000 ms) is greater than \"max\" (1000 "
		    "ms)" },
		{ "{" URL ",\"restart\":{\"auth\":{\"min\":\"16m\"}}," OUT "}",
		    "restart.auth: \"min\"" },
		{ "{" URL ",\"sorce\":1," OUT "}", "did you mean" },
		{ "{\"source\":{\"url\":\"${NO_SUCH}\"}," OUT "}", "NO_SUCH" },
		{ "{\"source\":[]," OUT "}", "source: must not be empty" },
		{ "{\"source\":[{}]," OUT "}",
		    "source[0]: needs exactly one of" },
		{ SOURCES ",{\"url\":\"-i\"}]," OUT "}",
		    "source[2].url: must not begin" },
		{ SOURCES ",{\"url\":\"a\",\"fps\":5}]," OUT "}",
		    "source[2].fps: only valid with" },
		{ SOURCES ",{\"frames\":{" FRAMES
			  ",\"pattern\":\"smpte\"}}]," OUT "}",
		    "source[2].frames: cannot be one of several" },
		{ SOURCES ",{\"files\":[\"a\"]}]," OUT "}",
		    "source[2].files: would be played again" },
		{ SOURCES ",{},{},{}]," OUT "}",
		    "source: has 5 entries; at most 4" },
		{ SOURCES "],\"outputs\":[{\"url\":\"a\",\"name\":"
			  "\"source4\"}]}",
		    "outputs[0].name: \"source4\" is the name of another" },
	};
	struct errors errs;

	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_null(read_with(rows[i].text, NULL, &errs));
		if (errs.n != 1 ||
		    strstr(errs.v[0].text, rows[i].error) == NULL)
			fail_msg("%s: %zu errors, the first: %s", rows[i].text,
			    errs.n, errs.v[0].text);
		assert_true(errs.v[0].line == 1 && errs.v[0].col >= 1);
		errors_clear(&errs);
	}
}

/* What ffmpeg would refuse, late and in words of its own. */
static void
test_n7_p12_addresses(void **state UNUSED)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "{\"args\":[\"-f\",\"rawvideo\",\"-i\",\"-\",\"o.mkv\"]}",
		    "args[3]: is ffmpeg's standard input" },
		{ "{\"args\":[\"-i\",\"pipe:0\",\"o.mkv\"]}",
		    "args[1]: is ffmpeg's standard input" },
		{ "{\"source\":{\"url\":\"-\"}," OUT "}",
		    "source.url: is ffmpeg's standard input" },
		{ "{\"source\":{\"url\":\"pipe:\"}," OUT "}",
		    "source.url: is ffmpeg's standard input" },
		{ "{\"source\":{\"files\":[\"a\",\"-\"]}," OUT "}",
		    "source.files[1]: is ffmpeg's standard input" },
		{ "{" URL ",\"audio\":{\"url\":\"pipe:0\"}," OUT "}",
		    "audio.url: is ffmpeg's standard input" },
		{ "{\"source\":{\"url\":\"rtsp://admin:pa#ss@h:554/\"}," OUT
		  "}",
		    "source.url: its password contains" },
		{ "{\"source\":{\"url\":\"rtsp://::1:554/\"}," OUT "}",
		    "source.url: an IPv6 address" },
		{ "{" URL ",\"audio\":{\"url\":\"http://::1/\"}," OUT "}",
		    "audio.url: an IPv6 address" },
		{ "{" URL ",\"outputs\":[{\"url\":\"srt://h:1\",\"options\":{"
		  "\"streamid\":\"#!::r=x\"}}]}",
		    "outputs[0].options: \"streamid\" means something" },
		{ "{" URL ",\"outputs\":[{\"url\":\"srt://h\"}]}",
		    "outputs[0].url: has no port" },
	};
	struct errors errs;

	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_null(read_with(rows[i].text, NULL, &errs));
		if (errs.n != 1 ||
		    strstr(errs.v[0].text, rows[i].error) == NULL)
			fail_msg("%s: %zu errors, the first: %s", rows[i].text,
			    errs.n, errs.v[0].text);
		assert_true(errs.v[0].line == 1 && errs.v[0].col >= 1);
		errors_clear(&errs);
	}
}

/* A preset that is misspelt is a warning: the encoder has the last word. */
static void
test_n7_preset(void **state UNUSED)
{
	struct errors errs;
	struct profile *p =
	    read_with("{" URL ",\"video\":{\"preset\":\"ultrafst\"}," OUT "}",
		NULL, &errs);

	assert_non_null(p);
	assert_int_equal(errs.n_warnings, 1);
	assert_string_equal(errs.v[0].text,
	    "video.preset: \"ultrafst\" is no preset of libx264, did you mean "
	    "\"ultrafast\"?");
	errors_clear(&errs);
	profile_free(p);
}

/* W02: a server that refuses HLS is a broadcast for ffmpeg, so it is said
 * before. */
static void
test_w02_upload(void **state UNUSED)
{
	static const struct {
		const char *output;
		size_t n;
	} rows[] = {
		{ "\"url\":\"https://h/x.m3u8\"", 1 },
		{ "\"url\":\"http://h/x?y=z\",\"format\":\"hls\"", 1 },
		{ "\"url\":\"http://h/x.ts\",\"format\":\"mpegts\"", 0 },
		{ "\"url\":\"/srv/x.m3u8\"", 0 },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *text =
		    xasprintf("{" URL ",\"outputs\":[{%s}]}", rows[i].output);
		struct errors errs;
		struct profile *p = read_with(text, NULL, &errs);

		assert_non_null(p);
		assert_int_equal(errs.n_warnings, rows[i].n);
		errors_clear(&errs);
		profile_free(p);
		free(text);
	}
}

/* An error in a key of the defaults has no place in the profile: the message
 * says where it comes from. */
static void
test_merge_wrong(void **state UNUSED)
{
	struct errors errs;
	char *text;

	assert_null(
	    read_with("{" PATTERN "," OUT "}", "{\"audio\":\"copy\"}", &errs));
	assert_int_equal(errs.n, 1);
	text = errors_format(&errs.v[0]);
	assert_string_equal(text,
	    "p.json: error: audio: frames have no audio to copy; use "
	    "\"silence\" or \"none\" (it comes from \"defaults\" in "
	    "ffsup.json)");
	free(text);
	errors_clear(&errs);
}

/* Even sizes are asked for only where the encoder asks for them. */
static void
test_odd_size(void **state UNUSED)
{
	profile_free(
	    read_good("{\"source\":{\"frames\":{\"size\":\"63x47\",\"fps\":1,"
		      "\"pattern\":\"smpte\"}},"
		      "\"video\":{\"pixel_format\":\"yuv444p\"}," OUT "}",
		NULL));
	profile_free(
	    read_good("{\"source\":{\"frames\":{\"size\":\"63x47\",\"fps\":1,"
		      "\"pattern\":\"smpte\"}},"
		      "\"video\":{\"size\":\"64x48\"}," OUT "}",
		NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_n7_p12_addresses),
		cmocka_unit_test(test_n7_preset),
		cmocka_unit_test(test_w02_upload),
		cmocka_unit_test(test_merge_wrong),
		cmocka_unit_test(test_odd_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
