/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/size.h"
#include "base/util.h"
#include "ffmpeg/ffargs.h"
#include "ffmpeg/ffends.h"
#include "ffmpeg/ffplace.h"
#include "ffmpeg/ffver.h"
#include "process/childenv.h"
#include "profile/urlcheck.h"
#include "stream/launch.h"

/* Frames that a worker may take to bring its first media, and to go on. */
#define LAUNCH_START_FRAMES 6
#define LAUNCH_STALL_FRAMES 3

/* Ms between two starts of one that listens, at most. */
#define LAUNCH_LISTEN_MS 1000

/* --- environment --------------------------------------------------------- */

/* A variable with a formatted value. */
static void __attribute__((format(printf, 3, 4)))
launch_setenvf(struct strv *env, const char *name, const char *fmt, ...)
{
	va_list ap;
	char *value;

	va_start(ap, fmt);
	value = xvasprintf(fmt, ap);
	va_end(ap);
	strv_setenv(env, name, value);
	free(value);
}

/* The variables that describe the frames to their program. */
static void
launch_producer_environment(
    struct strv *env, const struct profile *p, const struct plan_worker *w)
{
	bool frames = w->writes == LINK_FRAMES;
	struct rate fps = frames ? w->frames.fps : p->source.h264.fps;
	char *rate;

	launch_setenvf(env, "FFSUP_FD", "%d", w->out);
	if (fps.num > 0) {
		rate = size_rate_text(fps);
		strv_setenv(env, "FFSUP_FPS", rate);
		free(rate);
	}
	if (!frames) {
		strv_setenv(env, "FFSUP_FORMAT", "h264");
		return;
	}
	launch_setenvf(env, "FFSUP_SIZE", "%dx%d", w->frames.geometry.w,
	    w->frames.geometry.h);
	strv_setenv(
	    env, "FFSUP_FORMAT", pixfmt_names[w->frames.geometry.format]);
}

/* The child's environment: the inherited part, the profile's, and the names of
 * its stream and worker. */
static void
launch_environment(
    struct strv *env, const struct profile *p, const struct plan_worker *w)
{
	char *var;

	childenv_environment(env);
	strv_setenv(env, "AV_LOG_FORCE_NOCOLOR", "1");
	strv_setenv(env, "FFSUP_STREAM", p->name);
	strv_setenv(env, "FFSUP_WORKER", w->name);
	if (!w->ffmpeg)
		launch_producer_environment(env, p, w);
	for (size_t i = 0; i < p->env.n; i++) {
		const char *eq = strchr(p->env.v[i], '=');

		var = xstrndup(p->env.v[i], (size_t)(eq - p->env.v[i]));
		strv_setenv(env, var, eq + 1);
		free(var);
	}
}

/* --- in the child -------------------------------------------------------- */

/* ffmpeg says of an empty file what it says of a broken one. */
static bool
launch_is_empty(const struct ffplace *source)
{
	struct stat st;

	return source->files && ffplace_is_path(source->address) &&
	    stat(source->address, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size == 0;
}

/* An old option to a new ffmpeg would cost the stream; the directory of its
 * output must exist, and there must be something in its file. */
static int
launch_before(void *ctx, char *what, size_t size)
{
	const struct worker_launch *l = ctx;

	if (l->ffmpeg != NULL && probe_is_stale(l->ffmpeg)) {
		snprintf(what, size, "%s was replaced", l->ffmpeg->path);
		return ESTALE;
	}
	if (l->directory != NULL && fs_mkdirs(l->directory, false) == -1) {
		snprintf(what, size,
		    "cannot create the directory "
		    "%s",
		    l->directory);
		return errno == ESTALE ? EIO : errno; /* a server's ESTALE */
	}
	if (launch_is_empty(&l->places.source)) {
		snprintf(what, size, "%s: the file is empty",
		    l->places.source.address);
		return ENODATA;
	}
	return 0;
}

/* --- the whole launch --------------------------------------------------- */

enum plan_stdin
launch_stdin(const struct profile_source *s, const struct plan_worker *w)
{
	if (w->in == STDIN_FED || w->playlist || s == NULL || s->files.n != 1)
		return w->in;
	if (fs_is_directory(s->files.v[0]))
		return STDIN_LIST;
	return access(s->files.v[0], F_OK) == 0 ? STDIN_NULL : w->in;
}

void
launch_prepare(struct worker_launch *l, const struct profile *p,
    const struct plan_worker *w, const struct probe *ffmpeg)
{
	l->before = launch_before;
	l->ctx = l;
	if (w->ffmpeg)
		l->ffmpeg = ffmpeg;
	ffargs_worker(&l->argv, p, w, ffmpeg->path, &ffmpeg->ver);
	ffplaces_find(&l->places, p, w, &l->argv);
	launch_environment(&l->env, p, w);
	l->nice = (int)p->limits.nice;
	l->trails = ffver_trails(&ffmpeg->ver);
	ffends_of(&l->ends, p, w);
}

/* A time of the profile, but that of so many frames at least. */
static int64_t
launch_patience(const struct profile *p, int64_t ms, int frames)
{
	int64_t least = profile_frames_ms(p, frames);

	return ms > 0 && ms < least ? least : ms;
}

/* One that listens waits for ever, and does so again at once: nobody can
 * connect in between. */
static void
launch_listen(struct worker_policy *policy)
{
	struct backoff_policy *b = &policy->backoff;

	policy->start_ms = -1;
	b->healthy_ms = 0;
	if (b->max_ms > LAUNCH_LISTEN_MS)
		b->max_ms = LAUNCH_LISTEN_MS;
	if (b->slow_max_ms > LAUNCH_LISTEN_MS)
		b->slow_max_ms = LAUNCH_LISTEN_MS;
}

/* The source of its media, or NULL: it opens none. */
static const struct profile_source *
launch_source(const struct profile *p, const struct plan_worker *w)
{
	if (p->args.n > 0 || !plan_is_reader(w))
		return NULL;
	return profile_source_at(p, (size_t)w->source);
}

struct worker_policy
launch_policy(const struct profile *p, const struct plan_worker *w)
{
	const struct profile_source *s = launch_source(p, w);
	const struct profile_restart *r = &p->restart;
	int64_t start_ms =
	    w->role == ROLE_PRODUCER ? p->watchdog.producer : p->watchdog.start;
	struct worker_policy policy = {
		.backoff = {
			.min_ms = r->min,
			.max_ms = r->max,
			.auth_min_ms = r->auth.min,
			.auth_max_ms = r->auth.max,
			.device_min_ms = r->device.min,
			.device_max_ms = r->device.max,
			.slow_min_ms = 4 * r->min,
			.slow_max_ms = r->max * 2 / 3,
			.patient_min_ms = 10 * r->min,
			.rare_ms = r->max * 3 / 2,
			.held_ms = r->held,
			.factor = r->factor,
			.jitter = r->jitter,
			.healthy_ms = r->healthy,
		},
		.start_ms = launch_patience(p, start_ms, LAUNCH_START_FRAMES),
		.stall_ms = launch_patience(
		    p, p->watchdog.stall, LAUNCH_STALL_FRAMES),
		.grace_ms = p->stop.grace,
		.log_lines = (size_t)p->logs.lines,
		.log_runs = (size_t)p->logs.runs,
	};

	if (s != NULL) /* an image that is late is not yet missing */
		policy.stall_ms += 2 * s->every;
	if (s != NULL && urlcheck_listens(s->url, &s->options))
		launch_listen(&policy);
	return policy;
}
