/* SPDX-License-Identifier: ISC */
/*
 * Pipe to frames: one copy, from the pipe into the slot that the encoder is
 * later fed from.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/util.h"
#include "link/framereader.h"
#include "link/pool.h"
#include "media/frame.h"
#include "process/pipes.h"

/* Bytes of one wake-up, so that a producer cannot block the loop: about a
 * pipe's capacity, a quarter of a millisecond. */
#define FRAMEREADER_BUDGET (1024 * 1024)

#define FRAMEREADER_TAKEOVER_S 0.5

/* Between two frames, or before the first byte: nothing is lost here. */
static bool
framereader_is_at_boundary(const struct framereader *s)
{
	return s->filled == 0;
}

/* Close the current producer's end and forget its unfinished frame. */
static void
framereader_drop(struct framereader *s)
{
	if (s->fd == -1)
		return;
	pipes_close(s->loop, &s->io, &s->fd, s->pipe_size);
	s->feeder = (struct intake_feeder){ .pid = 0 };
	if (s->filled > 0)
		s->torn++;
	frame_put(s->frame);
	s->frame = NULL;
	s->filled = 0;
}

/* The frame is whole: number it, pass it on. */
static void
framereader_deliver(struct framereader *s)
{
	struct frame *f = s->frame;

	s->frame = NULL;
	s->filled = 0;
	f->number = s->count++;
	f->at_ms = mono_ms();
	s->got_frame(s->ctx, f);
}

/* `n` bytes came, after those of the frame so far. If they begin a frame, what
 * was there is forgotten. */
static void
framereader_measure(struct framereader *s, size_t n)
{
	uint8_t *data = s->frame->data + s->filled;
	struct arrivals *a = &s->arrivals;

	s->last_ms = mono_ms();
	if (arrivals_add(a, data, n, s->last_ms) == 0)
		return;
	memmove(s->frame->data, data, n);
	s->filled = 0;
	s->torn++;
	if (s->skipped != NULL)
		s->skipped(s->ctx, a->skipped, a->skipped_text);
}

/* One read into the current slot: bytes got, 0 nothing now, -1 the end. */
static ssize_t
framereader_read(struct framereader *s)
{
	ssize_t n;

	if (s->frame == NULL && (s->frame = pool_get(s->pool)) == NULL)
		return 0; /* every slot is in use: later */
	n = pipes_read(
	    s->fd, s->frame->data + s->filled, s->geometry.bytes - s->filled);
	if (n <= 0)
		return n;
	framereader_measure(s, (size_t)n);
	s->filled += (size_t)n;
	if (s->filled == s->geometry.bytes)
		framereader_deliver(s);
	return n;
}

/* The newcomer's bytes so far become the beginning of the frame that is being
 * filled. False: no slot is free. */
static bool
framereader_preload(struct framereader *s, const struct rival *r)
{
	if (r->len == 0)
		return true;
	s->frame = pool_get(s->pool);
	if (s->frame == NULL)
		return r->whole; /* that frame is lost, the next one is not */
	memcpy(s->frame->data, r->data, r->len);
	framereader_measure(s, r->len);
	s->filled = r->len;
	if (s->filled == s->geometry.bytes)
		framereader_deliver(s);
	return true;
}

/* A newcomer's turn. */
static void
framereader_adopt(struct framereader *s, struct rival *r)
{
	ev_timer_stop(s->loop, &s->takeover);
	framereader_open(s, rivals_release(r));
	if (!framereader_preload(s, r))
		framereader_drop(s); /* it would begin in mid-frame */
	rivals_drop(r);
}

/* The current producer goes, with a last line about it. */
static void
framereader_take_over(struct framereader *s)
{
	struct rival *r = rivals_whole(&s->rivals);

	if (r == NULL)
		return;
	if (s->goodbye != NULL && s->fd != -1 &&
	    write(s->fd, s->goodbye, strlen(s->goodbye)) == -1)
		log_debug("a producer that was taken over is gone already");
	framereader_adopt(s, r);
}

static void
framereader_takeover_cb(
    struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	framereader_take_over(t->data);
}

/* A frame is whole by its length alone. */
static bool
framereader_look(void *ctx, struct rival *r, size_t n UNUSED)
{
	const struct framereader *s = ctx;

	return r->len == s->geometry.bytes;
}

static void
framereader_ready(void *ctx)
{
	struct framereader *s = ctx;

	if (framereader_is_at_boundary(s)) {
		framereader_take_over(s);
	} else if (!ev_is_active(&s->takeover)) {
		ev_timer_set(&s->takeover, FRAMEREADER_TAKEOVER_S, 0.0);
		ev_timer_start(s->loop, &s->takeover);
	}
}

/* The producer has gone: a newcomer's turn, or none's. */
static void
framereader_end(struct framereader *s)
{
	struct rival *r = rivals_best(&s->rivals);

	if (r != NULL)
		framereader_adopt(s, r);
	else if (s->closed != NULL)
		s->closed(s->closed_ctx);
	else
		framereader_drop(s);
}

static void
framereader_read_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents UNUSED)
{
	struct framereader *s = io->data;
	size_t total = 0;
	ssize_t n = 0;

	while (total < FRAMEREADER_BUDGET && (n = framereader_read(s)) > 0) {
		total += (size_t)n;
		if (framereader_is_at_boundary(s) &&
		    rivals_whole(&s->rivals) != NULL) {
			framereader_take_over(s);
			return;
		}
	}
	if (n == -1)
		framereader_end(s);
}

void
framereader_init(struct framereader *s, struct ev_loop *loop, struct pool *pool,
    const struct geometry *g, struct rate fps)
{
	const struct rivals_host host = { .max = g->bytes,
		.look = framereader_look,
		.ready = framereader_ready,
		.ctx = s };

	*s = (struct framereader){
		.loop = loop, .fd = -1, .pool = pool, .geometry = *g, .fps = fps
	};
	rivals_init(&s->rivals, loop, &host);
	ev_init(&s->io, framereader_read_cb);
	s->io.data = s;
	ev_timer_init(
	    &s->takeover, framereader_takeover_cb, FRAMEREADER_TAKEOVER_S, 0.0);
	s->takeover.data = s;
}

void
framereader_open(struct framereader *s, int fd)
{
	framereader_drop(s);
	fs_nonblock(fd);
	s->pipe_size = pipes_grow(fd, s->geometry.bytes);
	arrivals_begin(&s->arrivals, &s->geometry, s->fps);
	s->fd = fd;
	s->feeder = intake_feeder_of(fd);
	ev_io_set(&s->io, fd, EV_READ);
	ev_io_start(s->loop, &s->io);
}

void
framereader_offer(struct framereader *s, int fd)
{
	if (s->fd == -1)
		framereader_open(s, fd);
	else
		rivals_add(&s->rivals, fd);
}

void
framereader_close(struct framereader *s)
{
	ev_timer_stop(s->loop, &s->takeover);
	rivals_clear(&s->rivals);
	framereader_drop(s);
}

/* --- a way in ----------------------------------------------------------- */

static void
framereader_closed(void *ctx)
{
	intake_closed(ctx);
}

static void
framereader_taker_open(void *ctx, int fd)
{
	framereader_open(ctx, fd);
}

static void
framereader_taker_offer(void *ctx, int fd)
{
	framereader_offer(ctx, fd);
}

static void
framereader_taker_close(void *ctx)
{
	framereader_close(ctx);
}

static int64_t
framereader_taker_last(void *ctx)
{
	const struct framereader *s = ctx;

	return s->last_ms;
}

void
framereader_listen(struct framereader *s, struct intake *in,
    enum intake_kind kind, const char *path)
{
	const struct geometry *g = &s->geometry;
	const struct intake_taker taker = { .open = framereader_taker_open,
		.offer = framereader_taker_offer,
		.close = framereader_taker_close,
		.last_ms = framereader_taker_last,
		.ctx = s };
	char *greeting = xasprintf("{\"v\":1,\"bytes\":%zu,\"size\":\"%dx%d\","
				   "\"format\":\"%s\",\"fps\":\"%lld/%lld\"}\n",
	    g->bytes, g->w, g->h, pixfmt_names[g->format],
	    (long long)s->fps.num, (long long)s->fps.den);

	s->closed = framereader_closed;
	s->closed_ctx = in;
	if (kind == INTAKE_SOCKET)
		s->goodbye = intake_goodbye;
	intake_open(in, s->loop, kind, path, greeting, &taker);
	free(greeting);
}
