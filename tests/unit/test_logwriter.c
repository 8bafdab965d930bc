/* SPDX-License-Identifier: ISC */
/* The writer of the log file: little ends it, and nothing ends the log. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/util.h"
#include "process/logwriter.h"
#include "spin.h"

static bool no_close_range;

long __real_syscall(long nr, ...);
long __wrap_syscall(long nr, ...);

/* As a kernel before 5.9 does. */
long
__wrap_syscall(long nr, ...)
{
	long a[4];
	va_list ap;

	va_start(ap, nr);
	for (size_t i = 0; i < NELEM(a); i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
#ifdef SYS_close_range
	if (no_close_range && nr == SYS_close_range) {
		errno = ENOSYS;
		return -1;
	}
#endif
	return __real_syscall(nr, a[0], a[1], a[2], a[3]);
}

/* A log in a file, and our own stderr meanwhile. */
struct rig {
	char path[64];
	int err;
};

static void
rig_init(struct rig *r)
{
	int fd;

	*r = (struct rig){ .path = "/tmp/test_scribe.XXXXXX" };
	fd = mkstemp(r->path);
	assert_int_not_equal(fd, -1);
	r->err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	fcntl(fd, F_SETFL, O_APPEND);
	dup2(fd, STDERR_FILENO);
	close(fd);
	logwriter_start();
}

/* Whether the log has these words; each of its lines is there in time. */
static bool
rig_has(const struct rig *r, const char *words)
{
	size_t len;
	char *text = fs_read(r->path, 1 << 20, &len);
	bool has = text != NULL && strstr(text, words) != NULL;

	free(text);
	return has;
}

static void
rig_clear(struct rig *r)
{
	pid_t pid = logwriter_pid();

	logwriter_finish();
	dup2(r->err, STDERR_FILENO);
	close(r->err);
	unlink(r->path);
	assert_int_equal(logwriter_pid(), 0);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1); /* it is reaped */
}

/* No signal that can be ignored ends it, not even real-time ones and those that
 * glibc keeps to itself. */
static void
test_p3_signals(void **state UNUSED)
{
	struct rig r;

	rig_init(&r);
	log_error("at first");
	SPIN_UNTIL(loop, rig_has(&r, "at first")); /* it has begun */
	for (int sig = 1; sig <= 64; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			syscall(SYS_kill, logwriter_pid(), sig);
	log_error("after every signal");
	SPIN_UNTIL(loop, rig_has(&r, "after every signal"));
	assert_false(rig_has(&r, "ended"));
	rig_clear(&r);
}

/* Ended by force, it is followed by another one, which the log says once. */
static void
test_p4_killed(void **state UNUSED)
{
	struct rig r;
	pid_t first;

	rig_init(&r);
	log_error("at first");
	SPIN_UNTIL(loop, rig_has(&r, "at first"));
	first = logwriter_pid();
	kill(first, SIGKILL);
	SPIN_UNTIL(loop, kill(first, 0) == -1); /* the loop reaps it */
	log_error("line one");
	log_error("line two");
	SPIN_UNTIL(loop, rig_has(&r, "line two"));
	assert_true(rig_has(&r, "line one"));
	assert_true(rig_has(&r, "the writer process ended"));
	assert_int_not_equal(logwriter_pid(), first);
	rig_clear(&r);
}

/* It sees the end of its pipe where it was given all of our descriptors. */
static void
test_p8_no_close_range(void **state UNUSED)
{
	struct rig r;
	int status = -1;
	pid_t pid;

	no_close_range = true;
	rig_init(&r);
	no_close_range = false;
	log_error("at first");
	SPIN_UNTIL(loop, rig_has(&r, "at first"));
	pid = logwriter_pid();
	dup2(r.err, STDERR_FILENO); /* nobody has the pipe any more */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	rig_clear(&r);
}

/* Before the loop has children: it is reaped by its waiter. */
static int
setup(void **state)
{
	alarm(120); /* waiting for ever is a failure */
	return spin_setup_children(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_p3_signals, setup, spin_teardown_children),
		cmocka_unit_test_setup_teardown(
		    test_p4_killed, setup, spin_teardown_children),
		cmocka_unit_test_setup_teardown(
		    test_p8_no_close_range, setup, spin_teardown_children),
	};

	log_init(LOG_LEVEL_WARN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
