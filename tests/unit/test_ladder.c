/* SPDX-License-Identifier: ISC */
/*
 * How a worker is stopped and when it is replaced: the order and the times of
 * the steps, the watchdog, and requests that cross each other.
 */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "owner.h"

#define SLEEP "exec sleep 1000"
#define DEAF  "trap '' TERM; echo up >&2; exec sleep 1000"

/* Says each SIGTERM that it gets, and goes on. */
#define COUNTS                                                  \
	"trap '' TERM; sleep 1000 & trap 'echo TERM >&2' TERM;" \
	"echo up >&2; while :; do wait; done"

#define GRACE 600
#define STALL 600

/* A worker that runs that script, has said "up" and has this grace. */
static void
rig_run(struct rig *r, enum plan_stdin in, const char *script)
{
	struct worker_policy policy = rig_policy();

	policy.grace_ms = GRACE;
	rig_init(r, in, script);
	worker_set_policy(&r->w, &policy);
	worker_start(&r->w);
	SPIN_UNTIL(loop, strstr(r->said, "up|") != NULL);
}

static void
rig_until_dead(struct rig *r)
{
	unsigned ended = r->ended;

	SPIN_UNTIL(loop, r->ended == ended + 1);
}

/* --- the ladder --------------------------------------------------------- */

/* Fed: its stdin is closed first and no signal comes for 40 % of the grace,
 * then SIGTERM twice, SIGKILL when the grace is over. */
static void
test_fed(void **state UNUSED)
{
	struct rig r;
	int64_t start;

	rig_run(&r, STDIN_FED, COUNTS);
	start = spin_from();
	worker_stop(&r.w);
	assert_int_equal(r.finished, 1);
	SPIN_UNTIL(loop, strstr(r.said, "TERM|") != NULL);
	assert_true(mono_ms() - start >= GRACE * 40 / 100);
	rig_until_dead(&r);
	assert_true(spin_took(start, GRACE, GRACE + 1000));
	assert_string_equal(r.said, "up|TERM|");
	assert_int_equal(runlog_line(runlog_last(&r.w.log), 1)->repeat, 1);
	assert_int_equal(r.finished, 1);
	assert_int_equal(worker_last(&r.w)->signal, SIGKILL);
	assert_int_equal(worker_last(&r.w)->class, FAIL_NONE);
	assert_int_equal(r.w.state, ST_OFF);
	rig_clear(&r);
}

/* Not fed: SIGTERM at once and again, SIGKILL when the grace is over. */
static void
test_plain(void **state UNUSED)
{
	struct rig r;
	int64_t start;

	rig_run(&r, STDIN_NULL, COUNTS);
	start = spin_from();
	worker_stop(&r.w);
	assert_int_equal(r.w.ladder.rung, 1);
	SPIN_UNTIL(loop, strstr(r.said, "TERM|") != NULL);
	rig_until_dead(&r);
	assert_true(spin_took(start, GRACE, GRACE + 1000));
	assert_string_equal(r.said, "up|TERM|");
	assert_int_equal(runlog_line(runlog_last(&r.w.log), 1)->repeat, 1);
	assert_int_equal(r.finished, 0);
	assert_int_equal(worker_last(&r.w)->signal, SIGKILL);
	rig_clear(&r);
}

/* A child that ends with its input gets no signal, and that is not a
 * failure. */
static void
test_polite(void **state UNUSED)
{
	struct rig r;

	rig_run(&r, STDIN_FED, "trap 'echo TERM >&2' TERM; echo up >&2; cat");
	worker_stop(&r.w);
	rig_until_dead(&r);
	assert_string_equal(r.said, "up|");
	assert_int_equal(worker_last(&r.w)->code, 0);
	assert_int_equal(worker_last(&r.w)->class, FAIL_NONE);
	assert_string_equal(r.states, "STARTING STOPPING OFF ");
	rig_clear(&r);
}

/* The second request to the daemon shortens the ladder under way. */
static void
test_hurry(void **state UNUSED)
{
	struct worker_policy policy = rig_policy();
	struct rig r;

	rig_run(&r, STDIN_FED, DEAF);
	policy.grace_ms = 60000;
	worker_set_policy(&r.w, &policy);
	worker_hurry(&r.w); /* nothing is under way */
	assert_int_equal(r.w.state, ST_STARTING);
	worker_stop(&r.w);
	worker_hurry(&r.w);
	assert_true(r.w.wait.end.due_ms - mono_ms() <= LADDER_SHORT_STEP_MS);
	worker_hurry(&r.w); /* once is enough */
	assert_int_equal(r.w.ladder.rung, 1);
	worker_post(&r.w, WEV_RUNG);
	worker_post(&r.w, WEV_RUNG);
	rig_until_dead(&r);
	assert_int_equal(worker_last(&r.w)->signal, SIGKILL);
	rig_clear(&r);
}

/* It shortens the remaining rungs, and does not begin again: after both
 * SIGTERMs comes SIGKILL, and a child that was killed is not called stuck. */
static void
test_hurry_late(void **state UNUSED)
{
	struct worker_policy policy = rig_policy();
	struct rig r;

	rig_run(&r, STDIN_FED, DEAF);
	policy.grace_ms = 60000;
	worker_set_policy(&r.w, &policy);
	worker_stop(&r.w);
	worker_post(&r.w, WEV_RUNG);
	worker_post(&r.w, WEV_RUNG);
	assert_false(r.w.ladder.killed);
	worker_hurry(&r.w);
	assert_true(r.w.ladder.killed);
	worker_hurry(&r.w);
	assert_false(r.w.ladder.stuck);
	rig_until_dead(&r);
	rig_clear(&r);

	rig_run(&r, STDIN_NULL, DEAF);
	worker_set_policy(&r.w, &policy);
	worker_stop(&r.w);
	worker_post(&r.w, WEV_RUNG);
	worker_post(&r.w, WEV_RUNG);
	assert_true(r.w.ladder.killed);
	worker_hurry(&r.w);
	assert_false(r.w.ladder.stuck);
	rig_until_dead(&r);
	rig_clear(&r);
}

/* A worker that survives SIGKILL keeps its slot, is said to be stuck, and gets
 * another SIGKILL later. Nothing here can be made to survive, so the process is
 * a stopped clock: the deaths are not looked at between the rungs. */
static void
test_stuck(void **state UNUSED)
{
	struct rig r;

	rig_run(&r, STDIN_NULL, DEAF);
	worker_stop(&r.w);
	worker_post(&r.w, WEV_RUNG);
	assert_false(r.w.ladder.killed);
	worker_post(&r.w, WEV_RUNG);
	assert_true(r.w.ladder.killed && !r.w.ladder.stuck);
	worker_post(&r.w, WEV_RUNG);
	assert_true(r.w.ladder.stuck);
	assert_int_equal(r.w.state, ST_STOPPING);
	assert_true(r.w.wait.end.due_ms - mono_ms() > 1000);
	rig_until_dead(&r);
	assert_false(r.w.ladder.stuck);
	assert_int_equal(r.w.state, ST_OFF);
	rig_clear(&r);
}

/* --- the watchdog ------------------------------------------------------- */

/* Alive but mute: the short ladder, a failure of a separate class, and not OFF:
 * it should run again. */
static void
test_stall(void **state UNUSED)
{
	struct worker_policy policy = rig_policy();
	struct rig r;
	int64_t start;

	rig_run(&r, STDIN_FED, DEAF);
	policy.stall_ms = STALL;
	policy.grace_ms = 1000;
	worker_advanced(&r.w);
	worker_set_policy(&r.w, &policy);
	for (start = mono_ms(); mono_ms() - start < STALL * 3 / 2;) {
		spin_once(loop);
		worker_advanced(&r.w); /* media keep it alive */
	}
	assert_int_equal(r.w.state, ST_UP);
	SPIN_UNTIL(loop, r.w.state == ST_STOPPING);
	start = spin_from();
	assert_true(start - r.w.media.last_ms >= STALL);
	assert_int_equal(r.finished, 1);
	rig_until_dead(&r);
	assert_true(spin_took(start, 390, 900));
	assert_int_equal(worker_last(&r.w)->signal, SIGKILL);
	assert_int_equal(r.w.state, ST_WAITING);
	assert_int_equal(worker_last(&r.w)->class, FAIL_STALL);
	assert_true(worker_last(&r.w)->media_ms > STALL);
	assert_string_equal(r.states, "STARTING UP STOPPING WAITING ");
	rig_clear(&r);
}

/* No first frame within the patience for starts. */
static void
test_silent_start(void **state UNUSED)
{
	struct worker_policy policy = rig_policy();
	struct rig r;

	rig_init(&r, STDIN_NULL, SLEEP);
	policy.start_ms = 50;
	policy.stall_ms = 10;
	worker_set_policy(&r.w, &policy);
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.endings.n == 1);
	assert_true(worker_last(&r.w)->lived_ms >= 50);
	assert_int_equal(worker_last(&r.w)->class, FAIL_START);
	assert_int_equal(worker_last(&r.w)->media_ms, -1);
	assert_int_equal(r.w.state, ST_WAITING);
	rig_clear(&r);
}

/* If it was us who slept, ffmpeg gets a whole new period: its output of that
 * time has not been read yet. */
static void
test_slept(void **state UNUSED)
{
	struct rig r;
	int64_t now;

	rig_run(&r, STDIN_NULL, "echo up >&2; " SLEEP);
	for (int up = 0; up < 2; up++) { /* STARTING, then UP */
		if (up)
			worker_advanced(&r.w);
		now = mono_ms();
		r.w.wait.end.due_ms = now - WORKER_SLEPT_MS - 500;
		if (up)
			r.w.media.last_ms = now - 100000;
		ev_invoke(loop, &r.w.wait.end.timer, EV_TIMER);
		assert_int_equal(r.w.state, up ? ST_UP : ST_STARTING);
		assert_in_range(
		    r.w.wait.end.due_ms, now + 60000, mono_ms() + 61000);
	}
	/* the new period is not for ever, and a late timer alone no excuse */
	r.w.media.last_ms = now - 100000;
	r.w.wait.end.due_ms = mono_ms() - WORKER_SLEPT_MS / 2;
	ev_invoke(loop, &r.w.wait.end.timer, EV_TIMER);
	assert_int_equal(r.w.state, ST_STOPPING);
	rig_clear(&r);
}

/* --- crossing requests -------------------------------------------------- */

/* A restart on request is not a failure: no delay, and it is not counted. */
static void
test_restart(void **state UNUSED)
{
	struct rig r;

	rig_run(&r, STDIN_NULL, "echo up >&2; " SLEEP);
	worker_restart(&r.w);
	assert_int_equal(r.w.state, ST_STOPPING);
	assert_true(r.w.wanted);
	SPIN_UNTIL(loop, r.w.runs == 2);
	assert_string_equal(r.states, "STARTING STOPPING WAITING STARTING ");
	assert_int_equal(worker_last(&r.w)->class, FAIL_NONE);
	assert_int_equal(r.w.restarts, 0);
	assert_int_equal(r.w.backoff.failures, 0);
	rig_clear(&r);
}

/* The last request wins. */
static void
test_last_wish(void **state UNUSED)
{
	struct rig r;

	rig_run(&r, STDIN_NULL, "echo up >&2; " SLEEP);
	worker_stop(&r.w);
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.runs == 2);
	assert_int_equal(r.w.state, ST_STARTING);
	worker_restart(&r.w);
	worker_stop(&r.w);
	SPIN_UNTIL(loop, !worker_is_running(&r.w));
	assert_int_equal(r.w.state, ST_OFF);
	worker_start(&r.w);
	worker_stop(&r.w);
	worker_restart(&r.w);
	SPIN_UNTIL(loop, r.w.runs == 4);
	assert_int_equal(r.w.state, ST_STARTING);
	rig_clear(&r);
}

/* A stop while it is being replaced is a stop. */
static void
test_stop_wins(void **state UNUSED)
{
	struct rig r;

	rig_run(&r, STDIN_NULL, "echo up >&2; " SLEEP);
	worker_post(&r.w, WEV_SILENT);
	assert_true(r.w.wanted);
	worker_stop(&r.w);
	rig_until_dead(&r);
	assert_int_equal(r.w.state, ST_OFF);
	spin_for(loop, 20);
	assert_int_equal(r.w.runs, 1);
	rig_clear(&r);
}

/* A new run knows nothing of the old one. */
static void
test_fresh_run(void **state UNUSED)
{
	struct rig r;

	rig_run(&r, STDIN_FED, "echo up >&2; " DEAF);
	worker_advanced(&r.w);
	worker_post(&r.w, WEV_SILENT);
	worker_post(&r.w, WEV_RUNG);
	worker_post(&r.w, WEV_RUNG);
	rig_until_dead(&r);
	assert_int_equal(worker_last(&r.w)->class, FAIL_STALL);
	worker_start(&r.w);
	assert_int_equal(r.w.state, ST_STARTING);
	assert_int_equal(r.w.cause, FAIL_NONE);
	assert_int_equal(r.w.ladder.rung, 0);
	assert_false(r.w.ladder.hurry || r.w.ladder.killed ||
	    r.w.ladder.stuck || r.w.replace);
	assert_int_equal(mediawatch_ms(&r.w.media), -1);
	assert_int_equal(r.w.media.progress.frame, -1);
	assert_int_equal(r.w.restarts, 1);
	rig_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fed),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_polite),
		cmocka_unit_test(test_hurry),
		cmocka_unit_test(test_hurry_late),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_stall),
		cmocka_unit_test(test_silent_start),
		cmocka_unit_test(test_slept),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_last_wish),
		cmocka_unit_test(test_stop_wins),
		cmocka_unit_test(test_fresh_run),
	};

	return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
