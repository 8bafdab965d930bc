/* SPDX-License-Identifier: ISC */
/*
 * Pictures into a pipe. What does not fit goes when the reader has made room.
 * EPIPE is not a death: that comes by its own road, from the kernel's word
 * about the process.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/util.h"
#include "link/feed.h"
#include "media/frame.h"
#include "process/pipes.h"

/* Let go of the `n` oldest lent pictures. */
static void
feed_return(struct feed *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		frame_put(f->lent[i].frame);
	f->n_lent -= n;
	memmove(&f->lent[0], &f->lent[n], f->n_lent * sizeof(f->lent[0]));
}

/* Let go of what the reader is past. */
static void
feed_reclaim(struct feed *f)
{
	size_t n = 0;
	int unread;

	if (f->n_lent == 0 || ioctl(f->fd, FIONREAD, &unread) == -1)
		return;
	while (n < f->n_lent && f->lent[n].end + (uint64_t)unread <= f->bytes)
		n++;
	feed_return(f, n);
}

/* The picture is out. Lent, it is kept until the reader is past it. */
static void
feed_retire(struct feed *f)
{
	if (f->pinned)
		f->lent[f->n_lent++] = (struct feed_lent){ f->frame, f->bytes };
	else
		frame_put(f->frame);
	f->frame = NULL;
	f->offset = 0;
}

/* Close our end only: the reader may still be reading what it was lent. */
static void
feed_shut(struct feed *f)
{
	if (f->fd == -1)
		return;
	ev_io_stop(f->loop, &f->io);
	close(f->fd);
	f->fd = -1;
	pipes_release(f->pipe_size);
}

void
feed_close(struct feed *f)
{
	feed_shut(f);
	frame_put(f->frame);
	f->frame = NULL;
	f->offset = 0;
	feed_return(f, f->n_lent);
}

/* Nobody reads any more: forget the half picture, say nothing. */
static void
feed_break(struct feed *f)
{
	f->broken = true;
	ev_io_stop(f->loop, &f->io);
	if (f->finishing)
		feed_shut(f);
}

/* Put into the pipe what fits; as write(2). */
static ssize_t
feed_put(struct feed *f)
{
	struct iovec iov = { .iov_base = f->frame->data + f->offset,
		.iov_len = f->len - f->offset };
	ssize_t n;

	if (f->lend) {
		n = vmsplice(f->fd, &iov, 1, SPLICE_F_NONBLOCK);
		f->pinned |= n > 0;
		if (n != -1 || errno == EAGAIN || errno == EINTR ||
		    errno == EPIPE)
			return n;
		f->lend = false; /* refused: copy, from this byte on */
	}
	return write(f->fd, iov.iov_base, iov.iov_len);
}

/* Write until the picture is out (true) or the pipe is full (false). */
static bool
feed_write(struct feed *f)
{
	while (f->offset < f->len) {
		ssize_t n = feed_put(f);

		if (n > 0) {
			f->offset += (size_t)n;
			f->bytes += (uint64_t)n;
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
	feed_retire(f);
	if (f->finishing)
		feed_shut(f);
	return true;
}

static void
feed_write_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents UNUSED)
{
	struct feed *f = io->data;

	if (feed_write(f) && f->fd != -1)
		f->ready(f->ctx);
}

size_t
feed_slots(size_t len)
{
	/* the pipe is less than twice as large as a large picture */
	return len >= FEED_LEND_MIN ? 4 : FEED_LENT_MAX;
}

void
feed_init(
    struct feed *f, struct ev_loop *loop, void (*ready)(void *ctx), void *ctx)
{
	*f =
	    (struct feed){ .loop = loop, .fd = -1, .ready = ready, .ctx = ctx };
	ev_init(&f->io, feed_write_cb);
	ev_set_priority(&f->io, 1); /* a beat is late, a producer can wait */
	f->io.data = f;
}

/* Lend large pictures; FFSUP_FEED=write|vmsplice forces one way, for tests
 * and for kernels that lie. */
static bool
feed_lends(size_t len)
{
	const char *force = getenv("FFSUP_FEED");

	if (util_streq(force, "write"))
		return false;
	return len >= FEED_LEND_MIN || util_streq(force, "vmsplice");
}

void
feed_open(struct feed *f, int fd, size_t len)
{
	feed_close(f);
	fd_nonblock(fd);
	f->fd = fd;
	f->len = len;
	f->lend = feed_lends(len);
	f->broken = f->finishing = false;
	f->bytes = 0;
	f->pipe_size = pipes_grow(fd, len);
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
	feed_reclaim(f);
	if (f->n_lent == FEED_LENT_MAX)
		f->lend = false; /* never seen: the pipe is full before */
	f->pinned = false;
	f->frame = frame;
	f->offset = 0;
	feed_write(f);
}

void
feed_finish(struct feed *f)
{
	f->finishing = true;
	if (f->frame == NULL || f->broken)
		feed_shut(f);
}
