/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/util.h"
#include "stream/filescan.h"

/* The look tells when it is there: this is for when that is missed. */
#define FILESCAN_WAIT_MS 1000

/* The same place is said again after this time: the disk is slow, not
 * silent. */
#define FILESCAN_BEAT_MS 500

/* --- in the process -------------------------------------------------------- */

struct filescan_speaker {
	int out;
	char *place; /* owned: said last */
	int64_t at_ms;
};

static void
filescan_said(void *ctx, const char *place)
{
	struct filescan_speaker *s = ctx;
	int64_t now = mono_ms();

	if (util_streq(place, s->place) && now - s->at_ms < FILESCAN_BEAT_MS)
		return;
	free(s->place);
	s->place = xstrdup(place);
	s->at_ms = now;
	playlist_send_place(s->out, place);
}

/* `arg` is the scan as it was at the fork. */
static void
filescan_work(const void *arg, int out)
{
	const struct filescan *sh = arg;
	struct filescan_speaker speaker = { .out = out };
	struct playlist_look look;

	playlist_look(&sh->list, &sh->plan, filescan_said, &speaker, &look);
	playlist_send(&look, out);
	playlist_look_clear(&look);
	free(speaker.place);
}

/* --- what comes of it ------------------------------------------------------- */

static void
filescan_forget_look(struct filescan *sh)
{
	playlist_look_clear(&sh->look);
	sh->ready = false;
}

/* Tell when the disk has become silent, or answers again. */
static void
filescan_watch(struct filescan *sh)
{
	const char *place;
	char *text;

	if (sh->stale && !sh->silence.on)
		return; /* nobody waits */
	if (!diskhang_watch(&sh->silence, &sh->job))
		return;
	place = playlist_place(buf_text(&sh->job.answer), sh->job.answer.len);
	if (sh->silence.on && place != NULL) {
		free(sh->place);
		sh->place = xstrdup(place);
	}
	text = filescan_trouble(sh);
	sh->host.notice(sh->host.ctx, "disk", text);
	free(text);
	sh->host.changed(sh->host.ctx);
}

static void
filescan_done(void *ctx, const char *answer, size_t len, const char *why)
{
	struct filescan *sh = ctx;

	filescan_watch(sh);
	if (why == NULL && playlist_take(&sh->look, answer, len) == -1)
		why = "the helper process failed";
	if (why != NULL)
		sh->look.cause = xasprintf("looking at the files: %s", why);
	sh->ready = true;
	if (sh->stale)
		filescan_forget_look(sh);
	sh->stale = false;
	sh->host.ready(sh->host.ctx, sh);
}

/* --- for others ------------------------------------------------------------- */

void
filescan_init(
    struct filescan *sh, struct ev_loop *loop, const struct filescan_host *host)
{
	*sh = (struct filescan){ .host = *host };
	sh->list.notice = host->notice;
	sh->list.ctx = host->ctx;
	job_init(&sh->job, loop, filescan_done, sh);
}

void
filescan_clear(struct filescan *sh)
{
	job_stop(&sh->job);
	filescan_forget_look(sh);
	playlist_clear(&sh->list);
	free(sh->place);
	sh->place = NULL;
}

bool
filescan_is_for(const struct plan_worker *plan)
{
	return plan->playlist || plan->files;
}

int64_t
filescan_hold(struct filescan *sh, const struct profile_source *source,
    const struct plan_worker *plan)
{
	sh->list.source = source;
	if (!sh->ready && !job_is_busy(&sh->job)) {
		playlist_expire(&sh->list);
		sh->plan = *plan;
		free(sh->place);
		sh->place = xstrdup(source->files.v[0]);
		job_start(&sh->job, filescan_work, sh);
	}
	if (!sh->ready)
		return FILESCAN_WAIT_MS;
	if (!sh->look.end)
		return 0;
	playlist_apply(&sh->list, &sh->look);
	filescan_forget_look(sh);
	return -1;
}

int
filescan_take(struct filescan *sh, enum plan_stdin *in, char **cause)
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
	filescan_forget_look(sh);
	return *cause == NULL ? 0 : -1;
}

void
filescan_drop(struct filescan *sh)
{
	filescan_forget_look(sh);
	sh->stale = job_is_busy(&sh->job);
}

void
filescan_forget(struct filescan *sh)
{
	job_stop(&sh->job);
	filescan_forget_look(sh);
	sh->stale = sh->known = sh->silence.on = false;
}

enum plan_stdin
filescan_stdin(const struct filescan *sh, const struct plan_worker *plan)
{
	return sh->known ? sh->in : plan->in;
}

void
filescan_tick(struct filescan *sh)
{
	filescan_watch(sh);
}

bool
filescan_is_silent(const struct filescan *sh)
{
	return sh->silence.on;
}

char *
filescan_trouble(const struct filescan *sh)
{
	return diskhang_text(&sh->silence, sh->place);
}
