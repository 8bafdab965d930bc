/* SPDX-License-Identifier: ISC */
/*
 * Which producer feeds which encoder. With a spare, two encoders are started
 * and one of them is fed; when that one dies, the other gets the next beat, and
 * the dead one comes back as the spare.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/util.h"
#include "ffmpeg/ffjobs.h"
#include "link/framelink.h"
#include "link/framereader.h"
#include "link/overlay.h"
#include "link/slatelabel.h"
#include "profile/profile.h"
#include "profile/shape.h"

/* --- the slate's image -------------------------------------------------- */

/* Draw a slate instead of the image, and say why. */
static void
framelink_refuse_slate(struct framelink *f, const char *why)
{
	char *text = xasprintf(
	    "the slate %s cannot be used: %s", f->profile->fallback.slate, why);

	framepump_take_slate(f->link, NULL);
	f->host.notice(f->host.ctx, "slate", text);
	free(text);
}

static void
framelink_grabbed(void *ctx, uint8_t *data, size_t len UNUSED, const char *why)
{
	struct framelink *f = ctx;

	if (data != NULL)
		framepump_take_slate(f->link, data);
	else
		framelink_refuse_slate(f, why);
}

/* Read the image when it exists and is not the one read before. */
static void
framelink_slate_looked(void *ctx)
{
	struct framelink *f = ctx;
	const char *path = f->profile->fallback.slate;
	const struct watch_file *file = watch_file(&f->watch, path);
	int64_t mtime = file->err != 0 ? 0 : file->mtime_ns;
	struct strv argv = { 0 };

	if (mtime == f->slate_mtime_ns)
		return;
	f->slate_mtime_ns = mtime;
	if (mtime == 0) { /* no image, or none any more */
		framelink_refuse_slate(f, strerror(file->err));
		capture_stop(&f->grab);
		return;
	}
	ffjobs_slate(&argv, f->ffmpeg->path, path, &f->plan.geometry);
	capture_start(&f->grab, &argv, f->plan.geometry.bytes);
	strv_clear(&argv);
}

/* Look at the image of the profile from now on, if it has one. */
static void
framelink_watch_slate(struct framelink *f)
{
	const char *path = f->profile->fallback.slate;
	struct strv paths = { 0 };

	if (path != NULL)
		strv_push(&paths, path);
	watch_set(&f->watch, &paths);
	strv_clear(&paths);
}

/* --- overlays ------------------------------------------------------------- */

static struct ground
framelink_ground(const struct framelink *f)
{
	return (struct ground){
		.loop = f->loop,
		.painter = f->host.painter,
		.ffmpeg = f->ffmpeg,
		.geometry = f->plan.geometry,
		.fps = f->plan.fps,
	};
}

/* The overlays of this version of the profile. */
static void
framelink_set_overlay(struct framelink *f)
{
	struct ground ground = framelink_ground(f);
	struct overlay_host host = { f->host.notice, f->host.ctx };
	struct shape shape;

	shape_make(&shape, f->profile);
	if (!shape.draws) {
		framepump_set_overlay(f->link, NULL);
		overlay_free(f->overlay);
		f->overlay = NULL;
		return;
	}
	if (f->overlay == NULL)
		f->overlay = overlay_new(&ground, &host);
	overlay_set(f->overlay, f->profile);
	framepump_set_overlay(f->link, f->overlay);
}

/* --- birth and death ---------------------------------------------------- */

static void
framelink_frame(void *ctx)
{
	struct framelink *f = ctx;

	f->host.frame(f->host.ctx);
}

/* The producer's frames begin later than its bytes. */
static void
framelink_skipped(void *ctx, size_t bytes, bool text)
{
	struct framelink *f = ctx;
	char *line = xasprintf("%zu bytes%s came before the frames; skipped",
	    bytes, text ? " of text" : "");

	f->host.notice(f->host.ctx, "pictures", line);
	free(line);
}

struct framelink *
framelink_new(struct ev_loop *loop, const struct profile *p,
    const struct plan_link *link, const struct framelink_host *host,
    const struct probe *ffmpeg)
{
	const struct profile_frames *pf = &p->source.frames;
	struct framelink *f = xcalloc(1, sizeof(*f));
	struct ground ground;
	struct framepump_opts opts = {
		.queue = (size_t)pf->queue,
		.pattern =
		    pf->pattern >= 0 ? pf->pattern : FRAMEPUMP_NO_PATTERN,
		.slate_after_ms = p->fallback.slate_after,
		.between_ms = p->source.every,
		.frame = framelink_frame,
		.skipped = framelink_skipped,
		.ctx = f,
	};

	*f = (struct framelink){ .profile = p,
		.plan = *link,
		.host = *host,
		.loop = loop,
		.ffmpeg = ffmpeg,
		.slate_mtime_ns = -1,
		.spare_fd = -1 };
	f->link = framepump_new(loop, &f->plan, &opts);
	if (f->link == NULL) {
		free(f);
		return NULL;
	}
	f->intake.fd = -1;
	capture_init(&f->grab, loop, framelink_grabbed, f);
	watch_init(&f->watch, loop, framelink_slate_looked, f);
	ground = framelink_ground(f);
	f->label = slatelabel_new(&ground);
	slatelabel_set(f->label, p);
	framepump_set_slate_label(f->link, f->label);
	framelink_set_overlay(f);
	return f;
}

void
framelink_free(struct framelink *f)
{
	if (f == NULL)
		return;
	watch_clear(&f->watch);
	capture_stop(&f->grab);
	intake_close(&f->intake);
	if (f->spare_fd != -1)
		close(f->spare_fd);
	framepump_free(f->link);
	overlay_free(f->overlay);
	slatelabel_free(f->label);
	free(f->guess);
	free(f->said);
	free(f);
}

void
framelink_open(struct framelink *f, const char *control)
{
	const struct profile_frames *pf = &f->profile->source.frames;
	struct framereader *source = framepump_source(f->link);
	char *path;

	if (f->intake.path == NULL && pf->fifo != NULL)
		framereader_listen(source, &f->intake, INTAKE_FIFO, pf->fifo);
	if (f->intake.path == NULL && pf->socket) {
		path = intake_path(control, f->profile->name);
		framereader_listen(source, &f->intake, INTAKE_SOCKET, path);
		free(path);
	}
	framelink_watch_slate(f);
}

void
framelink_set_profile(struct framelink *f, const struct profile *p)
{
	bool other = !util_streq(p->fallback.slate, f->profile->fallback.slate);

	f->profile = p;
	framelink_set_overlay(f);
	slatelabel_set(f->label, p);
	framepump_set_slate_after(f->link, p->fallback.slate_after);
	if (!other)
		return;
	f->slate_mtime_ns = -1; /* two files may be of the same age */
	capture_stop(&f->grab);
	if (p->fallback.slate == NULL)
		framepump_take_slate(f->link, NULL);
	framelink_watch_slate(f);
}

/* --- workers ------------------------------------------------------------ */

/* This encoder gets the frames from now on. */
static void
framelink_feed(struct framelink *f, struct worker *w, int in)
{
	f->fed = w;
	framepump_set_encoder(f->link, in);
}

void
framelink_started(struct framelink *f, struct worker *w, int in, int out)
{
	if (w->plan.reads != LINK_FRAMES) {
		framereader_open(framepump_source(f->link), out);
	} else if (f->fed == NULL) {
		framelink_feed(f, w, in);
	} else {
		f->spare = w;
		f->spare_fd = in;
		worker_idle(w);
	}
}

/* The spare's stdin is closed: it will end. */
static void
framelink_drop_spare(struct framelink *f)
{
	if (f->spare_fd != -1)
		close(f->spare_fd);
	f->spare_fd = -1;
	f->spare = NULL;
}

void
framelink_finish(struct framelink *f, struct worker *w)
{
	if (w == f->fed)
		framepump_finish_encoder(f->link);
	else if (w == f->spare)
		framelink_drop_spare(f);
}

void
framelink_ended(struct framelink *f, struct worker *w)
{
	int in = f->spare_fd;

	if (w == f->spare) {
		framelink_drop_spare(f);
	} else if (w == f->fed) {
		framepump_drop_encoder(f->link);
		f->fed = NULL;
		if (!w->wanted && f->overlay != NULL)
			overlay_silence(f->overlay);
		if (f->spare == NULL)
			return;
		w = f->spare;
		f->spare = NULL;
		f->spare_fd = -1;
		framelink_feed(f, w, in);
		worker_wake(w);
	} else if (w->plan.reads != LINK_FRAMES) {
		framereader_close(framepump_source(f->link));
	}
}

/* --- looking ------------------------------------------------------------ */

/* Report a fault in what the producer sends; the same one only once. */
static void
framelink_check_finding(struct framelink *f)
{
	struct finding found = framepump_finding(f->link);
	char *text;

	if (finding_same(&found, &f->found))
		return;
	f->found = found;
	free(f->guess);
	f->guess = finding_guess(&found, &f->plan.geometry);
	text = finding_text(&found, &f->plan.geometry);
	if (text == NULL || util_streq(text, f->said)) {
		free(text);
		return;
	}
	free(f->said);
	f->said = text;
	f->host.notice(f->host.ctx, "pictures", text);
}

void
framelink_tick(struct framelink *f, const char *state, int64_t since_ms)
{
	struct labeltext_facts facts = { f->profile->name, state, -1,
		since_ms };
	struct framepump_stats st;

	framelink_check_finding(f);
	intake_report(&f->intake, &framepump_source(f->link)->feeder,
	    f->host.notice, f->host.ctx);
	framepump_stats(f->link, &st);
	facts.fps = st.fps_in;
	slatelabel_tell(f->label, &facts);
	if (f->overlay != NULL)
		overlay_tell(f->overlay, &facts);
}

struct framelink_health
framelink_health(const struct framelink *f)
{
	int64_t frozen = f->profile->watchdog.frozen;
	struct framepump_stats st;

	framepump_stats(f->link, &st);
	return (struct framelink_health){
		.fallback = st.fallback,
		.frozen = frozen > 0 && st.still_ms >= frozen,
		.slow = st.slow,
	};
}

void
framelink_hope(struct framelink *f)
{
	f->hope_ms = mono_ms();
}

bool
framelink_is_hopeless(struct framelink *f)
{
	int64_t limit = f->profile->fallback.give_up_after;
	int64_t waited = mono_ms() - f->hope_ms;
	struct framepump_stats st;

	framepump_stats(f->link, &st);
	if (st.silent_ms >= 0 && st.silent_ms < waited)
		waited = st.silent_ms;
	return limit > 0 && st.fallback != FALLBACK_NONE && waited >= limit;
}
