/* SPDX-License-Identifier: ISC */
/*
 * Names for recordings. Nothing here replaces a file: a name is given by
 * renameat2(RENAME_NOREPLACE), or where a file system lacks it, over an empty
 * file that was made with O_EXCL.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/util.h"
#include "profile/dates.h"
#include "stream/lease.h"
#include "stream/spool.h"

#define SPOOL_HEADER_MAX 4096	/* bytes; a header with its tags is smaller */
#define SPOOL_NUMBERS	 100000 /* files of one name */
#define SPOOL_YOUNG_MS	 10000

/* The kernel's time of birth lags the clock by up to a tick: a file that begins
 * with the minute must not get the minute before. */
#define SPOOL_TICK_MS 10

void
spool_token(char token[WORKNAME_TOKEN_LEN])
{
	uint64_t r;

	if (getrandom(&r, sizeof(r), GRND_NONBLOCK) != (ssize_t)sizeof(r))
		r = ((uint64_t)getpid() << 48) ^ (uint64_t)mono_ns() ^
		    ((uint64_t)wall_ms() << 20);
	snprintf(token, WORKNAME_TOKEN_LEN, "%016llx", (unsigned long long)r);
}

/* --- without a frame ------------------------------------------------------- */

static bool
spool_has(const uint8_t *head, size_t len, const char *what)
{
	return memmem(head, len, what, 4) != NULL;
}

/* Matroska: the EBML header (RFC 8794, 11.2.1) and no Cluster (RFC 9559, 5.1.3).
 * MP4: "ftyp" and neither "moof" nor "mdat" (ISO/IEC 14496-12, 8.1.1, 8.8.4). */
static bool
spool_is_header(const uint8_t *head, size_t len)
{
	if (len < 8)
		return len == 0;
	if (memcmp(head, "\x1a\x45\xdf\xa3", 4) == 0)
		return !spool_has(head, len, "\x1f\x43\xb6\x75");
	return memcmp(head + 4, "ftyp", 4) == 0 &&
	    !spool_has(head, len, "moof") && !spool_has(head, len, "mdat");
}

/* Whether an open file has no frame. */
static bool
spool_is_bare(int fd)
{
	uint8_t head[SPOOL_HEADER_MAX];
	struct stat st;

	if (fstat(fd, &st) == -1 || st.st_size > SPOOL_HEADER_MAX)
		return false;
	return pread(fd, head, sizeof(head), 0) == st.st_size &&
	    spool_is_header(head, (size_t)st.st_size);
}

/* --- names ----------------------------------------------------------------- */

static int64_t
spool_ms(const struct statx_timestamp *t)
{
	return t->tv_sec * 1000 + t->tv_nsec / 1000000;
}

/* When a file was begun. Where the file system does not know: the last read,
 * for nobody has read it yet; or the last write, if that is earlier. */
static int64_t
spool_begun(const char *path, int64_t now)
{
	struct statx st;
	int64_t read, written;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW,
		STATX_BTIME | STATX_ATIME | STATX_MTIME, &st) == -1)
		return now;
	if ((st.stx_mask & STATX_BTIME) && st.stx_btime.tv_sec > 0)
		return spool_ms(&st.stx_btime) + SPOOL_TICK_MS;
	read = spool_ms(&st.stx_atime);
	written = spool_ms(&st.stx_mtime);
	return (read > 0 && read < written ? read : written) + SPOOL_TICK_MS;
}

/* Give a free name. 0 / -1 with errno; EEXIST: it is taken. */
static int
spool_rename(const char *from, const char *to)
{
	int fd, saved;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
		return -1;
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	close(fd);
	if (rename(from, to) == 0)
		return 0;
	saved = errno;
	unlink(to);
	errno = saved;
	return -1;
}

/* Give the first free name of a path: itself, or with a number. Returns the
 * given name, or NULL with errno. Caller frees. */
static char *
spool_give(const char *from, const char *path)
{
	char *to = xstrdup(path);

	for (unsigned n = 2; spool_rename(from, to) == -1; n++) {
		free(to); /* glibc keeps errno */
		if (errno != EEXIST || n > SPOOL_NUMBERS)
			return NULL;
		to = dates_numbered(path, n);
	}
	return to;
}

/* The name by its time; its own extension stays, whatever the pattern says
 * today. Caller frees; NULL: the pattern makes none. */
static char *
spool_final(const struct spool *s, const char *path, int64_t begun)
{
	char *name = calendar_text(s->name.pattern, begun), *own;
	const char *extension = workname_extension(path);

	if (name == NULL || util_has_suffix(name, extension))
		return name;
	own = xasprintf("%.*s%s",
	    (int)(strlen(name) - strlen(workname_extension(name))), name,
	    extension);
	free(name);
	return own;
}

/* The last name for a file: beside the hidden one, whose name identifies it.
 * Caller frees. */
static char *
spool_last_name(const char *path, int64_t begun)
{
	const char *slash = strrchr(path, '/');
	int dir = slash == NULL ? 0 : (int)(slash + 1 - path);
	char *time = calendar_text(WORKNAME_TIME, begun), *name;

	name = xasprintf("%.*s%s_%s", dir, path, time == NULL ? "" : time,
	    path + dir + strlen(WORKNAME_PREFIX));
	free(time);
	return name;
}

/* Give a name where a directory of the final one cannot be made: in the nearest
 * one that takes it, with a '+' for each slash. Returns the given name, or NULL
 * with errno. Caller frees. */
static char *
spool_beside(
    const struct spool *s, const char *path, const char *final, int64_t begun)
{
	size_t fixed = dates_count_fixed(s->name.pattern);
	struct strv parts = { 0 };
	char *given = NULL, *to;

	dates_split(&parts, final);
	for (size_t n = parts.n - 1; given == NULL && n-- > fixed;) {
		to = dates_beside(&parts, n, *final == '/');
		given = spool_give(path, to);
		free(to);
	}
	strv_clear(&parts);
	if (given != NULL)
		return given;
	to = spool_last_name(path, begun);
	given = spool_give(path, to);
	free(to);
	return given;
}

/* The advice for an error at a path. */
static const char *
spool_advice(int error)
{
	static const struct {
		int error;
		const char *advice;
	} all[] = { { ENOTDIR, "move it away" }, { ENOENT, "remove this link" },
		{ ELOOP, "remove this link" },
		{ EACCES, "give ffsup write permission there" },
		{ EPERM, "give ffsup write permission there" },
		{ EROFS, "mount it writable" },
		{ ENOSPC, "free some space there" },
		{ EDQUOT,
		    "free some space "
		    "there" },
		{ ENAMETOOLONG, "choose a shorter name for \"record\"" },
		{ EXDEV,
		    "the directories of the date must be on the same file "
		    "system as the directory above them" } };

	for (size_t i = 0; i < NELEM(all); i++)
		if (all[i].error == error)
			return all[i].advice;
	return "check this disk";
}

/* The first part of a path that is not a directory, or the last existing one;
 * *error becomes its own error, if it has one. Caller frees. */
static char *
spool_find_obstacle(const char *final, int *error)
{
	char *path = xstrdup(final), *last = NULL;
	struct stat st;
	bool none;

	for (char *p = path + strspn(path, "/"); (p = strchr(p, '/')) != NULL;
	     p += strspn(p, "/")) {
		*p = '\0';
		none = stat(path, &st) == -1;
		if (none && errno == ENOENT && lstat(path, &st) == -1)
			break; /* it cannot be made there */
		free(last);
		last = xstrdup(path);
		if (none || !S_ISDIR(st.st_mode)) {
			*error = none ? errno : ENOTDIR;
			break;
		}
		*p = '/';
	}
	if (last == NULL)
		last = xstrdup(*final == '/' ? "/" : ".");
	free(path);
	return last;
}

/* The obstacle to a file's name, and the remedy. Caller frees. */
static char *
spool_why(const char *final, int error)
{
	char *at = spool_find_obstacle(final, &error);
	char *why =
	    xasprintf("%s: %s: %s", at, strerror(error), spool_advice(error));

	free(at);
	return why;
}

static void
spool_say(const struct spool_host *host, enum spool_news news, const char *path,
    const char *why)
{
	host->said(host->ctx, news, path, why);
}

/* Name a file that cannot have its name, for this error. 0 / -1: it stays. */
static int
spool_name_beside(const struct spool *s, const char *path, const char *final,
    int64_t begun, const struct spool_host *host)
{
	char *why = spool_why(final, errno), *given;

	given = spool_beside(s, path, final, begun);
	if (given != NULL)
		spool_say(host, SPOOL_BESIDE, given, why);
	else
		spool_say(host, SPOOL_STRANDED, path, why);
	free(given);
	free(why);
	return given == NULL ? -1 : 0;
}

/* Name one file. 0 / -1: it stays as it is. */
static int
spool_name(const struct spool *s, const char *path, int64_t begun,
    const struct spool_host *host)
{
	char *final = spool_final(s, path, begun), *given = NULL;
	struct stat st;
	int result = 0, saved;

	if (final == NULL)
		return -1; /* of an impossible time */
	if (fs_mkdirs(final, true) == 0)
		given = spool_give(path, final);
	saved = errno;
	if (given != NULL) {
		spool_say(host, SPOOL_NAMED, given, NULL);
	} else if (lstat(path, &st) == -1) {
		result = -1; /* somebody else has named it */
	} else {
		errno = saved;
		result = spool_name_beside(s, path, final, begun, host);
	}
	free(final);
	free(given);
	return result;
}

/* Remove a file without a frame that no process writes to. */
static void
spool_remove(const char *path, const struct spool_host *host)
{
	if (unlink(path) == 0)
		spool_say(host, SPOOL_BARE, path, NULL);
}

/* One file of the current run; `more`: a later one exists, so this one is
 * complete. False: it must wait. */
static bool
spool_settle_one(const struct spool *s, const char *path, bool more,
    int64_t now, const struct spool_host *host)
{
	int fd = lease_open(AT_FDCWD, path);
	bool bare, left;

	if (fd == -1)
		return more;
	bare = spool_is_bare(fd);
	left = more && lease_is_left(fd) != 0;
	close(fd);
	if (bare && left)
		spool_remove(path, host);
	if (bare || (s->late && !more))
		return left;
	return spool_name(s, path, spool_begun(path, now), host) == 0;
}

unsigned
spool_settle(const struct spool *s, int64_t now, const struct spool_host *host)
{
	unsigned first = s->next, n = first;
	char *path = workname_path(&s->name, n), *then;
	struct stat st;
	bool more, there = true, waits = false;

	for (; there; n++) {
		then = workname_path(&s->name, n + 1);
		more = n < s->done || lstat(then, &st) == 0;
		there = more || lstat(path, &st) == 0;
		/* a waiting one holds up none after it */
		waits |= there && !spool_settle_one(s, path, more, now, host);
		if (there && !waits)
			first = n + 1;
		free(path);
		path = then;
	}
	free(path);
	return first;
}

/* --- leftovers of other runs -------------------------------------------- */

/* Whether a name is of another run of this output than the current one. */
static bool
spool_is_other(const struct spool *s, const char *name)
{
	const char *token;

	return workname_is_of(&s->name, name, &token) &&
	    (s->name.token == NULL || !util_has_prefix(token, s->name.token));
}

/* Name one file of another run, or remove it. */
static void
spool_recover_one(const struct spool *s, const char *path, int64_t now,
    const struct spool_host *host)
{
	int fd = lease_open(AT_FDCWD, path);
	bool over, bare;

	if (fd == -1)
		return;
	over = lease_is_over(fd, now);
	bare = spool_is_bare(fd);
	close(fd);
	if (over && bare)
		spool_remove(path, host);
	else if (over)
		spool_name(s, path, spool_begun(path, now), host);
}

/* Their order is that of their numbers. */
static int
spool_compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
spool_is_hidden(const struct dirent *d)
{
	return util_has_prefix(d->d_name, WORKNAME_PREFIX);
}

void
spool_recover(const struct spool *s, int64_t now, const struct spool_host *host)
{
	char *base = dates_base(s->name.pattern);
	struct dirent **names = NULL;
	int n = scandir(base, &names, spool_is_hidden, spool_compare);

	for (int i = 0; i < n; i++) {
		if (spool_is_other(s, names[i]->d_name)) {
			char *path = xasprintf("%s/%s", base, names[i]->d_name);

			spool_recover_one(s, path, now, host);
			free(path);
		}
		free(names[i]);
	}
	free(names);
	free(base);
}

/* --- a fixed name ------------------------------------------------------------ */

/* Make an empty file. 0 / -1 with errno. */
static int
spool_create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	return fd == -1 ? -1 : close(fd);
}

/* Whether a file exists, is empty, and is not being written just now. */
static bool
spool_is_vacant(const char *path, int64_t now)
{
	int fd = lease_open(AT_FDCWD, path);
	struct stat st;
	bool vacant;

	if (fd == -1)
		return false;
	vacant = fstat(fd, &st) == 0 && st.st_size == 0 &&
	    now - st.st_mtim.tv_sec * 1000 > SPOOL_YOUNG_MS &&
	    lease_is_left(fd) != 0;
	close(fd);
	return vacant;
}

char *
spool_choose(const char *path, int64_t now)
{
	char *name = xstrdup(path);
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return name;
	for (unsigned n = 2; spool_create(name) == -1; n++) {
		if (errno != EEXIST || spool_is_vacant(name, now))
			break;
		free(name);
		name = dates_numbered(path, n);
	}
	return name;
}

void
spool_drop(const char *path)
{
	int fd = lease_open(AT_FDCWD, path);
	struct stat st;

	if (fd == -1)
		return;
	if (fstat(fd, &st) == 0 && st.st_size == 0 && lease_is_left(fd) != 0)
		unlink(path);
	close(fd);
}
