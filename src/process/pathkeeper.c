/* SPDX-License-Identifier: ISC */
/*
 * A place that is dropped lives on until it is removed. One that is wanted
 * again by then is the same one, so that its removal and its making never run
 * at a time, and a disk that hangs holds only one process of ours.
 */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/util.h"
#include "process/pathkeeper.h"

#define PATHKEEPER_TURN_S   1.0
#define PATHKEEPER_CALM_MS  10000 /* from one look at all to the next */
#define PATHKEEPER_SPLIT_MS 1000  /* a look without a word so long is held up */
#define PATHKEEPER_GRACE_MS 20 /* less than a beat: mostly it is done by then */

TAILQ_HEAD(pathkeeper_list, pathkeeper);
TAILQ_HEAD(pathkeeper_rounds, pathkeeper_round);

/* Why a place waits for its turn. */
enum pathkeeper_wait {
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
struct pathkeeper_round {
	struct job job;
	struct pathkeeper *
	    *members; /* in the order of the answer; NULL: has left */
	size_t n, left;
	TAILQ_ENTRY(pathkeeper_round) entry;
};

static struct {
	struct pathkeeper_list all;
	struct pathkeeper_rounds rounds;
	ev_timer tick;
	int64_t looked_ms;		/* when the newest look at all began */
	int64_t last_ms[N_PLACE_WAITS]; /* the latest that waits */
	unsigned turn;			/* of the loop, in which */
	int64_t spent_ms;		/* time spent on new ones */
	char *problem; /* why the newest look at all places failed, or NULL */
} places = { .all = TAILQ_HEAD_INITIALIZER(places.all),
	.rounds = TAILQ_HEAD_INITIALIZER(places.rounds) };

/* --- in the process ------------------------------------------------------- */

/* Whether the name still leads to the known object. */
static bool
pathkeeper_is_in_place(const struct pathkeeper *pl)
{
	return fs_leads_to(pl->path, pl->dev, pl->ino);
}

/* One byte for each, as soon as it is known. */
static void
pathkeeper_round_work(const void *arg, int out)
{
	const struct pathkeeper_round *r = arg;

	for (size_t i = 0; i < r->n; i++)
		job_put(
		    out, pathkeeper_is_in_place(r->members[i]) ? "=" : "!", 1);
}

static void
pathkeeper_look_work(const void *arg, int out)
{
	const struct pathkeeper *pl = arg;
	struct pathkeeper_made m = { .fd = -1 };

	if (pl->held && pathkeeper_is_in_place(pl))
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
pathkeeper_remove_work(const void *arg, int out UNUSED)
{
	const struct pathkeeper *pl = arg;

	if (pathkeeper_is_in_place(pl))
		unlink(pl->path);
}

/* --- the result --------------------------------------------------------- */

/* Its turn comes after those that already wait. */
static void
pathkeeper_wait(struct pathkeeper *pl, enum pathkeeper_wait w)
{
	int64_t now = mono_ms(), at = now + place_waits[w].after_ms;
	int64_t next = places.last_ms[w] + place_waits[w].apart_ms;

	places.last_ms[w] = at > next ? at : next;
	ev_timer_stop(pl->loop, &pl->timer);
	ev_timer_set(&pl->timer, (double)(places.last_ms[w] - now) / 1000, 0.0);
	ev_timer_start(pl->loop, &pl->timer);
}

/* The host has one, and should not get another now. */
static bool
pathkeeper_is_busy(const struct pathkeeper *pl)
{
	return pl->given && pl->host.is_busy(pl->host.ctx);
}

/* Remember the fault, and report it once. */
static void
pathkeeper_ail(struct pathkeeper *pl, const char *why)
{
	char *text = xasprintf("%s: %s", pl->path, why);

	if (!util_streq(text, pl->problem) && !pl->leaving)
		log_warn("%s", text);
	free(pl->problem);
	pl->problem = text;
}

/* It is not there. */
static void
pathkeeper_fail(struct pathkeeper *pl, const char *why)
{
	pl->there = false;
	pl->tries++;
	pathkeeper_ail(pl, why);
}

/* It is there. */
static void
pathkeeper_find(struct pathkeeper *pl)
{
	if (pl->problem != NULL)
		log_info("%s: exists now", pl->path);
	free(pl->problem);
	pl->problem = NULL;
	pl->there = true;
	pl->tries = 0;
}

/* Remember the made object. One of ours that is found again is still ours. */
static void
pathkeeper_know(struct pathkeeper *pl, const char *answer)
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
pathkeeper_open(struct pathkeeper *pl, int fd)
{
	pathkeeper_find(pl);
	pl->given = pl->held = true;
	pl->host.open(pl->host.ctx, fd);
}

/* Report that the disk has become silent, or answers again. */
static void
pathkeeper_watch(struct pathkeeper *pl)
{
	const struct job *j = pl->round != NULL ? &pl->round->job : &pl->job;

	if (diskhang_watch(&pl->silence, j) && !pl->leaving)
		diskhang_say(&pl->silence, "", pl->path);
}

/* --- a look at several ---------------------------------------------------- */

static void
pathkeeper_round_free(struct pathkeeper_round *r)
{
	TAILQ_REMOVE(&places.rounds, r, entry);
	job_stop(&r->job);
	free(r->members);
	free(r);
}

/* It leaves its round. */
static void
pathkeeper_leave(struct pathkeeper *pl)
{
	struct pathkeeper_round *r = pl->round;

	for (size_t i = 0; i < r->n; i++)
		if (r->members[i] == pl)
			r->members[i] = NULL;
	r->left--;
	pl->round = NULL;
}

/* The round found it in place, or not. */
static void
pathkeeper_seen(struct pathkeeper *pl, bool in_place)
{
	pathkeeper_leave(pl);
	pathkeeper_watch(pl);
	if (in_place) {
		pathkeeper_find(pl);
	} else {
		pl->there = false;
		pathkeeper_wait(pl, PLACE_SOON);
	}
}

/* Take the answers so far. */
static void
pathkeeper_round_take(
    struct pathkeeper_round *r, const char *answer, size_t len)
{
	for (size_t i = 0; i < len && i < r->n; i++)
		if (r->members[i] != NULL)
			pathkeeper_seen(r->members[i], answer[i] == '=');
}

/* Remember, and report once, whether a look is possible at all. */
static void
pathkeeper_round_judge(const char *why)
{
	if (why != NULL && places.problem == NULL)
		log_warn("named pipes and sockets cannot be checked: %s", why);
	else if (why == NULL && places.problem != NULL)
		log_info("named pipes and sockets can be checked again");
	free(places.problem);
	places.problem = why == NULL ? NULL : xstrdup(why);
}

/* Places without an answer stay as they were. */
static void
pathkeeper_round_done(
    void *ctx, const char *answer, size_t len, const char *why)
{
	struct pathkeeper_round *r = ctx;

	pathkeeper_round_judge(why);
	pathkeeper_round_take(r, answer, answer == NULL ? 0 : len);
	for (size_t i = 0; i < r->n; i++) {
		struct pathkeeper *pl = r->members[i];

		if (pl == NULL)
			continue;
		pathkeeper_leave(pl);
		pathkeeper_watch(pl);
	}
	pathkeeper_round_free(r);
}

static struct pathkeeper_round *
pathkeeper_round_new(struct ev_loop *loop)
{
	struct pathkeeper_round *r = xcalloc(1, sizeof(*r));

	job_init(&r->job, loop, pathkeeper_round_done, r);
	TAILQ_INSERT_TAIL(&places.rounds, r, entry);
	return r;
}

static void
pathkeeper_round_add(struct pathkeeper_round *r, struct pathkeeper *pl)
{
	r->members =
	    xrealloc(r->members, r->n + 1, sizeof(struct pathkeeper *));
	r->members[r->n++] = pl;
	r->left++;
	pl->round = r;
}

static void
pathkeeper_round_start(struct pathkeeper_round *r)
{
	if (r->n == 0)
		pathkeeper_round_free(r);
	else
		job_start(&r->job, pathkeeper_round_work, r);
}

/* Whether both are in one directory. */
static bool
pathkeeper_is_beside(const struct pathkeeper *a, const struct pathkeeper *b)
{
	const char *slash = strrchr(a->path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - a->path) + 1;

	return strncmp(a->path, b->path, len) == 0 &&
	    strchr(b->path + len, '/') == NULL;
}

/*
 * A disk holds the round up. Places in another directory must not wait for it,
 * and those in another file system not for others that may be held up as well.
 * The process that hangs keeps the places beside the one that holds it up.
 */
static void
pathkeeper_round_split(struct pathkeeper_round *r)
{
	struct pathkeeper_round *near = pathkeeper_round_new(r->job.loop);
	struct pathkeeper_round *far = pathkeeper_round_new(r->job.loop);
	size_t at = r->job.answer.len;
	const struct pathkeeper *hung;

	pathkeeper_round_take(r, buf_text(&r->job.answer), at);
	hung = at < r->n ? r->members[at] : NULL;
	for (size_t i = at; i < r->n; i++) {
		struct pathkeeper *pl = r->members[i];

		if (pl == NULL ||
		    (hung != NULL && pathkeeper_is_beside(hung, pl)))
			continue;
		pathkeeper_leave(pl);
		pathkeeper_round_add(
		    hung != NULL && hung->dev == pl->dev ? near : far, pl);
	}
	if (r->left == 0)
		pathkeeper_round_free(r);
	pathkeeper_round_start(near);
	pathkeeper_round_start(far);
}

/* Look at all places, but for those that are being looked at. */
static void
pathkeeper_round_begin(struct ev_loop *loop)
{
	struct pathkeeper_round *r = pathkeeper_round_new(loop);
	struct pathkeeper *pl;

	places.looked_ms = mono_ms();
	TAILQ_FOREACH(pl, &places.all, entry)
		if (pl->there && pl->round == NULL && !pl->leaving &&
		    !job_is_busy(&pl->job) && !pathkeeper_is_busy(pl))
			pathkeeper_round_add(r, pl);
	pathkeeper_round_start(r);
}

static void
pathkeeper_tick_cb(struct ev_loop *loop, ev_timer *t UNUSED, int revents UNUSED)
{
	struct pathkeeper_round *r, *next;
	struct pathkeeper *pl;

	for (r = TAILQ_FIRST(&places.rounds); r != NULL; r = next) {
		next = TAILQ_NEXT(r, entry);
		if (job_silent_ms(&r->job) >= PATHKEEPER_SPLIT_MS)
			pathkeeper_round_split(r);
	}
	TAILQ_FOREACH(pl, &places.all, entry)
		pathkeeper_watch(pl);
	if (mono_ms() - places.looked_ms >= PATHKEEPER_CALM_MS)
		pathkeeper_round_begin(loop);
}

/* --- one after the other -------------------------------------------------- */

static void
pathkeeper_free(struct pathkeeper *pl)
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
pathkeeper_start(struct pathkeeper *pl, bool remove)
{
	ev_timer_stop(pl->loop, &pl->timer);
	pl->again = false;
	pl->removing = remove;
	job_start(&pl->job,
	    remove ? pathkeeper_remove_work : pathkeeper_look_work, pl);
}

/* The job is done: the next step. */
static void
pathkeeper_next(struct pathkeeper *pl)
{
	if (pl->leaving && pl->ours)
		pathkeeper_start(pl, true);
	else if (pl->leaving)
		pathkeeper_free(pl);
	else if (pl->again)
		pathkeeper_start(pl, false);
	else if (!pl->there)
		pathkeeper_wait(pl, PLACE_AGAIN);
}

/* The job that looks is done. A host that has become busy meanwhile keeps its
 * descriptor. */
static void
pathkeeper_looked(
    struct pathkeeper *pl, int fd, const char *answer, const char *why)
{
	bool wanted = why == NULL && !pl->leaving && !pl->again;

	if (why != NULL)
		pathkeeper_ail(pl, why);
	else if (*answer == '!')
		pathkeeper_fail(pl, answer + 1);
	else if (fd != -1)
		pathkeeper_know(pl, answer);
	else if (wanted)
		pathkeeper_find(pl);
	if (fd != -1 && wanted && !pathkeeper_is_busy(pl)) {
		pathkeeper_open(pl, fd);
	} else if (fd != -1) {
		pl->there = why != NULL && pl->there;
		close(fd);
	}
}

static void
pathkeeper_done(
    void *ctx, const char *answer, size_t len UNUSED, const char *why)
{
	struct pathkeeper *pl = ctx;
	int fd = job_take(&pl->job);

	pathkeeper_watch(pl);
	if (pl->removing && why != NULL) { /* perhaps for want of descriptors */
		pathkeeper_wait(pl, PLACE_AGAIN);
		return;
	}
	if (pl->removing)
		pl->ours = pl->there = pl->held = false;
	else
		pathkeeper_looked(pl, fd, answer, why);
	pathkeeper_next(pl);
}

static void
pathkeeper_timer_cb(
    struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct pathkeeper *pl = t->data;

	if (job_is_busy(&pl->job))
		return;
	if (pl->leaving)
		pathkeeper_next(pl);
	else if (pathkeeper_is_busy(pl))
		pathkeeper_wait(pl, PLACE_AGAIN);
	else
		pathkeeper_start(pl, false);
}

/* --- public ------------------------------------------------------------- */

/* One that waits for its removal; or a new one. */
static struct pathkeeper *
pathkeeper_get(struct ev_loop *loop, const char *path)
{
	struct pathkeeper *pl;

	TAILQ_FOREACH(pl, &places.all, entry)
		if (pl->leaving && strcmp(pl->path, path) == 0)
			return pl;
	if (TAILQ_EMPTY(&places.all)) {
		ev_timer_init(&places.tick, pathkeeper_tick_cb,
		    PATHKEEPER_TURN_S, PATHKEEPER_TURN_S);
		ev_timer_start(loop, &places.tick);
	}
	pl = xcalloc(1, sizeof(*pl));
	pl->loop = loop;
	pl->path = xstrdup(path);
	job_init(&pl->job, loop, pathkeeper_done, pl);
	ev_init(&pl->timer, pathkeeper_timer_cb);
	pl->timer.data = pl;
	TAILQ_INSERT_TAIL(&places.all, pl, entry);
	return pl;
}

/* So many ms are left of this turn of the loop. */
static int
pathkeeper_grace_ms(struct ev_loop *loop)
{
	unsigned turn = ev_iteration(loop);

	if (turn != places.turn)
		places.spent_ms = 0;
	places.turn = turn;
	return places.spent_ms < PATHKEEPER_GRACE_MS
	    ? PATHKEEPER_GRACE_MS - (int)places.spent_ms
	    : 0;
}

/* Begin the work in this turn, or in one of the next. True: a job was started,
 * or is not needed. */
static bool
pathkeeper_begin(struct pathkeeper *pl)
{
	int64_t begin = mono_ms();

	if (pathkeeper_grace_ms(pl->loop) == 0) {
		pathkeeper_wait(pl, PLACE_SOON);
		return false;
	}
	pathkeeper_next(pl); /* which may free it */
	places.spent_ms += mono_ms() - begin + 1;
	return true;
}

/* The user of the pipe may want to open it at once. */
static void
pathkeeper_give_grace(const struct pathkeeper *pl)
{
	struct pollfd answer = { .fd = pl->job.fd, .events = POLLIN };
	int64_t begin = mono_ms();
	int ms = pathkeeper_grace_ms(pl->loop);

	if (answer.fd == -1 || ms == 0)
		return;
	if (poll(&answer, 1, ms) == 0)
		log_debug("%s: takes its time", pl->path);
	places.spent_ms += mono_ms() - begin;
}

struct pathkeeper *
pathkeeper_new(
    struct ev_loop *loop, const char *path, const struct pathkeeper_host *host)
{
	struct pathkeeper *pl = pathkeeper_get(loop, path);

	pl->host = *host;
	pl->leaving = pl->there = pl->given = pl->held = false;
	pl->tries = 0;
	free(pl->problem);
	pl->problem = NULL;
	pl->again = true;
	if (!job_is_busy(&pl->job) && pathkeeper_begin(pl))
		pathkeeper_give_grace(pl);
	return pl;
}

void
pathkeeper_drop(struct pathkeeper *pl)
{
	struct pathkeeper_round *r = pl->round;

	if (r != NULL) {
		pathkeeper_leave(pl);
		if (r->left == 0)
			pathkeeper_round_free(r);
	}
	pl->leaving = true;
	if (!job_is_busy(&pl->job))
		pathkeeper_begin(pl);
}

void
pathkeeper_remove(struct ev_loop *loop, const char *path, dev_t dev, ino_t ino)
{
	struct pathkeeper *pl = pathkeeper_get(loop, path);

	pl->ours = true;
	pl->dev = dev;
	pl->ino = ino;
	pathkeeper_drop(pl);
}

char *
pathkeeper_problem(const struct pathkeeper *pl)
{
	if (pl->silence.on)
		return diskhang_text(&pl->silence, pl->path);
	if (pl->problem == NULL && places.problem != NULL)
		return xasprintf(
		    "%s: cannot be checked: %s", pl->path, places.problem);
	return pl->problem == NULL ? NULL : xstrdup(pl->problem);
}

bool
pathkeeper_is_silent(const struct pathkeeper *pl)
{
	return pl->silence.on;
}

void
pathkeeper_look_all(void)
{
	const struct pathkeeper *pl = TAILQ_FIRST(&places.all);

	if (pl != NULL)
		pathkeeper_round_begin(pl->loop);
}

static void
pathkeeper_wake_cb(
    struct ev_loop *loop UNUSED, ev_timer *t UNUSED, int revents UNUSED)
{
	/* only to turn the loop */
}

/* Start the removals that wait for their turn. True: any is pending. */
static bool
pathkeeper_any_leaving(void)
{
	struct pathkeeper *pl, *next;
	bool leaving = false;

	for (pl = TAILQ_FIRST(&places.all); pl != NULL; pl = next) {
		next = TAILQ_NEXT(pl, entry);
		leaving |= pl->leaving;
		if (pl->leaving && !job_is_busy(&pl->job))
			pathkeeper_next(pl);
	}
	return leaving;
}

void
pathkeeper_finish_all(struct ev_loop *loop, int64_t ms)
{
	struct pathkeeper *pl, *next;
	int64_t end = mono_ms() + ms;
	ev_timer wake;

	ev_timer_init(&wake, pathkeeper_wake_cb, 0.02, 0.02);
	ev_timer_start(loop, &wake);
	while (pathkeeper_any_leaving() && mono_ms() < end)
		ev_run(loop, EVRUN_ONCE);
	ev_timer_stop(loop, &wake);
	for (pl = TAILQ_FIRST(&places.all); pl != NULL; pl = next) {
		next = TAILQ_NEXT(pl, entry);
		if (pl->leaving)
			pathkeeper_free(pl);
	}
}
