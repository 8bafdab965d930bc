/* SPDX-License-Identifier: ISC */
/*
 * Pictures into a pipe. A write on a full pipe gives what fits; the rest goes
 * when the reader has made room. EPIPE is not a death: that comes by its own
 * road, from the kernel's word about the process.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "feed.h"
#include "frame.h"
#include "util.h"

#define FEED_PIPE_DEFAULT 65536
#define FEED_PIPE_MAX	  (1024 * 1024)

size_t
feed_size_pipe(int fd, size_t picture)
{
	size_t want = FEED_PIPE_DEFAULT;
	int got;

	while (want < picture && want < FEED_PIPE_MAX)
		want *= 2;
	if (want > FEED_PIPE_DEFAULT)
		(void)fcntl(fd, F_SETPIPE_SZ, (int)want);
	got = fcntl(fd, F_GETPIPE_SZ);
	return got > 0 ? (size_t)got : 0;
}

/* Let go of the picture that was being written. */
static void
feed_drop(struct feed *f)
{
	frame_put(f->frame);
	f->frame = NULL;
	f->offset = 0;
}

void
feed_close(struct feed *f)
{
	if (f->fd == -1)
		return;
	ev_io_stop(f->loop, &f->io);
	close(f->fd);
	f->fd = -1;
	feed_drop(f);
}

/* Nobody reads any more: forget the half picture, say nothing. */
static void
feed_break(struct feed *f)
{
	f->broken = true;
	ev_io_stop(f->loop, &f->io);
	feed_drop(f);
	if (f->finishing)
		feed_close(f);
}

/* Write until the picture is out (true) or the pipe is full (false). */
static bool
feed_write(struct feed *f)
{
	while (f->offset < f->len) {
		ssize_t n = write(
		    f->fd, f->frame->data + f->offset, f->len - f->offset);

		if (n > 0) {
			f->offset += (size_t)n;
		} else if (n == -1 && errno == EINTR) {
			continue;
		} else if (n == -1 && errno == EAGAIN) {
			ev_io_start(f->loop, &f->io);
			return false;
		} else {
			feed_break(f);
			return false;
		}
	}
	ev_io_stop(f->loop, &f->io);
	feed_drop(f);
	f->written++;
	if (f->finishing)
		feed_close(f);
	return true;
}

static void
feed_write_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents UNUSED)
{
	struct feed *f = io->data;

	if (feed_write(f) && f->fd != -1)
		f->ready(f->ctx);
}

void
feed_init(
    struct feed *f, struct ev_loop *loop, void (*ready)(void *ctx), void *ctx)
{
	*f =
	    (struct feed){ .loop = loop, .fd = -1, .ready = ready, .ctx = ctx };
	ev_init(&f->io, feed_write_cb);
	f->io.data = f;
}

void
feed_open(struct feed *f, int fd, size_t len)
{
	feed_close(f);
	util_nonblock(fd);
	f->fd = fd;
	f->len = len;
	f->broken = false;
	f->finishing = false;
	f->written = 0;
	f->pipe_size = feed_size_pipe(fd, len);
	ev_io_set(&f->io, fd, EV_WRITE);
}

bool
feed_is_ready(const struct feed *f)
{
	return f->fd != -1 && !f->broken && !f->finishing && f->frame == NULL;
}

void
feed_take(struct feed *f, struct frame *frame)
{
	f->frame = frame;
	f->offset = 0;
	feed_write(f);
}

void
feed_finish(struct feed *f)
{
	f->finishing = true;
	if (f->frame == NULL)
		feed_close(f);
}
