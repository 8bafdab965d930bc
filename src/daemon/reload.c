/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "base/errors.h"
#include "base/util.h"
#include "daemon/reload.h"
#include "daemon/survey.h"

/* Shorter than a client's wait for an answer. */
#define RELOAD_PATIENCE_S 8.0

struct reload_ask {
	bool dry_run;
	reload_done *done; /* NULL: nobody wants to know any more */
	void *ctx;
	TAILQ_ENTRY(reload_ask) entry;
};

static void reload_begin(struct reload *r);

/* Answer the first that waits. */
static void
reload_tell(struct reload *r, int rc, const struct fleet_diff *diff,
    const struct errors *errs)
{
	struct reload_ask *ask = TAILQ_FIRST(&r->asks);

	TAILQ_REMOVE(&r->asks, ask, entry);
	if (!ask->dry_run && r->end != NULL)
		r->end(r->ctx, rc, errs);
	if (ask->done != NULL)
		ask->done(ask->ctx, rc, diff, errs);
	free(ask);
}

/* One ask, with the survey. */
static void
reload_do(struct reload *r, struct survey *seen)
{
	bool dry_run = TAILQ_FIRST(&r->asks)->dry_run;
	struct errors errs = { 0 };
	struct fleet_diff diff;
	int rc;

	rc = fleet_reload(r->fleet, seen, dry_run, &diff, &errs);
	reload_tell(r, rc, &diff, &errs);
	fleet_diff_clear(&diff);
	errors_clear(&errs);
}

/* The survey failed: nothing is changed, and all waiting asks are answered. */
static void
reload_fail(struct reload *r, const char *why)
{
	const struct fleet_diff none = { .v = NULL };
	struct errors errs = { 0 };

	errors_add(&errs, NULL, 0, 0, "%s", why);
	while (!TAILQ_EMPTY(&r->asks))
		reload_tell(r, -1, &none, &errs);
	errors_clear(&errs);
	reload_begin(r);
}

static void
reload_surveyed(void *ctx, const char *answer, size_t len, const char *why)
{
	struct reload *r = ctx;
	struct survey seen;

	ev_timer_stop(r->job.loop, &r->patience);
	if (why == NULL && survey_take(&seen, answer, len) == 0) {
		while (!TAILQ_EMPTY(&r->asks))
			reload_do(r, &seen);
		survey_clear(&seen);
		reload_begin(r);
		return;
	}
	if (why == NULL)
		survey_clear(&seen);
	reload_fail(r, why != NULL ? why : "the configuration was not read");
}

static void
reload_patience_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct reload *r = t->data;

	job_stop(&r->job);
	reload_fail(r,
	    "the disk of the configuration, or of ffmpeg, does not answer: try "
	    "again when it does");
}

/* In the process that may wait. */
static void
reload_work(const void *arg, int out)
{
	const struct reload *r = arg;
	struct survey s;

	survey_look(&s, &r->fleet->input,
	    r->fleet->ffmpeg.path == NULL ? NULL : r->fleet->settings.ffmpeg);
	survey_send(&s, out);
}

/* The next survey, if an ask waits for one. */
static void
reload_begin(struct reload *r)
{
	struct reload_ask *ask;
	bool all_dry = true;

	if (TAILQ_EMPTY(&r->next) || job_is_busy(&r->job))
		return;
	TAILQ_CONCAT(&r->asks, &r->next, entry);
	TAILQ_FOREACH(ask, &r->asks, entry)
		all_dry &= ask->dry_run;
	if (!all_dry && r->begin != NULL)
		r->begin(r->ctx);
	ev_timer_set(&r->patience, RELOAD_PATIENCE_S, 0.0);
	ev_timer_start(r->job.loop, &r->patience);
	job_start(&r->job, reload_work, r);
}

void
reload_init(struct reload *r, struct fleet *fleet)
{
	*r = (struct reload){ .fleet = fleet };
	TAILQ_INIT(&r->asks);
	TAILQ_INIT(&r->next);
	job_init(&r->job, fleet->loop, reload_surveyed, r);
	ev_init(&r->patience, reload_patience_cb);
	r->patience.data = r;
}

static void
reload_free_asks(struct reload_asks *asks)
{
	struct reload_ask *ask;

	while ((ask = TAILQ_FIRST(asks)) != NULL) {
		TAILQ_REMOVE(asks, ask, entry);
		free(ask);
	}
}

void
reload_clear(struct reload *r)
{
	ev_timer_stop(r->job.loop, &r->patience);
	job_stop(&r->job);
	reload_free_asks(&r->asks);
	reload_free_asks(&r->next);
}

struct reload_ask *
reload_ask(struct reload *r, bool dry_run, reload_done *done, void *ctx)
{
	struct reload_ask *ask = xcalloc(1, sizeof(*ask));

	*ask =
	    (struct reload_ask){ .dry_run = dry_run, .done = done, .ctx = ctx };
	TAILQ_INSERT_TAIL(&r->next, ask, entry);
	if (TAILQ_EMPTY(&r->asks))
		reload_begin(r);
	return ask;
}

void
reload_cancel(struct reload_ask *ask)
{
	ask->done = NULL;
}
