/* SPDX-License-Identifier: ISC */
/*
 * The set of streams, and the change from one set to the next.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/errors.h"
#include "base/log.h"
#include "base/util.h"
#include "daemon/fleet.h"
#include "daemon/survey.h"
#include "ffmpeg/ffcheck.h"
#include "process/painter.h"
#include "profile/diff.h"
#include "stream/swap.h"

#define FLEET_EVENTS 1000

/* How often states are judged that change without an event, in seconds. */
#define FLEET_REVIEW_S 1.0

const char *const fleet_action_names[] = {
	[FLEET_START] = "start",
	[FLEET_RESTART] = "restart",
	[FLEET_STOP] = "stop",
	[FLEET_LIVE] = "live",
	[FLEET_KEEP] = "keep",
};
_Static_assert(NELEM(fleet_action_names) == N_FLEET_ACTIONS, "a name each");

/* --- the host of the streams -------------------------------------------- */

static void
fleet_changed(struct fleet *f, struct stream *s, const struct stream_report *r)
{
	struct event e = {
		.stream = s->profile->name,
		.worker = r->worker == NULL ? NULL : r->worker->plan.name,
		.kind = "state",
		.from = r->from,
		.to = r->to,
		.text = (char *)r->text,
	};

	events_add(&f->events, &e);
}

static void
fleet_said(struct fleet *f, struct stream *s, const struct stream_report *r)
{
	struct fleet_listener *l, *next;

	log_debug(
	    "%s/%s: %s", s->profile->name, r->worker->plan.name, r->line->text);
	for (l = TAILQ_FIRST(&f->listeners); l != NULL; l = next) {
		next = TAILQ_NEXT(l, entry); /* it may leave */
		l->said(l->ctx, s, r->worker, r->line);
	}
}

static void
fleet_notice(struct fleet *f, struct stream *s, const struct stream_report *r)
{
	char *line = xasprintf("%s: %s", s->profile->name, r->text);
	struct event e = {
		.stream = s->profile->name, .kind = r->kind, .text = line
	};

	log_warn("%s", line);
	events_add(&f->events, &e);
	free(line);
}

/* --- an ffmpeg that was replaced ------------------------------------------ */

/* In the process that may wait: the new probe, and after it the reason why its
 * version is unknown. */
static void
fleet_reprobe_work(const void *arg, int out)
{
	struct probe found = *(const struct probe *)arg;
	char *cause = NULL;

	probe_again(&found, &cause);
	job_put(out, &found, sizeof(found));
	if (cause != NULL)
		job_put(out, cause, strlen(cause));
}

static void
fleet_reprobed(void *ctx, const char *answer, size_t len, const char *why)
{
	struct fleet *f = ctx;
	char *path = f->ffmpeg.path, was[sizeof(f->ffmpeg.ver.text)];

	f->host.probing = false;
	if (path == NULL || len < sizeof(f->ffmpeg)) {
		log_warn("ffmpeg was replaced: %s", why == NULL ? "?" : why);
		return;
	}
	memcpy(was, f->ffmpeg.ver.text, sizeof(was));
	memcpy(&f->ffmpeg, answer, sizeof(f->ffmpeg));
	f->ffmpeg.path = path; /* ours, not that of the copy */
	if (len == sizeof(f->ffmpeg))
		log_info("ffmpeg was replaced: %s is now %s, was %s", path,
		    f->ffmpeg.ver.text, was);
	else
		log_warn("ffmpeg was replaced: %s: %s", path,
		    answer + sizeof(f->ffmpeg));
}

static void
fleet_outdated(struct fleet *f)
{
	if (f->host.probing || f->leaving)
		return;
	f->host.probing = true;
	job_start(&f->reprobe, fleet_reprobe_work, &f->ffmpeg);
}

/* --- streams come and go ------------------------------------------------ */

static bool
fleet_is_off(const struct fleet *f)
{
	struct stream *s;

	TAILQ_FOREACH(s, &f->streams, entry) {
		if (!stream_is_off(s))
			return false;
	}
	return true;
}

/* No process of a stream is left. The review handles it on a later turn: we are
 * inside one of its callbacks. */
static void
fleet_off(struct fleet *f)
{
	ev_timer_stop(f->loop, &f->review);
	ev_timer_set(&f->review, 0.0, FLEET_REVIEW_S);
	ev_timer_start(f->loop, &f->review);
}

/* The host's event. */
static void
fleet_event(void *ctx, struct stream *s, const struct stream_report *r)
{
	struct fleet *f = ctx;

	switch (r->what) {
	case NEWS_CHANGED:
		fleet_changed(f, s, r);
		break;
	case NEWS_SAID:
		fleet_said(f, s, r);
		break;
	case NEWS_NOTICE:
		fleet_notice(f, s, r);
		break;
	case NEWS_OFF:
		fleet_off(f);
		break;
	case NEWS_OUTDATED:
		fleet_outdated(f);
		break;
	}
}

/* Put a stream in its place by name. */
static void
fleet_insert(struct fleet *f, struct stream *s)
{
	struct stream *at;

	TAILQ_FOREACH_REVERSE(at, &f->streams, stream_list, entry) {
		if (strcmp(at->profile->name, s->profile->name) < 0) {
			TAILQ_INSERT_AFTER(&f->streams, at, s, entry);
			return;
		}
	}
	TAILQ_INSERT_HEAD(&f->streams, s, entry);
}

/* A stream from a profile (taken), started when `run`. */
static void
fleet_add(struct fleet *f, struct profile *p, bool run)
{
	struct stream *s = stream_new(p, &f->host, f->loop);

	fleet_insert(f, s);
	if (run && !f->leaving)
		stream_start(s);
}

static void
fleet_remove(struct fleet *f, struct stream *s)
{
	TAILQ_REMOVE(&f->streams, s, entry);
	stream_free(s);
}

/* The stream is off: let its next profile take its place, or free it. */
static void
fleet_settle(struct fleet *f, struct stream *s)
{
	struct profile *next = s->next;
	bool run = s->run_next;

	if (!stream_is_off(s) || (next == NULL && !s->remove))
		return;
	s->next = NULL;
	fleet_remove(f, s);
	if (next != NULL)
		fleet_add(f, next, run);
}

static void
fleet_review_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct fleet *f = t->data;
	struct stream *s, *next;

	for (s = TAILQ_FIRST(&f->streams); s != NULL; s = next) {
		next = TAILQ_NEXT(s, entry);
		stream_tick(s);
		fleet_settle(f, s);
	}
	if (f->leaving && fleet_is_off(f))
		f->empty(f->ctx);
}

/* --- reload ------------------------------------------------------------- */

void
fleet_diff_clear(struct fleet_diff *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].name);
		free(d->v[i].what);
	}
	free(d->v);
	*d = (struct fleet_diff){ .v = NULL };
}

static size_t
fleet_diff_count(const struct fleet_diff *d, enum fleet_action action)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += d->v[i].action == action;
	return n;
}

/* Append a step (taken) for the stream of that name. */
static void
fleet_diff_add(
    struct fleet_diff *d, const char *name, const struct fleet_step *step)
{
	d->v = xrealloc(d->v, d->n + 1, sizeof(*d->v));
	d->v[d->n] = *step;
	d->v[d->n++].name = xstrdup(name);
}

/* The profile that a stream has, or will have once it is off. */
static const struct profile *
fleet_profile(const struct stream *s)
{
	return s->next != NULL ? s->next : s->profile;
}

/* Another ffmpeg is a reason, too, beside the keys that changed (taken; NULL:
 * none). */
static char *
fleet_add_ffmpeg(char *what)
{
	char *both;

	if (what == NULL)
		return xstrdup("ffmpeg");
	both = xasprintf("%s, ffmpeg", what);
	free(what);
	return both;
}

/*
 * Compare one stream with its profile in the new set. It can go on, or only
 * have its sender restarted, unless it waits for another profile already.
 */
static struct fleet_step
fleet_compare(
    const struct stream *s, const struct profile *then, bool other_ffmpeg)
{
	struct fleet_step step = { .action = FLEET_RESTART };

	if (s->remove)
		return step; /* it was going, and is back */
	switch (diff_profiles(fleet_profile(s), then, &step.what)) {
	case DIFF_RESTART:
		break;
	case DIFF_SENDER:
		step.swap = s->next == NULL && !other_ffmpeg;
		break;
	case DIFF_LIVE:
		if (s->next == NULL && !other_ffmpeg)
			step.action = FLEET_LIVE;
		break;
	case DIFF_NONE:
		free(step.what);
		step.what = NULL;
		if (!other_ffmpeg)
			step.action = FLEET_KEEP;
		break;
	}
	if (other_ffmpeg)
		step.what = fleet_add_ffmpeg(step.what);
	return step;
}

/* Walk both sets, sorted by name, side by side. */
static void
fleet_plan(const struct fleet *f, const struct conf *c, bool other_ffmpeg,
    struct fleet_diff *diff)
{
	const struct stream *s = TAILQ_FIRST(&f->streams);
	size_t i = 0;

	while (s != NULL || i < c->n) {
		int cmp = s == NULL ? 1
		    : i == c->n
		    ? -1
		    : strcmp(s->profile->name, c->profiles[i]->name);
		struct fleet_step step;

		if (cmp < 0) {
			step = (struct fleet_step){ .action = FLEET_STOP };
			if (!s->remove)
				fleet_diff_add(diff, s->profile->name, &step);
			s = TAILQ_NEXT(s, entry);
		} else if (cmp > 0) {
			step = (struct fleet_step){ .action = FLEET_START };
			fleet_diff_add(diff, c->profiles[i++]->name, &step);
		} else {
			step = fleet_compare(s, c->profiles[i++], other_ffmpeg);
			fleet_diff_add(diff, s->profile->name, &step);
			s = TAILQ_NEXT(s, entry);
		}
	}
}

/* Let a changed profile (taken) replace a stream's own, once it is off. A
 * stream that a person stopped stays stopped. */
static void
fleet_replace(struct stream *s, struct profile *p)
{
	bool was_enabled = fleet_profile(s)->enabled;
	bool wanted = s->next != NULL ? s->run_next : s->wanted;

	s->run_next = p->enabled && (wanted || !was_enabled || s->remove);
	s->remove = false;
	profile_free(s->next);
	s->next = p;
	stream_stop(s);
}

/* Its profile is gone; so is the one that would have replaced it. */
static void
fleet_retire(struct stream *s)
{
	profile_free(s->next);
	s->next = NULL;
	s->remove = true;
	stream_stop(s);
}

/* Take a profile out of the set. */
static struct profile *
fleet_take(struct conf *c, const char *name)
{
	long i = conf_find(c, name);
	struct profile *p = c->profiles[i];

	memmove(&c->profiles[i], &c->profiles[i + 1],
	    (c->n - (size_t)i - 1) * sizeof(*c->profiles));
	c->n--;
	return p;
}

static void
fleet_apply_step(struct fleet *f, const struct fleet_step *step, struct conf *c)
{
	struct stream *s;
	struct profile *p;

	s = fleet_find(f, step->name);
	if (step->action == FLEET_KEEP) {
		profile_take_origin(s->next != NULL ? s->next : s->profile,
		    c->profiles[conf_find(c, step->name)]);
		return;
	}
	switch (step->action) {
	case FLEET_START:
		p = fleet_take(c, step->name);
		fleet_add(f, p, p->enabled);
		break;
	case FLEET_RESTART:
		p = fleet_take(c, step->name);
		if (step->swap && !f->leaving)
			swap_profile(s, p);
		else
			fleet_replace(s, p);
		break;
	case FLEET_STOP:
		fleet_retire(s);
		break;
	case FLEET_LIVE:
		stream_apply_live(s, fleet_take(c, step->name));
		break;
	case FLEET_KEEP:
	case N_FLEET_ACTIONS:
		break;
	}
	if (s != NULL)
		fleet_settle(f, s);
}

/* Whether the ffmpeg of the new settings exists, and can do what the profiles
 * ask for. */
static int
fleet_check_ffmpeg(const struct fleet *f, const struct conf *c,
    const struct survey *seen, struct errors *errs)
{
	const char *name = c->settings.ffmpeg;
	const struct probe *found = &seen->ffmpeg;

	if (f->ffmpeg.path != NULL && util_streq(f->settings.ffmpeg, name))
		found = &f->ffmpeg;
	if (found->path == NULL) {
		errors_add(errs, NULL, 0, 0,
		    "ffmpeg: %s: %s; install ffmpeg or set \"ffmpeg\" in "
		    "ffsup.json",
		    name, seen->cause);
		return -1;
	}
	for (size_t i = 0; i < c->n; i++)
		ffcheck_profile(c->profiles[i], &found->ver, errs);
	return errors_any(errs) ? -1 : 0;
}

/* Watch the files of all profiles. */
static void
fleet_watch(struct fleet *f)
{
	struct strv paths = { 0 };
	struct stream *s;

	TAILQ_FOREACH(s, &f->streams, entry) {
		const struct profile *p = fleet_profile(s);

		strv_push(&paths, p->path);
		for (size_t i = 0; i < p->origin.n_secrets; i++)
			strv_push(&paths, p->origin.secrets[i].path);
	}
	watch_set(&f->profiles, &paths);
	strv_clear(&paths);
}

/* Whether a file is not what it was when it was read; not while nobody has
 * looked. */
static bool
fleet_differs(
    const struct fleet *f, const char *path, int64_t size, int64_t mtime_ns)
{
	const struct watch_file *file = watch_file(&f->profiles, path);

	return file != NULL && file->err != -1 &&
	    (file->err != 0 || file->size != size ||
		file->mtime_ns != mtime_ns);
}

bool
fleet_is_changed(const struct fleet *f, const struct profile *p)
{
	return fleet_differs(f, p->path, p->origin.size, p->origin.mtime_ns);
}

const char *
fleet_changed_value(const struct fleet *f, const struct profile *p)
{
	for (size_t i = 0; i < p->origin.n_secrets; i++) {
		const struct profile_file *file = &p->origin.secrets[i];

		if (fleet_differs(f, file->path, file->size, file->mtime_ns))
			return file->path;
	}
	return NULL;
}

static void
fleet_apply(struct fleet *f, struct conf *c, struct probe *found,
    const struct fleet_diff *diff)
{
	if (found->path != NULL) {
		job_stop(&f->reprobe);
		f->host.probing = false;
		probe_clear(&f->ffmpeg);
		f->ffmpeg = *found;
		found->path = NULL;
		log_info("ffmpeg %s, %s", f->ffmpeg.ver.text, f->ffmpeg.path);
	}
	conf_settings_clear(&f->settings);
	f->settings = c->settings;
	c->settings = (struct conf_settings){ .ffmpeg = NULL };
	startrate_set(
	    &f->starts, f->settings.spawn_rate, f->settings.spawn_burst);
	for (size_t i = 0; i < diff->n; i++)
		fleet_apply_step(f, &diff->v[i], c);
	fleet_watch(f);
}

/* Report a reload's changes, once. */
static void
fleet_report(struct fleet *f, const struct fleet_diff *diff)
{
	char *text = xasprintf("reload: %zu start, %zu restart, %zu stop, "
			       "%zu live, %zu keep",
	    fleet_diff_count(diff, FLEET_START),
	    fleet_diff_count(diff, FLEET_RESTART),
	    fleet_diff_count(diff, FLEET_STOP),
	    fleet_diff_count(diff, FLEET_LIVE),
	    fleet_diff_count(diff, FLEET_KEEP));
	struct event e = { .kind = "reload", .text = text };

	log_info("%s", text);
	events_add(&f->events, &e);
	free(text);
}

int
fleet_reload(struct fleet *f, struct survey *seen, bool dry_run,
    struct fleet_diff *diff, struct errors *errs)
{
	struct conf_input in = f->input;
	struct conf *c;
	bool other;
	int rc = -1;

	*diff = (struct fleet_diff){ .v = NULL };
	in.disk = &seen->files;
	c = conf_load(&in, errs);
	if (c == NULL)
		return -1;
	if (fleet_check_ffmpeg(f, c, seen, errs) == 0) {
		other = f->ffmpeg.path != NULL &&
		    !util_streq(f->settings.ffmpeg, c->settings.ffmpeg);
		fleet_plan(f, c, other, diff);
		if (!dry_run) {
			fleet_apply(f, c, &seen->ffmpeg, diff);
			fleet_report(f, diff);
		}
		rc = 0;
	}
	conf_free(c);
	return rc;
}

/* --- the whole ---------------------------------------------------------- */

void
fleet_init(
    struct fleet *f, struct ev_loop *loop, const struct conf_input *input)
{
	char *painter;

	*f = (struct fleet){ .loop = loop, .input = *input };
	TAILQ_INIT(&f->streams);
	TAILQ_INIT(&f->listeners);
	events_init(&f->events, FLEET_EVENTS);
	painter = painter_find();
	f->painter = painter_new(loop, painter, &f->starts);
	free(painter);
	f->host = (struct stream_host){
		.ffmpeg = &f->ffmpeg,
		.starts = &f->starts,
		.receivers = &f->receivers,
		.painter = f->painter,
		.event = fleet_event,
		.control = "",
		.ctx = f,
	};
	f->started_ms = mono_ms();
	receivers_init(&f->receivers, loop);
	job_init(&f->reprobe, loop, fleet_reprobed, f);
	watch_init(&f->profiles, loop, NULL, NULL);
	ev_timer_init(
	    &f->review, fleet_review_cb, FLEET_REVIEW_S, FLEET_REVIEW_S);
	f->review.data = f;
	ev_timer_start(loop, &f->review);
}

void
fleet_clear(struct fleet *f)
{
	struct stream *s;

	ev_timer_stop(f->loop, &f->review);
	job_stop(&f->reprobe);
	watch_clear(&f->profiles);
	while ((s = TAILQ_FIRST(&f->streams)) != NULL)
		fleet_remove(f, s);
	receivers_clear(&f->receivers);
	painter_free(f->painter);
	events_clear(&f->events);
	conf_settings_clear(&f->settings);
	probe_clear(&f->ffmpeg);
}

void
fleet_leave(struct fleet *f)
{
	struct stream *s;
	bool again = f->leaving;

	f->leaving = true;
	painter_stop(f->painter);
	TAILQ_FOREACH(s, &f->streams, entry) {
		s->run_next = false;
		if (again)
			stream_hurry(s);
		else
			stream_stop(s);
	}
	fleet_off(f);
}

struct stream *
fleet_find(const struct fleet *f, const char *name)
{
	struct stream *s;

	TAILQ_FOREACH(s, &f->streams, entry) {
		if (strcmp(s->profile->name, name) == 0)
			return s;
	}
	return NULL;
}

size_t
fleet_count(const struct fleet *f)
{
	struct stream *s;
	size_t n = 0;

	TAILQ_FOREACH(s, &f->streams, entry)
		n++;
	return n;
}

void
fleet_listen(struct fleet *f, struct fleet_listener *l)
{
	TAILQ_INSERT_TAIL(&f->listeners, l, entry);
}

void
fleet_unlisten(struct fleet *f, struct fleet_listener *l)
{
	TAILQ_REMOVE(&f->listeners, l, entry);
}
