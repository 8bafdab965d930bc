/* SPDX-License-Identifier: ISC */
/* The needs of a profile, as facts. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/util.h"
#include "profile/shape.h"
#include "readprofile.h"

#define VIDEO  "\"video\":{\"size\":\"64x48\",\"fps\":5}"
#define CAMERA "\"source\":{\"h264\":{\"socket\":true}}"
#define LABEL  "{\"id\":\"a\",\"kind\":\"label\",\"enabled\":false}"
#define SEI    "{\"id\":\"b\",\"kind\":\"sei\"}"
#define DEVICE \
	"\"source\":{\"device\":\"/dev/video0\",\"size\":\"64x48\",\"fps\":5}"

/* The shape of a valid profile. */
static struct shape
make(const char *text)
{
	struct profile *p = read_good(text, NULL);
	struct shape shape;

	shape_make(&shape, p);
	profile_free(p);
	return shape;
}

/* Silence is wanted where it is said, or where the sound is left to us and a
 * platform shows nothing without; the host alone decides. */
static void
test_silence(void **state UNUSED)
{
	static const struct {
		const char *keys, *url;
		bool wanted;
	} rows[] = {
		{ "", "rtmp://a.example.com/live/x", false },
		{ "", "rtmp://a.rtmp.youtube.com/live2/x", true },
		{ "", "rtmps://u:p@live-api-s.Facebook.com:443/rtmp/x", true },
		{ "", "rtmp://youtube.com.example.org/live/x", false },
		{ "", "rtmp://notyoutube.com/live/x", false },
		{ "", "rtmp://example.org/youtube.com", false },
		{ "", "youtube.com", false },
		{ "\"audio\":\"auto\",", "rtmp://youtube.com/x", true },
		{ "\"audio\":\"none\",", "rtmp://a.example.com/x", false },
		{ "\"audio\":\"copy\",", "rtmp://youtube.com/x", false },
		{ "\"audio\":{\"device\":\"hw:0\"},", "rtmp://youtube.com/x",
		    false },
		{ "\"audio\":\"silence\",", "/x.ts", true },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *text =
		    xasprintf("{" URL ",%s\"outputs\":[{\"url\":\"%s\"}]}",
			rows[i].keys, rows[i].url);
		struct shape shape = make(text);

		assert_int_equal(shape.silence, rows[i].wanted);
		free(text);
	}
}

/* With a fallback, everything that ffmpeg opens is decoded. */
static void
test_decoded(void **state UNUSED)
{
	static const struct {
		const char *text;
		bool decoded;
	} rows[] = {
		{ URL, false },
		{ URL ",\"fallback\":{},\"video\":{\"size\":\"64x48\","
		      "\"fps\":5}",
		    true },
		{ URL "," VIDEO ",\"overlay\":[" LABEL "]", true },
		{ URL "," VIDEO ",\"overlay\":[" SEI "]", false },
		{ PATTERN ",\"overlay\":[" LABEL "]", false },
		{ PATTERN ",\"fallback\":{}", false },
		{ "\"source\":{\"device\":\"/dev/video0\",\"size\":\"64x48\","
		  "\"fps\":5},\"fallback\":{}",
		    true },
		{ "\"source\":{\"files\":[\"/srv\"],\"loop\":true},"
		  "\"fallback\":{},\"video\":{\"size\":\"64x48\",\"fps\":5}",
		    true },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *text = xasprintf("{%s," OUT "}", rows[i].text);
		struct shape shape = make(text);

		assert_int_equal(shape.decoded, rows[i].decoded);
		free(text);
	}
}

/* The links between processes, by the kind of the source and the wishes. */
static void
test_links(void **state UNUSED)
{
	static const struct {
		const char *text;
		bool frames, h264, fans_out, packet_slate;
	} rows[] = {
		{ URL "," OUT, false, false, false, false },
		{ URL ",\"isolate\":true," OUT, false, false, true, false },
		{ URL ",\"video\":\"copy\",\"fallback\":{}," OUT, false, false,
		    true, true },
		{ URL "," VIDEO ",\"fallback\":{}," OUT, true, false, false,
		    false },
		{ URL ",\"outputs\":[{\"url\":\"rtmp://youtube.com/x\"}]",
		    false, false, true, false },
		{ DEVICE "," OUT, false, false, false, false },
		{ DEVICE ",\"outputs\":[{\"url\":\"rtmp://youtube.com/x\"}]",
		    false, false, false, false },
		{ PATTERN "," OUT, true, false, false, false },
		{ PATTERN ",\"isolate\":true," OUT, true, false, true, false },
		{ CAMERA "," OUT, false, true, true, false },
		{ CAMERA ",\"fallback\":{}," OUT, false, true, true, true },
		{ URL ",\"overlay\":[" SEI "]," OUT, false, false, true,
		    false },
		{ PATTERN ",\"overlay\":[" LABEL "]," OUT, true, false, false,
		    false },
		{ PATTERN ",\"overlay\":[" LABEL "," SEI "]," OUT, true, false,
		    true, false },
		{ "\"source\":[{\"url\":\"a\"},{\"url\":\"b\"}]," OUT, false,
		    false, true, false },
		{ "\"args\":[\"-i\",\"a\",\"b\"]", false, false, false, false },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *text = xasprintf("{%s}", rows[i].text);
		struct shape shape = make(text);

		if (shape.frames != rows[i].frames ||
		    shape.h264 != rows[i].h264 ||
		    shape.fans_out != rows[i].fans_out ||
		    shape.packet_slate != rows[i].packet_slate)
			fail_msg("%s", text);
		assert_int_equal(shape.geometry.bytes > 0, shape.frames);
		free(text);
	}
}

/* How the video of each source goes on. */
static void
test_video(void **state UNUSED)
{
	static const struct {
		const char *text;
		enum video_mode first, second;
	} rows[] = {
		{ URL "," OUT, VIDEO_MODE_COPY, VIDEO_MODE_COPY },
		{ URL ",\"video\":\"none\"," OUT, VIDEO_MODE_NONE,
		    VIDEO_MODE_COPY },
		{ URL "," VIDEO "," OUT, VIDEO_MODE_ENCODE, VIDEO_MODE_COPY },
		{ PATTERN "," OUT, VIDEO_MODE_ENCODE, VIDEO_MODE_COPY },
		{ CAMERA "," OUT, VIDEO_MODE_COPY, VIDEO_MODE_COPY },
		{ "\"source\":[{\"url\":\"a\"},{\"device\":\"/dev/video0\"}],"
		  "\"video\":\"copy\"," OUT,
		    VIDEO_MODE_COPY, VIDEO_MODE_COPY },
		{ "\"source\":[{\"url\":\"a\"},{\"device\":\"/dev/video0\"}]," OUT,
		    VIDEO_MODE_COPY, VIDEO_MODE_ENCODE },
		{ "\"source\":[{\"device\":\"/dev/video0\"},{\"url\":\"color\","
		  "\"format\":\"lavfi\"}]," OUT,
		    VIDEO_MODE_ENCODE, VIDEO_MODE_ENCODE },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *text = xasprintf("{%s}", rows[i].text);
		struct shape shape = make(text);

		if (shape.video[0] != rows[i].first ||
		    shape.video[1] != rows[i].second)
			fail_msg("%s", text);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_decoded),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_video),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
