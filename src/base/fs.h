/* SPDX-License-Identifier: ISC */
#ifndef FS_H
#define FS_H

/*
 * Files, directories and descriptors. Each function with a path waits for its
 * disk.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stat;

/* Set O_NONBLOCK on our own end of a pipe or socket. 0 / -1. */
int fs_nonblock(int fd);

bool fs_is_directory(const char *path);

/* Whether the name, itself not a link, leads to this file. */
bool fs_leads_to(const char *path, dev_t dev, ino_t ino);

/* When it was modified, in ns, clamped to what int64_t can hold. */
int64_t fs_mtime_ns(const struct stat *st);

/* Write all. The number of bytes written: with fewer than `len`, errno says why
 * (EAGAIN: no room now); a signal does not end it. */
size_t fs_write_all(int fd, const void *data, size_t len);

/* Write all, waiting up to `timeout_ms` (-1: for ever) each time the descriptor
 * has no room. 0 / -1 with errno, ETIMEDOUT when it has waited in vain. */
int fs_write_wait(int fd, const void *data, size_t len, int timeout_ms);

/* A file without a name that holds these bytes, to be read from its beginning.
 * The descriptor, or -1 with errno. */
int fs_memfd(const char *name, const void *data, size_t len);

/* mkdir -p of `path` (its parent with `parent_only`). 0 / -1 with errno. */
int fs_mkdirs(const char *path, bool parent_only);

/*
 * The whole regular file, and a NUL after its `len` bytes, among which there may
 * be others; `len` may be NULL. NULL with errno: EFBIG when it is larger than
 * `max`, EISDIR, ENODEV for what is not a file.
 */
char *fs_read(const char *path, size_t max, size_t *len);

#endif
