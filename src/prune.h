/* SPDX-License-Identifier: ISC */
#ifndef PRUNE_H
#define PRUNE_H

/*
 * Old recordings make room for new ones. A recording is known by its name:
 * what strftime(3) can have made of the pattern, and nothing else, is ours to
 * remove. Oldest first; never the newest, which is being written, nor what was
 * written to within the last seconds.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prune_limits {
	int64_t max_size;   /* bytes of all files together; 0: no limit */
	int64_t max_age_ms; /* 0: no limit */
	int64_t min_free;   /* bytes that the file system keeps free; 0 */
};

struct prune_result {
	size_t files;  /* that remain */
	int64_t bytes; /* of those */
	size_t removed;
	int64_t freed; /* bytes */
	bool full;     /* a limit is not kept, and nothing can be removed */
};

/* `pattern` is the path of an output's "record". */
void prune_run(const char *pattern, const struct prune_limits *l,
    int64_t now_wall_ms, struct prune_result *r);

/* Whether strftime() can have made this name of that pattern; both without
 * a slash, the pattern expanded by prune_expand(). */
bool prune_fits(const char *pattern, const char *name);

/* The pattern with conversions such as %F written out. Caller frees. */
char *prune_expand(const char *pattern);

#endif
