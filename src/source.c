/* SPDX-License-Identifier: ISC */
/*
 * Pipe to pictures: one copy, from the pipe into the slot that the encoder is
 * later fed from.
 */
#include "config.h"

#include <errno.h>
#include <unistd.h>

#include "feed.h"
#include "frame.h"
#include "source.h"
#include "util.h"

/* Bytes of one wake-up, so that a producer that never pauses cannot keep the
 * loop from everybody else. */
#define SOURCE_BUDGET (8 * 1024 * 1024)

/* The picture is whole: number it, pass it on. */
static void
source_deliver(struct source *s)
{
	struct frame *f = s->frame;

	s->frame = NULL;
	s->filled = 0;
	f->number = s->count++;
	f->at_ms = mono_ms();
	s->picture(s->ctx, f);
}

/* One read into the current slot: bytes got, 0 nothing now, -1 the end. */
static ssize_t
source_read(struct source *s)
{
	ssize_t n;

	if (s->frame == NULL && (s->frame = frame_get(s->pool)) == NULL)
		return 0; /* every slot is in use: later */
	do
		n = read(s->fd, s->frame->data + s->filled, s->len - s->filled);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return -1;
	s->filled += (size_t)n;
	if (s->filled == s->len)
		source_deliver(s);
	return n;
}

static void
source_read_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents UNUSED)
{
	struct source *s = io->data;
	size_t total = 0;
	ssize_t n;

	while (total < SOURCE_BUDGET && (n = source_read(s)) > 0)
		total += (size_t)n;
	if (total == 0 && n == -1)
		source_close(s);
}

void
source_init(struct source *s, struct ev_loop *loop,
    void (*picture)(void *ctx, struct frame *f), void *ctx)
{
	*s = (struct source){
		.loop = loop, .fd = -1, .picture = picture, .ctx = ctx
	};
	ev_init(&s->io, source_read_cb);
	s->io.data = s;
}

void
source_open(struct source *s, int fd, struct frame_pool *pool, size_t len)
{
	source_close(s);
	util_nonblock(fd);
	feed_size_pipe(fd, len);
	s->fd = fd;
	s->pool = pool;
	s->len = len;
	ev_io_set(&s->io, fd, EV_READ);
	ev_io_start(s->loop, &s->io);
}

void
source_close(struct source *s)
{
	if (s->fd == -1)
		return;
	ev_io_stop(s->loop, &s->io);
	close(s->fd);
	s->fd = -1;
	if (s->filled > 0)
		s->torn++;
	frame_put(s->frame);
	s->frame = NULL;
	s->filled = 0;
}
