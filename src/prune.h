/* SPDX-License-Identifier: ISC */
#ifndef PRUNE_H
#define PRUNE_H

/*
 * Keeps a recording within limits, by removing its oldest files. What belongs
 * to it is told by name alone: regular files whose whole path the pattern can
 * have made. Of the rest nothing is touched, and directories stay when they
 * are empty.
 *
 * A pattern is strftime(3)'s, in the C locale as ffmpeg calls it. Numbers have
 * their exact digits and range; names of days, months and zones are a run of
 * letters, digits, + and -; a conversion with a width or a flag + is a run of
 * anything; an unknown one stands for itself, as in glibc. Nothing matches a
 * '/', and no conversion "." or "..". Symlinks are followed in the directories
 * before the first conversion, nowhere else.
 *
 * Never removed: the newest file, for it is being written, and any that was
 * modified in the last PRUNE_QUIET_MS or in the future. A file that cannot be
 * removed is passed over.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRUNE_QUIET_MS 10000

/* 0 each: no limit. */
struct prune_limits {
	int64_t max_size;   /* bytes of all files together */
	int64_t max_age_ms; /* since a file was last written */
	int64_t min_free;   /* bytes that the file system keeps free */
};

struct prune_result {
	size_t files; /* that remain, with their bytes */
	int64_t bytes;
	size_t removed;
	int64_t freed;	   /* bytes of those removed */
	bool full;	   /* over a limit, and nothing more may be removed */
	int64_t oldest_ms; /* wall time of the oldest that remains; 0: none */
};

/*
 * One look at the disk, which it waits for. What cannot be read counts as not
 * there. The files removed are credited to `min_free` at once: a file system
 * may take its time. A newest file that is too old does not make it full.
 */
void prune_run(const char *pattern, const struct prune_limits *limits,
    int64_t now_wall_ms, struct prune_result *r);

/* Can strftime have made this path of the pattern? */
bool prune_matches(const char *pattern, const char *path);

#endif
