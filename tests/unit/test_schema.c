/* SPDX-License-Identifier: ISC */
/*
 * A table with one row of every type: reading, errors with place, defaults,
 * round trip, comparing, masking, JSON Schema.
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

#include "base/buf.h"
#include "base/errors.h"
#include "base/jsonw.h"
#include "base/util.h"
#include "profile/describe.h"
#include "profile/keydiff.h"
#include "profile/schema.h"
#include "readback.h"

struct sub {
	struct key_set key;
	char *url;
	char *password;
	int64_t wait;
};

struct timing {
	struct key_set key;
	int64_t stall;
	double factor;
};

struct all {
	bool on;
	int64_t nice;
	double gain;
	char *title;
	int mode;
	int64_t wait, rate, space;
	struct size size;
	struct rate fps;
	struct strv args, options, env;
	struct sub video;
	struct timing timing;
	struct key_list outputs;
};

static const char *const modes[] = { "smpte", "counter", "noise", NULL };
static const char *const words[] = { "copy", "none", NULL };

static const struct key sub_keys[] = {
	{ .name = "url",
	    .type = KEY_STRING,
	    .offset = offsetof(struct sub, url),
	    .flags = KEY_REQUIRED | KEY_URL,
	    .help = "Where to." },
	{ .name = "password",
	    .type = KEY_STRING,
	    .flags = KEY_SECRET,
	    .offset = offsetof(struct sub, password) },
	{ .name = "wait",
	    .type = KEY_DURATION,
	    .def = "2s",
	    .unit = "s",
	    .offset = offsetof(struct sub, wait),
	    .help = "How long." },
	{ 0 },
};

static const struct key timing_keys[] = {
	{ .name = "stall",
	    .type = KEY_DURATION,
	    .min = 1000,
	    .max = 3600000,
	    .def = "15s",
	    .offset = offsetof(struct timing, stall),
	    .flags = KEY_LIVE },
	{ .name = "factor",
	    .type = KEY_NUMBER,
	    .min = 1,
	    .max = 10,
	    .def = "2.5",
	    .offset = offsetof(struct timing, factor) },
	{ 0 },
};

#define ROW(n, t) .name = #n, .type = t, .offset = offsetof(struct all, n)

static const struct key all_keys[] = {
	{ ROW(on, KEY_BOOL), .def = "true", .help = "Whether." },
	{ ROW(nice, KEY_INT), .min = -20, .max = 19, .unit = "steps" },
	{ ROW(gain, KEY_NUMBER), .def = "0.2" },
	{ ROW(title, KEY_STRING), .def = "none" },
	{ ROW(mode, KEY_ENUM), .choices = modes },
	{ ROW(wait, KEY_DURATION), .def = "500ms" },
	{ ROW(rate, KEY_BITRATE) },
	{ ROW(space, KEY_BYTES), .min = 1e6, .max = 1e13 },
	{ ROW(size, KEY_SIZE) },
	{ ROW(fps, KEY_RATE), .flags = KEY_REQUIRED },
	{ ROW(args, KEY_STRINGS) },
	{ ROW(options, KEY_OPTIONS) },
	{ ROW(env, KEY_ENV) },
	{ ROW(video, KEY_OBJECT), .sub = sub_keys, .choices = words },
	{ ROW(timing, KEY_OBJECT), .sub = timing_keys },
	{ ROW(outputs, KEY_LIST), .sub = sub_keys, .size = sizeof(struct sub) },
	{ 0 },
};

static const char full[] =
    "{ \"$schema\": \"x\", \"x-note\": [], \"on\": false, \"nice\": -5,\n"
    "\"gain\": 0.1, \"title\": \"a \\\"b\\\" \\u00e9\",\n"
    "\"mode\": \"noise\", \"wait\": 1.5, \"rate\": \"2500k\",\n"
    "\"space\": \"512MiB\", \"size\": \"1280x720\", \"fps\": 29.97,\n"
    "\"args\": [\"-i\", \"\", \"rtmp://u:p@h/live/key\"],\n"
    "\"options\": { \"b:v\": 1000000, \"x\": true, \"y\": 0.00001,\n"
    "  \"z\": \"\", \"x-y\": false },\n"
    "\"env\": { \"TZ\": \"UTC=0\", \"N\": 5 },\n"
    "\"video\": \"none\", \"timing\": { \"stall\": \"90s\" },\n"
    "\"outputs\": [ { \"url\": \"rtmp://h/live/key\", \"x-a\": 1 },\n"
    "  { \"url\": \"b\", \"password\": \"hunter2\", \"wait\": \"0\" } ] }";

/* Read `text` into `a`; the first error must be `error`, NULL for none. */
static void
read_all(struct all *a, const char *text, const char *error)
{
	struct errors errs = { 0 };
	struct jsonc d;
	char *got;
	int rc;

	memset(a, 0, sizeof(*a));
	assert_int_equal(jsonc_parse(&d, "a", text, strlen(text), &errs), 0);
	rc = schema_read(all_keys, a, &d, d.root, "", 0, &errs);
	assert_int_equal(rc, errs.n > 0 ? -1 : 0);
	if (error == NULL) {
		if (errs.n > 0)
			fail_msg("%s: %s", text, errs.v[0].text);
	} else {
		if (errs.n == 0)
			fail_msg("%s: no error", text);
		got = errors_format(&errs.v[0]);
		assert_string_equal(got, error);
		free(got);
	}
	jsonc_clear(&d);
	errors_clear(&errs);
}

/* One key beside the required one must fail with `error` at its value. */
static void
expect_error(const char *member, const char *error)
{
	struct all a;
	char *text = xasprintf("{\"fps\":1,%s}", member);
	const char *value = strchr(text + 9, ':');
	char *want =
	    xasprintf("a:1:%d: error: %s", (int)(value - text) + 2, error);

	read_all(&a, text, want);
	schema_clear(all_keys, &a);
	free(want);
	free(text);
}

static void
test_values(void **state UNUSED)
{
	static const char *const options[] = { "-b:v", "1000000", "-x", "1",
		"-y", "0.00001", "-z", "", "-x-y", "0" };
	struct all a;
	struct sub *o;

	read_all(&a, full, NULL);
	assert_false(a.on);
	assert_int_equal(a.nice, -5);
	assert_true(a.gain == 0.1);
	assert_string_equal(a.title, "a \"b\" \xc3\xa9");
	assert_int_equal(a.mode, 2);
	assert_int_equal(a.wait, 1500);
	assert_int_equal(a.rate, 2500000);
	assert_int_equal(a.space, 536870912);
	assert_int_equal(a.size.w, 1280);
	assert_int_equal(a.size.h, 720);
	assert_int_equal(a.fps.num, 30000);
	assert_int_equal(a.fps.den, 1001);
	assert_int_equal(a.args.n, 3);
	assert_string_equal(a.args.v[1], "");
	assert_int_equal(a.options.n, NELEM(options));
	for (size_t i = 0; i < NELEM(options); i++)
		assert_string_equal(a.options.v[i], options[i]);
	assert_string_equal(a.env.v[0], "TZ=UTC=0");
	assert_string_equal(a.env.v[1], "N=5");
	assert_true(a.video.key.set);
	assert_int_equal(a.video.key.word, 1);
	assert_int_equal(a.timing.stall, 90000);
	assert_true(a.timing.factor == 2.5);
	assert_int_equal(a.outputs.n, 2);
	o = a.outputs.v;
	assert_true(o[0].key.set);
	assert_int_equal(o[0].key.word, -1);
	assert_int_equal(o[0].wait, 2000);
	assert_int_equal(o[1].wait, 0);
	assert_string_equal(o[1].password, "hunter2");
	schema_clear(all_keys, &a);
	assert_null(a.outputs.v);
	assert_null(a.title);
	schema_clear(all_keys, &a);
}

static void
test_defaults(void **state UNUSED)
{
	struct errors errs = { 0 };
	struct jsonc d;
	struct all a;

	read_all(&a, "{\"fps\": 25}", NULL);
	assert_true(a.on);
	assert_int_equal(a.nice, 0);
	assert_true(a.gain == 0.2);
	assert_string_equal(a.title, "none");
	assert_int_equal(a.mode, -1);
	assert_int_equal(a.wait, 500);
	assert_int_equal(a.size.w, 0);
	assert_false(a.video.key.set);
	assert_int_equal(a.video.key.word, -1);
	assert_int_equal(a.video.wait, 2000);
	assert_int_equal(a.timing.stall, 15000);
	assert_int_equal(a.outputs.n, 0);
	schema_clear(all_keys, &a);

	assert_int_equal(jsonc_parse(&d, "a", "{}", 2, &errs), 0);
	memset(&a, 0, sizeof(a));
	assert_int_equal(schema_read(all_keys, &a, &d, d.root, "defaults",
			     SCHEMA_PARTIAL, &errs),
	    0);
	schema_clear(all_keys, &a);
	memset(&a, 0, sizeof(a));
	assert_int_equal(
	    schema_read(all_keys, &a, &d, d.root, "", 0, &errs), -1);
	assert_string_equal(errs.v[0].text, "fps: required key is missing");
	schema_clear(all_keys, &a);
	errors_clear(&errs);
	jsonc_clear(&d);
}

static void
test_errors(void **state UNUSED)
{
	static const char *const cases[][2] = {
		{ "\"on\":1", "on: expected true or false, found 1" },
		{ "\"on\":\"yes\"",
		    "on: expected true or false, found \"yes\"" },
		{ "\"nice\":1.5", "nice: must be a whole number, found 1.5" },
		{ "\"nice\":20",
		    "nice: must be from -20 to 19 steps, found 20" },
		{ "\"nice\":\"5x\"",
		    "nice: expected a whole number, found \"5x\"" },
		{ "\"gain\":null", "gain: expected a number, found null" },
		{ "\"title\":5",
		    "title: expected a string in double quotes, found 5" },
		{ "\"title\":\"\"", "title: must not be empty" },
		{ "\"title\":\"a\\nb\"",
		    "title: must not contain control characters" },
		{ "\"mode\":\"nois\"",
		    "mode: expected one of smpte, counter, noise, found "
		    "\"nois\", did you mean \"noise\"?" },
		{ "\"mode\":true",
		    "mode: expected a word in double quotes, found true" },
		{ "\"wait\":[]",
		    "wait: expected a duration such as \"15s\", "
		    "found an array" },
		{ "\"wait\":\"15 sec\"",
		    "wait: expected a duration such as "
		    "\"15s\", found \"15 sec\"" },
		{ "\"wait\":\"s\"",
		    "wait: expected a duration such as "
		    "\"15s\", found \"s\"" },
		{ "\"wait\":-1", "wait: must be from 0 to 3650d, found -1" },
		{ "\"wait\":\"9999999h\"",
		    "wait: must be from 0 to 3650d, found 9999999h" },
		{ "\"wait\":1e15",
		    "wait: must be from 0 to 3650d, found "
		    "1000000000000000" },
		{ "\"rate\":\"2500kb\"",
		    "rate: expected a bitrate such as "
		    "\"2500k\", found \"2500kb\"" },
		{ "\"space\":\"10kB\"",
		    "space: must be from 1MB to 10TB, found 10kB" },
		{ "\"size\":\"hd720\"", "size: write hd720 as \"1280x720\"" },
		{ "\"size\":\"0x10\"",
		    "size: width and height must be from "
		    "1 to 16384, found 0x10" },
		{ "\"size\":\"99999999999x10\"",
		    "size: width and height must be from 1 to 16384, found "
		    "99999999999x10" },
		{ "\"size\":\"12x\"",
		    "size: expected a size such as "
		    "\"1280x720\", found \"12x\"" },
		{ "\"size\":720",
		    "size: expected a size such as "
		    "\"1280x720\", found 720" },
		{ "\"args\":\"-i x\"",
		    "args: expected a list of strings such "
		    "as [\"a\", \"b\"], found \"-i x\"" },
		{ "\"args\":[]", "args: must not be empty" },
		{ "\"options\":[]",
		    "options: expected options such as { "
		    "\"name\": \"value\" }, found an array" },
		{ "\"env\":5",
		    "env: expected variables such as { \"NAME\": "
		    "\"value\" }, found 5" },
		{ "\"video\":\"cpoy\"",
		    "video: expected one of copy, none or an object, found "
		    "\"cpoy\", did you mean \"copy\"?" },
		{ "\"video\":5",
		    "video: expected one of copy, none or an "
		    "object, found 5" },
		{ "\"timing\":\"copy\"",
		    "timing: expected an object in { }, "
		    "found \"copy\"" },
		{ "\"outputs\":{}",
		    "outputs: expected a list of objects in "
		    "[ ], found an object" },
		{ "\"outputs\":[]", "outputs: must not be empty" },
	};

	for (size_t i = 0; i < NELEM(cases); i++)
		expect_error(cases[i][0], cases[i][1]);
}

/* Errors whose place is not the value of a key of the root. */
static void
test_resolve(void **state UNUSED)
{
	static const char *const cases[][2] = {
		{ "5", "a:1:1: error: expected an object in { }, found 5" },
		{ "{\"fps\":1,\n\"ouputs\":5}",
		    "a:2:1: error: ouputs: unknown key, did you mean "
		    "\"outputs\"?" },
		{ "{\"fps\":1,\n\"FPS\":5}",
		    "a:2:1: error: FPS: unknown key, did you mean \"fps\"?" },
		{ "{\"fps\":1,\"timing\":\n{\"zzzzz\":5}}",
		    "a:2:2: error: timing.zzzzz: unknown key, one of: stall, "
		    "factor" },
		{ "{\"fps\":1,\"outputs\":[{\"url\":\"\"}]}",
		    "a:1:28: error: outputs[0].url: must not be empty" },
		{ "{\"fps\":1,\"outputs\":[{\"url\":\"a\"}, {}]}",
		    "a:1:34: error: outputs[1].url: required key is "
		    "missing" },
		{ "{\"fps\":1,\"outputs\":[5]}",
		    "a:1:21: error: outputs[0]: expected an object in { }, "
		    "found 5" },
		{ "{\"fps\":1,\"args\":[\"\"]}",
		    "a:1:18: error: args[0]: must not be empty" },
		{ "{\"fps\":1,\"args\":[\"a\", 5]}",
		    "a:1:23: error: args[1]: expected a string in double "
		    "quotes, found 5" },
		{ "{\"fps\":1,\"options\":{\"-t\":5}}",
		    "a:1:21: error: options.-t: write the name without the "
		    "leading dash" },
		{ "{\"fps\":1,\"options\":{\"a b\":5}}",
		    "a:1:21: error: options.a b: an option's name consists of "
		    "letters, digits and _ : . -" },
		{ "{\"fps\":1,\"options\":{\"a\":[]}}",
		    "a:1:25: error: options.a: expected a string, a number, "
		    "true or false, found an array" },
		{ "{\"fps\":1,\"options\":{\"a\":12345678901234567890}}",
		    "a:1:25: error: options.a: too large to be exact; write it "
		    "in double quotes" },
		{ "{\"fps\":1,\"env\":{\"1A\":5}}",
		    "a:1:17: error: env.1A: a variable's name consists of "
		    "letters, digits and _, and does not begin with a digit" },
		{ "{\"fps\":1,\"env\":{\"A\":true}}",
		    "a:1:21: error: env.A: expected a string or a number, "
		    "found true" },
		{ "{\"fps\":1,\"video\":{\"url\":\"u\",\"password\":1234}}",
		    "a:1:40: error: video.password: expected a string in "
		    "double quotes, found a number" },
	};
	struct all a;

	for (size_t i = 0; i < NELEM(cases); i++) {
		read_all(&a, cases[i][0], cases[i][1]);
		schema_clear(all_keys, &a);
	}
}

/* Everything is reported, but a hostile file does not flood. */
static void
test_many_errors(void **state UNUSED)
{
	static const char text[] = "{ \"onn\": 1, \"nice\": \"x\", \"wait\": "
				   "\"x\", \"outputs\": [{}, {}] }";
	struct errors errs = { 0 };
	struct jsonc d;
	struct all a = { 0 };
	struct buf b;

	assert_int_equal(jsonc_parse(&d, "a", text, strlen(text), &errs), 0);
	assert_int_equal(
	    schema_read(all_keys, &a, &d, d.root, "", 0, &errs), -1);
	assert_int_equal(errs.n, 6); /* fps is missing, too */
	schema_clear(all_keys, &a);
	jsonc_clear(&d);
	errors_clear(&errs);

	buf_init(&b, 0);
	buf_puts(&b, "{\"fps\": 1, \"outputs\": [{}");
	for (int i = 0; i < 100000; i++)
		buf_puts(&b, ",{}");
	buf_puts(&b, "]}");
	assert_int_equal(jsonc_parse(&d, "a", buf_text(&b), b.len, &errs), 0);
	memset(&a, 0, sizeof(a));
	assert_int_equal(
	    schema_read(all_keys, &a, &d, d.root, "", 0, &errs), -1);
	assert_int_equal(errs.n, 101);
	schema_clear(all_keys, &a);
	jsonc_clear(&d);
	errors_clear(&errs);
	buf_clear(&b);
}

static void
test_rates(void **state UNUSED)
{
	static const struct {
		const char *text;
		int64_t num, den;
	} good[] = {
		{ "30", 30, 1 },
		{ "23.976", 24000, 1001 },
		{ "59.94", 60000, 1001 },
		{ "12.5", 25, 2 },
		{ "0.001", 1, 1000 },
		{ "1e3", 1000, 1 },
		{ "\"30000/1001\"", 30000, 1001 },
		{ "\"50/2\"", 25, 1 },
		{ "\"29.97\"", 30000, 1001 },
	};
	static const char *const bad[] = { "0", "-1", "1000.5", "29.9701",
		"1e300", "\"30/0\"", "\"0/1\"", "\"-30/1\"", "\"/\"",
		"\"30/1/1\"", "\"99999999999/1\"", "\"\"", "\"30fps\"", "true",
		"{}" };
	struct errors errs = { 0 };
	struct jsonc d;
	struct all a;
	char *text;

	for (size_t i = 0; i < NELEM(good); i++) {
		text = xasprintf("{\"fps\":%s}", good[i].text);
		read_all(&a, text, NULL);
		assert_int_equal(a.fps.num, good[i].num);
		assert_int_equal(a.fps.den, good[i].den);
		schema_clear(all_keys, &a);
		free(text);
	}
	for (size_t i = 0; i < NELEM(bad); i++) {
		text = xasprintf("{\"fps\":%s}", bad[i]);
		memset(&a, 0, sizeof(a));
		assert_int_equal(
		    jsonc_parse(&d, "a", text, strlen(text), &errs), 0);
		if (schema_read(all_keys, &a, &d, d.root, "", 0, &errs) == 0)
			fail_msg("%s was accepted", text);
		schema_clear(all_keys, &a);
		jsonc_clear(&d);
		free(text);
	}
	assert_int_equal(errs.n, NELEM(bad));
	errors_clear(&errs);
}

static void
test_quantities(void **state UNUSED)
{
	static const struct {
		const char *text;
		int64_t ms;
	} times[] = {
		{ "500ms", 500 },
		{ "15s", 15000 },
		{ "1.5s", 1500 },
		{ "10m", 600000 },
		{ "2h", 7200000 },
		{ "1d", 86400000 },
		{ "15", 15000 },
		{ "0", 0 },
		{ "3650d", 315360000000 },
	};
	static const char *const bad[] = { "", "s", "15 s", "-1s", "1e3",
		"0x10", "nan", "inf", "15sec", ".5s", "1.s", "3651d",
		"999999999999999999999999d" };
	struct all a;
	int64_t ms;

	for (size_t i = 0; i < NELEM(times); i++) {
		assert_int_equal(schema_parse_duration(times[i].text, &ms), 0);
		assert_int_equal(ms, times[i].ms);
	}
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_int_equal(schema_parse_duration(bad[i], &ms), -1);

	read_all(&a,
	    "{\"fps\":1,\"rate\":\"2.5M\",\"space\":\"50GB\","
	    "\"nice\":\"7\"}",
	    NULL);
	assert_int_equal(a.rate, 2500000);
	assert_int_equal(a.space, 50000000000);
	assert_int_equal(a.nice, 7); /* as "${NICE}" leaves it */
	schema_clear(all_keys, &a);
}

/* Every value that is written as it was read is the same again. */
static void
test_read_back(void **state UNUSED)
{
	static const char *const texts[] = { full, "{\"fps\": 25}",
		"{\"fps\":\"1/3\",\"video\":{\"url\":\"u\",\"wait\":0.001},"
		"\"space\":1024001,\"rate\":123,\"gain\":0.30000000000000004,"
		"\"nice\":0,\"wait\":\"36h\"}" };
	struct all a, b;

	for (size_t i = 0; i < NELEM(texts); i++) {
		const struct key *bad;
		char *diff;

		read_all(&a, texts[i], NULL);
		read_all(&b, texts[i], NULL);
		bad = readback_fails(all_keys, &a);
		if (bad != NULL)
			fail_msg("%s: %s", texts[i], bad->name);
		assert_true(keydiff_equal(all_keys, &a, &b, 0));
		diff = keydiff_text(all_keys, &a, &b);
		assert_string_equal(diff, "");
		free(diff);
		schema_clear(all_keys, &a);
		schema_clear(all_keys, &b);
	}
}

/* The changes from one profile to another, for a person. */
static void
expect_diff(const char *from, const char *to, const char *want)
{
	struct all a, b;
	char *diff;

	read_all(&a, from, NULL);
	read_all(&b, to, NULL);
	assert_int_equal(keydiff_equal(all_keys, &a, &b, 0), *want == '\0');
	diff = keydiff_text(all_keys, &a, &b);
	assert_string_equal(diff, want);
	free(diff);
	schema_clear(all_keys, &a);
	schema_clear(all_keys, &b);
}

static void
test_diff(void **state UNUSED)
{
	struct all a, b;

	expect_diff("{\"fps\":25,\"timing\":{}}", "{\"fps\":25}", "");
	expect_diff("{\"fps\":25,\"rate\":\"2M\"}",
	    "{\"fps\":30,\"rate\":\"3000k\",\"nice\":1}",
	    "nice unset -> 1, rate 2000k -> 3000k, fps 25 -> 30");
	expect_diff("{\"fps\":1}", "{\"fps\":1,\"video\":\"copy\"}",
	    "video unset -> copy");
	expect_diff("{\"fps\":1,\"args\":[\"a\"],\"video\":{\"url\":\"a\"}}",
	    "{\"fps\":1,\"args\":[\"b\"],\"video\":{\"url\":\"b\"}}",
	    "args changed, video.url a -> b");
	expect_diff("{\"fps\":1,\"outputs\":[{\"url\":\"rtmp://h/a/k1\","
		    "\"password\":\"a\"}]}",
	    "{\"fps\":1,\"outputs\":[{\"url\":\"rtmp://h/a/k2\","
	    "\"password\":\"b\"}]}",
	    "outputs[0].url changed, outputs[0].password changed");
	expect_diff("{\"fps\":1,\"outputs\":[{\"url\":\"a\"}]}",
	    "{\"fps\":1,\"outputs\":[{\"url\":\"a\"},{\"url\":\"b\"}]}",
	    "outputs 1 -> 2 entries");
	expect_diff("{\"fps\":1,\"gain\":1,\"nice\":1,\"wait\":1,\"rate\":1}",
	    "{\"fps\":2,\"gain\":2,\"nice\":2,\"wait\":2,\"rate\":2,"
	    "\"size\":\"1x1\",\"on\":false}",
	    "on true -> false, nice 1 -> 2, gain 1 -> 2, wait 1s -> 2s, "
	    "rate 1 -> 2, ...");

	read_all(&a, "{\"fps\":1,\"timing\":{\"stall\":5}}", NULL);
	read_all(&b, "{\"fps\":1,\"timing\":{\"stall\":6}}", NULL);
	assert_false(keydiff_equal(all_keys, &a, &b, 0));
	assert_true(keydiff_equal(all_keys, &a, &b, KEY_LIVE));
	schema_clear(all_keys, &a);
	schema_clear(all_keys, &b);
}

/* The schema is JSON and says the same as the table. */
static void
test_describe(void **state UNUSED)
{
	struct errors errs = { 0 };
	struct jsonc d;
	struct buf b;
	struct jsonw j;

	buf_init(&b, 0);
	jsonw_init(&j, &b);
	describe_table(all_keys, &j);
	assert_int_equal(jsonc_parse(&d, "a", buf_text(&b), b.len, &errs), 0);
	assert_true(cJSON_IsFalse(jsonc_at(&d, "additionalProperties")));
	assert_string_equal(jsonc_at(&d, "required[0]")->valuestring, "fps");
	assert_string_equal(
	    jsonc_at(&d, "properties.mode.anyOf[0].enum[1]")->valuestring,
	    "counter");
	assert_int_equal(
	    jsonc_at(&d, "properties.nice.anyOf[0].minimum")->valueint, -20);
	assert_string_equal(
	    jsonc_at(&d, "properties.outputs.items.required[0]")->valuestring,
	    "url");
	assert_string_equal(jsonc_at(&d,
				"properties.outputs.items.properties.wait."
				"description")
				->valuestring,
	    "How long. Default: 2s. Unit: s.");
	for (const struct key *k = all_keys; k->name != NULL; k++)
		assert_non_null(jsonc_get(jsonc_at(&d, "properties"), k->name));
	jsonc_clear(&d);
	buf_clear(&b);
}

/* Cross-checks of others find the place of a path. */
static void
test_error_at(void **state UNUSED)
{
	static const char text[] = "{\n\"a\": {\n  \"b\": 1}}";
	struct errors errs = { 0 };
	struct jsonc d;

	assert_int_equal(jsonc_parse(&d, "a", text, strlen(text), &errs), 0);
	schema_warn(&d, "a.b", &errs, "odd %d", 7);
	assert_false(errors_any(&errs));
	schema_error(&d, "a.c", &errs, "missing");
	schema_error(&d, "", &errs, "all wrong");
	assert_true(errors_any(&errs));
	errors_sort(&errs);
	assert_string_equal(errs.v[0].text, "all wrong");
	assert_int_equal(errs.v[1].line, 2);
	assert_string_equal(errs.v[1].text, "a.c: missing");
	assert_int_equal(errs.v[2].col, 3);
	assert_true(errs.v[2].warning);
	assert_string_equal(errs.v[2].text, "a.b: odd 7");
	jsonc_clear(&d);
	errors_clear(&errs);
}

/* --- an object that may be a list --------------------------------------- */

struct way {
	struct key_set key;
	char *url;
	char *password;
	int64_t wait;
	struct key_list more;
};

struct ways {
	struct way way;
};

static const struct key way_keys[] = {
	{ .name = "url",
	    .type = KEY_STRING,
	    .offset = offsetof(struct way, url),
	    .flags = KEY_REQUIRED | KEY_URL },
	{ .name = "password",
	    .type = KEY_STRING,
	    .flags = KEY_SECRET,
	    .offset = offsetof(struct way, password) },
	{ .name = "wait",
	    .type = KEY_DURATION,
	    .def = "2s",
	    .offset = offsetof(struct way, wait) },
	{ 0 },
};

static const struct key ways_keys[] = {
	{ .name = "way",
	    .type = KEY_OBJECT,
	    .offset = offsetof(struct ways, way),
	    .sub = way_keys,
	    .size = sizeof(struct way),
	    .more = offsetof(struct way, more),
	    .max = 3 },
	{ 0 },
};

/* Read; the errors, one a line. Caller frees. */
static char *
read_ways(struct ways *w, const char *text)
{
	struct errors errs = { 0 };
	struct jsonc d;
	struct buf b;

	memset(w, 0, sizeof(*w));
	buf_init(&b, 0);
	assert_int_equal(jsonc_parse(&d, "w", text, strlen(text), &errs), 0);
	schema_read(ways_keys, w, &d, d.root, "", 0, &errs);
	for (size_t i = 0; i < errs.n; i++)
		buf_putf(&b, "%d %s\n", errs.v[i].col, errs.v[i].text);
	jsonc_clear(&d);
	errors_clear(&errs);
	return buf_steal(&b);
}

/* Read a valid text. */
static void
read_good_ways(struct ways *w, const char *text)
{
	char *errors = read_ways(w, text);

	assert_string_equal(errors, "");
	free(errors);
}

/* The first fills the struct, the others its list, each with its defaults. */
static void
test_many(void **state UNUSED)
{
	static const struct {
		const char *text;
		struct {
			const char *url, *password;
			int64_t wait;
		} ways[3]; /* url NULL: no more */
	} rows[] = {
		{ "{\"way\":{\"url\":\"a\"}}", { { "a", NULL, 2000 } } },
		{ "{\"way\":[{\"url\":\"a\",\"wait\":3}]}",
		    { { "a", NULL, 3000 } } },
		{ "{\"way\":[{\"url\":\"a\"},{\"url\":\"b\",\"password\":"
		  "\"p\",\"wait\":1},{\"url\":\"c\"}]}",
		    { { "a", NULL, 2000 }, { "b", "p", 1000 },
			{ "c", NULL, 2000 } } },
	};
	struct ways w;

	for (size_t i = 0; i < NELEM(rows); i++) {
		size_t n = 0;

		read_good_ways(&w, rows[i].text);
		assert_true(w.way.key.set);
		for (; n < 3 && rows[i].ways[n].url != NULL; n++) {
			const struct way *more = w.way.more.v;
			const struct way *is = n == 0 ? &w.way : &more[n - 1];

			assert_string_equal(is->url, rows[i].ways[n].url);
			assert_true(
			    util_streq(is->password, rows[i].ways[n].password));
			assert_int_equal(is->wait, rows[i].ways[n].wait);
		}
		assert_int_equal(w.way.more.n, n - 1);
		schema_clear(ways_keys, &w);
		assert_null(w.way.more.v);
		schema_clear(ways_keys, &w);
	}
}

/* Each error at its place. */
static void
test_many_wrong(void **state UNUSED)
{
	static const char *const rows[][2] = {
		{ "{\"way\":[]}", "8 way: must not be empty\n" },
		{ "{\"way\":[{\"url\":\"a\"},{\"ulr\":\"b\"}]}",
		    "22 way[1].ulr: unknown key, did you mean \"url\"?\n"
		    "21 way[1].url: required key is missing\n" },
		{ "{\"way\":[{\"url\":\"a\",\"wait\":\"x\"},5]}",
		    "27 way[0].wait: expected a duration such as \"15s\", "
		    "found \"x\"\n32 way[1]: expected an object in { }, found "
		    "5\n" },
		{ "{\"way\":[{},{},{},{}]}",
		    "8 way: has 4 entries; at most 3 are allowed\n" },
		{ "{\"way\":5}",
		    "8 way: expected an object in { } or a list of them, "
		    "found 5\n" },
	};
	struct ways w;
	char *text;

	for (size_t i = 0; i < NELEM(rows); i++) {
		text = read_ways(&w, rows[i][0]);
		assert_string_equal(text, rows[i][1]);
		schema_clear(ways_keys, &w);
		free(text);
	}
}

static void
test_many_diff(void **state UNUSED)
{
	static const char *const rows[][3] = {
		{ "{\"url\":\"a\"}", "[{\"url\":\"a\"}]", "" },
		{ "[{\"url\":\"a\"}]", "[{\"url\":\"b\"}]", "way.url a -> b" },
		{ "{\"url\":\"a\"}", "[{\"url\":\"a\"},{\"url\":\"a\"}]",
		    "way 1 -> 2 entries" },
		{ "[{\"url\":\"a\"},{\"url\":\"b\"}]",
		    "[{\"url\":\"x\"},{\"url\":\"b\",\"wait\":5}]",
		    "way[0].url a -> x, way[1].wait 2s -> 5s" },
	};
	struct ways a, b;

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *from = xasprintf("{\"way\":%s}", rows[i][0]);
		char *to = xasprintf("{\"way\":%s}", rows[i][1]), *diff;

		read_good_ways(&a, from);
		read_good_ways(&b, to);
		diff = keydiff_text(ways_keys, &a, &b);
		assert_string_equal(diff, rows[i][2]);
		assert_int_equal(
		    keydiff_equal(ways_keys, &a, &b, 0), *diff == '\0');
		schema_clear(ways_keys, &a);
		schema_clear(ways_keys, &b);
		free(from);
		free(to);
		free(diff);
	}
}

/* An editor knows both forms. */
static void
test_many_describe(void **state UNUSED)
{
	struct buf b;
	struct jsonw j;
	char *text;

	buf_init(&b, 0);
	jsonw_init(&j, &b);
	describe_table(ways_keys, &j);
	text = buf_steal(&b);
	assert_non_null(
	    strstr(text, "\"way\":{\"oneOf\":[{\"type\":\"object\""));
	assert_non_null(
	    strstr(text, "{\"type\":\"array\",\"minItems\":1,\"maxItems\":3,"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_many_errors),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_quantities),
		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_diff),
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_error_at),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_many_wrong),
		cmocka_unit_test(test_many_diff),
		cmocka_unit_test(test_many_describe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
