/* SPDX-License-Identifier: ISC */
/*
 * The budget of pipe memory is one per process, as the kernel's is per user.
 */
#include "config.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "process/pipes.h"

#define PIPES_DEFAULT	 65536 /* the size of every new pipe */
#define PIPES_MAX	 (1024 * 1024)
#define PIPES_SOFT_PAGES 16384 /* the kernel's own default */

static struct {
	size_t budget, used;
} pipes;

/* Half of the kernel's limit for a user. */
static size_t
pipes_read_budget(void)
{
	size_t len, page = (size_t)sysconf(_SC_PAGESIZE);
	char *text = fs_read("/proc/sys/fs/pipe-user-pages-soft", 64, &len);
	unsigned long pages = PIPES_SOFT_PAGES;

	if (text != NULL)
		pages = strtoul(text, NULL, 10);
	free(text);
	if (pages == 0) /* no limit */
		pages = PIPES_SOFT_PAGES;
	return pages * page / 2;
}

size_t
pipes_budget(void)
{
	if (pipes.budget == 0)
		pipes.budget = pipes_read_budget();
	return pipes.budget;
}

size_t
pipes_used(void)
{
	return pipes.used;
}

size_t
pipes_grow(int fd, size_t frame)
{
	size_t want = PIPES_DEFAULT;
	int got;

	while (want < frame && want < PIPES_MAX)
		want *= 2;
	if (want > PIPES_DEFAULT && pipes.used + want <= pipes_budget())
		(void)fcntl(fd, F_SETPIPE_SZ, (int)want);
	got = fcntl(fd, F_GETPIPE_SZ);
	if (got <= 0)
		return 0;
	if (got > PIPES_DEFAULT)
		pipes.used += (size_t)got;
	return (size_t)got;
}

ssize_t
pipes_read(int fd, void *data, size_t len)
{
	ssize_t n;

	do
		n = read(fd, data, len);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno == EAGAIN)
		return 0;
	return n <= 0 ? -1 : n;
}

static void
pipes_release(size_t size)
{
	if (size > PIPES_DEFAULT)
		pipes.used -= size;
}

void
pipes_close(struct ev_loop *loop, struct ev_io *io, int *fd, size_t size)
{
	if (*fd == -1)
		return;
	ev_io_stop(loop, io);
	close(*fd);
	*fd = -1;
	pipes_release(size);
}
