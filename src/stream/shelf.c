/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/util.h"
#include "stream/shelf.h"

/* The look tells when it is there: this is for when that is missed. */
#define SHELF_WAIT_MS 1000

/* The same place is said again after this time: the disk is slow, not
 * silent. */
#define SHELF_BEAT_MS 500

/* --- in the process -------------------------------------------------------- */

struct shelf_speaker {
	int out;
	char *place; /* owned: said last */
	int64_t at_ms;
};

static void
shelf_said(void *ctx, const char *place)
{
	struct shelf_speaker *s = ctx;
	int64_t now = mono_ms();

	if (util_streq(place, s->place) && now - s->at_ms < SHELF_BEAT_MS)
		return;
	free(s->place);
	s->place = xstrdup(place);
	s->at_ms = now;
	playlist_send_place(s->out, place);
}

/* `arg` is the shelf as it was at the fork. */
static void
shelf_work(const void *arg, int out)
{
	const struct shelf *sh = arg;
	struct shelf_speaker speaker = { .out = out };
	struct playlist_look look;

	playlist_look(&sh->list, &sh->plan, shelf_said, &speaker, &look);
	playlist_send(&look, out);
	playlist_look_clear(&look);
	free(speaker.place);
}

/* --- what comes of it ------------------------------------------------------- */

static void
shelf_forget_look(struct shelf *sh)
{
	playlist_look_clear(&sh->look);
	sh->ready = false;
}

/* Tell when the disk has become silent, or answers again. */
static void
shelf_watch(struct shelf *sh)
{
	const char *place;
	char *text;

	if (sh->stale && !sh->silence.on)
		return; /* nobody waits */
	if (!silence_watch(&sh->silence, &sh->job))
		return;
	place = playlist_place(buf_text(&sh->job.answer), sh->job.answer.len);
	if (sh->silence.on && place != NULL) {
		free(sh->place);
		sh->place = xstrdup(place);
	}
	text = shelf_trouble(sh);
	sh->host.notice(sh->host.ctx, "disk", text);
	free(text);
	sh->host.changed(sh->host.ctx);
}

static void
shelf_done(void *ctx, const char *answer, size_t len, const char *why)
{
	struct shelf *sh = ctx;

	shelf_watch(sh);
	if (why == NULL && playlist_take(&sh->look, answer, len) == -1)
		why = "the helper process failed";
	if (why != NULL)
		sh->look.cause = xasprintf("looking at the files: %s", why);
	sh->ready = true;
	if (sh->stale)
		shelf_forget_look(sh);
	sh->stale = false;
	sh->host.ready(sh->host.ctx, sh);
}

/* --- for others ------------------------------------------------------------- */

void
shelf_init(
    struct shelf *sh, struct ev_loop *loop, const struct shelf_host *host)
{
	*sh = (struct shelf){ .host = *host };
	sh->list.notice = host->notice;
	sh->list.ctx = host->ctx;
	job_init(&sh->job, loop, shelf_done, sh);
}

void
shelf_clear(struct shelf *sh)
{
	job_stop(&sh->job);
	shelf_forget_look(sh);
	playlist_clear(&sh->list);
	free(sh->place);
	sh->place = NULL;
}

bool
shelf_is_for(const struct plan_worker *plan)
{
	return plan->playlist || plan->files;
}

int64_t
shelf_hold(struct shelf *sh, const struct profile_source *source,
    const struct plan_worker *plan)
{
	sh->list.source = source;
	if (!sh->ready && !job_is_busy(&sh->job)) {
		playlist_expire(&sh->list);
		sh->plan = *plan;
		free(sh->place);
		sh->place = xstrdup(source->files.v[0]);
		job_start(&sh->job, shelf_work, sh);
	}
	if (!sh->ready)
		return SHELF_WAIT_MS;
	if (!sh->look.end)
		return 0;
	playlist_apply(&sh->list, &sh->look);
	shelf_forget_look(sh);
	return -1;
}

int
shelf_take(struct shelf *sh, enum plan_stdin *in, char **cause)
{
	if (!sh->ready) {
		*cause = xstrdup("the files were not looked at");
		return -1;
	}
	playlist_apply(&sh->list, &sh->look);
	*in = sh->in = sh->look.in;
	sh->known = true;
	if (sh->look.cause != NULL)
		*cause = xstrdup(sh->look.cause);
	shelf_forget_look(sh);
	return *cause == NULL ? 0 : -1;
}

void
shelf_drop(struct shelf *sh)
{
	shelf_forget_look(sh);
	sh->stale = job_is_busy(&sh->job);
}

void
shelf_forget(struct shelf *sh)
{
	job_stop(&sh->job);
	shelf_forget_look(sh);
	sh->stale = sh->known = sh->silence.on = false;
}

enum plan_stdin
shelf_stdin(const struct shelf *sh, const struct plan_worker *plan)
{
	return sh->known ? sh->in : plan->in;
}

void
shelf_tick(struct shelf *sh)
{
	shelf_watch(sh);
}

bool
shelf_is_silent(const struct shelf *sh)
{
	return sh->silence.on;
}

char *
shelf_trouble(const struct shelf *sh)
{
	return silence_text(&sh->silence, sh->place);
}
