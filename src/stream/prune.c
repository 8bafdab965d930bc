/* SPDX-License-Identifier: ISC */
/*
 * Old recordings. The pattern is expanded to plain conversions and cut at its
 * slashes; the part before the first conversion is opened once, and all the
 * rest is reached from there, one component at a time and never through a
 * symlink: swapping a directory between the look and the removal gains nothing.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/util.h"
#include "profile/dates.h"
#include "profile/workname.h"
#include "stream/lease.h"
#include "stream/prune.h"

#define PRUNE_BEAT	256 /* files from one sign of the disk to the next */
#define PRUNE_NS_PER_MS 1000000
#define PRUNE_DIR	(O_PATH | O_DIRECTORY | O_CLOEXEC)

/* Count a file, and hold it unless too many older ones are held. */
static void
prune_add(
    struct prune_job *j, const char *path, const struct stat *st, bool hidden)
{
	int64_t mtime = fs_mtime_ns(st);

	if (mtime / PRUNE_NS_PER_MS <= j->now &&
	    mtime / PRUNE_NS_PER_MS > j->r->newest_ms)
		j->r->newest_ms = mtime / PRUNE_NS_PER_MS;
	j->r->files++;
	j->r->bytes += st->st_size;
	if (j->limits->beat != NULL && j->r->files % PRUNE_BEAT == 0)
		j->limits->beat(j->limits->ctx);
	oldest_add(&j->list, path, st, hidden);
}

static void
prune_walk(struct prune_job *j, int dir, size_t depth, const char *path);

/* A file of the recording, by a name that one time may have made of these
 * parts. */
static void
prune_visit_file(struct prune_job *j, int dir, const struct strv *parts,
    const char *path, const char *name)
{
	struct stat st;

	if (dates_agree(parts, j->first, path) &&
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode))
		prune_add(j, path, &st, false);
}

/* A name that fits: a file of the recording, or a directory on the way. */
static void
prune_visit(struct prune_job *j, int dir, size_t depth, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	int fd;

	if (depth == j->parts.n - 1) {
		prune_visit_file(j, dir, &j->parts, path, name);
		return;
	}
	fd = openat(dir, name, PRUNE_DIR | O_NOFOLLOW);
	if (fd != -1) {
		prune_walk(j, fd, depth + 1, path);
		close(fd);
	}
}

/* Visit a name in the directory that has this path. */
static void
prune_enter(struct prune_job *j, int dir, size_t depth, const char *path,
    const char *name)
{
	char *child =
	    *path == '\0' ? xstrdup(name) : xasprintf("%s/%s", path, name);

	prune_visit(j, dir, depth, child);
	free(child);
}

/* A file in the base that does not fit the pattern but belongs to its runs. */
static void
prune_visit_odd(struct prune_job *j, int dir, const char *name)
{
	const struct workname *work = j->limits->work;
	struct stat st;
	const char *token;
	bool hidden;

	if (work == NULL)
		return;
	hidden = workname_is_of(work, name, &token);
	if ((hidden || workname_is_last(work, name)) &&
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode))
		prune_add(j, name, &st, hidden);
}

/* A file beside the directory in which it could not be made; or another of
 * ours. */
static void
prune_visit_beside(struct prune_job *j, int dir, size_t depth, const char *path,
    const char *name)
{
	const struct strv *parts = &j->beside[depth];
	char *child;

	if (depth == j->first)
		prune_visit_odd(j, dir, name);
	if (depth == j->parts.n - 1 || !dates_fits_file(parts->v[depth], name))
		return;
	child = *path == '\0' ? xstrdup(name) : xasprintf("%s/%s", path, name);
	prune_visit_file(j, dir, parts, child, name);
	free(child);
}

/* Names of a directory to read; NULL with errno. */
static DIR *
prune_list(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d;

	if (fd == -1)
		return NULL;
	d = fdopendir(fd);
	if (d == NULL)
		close(fd);
	return d;
}

/* All fitting names in a directory: no deeper than the pattern. */
static void
prune_walk(struct prune_job *j, int dir, size_t depth, const char *path)
{
	bool last = depth == j->parts.n - 1;
	const char *part = j->parts.v[depth];
	char *literal = last ? NULL : dates_literal(part);
	struct dirent *e;
	DIR *d;

	if (literal != NULL)
		prune_enter(j, dir, depth, path, literal);
	d = prune_list(dir);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (last ? dates_fits_file(part, e->d_name)
			 : literal == NULL && dates_fits(part, e->d_name))
			prune_enter(j, dir, depth, path, e->d_name);
		else
			prune_visit_beside(j, dir, depth, path, e->d_name);
	if (d != NULL)
		closedir(d);
	free(literal);
}

/* Prepare the patterns of files beside each directory. */
static void
prune_fold(struct prune_job *j)
{
	char *path;

	j->beside = xcalloc(j->parts.n, sizeof(*j->beside));
	for (size_t i = 0; i < j->parts.n; i++) {
		path = dates_beside(&j->parts, i, false);
		dates_split(&j->beside[i], path);
		free(path);
	}
}

/* Open the directories before the first conversion, as the author of the
 * pattern meant them: symlinks too. */
static void
prune_open(struct prune_job *j, const char *pattern)
{
	char *expanded = dates_expand(pattern), *name;
	struct buf path;

	dates_split(&j->parts, expanded);
	buf_init(&path, 0);
	buf_puts(&path, *expanded == '/' ? "/" : ".");
	for (; j->first + 1 < j->parts.n; j->first++) {
		name = dates_literal(j->parts.v[j->first]);
		if (name == NULL)
			break;
		buf_putf(&path, "/%s", name);
		free(name);
	}
	prune_fold(j);
	j->base = j->parts.n == 0 ? -1 : open(buf_text(&path), PRUNE_DIR);
	buf_clear(&path);
	free(expanded);
}

/* Bytes that a user may still fill; unlimited when unknown. */
static int64_t
prune_free_space(int dir)
{
	struct statvfs fs;
	uint64_t bytes;

	if (fstatvfs(dir, &fs) == -1 ||
	    __builtin_mul_overflow(
		(uint64_t)fs.f_bavail, (uint64_t)fs.f_frsize, &bytes) ||
	    bytes > INT64_MAX / 2)
		return INT64_MAX / 2;
	return (int64_t)bytes;
}

/* The directory of a file, found again from the base; -1 with errno. */
static int
prune_parent(int base, const char *path, const char **name)
{
	int dir = fcntl(base, F_DUPFD_CLOEXEC, 0), next;
	const char *slash;
	char *part;

	*name = path;
	while (dir != -1 && (slash = strchr(*name, '/')) != NULL) {
		part = xstrndup(*name, (size_t)(slash - *name));
		next = openat(dir, part, PRUNE_DIR | O_NOFOLLOW);
		free(part); /* glibc keeps errno, as does a close that works */
		close(dir);
		dir = next;
		*name = slash + 1;
	}
	return dir;
}

/* Is this still the file that was found, as it was then? */
static bool
prune_is_same(const struct oldest_file *f, const struct stat *st)
{
	return S_ISREG(st->st_mode) && f->dev == st->st_dev &&
	    f->ino == st->st_ino && f->mtime == fs_mtime_ns(st);
}

/* Whether a process may still write to a file: where that is unknown, only to a
 * hidden one. */
static bool
prune_is_busy(const struct prune_job *j, const struct oldest_file *f, int dir)
{
	const char *slash = strrchr(f->path, '/'), *token;
	const char *name = slash == NULL ? f->path : slash + 1;
	const struct workname *work = j->limits->work;
	int fd;
	bool busy;

	if (f->hidden && work->token != NULL &&
	    workname_is_of(work, name, &token) &&
	    util_has_prefix(token, work->token))
		return true;
	fd = lease_open(dir, name);
	if (fd == -1)
		return f->hidden;
	busy = f->hidden ? !lease_is_over(fd, j->now) : lease_is_left(fd) == 0;
	close(fd);
	return busy;
}

/* Unlink the file; *st is its former state. 0 / -1 with errno. */
static int
prune_unlink(
    const struct prune_job *j, const struct oldest_file *f, struct stat *st)
{
	const char *name;
	int dir = prune_parent(j->base, f->path, &name), result = -1, saved;

	if (dir == -1)
		return -1;
	if (fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!prune_is_same(f, st))
			errno = ESTALE;
		else if (prune_is_busy(j, f, dir))
			errno = EBUSY;
		else
			result = unlinkat(dir, name, 0);
	}
	saved = errno;
	close(dir);
	errno = saved;
	return result;
}

/* Remove a file and take it off the count, also when it has just vanished.
 * 0 / -1 when it stays. */
static int
prune_remove(struct prune_job *j, struct oldest_file *f)
{
	struct stat st;

	if (prune_unlink(j, f, &st) == 0) {
		j->r->removed++;
		j->r->freed += f->size;
		if (st.st_nlink == 1)
			j->free += (int64_t)st.st_blocks * 512;
	} else if (errno != ENOENT)
		return -1;
	j->r->files--;
	j->r->bytes -= f->size;
	if (j->limits->beat != NULL)
		j->limits->beat(j->limits->ctx);
	free(f->path);
	f->path = NULL;
	return 0;
}

/* Is there too much, of whatever age? */
static bool
prune_is_over(const struct prune_job *j)
{
	const struct prune_limits *l = j->limits;

	return (l->max_size > 0 && j->r->bytes > l->max_size) ||
	    (l->min_free > 0 && j->free < l->min_free);
}

/* Is this file too old? */
static bool
prune_is_old(const struct prune_job *j, const struct oldest_file *f)
{
	return j->limits->max_age_ms > 0 &&
	    f->mtime / PRUNE_NS_PER_MS < j->aged - j->limits->max_age_ms;
}

/* Remove, oldest first, until the limits are kept. */
static void
prune_apply(struct prune_job *j)
{
	size_t last = j->list.n; /* if thinned, the newest is not among them */
	struct oldest_file *f;

	if (!j->list.thinned && last > 0)
		last--;
	for (size_t i = 0; i < last; i++) {
		f = &j->list.v[i];
		if (!prune_is_over(j) && !prune_is_old(j, f))
			break;
		if (f->mtime / PRUNE_NS_PER_MS > j->now - PRUNE_QUIET_MS)
			break;
		if (prune_remove(j, f) == -1 && errno != EBUSY &&
		    prune_is_old(j, f)) /* busy ones go when they are not */
			j->r->full = true;
	}
	if (prune_is_over(j) && (!j->list.thinned || j->r->removed == 0))
		j->r->full = true;
}

void
prune_begin(struct prune_job *j, const char *pattern)
{
	*j->r = (struct prune_result){ 0 };
	prune_open(j, pattern);
	if (j->base == -1)
		return;
	j->free = prune_free_space(j->base);
	prune_walk(j, j->base, j->first, "");
	oldest_sort(&j->list);
	j->aged = j->limits->clock_ms > 0 ? j->limits->clock_ms : j->now;
	if (j->limits->clock_ms == PRUNE_BY_NEWEST && j->r->newest_ms > 0)
		j->aged = j->r->newest_ms;
}

void
prune_end(struct prune_job *j)
{
	if (j->base != -1) {
		prune_apply(j);
		close(j->base);
	}
	oldest_clear(&j->list);
	for (size_t i = 0; i < j->parts.n; i++)
		strv_clear(&j->beside[i]);
	free(j->beside);
	strv_clear(&j->parts);
}

void
prune_run(const char *pattern, const struct prune_limits *limits,
    int64_t now_wall_ms, struct prune_result *r)
{
	struct prune_job j = { .limits = limits, .r = r, .now = now_wall_ms };

	prune_begin(&j, pattern);
	prune_end(&j);
}

/* --- the clock that age is measured by ------------------------------------ */

int64_t
prune_clock_read(struct prune_clock *c, int64_t wall_ms, int64_t mono_ms)
{
	int64_t ahead;

	if (c->now_ms == 0)
		return PRUNE_BY_NEWEST;
	c->now_ms += mono_ms - c->mono_ms;
	c->mono_ms = mono_ms;
	ahead = wall_ms - c->now_ms;
	if (ahead <= PRUNE_DRIFT_MS) {
		c->now_ms = wall_ms;
		c->ahead_ms = 0;
		return c->now_ms;
	}
	if (c->ahead_ms == 0 || llabs(ahead - c->ahead_ms) > PRUNE_DRIFT_MS)
		c->since_ms = mono_ms;
	c->ahead_ms = ahead;
	if (mono_ms - c->since_ms >= PRUNE_DOUBT_MS) {
		c->now_ms = wall_ms;
		c->ahead_ms = 0;
	}
	return c->now_ms;
}

void
prune_clock_set(struct prune_clock *c, const struct prune_result *r,
    int64_t wall_ms, int64_t mono_ms)
{
	if (c->now_ms != 0)
		return;
	c->now_ms =
	    r->newest_ms > 0 && r->newest_ms < wall_ms ? r->newest_ms : wall_ms;
	c->mono_ms = mono_ms;
	prune_clock_read(c, wall_ms, mono_ms);
}
