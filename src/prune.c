/* SPDX-License-Identifier: ISC */
/*
 * Walks only where the pattern leads. A link in a file's place is no recording.
 */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "buf.h"
#include "log.h"
#include "prune.h"
#include "util.h"

/* What was written to so lately may still be written to. */
#define PRUNE_FRESH_MS 10000

struct prune_file {
	char *path; /* owned */
	int64_t bytes, mtime_ns;
};

struct prune_walk {
	struct prune_file *v; /* owned */
	size_t n;
};

/* Conversions of strftime(3) that stand for others. */
static const struct {
	char conv;
	const char *is;
} prune_composed[] = { { 'F', "%Y-%m-%d" }, { 'T', "%H:%M:%S" },
	{ 'R', "%H:%M" }, { 'D', "%m/%d/%y" } };

/* Those with a fixed number of digits. */
static const struct {
	char conv;
	int digits;
} prune_digits[] = { { 'Y', 4 }, { 'G', 4 }, { 'C', 2 }, { 'y', 2 }, { 'g', 2 },
	{ 'm', 2 }, { 'd', 2 }, { 'H', 2 }, { 'I', 2 }, { 'M', 2 }, { 'S', 2 },
	{ 'U', 2 }, { 'V', 2 }, { 'W', 2 }, { 'j', 3 }, { 'u', 1 },
	{ 'w', 1 } };

char *
prune_expand(const char *pattern)
{
	struct buf b;

	buf_init(&b, 0);
	for (const char *p = pattern; *p != '\0'; p++) {
		const char *is = NULL;

		for (size_t i = 0; *p == '%' && i < NELEM(prune_composed); i++)
			if (p[1] == prune_composed[i].conv)
				is = prune_composed[i].is;
		if (is != NULL) {
			buf_puts(&b, is);
			p++;
			continue;
		}
		buf_put(&b, p, 1);
		if (*p == '%' && p[1] != '\0') /* "%%F" is no %F */
			buf_put(&b, ++p, 1);
	}
	return buf_steal(&b);
}

/* --- names -------------------------------------------------------------- */

static int
prune_digits_of(char conv)
{
	for (size_t i = 0; i < NELEM(prune_digits); i++)
		if (prune_digits[i].conv == conv)
			return prune_digits[i].digits;
	return 0;
}

static bool
prune_is_digits(const char *s, int n)
{
	for (int i = 0; i < n; i++)
		if (!isdigit((unsigned char)s[i]))
			return false;
	return true;
}

/* A conversion of any length: a word, a zone, seconds since the epoch. */
static bool
prune_fits_word(const char *rest, const char *name, bool digits)
{
	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		if (digits ? !isdigit(c)
			   : !isalnum(c) && strchr("+-.: ", c) == NULL)
			return false;
		if (prune_fits(rest, name + 1))
			return true;
	}
	return false;
}

bool
prune_fits(const char *pattern, const char *name)
{
	int n;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '%' || pattern[1] == '\0') {
			if (*name++ != *pattern)
				return false;
			continue;
		}
		pattern++;
		n = prune_digits_of(*pattern);
		if (*pattern == '%') {
			if (*name++ != '%')
				return false;
		} else if (n == 0) {
			return prune_fits_word(
			    pattern + 1, name, *pattern == 's');
		} else if (!prune_is_digits(name, n)) {
			return false;
		} else {
			name += n;
		}
	}
	return *name == '\0';
}

/* --- walking ------------------------------------------------------------ */

static void
prune_add(struct prune_walk *w, const char *path, const struct stat *st)
{
	w->v = xrealloc(w->v, w->n + 1, sizeof(*w->v));
	w->v[w->n++] = (struct prune_file){
		.path = xstrdup(path),
		.bytes = (int64_t)st->st_blocks * 512,
		.mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 +
		    st->st_mtim.tv_nsec,
	};
}

static void
prune_walk(struct prune_walk *w, int dir, const char *at, const char *pattern);

/* One name of a directory that fits the pattern's next part. */
static void
prune_visit(struct prune_walk *w, int dir, const char *path, const char *rest)
{
	const char *name = strrchr(path, '/') + 1;
	struct stat st;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	if (rest == NULL) {
		if (S_ISREG(st.st_mode))
			prune_add(w, path, &st);
		return;
	}
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1)
		prune_walk(w, fd, path, rest);
}

/* Everything below `at` that fits; takes the descriptor. */
static void
prune_walk(struct prune_walk *w, int dir, const char *at, const char *pattern)
{
	size_t len = strcspn(pattern, "/");
	char *part = xstrndup(pattern, len), *path;
	const char *rest = pattern[len] == '/' ? pattern + len + 1 : NULL;
	DIR *d = fdopendir(dir);
	const struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' || !prune_fits(part, e->d_name))
			continue;
		path = xasprintf("%s/%s", at, e->d_name);
		prune_visit(w, dir, path, rest);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	else
		close(dir);
	free(part);
}

/* The part of the pattern without conversions is the directory to begin in;
 * what is left of it is returned. */
static char *
prune_root(const char *pattern, const char **rest)
{
	const char *conv = strchr(pattern, '%');
	const char *slash = conv == NULL
	    ? strrchr(pattern, '/')
	    : memrchr(pattern, '/', (size_t)(conv - pattern));

	*rest = slash == NULL ? pattern : slash + 1;
	if (slash == NULL)
		return xstrdup(".");
	return xstrndup(pattern, (size_t)(slash - pattern));
}

/* --- removing ----------------------------------------------------------- */

static int
prune_cmp(const void *a, const void *b)
{
	const struct prune_file *fa = a, *fb = b;

	if (fa->mtime_ns != fb->mtime_ns)
		return fa->mtime_ns < fb->mtime_ns ? -1 : 1;
	return strcmp(fa->path, fb->path);
}

/* Bytes that the file system is short of what it is to keep free. */
static int64_t
prune_short(const char *root, int64_t min_free)
{
	struct statvfs fs;

	if (min_free == 0 || statvfs(root, &fs) == -1)
		return 0;
	return min_free - (int64_t)(fs.f_bavail * fs.f_frsize);
}

/* Whether this file has to go, being the oldest that is left. */
static bool
prune_is_due(const struct prune_file *f, const struct prune_limits *l,
    int64_t now_ms, const struct prune_result *r, int64_t wanted)
{
	return (l->max_age_ms > 0 &&
		   now_ms - f->mtime_ns / 1000000 > l->max_age_ms) ||
	    (l->max_size > 0 && r->bytes > l->max_size) || r->freed < wanted;
}

/* Remove from the oldest on until the limits are kept. */
static void
prune_remove(const struct prune_walk *w, const struct prune_limits *l,
    int64_t now_ms, int64_t wanted, struct prune_result *r)
{
	for (size_t i = 0; i + 1 < w->n; i++) {
		const struct prune_file *f = &w->v[i];

		if (!prune_is_due(f, l, now_ms, r, wanted) ||
		    now_ms - f->mtime_ns / 1000000 < PRUNE_FRESH_MS)
			return;
		if (unlink(f->path) == -1) {
			log_warn("%s: cannot be removed: %s", f->path,
			    strerror(errno));
			continue;
		}
		r->removed++;
		r->freed += f->bytes;
		r->files--;
		r->bytes -= f->bytes;
	}
}

void
prune_run(const char *pattern, const struct prune_limits *l,
    int64_t now_wall_ms, struct prune_result *r)
{
	char *expanded = prune_expand(pattern);
	const char *rest;
	char *root = prune_root(expanded, &rest);
	int fd = open(
	    *root == '\0' ? "/" : root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct prune_walk w = { .v = NULL };
	int64_t wanted;

	*r = (struct prune_result){ .files = 0 };
	if (fd != -1)
		prune_walk(&w, fd, root, rest);
	if (w.n > 0)
		qsort(w.v, w.n, sizeof(*w.v), prune_cmp);
	for (size_t i = 0; i < w.n; i++)
		r->bytes += w.v[i].bytes;
	r->files = w.n;
	wanted = prune_short(root, l->min_free);
	prune_remove(&w, l, now_wall_ms, wanted, r);
	r->full = (l->max_size > 0 && r->bytes > l->max_size) ||
	    (wanted > 0 && r->freed < wanted);
	for (size_t i = 0; i < w.n; i++)
		free(w.v[i].path);
	free(w.v);
	free(root);
	free(expanded);
}
