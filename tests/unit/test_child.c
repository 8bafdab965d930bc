/* SPDX-License-Identifier: ISC */
/* The environment of a child when it starts, and the report of a failed
 * start. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/util.h"
#include "process/child.h"
#include "run.h"
#include "spin.h"

static struct rlimit nofile; /* before child_init() */
static char dir[] = "/tmp/ffsup-child.XXXXXX";

/* A file below our directory; borrowed. */
static const char *
make_file(const char *name, const char *text, mode_t mode)
{
	static char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

/* Whether we run under valgrind: it keeps limits to itself, and dies of an exec
 * that fails late. */
static bool
is_emulated(void)
{
	FILE *f = fopen("/proc/self/limits", "re");
	unsigned long soft = 0;
	struct rlimit ours;
	char line[256];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Max open files %lu", &soft) == 1)
			break;
	fclose(f);
	getrlimit(RLIMIT_NOFILE, &ours);
	return soft != ours.rlim_cur;
}

/* --- birth -------------------------------------------------------------- */

/* Every descriptor it has, one a line, and its target. */
#define LIST_FDS                                                 \
	"i=0; while [ $i -lt 200 ]; do [ -e /proc/$$/fd/$i ] &&" \
	" echo $i $(readlink /proc/$$/fd/$i); i=$((i+1)); done"

/* Append the target of our descriptor, as the child will see it. */
static void
append_fd(char *out, size_t size, const struct child_fd *fd)
{
	char path[32], name[128];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd->from);
	len = readlink(path, name, sizeof(name) - 1);
	assert_true(len > 0);
	name[len] = '\0';
	snprintf(
	    out + strlen(out), size - strlen(out), "%d %s\n", fd->to, name);
}

/* Spawn a listing with the first n of these descriptors and compare. */
static void
expect_fds(const struct child_fd *fds, size_t n, int out)
{
	struct run r = { .child = { .exited = run_exited }, .out = out };
	struct strv argv = { 0 }, env = { 0 };
	struct child_spec spec = { .argv = &argv, .env = &env, .n_fds = n };
	struct child_error e;
	char should[1024] = "";

	r.child.ctx = &r;
	for (size_t i = 0; i < n; i++) {
		spec.fds[i] = fds[i];
		append_fd(should, sizeof(should), &fds[i]);
	}
	strv_push(&argv, "/bin/sh");
	strv_push(&argv, "-c");
	strv_push(&argv, LIST_FDS "; echo end");
	strv_push(&env, "PATH=/usr/bin:/bin");
	assert_int_equal(child_spawn(&r.child, &spec, &e), 0);
	for (size_t len = 0; should[len] != '\0';
	     len += strcspn(should + len, "\n") + 1) {
		char line[256];

		snprintf(line, sizeof(line), "%.*s",
		    (int)strcspn(should + len, "\n"), should + len);
		assert_string_equal(run_read(&r, true), line);
	}
	assert_string_equal(run_read(&r, true), "end");
	SPIN_UNTIL(loop, r.deaths == 1);
	strv_clear(&argv);
	strv_clear(&env);
}

/*
 * The child has exactly the descriptors that were declared, each leading to
 * where ours leads, also when the numbers cross over and when somebody left
 * descriptors open for it to inherit.
 */
static void
test_fds(void **state UNUSED)
{
	int p[2], stray, high;

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	stray = dup(p[0]); /* without close-on-exec */
	high = fcntl(p[1], F_DUPFD, 150);
	expect_fds(
	    (struct child_fd[]){ { p[0], 0 }, { p[1], 1 }, { 2, 2 } }, 3, p[0]);
	expect_fds(
	    (struct child_fd[]){ { 2, 0 }, { p[1], 1 }, { 0, 2 }, { p[0], 3 } },
	    4, p[0]);
	/* one in the gap between two that were declared */
	expect_fds((struct child_fd[]){ { 2, 0 }, { p[1], 1 }, { 0, 2 },
		       { p[0], 15 } },
	    4, p[0]);
	close(p[0]);
	close(p[1]);
	close(stray);
	close(high);
}

/* Our blocked and ignored signals are none of its business. */
static void
test_signals(void **state UNUSED)
{
	static const int ignored[] = { SIGPIPE, SIGHUP, SIGUSR2, SIGTSTP };
	sigset_t all, before, after;

	sigfillset(&all);
	sigdelset(&all, SIGCHLD);
	for (size_t i = 0; i < NELEM(ignored); i++)
		assert_true(signal(ignored[i], SIG_IGN) != SIG_ERR);
	assert_true(signal(SIGRTMIN + 3, SIG_IGN) != SIG_ERR);
	sigprocmask(SIG_BLOCK, &all, &before);
	assert_string_equal(
	    run_script("exec grep -E 'SigBlk|SigIgn' /proc/self/status"),
	    "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	sigprocmask(SIG_SETMASK, &before, &after);
	/* and the start left ours as it was */
	assert_true(sigismember(&after, SIGTERM) == 1);
	for (size_t i = 0; i < NELEM(ignored); i++)
		assert_true(signal(ignored[i], SIG_DFL) == SIG_IGN);
	assert_true(signal(SIGRTMIN + 3, SIG_DFL) == SIG_IGN);
}

/* It leads a new session and group, and is our child. */
static void
test_session(void **state UNUSED)
{
	struct run r;
	int pid, parent, group, session;

	run_start(&r, "cat", "/proc/self/stat", NULL);
	pid = r.child.pid;
	assert_int_equal(sscanf(run_read(&r, false), "%*d (cat) R %d %d %d",
			     &parent, &group, &session),
	    3);
	assert_int_equal(parent, getpid());
	assert_int_equal(group, pid);
	assert_int_equal(session, pid);
	SPIN_UNTIL(loop, r.deaths == 1);
	run_clear(&r);
}

/* The environment is the one that was given and the token of the run; nice
 * is added. */
static void
test_surroundings(void **state UNUSED)
{
	char should[256];
	struct run r;

	run_start(&r, "env", NULL);
	snprintf(should, sizeof(should),
	    "A=1\nPATH=/usr/bin:/bin\nFFSUP_RUN=%d-%u\n", (int)getpid(),
	    r.child.run);
	assert_string_equal(run_read(&r, false), should);
	SPIN_UNTIL(loop, r.deaths == 1);
	run_clear(&r);

	snprintf(
	    should, sizeof(should), "%d\n", getpriority(PRIO_PROCESS, 0) + 3);
	assert_string_equal(run_script("exec nice"), should);
}

/* Limits are those that we were started with; our own are raised. */
static void
test_limits(void **state UNUSED)
{
	char should[32];
	struct rlimit ours;

	getrlimit(RLIMIT_NOFILE, &ours);
	assert_int_equal(ours.rlim_cur, nofile.rlim_max);
	if (is_emulated())
		skip();
	snprintf(
	    should, sizeof(should), "%lu\n", (unsigned long)nofile.rlim_cur);
	assert_string_equal(run_script("ulimit -n"), should);
}

/* --- failed starts ------------------------------------------------------ */

/* A start fails at that stage, for that reason, and leaves nothing behind. */
static void
expect_failure(const char *program, enum child_stage stage, int err)
{
	struct strv argv = { 0 };
	struct child_error e;
	struct run r;

	strv_push(&argv, program);
	assert_int_equal(run_try(&r, &argv, &e), 0);
	SPIN_UNTIL(loop, r.deaths == 1);
	assert_non_null(child_failure(&r.child));
	e = *child_failure(&r.child);
	if (e.stage != stage || e.err != err)
		fail_msg("%s: %s", program, child_error_text(&e));
	assert_int_equal(r.child.pid, 0);
	/* nothing wrote to its stdout */
	assert_string_equal(run_read(&r, false), "");
	expect_childless();
	run_clear(&r);
	strv_clear(&argv);
}

static void
test_failures(void **state UNUSED)
{
	expect_failure("no-such-program-here", CHILD_STAGE_FIND, ENOENT);
	expect_failure("", CHILD_STAGE_FIND, ENOENT);
	expect_failure("/no/such/program", CHILD_STAGE_EXEC, ENOENT);
	expect_failure(dir, CHILD_STAGE_EXEC, EACCES);
	expect_failure(make_file("plain", "#!/bin/sh\necho ran\n", 0600),
	    CHILD_STAGE_EXEC, EACCES);
}

/* A program in PATH that may not be run is not the same as none. */
static void
test_search(void **state UNUSED)
{
	char *old = xstrdup(getenv("PATH"));

	make_file("locked", "#!/bin/sh\n", 0600);
	setenv("PATH", dir, 1);
	expect_failure("locked", CHILD_STAGE_FIND, EACCES);
	setenv("PATH", old, 1);
	free(old);
}

/* A text without #! is not handed to a shell, by path or by name, and one
 * whose interpreter is missing is not either. */
static void
test_no_shell(void **state UNUSED)
{
	const char *path = make_file("text", "echo ran\n", 0700);
	char *old;

	if (is_emulated())
		skip();
	old = xstrdup(getenv("PATH"));
	expect_failure(path, CHILD_STAGE_EXEC, ENOEXEC);
	setenv("PATH", dir, 1);
	expect_failure("text", CHILD_STAGE_EXEC, ENOEXEC);
	setenv("PATH", old, 1);
	free(old);
	expect_failure(make_file("lost", "#!/no/such/interpreter\n", 0700),
	    CHILD_STAGE_EXEC, ENOENT);
}

/* An invalid descriptor is a failure too, not a program with a hole. */
static void
test_bad_fd(void **state UNUSED)
{
	struct run r = { .child = { .exited = run_exited } };
	struct strv argv = { 0 }, env = { 0 };
	struct child_error e;
	struct child_spec spec = {
		.argv = &argv, .env = &env, .fds = { { 990, 0 } }, .n_fds = 1
	};

	r.child.ctx = &r;
	strv_push(&argv, "/bin/true");
	assert_int_equal(child_spawn(&r.child, &spec, &e), 0);
	SPIN_UNTIL(loop, r.deaths == 1);
	assert_string_equal(child_error_text(child_failure(&r.child)),
	    "/bin/true: file descriptors: Bad file descriptor");
	expect_childless();
	strv_clear(&argv);
}

static int
before_fails(void *ctx UNUSED, char *what, size_t size)
{
	snprintf(what, size, "cannot create the directory of /rec/x");
	return EROFS;
}

static int
before_hangs(void *ctx UNUSED, char *what UNUSED, size_t size UNUSED)
{
	for (;;)
		pause();
	return 0;
}

/* Start /bin/true with something to do before. */
static void
start_before(struct run *r, int (*before)(void *, char *, size_t),
    const struct child_fd *fd)
{
	struct strv argv = { 0 }, env = { 0 };
	struct child_error e;
	struct child_spec spec = { .argv = &argv,
		.env = &env,
		.fds = { *fd },
		.n_fds = 1,
		.before = before };

	*r = (struct run){ .child = { .exited = run_exited } };
	r->child.ctx = r;
	strv_push(&argv, "/bin/true");
	assert_int_equal(child_spawn(&r->child, &spec, &e), 0);
	strv_clear(&argv);
}

/* A step of the owner that fails in the child is the reason of a failed
 * start. */
static void
test_before(void **state UNUSED)
{
	struct run r;

	start_before(&r, before_fails, &(struct child_fd){ 2, 2 });
	SPIN_UNTIL(loop, r.deaths == 1);
	assert_string_equal(child_error_text(child_failure(&r.child)),
	    "cannot create the directory of /rec/x: Read-only file system");
}

/* A start that hangs before its exec holds up nobody, keeps nothing open that
 * is not its own, and can be ended. */
static void
test_s4_start_hangs(void **state UNUSED)
{
	char byte;
	struct run r;
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	start_before(&r, before_hangs, &(struct child_fd){ 2, 2 });
	close(p[1]);
	/* the child has no end of our pipe: it ends for us */
	assert_int_equal(read(p[0], &byte, 1), 0);
	assert_string_equal(run_script("echo others start"), "others start\n");
	assert_int_equal(r.deaths, 0);
	child_signal(&r.child, SIGKILL);
	SPIN_UNTIL(loop, r.deaths == 1);
	assert_null(child_failure(&r.child));
	close(p[0]);
}

static int
setup(void **state UNUSED)
{
	loop = ev_loop_new(EVFLAG_NOENV);
	getrlimit(RLIMIT_NOFILE, &nofile);
	nofile.rlim_cur = nofile.rlim_max < 777 ? nofile.rlim_max : 777;
	setrlimit(RLIMIT_NOFILE, &nofile);
	log_init(LOG_LEVEL_ERROR);
	child_init(loop);
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
teardown(void **state UNUSED)
{
	static const char *const names[] = { "plain", "lost", "text",
		"locked" };
	char path[64];

	for (size_t i = 0; i < NELEM(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	child_shutdown();
	ev_loop_destroy(loop);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fds),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_surroundings),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_no_shell),
		cmocka_unit_test(test_bad_fd),
		cmocka_unit_test(test_before),
		cmocka_unit_test(test_s4_start_hangs),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
