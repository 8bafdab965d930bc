/* SPDX-License-Identifier: ISC */
/* ffsup explain: which words it knows, and how its text looks. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/explain.h"
#include "cli/render.h"
#include "ffmpeg/ffcure.h"

static void
test_find(void **state UNUSED)
{
	static const struct {
		const char *word;
		bool found;
		enum fail_class class;
		enum fail_detail detail;
		enum reason reason;
		const char *nearest;
	} rows[] = {
		{ "auth", true, FAIL_AUTH, 0, 0, NULL },
		{ "auth/passphrase", true, FAIL_AUTH, DETAIL_PASSPHRASE, 0,
		    NULL },
		{ "auth/no password", true, FAIL_AUTH, DETAIL_NO_PASSWORD, 0,
		    NULL },
		{ "auth/no-password", true, FAIL_AUTH, DETAIL_NO_PASSWORD, 0,
		    NULL },
		{ "disk/read-only", true, FAIL_DISK, DETAIL_READ_ONLY, 0,
		    NULL },
		{ "slate", true, N_FAIL_CLASSES, 0, REASON_SLATE, NULL },
		{ "no-pictures", true, N_FAIL_CLASSES, 0, REASON_NO_PICTURES,
		    NULL },
		{ "auth/PassPhrase", true, FAIL_AUTH, DETAIL_PASSPHRASE, 0,
		    NULL },
		{ "refuse", false, 0, 0, 0, "refused" },
		{ "slat", false, 0, 0, 0, "slate" },
		{ "auth/pasphrase", false, 0, 0, 0, "auth/passphrase" },
		{ "unreach", false, 0, 0, 0, "unreachable" },
		{ "auth/no password?", false, 0, 0, 0, "auth/no-password" },
		{ "no", false, 0, 0, 0, "no-pictures" },
		{ "auth/full", false, 0, 0, 0, NULL },
		{ "elephants", false, 0, 0, 0, NULL },
		{ "", false, 0, 0, 0, NULL },
		{ "/", false, 0, 0, 0, NULL },
	};
	struct explain_what what;
	char *nearest;

	assert_true(explain_find(NULL, &what, &nearest));
	assert_true(what.all);
	for (size_t i = 0; i < NELEM(rows); i++) {
		bool found = explain_find(rows[i].word, &what, &nearest);

		assert_int_equal(found, rows[i].found);
		if (found) {
			assert_false(what.all);
			assert_int_equal(what.class, rows[i].class);
			assert_int_equal(what.detail, rows[i].detail);
			assert_int_equal(what.reason, rows[i].reason);
		}
		if (rows[i].nearest == NULL)
			assert_null(nearest);
		else
			assert_string_equal(nearest, rows[i].nearest);
		free(nearest);
	}
}

/* One class as people see it. */
static void
test_text(void **state UNUSED)
{
	const struct explain_what what = { .class = FAIL_REJECTED,
		.detail = DETAIL_TRANSPORT };
	const struct render_opts o = { .width = 60 };
	struct buf b;

	buf_init(&b, 0);
	explain_text(&b, &what, &o);
	assert_string_equal(buf_text(&b),
	    "rejected: The other side refused the stream\n"
	    "  transport, source\n"
	    "    The source wants UDP and refuses RTSP over TCP (461).\n"
	    "    Do: Set \"rtsp_transport\": \"udp\" in \"options\" of the\n"
	    "        source. If that is set, it is the other way round:\n"
	    "        remove it.\n"
	    "  transport\n"
	    "    The other side refuses this transport of RTSP (461).\n"
	    "    Do: Set \"rtsp_transport\": \"tcp\" in \"options\" of the\n"
	    "        output. If that is set, try \"udp\".\n");
	buf_clear(&b);
}

/* The whole sheet fits a terminal, and has every class and reason once. */
static void
test_all(void **state UNUSED)
{
	const struct explain_what all = { .all = true };
	const struct render_opts o = { .width = 80 };
	char *text, *rest, *line;
	size_t headings = 0;
	struct buf b;

	buf_init(&b, 0);
	explain_text(&b, &all, &o);
	text = rest = buf_steal(&b);
	while ((line = strsep(&rest, "\n")) != NULL) {
		headings += *line != '\0' && *line != ' ';
		if (text_columns(line) > 80)
			fail_msg("too wide: %s", line);
	}
	assert_int_equal(
	    headings, N_FAIL_CLASSES + REASON_SPARE - REASON_FAILURE - 1);
	free(text);
}

static void
test_json(void **state UNUSED)
{
	const struct explain_what all = { .all = true };
	const struct explain_what one = { .class = N_FAIL_CLASSES,
		.reason = REASON_SLATE };
	size_t rows = 0;
	struct buf b;
	cJSON *root, *item;

	buf_init(&b, 0);
	explain_json(&b, &all);
	root = cJSON_Parse(buf_text(&b));
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "classes")) {
		rows += (size_t)cJSON_GetArraySize(
		    cJSON_GetObjectItem(item, "cases"));
	}
	assert_int_equal(rows, ffcure_n);
	cJSON_Delete(root);
	buf_clear(&b);

	explain_json(&b, &one);
	root = cJSON_Parse(buf_text(&b));
	assert_int_equal(
	    cJSON_GetArraySize(cJSON_GetObjectItem(root, "classes")), 0);
	item = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "reasons"), 0);
	assert_string_equal(
	    cJSON_GetObjectItem(item, "name")->valuestring, "slate");
	cJSON_Delete(root);
	buf_clear(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
