/* SPDX-License-Identifier: ISC */
/*
 * The work on a disk is a set of wishes. When the job is free, it is started
 * with every wish, and does them in the order below; its answer has a line for
 * each result.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/util.h"
#include "profile/dates.h"
#include "stream/hlsdir.h"
#include "stream/recorder.h"

#define RECORDER_PERIOD_MS 30000
#define RECORDER_HLS_MS	   5000 /* between looks at a playlist */
#define RECORDER_AGAIN_MS  1000 /* while a name is being waited for */
#define RECORDER_TRIES	   10	/* of these; then with the period */
#define RECORDER_WAIT_MS   3000 /* that an end waits for the disk */
#define RECORDER_HOLD_MS   20

enum {
	RECORDER_LOOK = 1 << 0,	   /* at limits, or at segments */
	RECORDER_RECOVER = 1 << 1, /* what other runs have left */
	RECORDER_SETTLE = 1 << 2,  /* names for this run's files */
	RECORDER_DROP = 1 << 3,	   /* the file that stayed empty */
	RECORDER_CHOOSE = 1 << 4   /* a free name; the last, see below */
};

/* --- in the process -------------------------------------------------------- */

/* One line of the answer; a path with a newline in it must not be two. */
static void
recorder_answer(int out, const char *word, const char *text)
{
	char *line = xstrdup(text);

	for (char *c = line; *c != '\0'; c++)
		if (*c == '\n')
			*c = '?';
	job_say(out, "%s %s\n", word, line);
	free(line);
}

static void
recorder_said(
    void *ctx, enum spool_news news, const char *path, const char *why)
{
	static const char *const words[] = { [SPOOL_NAMED] = "named",
		[SPOOL_BESIDE] = "beside",
		[SPOOL_BARE] = "bare",
		[SPOOL_STRANDED] = "stays" };
	const int *out = ctx;

	if (why != NULL)
		recorder_answer(*out, "why", why);
	recorder_answer(*out, words[news], path);
}

/* The disk is slow, not silent. */
static void
recorder_beat(void *ctx)
{
	const int *out = ctx;

	job_say(*out, "beat\n");
}

static void
recorder_work_look(const struct recorder *r, int out)
{
	struct prune_limits limits = r->limits;
	struct prune_result found;
	struct hlsdir_look look;
	struct workname work;

	if (r->now.sink == SINK_HLS) {
		look = hlsdir_look(r->now.pattern);
		job_say(out, "list %lld %lld %lld %lld\n",
		    (long long)look.mtime_ns, (long long)look.target_ms,
		    (long long)look.free, (long long)look.holes);
		if (r->now.stem != NULL)
			job_say(out, "swept %zu\n",
			    hlsdir_sweep(
				r->now.pattern, r->now.stem, wall_ms()));
		return;
	}
	work = (struct workname){ r->now.pattern, r->home->stream,
		r->now.output, r->run.running ? r->run.token : NULL };
	limits.work = &work;
	limits.beat = recorder_beat;
	limits.ctx = &out;
	prune_run(r->now.pattern, &limits, wall_ms(), &found);
	job_say(out, "pruned %zu %lld %zu %lld %d %lld\n", found.files,
	    (long long)found.bytes, found.removed, (long long)found.freed,
	    found.full, (long long)found.newest_ms);
}

/* The last line is a path as it is. */
static void
recorder_work_choose(const struct recorder *r, int out)
{
	char *name;

	fs_mkdirs(r->now.pattern, true); /* if not, the next says why */
	name = spool_choose(r->now.pattern, wall_ms());
	job_say(out, "chosen %s", name);
	free(name);
}

/* The names of the run. */
static struct workname
recorder_workname(const struct recorder *r)
{
	return (struct workname){ r->run.place.pattern, r->home->stream,
		r->run.place.output, r->run.token };
}

/* `arg` is the recorder as it was at the fork. */
static void
recorder_work(const void *arg, int out)
{
	const struct recorder *r = arg;
	struct spool_host host = { .said = recorder_said, .ctx = &out };
	struct spool s = { .name = recorder_workname(r),
		.next = r->run.next,
		.done = r->run.place.late || r->run.begun == 0
		    ? r->run.begun
		    : r->run.begun - 1,
		.late = r->run.place.late };

	if (!r->run.running)
		s.name.token = NULL;
	if (r->run.place.tz != NULL)
		setenv("TZ", r->run.place.tz, 1); /* as ffmpeg has it */
	tzset();
	if (r->doing & RECORDER_LOOK)
		recorder_work_look(r, out);
	if (r->doing & RECORDER_RECOVER)
		spool_recover(&s, wall_ms(), &host);
	if ((r->doing & RECORDER_SETTLE) && r->run.running)
		job_say(out, "next %s %u\n", r->run.token,
		    spool_settle(&s, wall_ms(), &host));
	if ((r->doing & RECORDER_DROP) && r->run.to != NULL)
		spool_drop(r->run.to);
	if (r->doing & RECORDER_CHOOSE)
		recorder_work_choose(r, out);
}

/* --- the result --------------------------------------------------------- */

static void
recorder_tell(const struct recorder *r, const char *kind, char *text)
{
	r->home->host.notice(r->home->host.ctx, kind, text);
	free(text);
}

/* Report the removed files; and once, when that is not enough. */
static void
recorder_hear_pruned(struct recorder *r, const char *line)
{
	struct prune_result f = { 0 };
	long long bytes, freed, newest;
	int full;

	if (sscanf(line, "%zu %lld %zu %lld %d %lld", &f.files, &bytes,
		&f.removed, &freed, &full, &newest) != 6)
		return;
	f.newest_ms = newest;
	prune_clock_set(&r->clock, &f, wall_ms(), mono_ms());
	if (f.removed > 0)
		log_info("%s/%s: %zu old recordings removed (%.1f MB), %zu "
			 "left (%.1f MB)",
		    r->home->stream, r->now.output, f.removed,
		    (double)freed / 1e6, f.files, (double)bytes / 1e6);
	if (full && !r->full)
		recorder_tell(r, "disk",
		    xasprintf("%s: the limits of its recordings cannot be "
			      "kept: no file is left that may be removed",
			r->now.output));
	r->full = full;
}

static void
recorder_hear_list(struct recorder *r, const char *line)
{
	long long mtime, target, space, holes;
	struct hlsdir_look look;

	if (sscanf(line, "%lld %lld %lld %lld", &mtime, &target, &space,
		&holes) != 4)
		return;
	look = (struct hlsdir_look){ mtime, target, space, holes };
	hlsdir_add(&r->hls, &look, mono_ms());
}

/* Why the file of the next line cannot have its name. */
static void
recorder_hear_why(struct recorder *r, const char *why)
{
	free(r->why);
	r->why = xstrdup(why);
}

/* A file that did not get its name, but is beside it, or is still hidden:
 * reported once, until the reason or the place changes. */
static void
recorder_hear_stranded(struct recorder *r, const char *path, bool hidden)
{
	log_debug(
	    "%s/%s: %s: not renamed yet", r->home->stream, r->now.output, path);
	if (r->why == NULL ||
	    (util_streq(r->stranded, r->why) && r->hidden == hidden))
		return;
	free(r->stranded);
	r->stranded = xstrdup(r->why);
	r->hidden = hidden;
	recorder_tell(r, "disk",
	    hidden
		? xasprintf("%s: a recording cannot be renamed: %s; until then "
			    "the file stays hidden, under its working name %s",
		      r->now.output, r->why, path)
		: xasprintf("%s: a recording cannot be renamed: %s; until then "
			    "recordings are kept in the nearest writable "
			    "directory",
		      r->now.output, r->why));
}

/* Names are given again. */
static void
recorder_hear_named(struct recorder *r, const char *path)
{
	log_debug("%s/%s: %s", r->home->stream, r->now.output, path);
	if (r->stranded == NULL)
		return;
	free(r->stranded);
	r->stranded = NULL;
	recorder_tell(r, "disk",
	    xasprintf("%s: recordings are renamed again", r->now.output));
}

static void
recorder_hear(struct recorder *r, const char *word, const char *rest)
{
	if (util_streq(word, "pruned"))
		recorder_hear_pruned(r, rest);
	else if (util_streq(word, "list"))
		recorder_hear_list(r, rest);
	else if (util_streq(word, "swept") && !util_streq(rest, "0"))
		log_info("%s/%s: %s leftover segments removed", r->home->stream,
		    r->now.output, rest);
	else if (util_streq(word, "named"))
		recorder_hear_named(r, rest);
	else if (util_streq(word, "beside") || util_streq(word, "stays"))
		recorder_hear_stranded(r, rest, util_streq(word, "stays"));
	else if (util_streq(word, "bare"))
		log_info("%s/%s: %s: removed, its recorder ended before the "
			 "first frame",
		    r->home->stream, r->now.output, rest);
	else if (util_streq(word, "why"))
		recorder_hear_why(r, rest);
	else if (util_streq(word, "next") &&
	    util_has_prefix(rest, r->run.token))
		r->run.next =
		    (unsigned)strtoul(rest + strlen(r->run.token), NULL, 10);
}

/* The choice of a name is the rest of the answer. */
static void
recorder_hear_choice(struct recorder *r, const char *answer, size_t len)
{
	static const char good[] = "chosen ";
	const char *at = memmem(answer, len, good, sizeof(good) - 1);

	free(r->run.next_to);
	r->run.next_to = NULL;
	if (at != NULL && (at == answer || at[-1] == '\n'))
		r->run.next_to = xstrdup(at + sizeof(good) - 1);
}

/* Take the lines apart. */
static void
recorder_hear_all(struct recorder *r, const char *answer, size_t len)
{
	char *copy = xstrndup(answer, len), *save = NULL, *rest;

	for (char *line = strtok_r(copy, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		rest = strchr(line, ' ');
		if (rest == NULL)
			continue;
		*rest++ = '\0';
		recorder_hear(r, line, rest);
	}
	free(copy);
}

/* A missing name is tried again, ever less often. */
static void
recorder_plan(struct recorder *r)
{
	r->due_ms = r->stranded == NULL ? 0 : mono_ms() + RECORDER_PERIOD_MS;
	if (!r->run.running || r->run.place.sink != SINK_RECORD ||
	    r->run.next >= r->run.begun)
		return;
	r->due_ms = mono_ms() +
	    (r->run.tries++ < RECORDER_TRIES ? RECORDER_AGAIN_MS
					     : RECORDER_PERIOD_MS);
}

static void
recorder_kick(struct recorder *r)
{
	if (job_is_busy(&r->job) || r->wants == 0)
		return;
	if (r->looks && r->clock.now_ms == 0 && r->now.sink == SINK_RECORD) {
		r->wants |= RECORDER_LOOK; /* before new files come */
		r->look_ms = mono_ms() + RECORDER_PERIOD_MS;
	}
	r->doing = r->wants;
	r->wants = 0;
	r->limits.clock_ms = prune_clock_read(&r->clock, wall_ms(), mono_ms());
	job_start(&r->job, recorder_work, r);
}

static void
recorder_want(struct recorder *r, unsigned what)
{
	r->wants |= what;
	recorder_kick(r);
}

/* Report that the disk has become silent, or answers again. */
static void
recorder_watch(struct recorder *r)
{
	if (!diskhang_watch(&r->silence, &r->job))
		return;
	recorder_tell(r, "disk", diskhang_text(&r->silence, r->now.dir));
	r->home->host.changed(r->home->host.ctx);
}

static void
recorder_done(void *ctx, const char *answer, size_t len, const char *why)
{
	struct recorder *r = ctx;
	unsigned doing = r->doing;

	r->doing = 0;
	recorder_watch(r);
	if (why != NULL) {
		log_warn("%s/%s: cannot watch %s: %s", r->home->stream,
		    r->now.output, r->now.dir, why);
		r->wants |= doing & ~(unsigned)RECORDER_LOOK; /* at a tick */
	} else {
		recorder_hear_all(r, answer, len);
		if (doing & RECORDER_CHOOSE)
			recorder_hear_choice(r, answer, len);
		recorder_plan(r);
		recorder_kick(r);
	}
	r->home->host.changed(r->home->host.ctx);
}

/* --- its worker -------------------------------------------------------- */

static void
recorder_place_clear(struct recorder_place *p)
{
	free(p->output);
	free(p->pattern);
	free(p->dir);
	free(p->stem);
	free(p->tz);
	*p = (struct recorder_place){ 0 };
}

static char *
recorder_strdup(const char *s)
{
	return s == NULL ? NULL : xstrdup(s);
}

static struct recorder_place
recorder_place_copy(const struct recorder_place *p)
{
	return (struct recorder_place){ .sink = p->sink,
		.output = recorder_strdup(p->output),
		.pattern = recorder_strdup(p->pattern),
		.dir = recorder_strdup(p->dir),
		.stem = recorder_strdup(p->stem),
		.tz = recorder_strdup(p->tz),
		.late = p->late };
}

struct recorder *
recorder_new(const struct recorder_home *home, const struct worker *by)
{
	struct recorder *r = xcalloc(1, sizeof(*r));

	r->by = by;
	r->home = home;
	job_init(&r->job, home->loop, recorder_done, r);
	return r;
}

void
recorder_free(struct recorder *r)
{
	job_stop(&r->job);
	recorder_place_clear(&r->now);
	recorder_place_clear(&r->run.place);
	free(r->run.to);
	free(r->run.next_to);
	free(r->stranded);
	free(r->why);
	free(r);
}

/* The directory of a path, or of a pattern. Caller frees. */
static char *
recorder_place_dir(enum sink sink, const char *pattern)
{
	const char *slash = strrchr(pattern, '/');

	if (sink == SINK_RECORD)
		return dates_base(pattern);
	if (slash == NULL)
		return xstrdup(".");
	return xstrndup(
	    pattern, slash == pattern ? 1 : (size_t)(slash - pattern));
}

/* The place of output number i in the profile. */
static struct recorder_place
recorder_place(const struct profile *p, size_t i)
{
	const struct profile_output *o = profile_output(p, i);
	char name[PROFILE_NAME_MAX + 1];
	struct recorder_place place = { .sink = ffsink_of(o) };
	const char *path = o->record != NULL ? o->record : ffsink_path(o);

	profile_output_name(p, i, name);
	place.output = xstrdup(name);
	place.pattern = xstrdup(path == NULL ? "" : path);
	place.dir = recorder_place_dir(place.sink, place.pattern);
	place.stem = ffsink_hls_stem(o);
	place.late = ffsink_reopens(o);
	for (size_t k = 0; k < p->env.n; k++)
		if (util_has_prefix(p->env.v[k], "TZ="))
			place.tz = xstrdup(p->env.v[k] + strlen("TZ="));
	return place;
}

void
recorder_set(struct recorder *r, const struct profile *p, size_t i, bool looks)
{
	const struct profile_output *o = profile_output(p, i);
	struct recorder_place was = r->now;

	r->now = recorder_place(p, i);
	if (!util_streq(was.pattern, r->now.pattern)) {
		free(r->stranded);
		r->stranded = NULL;
	}
	recorder_place_clear(&was);
	r->limits = (struct prune_limits){ 0 };
	if (o->record != NULL)
		r->limits = (struct prune_limits){ .max_size = o->max_size,
			.max_age_ms = o->max_age,
			.min_free = o->min_free };
	r->looks = looks &&
	    (r->now.sink == SINK_HLS || r->limits.max_size > 0 ||
		r->limits.max_age_ms > 0 || r->limits.min_free > 0);
}

int64_t
recorder_hold(struct recorder *r)
{
	/* the last run's leftovers are looked for at its place */
	if ((r->wants & (RECORDER_RECOVER | RECORDER_DROP)) &&
	    mono_ms() - r->run.ended_ms < RECORDER_WAIT_MS)
		return RECORDER_HOLD_MS;
	if (r->now.sink != SINK_FILE || r->run.next_to != NULL)
		return 0;
	if (!((r->doing | r->wants) & RECORDER_CHOOSE))
		recorder_want(r, RECORDER_CHOOSE);
	return RECORDER_HOLD_MS;
}

/* An existing file with a fixed name keeps it. */
static void
recorder_tell_name(const struct recorder *r)
{
	if (r->run.to == NULL || strcmp(r->run.to, r->run.place.pattern) == 0)
		return;
	recorder_tell(r, "file",
	    xasprintf("%s: %s exists already, this run writes to %s",
		r->run.place.output, r->run.place.pattern, r->run.to));
}

const char *
recorder_begin(struct recorder *r)
{
	struct workname name;

	recorder_place_clear(&r->run.place);
	r->run.place = recorder_place_copy(&r->now);
	free(r->run.to);
	r->run.to = r->run.next_to;
	r->run.next_to = NULL;
	r->run.running = true;
	r->hls = (struct hlsdir_watch){ .changed_ms = 0 };
	r->run.tries = r->run.next = r->run.begun = 0;
	if (r->run.place.sink == SINK_RECORD) {
		spool_token(r->run.token);
		name = recorder_workname(r);
		r->run.to = workname_pattern(&name);
		recorder_want(r, RECORDER_RECOVER);
	} else {
		recorder_tell_name(r);
	}
	return r->run.to;
}

const char *
recorder_directory(const struct recorder *r)
{
	return r->run.place.sink == SINK_OTHER ? NULL : r->run.place.dir;
}

void
recorder_up(struct recorder *r)
{
	if (r->run.running && r->hls.changed_ms == 0)
		hlsdir_begin(&r->hls, mono_ms());
	if (!r->run.running || r->run.place.sink != SINK_RECORD)
		return;
	if (r->run.begun == 0 && !r->run.place.late)
		r->run.begun = 1;
	r->run.tries = 0;
	recorder_want(r, RECORDER_SETTLE);
}

void
recorder_wrote(struct recorder *r, const char *line)
{
	struct workname name;
	long number;

	if (!r->run.running || r->run.place.sink != SINK_RECORD)
		return;
	name = recorder_workname(r);
	number = workname_number(&name, line);
	if (number < 0)
		return;
	/* the next has been begun by now */
	r->run.begun = (unsigned)number + (r->run.place.late ? 1 : 2);
	r->run.tries = 0;
	recorder_want(r, RECORDER_SETTLE);
}

void
recorder_ended(struct recorder *r, bool disk_full)
{
	if (!r->run.running)
		return;
	r->run.running = false;
	r->due_ms = 0;
	r->run.ended_ms = mono_ms();
	if (disk_full && r->looks)
		r->wants |= RECORDER_LOOK;
	if (r->run.place.sink == SINK_RECORD)
		r->wants |= RECORDER_RECOVER;
	else if (r->run.place.sink == SINK_FILE)
		r->wants |= RECORDER_DROP;
	recorder_kick(r);
}

void
recorder_tick(struct recorder *r)
{
	int64_t now = mono_ms();

	recorder_watch(r);
	if (r->looks && now >= r->look_ms) {
		r->look_ms = now +
		    (r->now.sink == SINK_HLS ? RECORDER_HLS_MS
					     : RECORDER_PERIOD_MS);
		r->wants |= RECORDER_LOOK;
	}
	if (r->due_ms > 0 && now >= r->due_ms)
		r->wants |= RECORDER_SETTLE |
		    (r->stranded == NULL ? 0 : RECORDER_RECOVER);
	recorder_kick(r);
}

bool
recorder_is_idle(const struct recorder *r)
{
	return !((r->doing | r->wants) & ~(unsigned)RECORDER_LOOK) ||
	    mono_ms() - r->run.ended_ms >= RECORDER_WAIT_MS;
}

bool
recorder_is_stale(const struct recorder *r)
{
	/* options of the profile may keep it for the end */
	return r->run.running && r->now.sink == SINK_HLS &&
	    (r->now.stem != NULL || r->hls.moved) &&
	    hlsdir_is_stale(&r->hls, mono_ms());
}

char *
recorder_staleness(const struct recorder *r)
{
	return hlsdir_text(&r->hls, r->now.pattern, mono_ms());
}

char *
recorder_trouble(const struct recorder *r)
{
	return r->silence.on || r->stranded == NULL
	    ? diskhang_text(&r->silence, r->now.dir)
	    : xasprintf("a recording cannot be renamed: %s", r->stranded);
}
