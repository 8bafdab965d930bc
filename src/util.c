/* SPDX-License-Identifier: ISC */
/*
 * Memory that never returns NULL, clocks, and small helpers for strings and
 * files that every floor uses.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

#define UTIL_WORD_MAX	63   /* longer words get no suggestion */
#define UTIL_READ_FIRST 4096 /* first guess for files without a size */

static void util_no_memory(size_t n, size_t size) __attribute__((noreturn));

/* The one answer to a refused allocation: say how much, and abort. */
static void
util_no_memory(size_t n, size_t size)
{
	fprintf(stderr, "out of memory (%zu x %zu bytes)\n", n, size);
	abort();
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size > 0 ? size : 1);

	if (p == NULL)
		util_no_memory(n, size);
	return p;
}

void *
xrealloc(void *p, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		util_no_memory(n, size);
	p = realloc(p, total > 0 ? total : 1);
	if (p == NULL)
		util_no_memory(n, size);
	return p;
}

char *
xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

/* Copies at most `len` bytes, fewer when a NUL comes first. */
char *
xstrndup(const char *s, size_t len)
{
	char *copy;

	len = strnlen(s, len);
	copy = xcalloc(len + 1, 1);
	memcpy(copy, s, len);
	return copy;
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

char *
xvasprintf(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) == -1)
		util_no_memory(1, 0);
	return s;
}

void *
util_map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	madvise(memory, size, MADV_DONTFORK);
	return memory;
}

void
util_unmap(void *memory, size_t size)
{
	if (memory != NULL)
		munmap(memory, size);
}

/* Nanoseconds of any clock; the ones we ask for cannot fail. */
static int64_t
util_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
mono_ms(void)
{
	return util_clock(CLOCK_MONOTONIC) / 1000000;
}

int64_t
mono_ns(void)
{
	return util_clock(CLOCK_MONOTONIC);
}

int64_t
wall_ms(void)
{
	return util_clock(CLOCK_REALTIME) / 1000000;
}

const char *
util_rfc3339(int64_t wall, char out[UTIL_RFC3339_LEN])
{
	time_t t = (time_t)(wall / 1000);
	struct tm tm;

	if (wall < 0 && wall % 1000 != 0)
		t--;
	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(out, UTIL_RFC3339_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		strcpy(out, "1970-01-01T00:00:00Z");
	return out;
}

/* The pattern is the user's, checked by nobody but strftime(). */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
char *
util_strftime(const char *pattern, int64_t wall)
{
	time_t t = (time_t)(wall / 1000);
	size_t size = strlen(pattern) * 16 + 64; /* "%c" is the widest */
	struct tm tm;
	char *out;

	if (localtime_r(&t, &tm) == NULL)
		return NULL;
	out = xcalloc(size, 1);
	if (strftime(out, size, pattern, &tm) > 0)
		return out;
	free(out);
	return NULL;
}
#pragma GCC diagnostic pop

const char *
util_zone(int season)
{
	tzset();
	return tzname[season == 0 ? 0 : 1];
}

const char *
util_span(int64_t ms, char out[UTIL_SPAN_LEN])
{
	int64_t s;

	if (ms < 0)
		ms = 0;
	s = ms / 1000;
	if (ms < 1000)
		snprintf(out, UTIL_SPAN_LEN, "%d ms", (int)ms);
	else if (s < 60)
		snprintf(out, UTIL_SPAN_LEN, "%d.%d s", (int)s,
		    (int)(ms % 1000 / 100));
	else if (s < 3600)
		snprintf(out, UTIL_SPAN_LEN, "%dm%02ds", (int)(s / 60),
		    (int)(s % 60));
	else if (s < 86400)
		snprintf(out, UTIL_SPAN_LEN, "%dh%02dm", (int)(s / 3600),
		    (int)(s % 3600 / 60));
	else
		snprintf(out, UTIL_SPAN_LEN, "%lldd%02dh",
		    (long long)(s / 86400), (int)(s % 86400 / 3600));
	return out;
}

bool
util_has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
util_has_suffix(const char *s, const char *suffix)
{
	size_t len = strlen(s), want = strlen(suffix);

	return len >= want && strcmp(s + len - want, suffix) == 0;
}

bool
util_is_empty(const char *s)
{
	return s == NULL || *s == '\0';
}

bool
util_streq(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static bool
util_same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t
util_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Edits (insert, delete, replace, swap neighbours) from a to b, both at most
 * UTIL_WORD_MAX long; a different case is no edit.
 */
static size_t
util_distance(const char *a, const char *b)
{
	size_t rows[3][UTIL_WORD_MAX + 1], *now, *last, *before;
	size_t n = strlen(a), m = strlen(b), i, j;
	bool same;

	for (j = 0; j <= m; j++)
		rows[0][j] = j;
	for (i = 1; i <= n; i++) {
		now = rows[i % 3];
		last = rows[(i + 2) % 3];
		before = rows[(i + 1) % 3];
		now[0] = i;
		for (j = 1; j <= m; j++) {
			same = util_same_letter(a[i - 1], b[j - 1]);
			now[j] = last[j - 1] + (same ? 0 : 1);
			now[j] = util_min(now[j], last[j] + 1);
			now[j] = util_min(now[j], now[j - 1] + 1);
			if (i > 1 && j > 1 &&
			    util_same_letter(a[i - 1], b[j - 2]) &&
			    util_same_letter(a[i - 2], b[j - 1]))
				now[j] = util_min(now[j], before[j - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

const char *
util_suggest(const char *word, const char *const *candidates, size_t n)
{
	size_t len = strlen(word), limit = len / 3, distance, i;
	const char *nearest = NULL;

	if (len > UTIL_WORD_MAX)
		return NULL;
	for (i = 0; i < n; i++) {
		if (strlen(candidates[i]) > UTIL_WORD_MAX)
			continue;
		distance = util_distance(word, candidates[i]);
		if (distance > limit)
			continue;
		nearest = candidates[i];
		if (distance == 0)
			break;
		limit = distance - 1; /* only a nearer one is better */
	}
	return nearest;
}

/* xorshift64*, seeded by the clocks and the pid at its first use. */
double
util_random(void)
{
	static uint64_t state;

	if (state == 0) {
		state = (uint64_t)util_clock(CLOCK_REALTIME) ^
		    (uint64_t)mono_ns() << 20 ^ (uint64_t)getpid() << 40;
		state |= 1;
	}
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (double)((state * 0x2545f4914f6cdd1d) >> 11) / (1LL << 53);
}

int
util_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		return -1;
	return fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ? -1 : 0;
}

bool
util_leads_to(const char *path, dev_t dev, ino_t ino)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

bool
util_is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* One directory that may be there already. 0 / -1 with errno. */
static int
util_mkdir(const char *path)
{
	struct stat st;
	int saved;

	if (mkdir(path, 0777) == 0)
		return 0;
	saved = errno; /* not EEXIST alone: "/proc" may say EACCES or EROFS */
	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		saved = ENOTDIR;
	}
	errno = saved;
	return -1;
}

int
util_mkdirs(const char *path, bool parent_only)
{
	char *copy = xstrdup(path), *p = copy;
	int result = 0, saved;

	while (result == 0) {
		p += strspn(p, "/");
		p += strcspn(p, "/");
		if (p[strspn(p, "/")] == '\0')
			break; /* the last part */
		*p = '\0';
		result = util_mkdir(copy);
		*p = '/';
	}
	if (result == 0 && !parent_only)
		result = util_mkdir(copy);
	saved = errno;
	free(copy);
	errno = saved;
	return result;
}

/* Everything from fd, one byte more than `max` at most; NULL with errno. */
static char *
util_read_all(int fd, size_t max, size_t *len)
{
	size_t cap = 0, n = 0;
	char *data = NULL;
	ssize_t got;

	for (;;) {
		if (n == cap) {
			cap = cap == 0 ? UTIL_READ_FIRST : cap * 2;
			data = xrealloc(data, cap + 1, 1);
		}
		got = read(fd, data + n, cap - n);
		if (got == 0)
			break;
		if (got > 0)
			n += (size_t)got;
		else if (errno != EINTR)
			goto fail;
		if (n > max) {
			errno = EFBIG;
			goto fail;
		}
	}
	data[n] = '\0';
	*len = n;
	return data;
fail:
	free(data); /* glibc keeps errno across free */
	return NULL;
}

/* What can be told from outside before reading. 0 / -1 with errno. */
static int
util_check_file(int fd, size_t max)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	if (S_ISDIR(st.st_mode))
		errno = EISDIR;
	else if (!S_ISREG(st.st_mode))
		errno = ENODEV;
	else if ((uintmax_t)st.st_size > max)
		errno = EFBIG;
	else
		return 0;
	return -1;
}

char *
util_read_file(const char *path, size_t max, size_t *len)
{
	/* O_NONBLOCK: a FIFO in its place must not stop us */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), saved;
	char *data = NULL;
	size_t n = 0;

	if (fd == -1)
		return NULL;
	if (util_check_file(fd, max) == 0)
		data = util_read_all(fd, max, &n);
	saved = errno;
	close(fd);
	if (data != NULL && memchr(data, '\0', n) != NULL) {
		free(data);
		data = NULL;
		saved = EINVAL;
	}
	errno = saved;
	if (data != NULL && len != NULL)
		*len = n;
	return data;
}
