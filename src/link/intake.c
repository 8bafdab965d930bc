/* SPDX-License-Identifier: ISC */
/*
 * A FIFO is opened once, by a process that may wait for its disk. That
 * descriptor stays open, so that a writer always finds a reader; the reader has
 * a copy, from a writer's first byte to its end. A regular file in its place
 * (Python's open(path, "wb") makes one) is reported, not removed.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sock.h"
#include "base/util.h"
#include "link/intake.h"
#include "process/lock.h"
#include "process/pathkeeper.h"

#define INTAKE_PAUSE_S	 1.0
#define INTAKE_BUSY_MS	 5000
#define INTAKE_CONTESTED 7    /* tries; longer than the lock is not looked at */
#define INTAKE_FED_MS	 2000 /* so long after its last byte, one still feeds */

const char intake_goodbye[] = "{\"v\":1,\"replaced\":true}\n";

static const char intake_no_fifo[] =
    "is not a named pipe: a program that started too early created a file "
    "there; remove it";

/* A writer must not be cut off. */
static bool
intake_is_busy(void *ctx)
{
	const struct intake *in = ctx;

	return in->kind == INTAKE_FIFO &&
	    mono_ms() - in->taker.last_ms(in->taker.ctx) < INTAKE_BUSY_MS;
}

/* No program can be let in, for errno: try again in a while, report it once. */
static void
intake_fail(struct intake *in)
{
	char *text = xasprintf("%s: %s", in->path, strerror(errno));

	if (!util_streq(text, in->problem))
		log_warn("%s", text);
	free(in->problem);
	in->problem = text;
	ev_timer_again(in->loop, &in->pause);
}

static void
intake_recover(struct intake *in)
{
	if (in->problem != NULL)
		log_info("%s: accepts programs again", in->path);
	free(in->problem);
	in->problem = NULL;
	ev_timer_stop(in->loop, &in->pause);
}

/* --- fifo --------------------------------------------------------------- */

/* Open the path, and check that the open file is a FIFO: between a look at the
 * name and this, anybody with write access to the directory can replace it.
 * Nothing else is ever read. Reading must not touch its disk (O_NOATIME,
 * which only the owner may use). -1 with errno; ENOTSUP: not a FIFO. */
static int
intake_open_checked(const char *path, struct stat *st)
{
	const int flags =
	    O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
	int fd = open(path, flags | O_NOATIME);

	if (fd == -1 && errno == EPERM)
		fd = open(path, flags);
	if (fd == -1)
		return -1;
	if (fstat(fd, st) == 0 && S_ISFIFO(st->st_mode))
		return fd;
	close(fd);
	errno = ENOTSUP;
	return -1;
}

/* In a separate process: open the file at the path, or make a new FIFO there.
 * Without a writer the pipe is silent, and not at its end: that comes when one
 * has come and gone. */
static void
intake_make_fifo(const struct pathkeeper *pl, struct pathkeeper_made *m)
{
	const char *path = pl->path;
	struct stat st = { .st_mode = S_IFIFO };

	m->ours = mkfifo(path, 0600) == 0;
	if (!m->ours && (errno != EEXIST || lstat(path, &st) == -1)) {
		m->why = strerror(errno);
		return;
	}
	if (S_ISFIFO(st.st_mode))
		m->fd = intake_open_checked(path, &st);
	else
		errno = ENOTSUP;
	m->dev = st.st_dev;
	m->ino = st.st_ino;
	if (m->fd == -1)
		m->why = errno == ENOTSUP || errno == ELOOP ? intake_no_fifo
							    : strerror(errno);
}

/* It is read from now on, by a descriptor that can be closed alone. */
static void
intake_read_fifo(struct intake *in)
{
	int fd = fcntl(in->fd, F_DUPFD_CLOEXEC, 0);

	in->unread = fd == -1;
	if (fd == -1) {
		intake_fail(in);
		return;
	}
	intake_recover(in);
	in->taker.open(in->taker.ctx, fd);
}

/* Stop waiting for a writer. */
static void
intake_end_wait(struct intake *in)
{
	if (in->writers == -1)
		return;
	ev_io_stop(in->loop, &in->io);
	close(in->writers);
	in->writers = -1;
}

/* Somebody writes, or has opened it and left. */
static void
intake_writer_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents UNUSED)
{
	struct intake *in = io->data;
	struct epoll_event e;
	int unread = 0;

	(void)epoll_wait(in->writers, &e, 1, 0);
	if (ioctl(in->fd, FIONREAD, &unread) == -1 || unread == 0)
		return;
	intake_end_wait(in);
	intake_read_fifo(in);
}

/* An epoll that reports the events of the pipe. -1 with errno. */
static int
intake_watch_pipe(int pipe)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };
	int fd = epoll_create1(EPOLL_CLOEXEC), saved;

	if (fd == -1 || epoll_ctl(fd, EPOLL_CTL_ADD, pipe, &e) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* Wait for the next writer. The pipe is at its end until one comes: only its
 * changes are reported (EPOLLET), and those that have happened already. The
 * loop's epoll still knows the closed copy: libev notices, and makes its epoll
 * again. */
static void
intake_await_writer(struct intake *in)
{
	if (in->fd == -1)
		return;
	in->writers = intake_watch_pipe(in->fd);
	if (in->writers == -1) {
		intake_fail(in);
		return;
	}
	intake_recover(in);
	ev_io_init(&in->io, intake_writer_cb, in->writers, EV_READ);
	ev_io_start(in->loop, &in->io);
}

/* It is there, or a new one is. The old descriptor is closed after that. */
static void
intake_fifo_opened(void *ctx, int fd)
{
	struct intake *in = ctx;
	int old = in->fd;

	intake_end_wait(in);
	ev_timer_stop(in->loop, &in->pause);
	in->fd = fd;
	intake_read_fifo(in);
	if (old != -1)
		close(old);
}

/* --- socket ------------------------------------------------------------- */

/* Send a producer the greeting. 0, or -1 when it has gone already. */
static int
intake_greet(const struct intake *in, int fd)
{
	int64_t last = in->taker.last_ms(in->taker.ctx);
	bool fed = last > 0 && mono_ms() - last < INTAKE_FED_MS;
	char *text = fed ? xasprintf("%.*s,\"fed\":true}\n",
			       (int)strlen(in->greeting) - 2, in->greeting)
			 : xstrdup(in->greeting);
	ssize_t len = (ssize_t)strlen(text), n = write(fd, text, (size_t)len);

	free(text);
	return n == len ? 0 : -1;
}

/* A producer: greet it, let it in. */
static void
intake_admit(struct intake *in, int fd)
{
	uid_t uid;

	if (!sock_peer_allowed(fd, &uid)) {
		log_warn("%s: uid %d refused", in->path, (int)uid);
		close(fd);
	} else if (intake_greet(in, fd) == -1) {
		close(fd);
	} else {
		in->taker.offer(in->taker.ctx, fd);
	}
}

static void
intake_accept_cb(struct ev_loop *loop, ev_io *io, int revents UNUSED)
{
	struct intake *in = io->data;
	int fd = sock_accept(in->fd);

	if (fd != -1) {
		intake_recover(in);
		intake_admit(in, fd);
	} else if (errno != EAGAIN) { /* EMFILE: later */
		intake_fail(in);
		ev_io_stop(loop, io);
	}
}

static void
intake_pause_cb(struct ev_loop *loop, ev_timer *t, int revents UNUSED)
{
	struct intake *in = t->data;

	ev_timer_stop(loop, t);
	if (in->kind == INTAKE_SOCKET)
		ev_io_start(loop, &in->io);
	else if (in->unread)
		intake_read_fifo(in);
	else if (in->writers == -1)
		intake_await_writer(in);
}

/* Whether another process listens at our path. We do not fight for another
 * daemon's place; a look at the lock shows whether it is one. */
static bool
intake_is_contested(const struct pathkeeper *pl)
{
	return sock_is_answered(pl->path) &&
	    (lock_is_lost() || pl->tries < INTAKE_CONTESTED);
}

/* In a separate process. */
static void
intake_make_socket(const struct pathkeeper *pl, struct pathkeeper_made *m)
{
	struct stat st;

	if (intake_is_contested(pl)) {
		m->why = "another program is listening there";
		return;
	}
	m->ours = true;
	m->fd = sock_listen(pl->path, &m->why);
	if (m->fd == -1 || lstat(pl->path, &st) == -1)
		return;
	m->dev = st.st_dev;
	m->ino = st.st_ino;
}

static void
intake_socket_opened(void *ctx, int fd)
{
	struct intake *in = ctx;

	intake_recover(in);
	ev_io_stop(in->loop, &in->io);
	if (in->fd != -1)
		close(in->fd);
	in->fd = fd;
	ev_io_set(&in->io, fd, EV_READ);
	ev_io_start(in->loop, &in->io);
}

/* --- both --------------------------------------------------------------- */

void
intake_closed(struct intake *in)
{
	in->taker.close(in->taker.ctx);
	if (in->kind == INTAKE_FIFO)
		intake_await_writer(in);
}

char *
intake_problem(const struct intake *in)
{
	char *text = in->place == NULL ? NULL : pathkeeper_problem(in->place);

	if (text == NULL && in->problem != NULL)
		return xstrdup(in->problem);
	return text;
}

struct intake_feeder
intake_feeder_of(int fd)
{
	struct intake_feeder f = { .since_wall = wall_ms() };
	uid_t uid;

	f.pid = sock_peer(fd, &uid);
	return f;
}

void
intake_report(struct intake *in, const struct intake_feeder *now,
    notice_fn *notice, void *ctx)
{
	char *text = NULL;

	if (now->pid == in->reported)
		return;
	if (now->pid != 0)
		text = xasprintf("feeder connected (pid %d)", (int)now->pid);
	else
		text = xasprintf("feeder left (pid %d)", (int)in->reported);
	in->reported = now->pid;
	notice(ctx, "feeder", text);
	free(text);
}

bool
intake_is_silent(const struct intake *in)
{
	return in->place != NULL && pathkeeper_is_silent(in->place) &&
	    mono_ms() - in->taker.last_ms(in->taker.ctx) >= INTAKE_BUSY_MS;
}

void
intake_open(struct intake *in, struct ev_loop *loop, enum intake_kind kind,
    const char *path, const char *greeting, const struct intake_taker *taker)
{
	const struct pathkeeper_host host = {
		.make =
		    kind == INTAKE_FIFO ? intake_make_fifo : intake_make_socket,
		.open = kind == INTAKE_FIFO ? intake_fifo_opened
					    : intake_socket_opened,
		.is_busy = intake_is_busy,
		.ctx = in,
	};

	*in = (struct intake){ .kind = kind,
		.loop = loop,
		.taker = *taker,
		.fd = -1,
		.writers = -1,
		.path = xstrdup(path),
		.greeting = xstrdup(greeting) };
	ev_init(&in->io, intake_accept_cb);
	in->io.data = in;
	ev_timer_init(
	    &in->pause, intake_pause_cb, INTAKE_PAUSE_S, INTAKE_PAUSE_S);
	in->pause.data = in;
	in->place = pathkeeper_new(loop, path, &host);
}

void
intake_close(struct intake *in)
{
	if (in->path == NULL)
		return;
	ev_timer_stop(in->loop, &in->pause);
	intake_end_wait(in);
	ev_io_stop(in->loop, &in->io);
	in->taker.close(in->taker.ctx);
	if (in->fd != -1)
		close(in->fd);
	pathkeeper_drop(in->place);
	free(in->path);
	free(in->greeting);
	free(in->problem);
	*in = (struct intake){ .fd = -1, .writers = -1 };
}

char *
intake_path(const char *control, const char *stream)
{
	const char *slash = strrchr(control, '/');
	int len = slash == NULL ? 0 : (int)(slash - control + 1);

	return xasprintf("%.*s%s.frames", len, control, stream);
}
