/* SPDX-License-Identifier: ISC */
#ifndef LEASE_H
#define LEASE_H

/*
 * Whether any process writes to a file. The kernel knows it for the files of
 * this machine. Waits for the disk.
 */

#include <stdbool.h>
#include <stdint.h>

/* Open a regular file below a directory without a trace (no access time); -1
 * with errno: it is not a regular file. */
int lease_open(int dir, const char *name);

/* 1: no process has it open for writing, 0: one has, -1: unknown here. */
int lease_is_left(int fd);

/* Whether no process writes to it; where that is unknown, whether it has been
 * quiet for long. */
bool lease_is_over(int fd, int64_t now_wall_ms);

#endif
