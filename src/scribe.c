/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "log.h"
#include "scribe.h"
#include "util.h"

#define SCRIBE_PIPE    (1024 * 1024) /* what a hang may hold back */
#define SCRIBE_LAST_MS 2000

static pid_t scribe_pid; /* 0: there is none */

/* --- in the process ------------------------------------------------------- */

/* Write all of it. The lines that are lost: none, or the rest of them. */
static unsigned
scribe_write(int out, const char *at, size_t len)
{
	unsigned lost = 0;

	while (len > 0) {
		ssize_t n = write(out, at, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += n;
		len -= (size_t)n;
	}
	for (size_t i = 0; i < len; i++)
		lost += at[i] == '\n';
	return lost;
}

/* Until nobody has the other end any more: it may outlive the daemon, which may
 * have been killed just after it said why. */
static void
scribe_work(const void *arg UNUSED, int out)
{
	static const int ends[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE };
	char chunk[65536];
	unsigned lost = 0;
	ssize_t n;

	prctl(PR_SET_PDEATHSIG, 0);
	prctl(PR_SET_NAME, "ffsup-log");
	for (size_t i = 0; i < NELEM(ends); i++)
		signal(ends[i], SIG_IGN);
	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0 ||
	    (n == -1 && errno == EINTR)) {
		unsigned more = n > 0 ? scribe_write(out, chunk, (size_t)n) : 0;

		if (more == 0 && lost > 0) /* stderr is the file here */
			log_warn("log: %u lines lost, they could not be "
				 "written",
			    lost);
		lost = more == 0 ? 0 : lost + more;
	}
}

/* --- on our side ---------------------------------------------------------- */

static bool
scribe_is_wanted(void)
{
	struct stat st;

	return fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode);
}

void
scribe_start(void)
{
	struct child_work todo = { .work = scribe_work, .out = STDERR_FILENO };
	int ends[2];

	if (!scribe_is_wanted())
		return;
	if (pipe2(ends, O_CLOEXEC) == -1) {
		log_warn("log: %s", strerror(errno));
		return;
	}
	(void)fcntl(ends[1], F_SETPIPE_SZ, SCRIBE_PIPE);
	todo.in = ends[0];
	scribe_pid = child_fork_apart(&todo);
	if (scribe_pid > 0)
		dup2(ends[1], STDERR_FILENO);
	close(ends[0]);
	close(ends[1]);
}

void
scribe_finish(void)
{
	int fd;

	if (scribe_pid <= 0)
		return;
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	dup2(fd, STDERR_FILENO);
	close(fd);
	child_await(scribe_pid, SCRIBE_LAST_MS);
	scribe_pid = 0;
}
