/* SPDX-License-Identifier: ISC */
/*
 * Pipe to pictures: one copy, from the pipe into the slot that the encoder is
 * later fed from.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/util.h"
#include "link/pool.h"
#include "link/source.h"
#include "media/frame.h"
#include "process/pipes.h"

/* Bytes of one wake-up, so that a producer cannot keep the loop from everybody
 * else: about what a pipe holds, a quarter of a millisecond. */
#define SOURCE_BUDGET (1024 * 1024)

#define SOURCE_TAKEOVER_S 0.5

/* Between two pictures, or before the first byte: nothing is lost here. */
static bool
source_is_at_boundary(const struct source *s)
{
	return s->filled == 0;
}

/* Close the present producer's end and forget its unfinished picture. */
static void
source_drop(struct source *s)
{
	if (s->fd == -1)
		return;
	ev_io_stop(s->loop, &s->io);
	close(s->fd);
	s->fd = -1;
	pipes_release(s->pipe_size);
	if (s->filled > 0)
		s->torn++;
	frame_put(s->frame);
	s->frame = NULL;
	s->filled = 0;
}

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

	if (s->frame == NULL && (s->frame = pool_get(s->pool)) == NULL)
		return 0; /* every slot is in use: later */
	do
		n = read(s->fd, s->frame->data + s->filled,
		    s->geometry.bytes - s->filled);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return -1;
	s->filled += (size_t)n;
	if (s->filled == s->geometry.bytes)
		source_deliver(s);
	return n;
}

/* What a newcomer has sent so far becomes the beginning of the frame that is
 * being filled. False: there is no slot for it. */
static bool
source_preload(struct source *s, const struct rival *r)
{
	if (r->len == 0)
		return true;
	s->frame = pool_get(s->pool);
	if (s->frame == NULL)
		return r->whole; /* that frame is lost, the next one is not */
	memcpy(s->frame->data, r->data, r->len);
	s->filled = r->len;
	if (s->filled == s->geometry.bytes)
		source_deliver(s);
	return true;
}

/* A newcomer's turn. */
static void
source_adopt(struct source *s, struct rival *r)
{
	ev_timer_stop(s->loop, &s->takeover);
	source_open(s, rivals_release(r));
	if (!source_preload(s, r))
		source_drop(s); /* it would begin in mid-frame */
	rivals_drop(r);
}

/* The present producer goes, and is told why. */
static void
source_take_over(struct source *s)
{
	struct rival *r = rivals_whole(&s->rivals);

	if (r == NULL)
		return;
	if (s->goodbye != NULL && s->fd != -1 &&
	    write(s->fd, s->goodbye, strlen(s->goodbye)) == -1)
		log_debug("a producer that was taken over is gone already");
	source_adopt(s, r);
}

static void
source_takeover_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	source_take_over(t->data);
}

/* A frame's length is all that makes it whole. */
static bool
source_look(void *ctx, struct rival *r, size_t n UNUSED)
{
	const struct source *s = ctx;

	return r->len == s->geometry.bytes;
}

static void
source_ready(void *ctx)
{
	struct source *s = ctx;

	if (source_is_at_boundary(s)) {
		source_take_over(s);
	} else if (!ev_is_active(&s->takeover)) {
		ev_timer_set(&s->takeover, SOURCE_TAKEOVER_S, 0.0);
		ev_timer_start(s->loop, &s->takeover);
	}
}

/* The producer went away: a newcomer's turn, or nobody's. */
static void
source_end(struct source *s)
{
	struct rival *r = rivals_best(&s->rivals);

	if (r != NULL)
		source_adopt(s, r);
	else if (s->closed != NULL)
		s->closed(s->closed_ctx);
	else
		source_drop(s);
}

static void
source_read_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents UNUSED)
{
	struct source *s = io->data;
	size_t total = 0;
	ssize_t n = 0;

	while (total < SOURCE_BUDGET && (n = source_read(s)) > 0) {
		total += (size_t)n;
		if (source_is_at_boundary(s) &&
		    rivals_whole(&s->rivals) != NULL) {
			source_take_over(s);
			return;
		}
	}
	if (total > 0)
		look_burst_add(&s->burst, total, mono_ms(), s->fps);
	if (n == -1)
		source_end(s);
}

void
source_init(struct source *s, struct ev_loop *loop, struct pool *pool,
    const struct geometry *g, struct rate fps)
{
	const struct rivals_host host = { .max = g->bytes,
		.look = source_look,
		.ready = source_ready,
		.ctx = s };

	*s = (struct source){
		.loop = loop, .fd = -1, .pool = pool, .geometry = *g, .fps = fps
	};
	rivals_init(&s->rivals, loop, &host);
	ev_init(&s->io, source_read_cb);
	s->io.data = s;
	ev_timer_init(&s->takeover, source_takeover_cb, SOURCE_TAKEOVER_S, 0.0);
	s->takeover.data = s;
}

void
source_open(struct source *s, int fd)
{
	source_drop(s);
	fd_nonblock(fd);
	s->pipe_size = pipes_grow(fd, s->geometry.bytes);
	s->burst = (struct look_burst){ .bytes = 0 };
	s->fd = fd;
	ev_io_set(&s->io, fd, EV_READ);
	ev_io_start(s->loop, &s->io);
}

void
source_offer(struct source *s, int fd)
{
	if (s->fd == -1)
		source_open(s, fd);
	else
		rivals_add(&s->rivals, fd);
}

void
source_close(struct source *s)
{
	ev_timer_stop(s->loop, &s->takeover);
	rivals_clear(&s->rivals);
	source_drop(s);
}

/* --- a way in ----------------------------------------------------------- */

static void
source_closed(void *ctx)
{
	intake_closed(ctx);
}

static void
source_taker_open(void *ctx, int fd)
{
	source_open(ctx, fd);
}

static void
source_taker_offer(void *ctx, int fd)
{
	source_offer(ctx, fd);
}

static void
source_taker_close(void *ctx)
{
	source_close(ctx);
}

static int64_t
source_taker_last(void *ctx)
{
	const struct source *s = ctx;

	return s->burst.last_ms;
}

void
source_listen(struct source *s, struct intake *in, enum intake_kind kind,
    const char *path)
{
	const struct geometry *g = &s->geometry;
	const struct intake_taker taker = { .open = source_taker_open,
		.offer = source_taker_offer,
		.close = source_taker_close,
		.last_ms = source_taker_last,
		.ctx = s };
	char *greeting = xasprintf("{\"v\":1,\"bytes\":%zu,\"size\":\"%dx%d\","
				   "\"format\":\"%s\",\"fps\":\"%lld/%lld\"}\n",
	    g->bytes, g->w, g->h, pixfmt_names[g->format],
	    (long long)s->fps.num, (long long)s->fps.den);

	s->closed = source_closed;
	s->closed_ctx = in;
	if (kind == INTAKE_SOCKET)
		s->goodbye = intake_goodbye;
	intake_open(in, s->loop, kind, path, greeting, &taker);
	free(greeting);
}
