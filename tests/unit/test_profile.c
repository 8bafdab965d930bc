/* SPDX-License-Identifier: ISC */
/* A profile from its text: defaults, checks, names, differences, secrets. */

#include "config.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/errors.h"
#include "base/fs.h"
#include "base/util.h"
#include "profile/diff.h"
#include "profile/expand.h"
#include "profile/parse.h"
#include "profile/profile.h"
#include "readback.h"

#define URL	"\"source\":{\"url\":\"rtsp://cam/1\"}"
#define OUT	"\"outputs\":[{\"url\":\"rtmp://srv/live/abcdefgh\"}]"
#define FRAMES	"\"size\":\"64x48\",\"fps\":25"
#define SOURCES "{\"source\":[{\"url\":\"a\"},{\"url\":\"b\"}"
#define PATTERN "\"source\":{\"frames\":{" FRAMES ",\"pattern\":\"smpte\"}}"

static const char *
env_get(void *ctx UNUSED, const char *name)
{
	return strcmp(name, "CAM_PASSWORD") == 0 ? "from-variable"
	    : strcmp(name, "HOST") == 0		 ? "harmless-host"
						 : NULL;
}

static char *
env_read(void *ctx UNUSED, const char *path, const char **cause)
{
	*cause = "No such file or directory";
	return strcmp(path, "/key") == 0 ? xstrdup("from-file") : NULL;
}

/* Read a text with defaults (NULL: none); errors are in errs. */
static struct profile *
read_with(const char *text, const char *defaults, struct errors *errs)
{
	static const struct expand_env env = {
		.get = env_get, .read = env_read, .stream = "cam"
	};
	struct jsonc doc, def = { 0 };
	struct profile *p = NULL;

	*errs = (struct errors){ 0 };
	if (defaults != NULL)
		assert_int_equal(jsonc_parse(&def, "ffsup.json", defaults,
				     strlen(defaults), errs),
		    0);
	if (jsonc_parse(&doc, "p.json", text, strlen(text), errs) == 0) {
		p = parse_profile(&doc, "p", def.root, &env, errs);
		jsonc_clear(&doc);
	}
	jsonc_clear(&def);
	assert_int_equal(p == NULL, errors_any(errs));
	return p;
}

/* Read a text that is right. */
static struct profile *
read_good(const char *text, const char *defaults)
{
	struct errors errs;
	struct profile *p = read_with(text, defaults, &errs);

	if (p == NULL) {
		char *e = errors_format(&errs.v[0]);

		fail_msg("%s: %s", text, e);
	}
	errors_clear(&errs);
	return p;
}

/* What nobody wrote is as the manual says. */
static void
test_defaults(void **state UNUSED)
{
	struct profile *p = read_good("{" URL "," OUT "}", NULL);

	assert_string_equal(p->name, "p");
	assert_string_equal(p->path, "p.json");
	assert_true(p->enabled);
	assert_int_equal(p->restart.min, 500);
	assert_int_equal(p->restart.max, 20000);
	assert_int_equal(p->restart.healthy, 10000);
	assert_int_equal(p->restart.auth.min, 60000);
	assert_int_equal(p->restart.auth.max, 900000);
	assert_int_equal(p->restart.device.max, 30000);
	assert_int_equal(p->watchdog.start, 30000);
	assert_int_equal(p->watchdog.stall, 15000);
	assert_int_equal(p->stop.grace, 5000);
	assert_int_equal(p->watchdog.producer, 120000);
	assert_int_equal(p->watchdog.frozen, 0);
	assert_int_equal(p->fallback.slate_after, 5000);
	assert_int_equal(p->fallback.give_up_after, 0);
	assert_null(p->fallback.slate);
	assert_false(p->fallback.key.set);
	assert_false(p->standby);
	assert_int_equal(p->source.frames.fd, 1);
	assert_int_equal(p->logs.lines, 200);
	assert_int_equal(p->source.frames.pattern, -1);
	assert_null(p->source.device);
	assert_int_equal(p->outputs.n, 1);
	assert_null(profile_output(p, 1));
	profile_free(p);
	profile_free(NULL);
}

/* ffsup.json's defaults fill what the profile leaves out: objects are merged
 * key by key, all else is taken whole, and the profile always wins. */
static void
test_merge(void **state UNUSED)
{
	struct profile *p =
	    read_good("{" URL ",\"watchdog\":{\"stall\":\"3s\"},"
		      "\"restart\":{\"auth\":{\"min\":7}},"
		      "\"env\":{\"A\":\"mine\"}," OUT "}",
		"{\"watchdog\":{\"start\":\"1s\",\"stall\":\"9s\"},"
		"\"restart\":{\"max\":\"5s\",\"auth\":{\"min\":8,\"max\":9}},"
		"\"env\":{\"A\":\"default\",\"B\":\"b\"},"
		"\"outputs\":[{\"url\":\"udp://x:1\"},{\"url\":\"udp://x:2\"}],"
		"\"video\":{\"encoder\":\"h264_vaapi\"},\"enabled\":false,}");

	assert_int_equal(p->watchdog.start, 1000);
	assert_int_equal(p->watchdog.stall, 3000);
	assert_int_equal(p->restart.max, 5000);
	assert_int_equal(p->restart.auth.min, 7000);
	assert_int_equal(p->restart.auth.max, 9000);
	assert_string_equal(p->video.encoder, "h264_vaapi");
	assert_false(p->enabled);
	assert_int_equal(p->outputs.n, 1);
	assert_int_equal(p->env.n, 2);
	assert_string_equal(p->env.v[0], "A=mine");
	assert_string_equal(p->env.v[1], "B=b");
	profile_free(p);
}

/* What is wrong with a key of the defaults has no place in the profile: it is
 * said where it comes from. */
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
	    "p.json: error: audio: frames have no sound to copy, use "
	    "\"silence\" or \"none\" (it comes from \"defaults\" in "
	    "ffsup.json)");
	free(text);
	errors_clear(&errs);
}

/* A word in the profile stands, where the defaults have an object. */
static void
test_merge_word(void **state UNUSED)
{
	struct profile *p = read_good("{" URL ",\"video\":\"copy\"," OUT "}",
	    "{\"video\":{\"encoder\":\"libx265\"}}");

	assert_int_equal(p->video.key.word, VIDEO_COPY);
	profile_free(p);
}

/* Raw arguments take no media keys from the defaults, but all others. */
static void
test_merge_args(void **state UNUSED)
{
	struct profile *p = read_good("{\"args\":[\"-i\",\"a\",\"b\"]}",
	    "{" URL ",\"video\":\"copy\",\"audio\":\"none\"," OUT
	    ",\"stop\":{\"grace\":\"1s\"}}");

	assert_int_equal(p->args.n, 3);
	assert_int_equal(p->stop.grace, 1000);
	assert_false(p->source.key.set);
	assert_false(p->video.key.set);
	assert_false(p->audio.key.set);
	assert_int_equal(p->outputs.n, 0);
	profile_free(p);
}

/* What is wrong is said, at its key. */
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
		{ "{\"args\":[\"a\"]," URL "}", "source: does not go with" },
		{ "{\"args\":[\"a\"]," OUT "}", "outputs: does not go with" },
		{ "{\"source\":{\"frames\":{" FRAMES "}}," OUT "}",
		    "source.frames: has no pictures" },
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
		    "source.frames.fd: goes with \"command\"" },
		{ "{" URL ",\"fallback\":{}," OUT "}",
		    "fallback: needs to know the picture, add \"size\" and "
		    "\"fps\" to \"video\"" },
		{ "{" URL ",\"fallback\":{},\"video\":{\"fps\":5}," OUT "}",
		    "fallback: needs to know the picture, add \"size\" to" },
		{ "{" URL ",\"fallback\":{},\"video\":{\"size\":\"64x48\"}," OUT
		  "}",
		    "fallback: needs to know the picture, add \"fps\" to" },
		{ "{" URL ",\"fallback\":{},\"video\":\"none\"," OUT "}",
		    "video: \"fallback\" replaces pictures" },
		{ "{" URL ",\"fallback\":{},\"video\":{\"size\":\"64x48\","
		  "\"fps\":5},\"audio\":\"copy\"," OUT "}",
		    "audio: frames have no sound to copy" },
		{ "{" URL ",\"standby\":true," OUT "}",
		    "standby: goes with \"frames\"" },
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
		    "source.size: goes with \"device\"" },
		{ "{\"source\":{\"url\":\"a\",\"loop\":true}," OUT "}",
		    "source.loop: goes with \"files\"" },
		{ "{\"source\":{\"url\":\"a\",\"password\":\"b\"}," OUT "}",
		    "source.password: goes with \"user\"" },
		{ "{\"source\":{\"url\":\"rtsp://u:p@h/\",\"user\":\"u\"}," OUT
		  "}",
		    "source.url: has a user in it" },
		{ "{\"source\":{\"url\":\"rtsp://u:p@ss@h/\"}," OUT "}",
		    "source.url: \"@\" inside the password" },
		{ "{\"source\":{\"url\":\"-i\"}," OUT "}",
		    "source.url: must not begin with \"-\"" },
		{ "{\"source\":{\"files\":[\"a\",\"-y\"]}," OUT "}",
		    "source.files: must not begin with \"-\"" },
		{ "{" URL ",\"audio\":{}," OUT "}", "audio: needs one of" },
		{ "{" URL ",\"outputs\":[{}]}", "outputs[0]: needs one of" },
		{ "{" URL ",\"outputs\":[{\"url\":\"-f\"}]}",
		    "outputs[0].url: must not begin" },
		{ "{" URL ",\"outputs\":[{\"url\":\"/a.ts\","
		  "\"options\":{\"f\":\"segment\"}}]}",
		    "outputs[0].options: \"f\" does not go here" },
		{ "{" URL ",\"outputs\":[{\"url\":\"/a.ts\","
		  "\"options\":{\"f:0\":\"segment\"}}]}",
		    "outputs[0].options: \"f\" does not go here" },
		{ "{" URL ",\"outputs\":[{\"record\":\"/%s.mkv\","
		  "\"options\":{\"strftime:0\":0}}]}",
		    "outputs[0].options: \"strftime:0\" does not go" },
		{ "{" URL ",\"outputs\":[{\"record\":\"/r/.ffsup+a+%s.mkv\"}]}",
		    "outputs[0].record: names that begin with" },
		{ "{" URL ",\"outputs\":[{\"record\":\"/a.mkv\"}]}",
		    "outputs[0].record: a recording is many" },
		{ "{" URL ",\"outputs\":[{\"record\":\"/%s.avi\"}]}",
		    "outputs[0].record: must end in" },
		{ "{" URL ",\"restart\":{\"min\":\"9s\",\"max\":\"1s\"}," OUT
		  "}",
		    "restart: min (9000 ms) is above max (1000 ms)" },
		{ "{" URL ",\"restart\":{\"auth\":{\"min\":\"16m\"}}," OUT "}",
		    "restart.auth: min" },
		{ "{" URL ",\"sorce\":1," OUT "}", "did you mean" },
		{ "{\"source\":{\"url\":\"${NO_SUCH}\"}," OUT "}", "NO_SUCH" },
		{ "{\"source\":[]," OUT "}", "source: must not be empty" },
		{ "{\"source\":[{}]," OUT "}",
		    "source[0]: needs exactly one of" },
		{ SOURCES ",{\"url\":\"-i\"}]," OUT "}",
		    "source[2].url: must not begin" },
		{ SOURCES ",{\"url\":\"a\",\"fps\":5}]," OUT "}",
		    "source[2].fps: goes with" },
		{ SOURCES ",{\"frames\":{" FRAMES
			  ",\"pattern\":\"smpte\"}}]," OUT "}",
		    "source[2].frames: cannot be one of several" },
		{ SOURCES ",{\"files\":[\"a\"]}]," OUT "}",
		    "source[2].files: would be played anew" },
		{ SOURCES ",{},{},{}]," OUT "}",
		    "source: has 5 entries, at most 4" },
		{ SOURCES "],\"outputs\":[{\"url\":\"a\",\"name\":"
			  "\"source4\"}]}",
		    "outputs[0].name: \"source4\" is what ffsup calls" },
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

/* One source alone, as an object or a list, and several. */
static void
test_sources(void **state UNUSED)
{
	struct profile *p = read_good("{" URL "," OUT "}", NULL), *q;

	assert_int_equal(profile_n_sources(p), 1);
	assert_ptr_equal(profile_source_at(p, 0), &p->source);
	assert_null(profile_source_at(p, 1));
	assert_int_equal(p->prefer_after, 30000);
	assert_false(profile_fans_out(p));
	q = read_good(
	    "{\"source\":[{\"url\":\"rtsp://cam/1\"}]," OUT "}", NULL);
	assert_int_equal(profile_n_sources(q), 1);
	assert_int_equal(diff_profiles(p, q, NULL), DIFF_NONE);
	profile_free(p);
	profile_free(q);

	p = read_good(SOURCES ",{\"url\":\"rtsp://u:geheim@c/\","
			      "\"options\":{\"headers\":\"X: heimlich\"}}],"
			      "\"standby\":true," OUT "}",
	    "{\"source\":{\"url\":\"x\"},\"prefer_after\":\"2m\"}");
	assert_int_equal(profile_n_sources(p), 3);
	assert_string_equal(profile_source_at(p, 0)->url, "a");
	assert_string_equal(profile_source_at(p, 1)->url, "b");
	assert_null(profile_source_at(p, 3));
	assert_int_equal(p->prefer_after, 120000);
	assert_true(profile_fans_out(p));
	for (size_t i = 0; i < 2; i++) {
		char *text = redact_text(
		    &p->redact, i == 0 ? "it said geheim" : "X: heimlich!");

		assert_non_null(strstr(text, "****"));
		free(text);
	}
	profile_free(p);
}

/* What is the same of two versions with several sources. */
static void
test_same_source(void **state UNUSED)
{
	static const struct {
		const char *text;
		enum diff change;
		bool same[2];
	} rows[] = {
		{ SOURCES "]," OUT "}", DIFF_NONE, { true, true } },
		{ SOURCES "],\"prefer_after\":5," OUT "}", DIFF_LIVE,
		    { true, true } },
		{ SOURCES ",{\"url\":\"c\"}]," OUT "}", DIFF_SENDER,
		    { true, true } },
		{ "{\"source\":[{\"url\":\"a\"},{\"url\":\"c\"}]," OUT "}",
		    DIFF_SENDER, { true, false } },
		{ "{\"source\":[{\"url\":\"b\"},{\"url\":\"a\"}]," OUT "}",
		    DIFF_SENDER, { false, false } },
		{ SOURCES "],\"audio\":\"none\"," OUT "}", DIFF_SENDER,
		    { false, false } },
		{ SOURCES "],\"outputs\":[{\"url\":\"z\"}]}", DIFF_SENDER,
		    { true, true } },
		{ "{\"source\":{\"url\":\"a\"}," OUT "}", DIFF_RESTART,
		    { true, false } },
		{ "{\"source\":[{\"url\":\"a\"}],\"isolate\":true," OUT "}",
		    DIFF_RESTART, { false, false } },
	};
	struct profile *p = read_good(SOURCES "]," OUT "}", NULL), *q;

	for (size_t i = 0; i < NELEM(rows); i++) {
		q = read_good(rows[i].text, NULL);
		assert_int_equal(diff_profiles(p, q, NULL), rows[i].change);
		for (size_t k = 0; k < 2; k++)
			assert_int_equal(
			    diff_same_source(p, k, q, k), rows[i].same[k]);
		profile_free(q);
	}
	profile_free(p);
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

/* The name is the file's stem, if that can stand in a message, a path and on
 * a command line. */
static void
test_names(void **state UNUSED)
{
	static const char *const good[][2] = {
		{ "front.json", "front" },
		{ "/etc/a.d/b_C-9.x.json", "b_C-9.x" },
		{ "plain", "plain" },
		{ "a.json.json", "a.json" },
		{ "x.JSON", "x.JSON" },
	};
	static const char *const bad[] = { "", ".json", "dir/", "-a.json",
		".a.json", "a b.json", "a/b\n.json", "\xc3\xa4.json", "a*.json",
		"a:b.json" };
	char path[80] = { 0 };
	const char *why;
	char *name;

	for (size_t i = 0; i < NELEM(good); i++) {
		name = profile_name(good[i][0], &why);
		assert_string_equal(name, good[i][1]);
		free(name);
	}
	for (size_t i = 0; i < NELEM(bad); i++) {
		why = NULL;
		assert_null(profile_name(bad[i], &why));
		assert_non_null(why);
	}
	memset(path, 'a', PROFILE_NAME_MAX);
	name = profile_name(path, &why);
	assert_string_equal(name, path);
	free(name);
	path[PROFILE_NAME_MAX] = 'a';
	assert_null(profile_name(path, &why));
}

/* Compare a profile with the same plus some more text. */
static enum diff
compare(const char *more, char **what)
{
	struct profile *a = read_good("{" URL "," OUT "}", NULL);
	char *text = xasprintf("{" URL "," OUT "%s}", more);
	struct profile *b = read_good(text, NULL);
	enum diff change = diff_profiles(a, b, what);

	assert_int_equal(diff_profiles(b, a, NULL), change);
	profile_free(a);
	profile_free(b);
	free(text);
	return change;
}

/* Only what ffmpeg itself was started with asks for a restart. */
static void
test_compare(void **state UNUSED)
{
	static const struct {
		const char *more;
		enum diff change;
		const char *what;
	} rows[] = {
		{ "", DIFF_NONE, "" },
		{ ",\"x-note\":1", DIFF_NONE, "" },
		{ ",\"watchdog\":{\"stall\":15}", DIFF_NONE, "" },
		{ ",\"description\":\"d\"", DIFF_LIVE, "description" },
		{ ",\"watchdog\":{\"stall\":1}", DIFF_LIVE, "stall" },
		{ ",\"restart\":{\"auth\":{\"max\":\"1h\"}}", DIFF_LIVE,
		    "auth" },
		{ ",\"stop\":{\"grace\":1}", DIFF_LIVE, "grace" },
		{ ",\"logs\":{\"lines\":10}", DIFF_LIVE, "lines" },
		{ ",\"watchdog\":{\"frozen\":1}", DIFF_LIVE, "frozen" },
		{ ",\"limits\":{\"nice\":1}", DIFF_RESTART, "nice" },
		{ ",\"env\":{\"A\":\"1\"}", DIFF_RESTART, "env" },
		{ ",\"audio\":\"none\"", DIFF_RESTART, "audio" },
		{ ",\"video\":{\"gop\":1}", DIFF_RESTART, "video" },
		{ ",\"enabled\":false", DIFF_RESTART, "enabled" },
		{ ",\"stop\":{\"grace\":1},\"audio\":\"none\"", DIFF_RESTART,
		    "audio" },
	};
	char *what;

	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_int_equal(compare(rows[i].more, &what), rows[i].change);
		if (strstr(what, rows[i].what) == NULL ||
		    (*what == '\0') != (rows[i].change == DIFF_NONE))
			fail_msg("%s: %s", rows[i].more, what);
		free(what);
	}
}

/* A fallback's own keys are taken at once; that there is one, where the source
 * is ffmpeg's to open, decides what runs. Frames have it anyway. */
static void
test_compare_fallback(void **state UNUSED)
{
#define DECODED URL ",\"video\":{\"size\":\"64x48\",\"fps\":5}"
	static const struct {
		const char *now, *then;
		enum diff change;
	} rows[] = {
		{ DECODED, DECODED ",\"fallback\":{}", DIFF_RESTART },
		{ DECODED ",\"fallback\":{}",
		    DECODED ",\"fallback\":{\"slate\":\"/a.png\"}", DIFF_LIVE },
		{ DECODED ",\"fallback\":{\"slate_after\":1}",
		    DECODED ",\"fallback\":{\"give_up_after\":60}", DIFF_LIVE },
		{ DECODED ",\"fallback\":{}",
		    DECODED ",\"fallback\":{},\"standby\":true", DIFF_RESTART },
		{ PATTERN, PATTERN ",\"fallback\":{\"slate_after\":1}",
		    DIFF_LIVE },
		/* who sends can be changed under the pictures */
		{ PATTERN, PATTERN ",\"audio\":\"silence\"", DIFF_SENDER },
		{ PATTERN, PATTERN ",\"video\":{\"size\":\"32x24\"}",
		    DIFF_SENDER },
		{ PATTERN,
		    PATTERN ",\"video\":{\"bitrate\":9000},"
			    "\"stop\":{\"grace\":1}",
		    DIFF_SENDER },
		{ PATTERN, PATTERN ",\"limits\":{\"nice\":1}", DIFF_RESTART },
		{ DECODED ",\"fallback\":{}",
		    DECODED ",\"fallback\":{},\"audio\":\"silence\"",
		    DIFF_SENDER },
		{ DECODED ",\"fallback\":{}",
		    URL ",\"video\":{\"size\":\"66x48\",\"fps\":5},"
			"\"fallback\":{}",
		    DIFF_RESTART },
		{ DECODED ",\"fallback\":{}",
		    URL ",\"video\":{\"size\":\"64x48\",\"fps\":6},"
			"\"fallback\":{}",
		    DIFF_RESTART },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *now = xasprintf("{%s," OUT "}", rows[i].now);
		char *then = xasprintf("{%s," OUT "}", rows[i].then);
		struct profile *a = read_good(now, NULL);
		struct profile *b = read_good(then, NULL);

		assert_int_equal(diff_profiles(a, b, NULL), rows[i].change);
		assert_int_equal(diff_profiles(b, a, NULL), rows[i].change);
		profile_free(a);
		profile_free(b);
		free(now);
		free(then);
	}
#undef DECODED
}

/* Silence is wanted where it is said, or where the sound is left to us and a
 * platform shows nothing without; the host alone tells. */
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
		struct profile *p = read_good(text, NULL);

		assert_int_equal(profile_wants_silence(p), rows[i].wanted);
		profile_free(p);
		free(text);
	}
}

/* Outputs without a name are called by their scheme and a number; nobody has
 * the name of another one, whatever they were given. */
static void
test_output_names(void **state UNUSED)
{
	static const char text[] =
	    "{" URL ",\"outputs\":["
	    "{\"url\":\"rtmp://h/l/a\"},"
	    "{\"url\":\"rtmp://h/l/b\"},"
	    "{\"url\":\"rtmp://h/l/c\",\"name\":\"rtmp2\"},"
	    "{\"url\":\"/x.ts\",\"name\":\"b\"},"
	    "{\"record\":\"/r/%s.ts\"},"
	    "{\"url\":\"/y.ts\"},"
	    "{\"url\":\"rtmp://h/l/d\"},"
	    "{\"url\":\"srt://h:1\",\"name\":\"file\"}]}";
	static const char *const names[] = { "rtmp", "rtmp3", "rtmp2", "b",
		"file2", "file3", "rtmp4", "file" };
	struct profile *p = read_good(text, NULL);
	char name[PROFILE_NAME_MAX + 1];

	for (size_t i = 0; i < NELEM(names); i++) {
		profile_output_name(p, i, name);
		assert_string_equal(name, names[i]);
	}
	profile_free(p);
}

/* Another command of a camera is another run; another way in, or sound, is
 * another stream. */
static void
test_compare_camera(void **state UNUSED)
{
#define CAMERA(x) "{\"source\":{\"h264\":{" x "}}," OUT
	static const struct {
		const char *now, *then;
		enum diff change;
	} rows[] = {
		{ CAMERA("\"command\":[\"a\"]") "}",
		    CAMERA("\"command\":[\"a\",\"-b\"]") "}", DIFF_SENDER },
		{ CAMERA("\"command\":[\"a\"]") "}",
		    CAMERA("\"socket\":true") "}", DIFF_RESTART },
		{ CAMERA("\"fifo\":\"/a\"") "}", CAMERA("\"fifo\":\"/b\"") "}",
		    DIFF_RESTART },
		{ CAMERA("\"command\":[\"a\"]") "}",
		    CAMERA("\"command\":[\"a\"]") ",\"audio\":\"silence\"}",
		    DIFF_RESTART },
		{ CAMERA("\"command\":[\"a\"]") "}",
		    CAMERA("\"command\":[\"a\"]") ",\"fallback\":{}}",
		    DIFF_RESTART },
		{ CAMERA("\"command\":[\"a\"]") ",\"fallback\":{}}",
		    CAMERA(
			"\"command\":[\"a\"]") ",\"fallback\":{\"slate_after\":1}}",
		    DIFF_LIVE },
		{ CAMERA("\"command\":[\"a\"]") "}", "{" URL "," OUT "}",
		    DIFF_RESTART },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct profile *a = read_good(rows[i].now, NULL);
		struct profile *b = read_good(rows[i].then, NULL);

		assert_int_equal(diff_profiles(a, b, NULL), rows[i].change);
		assert_int_equal(diff_profiles(b, a, NULL), rows[i].change);
		profile_free(a);
		profile_free(b);
	}
#undef CAMERA
}

/* What is decoded: anything that ffmpeg opens, where there is a fallback. */
static void
test_is_decoded(void **state UNUSED)
{
	static const struct {
		const char *text;
		bool decoded;
	} rows[] = {
		{ URL, false },
		{ URL ",\"fallback\":{},\"video\":{\"size\":\"64x48\","
		      "\"fps\":5}",
		    true },
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
		struct profile *p = read_good(text, NULL);

		assert_int_equal(profile_is_decoded(p), rows[i].decoded);
		profile_free(p);
		free(text);
	}
}

/* Wherever a secret came from, it is known; what is none stays readable. */
static void
test_secrets(void **state UNUSED)
{
	struct profile *p = read_good(
	    "{\"source\":{\"url\":\"rtsp://${HOST}/1\",\"user\":\"operator\","
	    "\"password\":\"p@ss/word\"},"
	    "\"audio\":{\"url\":\"http://a:audio-pass@h/\"},"
	    "\"env\":{\"X\":\"${CAM_PASSWORD}\",\"Y\":\"${file:/key}\"},"
	    "\"outputs\":[{\"url\":\"rtmp://h/live/stream-key\","
	    "\"user\":\"me\",\"password\":\"output-pass\"}]}",
	    NULL);
	static const char *const secrets[] = { "p@ss/word", "p%40ss%2Fword",
		"audio-pass", "from-variable", "from-file", "stream-key",
		"output-pass" };
	char *text;

	for (size_t i = 0; i < NELEM(secrets); i++) {
		char *line = xasprintf("[error] cannot open %s.", secrets[i]);

		text = redact_text(&p->redact, line);
		assert_string_equal(text, "[error] cannot open ****.");
		free(text);
		free(line);
	}
	text = redact_text(&p->redact, "operator at harmless-host");
	assert_string_equal(text, "operator at harmless-host");
	free(text);
	profile_free(p);

	p = read_good("{\"args\":[\"-i\",\"rtsp://u:in-args@h/\"]}", NULL);
	text = redact_text(&p->redact, "in-args");
	assert_string_equal(text, "****");
	free(text);
	profile_free(p);
}

/* Every value is written as it can be read, and two readings are the same. */
static void
expect_read_back(const struct profile *p, const char *text)
{
	struct profile *again = read_good(text, NULL);
	const struct key *bad = readback_fails(profile_keys, p);
	char *what;

	if (bad != NULL)
		fail_msg("%s: %s", p->description, bad->name);
	if (diff_profiles(p, again, &what) != DIFF_NONE)
		fail_msg("%s: %s", p->description, what);
	free(what);
	profile_free(again);
}

/* Every profile that we hand out is right; cmocka's state is the pattern of
 * their files. */
static void
test_files(void **state)
{
	const char *srcdir = getenv("srcdir");
	char *pattern = xasprintf(
	    "%s/%s", srcdir != NULL ? srcdir : ".", (const char *)*state);
	glob_t g;

	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		char *text = fs_read(g.gl_pathv[i], 1 << 20, NULL);
		struct profile *p;

		assert_non_null(text);
		p = read_good(text, NULL);
		expect_read_back(p, text);
		profile_free(p);
		free(text);
	}
	globfree(&g);
	free(pattern);
}

static char profiles[] = "profiles/*.json";
static char conf_good[] = "tests/conf/good/*.json";

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_merge_word),
		cmocka_unit_test(test_merge_wrong),
		cmocka_unit_test(test_merge_args),
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_same_source),
		cmocka_unit_test(test_odd_size),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_compare_fallback),
		cmocka_unit_test(test_compare_camera),
		cmocka_unit_test(test_output_names),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_is_decoded),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test_prestate(test_files, profiles),
		cmocka_unit_test_prestate(test_files, conf_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
