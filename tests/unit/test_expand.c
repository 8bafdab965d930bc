/* SPDX-License-Identifier: ISC */
/*
 * Variables and files in the strings of a tree.
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
#include "base/util.h"
#include "profile/expand.h"

static const char *
fake_get(void *ctx, const char *name)
{
	static const char *const vars[][2] = {
		{ "HOST", "nas.local" },
		{ "CAM_PASS", "s3cret" },
		{ "EMPTY", "" },
		{ "NESTED", "${HOST}" },
		{ "LINES", "a\nb" },
		{ "api_token", "tok" },
	};

	(*(int *)ctx)++;
	for (size_t i = 0; i < NELEM(vars); i++) {
		if (strcmp(vars[i][0], name) == 0)
			return vars[i][1];
	}
	return NULL;
}

static char *
fake_read(void *ctx, const char *path, const char **cause)
{
	(*(int *)ctx)++;
	if (strcmp(path, "/run/secrets/cam") == 0)
		return xstrdup("from file");
	if (strcmp(path, "/two/lines") == 0)
		return xstrdup("one\ntwo");
	*cause = "No such file or directory";
	return NULL;
}

static int calls;
static const struct expand_env env = {
	.get = fake_get, .read = fake_read, .ctx = &calls, .stream = "cam"
};

/* Expand one string; `want` NULL: it must fail with `error`. */
static void
expect(const char *in, const char *want, const char *error)
{
	struct errors errs = { 0 };
	struct strv secrets = { 0 };
	struct jsonc d;
	char *text = xasprintf("{ \"source\": { \"url\": \"%s\" } }", in);
	const char *got;

	assert_int_equal(
	    jsonc_parse(&d, "a.json", text, strlen(text), &errs), 0);
	assert_int_equal(expand_tree(&d, &env, &secrets, &errs), want ? 0 : -1);
	got = jsonc_at(&d, "source.url")->valuestring;
	assert_string_equal(got, want ? want : in);
	if (want == NULL) {
		assert_int_equal(errs.n, 1);
		assert_string_equal(errs.v[0].text, error);
		assert_int_equal(errs.v[0].line, 1);
		assert_int_equal(errs.v[0].col, 22);
	}
	free(text);
	jsonc_clear(&d);
	strv_clear(&secrets);
	errors_clear(&errs);
}

static void
test_values(void **state UNUSED)
{
	expect("plain $HOST $5 $", "plain $HOST $5 $", NULL);
	expect("rtsp://u:${CAM_PASS}@${HOST}/1", "rtsp://u:s3cret@nas.local/1",
	    NULL);
	expect("${HOST:-x}", "nas.local", NULL);
	expect("${NONE:-a:-b}", "a:-b", NULL);
	expect("${NONE:-}", "", NULL);
	expect("${EMPTY}", "", NULL);
	expect("${EMPTY:-full}", "full", NULL);
	expect("<${file:/run/secrets/cam}>", "<from file>", NULL);
	expect("$${HOST} $$ $$${HOST}", "${HOST} $$ $${HOST}", NULL);
	expect("${NESTED}", "${HOST}", NULL);
	expect("{}}", "{}}", NULL);
}

/* The stream's name, in a profile and in the defaults of all. */
static void
test_n24_stream(void **state UNUSED)
{
	static const char text[] =
	    "{ \"defaults\": { \"a\": [\"${FFSUP_STREAM}\"] },"
	    " \"socket\": \"${FFSUP_STREAM}\" }";
	struct expand_env none = env;
	struct errors errs = { 0 };
	struct jsonc d;

	expect("/rec/${FFSUP_STREAM}/%s.mkv", "/rec/cam/%s.mkv", NULL);
	none.stream = NULL;
	assert_int_equal(
	    jsonc_parse(&d, "a.json", text, strlen(text), &errs), 0);
	assert_int_equal(expand_tree(&d, &none, NULL, &errs), -1);
	assert_int_equal(errs.n, 1);
	assert_non_null(strstr(errs.v[0].text, "socket: FFSUP_STREAM is"));
	assert_string_equal(
	    jsonc_at(&d, "defaults.a[0]")->valuestring, "FFSUP_STREAM");
	jsonc_clear(&d);
	errors_clear(&errs);
}

static void
test_errors(void **state UNUSED)
{
	expect("a${CAM_PASSWORD}", NULL,
	    "source.url: variable CAM_PASSWORD is not set; set it in the "
	    "environment or write ${CAM_PASSWORD:-default}");
	expect("${file:/none}", NULL,
	    "source.url: cannot read /none: No such file or directory");
	expect("${file:none}", NULL,
	    "source.url: ${file:...} needs an absolute path: "
	    "${file:/path}");
	expect("x${HOST", NULL,
	    "source.url: ${ is never closed; write $${ for a literal ${");
	expect("${}", NULL,
	    "source.url: a ${...} must be ${NAME}, ${NAME:-default} or "
	    "${file:/path}; write $${ for a literal ${");
	expect("${1A}", NULL,
	    "source.url: a ${...} must be ${NAME}, ${NAME:-default} or "
	    "${file:/path}; write $${ for a literal ${");
	expect("${A:=b}", NULL,
	    "source.url: a ${...} must be ${NAME}, ${NAME:-default} or "
	    "${file:/path}; write $${ for a literal ${");
	expect("${LINES}", NULL,
	    "source.url: variable LINES contains a control character or more "
	    "than one line");
	expect("${file:/two/lines}", NULL,
	    "source.url: file /two/lines contains a control character or more "
	    "than one line");
	expect("${NONE:-${HOST", NULL,
	    "source.url: ${ is never closed; write $${ for a literal ${");
	expect("${NONE:-${HOST}", NULL,
	    "source.url: a ${...} contains another ${, which is not expanded");
}

/* All errors come at once, with paths; keys are never expanded. */
static void
test_tree(void **state UNUSED)
{
	static const char text[] = "{ \"a\": [ 1, { \"b\": \"${NO1} ${NO2}\" "
				   "} ],\n\"${HOST}\": \"${NO3}\" }";
	struct errors errs = { 0 };
	struct strv secrets = { 0 };
	struct jsonc d;

	assert_int_equal(
	    jsonc_parse(&d, "a.json", text, strlen(text), &errs), 0);
	assert_int_equal(expand_tree(&d, &env, &secrets, &errs), -1);
	assert_int_equal(errs.n, 3);
	assert_true(util_has_prefix(errs.v[0].text, "a[1].b: variable NO1"));
	assert_true(util_has_prefix(errs.v[1].text, "a[1].b: variable NO2"));
	assert_true(util_has_prefix(errs.v[2].text, "${HOST}: variable NO3"));
	assert_int_equal(errs.v[2].line, 2);
	assert_int_equal(secrets.n, 0);
	jsonc_clear(&d);
	errors_clear(&errs);
}

static void
test_secrets(void **state UNUSED)
{
	static const char text[] =
	    "[\"${HOST}\", \"${CAM_PASS}\", \"${file:/run/secrets/cam}\","
	    " \"${api_token}\", \"${MY_KEY:-dflt}\", \"${NO_PASS:-}\"]";
	struct errors errs = { 0 };
	struct strv secrets = { 0 };
	struct jsonc d;

	assert_int_equal(jsonc_parse(&d, "a", text, strlen(text), &errs), 0);
	assert_int_equal(expand_tree(&d, &env, &secrets, &errs), 0);
	assert_int_equal(secrets.n, 4);
	assert_string_equal(secrets.v[0], "s3cret");
	assert_string_equal(secrets.v[1], "from file");
	assert_string_equal(secrets.v[2], "tok");
	assert_string_equal(secrets.v[3], "dflt");
	strv_clear(&secrets);
	jsonc_clear(&d);
}

/* A small file cannot ask for more memory than a large one. */
static void
test_growth(void **state UNUSED)
{
	struct errors errs = { 0 };
	struct strv secrets = { 0 };
	struct jsonc d;
	size_t n = 150000, len = 2;
	char *text = xcalloc(n * 7 + 8, 1);

	memcpy(text, "[\"", 2);
	for (size_t i = 0; i < n; i++, len += 7)
		memcpy(text + len, "${HOST}", 7);
	memcpy(text + len, "\"]", 2);
	assert_int_equal(jsonc_parse(&d, "a", text, strlen(text), &errs), -1);
	errors_clear(&errs);
	n = 140000;
	memcpy(text + 2 + n * 7, "\"]", 3);
	assert_int_equal(jsonc_parse(&d, "a", text, strlen(text), &errs), 0);
	assert_int_equal(expand_tree(&d, &env, &secrets, &errs), -1);
	assert_string_equal(
	    errs.v[0].text, "[0]: variable HOST makes the profile too large");
	assert_in_range(errs.n, 1, 200);
	errors_clear(&errs);
	jsonc_clear(&d);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_n24_stream),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
