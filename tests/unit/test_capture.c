/* SPDX-License-Identifier: ISC */
/* Programs run for their bytes. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strv.h"
#include "base/util.h"
#include "process/capture.h"
#include "run.h"

/* A capture and its results. */
struct rig {
	struct capture grab;
	unsigned results;
	uint8_t *data;
	char *why;
	const char *again; /* start this at the next result */
};

static void
rig_start(struct rig *r, const char *script, size_t want)
{
	struct strv argv = { 0 };

	strv_push(&argv, "/bin/sh");
	strv_push(&argv, "-c");
	strv_push(&argv, script);
	capture_start(&r->grab, &argv, want);
	strv_clear(&argv);
}

static void
rig_done(void *ctx, uint8_t *data, size_t len UNUSED, const char *why)
{
	struct rig *r = ctx;
	const char *again = r->again;

	assert_int_equal(data == NULL, why != NULL);
	free(r->data);
	free(r->why);
	r->data = data;
	r->why = why == NULL ? NULL : xstrdup(why);
	r->results++;
	r->again = NULL;
	if (again != NULL)
		rig_start(r, again, 4);
}

static void
rig_init(struct rig *r)
{
	*r = (struct rig){ 0 };
	capture_init(&r->grab, loop, rig_done, r);
}

static void
rig_clear(struct rig *r)
{
	capture_stop(&r->grab);
	free(r->data);
	free(r->why);
	spin_until_childless();
}

/* Exactly the wanted bytes are a result; anything else is not, and the
 * program's last words say why. */
static void
test_amount(void **state UNUSED)
{
	static const struct {
		const char *script;
		const char *why; /* NULL: 4 bytes came */
	} rows[] = {
		{ "printf abcd", NULL },
		{ "printf ab; sleep 0.05; printf cd", NULL },
		{ "echo noise >&2; printf abcd", NULL },
		{ "exit 1", "no frame was produced" },
		{ "printf abc", "no frame was produced" },
		{ "printf abc; echo first >&2; echo 'not an image' >&2",
		    "not an image" },
		{ "printf 'no newline' >&2; kill -9 $$", "no newline" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct rig r;

		rig_init(&r);
		rig_start(&r, rows[i].script, 4);
		assert_int_equal(r.results, 0);
		SPIN_UNTIL(loop, r.results > 0);
		assert_int_equal(r.results, 1);
		if (rows[i].why == NULL)
			assert_memory_equal(r.data, "abcd", 4);
		else
			assert_string_equal(r.why, rows[i].why);
		rig_clear(&r);
	}
}

/* A frame is larger than a pipe, and than a chunk. */
static void
test_large(void **state UNUSED)
{
	struct rig r;

	rig_init(&r);
	rig_start(&r, "head -c 3000000 /dev/zero | tr '\\0' x", 3000000);
	SPIN_UNTIL(loop, r.results == 1);
	assert_non_null(r.data);
	for (size_t i = 0; i < 3000000; i++)
		assert_int_equal(r.data[i], 'x');
	rig_clear(&r);
}

/* A program that cannot be started is reported. */
static void
test_no_program(void **state UNUSED)
{
	struct strv argv = { 0 };
	struct rig r;

	rig_init(&r);
	strv_push(&argv, "/no/such/ffmpeg");
	capture_start(&r.grab, &argv, 4);
	strv_clear(&argv);
	SPIN_UNTIL(loop, r.results == 1);
	assert_non_null(strstr(r.why, "No such file"));
	rig_clear(&r);
}

/* A newer run ends the current one, which reports nothing; so does a stop, and
 * nothing is left of either. */
static void
test_stop(void **state UNUSED)
{
	struct rig r;

	rig_init(&r);
	rig_start(&r, "printf old; exec sleep 1000", 4);
	spin_for(loop, 50);
	rig_start(&r, "printf new!", 4);
	SPIN_UNTIL(loop, r.results == 1);
	assert_memory_equal(r.data, "new!", 4);
	rig_start(&r, "printf '%s' abcd; exec sleep 1000", 4);
	capture_stop(&r.grab);
	capture_stop(&r.grab);
	spin_for(loop, 50);
	assert_int_equal(r.results, 1);
	rig_clear(&r);
}

/* It can be started again from the callback. */
static void
test_again(void **state UNUSED)
{
	struct rig r;

	rig_init(&r);
	r.again = "printf next";
	rig_start(&r, "echo one >&2", 4);
	SPIN_UNTIL(loop, r.results == 2);
	assert_null(r.why);
	assert_memory_equal(r.data, "next", 4);
	rig_clear(&r);
}

/* It waits for nothing on its stdin. */
static void
test_stdin(void **state UNUSED)
{
	struct rig r;

	rig_init(&r);
	rig_start(&r, "cat; printf done", 4);
	SPIN_UNTIL(loop, r.results == 1);
	assert_memory_equal(r.data, "done", 4);
	rig_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_amount),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_stdin),
	};
	int failed;

	loop = ev_loop_new(EVFLAG_NOENV);
	child_init(loop);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	child_shutdown();
	ev_loop_destroy(loop);
	return failed;
}
