/* SPDX-License-Identifier: ISC */
#ifndef PRUNE_H
#define PRUNE_H

/*
 * Keeps a recording within limits, by removing its oldest files. Its files are
 * recognised by name alone: regular files whose whole path the pattern can have
 * made, those beside a directory that could not be made (spool.h), and with
 * `work` the hidden ones that its runs have left. Nothing else is touched, and
 * empty directories stay.
 *
 * Patterns are those of dates.h. Symlinks are followed in the directories
 * before the first conversion, nowhere else.
 *
 * Never removed: the newest file, for it is being written; a file that any
 * process has open for writing, even another daemon; a file modified in the
 * last PRUNE_QUIET_MS or in the future; the hidden files of the current run. A
 * file that cannot be removed is skipped.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strv.h"
#include "stream/oldest.h"

#define PRUNE_QUIET_MS 10000

struct workname;

/* 0 each: no limit. */
struct prune_limits {
	int64_t max_size;   /* bytes of all files together */
	int64_t max_age_ms; /* since a file's last write */
	int64_t min_free;   /* bytes that the file system keeps free */
	int64_t clock_ms;   /* the time by which age is measured; 0: now */
	const struct workname
	    *work; /* whose hidden files count; NULL: none's */
	/* Called now and then while the disk answers. NULL: none. */
	void (*beat)(void *ctx);
	void *ctx;
};

/* As clock_ms: the time of the newest file, if one exists. */
#define PRUNE_BY_NEWEST (-1)

struct prune_result {
	size_t files; /* that remain, with their bytes */
	int64_t bytes;
	size_t removed;
	int64_t freed;	   /* bytes of those removed */
	bool full;	   /* over a limit, and nothing more may be removed */
	int64_t newest_ms; /* of the newest that is not in the future */
};

/*
 * One look at the disk, which it waits for. A file that cannot be read does not
 * count. The files removed are credited to `min_free` at once: a file system
 * may take its time. A newest file that is too old does not make it full.
 */
void prune_run(const char *pattern, const struct prune_limits *limits,
    int64_t now_wall_ms, struct prune_result *r);

/* One such look, its limits, result and time given. */
struct prune_job {
	const struct prune_limits *limits;
	struct prune_result *r;
	int64_t now;	     /* ms */
	int64_t aged;	     /* ms: age is measured by it */
	int64_t free;	     /* bytes on the file system */
	struct strv parts;   /* of the pattern, between the slashes */
	struct strv *beside; /* for each part: those from it on are one name */
	size_t first;	     /* of the parts that the base does not cover */
	int base;	     /* the directory before it; -1: none */
	struct oldest list;  /* the files found */
};

/* Its two steps: find the files, oldest first; remove, report the rest, and
 * forget. Between them other programs may change the disk. */
void prune_begin(struct prune_job *j, const char *pattern);
void prune_end(struct prune_job *j);

/*
 * The time by which age is measured. The wall clock may be wrong for a while,
 * after a start without a battery or with a bad source of time, and files
 * removed by it would be lost. So a clock that runs ahead is believed only
 * after PRUNE_DOUBT_MS; until then the time goes on from its last value, at
 * first from the newest file. Pure: all zero is a new one.
 */
#define PRUNE_DOUBT_MS (12 * INT64_C(3600000))
#define PRUNE_DRIFT_MS 60000 /* of an honest clock, from look to look */

struct prune_clock {
	int64_t now_ms;	  /* 0: no look yet */
	int64_t mono_ms;  /* of that moment */
	int64_t ahead_ms; /* of the wall clock; 0: they agree */
	int64_t since_ms; /* and since when */
};

/* For clock_ms of the next look. */
int64_t
prune_clock_read(struct prune_clock *c, int64_t wall_ms, int64_t mono_ms);

/* Start from the first look's result; later ones change nothing. */
void prune_clock_set(struct prune_clock *c, const struct prune_result *r,
    int64_t wall_ms, int64_t mono_ms);

#endif
