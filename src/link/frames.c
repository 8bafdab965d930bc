/* SPDX-License-Identifier: ISC */
/*
 * Who feeds whom. With a spare, two encoders are started and one of them is
 * fed; when that one dies, the other gets the next beat, and the dead one
 * comes back as the spare.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/util.h"
#include "ffmpeg/ffargs.h"
#include "link/frames.h"
#include "link/source.h"
#include "profile/profile.h"

/* --- the slate's image -------------------------------------------------- */

/* Draw a slate instead of the image, and say why. */
static void
frames_refuse_slate(struct frames *f, const char *why)
{
	char *text = xasprintf(
	    "the slate %s cannot be used: %s", f->profile->fallback.slate, why);

	framelink_take_slate(f->link, NULL);
	f->host.notice(f->host.ctx, "slate", text);
	free(text);
}

static void
frames_grabbed(void *ctx, uint8_t *data, size_t len UNUSED, const char *why)
{
	struct frames *f = ctx;

	if (data != NULL)
		framelink_take_slate(f->link, data);
	else
		frames_refuse_slate(f, why);
}

/* Read the image when it is there and not the one that was read. */
static void
frames_slate_looked(void *ctx)
{
	struct frames *f = ctx;
	const char *path = f->profile->fallback.slate;
	const struct watch_file *file = watch_file(&f->watch, path);
	int64_t mtime = file->err != 0 ? 0 : file->mtime_ns;
	struct strv argv = { 0 };

	if (mtime == f->slate_mtime_ns)
		return;
	f->slate_mtime_ns = mtime;
	if (mtime == 0) { /* no image, or none any more */
		frames_refuse_slate(f, strerror(file->err));
		grab_stop(&f->grab);
		return;
	}
	ffargs_slate(&argv, f->ffmpeg->path, path, &f->plan.geometry);
	grab_start(&f->grab, &argv, f->plan.geometry.bytes);
	strv_clear(&argv);
}

/* Look at the image of the profile from now on, if it has one. */
static void
frames_watch_slate(struct frames *f)
{
	const char *path = f->profile->fallback.slate;
	struct strv paths = { 0 };

	if (path != NULL)
		strv_push(&paths, path);
	watch_set(&f->watch, &paths);
	strv_clear(&paths);
}

/* --- birth and death ---------------------------------------------------- */

struct frames *
frames_new(struct ev_loop *loop, const struct profile *p,
    const struct plan *plan, const struct frames_host *host,
    const struct probe *ffmpeg)
{
	const struct profile_frames *pf = &p->source.frames;
	struct frames *f = xcalloc(1, sizeof(*f));
	struct framelink_opts opts = {
		.queue = (size_t)pf->queue,
		.pattern =
		    pf->pattern >= 0 ? pf->pattern : FRAMELINK_NO_PATTERN,
		.slate_after_ms = p->fallback.slate_after,
		.picture = host->picture,
		.ctx = host->ctx,
	};

	*f = (struct frames){ .profile = p,
		.plan = *plan_link(plan, LINK_FRAMES),
		.host = *host,
		.loop = loop,
		.ffmpeg = ffmpeg,
		.slate_mtime_ns = -1,
		.spare_fd = -1 };
	f->link = framelink_new(loop, &f->plan, &opts);
	if (f->link == NULL) {
		free(f);
		return NULL;
	}
	f->intake.fd = -1;
	grab_init(&f->grab, loop, frames_grabbed, f);
	watch_init(&f->watch, loop, frames_slate_looked, f);
	return f;
}

void
frames_free(struct frames *f)
{
	if (f == NULL)
		return;
	watch_clear(&f->watch);
	grab_stop(&f->grab);
	intake_close(&f->intake);
	if (f->spare_fd != -1)
		close(f->spare_fd);
	framelink_free(f->link);
	free(f->guess);
	free(f);
}

void
frames_open(struct frames *f, const char *control)
{
	const struct profile_frames *pf = &f->profile->source.frames;
	struct source *source = framelink_source(f->link);
	char *path;

	if (f->intake.path == NULL && pf->fifo != NULL)
		source_listen(source, &f->intake, INTAKE_FIFO, pf->fifo);
	if (f->intake.path == NULL && pf->socket) {
		path = intake_path(control, f->profile->name);
		source_listen(source, &f->intake, INTAKE_SOCKET, path);
		free(path);
	}
	frames_watch_slate(f);
}

void
frames_set_profile(struct frames *f, const struct profile *p)
{
	bool other = !util_streq(p->fallback.slate, f->profile->fallback.slate);

	f->profile = p;
	framelink_set_slate_after(f->link, p->fallback.slate_after);
	if (!other)
		return;
	f->slate_mtime_ns = -1; /* two files may be of the same age */
	grab_stop(&f->grab);
	if (p->fallback.slate == NULL)
		framelink_take_slate(f->link, NULL);
	frames_watch_slate(f);
}

/* --- workers ------------------------------------------------------------ */

/* This encoder gets the pictures from now on. */
static void
frames_feed(struct frames *f, struct worker *w, int in)
{
	f->fed = w;
	framelink_set_encoder(f->link, in);
}

void
frames_started(struct frames *f, struct worker *w, int in, int out)
{
	if (w->plan.role != ROLE_ENCODER) {
		source_open(framelink_source(f->link), out);
	} else if (f->fed == NULL) {
		frames_feed(f, w, in);
	} else {
		f->spare = w;
		f->spare_fd = in;
		worker_idle(w);
	}
}

/* The spare's stdin is closed: it is to end. */
static void
frames_drop_spare(struct frames *f)
{
	if (f->spare_fd != -1)
		close(f->spare_fd);
	f->spare_fd = -1;
	f->spare = NULL;
}

void
frames_finish(struct frames *f, struct worker *w)
{
	if (w == f->fed)
		framelink_finish_encoder(f->link);
	else if (w == f->spare)
		frames_drop_spare(f);
}

void
frames_ended(struct frames *f, struct worker *w)
{
	int in = f->spare_fd;

	if (w == f->spare) {
		frames_drop_spare(f);
	} else if (w == f->fed) {
		framelink_drop_encoder(f->link);
		f->fed = NULL;
		if (f->spare == NULL)
			return;
		w = f->spare;
		f->spare = NULL;
		f->spare_fd = -1;
		frames_feed(f, w, in);
		worker_wake(w);
	} else if (w->plan.role != ROLE_ENCODER) {
		source_close(framelink_source(f->link));
	}
}

/* --- looking ------------------------------------------------------------ */

/* Say it when the producer sends something else than the profile says. */
static void
frames_check_guess(struct frames *f)
{
	const struct geometry *g = &f->plan.geometry;
	char *guess = framelink_guess(f->link), *text;

	if (util_streq(guess, f->guess)) {
		free(guess);
		return;
	}
	free(f->guess);
	f->guess = guess;
	if (guess == NULL)
		return;
	text = xasprintf("receives pictures the size of %s, the profile says "
			 "%dx%d %s",
	    guess, g->w, g->h, pixfmt_names[g->format]);
	f->host.notice(f->host.ctx, "pictures", text);
	free(text);
}

void
frames_tick(struct frames *f)
{
	frames_check_guess(f);
}

bool
frames_is_ill(struct frames *f, const char **reason)
{
	int64_t frozen = f->profile->watchdog.frozen;
	struct framelink_stats st;

	framelink_stats(f->link, &st);
	if (st.fallback != FALLBACK_NONE)
		*reason = fallback_names[st.fallback];
	else if (frozen > 0 && st.still_ms >= frozen)
		*reason = "frozen";
	else if (st.slow)
		*reason = "slow";
	else
		return false;
	return true;
}

void
frames_hope(struct frames *f)
{
	f->hope_ms = mono_ms();
}

bool
frames_is_hopeless(struct frames *f)
{
	int64_t limit = f->profile->fallback.give_up_after;
	int64_t waited = mono_ms() - f->hope_ms;
	struct framelink_stats st;

	framelink_stats(f->link, &st);
	if (st.silent_ms >= 0 && st.silent_ms < waited)
		waited = st.silent_ms;
	return limit > 0 && st.fallback != FALLBACK_NONE && waited >= limit;
}
