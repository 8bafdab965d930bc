/* SPDX-License-Identifier: ISC */
/*
 * Workers to ends of the relay. A worker keeps its place from its first start
 * until it is freed, so that what an output lost is counted through all of its
 * runs.
 */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/util.h"
#include "link/packets.h"
#include "profile/profile.h"

/* The newest group of pictures has to fit: ten seconds at 25 Mbit/s. */
#define PACKETS_RING_MAX (32 * 1024 * 1024)

/* Without a packet for this long, the outputs stand still. */
#define PACKETS_SILENT_MS 2000

#define PACKETS_LAG_MS 5000

/* Sound that is announced and does not come is waited for so long. */
#define PACKETS_SOUND_MS 3000

/* Key frames that are further apart make those who join wait too long. */
#define PACKETS_GOP_MS 4000

_Static_assert(RELAY_OUTLETS >= 2 * PROFILE_OUTPUTS_MAX,
    "those that were taken out keep their places until they are dead");

/* --- places ------------------------------------------------------------- */

/* The place of a worker among n, or -1. */
static int
packets_find(struct worker *const *v, int n, const struct worker *w)
{
	for (int i = 0; i < n; i++)
		if (v[i] == w)
			return i;
	return -1;
}

static int
packets_inlet(const struct packets *pk, const struct worker *w)
{
	return packets_find(pk->inlets, PACKETS_WORKERS, w);
}

static int
packets_outlet(const struct packets *pk, const struct worker *w)
{
	return packets_find(pk->outlets, RELAY_OUTLETS, w);
}

/* The place of a worker, a free one if it has none yet; -1: all are taken. */
static int
packets_place(struct worker **v, int n, struct worker *w)
{
	int i = packets_find(v, n, w);

	if (i == -1 && (i = packets_find(v, n, NULL)) != -1)
		v[i] = w;
	return i;
}

/* --- what the relay tells ----------------------------------------------- */

static void
packets_tables(void *ctx, int inlet)
{
	struct packets *pk = ctx;

	if (inlet < PACKETS_WORKERS)
		pk->host.tables(pk->host.ctx, pk->inlets[inlet]);
}

static void
packets_picture(void *ctx)
{
	struct packets *pk = ctx;

	pk->host.picture(pk->host.ctx);
}

/* "1280x720 High 4.1". Caller frees. */
static char *
packets_pictures_text(const struct h264_sps *s)
{
	return xasprintf("%dx%d %s", s->width, s->height, h264_profile_text(s));
}

static void
packets_changed(
    void *ctx, const struct h264_sps *was, const struct h264_sps *is)
{
	struct packets *pk = ctx;
	char *from = packets_pictures_text(was);
	char *to = packets_pictures_text(is);
	char *text = util_streq(from, to)
	    ? xasprintf(
		  "the camera codes its pictures in another way now: %s", to)
	    : xasprintf("the camera sends %s now, no more %s", to, from);

	packets_cut(pk);
	pk->host.changed(pk->host.ctx, text);
	free(from);
	free(to);
	free(text);
}

static void
packets_aired(void *ctx, int inlet)
{
	struct packets *pk = ctx;

	if (inlet < PACKETS_WORKERS)
		pk->host.aired(pk->host.ctx, pk->inlets[inlet]);
}

/* From now on the output has something to send. */
static void
packets_fed(void *ctx, int outlet)
{
	struct packets *pk = ctx;

	worker_wake(pk->outlets[outlet]);
}

/* --- for the stream ----------------------------------------------------- */

/* Microseconds from picture to picture; 0: not known. */
static int64_t
packets_period_us(struct rate fps)
{
	return fps.num > 0 ? 1000000 * fps.den / fps.num : 0;
}

static struct camera *
packets_make_camera(struct packets *pk)
{
	const struct camera_opts opts = {
		.relay = pk->relay,
		.inlet = PACKETS_CAMERA,
		.silence = profile_wants_silence(pk->profile),
		.hint_us = packets_period_us(pk->profile->source.h264.fps),
		.picture = packets_picture,
		.changed = packets_changed,
		.ctx = pk,
	};

	return camera_new(pk->loop, &opts);
}

static struct slate *
packets_make_slate(struct packets *pk, const struct probe *ffmpeg)
{
	const struct slate_host host = { .changed = pk->host.slated,
		.notice = pk->host.notice,
		.ctx = pk->host.ctx };

	return slate_new(
	    pk->loop, pk->relay, PACKETS_SLATE, pk->profile, ffmpeg, &host);
}

/* This inlet is the source from now on. */
static void
packets_set_source(struct packets *pk, int inlet)
{
	pk->source = inlet;
	if (pk->slate != NULL)
		slate_set_source(pk->slate, inlet);
	else
		relay_select(pk->relay, inlet);
}

struct packets *
packets_new(struct ev_loop *loop, const struct profile *p,
    const struct probe *ffmpeg, const struct packets_host *host)
{
	struct packets *pk = xcalloc(1, sizeof(*pk));
	struct relay_opts opts = {
		.ring_max = PACKETS_RING_MAX,
		.lag_ms = PACKETS_LAG_MS,
		.sound_ms = PACKETS_SOUND_MS,
		.tables = packets_tables,
		.aired = packets_aired,
		.fed = packets_fed,
		.ctx = pk,
	};

	pk->host = *host;
	pk->loop = loop;
	pk->profile = p;
	pk->source = -1;
	pk->intake.fd = -1;
	pk->relay = relay_new(loop, &opts);
	if (p->source.h264.key.set)
		pk->camera = packets_make_camera(pk);
	if (profile_has_reel(p))
		pk->slate = packets_make_slate(pk, ffmpeg);
	return pk;
}

void
packets_free(struct packets *pk)
{
	if (pk == NULL)
		return;
	free(pk->warning);
	intake_close(&pk->intake);
	camera_free(pk->camera);
	slate_free(pk->slate);
	relay_free(pk->relay);
	free(pk);
}

void
packets_open(struct packets *pk, const char *control)
{
	const struct profile_h264 *h = &pk->profile->source.h264;
	char *path;

	if (pk->camera == NULL)
		return;
	packets_set_source(pk, PACKETS_CAMERA);
	if (pk->intake.path == NULL && h->fifo != NULL)
		camera_listen(pk->camera, &pk->intake, INTAKE_FIFO, h->fifo);
	if (pk->intake.path == NULL && h->socket) {
		path = intake_path(control, pk->profile->name);
		camera_listen(pk->camera, &pk->intake, INTAKE_SOCKET, path);
		free(path);
	}
}

void
packets_cut(struct packets *pk)
{
	relay_cut(pk->relay);
	if (pk->slate != NULL)
		slate_forget(pk->slate);
}

void
packets_set_profile(struct packets *pk, const struct profile *p)
{
	pk->profile = p;
	if (pk->slate != NULL)
		slate_set_profile(pk->slate, p);
}

void
packets_started(struct packets *pk, struct worker *w, int out)
{
	int i;

	if (w->plan.role == ROLE_PRODUCER) {
		camera_open(pk->camera, out);
		return;
	}
	i = packets_place(pk->inlets, PACKETS_WORKERS, w);
	if (i == -1)
		close(out); /* the plan has fewer than that */
	else
		relay_open_inlet(pk->relay, i, out);
}

void
packets_outlet_started(
    struct packets *pk, struct worker *w, int in, bool recorder)
{
	int i = packets_place(pk->outlets, RELAY_OUTLETS, w);

	if (i == -1) {
		close(in);
		return;
	}
	worker_idle(w);
	relay_open_outlet(pk->relay, i, in, recorder);
}

void
packets_finish(struct packets *pk, struct worker *w)
{
	int i = packets_outlet(pk, w);

	if (i != -1)
		relay_finish_outlet(pk->relay, i);
}

void
packets_ended(struct packets *pk, struct worker *w)
{
	int inlet = packets_inlet(pk, w), outlet = packets_outlet(pk, w);

	if (w->plan.role == ROLE_PRODUCER && w->plan.packets)
		camera_close(pk->camera, worker_last(w)->class == FAIL_ENDED);
	if (inlet != -1)
		relay_close_inlet(pk->relay, inlet);
	if (outlet != -1)
		relay_close_outlet(pk->relay, outlet);
}

void
packets_set_lag(struct packets *pk, struct worker *w, int64_t ms)
{
	int i = packets_place(pk->outlets, RELAY_OUTLETS, w);

	if (i != -1)
		relay_set_lag(pk->relay, i, ms);
}

/* What a camera does that sends two kinds of frames in turn. Caller frees. */
static char *
packets_alternation(const struct camera_stats *st)
{
	char *on_air = packets_pictures_text(st->sps);
	char *other = packets_pictures_text(st->other);
	char *text = xasprintf(
	    "the camera changes again and again between %s and %s: frames of "
	    "the second kind are left out until they last; have it keep to one",
	    on_air, other);

	free(on_air);
	free(other);
	return text;
}

/* What is wrong with what comes, for a person; NULL: nothing. Caller frees. */
static char *
packets_ailment(const struct packets *pk, const struct relay_inlet_stats *st)
{
	struct camera_stats camera = { .unordered = false };

	if (pk->camera != NULL)
		camera_stats(pk->camera, &camera);
	if (camera.other != NULL)
		return packets_alternation(&camera);
	if (camera.unordered)
		return xstrdup(
		    "it has B pictures, and does not tell their order in a way "
		    "that is understood (pic_order_cnt_type 1): turn them off");
	if (st->gop_ms <= PACKETS_GOP_MS || st->fps <= 0)
		return NULL;
	return xasprintf(
	    "key frames are %.1f s apart, and whoever joins waits as long: "
	    "set a distance of 2 s, %.0f pictures (rpicam-vid: --intra %.0f)",
	    (double)st->gop_ms / 1000.0, 2 * st->fps, 2 * st->fps);
}

/* Say it once when something begins to be wrong with what a camera sends. */
static void
packets_check_camera(struct packets *pk)
{
	struct relay_inlet_stats st;
	char *was = pk->warning;

	if (pk->camera == NULL || !packets_source_stats(pk, &st))
		return;
	pk->warning = packets_ailment(pk, &st);
	if (pk->warning != NULL && was == NULL)
		pk->host.notice(pk->host.ctx, "camera", pk->warning);
	free(was);
}

void
packets_tick(struct packets *pk)
{
	packets_check_camera(pk);
}

uint64_t
packets_camera_garbage(const struct packets *pk)
{
	struct camera_stats st = { .garbage = 0 };

	if (pk->camera != NULL)
		camera_stats(pk->camera, &st);
	return st.garbage;
}

void
packets_forget(struct packets *pk, const struct worker *w)
{
	int inlet = packets_inlet(pk, w), outlet = packets_outlet(pk, w);

	if (inlet != -1)
		pk->inlets[inlet] = NULL;
	if (outlet == -1)
		return;
	pk->outlets[outlet] = NULL;
	relay_forget_outlet(pk->relay, outlet);
}

void
packets_select(struct packets *pk, const struct worker *w)
{
	if (pk->camera != NULL)
		return; /* there is no other source */
	packets_set_source(pk, w == NULL ? -1 : packets_inlet(pk, w));
}

bool
packets_is_slated(const struct packets *pk)
{
	return pk->slate != NULL && slate_is_on_air(pk->slate);
}

bool
packets_is_hopeless(const struct packets *pk)
{
	int64_t limit = pk->profile->fallback.give_up_after;

	return limit > 0 && packets_is_slated(pk) &&
	    slate_absence_ms(pk->slate) >= limit;
}

void
packets_stop(struct packets *pk)
{
	if (pk->slate != NULL)
		slate_stop(pk->slate);
}

bool
packets_source_stats(const struct packets *pk, struct relay_inlet_stats *st)
{
	if (pk->source == -1)
		return false;
	relay_inlet_stats(pk->relay, pk->source, st);
	return true;
}

bool
packets_is_supplied(const struct packets *pk, const struct worker *w)
{
	struct relay_outlet_stats st;

	return packets_outlet_stats(pk, w, &st) && st.supplied;
}

int64_t
packets_given_ms(const struct packets *pk, const struct worker *w)
{
	struct relay_outlet_stats st;

	return packets_outlet_stats(pk, w, &st) ? st.given_ms : 0;
}

bool
packets_is_silent(const struct packets *pk)
{
	int64_t ms = relay_silent_ms(pk->relay);

	return ms < 0 || ms >= PACKETS_SILENT_MS;
}

bool
packets_outlet_stats(const struct packets *pk, const struct worker *w,
    struct relay_outlet_stats *st)
{
	int i = packets_outlet(pk, w);

	if (i == -1)
		return false;
	relay_outlet_stats(pk->relay, i, st);
	return true;
}

bool
packets_inlet_stats(const struct packets *pk, const struct worker *w,
    struct relay_inlet_stats *st)
{
	int i = packets_inlet(pk, w);

	if (i == -1)
		return false;
	relay_inlet_stats(pk->relay, i, st);
	return true;
}
