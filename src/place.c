/* SPDX-License-Identifier: ISC */
/*
 * A place that is dropped lives on until it is removed. One that is wanted
 * again by then is the same one, so that what removes it and what makes it
 * never run at a time, and a disk that hangs holds one process of ours.
 */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "place.h"
#include "util.h"

#define PLACE_TURN_S   1.0
#define PLACE_CALM_MS  2000 /* from one look to the next when all is well */
#define PLACE_GRACE_MS 20   /* less than a beat: mostly it is there by then */

static TAILQ_HEAD(place_list, place) places = TAILQ_HEAD_INITIALIZER(places);

/* --- in the process ------------------------------------------------------- */

/* Whether the name still leads to what is known. */
static bool
place_is_in_place(const struct place *pl)
{
	struct stat st;

	return lstat(pl->path, &st) == 0 && st.st_dev == pl->dev &&
	    st.st_ino == pl->ino;
}

static void
place_look_work(const void *arg, int out)
{
	const struct place *pl = arg;
	struct place_made m = { .fd = -1 };

	if (pl->there && place_is_in_place(pl))
		return;
	pl->host.make(pl, &m);
	if (m.fd == -1) {
		job_say(out, "!%s", m.why);
		return;
	}
	job_pass(out, m.fd);
	job_say(out, "%d %llu %llu", m.ours, (unsigned long long)m.dev,
	    (unsigned long long)m.ino);
}

static void
place_remove_work(const void *arg, int out UNUSED)
{
	const struct place *pl = arg;

	if (place_is_in_place(pl))
		unlink(pl->path);
}

/* --- what comes of it ----------------------------------------------------- */

static void
place_free(struct place *pl)
{
	TAILQ_REMOVE(&places, pl, entry);
	ev_timer_stop(pl->loop, &pl->timer);
	job_stop(&pl->job);
	free(pl->problem);
	free(pl->path);
	free(pl);
}

/* Remember, and say once, why it is not there. */
static void
place_fail(struct place *pl, const char *why)
{
	char *text = xasprintf("%s: %s", pl->path, why);

	pl->there = false;
	pl->tries++;
	if (!util_streq(text, pl->problem) && !pl->leaving)
		log_warn("%s", text);
	free(pl->problem);
	pl->problem = text;
}

/* Remember what was made. What was ours, and is found again, still is. */
static void
place_know(struct place *pl, const char *answer)
{
	unsigned long long dev = 0, ino = 0;
	int ours = 0;

	(void)sscanf(answer, "%d %llu %llu", &ours, &dev, &ino);
	pl->ours = ours || (pl->ours && pl->dev == dev && pl->ino == ino);
	pl->dev = (dev_t)dev;
	pl->ino = (ino_t)ino;
}

/* It is there, with this descriptor. */
static void
place_open(struct place *pl, int fd)
{
	if (pl->problem != NULL)
		log_info("%s: is there now", pl->path);
	free(pl->problem);
	pl->problem = NULL;
	pl->there = true;
	pl->tries = 0;
	pl->host.open(pl->host.ctx, fd);
}

/* Tell when the disk has become silent, or answers again. */
static void
place_watch(struct place *pl)
{
	char *text;

	if (!silence_watch(&pl->silence, &pl->job) || pl->leaving)
		return;
	text = silence_text(&pl->silence, pl->path);
	if (pl->silence.on)
		log_warn("%s", text);
	else
		log_info("%s", text);
	free(text);
}

static void
place_start(struct place *pl, bool remove)
{
	pl->again = false;
	pl->removing = remove;
	job_start(&pl->job, remove ? place_remove_work : place_look_work, pl);
}

/* What the job is for is done: the next thing. */
static void
place_next(struct place *pl)
{
	if (pl->leaving && pl->ours)
		place_start(pl, true);
	else if (pl->leaving)
		place_free(pl);
	else if (pl->again)
		place_start(pl, false);
}

static void
place_done(void *ctx, const char *answer, size_t len, const char *why)
{
	struct place *pl = ctx;
	int fd = job_take(&pl->job);

	place_watch(pl);
	pl->looked_ms = mono_ms();
	if (pl->removing && why != NULL)
		return; /* for want of descriptors, perhaps: the timer's */
	if (pl->removing)
		pl->ours = pl->there = false;
	else if (why != NULL || (len > 0 && *answer == '!'))
		place_fail(pl, why != NULL ? why : answer + 1);
	else if (fd != -1)
		place_know(pl, answer);
	if (fd != -1 && !pl->leaving && !pl->again)
		place_open(pl, fd);
	else if (fd != -1)
		close(fd);
	place_next(pl);
}

static void
place_timer_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct place *pl = t->data;

	place_watch(pl);
	if (job_is_busy(&pl->job))
		return;
	if (pl->leaving)
		place_next(pl);
	else if ((!pl->there || mono_ms() - pl->looked_ms >= PLACE_CALM_MS) &&
	    !pl->host.is_busy(pl->host.ctx))
		place_start(pl, false);
}

/* --- for others ----------------------------------------------------------- */

/* One that is to be removed, and is not yet; or a new one. */
static struct place *
place_get(struct ev_loop *loop, const char *path)
{
	struct place *pl;

	TAILQ_FOREACH(pl, &places, entry)
		if (pl->leaving && strcmp(pl->path, path) == 0)
			return pl;
	pl = xcalloc(1, sizeof(*pl));
	pl->loop = loop;
	pl->path = xstrdup(path);
	job_init(&pl->job, loop, place_done, pl);
	ev_timer_init(&pl->timer, place_timer_cb, PLACE_TURN_S, PLACE_TURN_S);
	pl->timer.data = pl;
	TAILQ_INSERT_TAIL(&places, pl, entry);
	return pl;
}

struct place *
place_new(struct ev_loop *loop, const char *path, const struct place_host *host)
{
	struct place *pl = place_get(loop, path);
	struct pollfd answer = { .events = POLLIN };

	pl->host = *host;
	pl->leaving = pl->there = false;
	pl->tries = 0;
	free(pl->problem);
	pl->problem = NULL;
	ev_timer_again(loop, &pl->timer);
	if (job_is_busy(&pl->job)) {
		pl->again = true;
		return pl;
	}
	place_start(pl, false);
	answer.fd = pl->job.fd;
	if (answer.fd != -1 && poll(&answer, 1, PLACE_GRACE_MS) == 0)
		log_debug("%s: takes its time", path);
	return pl;
}

void
place_drop(struct place *pl)
{
	ev_timer_again(pl->loop, &pl->timer); /* a removal may have to wait */
	pl->leaving = true;
	if (!job_is_busy(&pl->job))
		place_next(pl);
}

void
place_remove(struct ev_loop *loop, const char *path, dev_t dev, ino_t ino)
{
	struct place *pl = place_get(loop, path);

	pl->ours = true;
	pl->dev = dev;
	pl->ino = ino;
	place_drop(pl);
}

char *
place_problem(const struct place *pl)
{
	if (pl->silence.on)
		return silence_text(&pl->silence, pl->path);
	return pl->problem == NULL ? NULL : xstrdup(pl->problem);
}

bool
place_is_silent(const struct place *pl)
{
	return pl->silence.on;
}

static void
place_wake_cb(
    struct ev_loop *loop UNUSED, ev_timer *t UNUSED, int revents UNUSED)
{
	/* only to turn the loop */
}

/* Whether one is still to be removed. */
static bool
places_are_leaving(void)
{
	const struct place *pl;

	TAILQ_FOREACH(pl, &places, entry)
		if (pl->leaving)
			return true;
	return false;
}

void
places_finish(struct ev_loop *loop, int64_t ms)
{
	struct place *pl, *next;
	int64_t end = mono_ms() + ms;
	ev_timer wake;

	ev_timer_init(&wake, place_wake_cb, 0.02, 0.02);
	ev_timer_start(loop, &wake);
	while (places_are_leaving() && mono_ms() < end)
		ev_run(loop, EVRUN_ONCE);
	ev_timer_stop(loop, &wake);
	for (pl = TAILQ_FIRST(&places); pl != NULL; pl = next) {
		next = TAILQ_NEXT(pl, entry);
		if (pl->leaving)
			place_free(pl);
	}
}
