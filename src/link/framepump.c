/* SPDX-License-Identifier: ISC */
/*
 * The beat asks for frames, the queue has them or the last one is sent again;
 * the writer says when the encoder can take another. Both only call
 * framepump_pump(), which decides.
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
#include "link/framepump.h"
#include "link/framereader.h"
#include "link/framewriter.h"
#include "link/overlay.h"
#include "link/pool.h"
#include "link/slatelabel.h"
#include "media/beat.h"
#include "media/framecheck.h"
#include "media/pattern.h"

/* Slots beside the queue's and the feed's: one being filled, the last one,
 * the slate, the next slate, one to spare; and where something is laid over
 * them, the covered frame, its clean one, and the next. A slot that was never
 * used has no memory. */
#define FRAMEPUMP_EXTRA_SLOTS 8

/* The slate's bars move so often: life enough, and a drawing costs. */
#define FRAMEPUMP_SLATE_MS 500

/* At a low rate the last frame counts as held, and the slate is due, after so
 * many missing ones only. */
#define FRAMEPUMP_HOLD_FRAMES  2
#define FRAMEPUMP_SLATE_FRAMES 3

#define NS_PER_S 1000000000

/* An encoder that takes less than this is slow. */
#define FRAMEPUMP_SLOW_SHARE  0.97
#define FRAMEPUMP_SLOW_FRAMES 2

const char *const fallback_names[] = {
	[FALLBACK_NONE] = "none",
	[FALLBACK_HOLD] = "hold",
	[FALLBACK_SLATE] = "slate",
};
_Static_assert(NELEM(fallback_names) == N_FALLBACKS, "a name for each");

/* The overlay over frames, and the newest frame that has it. */
struct framepump_cover {
	struct overlay *overlay;     /* borrowed; NULL: nothing is */
	struct frame *frame, *clean; /* with it and without; NULL: none */
	uint64_t stamp;		     /* of its overlays */
	uint64_t bare;
};

/* What is sent while no frames come. */
struct framepump_slate {
	struct frame *frame; /* as drawn last; NULL: not yet */
	int64_t drawn_ms;
	unsigned number;	  /* of drawings: moves the bars */
	uint8_t *image;		  /* owned: instead of the drawing */
	struct slatelabel *label; /* borrowed, over it; NULL: none */
	uint64_t stamp;		  /* of its label */
	int64_t since;		  /* wall clock: the newest frame came; or the
				     first encoder, before any frame */
};

struct framepump {
	struct ev_loop *loop;
	struct plan_link plan;
	struct framepump_opts opts;
	struct pool *pool;
	struct frame_queue queue;
	struct framereader source;
	struct framewriter feed;
	struct beat beat;
	ev_io tick;	      /* the next beat; a timerfd, owned */
	struct frame *last;   /* the newest one taken from the queue */
	struct frame *on_air; /* sent last; borrowed: that, or the slate's */
	struct framepump_slate slate;
	struct framepump_cover cover;
	int64_t last_in_ms; /* when the newest one came */
	struct framecheck_still still;
	struct meter meter_in, meter_out;
	uint64_t in, out, repeated, slated, late;
};

/* --- in ----------------------------------------------------------------- */

static void
framepump_frame(void *ctx, struct frame *f)
{
	struct framepump *l = ctx;

	l->in++;
	l->last_in_ms = f->at_ms;
	l->slate.since = wall_ms();
	meter_add(&l->meter_in, f->at_ms);
	framecheck_still_add(&l->still, &l->plan.geometry, f->data, f->at_ms);
	frame_queue_push(&l->queue, f);
	l->opts.frame(l->opts.ctx);
}

static void
framepump_skipped(void *ctx, size_t bytes, bool text)
{
	struct framepump *l = ctx;

	if (l->opts.skipped != NULL)
		l->opts.skipped(l->opts.ctx, bytes, text);
}

/* A test pattern, drawn the moment it is needed. */
static struct frame *
framepump_draw(struct framepump *l)
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

/* From frame to frame, ms. */
static int64_t
framepump_period(const struct framepump *l)
{
	return 1000 * l->plan.fps.den / l->plan.fps.num;
}

static enum fallback
framepump_fallback(const struct framepump *l, int64_t now_ms)
{
	/* one that is missing is not the end */
	int64_t silent = now_ms - l->last_in_ms - 2 * l->opts.between_ms;
	int64_t period = framepump_period(l);

	if (l->opts.pattern != FRAMEPUMP_NO_PATTERN)
		return FALLBACK_NONE;
	if (l->in == 0 ||
	    (silent >= l->opts.slate_after_ms &&
		silent >= FRAMEPUMP_SLATE_FRAMES * period))
		return FALLBACK_SLATE;
	return silent >= FRAMEPUMP_HOLD_MS &&
		silent >= FRAMEPUMP_HOLD_FRAMES * period
	    ? FALLBACK_HOLD
	    : FALLBACK_NONE;
}

/* Whether the slate must be drawn again. An image does not move, but its label
 * may change. */
static bool
framepump_is_slate_due(const struct framepump_slate *s, int64_t now_ms)
{
	if (s->frame == NULL)
		return true;
	return s->image == NULL && now_ms - s->drawn_ms >= FRAMEPUMP_SLATE_MS;
}

/* Draw the slate again when its time has come. */
static void
framepump_redraw_slate(struct framepump *l, int64_t now_ms)
{
	struct framepump_slate *s = &l->slate;
	uint64_t stamp =
	    s->label == NULL ? 0 : slatelabel_go(s->label, s->since);
	struct frame *f;

	if (stamp == s->stamp && !framepump_is_slate_due(s, now_ms))
		return;
	f = pool_get(l->pool);
	if (f == NULL)
		return;
	if (s->image != NULL)
		memcpy(f->data, s->image, l->plan.geometry.bytes);
	else
		pattern_slate(&l->plan.geometry,
		    l->last == NULL ? NULL : l->last->data, f->data,
		    s->number++);
	if (s->label != NULL)
		slatelabel_draw(s->label, f->data);
	frame_put(s->frame);
	s->frame = f;
	s->drawn_ms = now_ms;
	s->stamp = stamp;
}

/* A drawn slate belongs to the frame it was made of. */
static void
framepump_forget_slate(struct framepump *l)
{
	frame_put(l->slate.frame);
	l->slate.frame = NULL;
}

/* --- out ---------------------------------------------------------------- */

/* Frames in a second, rounded up: the window of the queue's rule. */
static unsigned
framepump_window(const struct framepump *l)
{
	const struct rate *r = &l->plan.fps;

	return (unsigned)((r->num + r->den - 1) / r->den);
}

/* A new frame replaces the last one. */
static struct frame *
framepump_renew(struct framepump *l, struct frame *f)
{
	frame_put(l->last);
	l->last = f;
	framepump_forget_slate(l);
	return f;
}

/* The frame for this beat: a new one, else the last again, else the slate.
 * NULL when no memory is left for any. */
static struct frame *
framepump_next(struct framepump *l)
{
	int64_t now = mono_ms();
	struct frame *f;

	if (l->opts.pattern != FRAMEPUMP_NO_PATTERN)
		f = framepump_draw(l);
	else
		f = frame_queue_pop(&l->queue, framepump_window(l));
	if (f != NULL)
		return framepump_renew(l, f);
	if (framepump_fallback(l, now) == FALLBACK_SLATE) {
		framepump_redraw_slate(l, now);
		l->slated += l->slate.frame != NULL;
		return l->slate.frame;
	}
	l->repeated += l->last != NULL;
	return l->last;
}

/* The covered frame is not needed any more. */
static void
framepump_uncover(struct framepump *l)
{
	frame_put(l->cover.frame);
	frame_put(l->cover.clean);
	l->cover.frame = l->cover.clean = NULL;
}

/* A copy of the frame with the overlays of this beat, or the frame itself. The
 * clean one stays as it is for repeats. Borrowed. */
static struct frame *
framepump_covered(struct framepump *l, struct frame *f)
{
	struct framepump_cover *c = &l->cover;
	uint64_t stamp =
	    c->overlay == NULL ? 0 : overlay_go(c->overlay, l->out);

	if (stamp != 0 && c->clean == f && c->stamp == stamp)
		return c->frame;
	framepump_uncover(l);
	if (stamp == 0)
		return f;
	c->frame = pool_get(l->pool);
	if (c->frame == NULL) {
		c->bare++;
		return f;
	}
	memcpy(c->frame->data, f->data, l->plan.geometry.bytes);
	overlay_draw(c->overlay, c->frame->data);
	c->clean = frame_ref(f);
	c->stamp = stamp;
	return c->frame;
}

/* Write the frames that are due, as far as the encoder takes them. */
static void
framepump_pump(struct framepump *l)
{
	int64_t forgiven = 0;
	int64_t owed = beat_owed(&l->beat, mono_ns(), &forgiven);

	l->late += (uint64_t)forgiven;
	while (owed > 0 && framewriter_is_ready(&l->feed)) {
		struct frame *f = framepump_next(l), *sent;

		if (f == NULL)
			return;
		sent = framepump_covered(l, f);
		l->on_air = f;
		l->beat.sent++;
		l->out++;
		owed--;
		meter_add(&l->meter_out, mono_ms());
		framewriter_take(&l->feed, frame_ref(sent));
	}
}

/* Wait for the next beat, to the nanosecond: the loop's own timers may be a
 * millisecond late. To set it is also to take note that it was due. */
static void
framepump_arm(struct framepump *l)
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
framepump_tick_cb(struct ev_loop *loop, ev_io *io, int revents UNUSED)
{
	struct framepump *l = io->data;

	framepump_pump(l);
	if (l->feed.fd != -1 && !l->feed.broken)
		framepump_arm(l);
	else
		ev_io_stop(loop, io);
}

static void
framepump_ready(void *ctx)
{
	framepump_pump(ctx);
}

/* -1 with errno when no descriptor is left. */
static int
framepump_make_tick(struct framepump *l)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd == -1)
		return -1;
	ev_io_init(&l->tick, framepump_tick_cb, fd, EV_READ);
	ev_set_priority(&l->tick, 1); /* before producers */
	l->tick.data = l;
	return 0;
}

/* --- public ------------------------------------------------------------- */

struct framepump *
framepump_new(struct ev_loop *loop, const struct plan_link *plan,
    const struct framepump_opts *opts)
{
	struct framepump *l = xcalloc(1, sizeof(*l));
	size_t slots = opts->queue + framewriter_slots(plan->geometry.bytes) +
	    FRAMEPUMP_EXTRA_SLOTS;

	l->loop = loop;
	l->plan = *plan;
	l->opts = *opts;
	l->pool = pool_new(&plan->geometry, slots);
	if (l->pool == NULL || framepump_make_tick(l) == -1) {
		pool_free(l->pool);
		free(l);
		return NULL;
	}
	frame_queue_init(&l->queue, opts->queue);
	framereader_init(&l->source, loop, l->pool, &plan->geometry, plan->fps);
	l->source.got_frame = framepump_frame;
	l->source.skipped = framepump_skipped;
	l->source.ctx = l;
	framewriter_init(&l->feed, loop, framepump_ready, l);
	return l;
}

void
framepump_free(struct framepump *l)
{
	if (l == NULL)
		return;
	framepump_drop_encoder(l);
	close(l->tick.fd);
	framereader_close(&l->source);
	frame_queue_clear(&l->queue);
	frame_put(l->last);
	framepump_forget_slate(l);
	framepump_uncover(l);
	pool_free(l->pool);
	free(l->slate.image);
	free(l);
}

void
framepump_set_slate_after(struct framepump *l, int64_t ms)
{
	l->opts.slate_after_ms = ms;
}

void
framepump_take_slate(struct framepump *l, uint8_t *data)
{
	free(l->slate.image);
	l->slate.image = data;
	if (l->on_air == l->slate.frame)
		l->on_air = NULL;
	framepump_forget_slate(l);
}

void
framepump_set_slate_label(struct framepump *l, struct slatelabel *label)
{
	l->slate.label = label;
}

void
framepump_set_overlay(struct framepump *l, struct overlay *o)
{
	l->cover.overlay = o;
	l->cover.stamp = 0; /* another one has its own count */
}

struct framereader *
framepump_source(struct framepump *l)
{
	return &l->source;
}

/* The new encoder's beat begins with its pipe: its first frame is number 0 of
 * its own time. */
void
framepump_set_encoder(struct framepump *l, int fd)
{
	framewriter_open(&l->feed, fd, l->plan.geometry.bytes);
	if (l->slate.since == 0)
		l->slate.since = wall_ms();
	beat_start(&l->beat, l->plan.fps, mono_ns());
	meter_reset(&l->meter_out);
	framepump_pump(l);
	framepump_arm(l);
}

void
framepump_drop_encoder(struct framepump *l)
{
	ev_io_stop(l->loop, &l->tick);
	framewriter_close(&l->feed);
}

void
framepump_finish_encoder(struct framepump *l)
{
	ev_io_stop(l->loop, &l->tick);
	framewriter_finish(&l->feed);
}

/* Whether the encoder has taken too little for a whole span of the meter: less
 * than a share, and not just by the frame or two at the ends of the span. */
static bool
framepump_is_slow(struct framepump *l, int64_t now)
{
	double want = (double)l->plan.fps.num / (double)l->plan.fps.den;
	double got;

	if (l->feed.fd == -1 || !meter_is_full(&l->meter_out, now))
		return false;
	got = meter_rate(&l->meter_out, now);
	return got < want * FRAMEPUMP_SLOW_SHARE &&
	    (want - got) * METER_SPAN > FRAMEPUMP_SLOW_FRAMES;
}

void
framepump_stats(struct framepump *l, struct framepump_stats *st)
{
	int64_t now = mono_ms();

	*st = (struct framepump_stats){
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
		.fallback = framepump_fallback(l, now),
		.silent_ms = l->in == 0 ? -1 : now - l->last_in_ms,
		.still_ms =
		    l->still.since_ms == 0 ? 0 : now - l->still.since_ms,
		.slow = framepump_is_slow(l, now),
		.pipe_in = l->source.fd == -1 ? 0 : l->source.pipe_size,
		.pipe_out = l->feed.fd == -1 ? 0 : l->feed.pipe_size,
		.lent = l->feed.lend,
		.bare = l->cover.bare,
	};
}

struct finding
framepump_finding(const struct framepump *l)
{
	const struct finding *told = &l->source.feeder.told;

	if (l->source.fd == -1)
		return (struct finding){ .fault = FINDING_FINE };
	/* ffsup feed cuts bytes into frames: it knows what they were */
	return told->fault != FINDING_FINE ? *told : l->source.arrivals.found;
}

const uint8_t *
framepump_on_air(const struct framepump *l)
{
	if (l->cover.frame != NULL)
		return l->cover.frame->data;
	return framepump_clean(l);
}

const uint8_t *
framepump_clean(const struct framepump *l)
{
	return l->on_air == NULL ? NULL : l->on_air->data;
}
