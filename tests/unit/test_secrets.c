/* SPDX-License-Identifier: ISC */
/*
 * One way out: a secret of a profile or of ffsup.json is masked wherever it
 * shows up again, and nothing else is.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/errors.h"
#include "base/redact.h"
#include "base/secretlook.h"
#include "base/secrets.h"
#include "base/util.h"
#include "daemon/conf.h"
#include "process/childenv.h"
#include "profile/diff.h"
#include "profile/expand.h"
#include "profile/learn.h"
#include "profile/parse.h"

/* --- the environment of the tests --------------------------------------- */

static const char *
test_get(void *ctx UNUSED, const char *name)
{
	if (strcmp(name, "STREAM_KEY") == 0)
		return "c4nary-key";
	if (strcmp(name, "OTHER_KEY") == 0)
		return "c4nary-other";
	if (strcmp(name, "WORD_KEY") == 0)
		return "raise";
	if (strcmp(name, "EMPTY_KEY") == 0)
		return "";
	return strcmp(name, "PLAIN") == 0 ? "10" : NULL;
}

static char *
test_read(void *ctx UNUSED, const char *path, const char **cause)
{
	*cause = "No such file or directory";
	if (strcmp(path, "/f") == 0)
		return xstrdup("c4nary-file");
	if (strcmp(path, "/blank") == 0)
		return xstrdup(" ");
	return strcmp(path, "/empty") == 0 ? xstrdup("") : NULL;
}

static const struct expand_env test_env = { .get = test_get,
	.read = test_read };

static void
expect(const char *text, const char *masked)
{
	char *out = secrets_text(text);

	assert_string_equal(out, masked);
	free(out);
}

/* The name of the profiles that are read. */
static const char *test_name = "front";

static struct profile *
test_profile(const char *text, struct errors *errs)
{
	struct profile *p = NULL;
	struct jsonc doc;

	if (jsonc_parse(&doc, "front.json", text, strlen(text), errs) == 0) {
		p = parse_profile(&doc, test_name, NULL, &test_env, errs);
		jsonc_clear(&doc);
	}
	return p;
}

/* A profile that is right. */
static struct profile *
test_good(const char *text)
{
	struct errors errs = { 0 };
	struct profile *p = test_profile(text, &errs);

	if (p == NULL)
		fail_msg("%s", errs.v[0].text);
	errors_clear(&errs);
	return p;
}

/* All errors of a text as they are printed. Caller frees. */
static char *
test_errors(const char *text)
{
	struct errors errs = { 0 };
	struct profile *p = test_profile(text, &errs);
	char *all = xstrdup("");

	for (size_t i = 0; i < errs.n; i++) {
		char *line = errors_format(&errs.v[i]);
		char *more = xasprintf("%s%s\n", all, line);

		free(all);
		free(line);
		all = more;
	}
	profile_free(p);
	errors_clear(&errs);
	return all;
}

/* --- ffsup.json --------------------------------------------------------- */

/* Read settings; whether they are valid. */
static bool
test_settings(const char *text, struct conf_settings *s, struct errors *errs)
{
	struct jsonc doc;
	int rc;

	assert_int_equal(
	    jsonc_parse(&doc, "ffsup.json", text, strlen(text), errs), 0);
	rc = conf_read_settings(s, &doc, &test_env, errs);
	jsonc_clear(&doc);
	return rc == 0;
}

/* A secret in any key of ffsup.json ended the daemon. */
static void
test_s1_settings(void **state UNUSED)
{
	static const char *const texts[] = {
		"{ \"defaults\": { \"env\": { \"K\": \"${STREAM_KEY}\" } } }",
		"{ \"defaults\": { \"source\": { \"frames\": { \"command\": [ "
		"\"a\", \"${STREAM_KEY}\" ] } } } }",
		"{ \"defaults\": { \"outputs\": [ { \"url\": "
		"\"rtmp://h/l/${STREAM_KEY}\" } ] } }",
		"{ \"profiles\": [ \"a\", \"/b/${STREAM_KEY}\" ] }",
		"{ \"ffmpeg\": \"/opt/${STREAM_KEY}/ffmpeg\" }",
		"{ \"socket\": \"/run/${STREAM_KEY}\" }",
		"{ \"x-note\": \"${STREAM_KEY}\" }",
	};

	for (size_t i = 0; i < NELEM(texts); i++) {
		struct conf_settings s = { 0 };
		struct errors errs = { 0 };

		assert_true(test_settings(texts[i], &s, &errs));
		assert_int_equal(errs.n, 0);
		expect("it said c4nary-key.", "it said ****.");
		conf_settings_clear(&s);
		errors_clear(&errs);
	}
}

/* Errors of ffsup.json are printed without its secrets. */
static void
test_s1_settings_errors(void **state UNUSED)
{
	struct conf_settings s = { 0 };
	struct errors errs = { 0 };
	char *text;

	assert_false(test_settings("{ \"spawn_rate\": \"${STREAM_KEY}\", "
				   "\"defaults\": { \"video\": { \"bitrate\": "
				   "\"${file:/f}\" } } }",
	    &s, &errs));
	assert_int_equal(errs.n, 2);
	for (size_t i = 0; i < errs.n; i++) {
		text = errors_format(&errs.v[i]);
		assert_null(strstr(text, "c4nary"));
		free(text);
	}
	conf_settings_clear(&s);
	errors_clear(&errs);
}

/* Defaults that are not an object are an error of ffsup.json; a caller that
 * names a profile goes on to read it. */
static void
test_s1_defaults_no_object(void **state UNUSED)
{
	static const char *const defaults[] = { "[ \"a\" ]", "\"a\"", "1",
		"null", "[ { \"env\": {} } ]" };
	static const char text[] =
	    "{ \"source\": { \"url\": \"rtsp://h/1\" }, \"outputs\": [ { "
	    "\"url\": \"rtsp://h/2\" } ] }";

	for (size_t i = 0; i < NELEM(defaults); i++) {
		cJSON *d = cJSON_Parse(defaults[i]);
		struct errors errs = { 0 };
		struct profile *p;
		struct jsonc doc;

		assert_non_null(d);
		assert_int_equal(
		    jsonc_parse(&doc, "a.json", text, strlen(text), &errs), 0);
		p = parse_profile(&doc, "a", d, &test_env, &errs);
		assert_non_null(p);
		profile_free(p);
		jsonc_clear(&doc);
		errors_clear(&errs);
		cJSON_Delete(d);
	}
}

/* --- profiles ----------------------------------------------------------- */

/* An invalid value is printed masked; so is text that is not JSON. */
static void
test_s6_errors(void **state UNUSED)
{
	static const char *const values[] = {
		"\"video\": { \"bitrate\": \"${STREAM_KEY}\" }",
		"\"video\": { \"size\": \"${STREAM_KEY}\" }",
		"\"video\": { \"gop\": \"${file:/f}\" }",
		"\"enabled\": \"${STREAM_KEY}\"",
		"\"audio\": \"${STREAM_KEY}\"",
		"\"env\": { \"A\": { \"x\": \"${STREAM_KEY}\" } }",
		"\"source\": { \"password\": c4nary }",
		"\"source\": { \"password\": 4c4nary }",
		"\"source\": { \"password\": \"a${c4nary-}b\" }",
		"\"source\": { \"password\": \"a${file:c4nary}b\" }",
		"\"source\": { \"password\": \"a${X:-${c4nary}b\" }",
	};

	for (size_t i = 0; i < NELEM(values); i++) {
		char *text = xasprintf("{ %s }", values[i]);
		char *said = test_errors(text);

		assert_string_not_equal(said, "");
		if (strstr(said, "c4nary") != NULL)
			fail_msg("%s: %s", values[i], said);
		free(said);
		free(text);
	}
}

/* A command that is a text where another type is expected. */
static void
test_f15_command_as_text(void **state UNUSED)
{
	static const char *const keys[] = { "\"source\": { \"frames\": { "
					    "\"command\": \"%s\" } }",
		"\"source\": { \"h264\": \"%s\" }", "\"args\": \"%s\"",
		"\"env\": \"%s\"", "\"video\": { \"options\": \"%s\" }",
		"\"video\": { \"size\": \"%s\" }", "\"audio\": \"%s\"",
		"\"outputs\": [ \"%s\" ]", "\"enabled\": \"%s\"" };
	static const char *const values[] = { "x --password hunter2secret",
		"X_TOKEN=hunter2secret x", "curl -u me:hunter2secret",
		"wget '--header=X-Key: hunter2secret'" };

	for (size_t i = 0; i < NELEM(keys) * NELEM(values); i++) {
		const char *key = keys[i / NELEM(values)];
		const char *at = strstr(key, "%s");
		char *text = xasprintf("{ %.*s%s%s }", (int)(at - key), key,
		    values[i % NELEM(values)], at + 2);
		char *said = test_errors(text);

		assert_string_not_equal(said, "");
		if (strstr(said, "hunter2") != NULL)
			fail_msg("%s: %s", text, said);
		free(said);
		free(text);
	}
}

/* A change is printed with both versions masked. */
static void
test_s6_diff(void **state UNUSED)
{
	static const char form[] =
	    "{ \"description\": \"d ${%1$s}\", \"source\": { \"url\": "
	    "\"http://h/404/${%1$s}/x.m3u8\" }, \"outputs\": [ { \"record\": "
	    "\"/rec/${%1$s}/%%s.mkv\" } ], \"video\": \"copy\", "
	    "\"fallback\": { \"slate\": \"/s/${%1$s}.png\" } }";
	char *a = xasprintf(form, "STREAM_KEY"),
	     *b = xasprintf(form, "OTHER_KEY");
	struct profile *now, *then;
	char *what;

	now = test_good(a);
	then = test_good(b);
	diff_profiles(now, then, &what);
	assert_non_null(strstr(what, "source.url"));
	assert_non_null(strstr(what, "description"));
	if (strstr(what, "c4nary") != NULL)
		fail_msg("%s", what);
	free(what);
	profile_free(now);
	profile_free(then);
	free(a);
	free(b);
}

/* Secrets by place: each is hidden when it is the whole text. */
static void
test_s6_places(void **state UNUSED)
{
	static const char text[] =
	    "{ \"source\": { \"frames\": { \"size\": \"2x2\", \"fps\": 1, "
	    "\"command\": [ \"p\", \"--url=http://me:in-command@h/x\", "
	    "\"--password\", \"behind-it\", \"API_TOKEN=assigned1\", \"curl -u me:of-curl1 -H 'X-A: of-head1' "
	    "PASS=of-shell; x\" ] } }, "
	    "\"fallback\": { \"slate\": \"http://me:in-slate@h/p.png\" }, "
	    "\"env\": { \"X_AUTH\": \"of-auth\", \"DB_PW\": \"of-pw12\", "
	    "\"U\": \"http://me:in-env1@h\" }, "
	    "\"video\": { \"options\": { \"x\": \"http://me:in-opt@h/\" } }, "
	    "\"outputs\": [ { \"url\": \"http://h/a\", \"format\": \"flv\", "
	    "\"user\": \"me\", \"password\": \"sesame-42\", \"options\": { "
	    "\"headers\": \"Authorization: Bearer t0ken-one\\r\\nX-Site: "
	    "s1te-two\\r\\n\", \"hls_enc_key\": \"h1s-enc\", "
	    "\"srtp_out_params\": \"sr7p-par\", \"rtmp_conn\": "
	    "\"S:con-n3ct\", \"cookies\": \"sid=c00kie; path=/\" } } ] }";
	static const char *const words[] = { "in-command", "behind-it",
		"assigned1", "in-slate", "of-auth", "of-pw12", "in-env1",
		"in-opt", "sesame-42", "t0ken-one", "s1te-two",
		"Authorization: Bearer t0ken-one", "h1s-enc", "sr7p-par",
		"con-n3ct", "c00kie", "of-curl1", "of-head1", "of-shell" };
	struct profile *p = test_good(text);

	for (size_t i = 0; i < NELEM(words); i++)
		expect(words[i], "****");
	expect("Authorization: Basic bWU6c2VzYW1lLTQy",
	    "Authorization: Basic ****");
	profile_free(p);
}

/* As many spellings as a program may use. */
static void
test_s6_spellings(void **state UNUSED)
{
	struct redact r = { 0 };
	struct secrets *s;

	redact_add(&r, "p@ss w0rd/1");
	s = secrets_new(&r);
	redact_clear(&r);
	expect("p%40ss%20w0rd%2f1, p%40ss+w0rd/1", "****, ****");
	/* base64 of it alone, and after one and two bytes */
	expect("cEBzcyB3MHJkLzE=", "****=");
	expect("YTpwQHNzIHcwcmQvMQ==", "YTp****==");
	expect("YTpwQHNzIHcwcmQvMTp6", "YTp****p6");
	secrets_put(s);
}

/* A line that was cut shows no beginning of a secret. */
static void
test_s6_cut(void **state UNUSED)
{
	static const struct {
		const char *line, *masked;
	} rows[] = {
		{ "login with s3cr", "login with ****" },
		{ "login with s3cret-", "login with ****" },
		{ "login with s%33cr", "login with ****" },
		{ "login with s3cret%2", "login with ****" },
		{ "s3cret login with x", "s3cret login with x" },
	};
	struct redact r = { 0 };
	struct secrets *s;
	char *out;

	redact_add(&r, "s3cret-word");
	s = secrets_new(&r);
	redact_clear(&r);
	for (size_t i = 0; i < NELEM(rows); i++) {
		size_t len = strlen(rows[i].line);

		out = secrets_line(rows[i].line, len);
		assert_string_equal(out, rows[i].masked);
		free(out);
		out = secrets_line(rows[i].line, len + 1);
		assert_string_equal(out, rows[i].line);
		free(out);
	}
	secrets_put(s);
}

/* A version is known as long as anything holds it, whatever came since. */
static void
test_s6_rotation(void **state UNUSED)
{
	struct redact r = { 0 };
	struct secrets *old, *process, *s;
	char text[32];

	redact_add(&r, "rot-old-1");
	old = secrets_new(&r);
	process = secrets_new(&r);
	assert_ptr_equal(old, process);
	redact_clear(&r);
	secrets_put(old);
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "rot-new-%d.", i);
		redact_add(&r, text);
		s = secrets_new(&r);
		redact_clear(&r);
		expect(text, "****");
		secrets_put(s);
		expect(text, "****"); /* its last words */
	}
	expect("rot-old-1 said it", "**** said it");
	expect("rot-new-0.", "rot-new-0."); /* and not for ever */
	secrets_put(process);
	expect("rot-old-1 said it", "**** said it");
}

/* --- harmless words ----------------------------------------------------- */

/* A stream key that is a word is masked where it is a key, only there. */
static void
test_n19_word_as_key(void **state UNUSED)
{
	static const char *const keys[] = { "raise", "clips", "127", "live",
		"test", "copy", "hevc", "front", "stream1", "${WORD_KEY}" };

	for (size_t i = 0; i < NELEM(keys); i++) {
		char *text = xasprintf(
		    "{ \"source\": { \"url\": \"rtsp://h/1\" }, \"outputs\": "
		    "[ { \"url\": \"rtmp://host/live/%s\" } ] }",
		    keys[i]);
		struct profile *p = test_good(text);
		char *masked;
		char *url = xasprintf("rtmp://host/live/%s: refused", keys[i]);

		assert_int_equal(p->redact.secrets.n, 0);
		masked = redact_text(&p->redact, url);
		assert_string_equal(masked, "rtmp://host/live/****: refused");
		free(masked);
		free(url);
		free(text);
		profile_free(p);
	}
}

/* The values of parameters that hide nothing are neither learnt nor masked. */
static void
test_p14_harmless_query(void **state UNUSED)
{
	static const char *const urls[] = {
		"http://h/?videocodec=h264&resolution=160x120&fps=10",
		"http://h/?action=stream&camera=front-garden",
		"http://h/?compression=30&codec=mpeg4avc",
		"srt://h:1?mode=listener&latency=200000",
		"tcp://127.0.0.1:31009?timeout=5000000",
		"udp://239.0.0.1:1234?localaddr=10.0.0.1&pkt_size=1316",
	};
	struct redact r = { 0 };

	for (size_t i = 0; i < NELEM(urls); i++) {
		redact_add_url(&r, urls[i]);
		assert_int_equal(r.secrets.n, 0);
		expect(urls[i], urls[i]);
	}
}

/* W11: a number that is not a secret. */
static void
test_w11_timeout(void **state UNUSED)
{
	expect("tcp://127.0.0.1:31009?timeout=500000: refused",
	    "tcp://127.0.0.1:31009?timeout=500000: refused");
	expect("tcp://h:1?timeout=500000&token=500000",
	    "tcp://h:1?timeout=500000&token=****");
}

/* A recording's folder has the name of the stream and of its key. */
static void
test_p14_path(void **state UNUSED)
{
	struct profile *p = test_good(
	    "{ \"source\": { \"url\": \"rtsp://h/1\" }, \"outputs\": [ { "
	    "\"url\": \"rtmp://host/live/front\" }, { \"record\": "
	    "\"/rec/front/%Y%m%d-%H%M%S.mkv\" } ] }");

	expect("/rec/front/2026.mkv, Stream front",
	    "/rec/front/2026.mkv, Stream "
	    "front");
	profile_free(p);
}

/* A key that is a public word elsewhere hides nothing there; one that came from
 * a file does. */
static void
test_n19_public_key(void **state UNUSED)
{
	struct profile *p = test_good(
	    "{ \"source\": { \"url\": \"rtsp://h/1\" }, \"outputs\": [ { "
	    "\"url\": \"rtmp://host/live/garden-camera-two\" }, { "
	    "\"record\": \"/rec/garden-camera-two/%Y%m%d-%H%M%S.mkv\" } ] }");
	assert_int_equal(p->redact.secrets.n, 0);
	expect("/rec/garden-camera-two/1.mkv", "/rec/garden-camera-two/1.mkv");
	profile_free(p);
	p = test_good(
	    "{ \"source\": { \"url\": \"rtsp://h/1\" }, \"outputs\": [ { "
	    "\"url\": \"rtmp://host/live/${STREAM_KEY}\" }, { \"record\": "
	    "\"/rec/${STREAM_KEY}/%Y%m%d-%H%M%S.mkv\" } ] }");
	expect("/rec/c4nary-key/1.mkv", "/rec/****/1.mkv");
	profile_free(p);
}

/* A stream with one output. */
static struct profile *
test_output(const char *output)
{
	char *text = xasprintf(
	    "{ \"source\": { \"url\": \"rtsp://h/1\" }, \"outputs\": [ { %s } ] "
	    "}",
	    output);
	struct profile *p = test_good(text);

	free(text);
	return p;
}

/* A stream key that is another stream's or output's name, or a part of a
 * path, is a public word there, whichever comes first; a secret or a
 * password is not. */
static void
test_f18_names_of_others(void **state UNUSED)
{
	static const char *const keys[] = {
		"\"url\": \"rtmp://h/l/kitchen-cam\"",
		"\"url\": \"rtmp://h/l/x\", \"options\": { \"rtmp_playpath\": "
		"\"kitchen-cam\" }",
		"\"url\": \"http://h/l?who=kitchen-cam\", \"format\": \"flv\""
	};
	static const char *const openly[] = {
		"\"url\": \"rtsp://h/2\", \"name\": \"kitchen-cam\"",
		"\"record\": \"/rec/kitchen-cam-2/%Y%m%d-%H%M%S.mkv\""
	};
	struct profile *a, *b;

	for (size_t i = 0; i < NELEM(keys) * 4; i++) {
		const char *first = keys[i / 4], *second = openly[i & 1];

		a = test_output((i & 2) != 0 ? second : first);
		expect("x", "x");
		b = test_output((i & 2) != 0 ? first : second);
		expect("kitchen-cam: up, rtmp://h/l/kitchen-cam",
		    "kitchen-cam: up, rtmp://h/l/****");
		profile_free(a);
		profile_free(b);
	}
	a = test_output(keys[0]);
	test_name = "kitchen-cam";
	b = test_output("\"url\": \"rtsp://h/2\"");
	test_name = "front";
	expect("Stream kitchen-cam is up", "Stream kitchen-cam is up");
	profile_free(a);
	profile_free(b);
	a = test_output("\"url\": \"rtmp://h/l/${STREAM_KEY}\"");
	b = test_output("\"url\": \"rtsp://h/2\", \"name\": \"c4nary-key\"");
	expect("c4nary-key", "****");
	profile_free(a);
	a = test_output("\"url\": \"http://u:open-w0rd@h/l?x=open-w0rd\", "
			"\"format\": \"flv\"");
	profile_free(b);
	b = test_output("\"url\": \"rtsp://h/2\", \"name\": \"open-w0rd\"");
	expect("open-w0rd", "****");
	profile_free(a);
	profile_free(b);
}

static void
test_names(void **state UNUSED)
{
	static const char *const secret[] = { "STREAM_KEY", "password",
		"X-Api-Token", "DB_PW", "AUTH", "hls_enc_key", "-cookies",
		"authorization" };
	static const char *const harmless[] = { "PWD", "OLDPWD", "author",
		"force_key_frames", "keyint_min", "KEY_FILE", "SSH_AUTH_SOCK",
		"XAUTHORITY", "PATH", "url", "headphones" };

	for (size_t i = 0; i < NELEM(secret); i++)
		assert_true(secretlook_is_name(secret[i]));
	for (size_t i = 0; i < NELEM(harmless); i++)
		assert_false(secretlook_is_name(harmless[i]));
}

/* --- commands ----------------------------------------------------------- */

/* Mask one text with the secrets of a shell's argument. */
static void
expect_command(const char *command, const char *text, const char *masked)
{
	struct redact r = { 0 };
	struct strv argv = { 0 };
	char *out;

	strv_push(&argv, "sh");
	strv_push(&argv, "-c");
	strv_push(&argv, command);
	learn_arguments(&r, &argv);
	out = redact_text(&r, text);
	if (strcmp(out, masked) != 0)
		fail_msg("%s: %s", command, out);
	free(out);
	strv_clear(&argv);
	redact_clear(&r);
}

/* The value of an assignment ends where the shell's word does. */
static void
test_f19_assignment_before_command(void **state UNUSED)
{
	static const char *const commands[] = {
		"API_TOKEN=tok9x exec python3 /opt/camera/detect.py --model "
		"yolov8n.pt 2>&1",
		"export API_TOKEN=tok9x; exec python3 /opt/camera/detect.py "
		"--model yolov8n.pt >&2",
		"API_TOKEN=tok9x;/opt/camera/detect.py --model yolov8n.pt",
		"ssh cam 'API_TOKEN=tok9x exec /opt/camera/detect.py --model "
		"yolov8n.pt'",
		"AUTH=tok9x exec /opt/camera/detect.py --model yolov8n.pt",
	};

	for (size_t i = 0; i < NELEM(commands); i++)
		expect_command(commands[i],
		    "/opt/camera/detect.py, yolov8n.pt, python3, --model, "
		    "2>&1, >&2: tok9x",
		    "/opt/camera/detect.py, yolov8n.pt, python3, --model, "
		    "2>&1, >&2: ****");
}

/* Neither x264's passes nor its frames between keys are secrets. */
static void
test_f20_encoder_options(void **state UNUSED)
{
	expect_command("x -x264-params pass=1:stats=x264_log -pass 2 "
		       "-key-int-max 250 -vf chromakey=green01:0.1",
	    "x264_log 1:stats=x264_log 250 green01:0.1",
	    "x264_log 1:stats=x264_log 250 green01:0.1");
}

/* A shell's quotes are not part of the value. */
static void
test_f8_quoted_assignment(void **state UNUSED)
{
	static const char *const commands[] = {
		"TOKEN=\"quoted9secret\" exec x",
		"TOKEN='quoted9secret' exec x",
		"TOKEN='quoted9secret'",
		"TOKEN=quoted\"9sec\"ret exec x",
		"TOKEN=quoted9\\secret exec x",
		"x --token=\"quoted9secret\"; y",
		"x --token 'quoted9secret'",
		"export TOKEN='quoted9secret' && exec x",
		"sh -c \"TOKEN='quoted9secret' x\"",
	};

	for (size_t i = 0; i < NELEM(commands); i++)
		expect_command(commands[i], "said quoted9secret", "said ****");
	expect_command("PASSWORD=\"correct horse-9 battery\" exec x",
	    "correct, correct horse-9 battery", "correct, ****");
}

/* A header in one word with its option. */
static void
test_f9_header_option(void **state UNUSED)
{
	static const char *const options[] = {
		"--header=Authorization: Bearer bear3r-x",
		"--header=X-Site: bear3r-x", "-HX-Site: bear3r-x",
		"--user=me:bear3r-x", "-ume:bear3r-x"
	};

	for (size_t i = 0; i < NELEM(options); i++) {
		char *text = xasprintf("wget \"%s\" -O -", options[i]);
		struct redact r = { 0 };
		struct strv argv = { 0 };
		char *out;

		strv_push(&argv, "wget");
		strv_push(&argv, options[i]);
		learn_arguments(&r, &argv);
		out = redact_text(&r, "said bear3r-x");
		assert_string_equal(out, "said ****");
		free(out);
		strv_clear(&argv);
		redact_clear(&r);
		expect_command(text, "said bear3r-x", "said ****");
		free(text);
	}
	expect_command("wget --header=\"Authorization: Bearer bear3r-x\" -O -",
	    "said bear3r-x", "said ****");
}

/* Pairs as JSON, Python and YAML write them. */
static void
test_f10_pairs(void **state UNUSED)
{
	static const char *const texts[] = { "{\"token\": \"pa1r-val\"}",
		"{\"token\":\"pa1r-val\",\"a\":1}",
		"{\\\"token\\\": \\\"pa1r-val\\\"}",
		"import x\npassword = 'pa1r-val'\nx.run()",
		"connect(password='pa1r-val', port=1)",
		"connect(password=b\"pa1r-val\")",
		"connect(port=1, password=pa1r-val, x=1)",
		"d['password'] = \"pa1r-val\"",
		"{'Authorization': 'Bearer pa1r-val'}",
		"password: str = 'pa1r-val'",
		"user: me\npassword: pa1r-val\nport: 1",
		"{user: me, password: \"pa1r-val\"}",
		"password := `x`; token := \"pa1r-val\"" };

	for (size_t i = 0; i < NELEM(texts); i++)
		expect_command(texts[i], "said pa1r-val, connect, import x",
		    "said ****, connect, import x");
	expect_command("sorted(x, key=lambda d: d.score_of)",
	    "lambda d: d.score_of", "lambda d: d.score_of");
	expect_command(
	    "wget '--header=X-Auth: pa1r-val'", "X-Auth: none", "X-Auth: none");
	expect_command("max(d, key=operator.item(1)); keys = list(found)",
	    "operator.item list(found)", "operator.item list(found)");
}

/* A password after a letter: of known programs; and of others unless it is a
 * word, a number or a path. */
static void
test_f11_letters(void **state UNUSED)
{
	static const char *const commands[] = { "onvif -u me -p hunt3r-x",
		"sshpass -p hunt3r-x ssh cam", "sshpass -phunt3r-x ssh cam",
		"cat x | /usr/bin/mysql -u me -phunt3r-x db",
		"mosquitto_sub -u me -P 'hunt3r-x' -t x",
		"plink -pw hunt3r-x h", "redis-cli -a hunt3r-x get x",
		"sh -c \"grab -p 'hunt3r-x'\"" };
	static const char *const open[] = { "mkdir -p /srv/front-garden-x",
		"ssh -p 22022 cam-front-x", "nmap -p 80-90443 h",
		"mysql -p front-garden-x", "x264 -p 1080p",
		"docker -P -p 8080:80", "ffmpeg -preset veryfast-x",
		"grab -p --front-garden-x" };

	for (size_t i = 0; i < NELEM(commands); i++)
		expect_command(commands[i], "said hunt3r-x", "said ****");
	expect_command("sshpass -p secret ssh x", "secret: no", "****: no");
	for (size_t i = 0; i < NELEM(open); i++)
		expect_command(open[i], open[i], open[i]);
}

/* A program that runs another has only the arguments before that one; a command
 * ends where the shell ends it. An option that is not known to be a password is
 * not one where its value is words, a size or a pixel format. */
static void
test_r13_whose_letter(void **state UNUSED)
{
	static const char *const open[] = { "sshpass -e ssh -p 2222 cam",
		"sshpass -f /x ssh -p 2222 cam", "sshpass -e rsync -parchive9",
		"sshpass -d 3 ssh -p 2222 -parchive9 cam",
		"/usr/bin/sshpass -e ssh -p2222", "sshpass ssh -p 2222 cam",
		"mosquitto_sub -t x | nc -P 2222 h", "mongo x; ssh -p 2222 cam",
		"mysql x 2>&1 && mkdir -pfrontgarden9", "grabber -p yuv420p",
		"grabber -p yuv422p10le", "grab -p nv12", "grab -p gray16be",
		"grab -p p010le", "grab -p bayer_rggb8", "grab -p rgb565le",
		"grab -p gbrp", "mkdir -p recordings",
		"mkdir -p recordings-of-today", "mkdir -p Recordings_Today",
		"rpicam-vid -p 0,0,640,480", "grab -p 640x480+10+10" };
	static const char *const commands[] = { "sshpass -p hunt3r-x ssh cam",
		"sshpass -v -p hunt3r-x ssh -p 22 cam",
		"sshpass -P assword -p hunt3r-x ssh -p 22 cam",
		"sshpass \\\n -p hunt3r-x ssh cam",
		"x; sshpass -phunt3r-x ssh -p 22 cam",
		"mysql x 2>&1 -phunt3r-x", "mysql -u me x \\\n -phunt3r-x",
		"grab -p hunt3r-x" };

	for (size_t i = 0; i < NELEM(open); i++)
		expect_command(open[i], open[i], open[i]);
	for (size_t i = 0; i < NELEM(commands); i++)
		expect_command(commands[i], "said hunt3r-x", "said ****");
	expect_command("grab -p p4ss", "p4ss yuv420p", "**** yuv420p");
	expect_command("grab -p yuv420p4ss", "yuv420p4ss", "****");
	expect_command("sshpass -p recordings ssh x", "recordings", "****");
	expect_command("grab -p QxWvbTzRplMnkJh", "QxWvbTzRplMnkJh", "****");
}

/* Mask one text with the secrets of an option's text. */
static void
expect_option(
    const char *name, const char *value, const char *text, const char *masked)
{
	struct redact r = { 0 };
	char *out;

	learn_option(&r, name, value);
	out = redact_text(&r, text);
	if (strcmp(out, masked) != 0)
		fail_msg("%s: %s", value, out);
	free(out);
	redact_clear(&r);
}

/* The value of a header whose name says so is a secret though it is short or a
 * word; of other headers a value that is not a word. */
static void
test_f14_short_values(void **state UNUSED)
{
	static const char *const headers[] = { "Authorization: Bearer abcde",
		"X-Api-Key: abcde", "X-Auth-Token:abcde\r\n",
		"Cookie: theme=dark; sid=abcde; path=/",
		"X-A: 1\r\nPROXY-AUTHORIZATION: Basic abcde" };

	for (size_t i = 0; i < NELEM(headers); i++)
		expect_option("headers", headers[i],
		    "got abcde, Bearer, Basic, dark",
		    "got ****, Bearer, Basic, dark");
	expect_option("headers", "X-Site: ab12c", "got ab12c", "got ****");
	expect_option("headers",
	    "X-Site: front\r\nX-Size: 640x480\r\nX-Cam: cam12",
	    "front 640x480 cam12 1080p", "front 640x480 cam12 1080p");
}

/* Plain words of a query are masked in place, and nowhere else; a word that
 * sounds like a secret, or a value that is not a word, is masked everywhere. */
static void
test_f21_words_of_a_query(void **state UNUSED)
{
	expect_option("referer",
	    "http://site/?place=interlaken-east&lang=german",
	    "interlaken-east, german", "interlaken-east, german");
	expect_option("referer", "http://site/?place=interlaken-east",
	    "http://site/?place=interlaken-east", "http://site/?place=****");
	expect_option("referer", "http://site/?sig=interlaken-east",
	    "interlaken-east", "****");
	expect_option("referer", "http://site/?place=interl4ken-east",
	    "interl4ken-east", "****");
	expect("rtsp://cam/1?tcp", "rtsp://cam/1?tcp");
	expect("udp://h:1?local_port=10234", "udp://h:1?local_port=10234");
}

/* Random letters are not words. */
static void
test_r11_random_letters(void **state UNUSED)
{
	static const char *const values[] = { "QxWvbTzRplMnkJh",
		"qxwvbtzrplmnkjh", "QXWVBTZRPLMNKJH", "front-QxWvbTz",
		"garden_qxwvbtzrplmnkjh" };

	for (size_t i = 0; i < NELEM(values); i++) {
		char *url = xasprintf("rtmp://h/app/name?k=%s&x=1", values[i]);

		expect_option("referer", url, values[i], "****");
		free(url);
	}
	expect_option("referer", "http://h/?place=Interlaken_EAST.side-door",
	    "Interlaken_EAST.side-door", "Interlaken_EAST.side-door");
}

/* A line of a secret without anything secret is not one. */
static void
test_r12_lines_without_secrets(void **state UNUSED)
{
	static const char text[] = "---\n{\n  },\n---- a:\n 1: 2,\n"
				   "line-0ne-of-it\n...\n";

	for (int i = 0; i < 2; i++)
		expect_option(i == 0 ? "password" : "headers", text,
		    "--- x --- a:   }, ... 1: 2, line-0ne-of-it",
		    "--- x --- a:   }, ... 1: 2, ****");
}

/* --- files and children ------------------------------------------------- */

/* A file that is being rewritten is not an empty key. */
static void
test_s11_empty_file(void **state UNUSED)
{
	static const char *const values[] = { "${file:/empty}",
		"${file:/blank}", "${EMPTY_KEY}" };

	for (size_t i = 0; i < NELEM(values); i++) {
		char *text = xasprintf(
		    "{ \"source\": { \"url\": \"rtsp://h/1\" }, \"outputs\": "
		    "[ { \"url\": \"rtmp://host/live/%s\" } ] }",
		    values[i]);
		char *said = test_errors(text);

		assert_non_null(strstr(said, "is empty"));
		free(said);
		free(text);
	}
}

/* Other streams' secrets stay with the daemon. */
static void
test_s6_inherited(void **state UNUSED)
{
	static const char *const passed[] = { "PATH", "HOME", "LC_ALL", "TZ",
		"XDG_RUNTIME_DIR", "LD_LIBRARY_PATH", "LIBVA_DRIVER_NAME",
		"CUDA_VISIBLE_DEVICES", "FFSUP_SOCKET" };
	static const char *const kept[] = { "STREAM_KEY_OF_A", "X", "LC",
		"AWS_SECRET_ACCESS_KEY", "NVIDIA_API_KEY", "NOTIFY_SOCKET",
		"WATCHDOG_USEC", "JOURNAL_STREAM", "FFSUP_RUN", "FFSUP_STREAM",
		"PATHS" };

	for (size_t i = 0; i < NELEM(passed); i++)
		assert_true(childenv_is_passed(passed[i]));
	for (size_t i = 0; i < NELEM(kept); i++)
		assert_false(childenv_is_passed(kept[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_n19_word_as_key),
		cmocka_unit_test(test_n19_public_key),
		cmocka_unit_test(test_p14_harmless_query),
		cmocka_unit_test(test_p14_path),
		cmocka_unit_test(test_w11_timeout),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_f18_names_of_others),
		cmocka_unit_test(test_s1_settings),
		cmocka_unit_test(test_s1_settings_errors),
		cmocka_unit_test(test_s1_defaults_no_object),
		cmocka_unit_test(test_s6_errors),
		cmocka_unit_test(test_f15_command_as_text),
		cmocka_unit_test(test_s6_diff),
		cmocka_unit_test(test_s6_places),
		cmocka_unit_test(test_s6_spellings),
		cmocka_unit_test(test_s6_cut),
		cmocka_unit_test(test_s6_rotation),
		cmocka_unit_test(test_f19_assignment_before_command),
		cmocka_unit_test(test_f20_encoder_options),
		cmocka_unit_test(test_f8_quoted_assignment),
		cmocka_unit_test(test_f9_header_option),
		cmocka_unit_test(test_f10_pairs),
		cmocka_unit_test(test_f11_letters),
		cmocka_unit_test(test_f14_short_values),
		cmocka_unit_test(test_f21_words_of_a_query),
		cmocka_unit_test(test_r11_random_letters),
		cmocka_unit_test(test_r12_lines_without_secrets),
		cmocka_unit_test(test_r13_whose_letter),
		cmocka_unit_test(test_s11_empty_file),
		cmocka_unit_test(test_s6_inherited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
