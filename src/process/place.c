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

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/util.h"
#include "process/place.h"

#define PLACE_TURN_S   1.0
#define PLACE_CALM_MS  10000 /* from one look at all to the next */
#define PLACE_SPLIT_MS 1000  /* a look without a word so long is held up */
#define PLACE_GRACE_MS 20    /* less than a beat: mostly it is there by then */

TAILQ_HEAD(place_list, place);
TAILQ_HEAD(place_rounds, place_round);

/* Why a place waits for its turn. */
enum place_wait {
	PLACE_SOON,  /* others came first */
	PLACE_AGAIN, /* it did not succeed */
	N_PLACE_WAITS
};

/* Forks of many places are spread: a reload may name a hundred. */
static const struct {
	int64_t after_ms, apart_ms;
} place_waits[] = {
	[PLACE_SOON] = { 0, 20 },
	[PLACE_AGAIN] = { 1000, 100 },
};
_Static_assert(NELEM(place_waits) == N_PLACE_WAITS, "one for each");

/* One look at several places. */
struct place_round {
	struct job job;
	struct place **members; /* in the order of the answer; NULL: has left */
	size_t n, left;
	TAILQ_ENTRY(place_round) entry;
};

static struct {
	struct place_list all;
	struct place_rounds rounds;
	ev_timer tick;
	int64_t looked_ms;		/* when the newest look at all began */
	int64_t last_ms[N_PLACE_WAITS]; /* the latest that is waited for */
	unsigned turn;			/* of the loop, in which */
	int64_t spent_ms;		/* so much was spent on new ones */
	char *problem; /* why the newest look at all failed; NULL: it did not */
} places = { .all = TAILQ_HEAD_INITIALIZER(places.all),
	.rounds = TAILQ_HEAD_INITIALIZER(places.rounds) };

/* --- in the process ------------------------------------------------------- */

/* Whether the name still leads to what is known. */
static bool
place_is_in_place(const struct place *pl)
{
	return fs_leads_to(pl->path, pl->dev, pl->ino);
}

/* For each a byte, as soon as it is known. */
static void
place_round_work(const void *arg, int out)
{
	const struct place_round *r = arg;

	for (size_t i = 0; i < r->n; i++)
		job_put(out, place_is_in_place(r->members[i]) ? "=" : "!", 1);
}

static void
place_look_work(const void *arg, int out)
{
	const struct place *pl = arg;
	struct place_made m = { .fd = -1 };

	if (pl->held && place_is_in_place(pl))
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

/* Its turn comes later, after that of those who wait already. */
static void
place_wait(struct place *pl, enum place_wait w)
{
	int64_t now = mono_ms(), at = now + place_waits[w].after_ms;
	int64_t next = places.last_ms[w] + place_waits[w].apart_ms;

	places.last_ms[w] = at > next ? at : next;
	ev_timer_stop(pl->loop, &pl->timer);
	ev_timer_set(&pl->timer, (double)(places.last_ms[w] - now) / 1000, 0.0);
	ev_timer_start(pl->loop, &pl->timer);
}

/* The host has one, and is not to get another now. */
static bool
place_is_busy(const struct place *pl)
{
	return pl->given && pl->host.is_busy(pl->host.ctx);
}

/* Remember, and say once, what is wrong. */
static void
place_ail(struct place *pl, const char *why)
{
	char *text = xasprintf("%s: %s", pl->path, why);

	if (!util_streq(text, pl->problem) && !pl->leaving)
		log_warn("%s", text);
	free(pl->problem);
	pl->problem = text;
}

/* It is not there. */
static void
place_fail(struct place *pl, const char *why)
{
	pl->there = false;
	pl->tries++;
	place_ail(pl, why);
}

/* It is there. */
static void
place_find(struct place *pl)
{
	if (pl->problem != NULL)
		log_info("%s: is there now", pl->path);
	free(pl->problem);
	pl->problem = NULL;
	pl->there = true;
	pl->tries = 0;
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
	pl->held = false;
}

/* It is there, with this descriptor. */
static void
place_open(struct place *pl, int fd)
{
	place_find(pl);
	pl->given = pl->held = true;
	pl->host.open(pl->host.ctx, fd);
}

/* Tell when the disk has become silent, or answers again. */
static void
place_watch(struct place *pl)
{
	const struct job *j = pl->round != NULL ? &pl->round->job : &pl->job;

	if (silence_watch(&pl->silence, j) && !pl->leaving)
		silence_say(&pl->silence, "", pl->path);
}

/* --- a look at several ---------------------------------------------------- */

static void
place_round_free(struct place_round *r)
{
	TAILQ_REMOVE(&places.rounds, r, entry);
	job_stop(&r->job);
	free(r->members);
	free(r);
}

/* It is of no round any more. */
static void
place_leave(struct place *pl)
{
	struct place_round *r = pl->round;

	for (size_t i = 0; i < r->n; i++)
		if (r->members[i] == pl)
			r->members[i] = NULL;
	r->left--;
	pl->round = NULL;
}

/* The round found it in place, or not. */
static void
place_seen(struct place *pl, bool in_place)
{
	place_leave(pl);
	place_watch(pl);
	if (in_place) {
		place_find(pl);
	} else {
		pl->there = false;
		place_wait(pl, PLACE_SOON);
	}
}

/* Take what is known by now. */
static void
place_round_take(struct place_round *r, const char *answer, size_t len)
{
	for (size_t i = 0; i < len && i < r->n; i++)
		if (r->members[i] != NULL)
			place_seen(r->members[i], answer[i] == '=');
}

/* Remember, and say once, whether there can be a look at all. */
static void
place_round_judge(const char *why)
{
	if (why != NULL && places.problem == NULL)
		log_warn(
		    "named pipes and sockets cannot be looked at: %s", why);
	else if (why == NULL && places.problem != NULL)
		log_info("named pipes and sockets can be looked at again");
	free(places.problem);
	places.problem = why == NULL ? NULL : xstrdup(why);
}

/* What was not looked at is as it was. */
static void
place_round_done(void *ctx, const char *answer, size_t len, const char *why)
{
	struct place_round *r = ctx;

	place_round_judge(why);
	place_round_take(r, answer, answer == NULL ? 0 : len);
	for (size_t i = 0; i < r->n; i++) {
		struct place *pl = r->members[i];

		if (pl == NULL)
			continue;
		place_leave(pl);
		place_watch(pl);
	}
	place_round_free(r);
}

static struct place_round *
place_round_new(struct ev_loop *loop)
{
	struct place_round *r = xcalloc(1, sizeof(*r));

	job_init(&r->job, loop, place_round_done, r);
	TAILQ_INSERT_TAIL(&places.rounds, r, entry);
	return r;
}

static void
place_round_add(struct place_round *r, struct place *pl)
{
	r->members = xrealloc(r->members, r->n + 1, sizeof(struct place *));
	r->members[r->n++] = pl;
	r->left++;
	pl->round = r;
}

static void
place_round_start(struct place_round *r)
{
	if (r->n == 0)
		place_round_free(r);
	else
		job_start(&r->job, place_round_work, r);
}

/* Whether both are in one directory. */
static bool
place_is_beside(const struct place *a, const struct place *b)
{
	const char *slash = strrchr(a->path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - a->path) + 1;

	return strncmp(a->path, b->path, len) == 0 &&
	    strchr(b->path + len, '/') == NULL;
}

/*
 * A disk holds the round up. What is in another directory is not to wait for
 * it, and what is in another file system not for what may be held up as well.
 * The process that hangs stays with what is beside the place where it does.
 */
static void
place_round_split(struct place_round *r)
{
	struct place_round *near = place_round_new(r->job.loop);
	struct place_round *far = place_round_new(r->job.loop);
	size_t at = r->job.answer.len;
	const struct place *hung;

	place_round_take(r, buf_text(&r->job.answer), at);
	hung = at < r->n ? r->members[at] : NULL;
	for (size_t i = at; i < r->n; i++) {
		struct place *pl = r->members[i];

		if (pl == NULL || (hung != NULL && place_is_beside(hung, pl)))
			continue;
		place_leave(pl);
		place_round_add(
		    hung != NULL && hung->dev == pl->dev ? near : far, pl);
	}
	if (r->left == 0)
		place_round_free(r);
	place_round_start(near);
	place_round_start(far);
}

/* Look at all that are there, but for those that are being looked at. */
static void
place_round_begin(struct ev_loop *loop)
{
	struct place_round *r = place_round_new(loop);
	struct place *pl;

	places.looked_ms = mono_ms();
	TAILQ_FOREACH(pl, &places.all, entry)
		if (pl->there && pl->round == NULL && !pl->leaving &&
		    !job_is_busy(&pl->job) && !place_is_busy(pl))
			place_round_add(r, pl);
	place_round_start(r);
}

static void
place_tick_cb(struct ev_loop *loop, ev_timer *t UNUSED, int revents UNUSED)
{
	struct place_round *r, *next;
	struct place *pl;

	for (r = TAILQ_FIRST(&places.rounds); r != NULL; r = next) {
		next = TAILQ_NEXT(r, entry);
		if (job_silent_ms(&r->job) >= PLACE_SPLIT_MS)
			place_round_split(r);
	}
	TAILQ_FOREACH(pl, &places.all, entry)
		place_watch(pl);
	if (mono_ms() - places.looked_ms >= PLACE_CALM_MS)
		place_round_begin(loop);
}

/* --- one after the other -------------------------------------------------- */

static void
place_free(struct place *pl)
{
	TAILQ_REMOVE(&places.all, pl, entry);
	ev_timer_stop(pl->loop, &pl->timer);
	if (TAILQ_EMPTY(&places.all)) {
		ev_timer_stop(pl->loop, &places.tick);
		free(places.problem);
		places.problem = NULL;
	}
	job_stop(&pl->job);
	free(pl->problem);
	free(pl->path);
	free(pl);
}

static void
place_start(struct place *pl, bool remove)
{
	ev_timer_stop(pl->loop, &pl->timer);
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
	else if (!pl->there)
		place_wait(pl, PLACE_AGAIN);
}

/* The job that looks is done. A host that has become busy meanwhile keeps what
 * it has. */
static void
place_looked(struct place *pl, int fd, const char *answer, const char *why)
{
	bool wanted = why == NULL && !pl->leaving && !pl->again;

	if (why != NULL)
		place_ail(pl, why);
	else if (*answer == '!')
		place_fail(pl, answer + 1);
	else if (fd != -1)
		place_know(pl, answer);
	else if (wanted)
		place_find(pl);
	if (fd != -1 && wanted && !place_is_busy(pl)) {
		place_open(pl, fd);
	} else if (fd != -1) {
		pl->there = why != NULL && pl->there;
		close(fd);
	}
}

static void
place_done(void *ctx, const char *answer, size_t len UNUSED, const char *why)
{
	struct place *pl = ctx;
	int fd = job_take(&pl->job);

	place_watch(pl);
	if (pl->removing &&
	    why != NULL) { /* for want of descriptors, perhaps */
		place_wait(pl, PLACE_AGAIN);
		return;
	}
	if (pl->removing)
		pl->ours = pl->there = pl->held = false;
	else
		place_looked(pl, fd, answer, why);
	place_next(pl);
}

static void
place_timer_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct place *pl = t->data;

	if (job_is_busy(&pl->job))
		return;
	if (pl->leaving)
		place_next(pl);
	else if (place_is_busy(pl))
		place_wait(pl, PLACE_AGAIN);
	else
		place_start(pl, false);
}

/* --- for others ----------------------------------------------------------- */

/* One that is to be removed, and is not yet; or a new one. */
static struct place *
place_get(struct ev_loop *loop, const char *path)
{
	struct place *pl;

	TAILQ_FOREACH(pl, &places.all, entry)
		if (pl->leaving && strcmp(pl->path, path) == 0)
			return pl;
	if (TAILQ_EMPTY(&places.all)) {
		ev_timer_init(
		    &places.tick, place_tick_cb, PLACE_TURN_S, PLACE_TURN_S);
		ev_timer_start(loop, &places.tick);
	}
	pl = xcalloc(1, sizeof(*pl));
	pl->loop = loop;
	pl->path = xstrdup(path);
	job_init(&pl->job, loop, place_done, pl);
	ev_init(&pl->timer, place_timer_cb);
	pl->timer.data = pl;
	TAILQ_INSERT_TAIL(&places.all, pl, entry);
	return pl;
}

/* So many ms are left of this turn of the loop. */
static int
place_grace_ms(struct ev_loop *loop)
{
	unsigned turn = ev_iteration(loop);

	if (turn != places.turn)
		places.spent_ms = 0;
	places.turn = turn;
	return places.spent_ms < PLACE_GRACE_MS
	    ? PLACE_GRACE_MS - (int)places.spent_ms
	    : 0;
}

/* Begin what is to be done in this turn, or in one of the next. True: a job was
 * started, or is not needed. */
static bool
place_begin(struct place *pl)
{
	int64_t begin = mono_ms();

	if (place_grace_ms(pl->loop) == 0) {
		place_wait(pl, PLACE_SOON);
		return false;
	}
	place_next(pl); /* which may free it */
	places.spent_ms += mono_ms() - begin + 1;
	return true;
}

/* Who asked for it may want to open it at once. */
static void
place_give_grace(const struct place *pl)
{
	struct pollfd answer = { .fd = pl->job.fd, .events = POLLIN };
	int64_t begin = mono_ms();
	int ms = place_grace_ms(pl->loop);

	if (answer.fd == -1 || ms == 0)
		return;
	if (poll(&answer, 1, ms) == 0)
		log_debug("%s: takes its time", pl->path);
	places.spent_ms += mono_ms() - begin;
}

struct place *
place_new(struct ev_loop *loop, const char *path, const struct place_host *host)
{
	struct place *pl = place_get(loop, path);

	pl->host = *host;
	pl->leaving = pl->there = pl->given = pl->held = false;
	pl->tries = 0;
	free(pl->problem);
	pl->problem = NULL;
	pl->again = true;
	if (!job_is_busy(&pl->job) && place_begin(pl))
		place_give_grace(pl);
	return pl;
}

void
place_drop(struct place *pl)
{
	struct place_round *r = pl->round;

	if (r != NULL) {
		place_leave(pl);
		if (r->left == 0)
			place_round_free(r);
	}
	pl->leaving = true;
	if (!job_is_busy(&pl->job))
		place_begin(pl);
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
	if (pl->problem == NULL && places.problem != NULL)
		return xasprintf(
		    "%s: cannot be looked at: %s", pl->path, places.problem);
	return pl->problem == NULL ? NULL : xstrdup(pl->problem);
}

bool
place_is_silent(const struct place *pl)
{
	return pl->silence.on;
}

void
places_look(void)
{
	const struct place *pl = TAILQ_FIRST(&places.all);

	if (pl != NULL)
		place_round_begin(pl->loop);
}

static void
place_wake_cb(
    struct ev_loop *loop UNUSED, ev_timer *t UNUSED, int revents UNUSED)
{
	/* only to turn the loop */
}

/* Whether one is still to be removed: none of them waits for its turn. */
static bool
places_are_leaving(void)
{
	struct place *pl, *next;
	bool leaving = false;

	for (pl = TAILQ_FIRST(&places.all); pl != NULL; pl = next) {
		next = TAILQ_NEXT(pl, entry);
		leaving |= pl->leaving;
		if (pl->leaving && !job_is_busy(&pl->job))
			place_next(pl);
	}
	return leaving;
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
	for (pl = TAILQ_FIRST(&places.all); pl != NULL; pl = next) {
		next = TAILQ_NEXT(pl, entry);
		if (pl->leaving)
			place_free(pl);
	}
}
