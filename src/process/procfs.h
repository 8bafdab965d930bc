/* SPDX-License-Identifier: ISC */
#ifndef PROCFS_H
#define PROCFS_H

/*
 * What /proc says of processes. It is only read here: who signals and waits is
 * child.c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The environment of a process, entries ended by NUL, *len bytes and one NUL
 * more; NULL: it cannot be read. Caller frees. */
char *procfs_environ(pid_t pid, size_t *len);

/* Our children by the kernel's list; -1: a kernel without CONFIG_PROC_CHILDREN.
 * Each is told to `each` in turn, whose results are added up. */
int procfs_children(int (*each)(pid_t pid));

/* The parent of a process, and its birth, in ticks since the machine's start.
 * False: there is no such process, or it is dead. */
bool procfs_stat(pid_t pid, int *parent, unsigned long long *birth);

/* Whether there is such a process, and it is not dead. */
bool procfs_is_running(pid_t pid);

/* Whether a process is we, or an ancestor of ours. */
bool procfs_is_ancestor(pid_t pid);

#endif
