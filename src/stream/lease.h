/* SPDX-License-Identifier: ISC */
#ifndef LEASE_H
#define LEASE_H

/*
 * Whether anybody writes to a file, which the kernel knows of the files of this
 * machine. Waits for the disk.
 */

#include <stdbool.h>
#include <stdint.h>

/* Open a regular file below a directory to look at, so that nobody sees that it
 * was; -1 with errno: it is none. */
int lease_open(int dir, const char *name);

/* 1: nobody has it open for writing, 0: somebody has, -1: it cannot be known
 * here. */
int lease_is_left(int fd);

/* Whether nobody writes to it; where that cannot be known, whether it has been
 * quiet for long. */
bool lease_is_over(int fd, int64_t now_wall_ms);

#endif
