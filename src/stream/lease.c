/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stream/lease.h"

#define LEASE_QUIET_MS 120000 /* where writers cannot be known */

int
lease_open(int dir, const char *name)
{
	int how = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = openat(dir, name, how | O_NOATIME);
	struct stat st;

	if (fd == -1 && errno == EPERM) /* somebody else's */
		fd = openat(dir, name, how);
	if (fd == -1 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

/* A read lease is granted only while nobody has the file open for writing. A
 * process that opens it this moment breaks the lease: with a signal that we
 * ignore. */
int
lease_is_left(int fd)
{
	if (fcntl(fd, F_SETSIG, SIGURG) == 0 &&
	    fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
		fcntl(fd, F_SETLEASE, F_UNLCK);
		return 1;
	}
	return errno == EAGAIN ? 0 : -1;
}

bool
lease_is_over(int fd, int64_t now)
{
	int left = lease_is_left(fd);
	struct stat st;

	if (left != -1 || fstat(fd, &st) == -1)
		return left == 1;
	return now - st.st_mtim.tv_sec * 1000 > LEASE_QUIET_MS;
}
