/* SPDX-License-Identifier: ISC */
/* Questions to the file system; each call may wait for its disk. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/util.h"

#define FS_READ_FIRST 4096 /* first guess for files without a size */

int
fs_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		return -1;
	return fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ? -1 : 0;
}

bool
fs_leads_to(const char *path, dev_t dev, ino_t ino)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

bool
fs_is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* One directory that may be there already. 0 / -1 with errno. */
static int
fs_mkdir(const char *path)
{
	struct stat st;
	int saved;

	if (mkdir(path, 0777) == 0)
		return 0;
	saved = errno; /* not EEXIST alone: "/proc" may say EACCES or EROFS */
	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		saved = ENOTDIR;
	}
	errno = saved;
	return -1;
}

int
fs_mkdirs(const char *path, bool parent_only)
{
	char *copy = xstrdup(path), *p = copy;
	int result = 0, saved;

	while (result == 0) {
		p += strspn(p, "/");
		p += strcspn(p, "/");
		if (p[strspn(p, "/")] == '\0')
			break; /* the last part */
		*p = '\0';
		result = fs_mkdir(copy);
		*p = '/';
	}
	if (result == 0 && !parent_only)
		result = fs_mkdir(copy);
	saved = errno;
	free(copy);
	errno = saved;
	return result;
}

/* Everything from fd, one byte more than `max` at most; NULL with errno. */
static char *
fs_read_all(int fd, size_t max, size_t *len)
{
	size_t cap = 0, n = 0;
	char *data = NULL;
	ssize_t got;

	for (;;) {
		if (n == cap) {
			cap = cap == 0 ? FS_READ_FIRST : cap * 2;
			data = xrealloc(data, cap + 1, 1);
		}
		got = read(fd, data + n, cap - n);
		if (got == 0)
			break;
		if (got > 0)
			n += (size_t)got;
		else if (errno != EINTR)
			goto fail;
		if (n > max) {
			errno = EFBIG;
			goto fail;
		}
	}
	data[n] = '\0';
	*len = n;
	return data;
fail:
	free(data); /* glibc keeps errno across free */
	return NULL;
}

/* The checks that need no reading. 0 / -1 with errno. */
static int
fs_check_file(int fd, size_t max)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	if (S_ISDIR(st.st_mode))
		errno = EISDIR;
	else if (!S_ISREG(st.st_mode))
		errno = ENODEV;
	else if ((uintmax_t)st.st_size > max)
		errno = EFBIG;
	else
		return 0;
	return -1;
}

char *
fs_read(const char *path, size_t max, size_t *len)
{
	/* O_NONBLOCK: a FIFO in its place must not stop us */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), saved;
	char *data = NULL;
	size_t n = 0;

	if (fd == -1)
		return NULL;
	if (fs_check_file(fd, max) == 0)
		data = fs_read_all(fd, max, &n);
	saved = errno;
	close(fd);
	errno = saved;
	if (data != NULL && len != NULL)
		*len = n;
	return data;
}

int64_t
fs_mtime_ns(const struct stat *st)
{
	int64_t ns;

	if (__builtin_mul_overflow(
		(int64_t)st->st_mtim.tv_sec, INT64_C(1000000000), &ns) ||
	    __builtin_add_overflow(ns, (int64_t)st->st_mtim.tv_nsec, &ns))
		return st->st_mtim.tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

size_t
fs_write_all(int fd, const void *data, size_t len)
{
	size_t at = 0;
	ssize_t n;

	while (at < len) {
		n = write(fd, (const char *)data + at, len - at);
		if (n > 0) {
			at += (size_t)n;
		} else if (n == 0) {
			errno = EIO; /* nothing went, and nothing says why */
			break;
		} else if (errno != EINTR) {
			break;
		}
	}
	return at;
}

int
fs_write_wait(int fd, const void *data, size_t len, int timeout_ms)
{
	const char *at = data;
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	size_t n;

	while (len > 0) {
		n = fs_write_all(fd, at, len);
		at += n;
		len -= n;
		if (len == 0)
			break;
		if (errno != EAGAIN)
			return -1;
		if (poll(&p, 1, timeout_ms) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
	return 0;
}

int
fs_memfd(const char *name, const void *data, size_t len)
{
	int fd = memfd_create(name, MFD_CLOEXEC), err;

	if (fd == -1)
		return -1;
	if (fs_write_all(fd, data, len) == len && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}
