/* SPDX-License-Identifier: ISC */
/* A profile from its text: defaults, merged objects, secrets, real files. */

#include "config.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/redact.h"
#include "base/util.h"
#include "profile/diff.h"
#include "readback.h"
#include "readprofile.h"

/* Keys that nobody wrote are as the manual says. */
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

/* ffsup.json's defaults fill the keys that the profile leaves out: objects are
 * merged key by key, all else is taken whole, and the profile always wins. */
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

/* A word in the profile replaces an object of the defaults. */
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

/* Wherever a secret came from, it is known; other words stay readable. */
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

/* Every profile that we ship is valid; cmocka's state is the pattern of their
 * files. */
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
		cmocka_unit_test(test_merge_args),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test_prestate(test_files, profiles),
		cmocka_unit_test_prestate(test_files, conf_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
