/* SPDX-License-Identifier: ISC */
#ifndef USAGE_H
#define USAGE_H

/*
 * How much of the machine some processes and their children use, by /proc, asked
 * when somebody wants to know: nothing is measured while nobody looks.
 */

#include <stdint.h>
#include <sys/types.h>

#include "process/procfs.h"

#define USAGE_MAX 32 /* processes; more are left out */

struct usage {
	int64_t at_ms; /* of the last look, monotonic; 0: none yet */
	size_t n;
	struct usage_one {
		pid_t pid;
		struct procfs_usage used;
	} v[USAGE_MAX]; /* private: as they were then */
	double cpu;	/* percent of one processor; -1: not known */
	int64_t rss;	/* bytes of memory; -1: not known */
};

/*
 * Look at these processes. `cpu` is that since the last look; at the first one, and
 * if the last was more than a minute ago, the mean since each process began, as ps
 * has it. Within a second the last values stay.
 */
void usage_look(struct usage *u, const pid_t *pids, size_t n, int64_t now_ms);

#endif
