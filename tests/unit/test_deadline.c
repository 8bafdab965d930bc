/* SPDX-License-Identifier: ISC */
/* When something is due: the timer that tells it, and the time that is left. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/util.h"
#include "process/deadline.h"

static struct ev_loop *loop;
static char calls[16]; /* a letter for each callback, in their order */
static int64_t now_ms; /* 0: the clock's own time */
static char letters[] = "dls";

int64_t __real_mono_ms(void);
int64_t __wrap_mono_ms(void);

int64_t
__wrap_mono_ms(void)
{
	return now_ms != 0 ? now_ms : __real_mono_ms();
}

static void
called(char letter)
{
	size_t n = strlen(calls);

	assert_true(n + 1 < sizeof(calls));
	calls[n] = letter;
}

/* `data` is the letter. */
static void
on_due(struct ev_loop *l UNUSED, ev_timer *t, int revents UNUSED)
{
	called(*(const char *)t->data);
}

static void
on_pipe(struct ev_loop *l, ev_io *io, int revents UNUSED)
{
	called('p');
	ev_io_stop(l, io);
}

static int
setup(void **state UNUSED)
{
	loop = ev_loop_new(EVFLAG_AUTO);
	memset(calls, 0, sizeof(calls));
	now_ms = 0;
	return loop == NULL ? -1 : 0;
}

static int
teardown(void **state UNUSED)
{
	ev_loop_destroy(loop);
	return 0;
}

/* Nothing is due before it is set. */
static void
test_unset(void **state UNUSED)
{
	struct deadline d;

	deadline_init(&d, loop, on_due, &letters[0]);
	assert_int_equal(deadline_left(&d), 0);
	deadline_stop(&d);
	ev_run(loop, 0); /* nothing keeps the loop */
	assert_string_equal(calls, "");
}

/* It is told once, and never too early, however long the callback has taken
 * that sets it: the loop's own time is then an old one. */
static void
test_never_early(void **state UNUSED)
{
	struct deadline d;
	int64_t began;

	deadline_init(&d, loop, on_due, &letters[0]);
	ev_now_update(loop);
	usleep(50 * 1000);
	began = mono_ns();
	deadline_set(&d, 30);
	ev_run(loop, 0);
	assert_true(mono_ns() - began >= INT64_C(30) * 1000 * 1000 - 1000000);
	assert_string_equal(calls, "d");
	assert_int_equal(deadline_left(&d), 0);
}

/* A new time replaces the old one, be it later or sooner. */
static void
test_replaced(void **state UNUSED)
{
	struct deadline later, sooner;

	deadline_init(&later, loop, on_due, &letters[1]);
	deadline_init(&sooner, loop, on_due, &letters[2]);
	deadline_set(&later, 0);
	deadline_set(&later, 40);
	deadline_set(&sooner, 3600 * 1000);
	deadline_set(&sooner, 1);
	ev_run(loop, 0);
	assert_string_equal(calls, "sl");
}

/* Not told when it was stopped; the time is still known. */
static void
test_stopped(void **state UNUSED)
{
	struct deadline d;

	deadline_init(&d, loop, on_due, &letters[0]);
	now_ms = 1000;
	deadline_set(&d, 500);
	deadline_stop(&d);
	deadline_stop(&d);
	ev_run(loop, 0);
	assert_string_equal(calls, "");
	now_ms = 1200;
	assert_int_equal(deadline_left(&d), 300);
	deadline_set(&d, 0); /* and it can be set again */
	ev_run(loop, 0);
	assert_string_equal(calls, "d");
}

/* The time that is left is never less than none. */
static void
test_left(void **state UNUSED)
{
	static const int64_t day = INT64_C(24) * 3600 * 1000;
	static const struct {
		int64_t set, passed, left;
	} rows[] = {
		{ 500, 0, 500 },
		{ 500, 499, 1 },
		{ 500, 500, 0 },
		{ 500, 90000, 0 },
		{ 0, 0, 0 },
		{ -500, 0, 0 },
		{ -500, 100, 0 },
		{ INT64_MIN, 0, 0 },
		{ 60 * day, 30 * day, 30 * day },
	};
	struct deadline d;

	deadline_init(&d, loop, on_due, &letters[0]);
	for (size_t i = 0; i < NELEM(rows); i++) {
		now_ms = 1000;
		deadline_set(&d, rows[i].set);
		now_ms += rows[i].passed;
		assert_int_equal(deadline_left(&d), rows[i].left);
	}
	deadline_stop(&d);
}

/* A time before now is now. */
static void
test_past(void **state UNUSED)
{
	struct deadline d;

	deadline_init(&d, loop, on_due, &letters[0]);
	deadline_set(&d, -3600 * 1000);
	ev_run(loop, EVRUN_ONCE);
	assert_string_equal(calls, "d");
}

/* What pipes have to say in the same turn comes first: a worker's last word must
 * not come after the verdict that it was silent. */
static void
test_after_pipes(void **state UNUSED)
{
	struct deadline d;
	int ends[2];
	ev_io io;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	deadline_init(&d, loop, on_due, &letters[0]);
	deadline_set(&d, 0);
	ev_io_init(&io, on_pipe, ends[0], EV_READ);
	ev_io_start(loop, &io);
	ev_run(loop, 0);
	assert_string_equal(calls, "pd");
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_unset, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_never_early, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stopped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_left, setup, teardown),
		cmocka_unit_test_setup_teardown(test_past, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_after_pipes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
