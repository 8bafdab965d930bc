/* SPDX-License-Identifier: ISC */
#ifndef PROCFS_H
#define PROCFS_H

/*
 * Facts about processes from /proc. Only reads: child.c signals and waits.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The environment of a process, entries ended by NUL, *len bytes and one NUL
 * more; NULL: it cannot be read. Caller frees. */
char *procfs_environ(pid_t pid, size_t *len);

/* Our children by the kernel's list; -1: a kernel without CONFIG_PROC_CHILDREN.
 * Calls `each` for every one and adds up the results. */
int procfs_children(int (*each)(pid_t pid));

/* The parent of a process, and its birth, in ticks since the machine's start.
 * False: no such process, or it is dead. */
bool procfs_stat(pid_t pid, int *parent, unsigned long long *birth);

/* Bytes that a process has written so far with write(2), which is not all that it
 * has sent to sockets; -1: not known. */
int64_t procfs_written(pid_t pid);

/* What a process and its descendants use. */
struct procfs_usage {
	int64_t cpu_ms; /* of their lives, and of children that are gone */
	int64_t rss;	/* bytes of memory */
	int64_t age_ms; /* of the process */
};

/* False: no such process. */
bool procfs_usage(pid_t pid, struct procfs_usage *u);

/* The inodes of the sockets of a process and of its descendants; how many. A
 * kernel without CONFIG_PROC_CHILDREN knows no descendants. */
size_t procfs_sockets(pid_t pid, uint32_t *v, size_t max);

/* The work of a process and of its descendants. */
struct procfs_work {
	char status; /* as in proc(5): of one that is stopped or waits for a
			disk, else of the process itself */
	int64_t cpu_ms;
	int64_t wrote; /* bytes, as of procfs_written(), as far as known */
};

/* False: no such process. */
bool procfs_work(pid_t pid, struct procfs_work *w);

/* Whether such a process exists, and is not dead. */
bool procfs_is_running(pid_t pid);

/* Whether a process is ourselves, or our ancestor. */
bool procfs_is_ancestor(pid_t pid);

#endif
