/* SPDX-License-Identifier: ISC */
/*
 * Old recordings. The pattern is expanded to plain conversions and cut at its
 * slashes; what lies before the first conversion is opened once, and all that
 * follows is reached from there, one component at a time and never through a
 * symlink: who swaps a directory between the look and the removal gains
 * nothing.
 */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "buf.h"
#include "prune.h"
#include "strv.h"
#include "util.h"

#define PRUNE_MAX	100000 /* files held at a time; the oldest, if more */
#define PRUNE_NS_PER_MS 1000000
#define PRUNE_DIR	(O_PATH | O_DIRECTORY | O_CLOEXEC)

/* Conversions that are other conversions, in the C locale. */
static const struct prune_alias {
	char conv;
	const char *text;
} prune_aliases[] = {
	{ 'D', "%m/%d/%y" },
	{ 'F', "%Y-%m-%d" },
	{ 'R', "%H:%M" },
	{ 'T', "%H:%M:%S" },
	{ 'X', "%H:%M:%S" },
	{ 'c', "%a %b %e %H:%M:%S %Y" },
	{ 'n', "\n" },
	{ 'r', "%I:%M:%S %p" },
	{ 't', "\t" },
	{ 'x', "%m/%d/%y" },
};

/* Conversions that are numbers. */
static const struct prune_number {
	char conv, pad;
	int digits, min, max;
} prune_numbers[] = {
	{ 'C', '0', 2, 0, 99 },
	{ 'G', '0', 4, 1000, 9999 },
	{ 'H', '0', 2, 0, 23 },
	{ 'I', '0', 2, 1, 12 },
	{ 'M', '0', 2, 0, 59 },
	{ 'S', '0', 2, 0, 60 },
	{ 'U', '0', 2, 0, 53 },
	{ 'V', '0', 2, 1, 53 },
	{ 'W', '0', 2, 0, 53 },
	{ 'Y', '0', 4, 1000, 9999 },
	{ 'd', '0', 2, 1, 31 },
	{ 'e', '_', 2, 1, 31 },
	{ 'g', '0', 2, 0, 99 },
	{ 'j', '0', 3, 1, 366 },
	{ 'k', '_', 2, 0, 23 },
	{ 'l', '_', 2, 1, 12 },
	{ 'm', '0', 2, 1, 12 },
	{ 'u', '0', 1, 1, 7 },
	{ 'w', '0', 1, 0, 6 },
	{ 'y', '0', 2, 0, 99 },
};

static const char prune_words[] = "ABPZabhpz";

/* A conversion as it is written: "%-d", "%10Y", "%Ey". */
struct prune_spec {
	char conv;  /* '\0': the pattern ends within it */
	char pad;   /* '-', '_' or '0'; '\0': its own */
	bool loose; /* a width, or '+' */
	size_t len; /* from the % on */
};

enum prune_kind {
	PRUNE_CHAR,
	PRUNE_NUMBER,
	PRUNE_DIGITS,
	PRUNE_WORD,
	PRUNE_ANY
};

/* What a part of a pattern stands for. */
struct prune_token {
	enum prune_kind kind;
	char c;				   /* of PRUNE_CHAR */
	char pad;			   /* of PRUNE_NUMBER */
	const struct prune_number *number; /* of PRUNE_NUMBER */
	size_t len;			   /* in the pattern */
};

struct prune_file {
	char *path;	     /* from the base; NULL: it is gone */
	int64_t size, mtime; /* ns */
	dev_t dev;
	ino_t ino;
};

/* One run. */
struct prune_job {
	const struct prune_limits *limits;
	struct prune_result *r;
	int64_t now;	   /* ms */
	int64_t free;	   /* bytes on the file system */
	struct strv parts; /* of the pattern, between the slashes */
	size_t first;	   /* of the parts that the base does not cover */
	int base;	   /* the directory before it; -1: there is none */
	struct prune_file *files;
	size_t n, cap;
	/* Too many: those newer than `cut` are counted, but not held. */
	bool thinned;
	int64_t cut, rest; /* ns; `rest` is the oldest not held */
};

/* Read the conversion at a '%'. */
static struct prune_spec
prune_parse(const char *text)
{
	struct prune_spec s = { .conv = '\0' };
	const char *p = text + 1;
	size_t width;

	for (; *p != '\0' && strchr("-_0+^#", *p) != NULL; p++) {
		if (*p == '+')
			s.loose = true;
		else if (*p != '^' && *p != '#')
			s.pad = *p;
	}
	width = strspn(p, "0123456789");
	p += width;
	if (width > 0)
		s.loose = true;
	if (*p == 'E' || *p == 'O') /* no difference in the C locale */
		p++;
	s.conv = *p;
	s.len = (size_t)(p - text) + (*p == '\0' ? 0 : 1);
	return s;
}

/* What a conversion is short for, or NULL. */
static const char *
prune_find_alias(char conv)
{
	for (size_t i = 0; i < NELEM(prune_aliases); i++)
		if (prune_aliases[i].conv == conv)
			return prune_aliases[i].text;
	return NULL;
}

/* The number that a conversion makes, or NULL. */
static const struct prune_number *
prune_find_number(char conv)
{
	for (size_t i = 0; i < NELEM(prune_numbers); i++)
		if (prune_numbers[i].conv == conv)
			return &prune_numbers[i];
	return NULL;
}

/* The pattern without abbreviations, which may hide a slash; caller frees. */
static char *
prune_expand(const char *pattern)
{
	struct prune_spec s;
	const char *alias;
	struct buf out;

	buf_init(&out, 0);
	for (const char *p = pattern; *p != '\0'; p += s.len) {
		s = (struct prune_spec){ .len = 1 };
		alias = NULL;
		if (*p == '%') {
			s = prune_parse(p);
			alias = s.loose ? NULL : prune_find_alias(s.conv);
		}
		if (alias != NULL)
			buf_puts(&out, alias);
		else
			buf_put(&out, p, s.len);
	}
	return buf_steal(&out);
}

/* The kind of a conversion; PRUNE_CHAR when it stands for itself. */
static enum prune_kind
prune_kind(const struct prune_spec *s)
{
	bool word = s->conv != '\0' && strchr(prune_words, s->conv) != NULL;
	bool number = prune_find_number(s->conv) != NULL;
	bool other = s->conv == '%' || s->conv == 's' ||
	    prune_find_alias(s->conv) != NULL;

	if (s->loose && (word || number || other))
		return PRUNE_ANY;
	if (s->conv == 's')
		return PRUNE_DIGITS;
	if (word)
		return PRUNE_WORD;
	return number ? PRUNE_NUMBER : PRUNE_CHAR;
}

/* The first token of an expanded pattern that is not empty. */
static struct prune_token
prune_token(const char *p)
{
	struct prune_token t = { .kind = PRUNE_CHAR, .c = *p, .len = 1 };
	struct prune_spec s;

	if (*p != '%')
		return t;
	s = prune_parse(p);
	t.kind = prune_kind(&s);
	if (t.kind != PRUNE_CHAR || s.conv == '%')
		t.len = s.len;
	if (t.kind == PRUNE_NUMBER) {
		t.number = prune_find_number(s.conv);
		t.pad = s.pad != '\0' ? s.pad : t.number->pad;
	}
	return t;
}

/* Cut at the slashes; empty parts do not count. */
static void
prune_split(struct strv *parts, const char *text)
{
	size_t len;

	for (text += strspn(text, "/"); *text != '\0';
	     text += strspn(text, "/")) {
		len = strcspn(text, "/");
		strv_take(parts, xstrndup(text, len));
		text += len;
	}
}

/* The name that a part without conversions stands for, or NULL. */
static char *
prune_literal(const char *part)
{
	char *name = xcalloc(strlen(part) + 1, 1), *end = name;
	struct prune_token t;

	for (; *part != '\0'; part += t.len) {
		t = prune_token(part);
		if (t.kind != PRUNE_CHAR) {
			free(name);
			return NULL;
		}
		*end++ = t.c;
	}
	return name;
}

/* A number as strftime writes it. */
static void
prune_print(const struct prune_token *t, int value, char *out, size_t size)
{
	if (t->pad == '-')
		snprintf(out, size, "%d", value);
	else if (t->pad == '_')
		snprintf(out, size, "%*d", t->number->digits, value);
	else
		snprintf(out, size, "%0*d", t->number->digits, value);
}

/* Are these bytes that number, exactly as strftime writes it? */
static bool
prune_is_number(const struct prune_token *t, const char *s, size_t len)
{
	size_t i = strspn(s, " ");
	char text[16];
	int value = 0;

	for (; i < len; i++) {
		if (!isdigit((unsigned char)s[i]))
			return false;
		value = value * 10 + (s[i] - '0');
	}
	prune_print(t, value, text, sizeof(text));
	return value >= t->number->min && value <= t->number->max &&
	    strlen(text) == len && strncmp(text, s, len) == 0;
}

/* May this byte stand in that run? */
static bool
prune_is_within(enum prune_kind kind, char c)
{
	if (kind == PRUNE_DIGITS)
		return isdigit((unsigned char)c);
	if (kind == PRUNE_WORD)
		return isalnum((unsigned char)c) || c == '+' || c == '-';
	return c != '\0';
}

/* Mark in `to` where a token that begins at name[i] can end. */
static void
prune_reach(const struct prune_token *t, const char *name, size_t i, bool *to)
{
	if (t->kind == PRUNE_CHAR) {
		if (name[i] == t->c)
			to[i + 1] = true;
	} else if (t->kind == PRUNE_NUMBER) {
		for (size_t len = 1; len <= (size_t)t->number->digits; len++)
			if (prune_is_number(t, name + i, len))
				to[i + len] = true;
	} else { /* who came here before has marked the rest */
		for (; prune_is_within(t->kind, name[i]) && !to[i + 1]; i++)
			to[i + 1] = true;
	}
}

/* Does a name fit a part? All ways are followed at once: no backtracking. */
static bool
prune_fits(const char *part, const char *name)
{
	bool marks[2][NAME_MAX + 1], *from = marks[0], *to = marks[1], *swap;
	size_t len = strlen(name);
	struct prune_token t;

	if (util_streq(name, ".") || util_streq(name, ".."))
		return util_streq(name, part);
	if (len > NAME_MAX)
		return false;
	memset(marks, 0, sizeof(marks));
	from[0] = true;
	for (; *part != '\0'; part += t.len) {
		t = prune_token(part);
		memset(to, 0, sizeof(marks[0]));
		for (size_t i = 0; i < len; i++)
			if (from[i])
				prune_reach(&t, name, i, to);
		swap = from;
		from = to;
		to = swap;
	}
	return from[len];
}

bool
prune_matches(const char *pattern, const char *path)
{
	struct strv parts = { 0 }, names = { 0 };
	char *expanded = prune_expand(pattern);
	bool fits;

	prune_split(&parts, expanded);
	prune_split(&names, path);
	fits = names.n == parts.n && names.n > 0 &&
	    (*expanded == '/') == (*path == '/') && !util_has_suffix(path, "/");
	for (size_t i = 0; fits && i < parts.n; i++)
		fits = prune_fits(parts.v[i], names.v[i]);
	strv_clear(&parts);
	strv_clear(&names);
	free(expanded);
	return fits;
}

/* By age, then by name. */
static int
prune_compare(const void *a, const void *b)
{
	const struct prune_file *f = a, *g = b;

	if (f->mtime != g->mtime)
		return f->mtime < g->mtime ? -1 : 1;
	return strcmp(f->path, g->path);
}

/* Oldest first. */
static void
prune_sort(struct prune_job *j)
{
	if (j->n > 0)
		qsort(j->files, j->n, sizeof(*j->files), prune_compare);
}

/* Let go of the newer half, so that memory has a bound. */
static void
prune_thin(struct prune_job *j)
{
	size_t keep = j->n / 2;

	prune_sort(j);
	if (!j->thinned || j->files[keep].mtime < j->rest)
		j->rest = j->files[keep].mtime;
	while (j->n > keep)
		free(j->files[--j->n].path);
	j->cut = j->files[keep - 1].mtime;
	j->thinned = true;
}

/* When it was modified, in ns; the far ends of time are not told apart. */
static int64_t
prune_mtime(const struct stat *st)
{
	int64_t ns;

	if (__builtin_mul_overflow(
		(int64_t)st->st_mtim.tv_sec, INT64_C(1000000000), &ns) ||
	    __builtin_add_overflow(ns, (int64_t)st->st_mtim.tv_nsec, &ns))
		return st->st_mtim.tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

/* Count a file, and hold it unless there are too many older ones. */
static void
prune_add(struct prune_job *j, const char *path, const struct stat *st)
{
	int64_t mtime = prune_mtime(st);

	j->r->files++;
	j->r->bytes += st->st_size;
	if (j->thinned && mtime > j->cut) {
		if (mtime < j->rest)
			j->rest = mtime;
		return;
	}
	if (j->n == j->cap) {
		j->cap = j->cap == 0 ? 64 : j->cap * 2;
		j->files = xrealloc(j->files, j->cap, sizeof(*j->files));
	}
	j->files[j->n++] = (struct prune_file){ .path = xstrdup(path),
		.size = st->st_size,
		.mtime = mtime,
		.dev = st->st_dev,
		.ino = st->st_ino };
	if (j->n >= PRUNE_MAX)
		prune_thin(j);
}

static void
prune_walk(struct prune_job *j, int dir, size_t depth, const char *path);

/* A name that fits: a file of the recording, or a directory on the way. */
static void
prune_visit(struct prune_job *j, int dir, size_t depth, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	struct stat st;
	int fd;

	if (depth == j->parts.n - 1) {
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			prune_add(j, path, &st);
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

/* All that fits in a directory: no deeper than the pattern. */
static void
prune_walk(struct prune_job *j, int dir, size_t depth, const char *path)
{
	const char *part = j->parts.v[depth];
	char *literal = prune_literal(part);
	struct dirent *e;
	DIR *d;

	if (literal != NULL) {
		prune_enter(j, dir, depth, path, literal);
		free(literal);
		return;
	}
	d = prune_list(dir);
	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (prune_fits(part, e->d_name))
			prune_enter(j, dir, depth, path, e->d_name);
	closedir(d);
}

/* Open the directories before the first conversion, as whoever wrote the
 * pattern meant them: symlinks too. */
static void
prune_open(struct prune_job *j, const char *pattern)
{
	char *expanded = prune_expand(pattern), *name;
	struct buf path;

	prune_split(&j->parts, expanded);
	buf_init(&path, 0);
	buf_puts(&path, *expanded == '/' ? "/" : ".");
	for (; j->first + 1 < j->parts.n; j->first++) {
		name = prune_literal(j->parts.v[j->first]);
		if (name == NULL)
			break;
		buf_putf(&path, "/%s", name);
		free(name);
	}
	j->base = j->parts.n == 0 ? -1 : open(buf_text(&path), PRUNE_DIR);
	buf_clear(&path);
	free(expanded);
}

/* Bytes that a user may still fill; no end of them when it is unknown. */
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

/* The directory of a file, found anew from the base; -1 with errno. */
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
prune_is_same(const struct prune_file *f, const struct stat *st)
{
	return S_ISREG(st->st_mode) && f->dev == st->st_dev &&
	    f->ino == st->st_ino && f->mtime == prune_mtime(st);
}

/* Unlink the file; *st is what it was. 0 / -1 with errno. */
static int
prune_unlink(
    const struct prune_job *j, const struct prune_file *f, struct stat *st)
{
	const char *name;
	int dir = prune_parent(j->base, f->path, &name), result = -1, saved;

	if (dir == -1)
		return -1;
	if (fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = ESTALE;
		if (prune_is_same(f, st))
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
prune_remove(struct prune_job *j, struct prune_file *f)
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
prune_is_old(const struct prune_job *j, const struct prune_file *f)
{
	return j->limits->max_age_ms > 0 &&
	    f->mtime / PRUNE_NS_PER_MS < j->now - j->limits->max_age_ms;
}

/* Remove, oldest first, until the limits are kept. */
static void
prune_apply(struct prune_job *j)
{
	size_t last = j->n; /* if thinned, the newest is not among them */
	struct prune_file *f;

	if (!j->thinned && last > 0)
		last--;
	for (size_t i = 0; i < last; i++) {
		f = &j->files[i];
		if (!prune_is_over(j) && !prune_is_old(j, f))
			break;
		if (f->mtime / PRUNE_NS_PER_MS > j->now - PRUNE_QUIET_MS)
			break;
		if (prune_remove(j, f) == -1 && prune_is_old(j, f))
			j->r->full = true;
	}
	if (prune_is_over(j) && (!j->thinned || j->r->removed == 0))
		j->r->full = true;
}

/* Find the oldest that remains. */
static void
prune_find_oldest(struct prune_job *j)
{
	int64_t oldest = j->thinned ? j->rest : 0;

	for (size_t i = 0; i < j->n; i++) {
		if (j->files[i].path == NULL)
			continue;
		oldest = j->files[i].mtime;
		break;
	}
	j->r->oldest_ms = oldest / PRUNE_NS_PER_MS;
}

/* Look for the files, oldest first. */
static void
prune_begin(struct prune_job *j, const char *pattern)
{
	*j->r = (struct prune_result){ 0 };
	prune_open(j, pattern);
	if (j->base == -1)
		return;
	j->free = prune_free_space(j->base);
	prune_walk(j, j->base, j->first, "");
	prune_sort(j);
}

/* Remove, tell what remains, and forget. */
static void
prune_end(struct prune_job *j)
{
	if (j->base != -1) {
		prune_apply(j);
		prune_find_oldest(j);
		close(j->base);
	}
	for (size_t i = 0; i < j->n; i++)
		free(j->files[i].path);
	free(j->files);
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
