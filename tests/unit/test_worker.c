/* SPDX-License-Identifier: ISC */
/*
 * The table of states, cell by cell, and how the end of a run decides the next
 * step. The children are real.
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
#define DEAF  "trap '' TERM; exec sleep 1000"
#define FRAME "printf 'frame=5\\nprogress=continue\\n' >&3; "

/* Bring a new worker into a state, with `wanted` as that implies. */
static void
rig_bring(struct rig *r, enum worker_state state)
{
	rig_init(r, STDIN_NULL,
	    state == ST_STOPPING ? DEAF
		: state == ST_HELD
		? "echo \"Unrecognized option 'x'.\" >&2; exit 1"
		: SLEEP);
	r->wait = state == ST_WAITING ? 60000 : 0;
	if (state != ST_OFF)
		worker_post(&r->w, WEV_START);
	if (state == ST_UP)
		worker_advanced(&r->w);
	if (state == ST_STOPPING)
		worker_post(&r->w, WEV_STOP);
	SPIN_UNTIL(loop, r->w.state == state);
	r->wait = 0;
	r->script = SLEEP;
}

#define _ N_STATES /* stays as it is */

/* The documented table. The deaths of running ones come below. */
static const enum worker_state expected[N_STATES][N_WORKER_EVENTS] = {
	/*		  START        STOP	    ALIVE  SILENT
	 *		  DIED DUE     RUNG */
	[ST_OFF] = { ST_STARTING, _, _, _, _, _, _ },
	[ST_WAITING] = { ST_STARTING, ST_OFF, _, _, _, ST_STARTING, _ },
	[ST_STARTING] = { _, ST_STOPPING, ST_UP, ST_STOPPING, _, _, _ },
	[ST_UP] = { _, ST_STOPPING, _, ST_STOPPING, _, _, _ },
	[ST_STOPPING] = { _, _, _, _, _, _, _ },
	[ST_HELD] = { ST_STARTING, ST_OFF, _, _, _, ST_STARTING, _ },
};

/* Every cell leads where the table says; the wish follows START and STOP
 * alone; the timer runs exactly where the new state has one. */
static void
test_cells(void **state UNUSED)
{
	for (int s = 0; s < N_STATES; s++) {
		for (int e = 0; e < N_WORKER_EVENTS; e++) {
			bool lives =
			    s == ST_STARTING || s == ST_UP || s == ST_STOPPING;
			enum worker_state to = expected[s][e];
			struct rig r;
			bool wanted;

			if (lives && e == WEV_DIED)
				continue;
			rig_bring(&r, (enum worker_state)s);
			wanted = r.w.wanted;
			worker_post(&r.w, (enum worker_event)e);
			if (r.w.state != (to == _ ? (enum worker_state)s : to))
				fail_msg("%s, event %d: -> %s", rig_word(s), e,
				    rig_word(r.w.state));
			assert_int_equal(r.w.wanted,
			    e == WEV_START	? true
				: e == WEV_STOP ? false
						: wanted);
			assert_int_equal(ev_is_active(&r.w.wait.end.timer) != 0,
			    r.w.state != ST_OFF);
			assert_int_equal(worker_is_running(&r.w),
			    r.w.state == ST_STARTING || r.w.state == ST_UP ||
				r.w.state == ST_STOPPING);
			rig_clear(&r);
		}
	}
}

#undef _

/* Run a script to its death; check the next state and the record of the run. */
static void
expect_ending(const char *script, enum worker_state next, enum fail_class class)
{
	const struct ending *e;
	struct rig r;

	rig_init(&r, STDIN_NULL, script);
	worker_start(&r.w);
	assert_null(worker_last(&r.w));
	SPIN_UNTIL(loop, r.w.endings.n == 1);
	e = worker_last(&r.w);
	if (r.w.state != next || e->class != class)
		fail_msg("%s: %s, %s (%s)", script, rig_word(r.w.state),
		    ffclass_names[e->class], e->text);
	assert_int_equal(e->run, 1);
	assert_int_equal(
	    worker_retry_in(&r.w) > 0, next == ST_WAITING || next == ST_HELD);
	rig_clear(&r);
}

/* The cell "bury": the class of the ending decides. */
static void
test_bury(void **state UNUSED)
{
	static const char option[] =
	    FRAME "echo \"Unrecognized option 'x'.\" >&2; exit 1";

	expect_ending("exit 3", ST_WAITING, FAIL_EXIT);
	expect_ending("exit 0", ST_WAITING, FAIL_ENDED);
	expect_ending("kill -SEGV $$", ST_WAITING, FAIL_CRASH);
	expect_ending("kill -KILL $$", ST_WAITING, FAIL_SIGNAL);
	expect_ending("echo 'x: Connection refused' >&2; exit 1", ST_WAITING,
	    FAIL_REFUSED);
	expect_ending(option + sizeof(FRAME) - 1, ST_HELD, FAIL_OPTION);
	/* options that were on air are not misspelt */
	expect_ending(option, ST_WAITING, FAIL_OPTION);
}

/* Input that plays once is not played again, unless it failed. */
static void
test_once(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, STDIN_NULL, "exit 0");
	r.w.plan.once = r.w.plan.files = true;
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.endings.n == 1);
	assert_int_equal(r.w.state, ST_OFF);
	r.script = "exit 1";
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.endings.n == 2);
	assert_int_equal(r.w.state, ST_WAITING);
	rig_clear(&r);
}

/* A playlist goes from file to file at once, which is not a restart, until none
 * is left; a file that gave nothing is a failure like any other. */
static void
test_playlist(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, STDIN_NULL, FRAME "exit 0");
	r.w.plan.playlist = true;
	r.more = 3;
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.state == ST_OFF);
	assert_int_equal(r.w.runs, 4);
	assert_int_equal(r.w.restarts, 0);
	assert_int_equal(r.w.backoff.failures, 0);
	assert_false(r.w.wanted);
	rig_clear(&r);

	rig_init(&r, STDIN_NULL, "exit 0");
	r.w.plan.playlist = true;
	r.later = true;
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.endings.n == 1);
	assert_int_equal(r.w.state, ST_WAITING);
	assert_int_equal(r.w.wait.delay_ms, 60000);
	/* whatever the last file's failure was */
	r.script = "echo \"Unrecognized option 'x'.\" >&2; exit 1";
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.endings.n == 2);
	assert_int_equal(r.w.state, ST_WAITING);
	assert_int_equal(r.w.wait.delay_ms, 60000);
	rig_clear(&r);
}

/* A file that fails, however it fails, makes the next one's turn come at once,
 * and the list ends after its last file whether that was played or not. */
static void
test_m1_m3_broken_files(void **state UNUSED)
{
	static const char *const scripts[] = { "exit 0", "exit 1",
		"kill -SEGV $$",
		"echo \"Unrecognized option 'x'.\" >&2; exit 1",
		"echo 'method DESCRIBE failed: 401' >&2; exit 1",
		FRAME "kill -KILL $$" };

	for (size_t i = 0; i < NELEM(scripts); i++) {
		struct rig r;

		rig_init(&r, STDIN_NULL, scripts[i]);
		r.w.plan.playlist = true;
		r.more = 4;
		worker_start(&r.w);
		SPIN_UNTIL(loop, r.w.state == ST_OFF);
		assert_int_equal(r.w.runs, 5);
		assert_int_equal(r.more, 0);
		rig_clear(&r);
	}
}

/* An ffmpeg that cannot be started is not a failure of the file. */
static void
test_m1_no_ffmpeg(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, STDIN_NULL, "");
	r.program = "/no/such/ffmpeg";
	r.w.plan.playlist = true;
	r.more = 3;
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.endings.n == 1);
	SPIN_UNTIL(loop, r.w.state == ST_WAITING);
	assert_int_equal(worker_last(&r.w)->class, FAIL_SPAWN);
	assert_int_equal(r.w.wait.delay_ms, 80000);
	assert_int_equal(r.more, 3);
	rig_clear(&r);
}

/* A run that is given up is tried again after its time, and says when; one that
 * was on air with the same arguments is not given up, with others it is. */
static void
test_s3_given_up(void **state UNUSED)
{
	static const char fail[] =
	    "echo \"Unrecognized option 'x'.\" >&2; exit 1";
	struct worker_policy policy = rig_policy();
	struct rig r;

	rig_init(&r, STDIN_NULL, fail);
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.state == ST_HELD);
	assert_in_range(worker_retry_in(&r.w), 50, 100000);
	policy.backoff.held_ms = 50;
	worker_set_policy(&r.w, &policy); /* that counts from now on */
	assert_in_range(worker_retry_in(&r.w), 0, 50);
	SPIN_UNTIL(loop, r.w.runs == 3);
	r.script = FRAME SLEEP;
	SPIN_UNTIL(loop, r.w.state == ST_UP);
	assert_true(r.w.media.proven);
	r.script = fail;
	child_signal(&r.w.child, SIGKILL);
	policy.backoff.slow_min_ms = policy.backoff.min_ms = 1;
	policy.backoff.slow_max_ms = policy.backoff.max_ms = 1;
	worker_set_policy(&r.w, &policy);
	SPIN_UNTIL(loop, r.w.runs == 6);
	assert_int_equal(worker_last(&r.w)->class, FAIL_OPTION);
	assert_int_equal(worker_last(&r.w)->policy, POLICY_SLOW);
	worker_forget(&r.w);
	SPIN_UNTIL(loop, r.w.state == ST_HELD);
	rig_clear(&r);
}

/* An ffmpeg that crashed is known by its last error, too. */
static void
test_m5_crash_words(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, STDIN_NULL,
	    "echo \"[concat @ 0x5] [error] Impossible to open 'b'\" >&2;"
	    "echo '[info] bye' >&2; kill -SEGV $$");
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.endings.n == 1);
	assert_string_equal(
	    worker_last(&r.w)->text, "signal SIGSEGV: Impossible to open 'b'");
	rig_clear(&r);
}

/* The words of a program are its last lines, and nothing else. */
static void
test_w1_program_words(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, STDIN_NULL,
	    "echo '  File \"/x/cam.py\", line 7, in f' >&2;"
	    "echo 'v4l2: Error setting exposure' >&2; exit 3");
	r.w.plan.ffmpeg = false;
	r.w.plan.role = ROLE_PRODUCER;
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.endings.n == 1);
	assert_int_equal(r.w.state, ST_WAITING);
	assert_int_equal(r.w.wait.delay_ms, 60000); /* the ordinary one */
	assert_int_equal(worker_last(&r.w)->class, FAIL_PRODUCER);
	assert_string_equal(worker_last(&r.w)->text,
	    "exit 3: cam.py line 7: v4l2: Error setting exposure");
	rig_clear(&r);
}

/* A spare is not expected to do anything; once it is its turn, it has the
 * patience of a start. */
static void
test_spare(void **state UNUSED)
{
	struct worker_policy policy = rig_policy();
	struct rig r;

	policy.start_ms = 60;
	policy.grace_ms = 10;
	rig_init(&r, STDIN_FED, SLEEP);
	worker_set_policy(&r.w, &policy);
	r.idle = true;
	worker_start(&r.w);
	spin_for(loop, 200);
	assert_int_equal(r.w.state, ST_STARTING);
	worker_set_policy(&r.w, &policy); /* that is not its turn */
	spin_for(loop, 100);
	assert_int_equal(r.w.state, ST_STARTING);
	worker_wake(&r.w);
	assert_false(r.w.idle);
	assert_true(mono_ms() - r.w.run.spawned_ms < 50);
	assert_in_range(r.w.wait.end.due_ms - mono_ms(), 1, 60);
	r.idle = false;
	SPIN_UNTIL(loop, r.w.endings.n == 1);
	assert_int_equal(worker_last(&r.w)->class, FAIL_START);
	rig_clear(&r);
}

/* An output that is given nothing is not blamed, whatever the clock says; input
 * that it was given and does not progress with counts. */
static void
check_given(const char *script, enum worker_state state, enum fail_class class)
{
	struct worker_policy policy = rig_policy();
	struct rig r;

	rig_init(&r, STDIN_FED, script);
	r.w.plan.role = ROLE_OUTPUT;
	r.given = 1000; /* before */
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.state == state);
	if (state == ST_STARTING) {
		r.w.idle = true;
		worker_wake(&r.w);
	}
	policy.start_ms = policy.stall_ms = 60;
	policy.grace_ms = 10;
	worker_set_policy(&r.w, &policy);
	r.given += 59;
	spin_for(loop, 300);
	assert_int_equal(r.w.state, state);
	/* again, where a loop that was held up has begun a new period */
	SPIN_UNTIL(
	    loop, (r.given = r.w.media.given_ms + 60, r.w.endings.n == 1));
	assert_int_equal(worker_last(&r.w)->class, class);
	rig_clear(&r);
}

static void
test_s2_given(void **state UNUSED)
{
	check_given(SLEEP, ST_STARTING, FAIL_START);
	check_given(FRAME SLEEP, ST_UP, FAIL_STALL);
}

/* A start that has to wait does not count: no run, no restart, no failure. */
static void
test_hold(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, STDIN_NULL, SLEEP);
	r.hold = 80;
	worker_start(&r.w);
	assert_int_equal(r.w.state, ST_WAITING);
	assert_int_equal(r.w.runs, 0);
	assert_in_range(worker_retry_in(&r.w), 1, 80);
	SPIN_UNTIL(loop, r.w.state == ST_STARTING);
	assert_int_equal(r.w.runs, 1);
	assert_int_equal(r.w.restarts, 0);
	assert_int_equal(r.reserved, 1);
	rig_clear(&r);
}

/* It goes on at once when the thing that it waits for is there; and not before,
 * when it now waits for something else. */
static void
test_s4_release(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, STDIN_NULL, SLEEP);
	r.hold = 60000;
	worker_start(&r.w);
	assert_int_equal(r.w.state, ST_WAITING);
	worker_release(&r.w);
	SPIN_UNTIL(loop, r.w.state == ST_STARTING);
	assert_int_equal(r.reserved, 1);
	worker_release(&r.w);
	assert_int_equal(r.w.state, ST_STARTING);
	rig_clear(&r);

	rig_init(&r, STDIN_NULL, SLEEP);
	r.wait = 60000;
	worker_start(&r.w);
	worker_release(&r.w);
	assert_true(worker_retry_in(&r.w) > 50000);
	worker_stop(&r.w);
	worker_release(&r.w);
	assert_int_equal(r.w.state, ST_OFF);
	assert_int_equal(r.w.runs, 0);
	rig_clear(&r);
}

/* A start without anything to play is the end. */
static void
test_s4_hold_ends(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, STDIN_NULL, SLEEP);
	r.hold = 10;
	worker_start(&r.w);
	r.hold = -1;
	SPIN_UNTIL(loop, r.w.state == ST_OFF);
	assert_false(r.w.wanted);
	assert_int_equal(r.w.runs, 0);
	assert_int_equal(r.w.endings.n, 0);
	rig_clear(&r);
}

/* The descriptor of frames is the planned one, and output to stdout is not a
 * frame then. */
static void
test_out(void **state UNUSED)
{
	static const char script[] =
	    "echo frame >&\"$0\"; echo printed; exec sleep 100";

	for (int out = 1; out <= 9; out = out == 1 ? 3 : out + 3) {
		char text[80] = "", *number = xasprintf("%d", out);
		struct rig r;
		ssize_t n = 0;

		rig_init(&r, STDIN_NULL, script);
		r.arg = number;
		r.w.plan.ffmpeg = false;
		r.w.plan.out = out;
		worker_start(&r.w);
		SPIN_UNTIL(loop, r.out != -1);
		while (strstr(text, out == 1 ? "printed\n" : "\n") == NULL) {
			n = read(r.out, text + strlen(text),
			    sizeof(text) - strlen(text) - 1);
			assert_true(n > 0);
		}
		if (out == 1) {
			assert_string_equal(text, "frame\nprinted\n");
		} else {
			assert_string_equal(text, "frame\n");
			SPIN_UNTIL(loop, strstr(r.said, "printed|") != NULL);
		}
		rig_clear(&r);
		free(number);
	}
}

/* A start never follows a death at once: the wait of 0 ms is a state like any
 * other, and a stop in between wins. */
static void
test_no_start_from_death(void **state UNUSED)
{
	struct worker_policy policy = rig_policy();
	struct rig r;

	policy.backoff.min_ms = policy.backoff.max_ms = 0;
	rig_init(&r, STDIN_NULL, "exit 1");
	worker_set_policy(&r.w, &policy);
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.endings.n == 2);
	assert_memory_equal(r.states, "STARTING WAITING STARTING WAITING ", 33);
	while (r.w.state != ST_WAITING)
		spin_once(loop);
	worker_stop(&r.w);
	spin_for(loop, 20);
	assert_int_equal(r.w.state, ST_OFF);
	rig_clear(&r);
}

/* The last five endings are kept, newest first, and restarts are counted. */
static void
test_endings(void **state UNUSED)
{
	struct worker_policy policy = rig_policy();
	struct rig r;

	policy.backoff.min_ms = policy.backoff.max_ms = 0;
	rig_init(&r, STDIN_NULL, "exit 7");
	worker_set_policy(&r.w, &policy);
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.runs >= 8 && !worker_is_running(&r.w));
	assert_int_equal(r.w.endings.n, ENDINGS_MAX);
	for (unsigned i = 0; i < ENDINGS_MAX; i++) {
		assert_int_equal(r.w.endings.v[i].run, r.w.runs - i);
		assert_int_equal(r.w.endings.v[i].code, 7);
		assert_int_equal(r.w.endings.v[i].media_ms, -1);
		assert_string_equal(r.w.endings.v[i].text, "exit 7");
	}
	assert_int_equal(r.w.restarts, r.w.runs - 1);
	assert_int_equal(r.w.backoff.failures, r.w.runs);
	assert_int_equal(r.reserved, r.w.runs);
	assert_int_equal(r.w.log.n, 2);
	rig_clear(&r);
}

/* A program that cannot be started at all is a failure with a reason, masked,
 * and is tried again; no start is reported. */
static void
test_no_start(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, STDIN_FED, NULL);
	worker_start(&r.w);
	assert_int_equal(r.w.state, ST_WAITING);
	assert_int_equal(r.w.wait.delay_ms, 80000); /* like a device */
	assert_int_equal(worker_last(&r.w)->class, FAIL_SPAWN);
	assert_string_equal(worker_last(&r.w)->text, "not today, ****");
	r.program = "/no/such/hush-hush/ffmpeg";
	r.script = "";
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.state == ST_WAITING);
	assert_int_equal(worker_last(&r.w)->class, FAIL_SPAWN);
	assert_string_equal(worker_last(&r.w)->text,
	    "/no/such/****/ffmpeg: exec: No such file or directory");
	assert_int_equal(r.started, 0);
	assert_int_equal(r.w.runs, 2);
	rig_clear(&r);
}

/* The turn to start is reserved once for each start, even when the start has to
 * wait for it. */
static void
test_reserve(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, STDIN_NULL, SLEEP);
	r.wait = 30;
	worker_start(&r.w);
	assert_int_equal(r.w.state, ST_WAITING);
	assert_in_range(worker_retry_in(&r.w), 1, 30);
	SPIN_UNTIL(loop, r.w.state == ST_STARTING);
	assert_int_equal(r.reserved, 1);
	assert_int_equal(r.w.runs, 1);
	assert_int_equal(worker_retry_in(&r.w), -1);
	rig_clear(&r);
}

/* Numbers that grow are signs of life; lines, and repeated numbers, are not. */
static void
test_progress(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, STDIN_FED,
	    "printf 'frame=0\\nx.mkv\\nprogress=continue\\n' >&3;"
	    "echo zero >&2;"
	    "read x; printf 'frame=7\\nprogress=continue\\n' >&3;"
	    "read x; printf 'frame=7\\nprogress=continue\\n' >&3; echo same >&2;"
	    "read x; printf 'frame=8\\nprogress=end\\n' >&3; exit 0");
	worker_start(&r.w);
	SPIN_UNTIL(loop, strstr(r.said, "zero|") != NULL);
	spin_once(loop);
	assert_int_equal(r.w.state, ST_STARTING);
	assert_string_equal(r.wrote, "x.mkv"); /* a file that is complete */
	assert_int_equal(mediawatch_ms(&r.w.media), -1);
	assert_int_equal(write(r.in, "\n", 1), 1);
	SPIN_UNTIL(loop, r.w.state == ST_UP);
	assert_int_equal(mediawatch_ms(&r.w.media), 0);
	assert_int_equal(write(r.in, "\n", 1), 1);
	SPIN_UNTIL(loop, strstr(r.said, "same|") != NULL);
	spin_once(loop);
	assert_int_equal(mediawatch_ms(&r.w.media), 0);
	assert_int_equal(write(r.in, "\n", 1), 1);
	/* the lines in the pipe at its death still count */
	SPIN_UNTIL(loop, r.w.endings.n == 1);
	assert_int_equal(r.w.media.progress.frame, 8);
	assert_true(r.w.media.progress.end);
	assert_true(worker_last(&r.w)->media_ms > 0);
	rig_clear(&r);
}

/* Frames that grow while their media time does not are not a sign of life: it
 * stalls, however many come; by its own time, or by what others see of it. */
static void
test_s2_frozen_media(void **state UNUSED)
{
	static const struct {
		const char *us; /* the shell's, of frame $i */
		bool trails, frozen;
	} rows[] = {
		{ "$((i * 40000))", false, false },
		{ "$((i * 8000))", false, false }, /* slow */
		{ "$((42000000 + i * 11))", false, true },
		{ "42000000", false, true },
		{ "42000000", true, false }, /* the sound alone is gone */
		{ "$((42000000 + i * 11))", true, true },
		{ "$((i > 2 ? i * 40000 : 42000000))", true, true },
		{ "N/A", false, false },
		{ "0", false, false },
	};
	struct worker_policy policy = rig_policy();

	policy.stall_ms = 600; /* frames come for a second */
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct rig r;
		char *script =
		    xasprintf("i=0; while sleep 0.05; do i=$((i + 1));"
			      " printf 'frame=%%d\nout_time_us=%%s\n"
			      "progress=continue\n' $i %s >&3; done",
			rows[i].us);

		rig_init(&r, STDIN_NULL, script);
		worker_set_policy(&r.w, &policy);
		worker_start(&r.w);
		r.w.media.trails = rows[i].trails;
		SPIN_UNTIL(
		    loop, r.w.endings.n == 1 || r.w.media.progress.frame > 20);
		if ((r.w.endings.n == 1) != rows[i].frozen)
			fail_msg("%s", rows[i].us);
		if (rows[i].frozen)
			assert_int_equal(worker_last(&r.w)->class, FAIL_STALL);
		rig_clear(&r);
		free(script);
	}
}

/* The reader of its output sees that the stamps do not go on. */
static void
test_s2_stuck(void **state UNUSED)
{
	struct worker_policy policy = rig_policy();
	struct rig r;

	rig_init(&r, STDIN_NULL,
	    "i=0; while sleep 0.05; do i=$((i + 1));"
	    " printf 'frame=%d\nprogress=continue\n' $i >&3; done");
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.media.progress.frame > 10);
	assert_int_equal(r.w.endings.n, 0);
	policy.stall_ms = 200; /* only now: a busy machine delays frames, too */
	worker_set_policy(&r.w, &policy);
	r.stuck = mono_ms();
	SPIN_UNTIL(loop, r.w.endings.n == 1);
	assert_int_equal(worker_last(&r.w)->class, FAIL_STALL);
	assert_true(mono_ms() - r.stuck >= 200);
	rig_clear(&r);
}

/* Frames that come, media time that goes on with the sound, and an ffmpeg that says
 * of each frame that its stamp did not: that is a stall; of some of them, none. */
static void
check_still(const char *said, bool stalls)
{
	struct worker_policy policy = rig_policy();
	char script[512];
	struct rig r;
	int64_t last;

	snprintf(script, sizeof(script),
	    "i=0; while sleep 0.02; do i=$((i + 1)); %s"
	    " printf 'frame=%%d\nout_time_us=%%d\nprogress=continue\n'"
	    " $((2 * i)) $((i * 40000)) >&3; done",
	    said);
	rig_init(&r, STDIN_NULL, script);
	policy.stall_ms = 60000; /* a busy machine delays frames, too */
	worker_set_policy(&r.w, &policy);
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.media.progress.frame > 100);
	if (stalls) {
		SPIN_UNTIL(loop, r.w.media.frozen);
		policy.stall_ms = 200;
		worker_set_policy(&r.w, &policy);
		SPIN_UNTIL(loop, r.w.endings.n == 1);
		assert_int_equal(worker_last(&r.w)->class, FAIL_STALL);
	} else { /* it goes on, and on */
		for (int i = 0; i < 3; i++) {
			last = r.w.media.last_ms;
			SPIN_UNTIL(loop, r.w.media.last_ms > last);
		}
		assert_int_equal(r.w.endings.n, 0);
	}
	rig_clear(&r);
}

static void
test_s2_still(void **state UNUSED)
{
	static const char line[] =
	    "echo '[mpegts @ 0x1] [warning] Non-monotonous DTS in output "
	    "stream 0:0; previous: 1, current: 1; changing to 2.' >&2; ";
	char both[400];

	snprintf(both, sizeof(both), "[ $i -lt 5 ] || { %s %s }; ", line, line);
	check_still(both, true);
	check_still(line, false); /* every second frame */
	check_still("", false);
}

/* Only media bring the delays back to their beginning, and at once. */
static void
test_health(void **state UNUSED)
{
	struct rig r;

	rig_bring(&r, ST_UP);
	r.w.backoff.failures = 3;
	worker_advanced(&r.w);
	assert_int_equal(r.w.backoff.failures, 3);
	r.w.media.first_ms -= 59000;
	worker_advanced(&r.w);
	assert_int_equal(r.w.backoff.failures, 3);
	r.w.media.first_ms -= 1000;
	worker_advanced(&r.w);
	assert_int_equal(r.w.backoff.failures, 0);
	/* and the next failure is answered at once */
	assert_int_equal(kill(r.w.child.pid, SIGKILL), 0);
	SPIN_UNTIL(loop, r.w.endings.n == 1);
	assert_int_equal(r.w.wait.delay_ms, 0);
	rig_clear(&r);
}

/* Its stderr is masked before anybody sees it. */
static void
test_said(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, STDIN_NULL,
	    "echo key hush-hush >&2; echo again >&2; echo again >&2; exit 1");
	worker_start(&r.w);
	SPIN_UNTIL(loop, r.w.endings.n == 1);
	assert_string_equal(r.said, "key ****|again|");
	assert_int_equal(runlog_line(runlog_last(&r.w.log), 1)->repeat, 1);
	rig_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_bury),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_playlist),
		cmocka_unit_test(test_m1_m3_broken_files),
		cmocka_unit_test(test_m1_no_ffmpeg),
		cmocka_unit_test(test_s3_given_up),
		cmocka_unit_test(test_m5_crash_words),
		cmocka_unit_test(test_w1_program_words),
		cmocka_unit_test(test_spare),
		cmocka_unit_test(test_s2_given),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_s4_release),
		cmocka_unit_test(test_s4_hold_ends),
		cmocka_unit_test(test_out),
		cmocka_unit_test(test_no_start_from_death),
		cmocka_unit_test(test_endings),
		cmocka_unit_test(test_no_start),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_progress),
		cmocka_unit_test(test_s2_frozen_media),
		cmocka_unit_test(test_s2_stuck),
		cmocka_unit_test(test_s2_still),
		cmocka_unit_test(test_health),
		cmocka_unit_test(test_said),
	};

	return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
