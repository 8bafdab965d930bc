/* SPDX-License-Identifier: ISC */
/*
 * The beat asks for pictures, the queue has them or the last one is sent
 * again; the feed says when the encoder can take another. Both only call
 * framelink_pump(), which decides.
 */
#include "config.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/meter.h"
#include "base/util.h"
#include "link/feed.h"
#include "link/framelink.h"
#include "link/pool.h"
#include "link/source.h"
#include "media/beat.h"
#include "media/look.h"
#include "media/pattern.h"

/* Slots beside the queue's and the feed's: one being filled, the last one,
 * the slate, the next slate, one to spare. */
#define FRAMELINK_EXTRA_SLOTS 5

/* The slate's bars move so often: life enough, and a drawing costs. */
#define FRAMELINK_SLATE_MS 500

#define NS_PER_S 1000000000

/* An encoder that takes less than this is slow. */
#define FRAMELINK_SLOW_SHARE 0.97

const char *const fallback_names[] = {
	[FALLBACK_NONE] = "none",
	[FALLBACK_HOLD] = "hold",
	[FALLBACK_SLATE] = "slate",
};
_Static_assert(NELEM(fallback_names) == N_FALLBACKS, "a name for each");

struct framelink {
	struct ev_loop *loop;
	struct plan_link plan;
	struct framelink_opts opts;
	struct pool *pool;
	struct frame_queue queue;
	struct source source;
	struct feed feed;
	struct beat beat;
	ev_io tick;	      /* the next beat; a timerfd, owned */
	struct frame *last;   /* the newest one taken from the queue */
	struct frame *slate;  /* as drawn last; NULL: not yet */
	struct frame *on_air; /* sent last; borrowed from those two */
	int64_t slate_drawn_ms;
	unsigned slate_number; /* of drawings: moves the bars */
	uint8_t *slate_image;  /* owned: instead of the drawing */
	int64_t last_in_ms;    /* when the newest one came */
	int64_t encoder_ms;    /* when the present encoder came */
	struct look_still still;
	struct meter meter_in, meter_out;
	uint64_t in, out, repeated, slated, late;
};

/* --- in ----------------------------------------------------------------- */

static void
framelink_picture(void *ctx, struct frame *f)
{
	struct framelink *l = ctx;

	l->in++;
	l->last_in_ms = f->at_ms;
	meter_add(&l->meter_in, f->at_ms);
	look_still_add(&l->still, &l->plan.geometry, f->data, f->at_ms);
	frame_queue_push(&l->queue, f);
	l->opts.picture(l->opts.ctx);
}

/* A test picture, drawn the moment it is needed. */
static struct frame *
framelink_draw(struct framelink *l)
{
	struct frame *f = pool_get(l->pool);

	if (f == NULL)
		return NULL;
	f->number = l->in++;
	f->at_ms = l->last_in_ms = mono_ms();
	meter_add(&l->meter_in, f->at_ms);
	pattern_draw((enum pattern)l->opts.pattern, &l->plan.geometry, f->data,
	    (uint32_t)f->number, wall_ms());
	return f;
}

/* --- the slate ---------------------------------------------------------- */

static enum fallback
framelink_fallback(const struct framelink *l, int64_t now_ms)
{
	int64_t silent = now_ms - l->last_in_ms;

	if (l->opts.pattern != FRAMELINK_NO_PATTERN)
		return FALLBACK_NONE;
	if (l->in == 0 || silent >= l->opts.slate_after_ms)
		return FALLBACK_SLATE;
	return silent >= FRAMELINK_HOLD_MS ? FALLBACK_HOLD : FALLBACK_NONE;
}

/* Draw the slate anew when its time has come. An image stands still. */
static void
framelink_redraw_slate(struct framelink *l, int64_t now_ms)
{
	struct frame *f;

	if (l->slate != NULL &&
	    (l->slate_image != NULL ||
		now_ms - l->slate_drawn_ms < FRAMELINK_SLATE_MS))
		return;
	f = pool_get(l->pool);
	if (f == NULL)
		return;
	if (l->slate_image != NULL)
		memcpy(f->data, l->slate_image, l->plan.geometry.bytes);
	else
		pattern_slate(&l->plan.geometry,
		    l->last == NULL ? NULL : l->last->data, f->data,
		    l->slate_number++);
	frame_put(l->slate);
	l->slate = f;
	l->slate_drawn_ms = now_ms;
}

/* A drawn slate belongs to the picture it was made of. */
static void
framelink_forget_slate(struct framelink *l)
{
	frame_put(l->slate);
	l->slate = NULL;
}

/* --- out ---------------------------------------------------------------- */

/* Pictures in a second, rounded up: the window of the queue's rule. */
static unsigned
framelink_window(const struct framelink *l)
{
	const struct rate *r = &l->plan.fps;

	return (unsigned)((r->num + r->den - 1) / r->den);
}

/* A new picture takes the place of the last one. */
static struct frame *
framelink_renew(struct framelink *l, struct frame *f)
{
	frame_put(l->last);
	l->last = f;
	framelink_forget_slate(l);
	return f;
}

/* The picture for this beat: a new one, else the last again, else the slate.
 * NULL when there is no memory for any. */
static struct frame *
framelink_next(struct framelink *l)
{
	int64_t now = mono_ms();
	struct frame *f;

	if (l->opts.pattern != FRAMELINK_NO_PATTERN)
		f = framelink_draw(l);
	else
		f = frame_queue_pop(&l->queue, framelink_window(l));
	if (f != NULL)
		return framelink_renew(l, f);
	if (framelink_fallback(l, now) == FALLBACK_SLATE) {
		framelink_redraw_slate(l, now);
		l->slated += l->slate != NULL;
		return l->slate;
	}
	l->repeated += l->last != NULL;
	return l->last;
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
		l->on_air = f;
		l->beat.sent++;
		l->out++;
		owed--;
		meter_add(&l->meter_out, mono_ms());
		feed_take(&l->feed, frame_ref(f));
	}
}

/* Wait for the next beat, to the nanosecond: the loop's own timers may be a
 * millisecond late. To set it is also to take note that it was due. */
static void
framelink_arm(struct framelink *l)
{
	int64_t wait = beat_wait(&l->beat, mono_ns());
	struct itimerspec when = {
		.it_value = { .tv_sec = wait / NS_PER_S,
		    .tv_nsec = wait % NS_PER_S },
	};

	timerfd_settime(l->tick.fd, 0, &when, NULL);
	ev_io_start(l->loop, &l->tick);
}

static void
framelink_tick_cb(struct ev_loop *loop, ev_io *io, int revents UNUSED)
{
	struct framelink *l = io->data;

	framelink_pump(l);
	if (l->feed.fd != -1 && !l->feed.broken)
		framelink_arm(l);
	else
		ev_io_stop(loop, io);
}

static void
framelink_ready(void *ctx)
{
	framelink_pump(ctx);
}

/* -1 with errno when there is no descriptor left. */
static int
framelink_make_tick(struct framelink *l)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd == -1)
		return -1;
	ev_io_init(&l->tick, framelink_tick_cb, fd, EV_READ);
	ev_set_priority(&l->tick, 1); /* before producers */
	l->tick.data = l;
	return 0;
}

/* --- for others --------------------------------------------------------- */

struct framelink *
framelink_new(struct ev_loop *loop, const struct plan_link *plan,
    const struct framelink_opts *opts)
{
	struct framelink *l = xcalloc(1, sizeof(*l));
	size_t slots = opts->queue + feed_slots(plan->geometry.bytes) +
	    FRAMELINK_EXTRA_SLOTS;

	l->loop = loop;
	l->plan = *plan;
	l->opts = *opts;
	l->pool = pool_new(&plan->geometry, slots);
	if (l->pool == NULL || framelink_make_tick(l) == -1) {
		pool_free(l->pool);
		free(l);
		return NULL;
	}
	frame_queue_init(&l->queue, opts->queue);
	source_init(&l->source, loop, l->pool, &plan->geometry, plan->fps);
	l->source.picture = framelink_picture;
	l->source.ctx = l;
	feed_init(&l->feed, loop, framelink_ready, l);
	return l;
}

void
framelink_free(struct framelink *l)
{
	if (l == NULL)
		return;
	framelink_drop_encoder(l);
	close(l->tick.fd);
	source_close(&l->source);
	frame_queue_clear(&l->queue);
	frame_put(l->last);
	framelink_forget_slate(l);
	pool_free(l->pool);
	free(l->slate_image);
	free(l);
}

void
framelink_set_slate_after(struct framelink *l, int64_t ms)
{
	l->opts.slate_after_ms = ms;
}

void
framelink_take_slate(struct framelink *l, uint8_t *data)
{
	free(l->slate_image);
	l->slate_image = data;
	if (l->on_air == l->slate)
		l->on_air = NULL;
	framelink_forget_slate(l);
}

struct source *
framelink_source(struct framelink *l)
{
	return &l->source;
}

/* The new encoder's beat begins with its pipe: its first picture is number
 * 0 of its own time. */
void
framelink_set_encoder(struct framelink *l, int fd)
{
	feed_open(&l->feed, fd, l->plan.geometry.bytes);
	beat_start(&l->beat, l->plan.fps, mono_ns());
	meter_reset(&l->meter_out);
	l->encoder_ms = mono_ms();
	framelink_pump(l);
	framelink_arm(l);
}

void
framelink_drop_encoder(struct framelink *l)
{
	ev_io_stop(l->loop, &l->tick);
	feed_close(&l->feed);
}

void
framelink_finish_encoder(struct framelink *l)
{
	ev_io_stop(l->loop, &l->tick);
	feed_finish(&l->feed);
}

/* Whether the encoder has taken too little for a whole span of the meter. */
static bool
framelink_is_slow(struct framelink *l, int64_t now)
{
	double want = (double)l->plan.fps.num / (double)l->plan.fps.den;

	return l->feed.fd != -1 && meter_is_full(&l->meter_out, now) &&
	    meter_rate(&l->meter_out, now) < want * FRAMELINK_SLOW_SHARE;
}

void
framelink_stats(struct framelink *l, struct framelink_stats *st)
{
	int64_t now = mono_ms();

	*st = (struct framelink_stats){
		.in = l->in,
		.out = l->out,
		.dropped = l->queue.dropped,
		.repeated = l->repeated,
		.slated = l->slated,
		.late = l->late,
		.torn = l->source.torn,
		.fps_in = meter_rate(&l->meter_in, now),
		.fps_out = meter_rate(&l->meter_out, now),
		.queue = l->queue.n,
		.queue_age_ms = frame_queue_age(&l->queue, now),
		.fallback = framelink_fallback(l, now),
		.silent_ms = l->in == 0 ? -1 : now - l->last_in_ms,
		.still_ms =
		    l->still.since_ms == 0 ? 0 : now - l->still.since_ms,
		.slow = framelink_is_slow(l, now),
		.pipe_in = l->source.fd == -1 ? 0 : l->source.pipe_size,
		.pipe_out = l->feed.fd == -1 ? 0 : l->feed.pipe_size,
		.lent = l->feed.lend,
	};
}

char *
framelink_guess(const struct framelink *l)
{
	if (l->source.fd == -1)
		return NULL;
	return look_burst_guess(&l->source.burst, &l->plan.geometry);
}

const uint8_t *
framelink_on_air(const struct framelink *l)
{
	return l->on_air == NULL ? NULL : l->on_air->data;
}
