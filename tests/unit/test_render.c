/* SPDX-License-Identifier: ISC */
/*
 * What people see, compared with tests/golden/render: each .json there holds
 * the data of a reply and its views, each view is a .txt beside it. With
 * FFSUP_REGOLD set the .txt are rewritten instead, and the test is reported as
 * skipped, never as passed.
 */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/answer.h"
#include "cli/loglines.h"
#include "cli/page.h"
#include "cli/planscript.h"
#include "cli/render.h"
#include "cli/reply.h"
#include "cli/table.h"

#define NOW_WALL INT64_C(1767268800000) /* 2026-01-01T12:00:00Z */

static const struct {
	const char *name;
	render_fn *render;
} renders[] = {
	{ "status", table_status },
	{ "page", page_stream },
	{ "why", page_why },
	{ "whys", page_whys },
	{ "results", answer_results },
	{ "reload", answer_reload },
	{ "plan", planscript_write },
	{ "logs", loglines_logs },
	{ "events", loglines_events },
	{ "version", answer_version },
};

/* The path of a file among the goldens; caller frees. */
static char *
golden_path(const char *name, const char *suffix)
{
	const char *srcdir = getenv("srcdir");

	return xasprintf("%s/tests/golden/render/%s%s",
	    srcdir != NULL ? srcdir : ".", name, suffix);
}

/* A whole file of the goldens; caller frees. */
static char *
golden_read(const char *name, const char *suffix)
{
	char *path = golden_path(name, suffix);
	char *text = fs_read(path, 1 << 20, NULL);

	if (text == NULL)
		fail_msg("cannot read %s", path);
	free(path);
	return text;
}

/* Rewrite a golden. */
static void
golden_write(const char *name, const char *text)
{
	char *path = golden_path(name, ".txt");
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
	free(path);
}

/* One view of the data as text; caller frees. */
static char *
golden_view(const cJSON *view, const cJSON *data)
{
	const cJSON *opts = reply_get(view, "opts");
	const char *name = reply_str(view, "render");
	struct render_opts o = {
		.colour = reply_is_true(opts, "colour"),
		.utf8 = reply_is_true(opts, "utf8"),
		.marks = reply_is_true(opts, "marks"),
		.width = (int)reply_num(opts, "width", 0),
		.height = (int)reply_num(opts, "height", 0),
		.now_wall = NOW_WALL,
	};
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; i < NELEM(renders); i++) {
		if (strcmp(renders[i].name, name) == 0) {
			renders[i].render(&b, data, &o);
			return buf_steal(&b);
		}
	}
	fail_msg("no such render: %s", name);
	return NULL;
}

/* Compare all views of a file; cmocka's state is the file's name. */
static void
test_golden(void **state)
{
	bool regold = getenv("FFSUP_REGOLD") != NULL;
	char *json = golden_read(*state, ".json"), *is, *should;
	cJSON *root = cJSON_Parse(json);
	const cJSON *view;

	assert_non_null(root);
	assert_true(cJSON_GetArraySize(reply_get(root, "views")) > 0);
	cJSON_ArrayForEach(view, reply_get(root, "views")) {
		is = golden_view(view, reply_get(root, "data"));
		if (regold) {
			golden_write(reply_str(view, "txt"), is);
		} else {
			should = golden_read(reply_str(view, "txt"), ".txt");
			assert_string_equal(is, should);
			free(should);
		}
		free(is);
	}
	cJSON_Delete(root);
	free(json);
	if (regold)
		skip();
}

/* No view of a hostile reply lets a control character through. */
static void
test_harmless(void **state UNUSED)
{
	char *json = golden_read("hostile", ".json"), *text;
	cJSON *root = cJSON_Parse(json);
	const struct render_opts o = { .utf8 = true, .marks = true };
	struct buf b;

	assert_non_null(root);
	for (size_t i = 0; i < NELEM(renders); i++) {
		buf_init(&b, 0);
		renders[i].render(&b, reply_get(root, "data"), &o);
		/* a list where there should be none, and nothing at all */
		renders[i].render(&b, reply_get(root, "views"), &o);
		renders[i].render(&b, NULL, &o);
		text = buf_steal(&b);
		for (const char *p = text; *p != '\0'; p++) {
			assert_true((unsigned char)*p >= 0x20 || *p == '\n');
			assert_int_not_equal(*p, 0x7f);
		}
		assert_null(strstr(text, "\xc2\x9b"));
		assert_null(strstr(text, "\u202e"));
		free(text);
	}
	cJSON_Delete(root);
	free(json);
}

/* Every line of a piped table has the name first and the state second. */
static void
test_columns(void **state UNUSED)
{
	char *json = golden_read("status", ".json"), *save = NULL, *line;
	cJSON *root = cJSON_Parse(json), *data;
	const struct render_opts o = { .utf8 = true };
	char name[65], seen[65];
	struct buf b;

	assert_non_null(root);
	data = cJSON_GetObjectItemCaseSensitive(root, "data");
	buf_init(&b, 0);
	table_status(&b, data, &o);
	line = strtok_r(b.data, "\n", &save); /* the head */
	assert_non_null(line);
	line = strtok_r(NULL, "\n", &save);
	assert_int_equal(sscanf(line, "%64s %64s", name, seen), 2);
	assert_string_equal(name, "NAME");
	assert_string_equal(seen, "STATE");
	line = strtok_r(NULL, "\n", &save);
	assert_int_equal(sscanf(line, "%64s %64s", name, seen), 2);
	assert_string_equal(name, "attic");
	assert_string_equal(seen, "FAILED");
	buf_clear(&b);

	cJSON_Delete(root);
	free(json);
}

/* N3: no line is wider than the terminal, and in a short window the totals, the
 * number of those left out and the advice are there; what is wrong with each sick
 * stream is never cut. */
static void
test_n3_fits(void **state UNUSED)
{
	static const char *const words[] = { "12 streams:", "4 live",
		"2 degraded", "5 need attention", "timeout (3rd try)",
		"notfound (14th", "slate: exit 1" };
	char *json = golden_read("status-all", ".json"), *save, *line;
	cJSON *root = cJSON_Parse(json);
	struct render_opts o = { .utf8 = true, .marks = true };
	struct buf b;

	assert_non_null(root);
	buf_init(&b, 0);
	for (o.width = 45; o.width < 200; o.width++) {
		table_status(&b, reply_get(root, "data"), &o);
		for (size_t i = 0; i < NELEM(words); i++)
			assert_non_null(strstr(buf_text(&b), words[i]));
		line = strtok_r(b.data, "\n", &save);
		for (; line != NULL; line = strtok_r(NULL, "\n", &save)) {
			assert_true(text_columns(line) <= o.width);
			assert_int_not_equal(line[strlen(line) - 1], ' ');
		}
		buf_clear(&b);
	}
	o.width = 80;
	for (o.height = 8; o.height < 30; o.height++) {
		int lines = 0;

		table_status(&b, reply_get(root, "data"), &o);
		for (const char *p = buf_text(&b); *p != '\0'; p++)
			lines += *p == '\n';
		assert_true(lines <= o.height);
		assert_true(lines > 18 || strstr(buf_text(&b), " more\n"));
		assert_non_null(strstr(buf_text(&b), "need attention"));
		buf_clear(&b);
	}
	cJSON_Delete(root);
	free(json);
}

/* N21: each cell but the last is one word in a pipe, in as many columns as have
 * names. */
static void
test_n21_words(void **state UNUSED)
{
	char *json = golden_read("status-all", ".json"), *save, *at, *line;
	cJSON *root = cJSON_Parse(json);
	const struct render_opts o = { .utf8 = true };
	struct buf b;
	int words;

	assert_non_null(root);
	buf_init(&b, 0);
	table_status(&b, reply_get(root, "data"), &o);
	strtok_r(b.data, "\n", &save);
	for (int i = 0; i < 13; i++) {
		line = strtok_r(NULL, "\n", &save);
		words = strtok_r(line, " ", &at) != NULL;
		while (strtok_r(NULL, " ", &at) != NULL)
			words++;
		assert_true(i == 0 ? words == 12 : words >= 11);
	}
	buf_clear(&b);
	cJSON_Delete(root);
	free(json);
}

/* A text that is cut has the width it was given, whatever it is made of. */
static void
test_cut(void **state UNUSED)
{
	static const struct {
		const char *text;
		int width;
		bool utf8;
		const char *cut;
	} rows[] = {
		{ "abcdef", 6, true, "abcdef" },
		{ "abcdef", 5, true, "abcd…" },
		{ "abcdef", 5, false, "ab..." },
		{ "abcdef", 2, false, "" },
		{ "abcdef", 0, true, "" },
		{ "abcdef", -3, true, "" },
		{ "摄像头离线", 6, true, "摄像…" },
		{ "摄像头离线", 10, true, "摄像头离线" },
		{ "e\u0301e\u0301e\u0301", 3, true, "e\u0301e\u0301e\u0301" },
		{ "", 0, true, "" },
	};
	struct buf b;

	for (size_t i = 0; i < NELEM(rows); i++) {
		buf_init(&b, 0);
		text_cut(&b, rows[i].text, rows[i].width, rows[i].utf8);
		assert_string_equal(buf_text(&b), rows[i].cut);
		buf_clear(&b);
	}
}

/* Of a name that is cut, as much stays at its end as is asked for. */
static void
test_cut_middle(void **state UNUSED)
{
	static const struct {
		const char *text;
		int width, end;
		bool utf8;
		const char *cut;
	} rows[] = {
		{ "abcdefghij", 10, 4, true, "abcdefghij" },
		{ "abcdefghij", 9, 4, true, "abcd…ghij" },
		{ "abcdefghij", 8, 3, true, "abcd…hij" },
		{ "abcdefghij", 8, 2, false, "abc...ij" },
		{ "abcdefghij", 8, 0, true, "abcdefg…" },
		{ "abcdefghij", 8, 9, true, "…defghij" },
		{ "摄像头离线摄像", 8, 3, true, "摄像…像" },
		{ "", 0, 0, true, "" },
	};
	struct buf b;

	for (size_t i = 0; i < NELEM(rows); i++) {
		buf_init(&b, 0);
		text_cut_middle(
		    &b, rows[i].text, rows[i].width, rows[i].end, rows[i].utf8);
		assert_string_equal(buf_text(&b), rows[i].cut);
		buf_clear(&b);
	}
}

/* Names that are cut can still be told apart, wherever they differ. */
static void
test_n3_names(void **state UNUSED)
{
	static const char *const forms[][2] = {
		{ "", "-camera-of-the-warehouse-in-the-yard" },
		{ "camera-", "-of-the-warehouse-in-the-yard" },
		{ "camera-of-the-warehouse-in-the-yard-", "" },
		{ "camera-of-the-warehouse-", "-in-the-yard" },
	};
	struct render_opts o = { .utf8 = true, .marks = true, .width = 80 };
	char name[64], seen[9][64];

	for (size_t i = 0; i < NELEM(forms); i++) {
		cJSON *root = cJSON_CreateObject(), *s;
		cJSON *list = cJSON_AddArrayToObject(root, "streams");
		char *save, *line;
		struct buf b;

		for (int k = 0; k < 9; k++) {
			snprintf(name, sizeof(name), "%s%d%s", forms[i][0], k,
			    forms[i][1]);
			s = cJSON_CreateObject();
			cJSON_AddStringToObject(s, "name", name);
			cJSON_AddStringToObject(s, "state", "off");
			cJSON_AddStringToObject(s, "reason",
			    "stopped by one "
			    "whose name is as long as this, or longer");
			cJSON_AddItemToArray(list, s);
		}
		buf_init(&b, 0);
		table_status(&b, root, &o);
		strtok_r(b.data, "\n", &save);
		strtok_r(NULL, "\n", &save);
		for (int k = 0; k < 9; k++) {
			line = strtok_r(NULL, "\n", &save);
			assert_int_equal(sscanf(line, "%*s %63s", seen[k]), 1);
			assert_non_null(strstr(seen[k], "…"));
			for (int m = 0; m < k; m++)
				assert_string_not_equal(seen[m], seen[k]);
		}
		buf_clear(&b);
		cJSON_Delete(root);
	}
}

/* Bytes that are not UTF-8 never pass, not even overlong or half ones. */
static void
test_plain(void **state UNUSED)
{
	static const struct {
		const char *text;
		const char *utf8, *ascii;
	} rows[] = {
		{ "ok ü 🎥", "ok ü 🎥", "ok ? ?" },
		{ "\x1b[31m\x7f", "\\x1b[31m\\x7f", "\\x1b[31m\\x7f" },
		{ "\xc2\x9b", "\\x9b", "\\x9b" },
		{ "\xe2\x80\xae", "\\u202e", "\\u202e" },
		{ "\xc0\x9b|", "\ufffd\ufffd|", "??|" },	 /* overlong */
		{ "\xe2\x82", "\ufffd\ufffd", "??" },		 /* half */
		{ "\xed\xa0\x80", "\ufffd\ufffd\ufffd", "???" }, /* surrogate */
		{ "\xf5\x80\x80\x80", "\ufffd\ufffd\ufffd\ufffd", "????" },
		{ "\x9b", "\ufffd", "?" },
		{ "a\tb\n", "a b\\x0a", "a b\\x0a" },
	};
	struct buf b;

	for (size_t i = 0; i < NELEM(rows); i++) {
		buf_init(&b, 0);
		text_plain(&b, rows[i].text, true);
		assert_string_equal(buf_text(&b), rows[i].utf8);
		buf_clear(&b);
		text_plain(&b, rows[i].text, false);
		assert_string_equal(buf_text(&b), rows[i].ascii);
		buf_clear(&b);
	}
}

/* Words are wrapped, never cut, and blanks do not pile up. */
static void
test_wrap(void **state UNUSED)
{
	struct buf b;

	buf_init(&b, 0);
	text_wrap(&b, "one two  three averyveryverylongword x ", 2, 12);
	assert_string_equal(
	    buf_text(&b), "one two\n  three\n  averyveryverylongword\n  x");
	buf_clear(&b);
	text_wrap(&b, "one two three", 4, 0);
	assert_string_equal(buf_text(&b), "one two three");
	buf_clear(&b);
}

#define GOLDEN(file)                                              \
	{                                                         \
		"golden " file, test_golden, NULL, NULL, (char[]) \
		{                                                 \
			file                                      \
		}                                                 \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		GOLDEN("status"),
		GOLDEN("status-all"),
		GOLDEN("status-empty"),
		GOLDEN("hostile"),
		GOLDEN("page"),
		GOLDEN("page-retry"),
		GOLDEN("why-retry"),
		GOLDEN("why-live"),
		GOLDEN("why-failed"),
		GOLDEN("why-silent"),
		GOLDEN("why-several"),
		GOLDEN("reload"),
		GOLDEN("reload-nothing"),
		GOLDEN("plan"),
		GOLDEN("logs"),
		GOLDEN("events"),
		GOLDEN("results"),
		GOLDEN("version"),
		cmocka_unit_test(test_harmless),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_n3_fits),
		cmocka_unit_test(test_n21_words),
		cmocka_unit_test(test_cut_middle),
		cmocka_unit_test(test_n3_names),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_wrap),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
