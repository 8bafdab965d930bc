/* SPDX-License-Identifier: ISC */
/*
 * Frames into a pipe. The rest goes when the reader has made room. EPIPE is not
 * a death: that is reported separately, by the kernel's word about the process.
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
#include "link/framewriter.h"
#include "media/frame.h"
#include "process/pipes.h"

/* Release the `n` oldest lent frames. */
static void
framewriter_return(struct framewriter *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		frame_put(f->lent[i].frame);
	f->n_lent -= n;
	memmove(&f->lent[0], &f->lent[n], f->n_lent * sizeof(f->lent[0]));
}

/* Release the frames that the reader is past. */
static void
framewriter_reclaim(struct framewriter *f)
{
	size_t n = 0;
	int unread;

	if (f->n_lent == 0 || ioctl(f->fd, FIONREAD, &unread) == -1)
		return;
	while (n < f->n_lent && f->lent[n].end + (uint64_t)unread <= f->bytes)
		n++;
	framewriter_return(f, n);
}

/* The frame is out. A lent one is kept until the reader is past it. */
static void
framewriter_retire(struct framewriter *f)
{
	if (f->pinned)
		f->lent[f->n_lent++] =
		    (struct framewriter_lent){ f->frame, f->bytes };
	else
		frame_put(f->frame);
	f->frame = NULL;
	f->offset = 0;
}

/* Close our end only: the reader may still be reading lent frames. */
static void
framewriter_shut(struct framewriter *f)
{
	pipes_close(f->loop, &f->io, &f->fd, f->pipe_size);
}

void
framewriter_close(struct framewriter *f)
{
	framewriter_shut(f);
	frame_put(f->frame);
	f->frame = NULL;
	f->offset = 0;
	framewriter_return(f, f->n_lent);
}

/* Nobody reads any more: forget the half frame, say nothing. */
static void
framewriter_break(struct framewriter *f)
{
	f->broken = true;
	ev_io_stop(f->loop, &f->io);
	if (f->finishing)
		framewriter_shut(f);
}

/* Put into the pipe as much as fits; as write(2). */
static ssize_t
framewriter_put(struct framewriter *f)
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

/* Write until the frame is out (true) or the pipe is full (false). */
static bool
framewriter_write(struct framewriter *f)
{
	while (f->offset < f->len) {
		ssize_t n = framewriter_put(f);

		if (n > 0) {
			f->offset += (size_t)n;
			f->bytes += (uint64_t)n;
		} else if (n == -1 && errno == EINTR) {
			continue;
		} else if (n == -1 && errno == EAGAIN) {
			ev_io_start(f->loop, &f->io);
			return false;
		} else {
			framewriter_break(f);
			return false;
		}
	}
	ev_io_stop(f->loop, &f->io);
	framewriter_retire(f);
	if (f->finishing)
		framewriter_shut(f);
	return true;
}

static void
framewriter_write_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents UNUSED)
{
	struct framewriter *f = io->data;

	if (framewriter_write(f) && f->fd != -1)
		f->ready(f->ctx);
}

size_t
framewriter_slots(size_t len)
{
	/* the pipe is less than twice as large as a large frame */
	return len >= FRAMEWRITER_LEND_MIN ? 4 : FRAMEWRITER_LENT_MAX;
}

void
framewriter_init(struct framewriter *f, struct ev_loop *loop,
    void (*ready)(void *ctx), void *ctx)
{
	*f = (struct framewriter){
		.loop = loop, .fd = -1, .ready = ready, .ctx = ctx
	};
	ev_init(&f->io, framewriter_write_cb);
	ev_set_priority(&f->io, 1); /* a beat is late, a producer can wait */
	f->io.data = f;
}

/* Lend large frames; FFSUP_FEED=write|vmsplice forces one way, for tests and
 * for kernels that lie. */
static bool
framewriter_lends(size_t len)
{
	const char *force = getenv("FFSUP_FEED");

	if (util_streq(force, "write"))
		return false;
	return len >= FRAMEWRITER_LEND_MIN || util_streq(force, "vmsplice");
}

void
framewriter_open(struct framewriter *f, int fd, size_t len)
{
	framewriter_close(f);
	fs_nonblock(fd);
	f->fd = fd;
	f->len = len;
	f->lend = framewriter_lends(len);
	f->broken = f->finishing = false;
	f->bytes = 0;
	f->pipe_size = pipes_grow(fd, len);
	ev_io_set(&f->io, fd, EV_WRITE);
}

bool
framewriter_is_ready(const struct framewriter *f)
{
	return f->fd != -1 && !f->broken && !f->finishing && f->frame == NULL;
}

void
framewriter_take(struct framewriter *f, struct frame *frame)
{
	framewriter_reclaim(f);
	if (f->n_lent == FRAMEWRITER_LENT_MAX)
		f->lend = false; /* never seen: the pipe is full before */
	f->pinned = false;
	f->frame = frame;
	f->offset = 0;
	framewriter_write(f);
}

void
framewriter_finish(struct framewriter *f)
{
	f->finishing = true;
	if (f->frame == NULL || f->broken)
		framewriter_shut(f);
}
