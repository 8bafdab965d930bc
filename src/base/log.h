/* SPDX-License-Identifier: ISC */
#ifndef LOG_H
#define LOG_H

/*
 * One-line messages on stderr: "object: what happened, why (numbers)". Under
 * journald (JOURNAL_STREAM is set) each line carries its priority as "<N>", on
 * anything else a local time. A blocked stderr never blocks the loop: a line
 * that cannot be written is counted and the count is said later. errno is left
 * as it was found.
 *
 * A debug line belongs to a module: the name of its file, without folder and
 * suffix, or the LOG_MODULE that the file defines before it includes this.
 * Every place with a debug line puts itself into a list of them (a section of
 * the program), so that no list is kept by hand; a line that is off costs a
 * load and a branch.
 */

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
	N_LOG_LEVELS
};

/* A place with a debug line. */
struct log_site {
	const char *module; /* a path of a source file, or a plain name */
	bool on;
};

/* Up to LOG_LEVEL_DEBUG: the debug lines of all modules. */
void log_init(enum log_level max);

/* Every line goes through it on its way out; NULL: as it is. The copy that it
 * returns is freed. */
void log_set_mask(char *(*mask)(const char *text));

/* Called when nobody reads stderr any more: true, somebody does again, and the
 * line is written once more. It may write lines itself. NULL: nobody. */
void log_set_revive(bool (*revive)(void));

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#ifndef LOG_MODULE
#define LOG_MODULE __FILE__
#endif

#define log_debug(...)                                                        \
	do {                                                                  \
		static struct log_site log_here                               \
		    __attribute__((used, section("log_sites"),                \
			aligned(sizeof(void *)))) = { .module = LOG_MODULE }; \
                                                                              \
		if (log_here.on)                                              \
			log_debug_line(__VA_ARGS__);                          \
	} while (0)

/* The function behind log_debug(), where that is on. */
void log_debug_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The debug lines of these modules, too: names separated by commas, of modules
 * or of folders, or "all"; NULL: none. A name that is not known: one warning,
 * which lists those that are. Call it after log_init(). */
void log_select(const char *names);

#endif
