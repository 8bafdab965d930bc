/* SPDX-License-Identifier: ISC */
/*
 * A FIFO is opened once, by a process that may wait for its disk. That
 * descriptor stays open, so that no writer ever finds nobody at the other end;
 * who reads has a copy, from a writer's first byte to its end. A regular file
 * in its place (Python's open(path, "wb") makes one) is told, not removed.
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

#include "intake.h"
#include "lock.h"
#include "log.h"
#include "place.h"
#include "sock.h"
#include "util.h"

#define INTAKE_RETRY_S	 1.0
#define INTAKE_BUSY_MS	 5000
#define INTAKE_CONTESTED 7    /* tries; longer than the lock is not looked at */
#define INTAKE_FED_MS	 2000 /* so long after its last byte, one still feeds */

const char intake_goodbye[] = "{\"v\":1,\"replaced\":true}\n";

static const char intake_no_fifo[] =
    "is no named pipe: a program that came too early made a file of it; remove "
    "that";

/* Remember, and say once, why it is not there. */
static int
intake_fail(struct intake *in, const char *what)
{
	char *text = xasprintf("%s: %s", in->path, what);

	if (!util_streq(text, in->problem))
		log_warn("%s", text);
	free(in->problem);
	in->problem = text;
	return -1;
}

/* Remember what the name leads to. */
static void
intake_mark(struct intake *in)
{
	struct stat st;

	if (lstat(in->path, &st) == -1)
		return;
	in->dev = st.st_dev;
	in->ino = st.st_ino;
}

/* Whether the name still leads to what was opened: who removes it, or puts
 * something else in its place, cuts off the programs to come. */
static bool
intake_is_in_place(const struct intake *in)
{
	struct stat st;

	return lstat(in->path, &st) == 0 && st.st_dev == in->dev &&
	    st.st_ino == in->ino;
}

/* Who writes is not to be cut off. */
static bool
intake_is_busy(void *ctx)
{
	const struct intake *in = ctx;

	return mono_ms() - in->taker.last_ms(in->taker.ctx) < INTAKE_BUSY_MS;
}

/* --- fifo --------------------------------------------------------------- */

/* Open what is a FIFO when it is open, too: between a look at the name and this
 * anybody who may write to the directory can put something else there. Nothing
 * else is ever read. To read from it is not to touch its disk (O_NOATIME, which
 * only the owner may say). -1 with errno; ENOTSUP: it is none. */
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

/* In a process of its own: what stands at the path, a new FIFO where nothing
 * does. Without a writer the pipe is silent, and not at its end: that comes
 * when one has come and gone. */
static void
intake_make_fifo(const void *ctx UNUSED, const char *path, struct place_made *m)
{
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

	if (fd != -1)
		in->taker.open(in->taker.ctx, fd);
	else
		log_warn("%s: %s", in->path, strerror(errno));
}

/* Wait for nobody any more. */
static void
intake_end_wait(struct intake *in)
{
	if (in->writers == -1)
		return;
	ev_io_stop(in->loop, &in->accept);
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

/* Wait for the next writer. The pipe is at its end until he comes: what is told
 * is what happens to it (EPOLLET), and what has happened already. The copy that
 * was closed is still known to the loop's epoll: libev notices, and makes that
 * anew. */
static void
intake_await_writer(struct intake *in)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };

	if (in->fd == -1)
		return;
	in->writers = epoll_create1(EPOLL_CLOEXEC);
	if (in->writers == -1 ||
	    epoll_ctl(in->writers, EPOLL_CTL_ADD, in->fd, &e) == -1) {
		log_warn("%s: %s", in->path, strerror(errno));
		return;
	}
	ev_io_init(&in->accept, intake_writer_cb, in->writers, EV_READ);
	ev_io_start(in->loop, &in->accept);
}

/* It is there, or another one is. The old descriptor is closed after that. */
static void
intake_fifo_opened(void *ctx, int fd)
{
	struct intake *in = ctx;
	int old = in->fd;

	intake_end_wait(in);
	in->fd = fd;
	intake_read_fifo(in);
	if (old != -1)
		close(old);
}

static void
intake_open_fifo(struct intake *in)
{
	const struct place_host host = { .make = intake_make_fifo,
		.open = intake_fifo_opened,
		.is_busy = intake_is_busy,
		.ctx = in };

	in->place = place_new(in->loop, in->path, &host);
}

/* --- socket ------------------------------------------------------------- */

/* Tell a producer what is expected. 0, or -1 when it is gone already. */
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

/* A producer: tell it what is expected, let it in. */
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
		intake_admit(in, fd);
	} else if (errno != EAGAIN) { /* EMFILE: later */
		ev_io_stop(loop, io);
		intake_fail(in, strerror(errno));
	}
}

/* Whether somebody else listens where we want to. If that is another daemon,
 * its place is not fought for; by when the lock has been looked at, it is known
 * that it is none. */
static bool
intake_is_contested(struct intake *in)
{
	if (!sock_is_answered(in->path)) {
		in->contested = 0;
		return false;
	}
	return lock_is_lost() || in->contested++ < INTAKE_CONTESTED;
}

static int
intake_open_socket(struct intake *in)
{
	const char *cause;

	if (in->fd == -1 && intake_is_contested(in))
		return intake_fail(in, "another program listens there");
	if (in->fd == -1)
		in->fd = sock_listen(in->path, &cause);
	if (in->fd == -1)
		return intake_fail(in, cause);
	in->made = true;
	intake_mark(in);
	ev_io_stop(in->loop, &in->accept);
	ev_io_set(&in->accept, in->fd, EV_READ);
	ev_io_start(in->loop, &in->accept);
	return 0;
}

static void
intake_make_socket(struct intake *in)
{
	if (intake_open_socket(in) == -1)
		return;
	if (in->problem != NULL)
		log_info("%s: is there now", in->path);
	free(in->problem);
	in->problem = NULL;
}

static void
intake_retry_cb(struct ev_loop *loop, ev_timer *t, int revents UNUSED)
{
	struct intake *in = t->data;

	if (in->problem == NULL && intake_is_in_place(in))
		return;
	if (in->fd != -1 && !intake_is_in_place(in)) {
		ev_io_stop(loop, &in->accept);
		close(in->fd);
		in->fd = -1;
	}
	intake_make_socket(in);
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
	if (in->place != NULL)
		return place_problem(in->place);
	return in->problem == NULL ? NULL : xstrdup(in->problem);
}

bool
intake_is_silent(const struct intake *in)
{
	return in->place != NULL && place_is_silent(in->place) &&
	    mono_ms() - in->taker.last_ms(in->taker.ctx) >= INTAKE_BUSY_MS;
}

void
intake_open(struct intake *in, struct ev_loop *loop, enum intake_kind kind,
    const char *path, const char *greeting, const struct intake_taker *taker)
{
	*in = (struct intake){ .kind = kind,
		.loop = loop,
		.taker = *taker,
		.fd = -1,
		.writers = -1,
		.path = xstrdup(path),
		.greeting = xstrdup(greeting) };
	ev_init(&in->accept, intake_accept_cb);
	in->accept.data = in;
	ev_timer_init(
	    &in->retry, intake_retry_cb, INTAKE_RETRY_S, INTAKE_RETRY_S);
	in->retry.data = in;
	if (kind == INTAKE_FIFO) {
		intake_open_fifo(in);
		return;
	}
	ev_timer_start(loop, &in->retry);
	intake_make_socket(in);
}

void
intake_close(struct intake *in)
{
	if (in->path == NULL)
		return;
	ev_timer_stop(in->loop, &in->retry);
	intake_end_wait(in);
	ev_io_stop(in->loop, &in->accept);
	in->taker.close(in->taker.ctx);
	if (in->fd != -1)
		close(in->fd);
	if (in->place != NULL)
		place_drop(in->place);
	if (in->made && intake_is_in_place(in))
		unlink(in->path);
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
