/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "daemon/resolve.h"
#include "process/child.h"
#include "process/job.h"

/* --- in the process that may hang ------------------------------------------ */

/* A directory, and the name by which it was seen first. */
struct resolve_dir {
	dev_t dev;
	ino_t ino;
	char *name;
};

struct resolve_dirs {
	struct resolve_dir *v;
	size_t n, cap;
};

/* The name of a directory: it is remembered as `name` if it is new. Borrowed;
 * NULL: it is not a directory. */
static const char *
resolve_dir(struct resolve_dirs *d, const char *path, const char *name)
{
	struct stat st;

	if (stat(path, &st) == -1 || !S_ISDIR(st.st_mode))
		return NULL;
	for (size_t i = 0; i < d->n && st.st_ino != 0; i++)
		if (d->v[i].ino == st.st_ino && d->v[i].dev == st.st_dev)
			return d->v[i].name;
	if (d->n == d->cap) {
		d->cap = d->cap == 0 ? 64 : d->cap * 2;
		d->v = xrealloc(d->v, d->cap, sizeof(*d->v));
	}
	d->v[d->n] = (struct resolve_dir){
		.dev = st.st_dev, .ino = st.st_ino, .name = xstrdup(name)
	};
	return d->v[d->n++].name;
}

/* A real path, with the first name of each directory in it: one that is mounted
 * in two places has two. Caller frees. */
static char *
resolve_name(struct resolve_dirs *d, const char *real)
{
	char *path = xstrdup(real), *name = xstrdup(""), *more;
	const char *known;
	char *slash;

	for (char *p = path; *p == '/' && p[1] != '\0'; p = slash) {
		slash = p + 1 + strcspn(p + 1, "/");
		more = xasprintf("%s%.*s", name, (int)(slash - p), p);
		free(name);
		*slash = '\0'; /* as far as here */
		known = resolve_dir(d, path, more);
		*slash = real[slash - path];
		name = known == NULL ? more : xstrdup(known);
		if (known != NULL)
			free(more);
	}
	free(path);
	return name;
}

/* The length of a path without its last part; "/" has none. */
static size_t
resolve_cut(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	while (len > 1 && path[len - 1] == '/')
		len--;
	return len;
}

/* The existing part of a path, resolved, and the rest as written. Caller
 * frees. */
static char *
resolve_path(struct resolve_dirs *d, const char *path)
{
	size_t len = strlen(path);
	char *begin = xstrdup(path), *real, *name, *whole;
	const char *rest;

	while (
	    (real = realpath(len == 0 ? "." : begin, NULL)) == NULL && len > 0)
		begin[len = resolve_cut(begin, len)] = '\0';
	free(begin);
	if (real == NULL)
		return xstrdup("");
	name = resolve_name(d, real);
	rest = path + len + strspn(path + len, "/");
	whole = xasprintf(
	    "%s%s%s", name, *rest != '\0' || *name == '\0' ? "/" : "", rest);
	free(name);
	free(real);
	return whole;
}

/* `arg` is the paths; each answer ends with a NUL. A reader that waits for the
 * end of our stderr must not wait for a disk. */
static void
resolve_work(const void *arg, int out)
{
	const struct strv *paths = arg;
	struct resolve_dirs dirs = { .v = NULL };
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	char *place;

	if (null != -1)
		dup2(null, STDERR_FILENO);
	for (size_t i = 0; i < paths->n; i++) {
		place = resolve_path(&dirs, paths->v[i]);
		job_put(out, place, strlen(place) + 1);
		free(place);
	}
}

/* --- on our side ------------------------------------------------------------- */

/* Take the answers that are complete off the front. */
static void
resolve_take(struct strv *found, char *text, size_t *len)
{
	size_t at = 0, n;

	while ((n = strnlen(text + at, *len - at)) < *len - at) {
		strv_push(found, text + at);
		at += n + 1;
	}
	memmove(text, text + at, *len - at);
	*len -= at;
}

/* Read answers until all paths have one, the end comes, or no more comes in
 * time. False: in that last case. */
static bool
resolve_read(int fd, size_t n, struct strv *found)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char *text = xcalloc(1, 1);
	size_t len = 0;
	ssize_t got = 1;
	int ready = 1;

	while (found->n < n && got > 0) {
		ready = poll(&p, 1, RESOLVE_PATIENCE_MS);
		if (ready == -1 && errno == EINTR)
			continue;
		if (ready <= 0)
			break;
		text = xrealloc(text, len + 4096, 1);
		got = read(fd, text + len, 4096);
		if (got == -1 && errno == EINTR)
			got = 1;
		else if (got > 0) {
			len += (size_t)got;
			resolve_take(found, text, &len);
		}
	}
	free(text);
	return ready != 0;
}

/* Ask for these. False: a disk does not answer: that of the first path without
 * an answer. */
static bool
resolve_ask(const struct strv *paths, struct strv *found)
{
	struct child c = { .pid = 0 };
	struct child_work todo = { resolve_work, paths, -1, -1 };
	struct child_error e;
	bool answers = true;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return true;
	todo.out = ends[1];
	if (child_fork_work(&c, &todo, &e) == -1) {
		close(ends[1]);
	} else {
		close(ends[1]);
		answers = resolve_read(ends[0], paths->n, found);
		child_end(&c);
	}
	close(ends[0]);
	return answers;
}

/* Whether two paths begin with the same two names: they may be on one disk. */
static bool
resolve_are_near(const char *a, const char *b)
{
	size_t n = strcspn(a, "/");

	for (int parts = 0; parts < 2 && a[n] == '/'; parts++)
		n += 1 + strcspn(a + n + 1, "/");
	return n > 0 && strncmp(a, b, n) == 0 && (b[n] == '/' || b[n] == '\0');
}

/* Choose the paths to ask for: those without an answer that are not near one
 * that hangs. The numbers of `ask` are in `of`. */
static void
resolve_choose(const struct strv *paths, char *const *answers,
    const struct strv *hung, struct strv *ask, size_t *of)
{
	bool near;

	strv_clear(ask);
	for (size_t i = 0; i < paths->n; i++) {
		near = false;
		for (size_t k = 0; k < hung->n; k++)
			near |= resolve_are_near(hung->v[k], paths->v[i]);
		if (answers[i] != NULL || near)
			continue;
		of[ask->n] = i;
		strv_push(ask, paths->v[i]);
	}
}

void
resolve_paths(const struct strv *paths, struct strv *found)
{
	struct strv hung = { 0 }, ask = { 0 }, part = { 0 };
	char **answers = xcalloc(paths->n + 1, sizeof(*answers));
	size_t *of = xcalloc(paths->n + 1, sizeof(*of));
	bool again = true;

	while (again && hung.n < RESOLVE_HANGS) {
		resolve_choose(paths, answers, &hung, &ask, of);
		strv_clear(&part);
		again = ask.n > 0 && !resolve_ask(&ask, &part);
		for (size_t i = 0; i < part.n && i < ask.n; i++)
			answers[of[i]] = xstrdup(part.v[i]);
		if (again && part.n < ask.n)
			strv_push(&hung, ask.v[part.n]);
	}
	for (size_t i = 0; i < paths->n; i++)
		strv_take(found, answers[i] == NULL ? xstrdup("") : answers[i]);
	free(answers);
	free(of);
	strv_clear(&hung);
	strv_clear(&ask);
	strv_clear(&part);
}
