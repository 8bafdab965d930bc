/* SPDX-License-Identifier: ISC */
#ifndef LOG_H
#define LOG_H

/*
 * One-line messages on stderr: "object: what happened, why (numbers)". Under
 * journald (JOURNAL_STREAM is set) each line carries its priority as "<N>",
 * on anything else a local time. A blocked stderr never blocks the loop: a
 * line that cannot be written is counted and the count is said later.
 * errno is left as it was found.
 */

#include <stdarg.h>
#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
	N_LOG_LEVELS
};

void log_init(enum log_level max);
enum log_level log_max(void);

/* Every line goes through it on its way out; NULL: as it is. The copy that it
 * returns is freed. */
void log_set_mask(char *(*mask)(const char *text));

/* Called when nobody reads stderr any more: true, somebody does again, and the
 * line is written once more. It may write lines itself. NULL: nobody. */
void log_set_revive(bool (*revive)(void));

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_vat(enum log_level level, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

#endif
