/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/util.h"
#include "link/camera.h"
#include "link/relay.h"
#include "link/rivals.h"
#include "media/codedcheck.h"
#include "media/remux.h"
#include "process/pipes.h"

#define CAMERA_CHUNK  65536
#define CAMERA_BUDGET (1024 * 1024) /* of one wake-up */
#define CAMERA_PIPE   (256 * 1024)  /* half a second at 4 Mbit/s */

/* How long frames of another kind must last, and when that is forgotten. */
#define CAMERA_PATIENCE_MIN_MS 2000
#define CAMERA_PATIENCE_MAX_MS 8000
#define CAMERA_CALM_MS	       60000
#define CAMERA_RECENT_MS       10000 /* others were withheld */

struct camera {
	struct ev_loop *loop;
	struct camera_opts opts;
	ev_io io;
	int fd; /* owned; -1: none, or at its end */
	size_t pipe_size;
	bool running; /* `remux` is of a run that is not over */
	struct remux remux;
	struct h264_sps sps;   /* of the newest frame of all runs */
	bool known;	       /* sps is */
	struct h264_sps other; /* of the frame that was withheld last */
	int64_t withheld_ms;   /* when that was; 0: never */
	int64_t absent_ms;     /* since when only others come; 0: they do not */
	int64_t changed_ms;    /* when a change was taken last; 0: never */
	int64_t patience_ms;   /* the next one must last so long */
	uint64_t withheld;
	int64_t last_ms;
	uint64_t runs, garbage;	 /* garbage of the runs before */
	struct intake *intake;	 /* that brings programs; NULL: none */
	struct rivals rivals;	 /* newcomers at its socket */
	struct codedcheck check; /* of this run's bytes */
	struct intake_feeder feeder;
};

static uint8_t camera_chunk[CAMERA_CHUNK];

/* --- the remuxer's news ------------------------------------------------- */

static void
camera_put(void *ctx, uint8_t *data, size_t len)
{
	struct camera *c = ctx;

	relay_feed(c->opts.relay, c->opts.inlet, data, len);
}

/* Whether a reader that knows only `a` cannot read frames with the set `b`: a
 * container states its set once, at its beginning. */
static bool
camera_is_other(const struct h264_sps *a, const struct h264_sps *b)
{
	return a->width != b->width || a->height != b->height ||
	    a->profile_idc != b->profile_idc || a->level_idc != b->level_idc ||
	    a->id != b->id || a->chroma_format_idc != b->chroma_format_idc ||
	    a->frames_only != b->frames_only ||
	    a->frame_num_bits != b->frame_num_bits ||
	    a->poc_type != b->poc_type || a->poc_bits != b->poc_bits ||
	    a->ref_frames != b->ref_frames;
}

/* Whether frames of another kind are not yet a change: soon after the last
 * change they must last, each time longer. */
static bool
camera_is_patient(struct camera *c, int64_t now)
{
	if (now - c->changed_ms >= CAMERA_CALM_MS)
		c->patience_ms = 0;
	if (c->absent_ms == 0)
		c->absent_ms = now;
	return now - c->absent_ms < c->patience_ms;
}

/* From here on the frames are of another kind. */
static void
camera_change(struct camera *c, const struct h264_unit *u, int64_t now)
{
	struct h264_sps was = c->sps;

	log_debug("camera: frames of %dx%d after %dx%d are a change, the next "
		  "change must last",
	    u->sps->width, u->sps->height, was.width, was.height);
	c->changed_ms = now;
	c->patience_ms =
	    c->patience_ms == 0 ? CAMERA_PATIENCE_MIN_MS : 2 * c->patience_ms;
	if (c->patience_ms > CAMERA_PATIENCE_MAX_MS)
		c->patience_ms = CAMERA_PATIENCE_MAX_MS;
	c->sps = *u->sps;
	c->opts.changed(c->opts.ctx, &was, &c->sps);
}

static void
camera_withhold(struct camera *c, const struct h264_unit *u, int64_t now)
{
	if (c->withheld++ == 0 || now - c->withheld_ms >= CAMERA_RECENT_MS)
		log_debug("camera: frames of %dx%d are dropped until they have "
			  "lasted for %lld ms",
		    u->sps->width, u->sps->height, (long long)c->patience_ms);
	c->withheld_ms = now;
	if (camera_is_other(&c->sps, u->sps))
		c->other = *u->sps;
}

/* Whether a frame should be passed on. After a withheld one only a key frame
 * is: frames in between may refer to it. */
static bool
camera_passes(struct camera *c, const struct h264_unit *u)
{
	int64_t now = mono_ms();

	if (c->known && camera_is_other(&c->sps, u->sps)) {
		if (camera_is_patient(c, now)) {
			camera_withhold(c, u, now);
			return false;
		}
		camera_change(c, u, now);
	} else if (c->absent_ms != 0 && !u->key) {
		camera_withhold(c, u, now);
		return false;
	}
	c->absent_ms = 0;
	c->sps = *u->sps;
	c->known = true;
	return true;
}

static bool
camera_unit(void *ctx, const struct h264_unit *u)
{
	struct camera *c = ctx;
	bool passes = camera_passes(c, u);

	c->opts.frame(c->opts.ctx);
	return passes;
}

/* --- a run -------------------------------------------------------------- */

static void camera_adopt(struct camera *c, struct rival *r);

/* Stop reading the descriptor. */
static void
camera_drop(struct camera *c)
{
	pipes_close(c->loop, &c->io, &c->fd, c->pipe_size);
	c->feeder = (struct intake_feeder){ .pid = 0 };
}

static void
camera_end(struct camera *c, bool whole)
{
	if (!c->running)
		return;
	c->running = false;
	remux_end(&c->remux, whole);
	c->garbage += c->remux.h264.garbage;
	remux_clear(&c->remux);
	relay_close_inlet(c->opts.relay, c->opts.inlet);
}

/* Bytes of the current program. */
static void
camera_take(struct camera *c, const uint8_t *data, size_t n)
{
	c->last_ms = mono_ms();
	codedcheck_add(&c->check, data, n);
	remux_feed(&c->remux, data, n, mono_ns() / 1000);
}

/* One read: bytes, 0: nothing now, -1: the end. */
static ssize_t
camera_read(struct camera *c)
{
	ssize_t n = pipes_read(c->fd, camera_chunk, sizeof(camera_chunk));

	if (n <= 0)
		return n;
	camera_take(c, camera_chunk, (size_t)n);
	return n;
}

static void
camera_read_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents UNUSED)
{
	struct camera *c = io->data;
	struct rival *r;
	size_t total = 0;
	ssize_t n = 0;

	while (
	    total < CAMERA_BUDGET && c->fd != -1 && (n = camera_read(c)) > 0) {
		total += (size_t)n;
		if (n < CAMERA_CHUNK / 2)
			return; /* the pipe is empty, most likely */
	}
	if (n != -1 || c->fd == -1)
		return;
	if ((r = rivals_best(&c->rivals)) != NULL)
		camera_adopt(c, r);
	else if (c->intake != NULL)
		intake_closed(c->intake);
	else
		camera_drop(c); /* its ending is reported separately */
}

void
camera_open(struct camera *c, int fd)
{
	const struct remux_opts opts = { .silence = c->opts.silence,
		.hint_us = c->opts.hint_us,
		.unit = camera_unit,
		.put = camera_put,
		.ctx = c };

	camera_close(c, false);
	fs_nonblock(fd);
	c->fd = fd;
	c->patience_ms = c->absent_ms = 0; /* a new program may differ */
	c->pipe_size = pipes_grow(fd, CAMERA_PIPE);
	c->running = true;
	c->runs++;
	c->feeder = intake_feeder_of(fd);
	codedcheck_begin(&c->check);
	remux_init(&c->remux, &opts);
	relay_open_inlet(c->opts.relay, c->opts.inlet, -1);
	ev_io_set(&c->io, fd, EV_READ);
	ev_io_start(c->loop, &c->io);
}

void
camera_close(struct camera *c, bool whole)
{
	size_t total = 0;
	ssize_t n;

	/* its last bytes; a process that still has the pipe may go on for
	 * ever */
	while (whole && c->fd != -1 && total < CAMERA_BUDGET &&
	    (n = camera_read(c)) > 0)
		total += (size_t)n;
	camera_drop(c);
	camera_end(c, whole);
}

/* --- a way in ----------------------------------------------------------- */

static void
camera_taker_open(void *ctx, int fd)
{
	camera_open(ctx, fd);
}

static void
camera_rival_unit(void *ctx, const struct h264_unit *u UNUSED)
{
	*(bool *)ctx = true;
}

/* A newcomer's bytes are parsed as the remuxer would, without being passed on.
 * They are whole when they have a key frame, and the next one begins. */
static bool
camera_look(void *ctx UNUSED, struct rival *r, size_t n)
{
	struct h264 *h = r->state;
	bool whole = false;

	if (h == NULL) {
		r->state = h = xcalloc(1, sizeof(*h));
		h264_init(h, camera_rival_unit, NULL);
	}
	h->ctx = &whole;
	h264_feed(h, r->data + r->len - n, n, 0);
	return whole;
}

static void
camera_forget(struct rival *r)
{
	if (r->state != NULL)
		h264_clear(r->state);
	free(r->state);
	r->state = NULL;
}

/* A newcomer's turn, with all that it has sent. */
static void
camera_adopt(struct camera *c, struct rival *r)
{
	camera_open(c, rivals_release(r));
	if (r->len > 0)
		camera_take(c, r->data, r->len);
	rivals_drop(r);
}

/* The current program goes, with a last line about it. Its bytes have no
 * boundary worth waiting for. */
static void
camera_ready(void *ctx)
{
	struct camera *c = ctx;

	if (c->fd != -1 &&
	    write(c->fd, intake_goodbye, strlen(intake_goodbye)) == -1)
		log_debug("a camera that was taken over is gone already");
	camera_adopt(c, rivals_whole(&c->rivals));
}

static void
camera_taker_offer(void *ctx, int fd)
{
	struct camera *c = ctx;

	if (c->fd == -1)
		camera_open(c, fd);
	else
		rivals_add(&c->rivals, fd);
}

static void
camera_taker_close(void *ctx)
{
	struct camera *c = ctx;

	rivals_clear(&c->rivals);
	camera_close(c, false);
}

static int64_t
camera_taker_last(void *ctx)
{
	const struct camera *c = ctx;

	return c->last_ms;
}

void
camera_listen(struct camera *c, struct intake *in, enum intake_kind kind,
    const char *path)
{
	const struct intake_taker taker = { .open = camera_taker_open,
		.offer = camera_taker_offer,
		.close = camera_taker_close,
		.last_ms = camera_taker_last,
		.ctx = c };

	c->intake = in;
	intake_open(
	    in, c->loop, kind, path, "{\"v\":1,\"format\":\"h264\"}\n", &taker);
}

/* --- birth and death ---------------------------------------------------- */

struct camera *
camera_new(struct ev_loop *loop, const struct camera_opts *opts)
{
	struct camera *c = xcalloc(1, sizeof(*c));
	const struct rivals_host host = { .max = H264_UNIT_MAX,
		.look = camera_look,
		.forget = camera_forget,
		.ready = camera_ready,
		.ctx = c };

	c->loop = loop;
	c->opts = *opts;
	c->fd = -1;
	rivals_init(&c->rivals, loop, &host);
	ev_init(&c->io, camera_read_cb);
	c->io.data = c;
	return c;
}

void
camera_free(struct camera *c)
{
	if (c == NULL)
		return;
	rivals_clear(&c->rivals);
	camera_close(c, false);
	free(c);
}

void
camera_tick(struct camera *c)
{
	if (c->running)
		codedcheck_look(&c->check, &c->remux.h264);
}

void
camera_tell(struct camera *c, const struct finding *told)
{
	c->feeder.told = *told;
}

void
camera_stats(const struct camera *c, struct camera_stats *st)
{
	*st = (struct camera_stats){ .sps = c->known ? &c->sps : NULL,
		.garbage = c->garbage,
		.withheld = c->withheld,
		.runs = c->runs };
	if (c->withheld_ms != 0 &&
	    mono_ms() - c->withheld_ms < CAMERA_RECENT_MS)
		st->other = &c->other;
	st->feeder = c->feeder;
	st->there = c->fd != -1;
	if (!c->running)
		return;
	st->found = c->feeder.told.fault != FINDING_FINE ? c->feeder.told
							 : c->check.found;
	st->frames = c->remux.h264.units;
	st->early = c->remux.h264.early;
	st->garbage += c->remux.h264.garbage;
	st->unordered = c->remux.order.unordered;
}
