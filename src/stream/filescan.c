/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/util.h"
#include "stream/filescan.h"

/* The look reports its end: this is for when that is missed. */
#define FILESCAN_WAIT_MS 1000

/* The same place is reported again after this time: the disk is slow, not
 * silent. */
#define FILESCAN_BEAT_MS 500

/* --- in the process -------------------------------------------------------- */

struct filescan_speaker {
	int out;
	char *place; /* owned: last reported */
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
	const struct filescan *fs = arg;
	struct filescan_speaker speaker = { .out = out };
	struct playlist_look look;

	playlist_look(&fs->list, &fs->plan, filescan_said, &speaker, &look);
	playlist_send(&look, out);
	playlist_look_clear(&look);
	free(speaker.place);
}

/* --- the result --------------------------------------------------------- */

static void
filescan_forget_look(struct filescan *fs)
{
	playlist_look_clear(&fs->look);
	fs->ready = false;
}

/* Report that the disk has become silent, or answers again. */
static void
filescan_watch(struct filescan *fs)
{
	const char *place;
	char *text;

	if (fs->stale && !fs->silence.on)
		return; /* nobody waits */
	if (!diskhang_watch(&fs->silence, &fs->job))
		return;
	place = playlist_place(buf_text(&fs->job.answer), fs->job.answer.len);
	if (fs->silence.on && place != NULL) {
		free(fs->place);
		fs->place = xstrdup(place);
	}
	text = filescan_trouble(fs);
	fs->host.notice(fs->host.ctx, "disk", text);
	free(text);
	fs->host.changed(fs->host.ctx);
}

static void
filescan_done(void *ctx, const char *answer, size_t len, const char *why)
{
	struct filescan *fs = ctx;

	filescan_watch(fs);
	if (why == NULL && playlist_take(&fs->look, answer, len) == -1)
		why = "the helper process failed";
	if (why != NULL)
		fs->look.cause = xasprintf("checking the files: %s", why);
	fs->ready = true;
	if (fs->stale)
		filescan_forget_look(fs);
	fs->stale = false;
	fs->host.ready(fs->host.ctx, fs);
}

/* --- public ------------------------------------------------------------- */

void
filescan_init(
    struct filescan *fs, struct ev_loop *loop, const struct filescan_host *host)
{
	*fs = (struct filescan){ .host = *host };
	fs->list.notice = host->notice;
	fs->list.ctx = host->ctx;
	job_init(&fs->job, loop, filescan_done, fs);
}

void
filescan_clear(struct filescan *fs)
{
	job_stop(&fs->job);
	filescan_forget_look(fs);
	playlist_clear(&fs->list);
	free(fs->place);
	fs->place = NULL;
}

bool
filescan_is_for(const struct plan_worker *plan)
{
	return plan->playlist || plan->files;
}

int64_t
filescan_hold(struct filescan *fs, const struct profile_source *source,
    const struct plan_worker *plan)
{
	fs->list.source = source;
	if (!fs->ready && !job_is_busy(&fs->job)) {
		playlist_expire(&fs->list);
		fs->plan = *plan;
		free(fs->place);
		fs->place = xstrdup(source->files.v[0]);
		job_start(&fs->job, filescan_work, fs);
	}
	if (!fs->ready)
		return FILESCAN_WAIT_MS;
	if (!fs->look.end)
		return 0;
	playlist_apply(&fs->list, &fs->look);
	filescan_forget_look(fs);
	return -1;
}

int
filescan_take(struct filescan *fs, enum plan_stdin *in, char **cause)
{
	if (!fs->ready) {
		*cause = xstrdup("the files were not checked");
		return -1;
	}
	playlist_apply(&fs->list, &fs->look);
	*in = fs->in = fs->look.in;
	fs->known = true;
	if (fs->look.cause != NULL)
		*cause = xstrdup(fs->look.cause);
	filescan_forget_look(fs);
	return *cause == NULL ? 0 : -1;
}

void
filescan_drop(struct filescan *fs)
{
	filescan_forget_look(fs);
	fs->stale = job_is_busy(&fs->job);
}

void
filescan_forget(struct filescan *fs)
{
	job_stop(&fs->job);
	filescan_forget_look(fs);
	fs->stale = fs->known = fs->silence.on = false;
}

enum plan_stdin
filescan_stdin(const struct filescan *fs, const struct plan_worker *plan)
{
	return fs->known ? fs->in : plan->in;
}

void
filescan_tick(struct filescan *fs)
{
	filescan_watch(fs);
}

bool
filescan_is_silent(const struct filescan *fs)
{
	return fs->silence.on;
}

char *
filescan_trouble(const struct filescan *fs)
{
	return diskhang_text(&fs->silence, fs->place);
}
