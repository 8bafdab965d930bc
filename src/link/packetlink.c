/* SPDX-License-Identifier: ISC */
/*
 * Workers to ends of the relay. A worker keeps its place from its first start
 * until it is freed, so that an output's losses are counted through all of its
 * runs.
 */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/util.h"
#include "link/messages.h"
#include "link/packetlink.h"
#include "profile/profile.h"

/* The newest group of frames must fit: ten seconds at 25 Mbit/s. */
#define PACKETLINK_RING_MAX (32 * 1024 * 1024)

/* Without a packet for this long, the outputs get nothing. */
#define PACKETLINK_SILENT_MS 2000
#define PACKETLINK_FRAMES    3 /* that a slow source may take */

#define PACKETLINK_LAG_MS 5000

/* Announced sound that does not come is waited for so long. */
#define PACKETLINK_SOUND_MS 3000

/* Key frames that are further apart make new outputs wait too long. */
#define PACKETLINK_GOP_MS 4000

_Static_assert(RELAY_OUTLETS >= 2 * PROFILE_OUTPUTS_MAX,
    "those that were taken out keep their places until they are dead");

/* --- places ------------------------------------------------------------- */

/* The place of a worker among n, or -1. */
static int
packetlink_find(struct worker *const *v, int n, const struct worker *w)
{
	for (int i = 0; i < n; i++)
		if (v[i] == w)
			return i;
	return -1;
}

static int
packetlink_inlet(const struct packetlink *pk, const struct worker *w)
{
	return packetlink_find(pk->inlets, PACKETLINK_WORKERS, w);
}

static int
packetlink_outlet(const struct packetlink *pk, const struct worker *w)
{
	return packetlink_find(pk->outlets, RELAY_OUTLETS, w);
}

/* The place of a worker, a free one if it has none yet; -1: all are taken. */
static int
packetlink_place(struct worker **v, int n, struct worker *w)
{
	int i = packetlink_find(v, n, w);

	if (i == -1 && (i = packetlink_find(v, n, NULL)) != -1)
		v[i] = w;
	return i;
}

/* --- notices ------------------------------------------------------------ */

static void
packetlink_tell(struct packetlink *pk, enum packetlink_news what,
    struct worker *w, const char *text)
{
	pk->host.event(pk->host.ctx,
	    &(struct packetlink_report){ .what = what, .w = w, .text = text });
}

static void
packetlink_slated(void *ctx)
{
	packetlink_tell(ctx, PACKETLINK_SLATED, NULL, NULL);
}

static void
packetlink_notice(void *ctx, const char *kind, const char *text)
{
	struct packetlink *pk = ctx;

	pk->host.notice(pk->host.ctx, kind, text);
}

/* --- the relay's news --------------------------------------------------- */

static void
packetlink_tables(void *ctx, int inlet)
{
	struct packetlink *pk = ctx;

	if (inlet < PACKETLINK_WORKERS)
		packetlink_tell(pk, PACKETLINK_TABLES, pk->inlets[inlet], NULL);
}

static void
packetlink_frame(void *ctx)
{
	packetlink_tell(ctx, PACKETLINK_PICTURE, NULL, NULL);
}

/* "1280x720 High 4.1". Caller frees. */
static char *
packetlink_frames_text(const struct h264_sps *s)
{
	return xasprintf(
	    "%dx%d %s", s->width, s->height, h264ps_profile_text(s));
}

static void
packetlink_changed(
    void *ctx, const struct h264_sps *was, const struct h264_sps *is)
{
	struct packetlink *pk = ctx;
	char *from = packetlink_frames_text(was);
	char *to = packetlink_frames_text(is);
	char *text = util_streq(from, to)
	    ? xasprintf("the camera changed its encoding: %s", to)
	    : xasprintf("the camera switched from %s to %s", from, to);

	packetlink_cut(pk);
	packetlink_tell(pk, PACKETLINK_CHANGED, NULL, text);
	free(from);
	free(to);
	free(text);
}

static void
packetlink_aired(void *ctx, int inlet)
{
	struct packetlink *pk = ctx;

	if (inlet < PACKETLINK_WORKERS)
		packetlink_tell(pk, PACKETLINK_AIRED, pk->inlets[inlet], NULL);
}

/* From now on the output has something to send. */
static void
packetlink_fed(void *ctx, int outlet)
{
	struct packetlink *pk = ctx;

	worker_wake(pk->outlets[outlet]);
}

/* --- for the stream ----------------------------------------------------- */

/* Microseconds from frame to frame; 0: unknown. */
static int64_t
packetlink_period_us(struct rate fps)
{
	return fps.num > 0 ? 1000000 * fps.den / fps.num : 0;
}

static struct camera *
packetlink_make_camera(struct packetlink *pk, bool silence)
{
	const struct camera_opts opts = {
		.relay = pk->relay,
		.inlet = PACKETLINK_CAMERA,
		.silence = silence,
		.hint_us = packetlink_period_us(pk->profile->source.h264.fps),
		.frame = packetlink_frame,
		.changed = packetlink_changed,
		.ctx = pk,
	};

	return camera_new(pk->loop, &opts);
}

static struct slate *
packetlink_make_slate(struct packetlink *pk, const struct probe *ffmpeg)
{
	const struct slate_host host = { .changed = packetlink_slated,
		.notice = packetlink_notice,
		.ctx = pk };

	return slate_new(
	    pk->loop, pk->relay, PACKETLINK_SLATE, pk->profile, ffmpeg, &host);
}

/* This inlet is the source from now on. */
static void
packetlink_set_source(struct packetlink *pk, int inlet)
{
	pk->source = inlet;
	if (pk->slate != NULL)
		slate_set_source(pk->slate, inlet);
	else
		relay_select(pk->relay, inlet);
}

struct packetlink *
packetlink_new(struct ev_loop *loop, const struct profile *p,
    const struct shape *shape, const struct probe *ffmpeg,
    const struct packetlink_host *host)
{
	struct packetlink *pk = xcalloc(1, sizeof(*pk));
	struct relay_opts opts = {
		.name = p->name,
		.ring_max = PACKETLINK_RING_MAX,
		.lag_ms = PACKETLINK_LAG_MS,
		.sound_ms = PACKETLINK_SOUND_MS,
		.tables = packetlink_tables,
		.aired = packetlink_aired,
		.fed = packetlink_fed,
		.ctx = pk,
	};

	pk->host = *host;
	pk->loop = loop;
	pk->profile = p;
	pk->source = -1;
	pk->intake.fd = -1;
	pk->relay = relay_new(loop, &opts);
	pk->messages = messages_new(loop, pk->relay);
	messages_set(pk->messages, p);
	if (shape->h264)
		pk->camera = packetlink_make_camera(pk, shape->silence);
	if (shape->packet_slate)
		pk->slate = packetlink_make_slate(pk, ffmpeg);
	return pk;
}

void
packetlink_free(struct packetlink *pk)
{
	if (pk == NULL)
		return;
	free(pk->warning);
	intake_close(&pk->intake);
	camera_free(pk->camera);
	slate_free(pk->slate);
	messages_free(pk->messages);
	relay_free(pk->relay);
	free(pk);
}

void
packetlink_open(struct packetlink *pk, const char *control)
{
	const struct profile_h264 *h = &pk->profile->source.h264;
	char *path;

	if (pk->camera == NULL)
		return;
	packetlink_set_source(pk, PACKETLINK_CAMERA);
	if (pk->intake.path == NULL && h->fifo != NULL)
		camera_listen(pk->camera, &pk->intake, INTAKE_FIFO, h->fifo);
	if (pk->intake.path == NULL && h->socket) {
		path = intake_path(control, pk->profile->name);
		camera_listen(pk->camera, &pk->intake, INTAKE_SOCKET, path);
		free(path);
	}
}

void
packetlink_cut(struct packetlink *pk)
{
	relay_cut(pk->relay);
	if (pk->slate != NULL)
		slate_forget(pk->slate);
}

void
packetlink_set_profile(struct packetlink *pk, const struct profile *p)
{
	pk->profile = p;
	messages_set(pk->messages, p);
	if (pk->slate != NULL)
		slate_set_profile(pk->slate, p);
}

void
packetlink_started(struct packetlink *pk, struct worker *w, int out)
{
	int i;

	if (plan_is_camera(&w->plan)) {
		camera_open(pk->camera, out);
		return;
	}
	i = packetlink_place(pk->inlets, PACKETLINK_WORKERS, w);
	if (i == -1)
		close(out); /* the plan has fewer than that */
	else
		relay_open_inlet(pk->relay, i, out);
}

void
packetlink_outlet_started(
    struct packetlink *pk, struct worker *w, int in, bool recorder)
{
	int i = packetlink_place(pk->outlets, RELAY_OUTLETS, w);

	if (i == -1) {
		close(in);
		return;
	}
	worker_idle(w);
	relay_open_outlet(pk->relay, i, in, recorder);
}

void
packetlink_finish(struct packetlink *pk, struct worker *w)
{
	int i = packetlink_outlet(pk, w);

	if (i != -1)
		relay_finish_outlet(pk->relay, i);
}

void
packetlink_ended(struct packetlink *pk, struct worker *w)
{
	int inlet = packetlink_inlet(pk, w), outlet = packetlink_outlet(pk, w);

	if (plan_is_camera(&w->plan))
		camera_close(pk->camera, worker_last(w)->class == FAIL_ENDED);
	if (inlet != -1)
		relay_close_inlet(pk->relay, inlet);
	if (outlet != -1)
		relay_close_outlet(pk->relay, outlet);
}

void
packetlink_set_lag(struct packetlink *pk, struct worker *w, int64_t ms)
{
	int i = packetlink_place(pk->outlets, RELAY_OUTLETS, w);

	if (i != -1)
		relay_set_lag(pk->relay, i, ms);
}

/* The warning about a camera that sends two kinds of frames in turn. Caller
 * frees. */
static char *
packetlink_alternation(const struct camera_stats *st)
{
	char *on_air = packetlink_frames_text(st->sps);
	char *other = packetlink_frames_text(st->other);
	char *text = xasprintf(
	    "the camera keeps switching between %s and %s: frames of the "
	    "second kind are dropped until they last; set the camera to one "
	    "of the two",
	    on_air, other);

	free(on_air);
	free(other);
	return text;
}

/* The fault of the media, for a person; NULL: none. Caller frees. */
static char *
packetlink_ailment(
    const struct packetlink *pk, const struct relay_inlet_stats *st)
{
	struct camera_stats camera = { .unordered = false };

	if (pk->camera != NULL)
		camera_stats(pk->camera, &camera);
	if (camera.found.fault != FINDING_FINE)
		return finding_text(&camera.found, NULL);
	if (camera.other != NULL)
		return packetlink_alternation(&camera);
	if (camera.unordered)
		return xstrdup(
		    "it sends B frames, and their order is not signalled in a "
		    "supported way (pic_order_cnt_type 1): turn them off");
	if (st->gop_ms <= PACKETLINK_GOP_MS || st->fps <= 0)
		return NULL;
	return xasprintf(
	    "key frames are %.1f s apart, and a new viewer waits that long: "
	    "set an interval of 2 s, %.0f frames (rpicam-vid: --intra %.0f)",
	    (double)st->gop_ms / 1000.0, 2 * st->fps, 2 * st->fps);
}

/* Report once when a camera's stream begins to have a fault. */
static void
packetlink_check_camera(struct packetlink *pk)
{
	struct relay_inlet_stats st;
	char *was = pk->warning;

	if (pk->camera == NULL || !packetlink_source_stats(pk, &st))
		return;
	pk->warning = packetlink_ailment(pk, &st);
	if (pk->warning != NULL && was == NULL)
		packetlink_notice(pk, "camera", pk->warning);
	free(was);
}

void
packetlink_tick(struct packetlink *pk)
{
	struct camera_stats st;

	if (pk->camera != NULL) {
		camera_tick(pk->camera);
		camera_stats(pk->camera, &st);
		intake_report(
		    &pk->intake, &st.feeder, pk->host.notice, pk->host.ctx);
	}
	packetlink_check_camera(pk);
}

struct finding
packetlink_finding(const struct packetlink *pk)
{
	struct camera_stats st = { .garbage = 0 };

	if (pk->camera != NULL)
		camera_stats(pk->camera, &st);
	return st.found;
}

uint64_t
packetlink_camera_garbage(const struct packetlink *pk)
{
	struct camera_stats st = { .garbage = 0 };

	if (pk->camera != NULL)
		camera_stats(pk->camera, &st);
	return st.garbage;
}

void
packetlink_forget(struct packetlink *pk, const struct worker *w)
{
	int inlet = packetlink_inlet(pk, w), outlet = packetlink_outlet(pk, w);

	if (inlet != -1)
		pk->inlets[inlet] = NULL;
	if (outlet == -1)
		return;
	pk->outlets[outlet] = NULL;
	relay_forget_outlet(pk->relay, outlet);
}

void
packetlink_select(struct packetlink *pk, const struct worker *w)
{
	if (pk->camera != NULL)
		return; /* no other source exists */
	packetlink_set_source(pk, w == NULL ? -1 : packetlink_inlet(pk, w));
}

bool
packetlink_is_slated(const struct packetlink *pk)
{
	return pk->slate != NULL && slate_is_on_air(pk->slate);
}

bool
packetlink_is_hopeless(const struct packetlink *pk)
{
	int64_t limit = pk->profile->fallback.give_up_after;

	return limit > 0 && packetlink_is_slated(pk) &&
	    slate_absence_ms(pk->slate) >= limit;
}

void
packetlink_stop(struct packetlink *pk)
{
	if (pk->slate != NULL)
		slate_stop(pk->slate);
}

bool
packetlink_source_stats(
    const struct packetlink *pk, struct relay_inlet_stats *st)
{
	if (pk->source == -1)
		return false;
	relay_inlet_stats(pk->relay, pk->source, st);
	return true;
}

bool
packetlink_is_supplied(const struct packetlink *pk, const struct worker *w)
{
	struct outlet_stats st;

	return packetlink_outlet_stats(pk, w, &st) && st.supplied;
}

static int64_t
packetlink_given(void *ctx, const struct worker *w)
{
	struct outlet_stats st;

	return packetlink_outlet_stats(ctx, w, &st) ? st.given_ms : 0;
}

static int64_t
packetlink_stuck(void *ctx, const struct worker *w)
{
	struct relay_inlet_stats st;

	if (w->plan.writes != LINK_PACKETS ||
	    !packetlink_inlet_stats(ctx, w, &st))
		return 0;
	return st.frozen_since_ms;
}

struct worker_flow
packetlink_flow(struct packetlink *pk)
{
	return (struct worker_flow){
		.given = packetlink_given, .stuck = packetlink_stuck, .ctx = pk
	};
}

bool
packetlink_is_silent(const struct packetlink *pk)
{
	int64_t ms = relay_silent_ms(pk->relay);

	return ms < 0 ||
	    (ms >= PACKETLINK_SILENT_MS &&
		ms >= profile_frames_ms(pk->profile, PACKETLINK_FRAMES));
}

bool
packetlink_outlet_stats(const struct packetlink *pk, const struct worker *w,
    struct outlet_stats *st)
{
	int i = packetlink_outlet(pk, w);

	if (i == -1)
		return false;
	relay_outlet_stats(pk->relay, i, st);
	return true;
}

bool
packetlink_inlet_stats(const struct packetlink *pk, const struct worker *w,
    struct relay_inlet_stats *st)
{
	int i = packetlink_inlet(pk, w);

	if (i == -1)
		return false;
	relay_inlet_stats(pk->relay, i, st);
	return true;
}
