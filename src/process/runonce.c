/* SPDX-License-Identifier: ISC */
/*
 * A child without a loop: its pipe is read, and its end waited for, here.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/util.h"
#include "process/child.h"
#include "process/runonce.h"

#define RUNONCE_SAID_MAX 65536

/* One such run, and its output. */
struct runonce {
	struct child child;
	struct buf said;
	int64_t deadline;
	int fd; /* our end of its stderr; -1: none */
};

/* Start with these descriptors, as child_spawn_once() takes them. 0 / -1 with
 * *cause. */
static int
runonce_start(
    struct runonce *r, const struct strv *argv, int in, int out, char **cause)
{
	struct child_ends ends = { .in = in, .out = out };
	struct child_error e;

	if (child_spawn_once(&r->child, argv, &ends, &e) == -1) {
		*cause = xstrdup(child_error_text(&e));
		return -1;
	}
	r->fd = ends.err;
	return 0;
}

/* Read until the end, the cap or the deadline. False: the deadline. */
static bool
runonce_read(struct runonce *r)
{
	char chunk[4096];

	for (;;) {
		struct pollfd p = { .fd = r->fd, .events = POLLIN };
		int64_t left = r->deadline - mono_ms();
		ssize_t n;

		if (left <= 0 || (n = poll(&p, 1, (int)left)) == 0)
			return false;
		if (n > 0)
			n = read(r->fd, chunk, sizeof(chunk));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0 || buf_put(&r->said, chunk, (size_t)n) == -1)
			return true;
	}
}

/* The error of its start, or NULL. Caller frees. */
static char *
runonce_no_start(struct runonce *r)
{
	const struct child_error *e;

	child_poll(&r->child);
	e = child_failure(&r->child);
	return e == NULL ? NULL : xstrdup(child_error_text(e));
}

/* Nobody listens any more. */
static void
runonce_close(struct runonce *r)
{
	if (r->fd != -1)
		close(r->fd);
	r->fd = -1;
}

/* End the rest. */
static void
runonce_clear(struct runonce *r)
{
	child_end(&r->child);
	runonce_close(r);
	buf_clear(&r->said);
}

/* A run with its deadline. */
static struct runonce
runonce_make(int timeout_ms)
{
	struct runonce r = { .fd = -1, .deadline = mono_ms() + timeout_ms };

	buf_init(&r.said, RUNONCE_SAID_MAX);
	return r;
}

char *
runonce_capture(const struct strv *argv, int timeout_ms, char **cause)
{
	struct runonce r = runonce_make(timeout_ms);
	char *text = NULL;

	if (runonce_start(&r, argv, -1, -1, cause) == 0) {
		if (!runonce_read(&r))
			*cause =
			    xasprintf("no answer within %d ms", timeout_ms);
		else if ((*cause = runonce_no_start(&r)) == NULL)
			text = buf_steal(&r.said);
	}
	runonce_clear(&r);
	return text;
}

/* Why an ended run failed: its first line, else how it ended. NULL: it did not
 * fail. */
static char *
runonce_failure(const struct runonce *r, const siginfo_t *info)
{
	const char *said = buf_text(&r->said);

	if (info->si_code == CLD_EXITED && info->si_status == 0)
		return NULL;
	said += strspn(said, "\n");
	if (*said != '\0')
		return xstrndup(said, strcspn(said, "\n"));
	return xasprintf(info->si_code == CLD_EXITED ? "it exited with code %d"
						     : "it was killed by "
						       "signal %d",
	    info->si_status);
}

int
runonce_filter(
    const struct strv *argv, int in, int out, int timeout_ms, char **cause)
{
	struct runonce r = runonce_make(timeout_ms);
	siginfo_t info;

	*cause = NULL;
	if (runonce_start(&r, argv, in, out, cause) == 0) {
		runonce_read(&r);
		runonce_close(&r); /* with more to say it gets EPIPE */
		if (child_await_end(&r.child, r.deadline, &info)) {
			*cause = runonce_no_start(&r);
			if (*cause == NULL)
				*cause = runonce_failure(&r, &info);
		} else {
			*cause = xasprintf("not finished within %d "
					   "ms",
			    timeout_ms);
		}
	}
	runonce_clear(&r);
	return *cause == NULL ? 0 : -1;
}
