/* SPDX-License-Identifier: ISC */
/*
 * Lines on stderr that never block the loop. stderr is shared with whoever
 * started us, so its O_NONBLOCK flag is not ours to set: we ask poll(2) first
 * and keep every line within PIPE_BUF, which a pipe with room takes whole.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/strv.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/util.h"

#define LOG_LINE_MAX PIPE_BUF

struct log_row {
	int priority;	  /* of syslog(3), for the journal */
	const char *word; /* in front of the text, for people */
};

static const struct log_row log_rows[] = {
	[LOG_LEVEL_ERROR] = { 3, "error: " },
	[LOG_LEVEL_WARN] = { 4, "warning: " },
	[LOG_LEVEL_INFO] = { 6, "" },
	[LOG_LEVEL_DEBUG] = { 7, "" },
};
_Static_assert(NELEM(log_rows) == N_LOG_LEVELS, "a row for every level");

/* Those of the program; the linker knows where they begin and end. A program
 * without any has neither. */
extern struct log_site __start_log_sites[] __attribute__((weak));
extern struct log_site __stop_log_sites[] __attribute__((weak));

static enum log_level log_level_max = LOG_LEVEL_INFO;
static bool log_journal;  /* stderr is the journal */
static unsigned log_lost; /* lines since stderr last took one */
static char *(*log_mask)(const char *text);
static bool (*log_revive)(void); /* NULL: nobody can */

/*
 * JOURNAL_STREAM names the device and inode of the journal's socket; it is
 * inherited by programs whose stderr is something else.
 */
static bool
log_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream != NULL && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	    fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev &&
	    st.st_ino == ino;
}

/* The number of places with debug lines. */
static size_t
log_sites(void)
{
	return ((uintptr_t)__stop_log_sites - (uintptr_t)__start_log_sites) /
	    sizeof(struct log_site);
}

void
log_init(enum log_level max)
{
	log_level_max = max;
	log_journal = log_is_journal();
	for (size_t i = 0; i < log_sites(); i++)
		__start_log_sites[i].on = max >= LOG_LEVEL_DEBUG;
}

/* Whether one line can be written now without waiting. */
static bool
log_is_writable(void)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	/* an error (nobody reads any more) shows at once in the write */
	return poll(&p, 1, 0) == 1;
}

/* Write a whole line. False: it was not written; errno is EPIPE when nobody
 * reads. */
static bool
log_try(const char *line, size_t len)
{
	ssize_t n;

	errno = EAGAIN;
	if (!log_is_writable())
		return false;
	do
		n = write(STDERR_FILENO, line, len);
	while (n == -1 && errno == EINTR);
	return n != -1;
}

/* The same, or count it as lost. False when it was lost. */
static bool
log_write(const char *line, size_t len)
{
	bool (*revive)(void) = log_revive;
	bool written = log_try(line, len);

	if (!written && errno == EPIPE && revive != NULL) {
		log_revive = NULL; /* it says that it did so */
		written = revive() && log_try(line, len);
		log_revive = revive;
	}
	if (!written)
		log_lost++;
	return written;
}

void
log_set_revive(bool (*revive)(void))
{
	log_revive = revive;
}

void
log_set_mask(char *(*mask)(const char *text))
{
	log_mask = mask;
}

/* Text may be anything a child or a peer said: a control character in it must
 * neither forge a line nor reach a terminal, and a byte that is not UTF-8 may
 * be a control character to a terminal that speaks Latin-1. Caller clears. */
static void
log_clean(struct buf *out, const char *text)
{
	uint32_t cp;
	size_t len;

	buf_init(out, 0);
	for (; *text != '\0'; text += len) {
		len = utf8_decode(text, &cp);
		if (text_is_control(cp))
			buf_putf(out, "%*s", (int)len, "");
		else if (len == 1 && cp == UTF8_INVALID)
			buf_puts(out, "\xef\xbf\xbd");
		else
			buf_put(out, text, len);
	}
}

/* The start of a line: its priority, or time and level. Returns its length. */
static size_t
log_prefix(enum log_level level, char *out, size_t max)
{
	time_t now = time(NULL);
	struct tm tm;
	size_t len;

	if (log_journal)
		return (size_t)snprintf(
		    out, max, "<%d>", log_rows[level].priority);
	localtime_r(&now, &tm);
	len = strftime(out, max, "%Y-%m-%d %H:%M:%S ", &tm);
	return len +
	    (size_t)snprintf(out + len, max - len, "%s", log_rows[level].word);
}

/* Write one line, cut to the size that a pipe takes whole. False: it was
 * lost. */
static bool
log_put(enum log_level level, const char *text, size_t len)
{
	char line[LOG_LINE_MAX];
	size_t start = log_prefix(level, line, sizeof(line));
	size_t room = sizeof(line) - start - 2; /* newline, NUL */

	while (len > 0 && text[len - 1] == ' ')
		len--;
	if (len <= room) {
		memcpy(line + start, text, len);
	} else {
		len = room - 3;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
		memcpy(line + start, text, len);
		memcpy(line + start + len, "...", 3);
		len += 3;
	}
	line[start + len] = '\n';
	return log_write(line, start + len + 1);
}

/* Format and write one line: masked first, then cut, so that nothing of a
 * secret is left at the end. False when it was lost. */
static bool __attribute__((format(printf, 2, 0)))
log_line(enum log_level level, const char *fmt, va_list ap)
{
	char *text = xvasprintf(fmt, ap), *masked;
	struct buf clean;
	bool written;

	masked = log_mask == NULL ? NULL : log_mask(text);
	log_clean(&clean, masked == NULL ? text : masked);
	written = log_put(level, buf_text(&clean), clean.len);
	buf_clear(&clean);
	free(masked);
	free(text);
	return written;
}

static bool log_say(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
log_say(enum log_level level, const char *fmt, ...)
{
	va_list ap;
	bool said;

	va_start(ap, fmt);
	said = log_line(level, fmt, ap);
	va_end(ap);
	return said;
}

/* Before the first line after a blockade: how many are missing. */
static void
log_confess(void)
{
	unsigned lost = log_lost;

	if (lost == 0)
		return;
	if (log_say(
		LOG_LEVEL_WARN, "log: %u lines lost, stderr was blocked", lost))
		log_lost = 0;
	else
		log_lost = lost; /* the confession itself does not count */
}

static void __attribute__((format(printf, 2, 0)))
log_vat(enum log_level level, const char *fmt, va_list ap)
{
	int saved = errno;

	if (level > log_level_max)
		return;
	log_confess();
	log_line(level, fmt, ap);
	errno = saved;
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vat(LOG_LEVEL_ERROR, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vat(LOG_LEVEL_WARN, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vat(LOG_LEVEL_INFO, fmt, ap);
	va_end(ap);
}

void
log_debug_line(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	log_confess();
	log_line(LOG_LEVEL_DEBUG, fmt, ap);
	va_end(ap);
	errno = saved;
}

/* --- debug lines of some modules ----------------------------------------- */

/* The last part of a path, without its suffix: "relay" of "../src/link/relay.c".
 * Returns its length. */
static size_t
log_base(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');

	*name = slash == NULL ? path : slash + 1;
	return strcspn(*name, ".");
}

/* Whether a name means a module: "relay", "link" or "all". */
static bool
log_is_of(const char *path, const char *word, size_t len)
{
	const char *name;
	size_t n = log_base(path, &name);

	if (len == 3 && memcmp(word, "all", len) == 0)
		return true;
	if (len == n && memcmp(word, name, len) == 0)
		return true;
	return name - path > (ptrdiff_t)len && name[-1] == '/' &&
	    memcmp(name - 1 - len, word, len) == 0 &&
	    (name - 1 - len == path || name[-2 - (ptrdiff_t)len] == '/');
}

/* Turn on what one name means; false: nothing. */
static bool
log_select_one(const char *word, size_t len)
{
	bool known = false;

	for (size_t i = 0; i < log_sites(); i++)
		if (log_is_of(__start_log_sites[i].module, word, len))
			known = __start_log_sites[i].on = true;
	return known || len == 0;
}

static int
log_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of all modules that have debug lines, sorted, each once. */
static void
log_list(struct buf *out)
{
	struct strv names = { 0 };
	const char *name;
	size_t len;

	for (size_t i = 0; i < log_sites(); i++) {
		len = log_base(__start_log_sites[i].module, &name);
		strv_take(&names, xstrndup(name, len));
	}
	if (names.n > 0)
		qsort(names.v, names.n, sizeof(*names.v), log_compare);
	buf_puts(out, "all");
	for (size_t i = 0; i < names.n; i++)
		if (i == 0 || strcmp(names.v[i - 1], names.v[i]) != 0)
			buf_putf(out, ", %s", names.v[i]);
	strv_clear(&names);
}

void
log_select(const char *names)
{
	const char *unknown = NULL;
	size_t len, bad = 0;
	struct buf known;

	for (; names != NULL && *names != '\0'; names += len) {
		names += strspn(names, ", ");
		len = strcspn(names, ", ");
		if (!log_select_one(names, len) && unknown == NULL) {
			unknown = names;
			bad = len;
		}
	}
	if (unknown == NULL)
		return;
	buf_init(&known, 0);
	log_list(&known);
	log_warn("FFSUP_DEBUG: \"%.*s\" is not a module with debug lines; the "
		 "modules are %s",
	    (int)bad, unknown, buf_text(&known));
	buf_clear(&known);
}
