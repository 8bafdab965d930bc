/* SPDX-License-Identifier: ISC */
#ifndef RUNLOG_H
#define RUNLOG_H

/*
 * The stderr lines of a worker's runs: a ring of lines for each run, the last
 * runs kept. A line equal to the one before it is counted, not kept again:
 * damaged cameras repeat themselves by the thousand.
 */

#include <stddef.h>
#include <stdint.h>

struct runlog_line {
	char *text;	 /* owned, masked */
	int64_t wall;	 /* of its first appearance, ms since the epoch */
	int64_t at_ms;	 /* monotonic, of its latest appearance */
	unsigned repeat; /* further appearances in a row */
};

struct runlog_run {
	unsigned number;       /* of the run, from 1 */
	struct runlog_line *v; /* owned ring of `cap` */
	size_t first, n, cap;
	uint64_t lost; /* lines that fell out of the ring */
};

struct runlog {
	struct runlog_run *runs; /* owned, oldest first */
	size_t n, max_runs, max_lines;
};

void runlog_init(struct runlog *l, size_t max_lines, size_t max_runs);
void runlog_clear(struct runlog *l);

/* Change the caps; runs and lines beyond them go, oldest first. */
void runlog_resize(struct runlog *l, size_t max_lines, size_t max_runs);

/* Begin a new run; the oldest one goes when they are too many. */
void runlog_begin(struct runlog *l, unsigned number);

/* Add a line to the newest run. The line as kept (borrowed until the next
 * change), or NULL when it was folded into the one before. */
const struct runlog_line *
runlog_add(struct runlog *l, const char *text, int64_t wall, int64_t at_ms);

/* The newest run, or NULL before the first. */
const struct runlog_run *runlog_last(const struct runlog *l);

/* Line i of a run, 0 the oldest. */
const struct runlog_line *runlog_line(const struct runlog_run *r, size_t i);

#endif
