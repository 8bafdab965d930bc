/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/sock.h"
#include "base/util.h"
#include "process/job.h"

/* --- in the process ------------------------------------------------------- */

void
job_put(int out, const void *data, size_t len)
{
	if (fs_write_all(out, data, len) < len)
		_exit(EXIT_FAILURE); /* nobody listens any more */
}

void
job_say(int out, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	job_put(out, text, strlen(text));
	free(text);
}

/* A control message needs a byte to carry it: a space, which is ignored in
 * front of an answer that is text. */
void
job_pass(int out, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = { 0 } };
	struct iovec byte = { .iov_base = (char[]){ ' ' }, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(out, &m, MSG_NOSIGNAL) == -1)
		_exit(EXIT_FAILURE);
}

/* --- on our side ---------------------------------------------------------- */

static void
job_close(struct job *j)
{
	if (j->fd != -1) {
		ev_io_stop(j->loop, &j->io);
		close(j->fd);
	}
	j->fd = -1;
}

/* Keep the descriptor of a message, the newest of several. */
static void
job_keep_passed(struct job *j, struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL;
	     c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		if (j->passed != -1)
			close(j->passed);
		memcpy(&j->passed, CMSG_DATA(c), sizeof(j->passed));
	}
}

/* Read as much as is there. False: its end, or a longer answer than allowed. */
static bool
job_read(struct job *j)
{
	char chunk[65536], control[CMSG_SPACE(sizeof(int))];

	for (;;) {
		struct iovec to = { .iov_base = chunk,
			.iov_len = sizeof(chunk) };
		struct msghdr m = { .msg_iov = &to,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(j->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == -1 && errno == EAGAIN;
		j->heard_ms = mono_ms();
		job_keep_passed(j, &m);
		if (buf_put(&j->answer, chunk, (size_t)n) == -1)
			return false;
	}
}

static void
job_read_cb(struct ev_loop *loop, ev_io *io, int revents UNUSED)
{
	struct job *j = io->data;

	if (!job_read(j))
		ev_io_stop(loop, io);
}

/* Call the owner, who may start the next one from there. */
static void
job_finish(struct job *j, const char *why)
{
	struct buf answer = j->answer;

	buf_init(&j->answer, JOB_ANSWER_MAX);
	j->started_ms = 0;
	j->done(
	    j->ctx, why == NULL ? buf_text(&answer) : NULL, answer.len, why);
	buf_clear(&answer);
}

static void
job_exited(struct child *c, int status)
{
	struct job *j = c->ctx;

	if (j->fd != -1)
		job_read(j);
	job_close(j);
	job_finish(j, status == 0 ? NULL : "the helper process failed");
}

void
job_init(struct job *j, struct ev_loop *loop,
    void (*done)(void *ctx, const char *answer, size_t len, const char *why),
    void *ctx)
{
	*j = (struct job){
		.loop = loop, .fd = -1, .passed = -1, .done = done, .ctx = ctx
	};
	j->child.exited = job_exited;
	j->child.ctx = j;
	buf_init(&j->answer, JOB_ANSWER_MAX);
	ev_init(&j->io, job_read_cb);
	j->io.data = j;
}

void
job_start(
    struct job *j, void (*work)(const void *arg, int out), const void *arg)
{
	job_start_with(j, -1, work, arg);
}

void
job_start_with(struct job *j, int in, void (*work)(const void *arg, int out),
    const void *arg)
{
	struct child_work todo = { .work = work, .arg = arg, .in = in };
	struct child_error e;
	int ends[2];

	if (sock_pair(ends) == -1) {
		job_finish(j, strerror(errno));
		return;
	}
	j->started_ms = j->heard_ms = mono_ms();
	todo.out = ends[1];
	if (child_fork_work(&j->child, &todo, &e) == -1) {
		close(ends[0]);
		close(ends[1]);
		job_finish(j, child_error_text(&e));
		return;
	}
	close(ends[1]);
	j->fd = ends[0];
	ev_io_set(&j->io, j->fd, EV_READ);
	ev_io_start(j->loop, &j->io);
}

bool
job_is_busy(const struct job *j)
{
	return j->child.pid > 0;
}

int64_t
job_busy_ms(const struct job *j)
{
	return job_is_busy(j) ? mono_ms() - j->started_ms : 0;
}

int64_t
job_silent_ms(const struct job *j)
{
	return job_is_busy(j) ? mono_ms() - j->heard_ms : 0;
}

int
job_take(struct job *j)
{
	int fd = j->passed;

	j->passed = -1;
	return fd;
}

void
job_stop(struct job *j)
{
	int fd = job_take(j);

	child_end(&j->child);
	job_close(j);
	buf_clear(&j->answer);
	buf_init(&j->answer, JOB_ANSWER_MAX);
	if (fd != -1)
		close(fd);
}
