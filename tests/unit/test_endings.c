/* SPDX-License-Identifier: ISC */
/*
 * Recorded endings of ffmpeg 4.3, 5.1, 7.1 and 9.0, and of programs: each with
 * what an expert would say of it. `test_endings --sheet [ID...]` prints what
 * `ffsup why` says of each.
 */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/fs.h"
#include "base/url.h"
#include "base/util.h"
#include "ffmpeg/ffadvice.h"
#include "ffmpeg/ffcause.h"
#include "ffmpeg/ffkey.h"
#include "ffmpeg/ffout.h"
#include "ffmpeg/ffplace.h"
#include "ffmpeg/ffsubject.h"
#include "process/child.h"
#include "process/ending.h"
#include "process/runlog.h"
#include "profile/plan.h"
#include "readprofile.h"

#define RECORDED_MAX 64

static const char *const policy_names[] = {
	[POLICY_NORMAL] = "normal",
	[POLICY_AUTH] = "auth",
	[POLICY_DEVICE] = "device",
	[POLICY_SLOW] = "slow",
	[POLICY_PATIENT] = "patient",
	[POLICY_RARE] = "rare",
	[POLICY_HELD] = "held",
};
_Static_assert(NELEM(policy_names) == N_FAIL_POLICIES, "a name for each");

static const char *
text_of(const cJSON *o, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItem(o, key));
}

/* A number, or what it is where the row has none. */
static int
number_of(const cJSON *o, const char *key, int otherwise)
{
	const cJSON *n = cJSON_GetObjectItem(o, key);

	return cJSON_IsNumber(n) ? n->valueint : otherwise;
}

static bool
is_true(const cJSON *o, const char *key)
{
	return cJSON_IsTrue(cJSON_GetObjectItem(o, key));
}

static int
signal_of(const cJSON *o)
{
	for (int i = 1; i < 32; i++)
		if (util_streq(ffclass_signal_name(i), text_of(o, "signal")))
			return i;
	return 0;
}

/* The facts of a row; the lines and addresses are borrowed from it. */
static void
read_row(struct ffcause_end *end, struct ffplaces *places, const char **lines,
    const cJSON *o)
{
	const char *cause = text_of(o, "cause");
	struct ffout_line l;
	const cJSON *line;

	*places = (struct ffplaces){
		.source = { .address = cJSON_GetStringValue(
				cJSON_GetObjectItem(o, "source")),
		    .login = is_true(o, "login"),
		    .files = is_true(o, "files"),
		    .timeout_ms = number_of(o, "timeout_ms", 20000) },
		.output = { .address = cJSON_GetStringValue(
				cJSON_GetObjectItem(o, "output")),
		    .login = is_true(o, "login"),
		    .timeout_ms = number_of(o, "timeout_ms", 20000) },
		.fed = is_true(o, "fed"),
	};
	*end = (struct ffcause_end){
		.code = number_of(o, "code", -1),
		.signal = signal_of(o),
		.stopped = cause != NULL,
		.ffmpeg = !util_streq(text_of(o, "role"), "producer"),
		.again = is_true(o, "again"),
		.cause = cause == NULL ? FAIL_NONE : ffclass_by_name(cause),
		.lived_ms = number_of(o, "lived_ms", 0),
		.media_ms = number_of(o, "media_ms", -1),
		.places = places,
		.lines = lines,
	};
	cJSON_ArrayForEach(line, cJSON_GetObjectItem(o, "lines")) {
		assert_true(end->n_lines < RECORDED_MAX);
		ffout_untag(&l, line->valuestring);
		end->opened |= util_has_prefix(l.text, "Input #0,");
		end->wrote |= util_has_prefix(l.text, "Output #0,");
		lines[end->n_lines++] = line->valuestring;
	}
}

/* What was found, as the row has it. */
static char *
found_text(const struct ffcause_verdict *v, const char *subject, int also)
{
	const char *detail = ffdetail_names[v->detail];
	const char *side = ffside_names[v->side];

	return xasprintf("%s, %s, %s, %s, %s, %d, %d", ffclass_names[v->class],
	    detail == NULL ? "-" : detail, side == NULL ? "-" : side,
	    subject == NULL ? "-" : subject, policy_names[v->policy], v->proof,
	    also);
}

static char *
wanted_text(const cJSON *o)
{
	static const char *const keys[] = { "class", "detail", "side",
		"subject", "policy" };
	char *text = xstrdup(""), *longer;

	for (size_t i = 0; i < NELEM(keys); i++) {
		const char *word = text_of(o, keys[i]);

		longer = xasprintf("%s%s, ", text, word == NULL ? "-" : word);
		free(text);
		text = longer;
	}
	longer = xasprintf("%s%d, %d", text, number_of(o, "proof", -1),
	    number_of(o, "also", -1));
	free(text);
	return longer;
}

/* The verdict on a start that failed before exec with that errno: what
 * process/ending says of it. */
static struct ffcause_verdict
judge_unborn(int err, char **subject)
{
	struct child_error error = {
		.stage = CHILD_STAGE_FIND, .err = err, .what = "ffmpeg"
	};
	struct runlog log;
	struct ending_run run = {
		.log = &log, .unborn = &error, .ffmpeg = true
	};
	struct endings kept = { .n = 0 };
	struct ending e;
	struct ffcause_verdict v;

	runlog_init(&log, 1, 1);
	e = ending_make(&run, 127 << 8, 0, 0);
	v = (struct ffcause_verdict){ e.class, e.policy, e.detail, e.side, -1,
		-1 };
	*subject = xstrdup(e.subject);
	ending_keep(&kept, &e);
	ending_clear(&kept);
	runlog_clear(&log);
	return v;
}

/* Whether a row is as it should be; it is told where it is not. */
static bool
is_right(const cJSON *o)
{
	const char *lines[RECORDED_MAX];
	struct ffcause_end end;
	struct ffplaces places;
	struct ffcause_verdict v;
	char *subject, *found, *wanted = wanted_text(o);
	bool right;

	read_row(&end, &places, lines, o);
	if (number_of(o, "unborn", 0) != 0) {
		v = judge_unborn(number_of(o, "unborn", 0), &subject);
	} else {
		v = ffcause_of(&end);
		subject = ffsubject_of(&end, &v);
	}
	found = found_text(&v, subject, ffsubject_line(&end, &v, subject));
	right = strcmp(found, wanted) == 0;
	if (!right)
		fprintf(stderr, "%s (%s, ffmpeg %s): %s; not %s\n",
		    text_of(o, "id"), text_of(o, "failure"),
		    text_of(o, "ffmpeg"), found, wanted);
	free(subject);
	free(found);
	free(wanted);
	return right;
}

/* Call it for each row of a file. How many there are. */
static size_t
each_row(const char *name, void (*take)(const cJSON *o, void *ctx), void *ctx)
{
	const char *top = getenv("srcdir");
	char *path =
	    xasprintf("%s/tests/stderr/%s", top == NULL ? "." : top, name);
	char *text = fs_read(path, 1 << 20, NULL), *rest = text, *line;
	size_t n = 0;

	assert_non_null(text);
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		cJSON *o = cJSON_Parse(line);

		assert_non_null(o);
		take(o, ctx);
		cJSON_Delete(o);
		n++;
	}
	free(text);
	free(path);
	return n;
}

static void
count_wrong(const cJSON *o, void *ctx)
{
	size_t *wrong = ctx;

	*wrong += is_right(o) ? 0 : 1;
}

static void
expect_file(const char *name, size_t least)
{
	size_t wrong = 0, n = each_row(name, count_wrong, &wrong);

	assert_int_equal(wrong, 0);
	assert_true(n >= least);
}

/* W1 to W8, N9, N10, M15: as ffmpeg and programs really ended. */
static void
test_w_recorded(void **state UNUSED)
{
	expect_file("endings.jsonl", 341);
}

/* The same words, and other facts: what decides is the context. */
static void
test_w2_context(void **state UNUSED)
{
	expect_file("context.jsonl", 1);
}

/* --- the sheet ----------------------------------------------------------- */

/* What stands at an end: its kind, as sentences know it, and the member of the
 * profile for it. */
static const char *
kind_of(const char *address, bool output, const char **member)
{
	*member = output ? "url" : "files";
	if (address == NULL)
		return NULL;
	if (util_has_prefix(address, "/dev/video")) {
		*member = "device";
		return "v4l2";
	}
	if (util_has_prefix(address, "hw:")) {
		*member = "device";
		return "alsa";
	}
	if (url_scheme_len(address) > 0)
		*member = "url";
	else if (output && strchr(address, '%') != NULL)
		*member = "record";
	return output && util_has_suffix(address, ".m3u8") ? "hls"
	    : strcmp(*member, "record") == 0		   ? "record"
							   : "file";
}

/* A scheme of its own, or else the word for the kind. Caller frees. */
static char *
scheme_of(const char *address, bool output)
{
	const char *member, *kind = kind_of(address, output, &member);
	size_t len = url_scheme_len(address);

	if (kind == NULL)
		return NULL;
	return len > 0 ? xstrndup(address, len) : xstrdup(kind);
}

/* A profile with those addresses. */
static struct profile *
profile_of(const cJSON *o)
{
	const char *from = text_of(o, "source"), *to = text_of(o, "output");
	bool program = util_streq(text_of(o, "role"), "producer");
	const char *in, *out, *kind = kind_of(from, false, &in);
	bool files = strcmp(in, "files") == 0;
	char *source, *text;
	struct profile *p;

	(void)kind_of(to, true, &out);
	if (program)
		source = xstrdup("\"frames\": { \"size\": \"64x48\", \"fps\": "
				 "5, \"command\": [\"program\"] }");
	else
		source = xasprintf("\"%s\": %s\"%s\"%s%s", in, files ? "[" : "",
		    from == NULL ? "/film.mp4" : from, files ? "]" : "",
		    util_streq(kind, "alsa") ? ", \"format\": \"alsa\"" : "");
	text = xasprintf("{ \"source\": { %s }, \"outputs\": [ { \"%s\": "
			 "\"%s\"%s } ] }",
	    source, out, to == NULL ? "rtmp://srv/live/key" : to,
	    strcmp(out, "record") == 0 ? ", \"segment\": \"1h\"" : "");
	p = read_with(text, NULL, &(struct errors){ 0 });
	free(source);
	free(text);
	return p;
}

/* The key to look at, or NULL. Caller frees. */
static char *
key_of(const cJSON *o, const struct ending *e)
{
	struct profile *p = profile_of(o);
	struct plan plan;
	char *key;

	if (p == NULL)
		return NULL;
	plan_make(&plan, p);
	key = ffkey_of(&(struct ffkey_ask){
	    p, &plan.workers[0], e->class, e->detail, e->side, e->subject });
	profile_free(p);
	return key;
}

/* The ending of a row, with its proof. */
static struct ending
end_of(const cJSON *o)
{
	const char *lines[RECORDED_MAX];
	struct ffcause_end end;
	struct ffplaces places;
	struct runlog log;
	const struct child_error unborn = { .stage = CHILD_STAGE_FIND,
		.err = number_of(o, "unborn", 0),
		.what = "ffmpeg" };
	const struct ending before = { .class = FAIL_CLOSED,
		.detail = DETAIL_EARLY };
	struct ending_run run = { .log = &log, .places = &places };
	struct ending e;

	read_row(&end, &places, lines, o);
	runlog_init(&log, RECORDED_MAX, 1);
	runlog_begin(&log, 1);
	for (size_t i = 0; i < end.n_lines; i++)
		runlog_add(&log, lines[i], 0, end.lived_ms);
	run.unborn = unborn.err == 0 ? NULL : &unborn;
	run.ffmpeg = end.ffmpeg;
	run.stopped = end.stopped;
	run.cause = end.cause;
	run.media_ms = end.media_ms;
	run.before = end.again ? &before : NULL;
	e = ending_make(&run, end.signal != 0 ? end.signal : end.code << 8,
	    end.lived_ms, 0);
	runlog_clear(&log);
	return e;
}

static void
print_ending(const cJSON *o, const struct ending *e)
{
	bool output = e->side == SIDE_OUTPUT;
	const char *detail = ffdetail_names[e->detail];
	const char *side = ffside_names[e->side];
	char *key = key_of(o, e), *cause, *advice;
	char *scheme = e->side != SIDE_SOURCE && !output
	    ? NULL
	    : scheme_of(text_of(o, output ? "output" : "source"), output);
	const struct ffadvice_ask ask = { e->class, e->detail, e->side, scheme,
		e->subject, key, NULL, "cam",
		util_streq(text_of(o, "role"), "producer"), 0 };

	cause = ffadvice_cause(&ask);
	advice = ffadvice_do(&ask);
	printf("%s (%s) %s\n", text_of(o, "id"), text_of(o, "ffmpeg"),
	    text_of(o, "failure"));
	printf("    What  %s/%s, side %s, of %s, delay %s\n",
	    ffclass_names[e->class], detail == NULL ? "-" : detail,
	    side == NULL ? "-" : side, e->subject == NULL ? "-" : e->subject,
	    policy_names[e->policy]);
	printf("   Cause  %s\n   Proof  %s\n", cause, e->text);
	if (e->also != NULL)
		printf("          %s\n", e->also);
	printf("      Do  %s\n\n", advice);
	free(cause);
	free(advice);
	free(scheme);
	free(key);
}

/* The ids that are wanted: none means all. */
struct sheet {
	char *const *ids;
	int n;
};

static void
print_row(const cJSON *o, void *ctx)
{
	const struct sheet *sheet = ctx;
	struct endings kept = { .n = 0 };
	struct ending e;
	bool wanted = sheet->n == 0;

	for (int i = 0; i < sheet->n; i++)
		wanted |= util_streq(text_of(o, "id"), sheet->ids[i]);
	if (!wanted)
		return;
	e = end_of(o);
	print_ending(o, &e);
	ending_keep(&kept, &e);
	ending_clear(&kept);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_w_recorded),
		cmocka_unit_test(test_w2_context),
	};
	struct sheet sheet = { .ids = argv + 2, .n = argc - 2 };

	if (argc < 2 || strcmp(argv[1], "--sheet") != 0)
		return cmocka_run_group_tests(tests, NULL, NULL);
	each_row("endings.jsonl", print_row, &sheet);
	each_row("context.jsonl", print_row, &sheet);
	return 0;
}
