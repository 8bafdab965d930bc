/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "process/child.h"
#include "process/logwriter.h"

#define LOGWRITER_PIPE	   (1024 * 1024) /* bytes that a hang may hold back */
#define LOGWRITER_LAST_MS  2000
#define LOGWRITER_AGAIN_MS 1000
#define LOGWRITER_SIGNALS  65 /* the kernel's, and one */

/* One for each process. */
static struct {
	pid_t pid; /* 0: none */
	pid_t owner;
	int file; /* our original stderr, for the next one */
	int64_t tried_ms;
} scribe = { .file = -1, .tried_ms = -LOGWRITER_AGAIN_MS };

/* --- in the process ------------------------------------------------------- */

/* Write everything. Returns the lost lines: none, or the rest. */
static unsigned
logwriter_write(int out, const char *at, size_t len)
{
	size_t i = fs_write_all(out, at, len);
	unsigned lost = 0;

	for (; i < len; i++)
		lost += at[i] == '\n';
	return lost;
}

/* Only the end of the pipe, or force, ends it. All signals are blocked, not by
 * glibc, which keeps 32 and 33 to itself; a signal for a fault of the process
 * still ends it. */
static void
logwriter_harden(void)
{
	static const uint64_t all = ~(uint64_t)0;

	prctl(PR_SET_PDEATHSIG, 0);
	for (int sig = 1; sig < LOGWRITER_SIGNALS; sig++)
		signal(sig, SIG_IGN); /* fails for those that cannot be */
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all));
}

/* Until no process has the other end any more: it may outlive the daemon, which
 * may have been killed just after its last line. That end is not open here
 * either, even where the kernel has no close_range(2). */
static void
logwriter_work(const void *arg, int out)
{
	char chunk[65536];
	unsigned lost = 0;
	ssize_t n;

	logwriter_harden();
	prctl(PR_SET_NAME, "ffsup-log");
	close(*(const int *)arg);
	dup2(out, STDERR_FILENO); /* our own messages go into the file */
	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0 ||
	    (n == -1 && errno == EINTR)) {
		unsigned more =
		    n > 0 ? logwriter_write(out, chunk, (size_t)n) : 0;

		if (more == 0 && lost > 0)
			log_warn("log: %u lines lost, they could not be "
				 "written",
			    lost);
		lost = more == 0 ? 0 : lost + more;
	}
}

/* --- on our side ---------------------------------------------------------- */

static void
logwriter_close(void)
{
	if (scribe.file != -1)
		close(scribe.file);
	scribe.file = -1;
	scribe.pid = 0;
}

static bool
logwriter_is_wanted(void)
{
	struct stat st;

	return fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode);
}

/* Start one for our copy of the file; stderr is a pipe to it from then on. 0, or
 * -1 with errno. */
static int
logwriter_begin(void)
{
	struct child_work todo = { .work = logwriter_work, .out = scribe.file };
	int ends[2], saved;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	(void)fcntl(ends[1], F_SETPIPE_SZ, LOGWRITER_PIPE);
	todo.in = ends[0];
	todo.arg = &ends[1];
	pid = child_fork_apart(&todo);
	saved = errno;
	if (pid > 0) {
		scribe.pid = pid;
		dup2(ends[1], STDERR_FILENO);
	}
	close(ends[0]);
	close(ends[1]);
	errno = saved;
	return pid > 0 ? 0 : -1;
}

/* The pipe has no reader any more: start another one, but at most one each
 * second, whatever ends them. Only in the daemon, not in its jobs. */
static bool
logwriter_revive(void)
{
	int64_t now = mono_ms();

	if (getpid() != scribe.owner ||
	    now - scribe.tried_ms < LOGWRITER_AGAIN_MS)
		return false;
	scribe.tried_ms = now;
	if (logwriter_begin() == -1)
		return false;
	log_warn("log: the writer process ended and was replaced; lines may be "
		 "lost");
	return true;
}

void
logwriter_start(void)
{
	if (!logwriter_is_wanted())
		return;
	scribe.owner = getpid();
	scribe.file = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (scribe.file != -1 && logwriter_begin() == 0) {
		log_set_revive(logwriter_revive);
		return;
	}
	log_warn("log: %s", strerror(errno));
	logwriter_close();
}

void
logwriter_finish(void)
{
	int fd;

	if (scribe.pid <= 0)
		return;
	log_set_revive(NULL);
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	dup2(fd, STDERR_FILENO);
	close(fd);
	child_await(scribe.pid, LOGWRITER_LAST_MS);
	logwriter_close();
}

pid_t
logwriter_pid(void)
{
	return scribe.pid;
}
