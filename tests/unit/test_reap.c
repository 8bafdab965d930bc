/* SPDX-License-Identifier: ISC */
/* Nothing is left of a child's family after its death. With real
 * processes. */

#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/util.h"
#include "process/child.h"
#include "process/runonce.h"
#include "run.h"
#include "spin.h"

static bool
is_gone(pid_t pid)
{
	return kill(pid, 0) == -1 && errno == ESRCH;
}

/* With the leader goes its group, whoever holds its pipes, including processes
 * without the token in their environment. */
static void
test_group(void **state UNUSED)
{
	struct run r;
	pid_t grandchild;

	run_start(&r, "sh", "-c",
	    "trap '' TERM; env -i sleep 1000 & echo $!; exit 3", NULL);
	grandchild = atoi(run_read(&r, true));
	assert_true(grandchild > 0);
	SPIN_UNTIL(loop, r.deaths == 1);
	assert_true(WIFEXITED(r.status));
	assert_int_equal(WEXITSTATUS(r.status), 3);
	SPIN_UNTIL(loop, is_gone(grandchild));
	spin_until_childless();
	run_clear(&r);
}

/* Starts a leader with a descendant that left it: in a new session, its parent
 * dead, so that it is our child already. Its pid. */
static pid_t
start_with_stray(struct run *r)
{
	run_start(r, "sh", "-c",
	    "(setsid sh -c 'echo $$; exec sleep 1000' &); read line", NULL);
	return atoi(run_read(r, true));
}

/* A process that left the group is found and killed when its own leader is
 * dead, and left alone while that lives. */
static void
test_strays(void **state UNUSED)
{
	struct run a, b;
	pid_t stray_a = start_with_stray(&a), stray_b = start_with_stray(&b);

	assert_true(stray_a > 0 && stray_b > 0);
	assert_int_not_equal(getpgid(stray_a), a.child.pid);
	child_signal(&a.child, SIGKILL);
	SPIN_UNTIL(loop, a.deaths == 1 && is_gone(stray_a));
	assert_int_equal(WTERMSIG(a.status), SIGKILL);
	assert_false(is_gone(stray_b));
	assert_int_equal(b.deaths, 0);
	close(b.in); /* it comes to its end by itself */
	b.in = -1;
	SPIN_UNTIL(loop, b.deaths == 1 && is_gone(stray_b));
	spin_until_childless();
	run_clear(&a);
	run_clear(&b);
}

/* Fifty deaths after one signal: each is reported once. */
static void
test_coalescing(void **state UNUSED)
{
	static struct run runs[50];
	siginfo_t info;

	for (size_t i = 0; i < NELEM(runs); i++)
		run_start(&runs[i], i % 2 ? "/bin/true" : "/bin/false", NULL);
	for (size_t i = 0; i < NELEM(runs); i++)
		assert_int_equal(waitid(P_PID, (id_t)runs[i].child.pid, &info,
				     WEXITED | WNOWAIT),
		    0);
	spin_once(loop);
	for (size_t i = 0; i < NELEM(runs); i++) {
		assert_int_equal(runs[i].deaths, 1);
		assert_int_equal(WEXITSTATUS(runs[i].status), i % 2 ? 0 : 1);
		run_clear(&runs[i]);
	}
	spin_once(loop);
	assert_int_equal(runs[0].deaths, 1);
	expect_childless();
}

/* A stopped process gets the signal that should end it. */
static void
test_stopped(void **state UNUSED)
{
	struct run r;
	int status;

	run_start(&r, "sleep", "1000", NULL);
	assert_int_equal(kill(r.child.pid, SIGSTOP), 0);
	assert_int_equal(waitpid(r.child.pid, &status, WUNTRACED), r.child.pid);
	child_signal(&r.child, SIGTERM);
	SPIN_UNTIL(loop, r.deaths == 1);
	assert_int_equal(WTERMSIG(r.status), SIGTERM);
	child_signal(&r.child, SIGKILL); /* nobody there any more */
	run_clear(&r);
}

/* --- a program run to its end ------------------------------------------- */

static char *
capture(const char *script, int timeout_ms, char **cause)
{
	struct strv argv = { 0 };
	char *text;

	strv_push(&argv, "/bin/sh");
	strv_push(&argv, "-c");
	strv_push(&argv, script);
	text = runonce_capture(&argv, timeout_ms, cause);
	strv_clear(&argv);
	return text;
}

static void
test_capture(void **state UNUSED)
{
	char *cause = NULL, *text;

	text = capture("echo out; echo err >&2; exit 1", 5000, &cause);
	assert_string_equal(text, "out\nerr\n");
	free(text);
	assert_null(capture("echo begun; sleep 1000", 50, &cause));
	assert_string_equal(cause, "no answer within 50 ms");
	free(cause);
	spin_until_childless();
	text = capture("exec head -c 100000 /dev/zero", 5000, &cause);
	assert_non_null(text);
	free(text);
	spin_until_childless();
}

static void
on_alarm(int sig UNUSED)
{
	/* only to interrupt */
}

/* A signal that comes while the answer is waited for, as SIGHUP comes to the
 * daemon, does not extend the deadline. */
static void
test_capture_interrupted(void **state UNUSED)
{
	struct sigaction sa = { .sa_handler = on_alarm,
		.sa_flags = SA_RESTART };
	struct itimerval soon = { .it_value = { .tv_usec = 20000 } };
	int64_t begin = mono_ms();
	char *cause = NULL;

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	assert_null(capture("exec sleep 60", 100, &cause));
	assert_string_equal(cause, "no answer within 100 ms");
	assert_true(mono_ms() - begin < 30000);
	free(cause);
	signal(SIGALRM, SIG_DFL);
	spin_until_childless();
}

/* Pass "in" through a script; its output is in `out`. */
static int
filter(const char *script, char out[16], int timeout_ms, char **cause)
{
	int in = memfd_create("in", MFD_CLOEXEC);
	int to = memfd_create("out", MFD_CLOEXEC), rc;
	struct strv argv = { 0 };

	strv_push(&argv, "/bin/sh");
	strv_push(&argv, "-c");
	strv_push(&argv, script);
	assert_int_equal(pwrite(in, "in", 2, 0), 2);
	rc = runonce_filter(&argv, in, to, timeout_ms, cause);
	memset(out, 0, 16);
	assert_true(pread(to, out, 15, 0) >= 0);
	strv_clear(&argv);
	close(in);
	close(to);
	return rc;
}

/* A filter has succeeded when it says so, whatever else it says; otherwise its
 * first line is the reason. */
static void
test_filter(void **state UNUSED)
{
	static const struct {
		const char *script, *out, *cause; /* NULL: it does well */
	} rows[] = {
		{ "cat; echo odd >&2", "in", NULL },
		{ "exec 2>&-; sleep 0.05; cat", "in", NULL },
		{ "head -c 100000 /dev/zero >&2; cat", "in", NULL },
		{ "cat; echo; echo why >&2; echo so >&2; exit 3", "in\n",
		    "why" },
		{ "exit 3", "", "it exited with code 3" },
		{ "kill -9 $$", "", "it was killed by signal 9" },
		{ "/nonexistent 2>/dev/null", "", "it exited with code 127" },
	};
	char out[16], *cause;

	for (size_t i = 0; i < NELEM(rows); i++) {
		int rc = filter(rows[i].script, out, 5000, &cause);

		assert_int_equal(rc, rows[i].cause == NULL ? 0 : -1);
		assert_string_equal(out, rows[i].out);
		if (rc == -1)
			assert_string_equal(cause, rows[i].cause);
		free(cause);
	}
	assert_int_equal(filter("cat; sleep 1000", out, 50, &cause), -1);
	assert_string_equal(cause, "not finished within 50 ms");
	free(cause);
	spin_until_childless();
}

static int
setup(void **state UNUSED)
{
	loop = ev_loop_new(EVFLAG_NOENV);
	log_init(LOG_LEVEL_ERROR);
	child_init(loop);
	return 0;
}

static int
teardown(void **state UNUSED)
{
	child_shutdown();
	ev_loop_destroy(loop);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_strays),
		cmocka_unit_test(test_coalescing),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_capture),
		cmocka_unit_test(test_capture_interrupted),
		cmocka_unit_test(test_filter),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
