/* SPDX-License-Identifier: ISC */
/*
 * The beat asks for pictures, the queue has them or the last one is sent
 * again; the feed says when the encoder can take another. Both only call
 * framelink_pump(), which decides.
 */
#include "config.h"

#include <ev.h>
#include <stdlib.h>

#include "feed.h"
#include "framelink.h"
#include "pattern.h"
#include "source.h"
#include "util.h"

/* Slots beside the queue: one being filled, one being written, the last one
 * sent, one to spare. */
#define FRAMELINK_EXTRA_SLOTS 4

/* Without a new picture for this long, the last one counts as held. */
#define FRAMELINK_HOLD_MS 1000

const char *const fallback_names[] = {
	[FALLBACK_NONE] = "none",
	[FALLBACK_HOLD] = "hold",
	[FALLBACK_SLATE] = "slate",
};
_Static_assert(NELEM(fallback_names) == N_FALLBACKS, "a name for each");

struct framelink {
	struct ev_loop *loop;
	struct plan_link plan;
	int pattern; /* enum pattern, or FRAMELINK_NO_PATTERN */
	struct frame_pool *pool;
	struct frame_queue queue;
	struct source source;
	struct feed feed;
	struct beat beat;
	ev_timer tick;	    /* to the next beat */
	struct frame *last; /* sent last; reference held; NULL: none yet */
	int64_t last_in_ms; /* when the newest one came */
	uint64_t in, out, repeated, late;
	void (*picture)(void *ctx);
	void *ctx;
};

/* --- in ----------------------------------------------------------------- */

static void
framelink_picture(void *ctx, struct frame *f)
{
	struct framelink *l = ctx;

	l->in++;
	l->last_in_ms = f->at_ms;
	frame_queue_push(&l->queue, f);
	l->picture(l->ctx);
}

/* A test picture, drawn the moment it is needed. */
static struct frame *
framelink_draw(struct framelink *l)
{
	struct frame *f = frame_get(l->pool);

	if (f == NULL)
		return NULL;
	f->number = l->in++;
	f->at_ms = l->last_in_ms = mono_ms();
	pattern_draw((enum pattern)l->pattern, &l->plan.geometry, f->data,
	    (uint32_t)f->number, wall_ms());
	return f;
}

/* --- out ---------------------------------------------------------------- */

/* The picture that stands in before there is any. */
static struct frame *
framelink_black(struct framelink *l)
{
	struct frame *f = frame_get(l->pool);

	if (f != NULL)
		pattern_black(&l->plan.geometry, f->data);
	return f;
}

/* Pictures in a second, rounded up: the window of the queue's rule. */
static unsigned
framelink_window(const struct framelink *l)
{
	const struct rate *r = &l->plan.fps;

	return (unsigned)((r->num + r->den - 1) / r->den);
}

/* The picture for this beat, with a reference for the feed: a new one, else
 * the last again. */
static struct frame *
framelink_next(struct framelink *l)
{
	struct frame *f;

	if (l->pattern != FRAMELINK_NO_PATTERN)
		f = framelink_draw(l);
	else
		f = frame_queue_pop(&l->queue, framelink_window(l));
	if (f == NULL && l->last != NULL) {
		l->repeated++;
		return frame_ref(l->last);
	}
	if (f == NULL && (f = framelink_black(l)) == NULL)
		return NULL;
	frame_put(l->last);
	l->last = f;
	return frame_ref(f);
}

/* Hand over what is due, as far as the encoder takes it. */
static void
framelink_pump(struct framelink *l)
{
	int64_t forgiven = 0;
	int64_t owed = beat_owed(&l->beat, mono_ns(), &forgiven);

	l->late += (uint64_t)forgiven;
	while (owed > 0 && feed_is_ready(&l->feed)) {
		struct frame *f = framelink_next(l);

		if (f == NULL)
			return;
		l->beat.sent++;
		l->out++;
		owed--;
		feed_take(&l->feed, f);
	}
}

static void
framelink_arm(struct framelink *l)
{
	int64_t wait = beat_wait(&l->beat, mono_ns());

	ev_now_update(l->loop);
	ev_timer_set(&l->tick, (double)wait / 1e9, 0.0);
	ev_timer_start(l->loop, &l->tick);
}

static void
framelink_tick_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct framelink *l = t->data;

	framelink_pump(l);
	if (l->feed.fd != -1 && !l->feed.broken)
		framelink_arm(l);
}

static void
framelink_ready(void *ctx)
{
	framelink_pump(ctx);
}

/* --- for others --------------------------------------------------------- */

struct framelink *
framelink_new(struct ev_loop *loop, const struct plan_link *plan, size_t queue,
    int pattern, void (*picture)(void *ctx), void *ctx)
{
	struct framelink *l = xcalloc(1, sizeof(*l));

	l->loop = loop;
	l->plan = *plan;
	l->pattern = pattern;
	l->picture = picture;
	l->ctx = ctx;
	l->pool =
	    frame_pool_new(&plan->geometry, queue + FRAMELINK_EXTRA_SLOTS);
	if (l->pool == NULL) {
		free(l);
		return NULL;
	}
	frame_queue_init(&l->queue, queue);
	source_init(&l->source, loop, framelink_picture, l);
	feed_init(&l->feed, loop, framelink_ready, l);
	ev_init(&l->tick, framelink_tick_cb);
	l->tick.data = l;
	return l;
}

void
framelink_free(struct framelink *l)
{
	if (l == NULL)
		return;
	framelink_drop_encoder(l);
	framelink_drop_producer(l);
	frame_queue_clear(&l->queue);
	frame_put(l->last);
	frame_pool_free(l->pool);
	free(l);
}

void
framelink_set_producer(struct framelink *l, int fd)
{
	source_open(&l->source, fd, l->pool, l->plan.geometry.bytes);
}

/* The new encoder's beat begins with its pipe: its first picture is number
 * 0 of its own time. */
void
framelink_set_encoder(struct framelink *l, int fd)
{
	feed_open(&l->feed, fd, l->plan.geometry.bytes);
	beat_start(&l->beat, l->plan.fps, mono_ns());
	framelink_pump(l);
	framelink_arm(l);
}

void
framelink_drop_producer(struct framelink *l)
{
	source_close(&l->source);
}

void
framelink_drop_encoder(struct framelink *l)
{
	ev_timer_stop(l->loop, &l->tick);
	feed_close(&l->feed);
}

void
framelink_finish_encoder(struct framelink *l)
{
	ev_timer_stop(l->loop, &l->tick);
	feed_finish(&l->feed);
}

static enum fallback
framelink_fallback(const struct framelink *l, int64_t now_ms)
{
	if (l->pattern != FRAMELINK_NO_PATTERN)
		return FALLBACK_NONE;
	if (l->in == 0)
		return FALLBACK_SLATE;
	if (now_ms - l->last_in_ms > FRAMELINK_HOLD_MS)
		return FALLBACK_HOLD;
	return FALLBACK_NONE;
}

void
framelink_stats(const struct framelink *l, struct framelink_stats *st)
{
	int64_t now = mono_ms();

	*st = (struct framelink_stats){
		.in = l->in,
		.out = l->out,
		.dropped = l->queue.dropped,
		.repeated = l->repeated,
		.late = l->late,
		.torn = l->source.torn,
		.queue = l->queue.n,
		.queue_age_ms = frame_queue_age(&l->queue, now),
		.fallback = framelink_fallback(l, now),
		.pipe_size = l->feed.pipe_size,
	};
}
