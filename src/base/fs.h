/* SPDX-License-Identifier: ISC */
#ifndef FS_H
#define FS_H

/*
 * Files, directories and descriptors. What names a path waits for its disk.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Set O_NONBLOCK on our own end of a pipe or socket. 0 / -1. */
int fd_nonblock(int fd);

bool fs_is_directory(const char *path);

/* Whether the name, itself not a link, leads to this file. */
bool fs_leads_to(const char *path, dev_t dev, ino_t ino);

/* mkdir -p of `path` (its parent with `parent_only`). 0 / -1 with errno. */
int fs_mkdirs(const char *path, bool parent_only);

/*
 * The whole regular file as a NUL-terminated string, capped; `len` may be NULL.
 * NULL with errno: EFBIG when it is larger than `max`, EISDIR, ENODEV for what
 * is not a file, EINVAL for a NUL inside.
 */
char *fs_read(const char *path, size_t max, size_t *len);

#endif
