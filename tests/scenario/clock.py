# SPDX-License-Identifier: ISC
"""A wall clock that is wrong, for a daemon and its children."""

import subprocess

CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long offset(void)
{
	char text[32] = "";
	int fd = open(getenv("CLOCK_OFFSET"), O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, 31) < 0)
		return 0;
	close(fd);
	return atol(text);
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	static int (*real)(clockid_t, struct timespec *);
	int r;

	if (real == NULL)
		real = dlsym(RTLD_NEXT, "clock_gettime");
	r = real(id, ts);
	if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
		ts->tv_sec += offset();
	return r;
}

int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	struct timespec ts;

	(void)tz;
	clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *t)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (t != NULL)
		*t = ts.tv_sec;
	return ts.tv_sec;
}

/* libev asks the kernel without libc's clock_gettime */
long syscall(long n, ...)
{
	static long (*real)(long, ...);
	long a[6];
	va_list ap;

	if (real == NULL)
		real = dlsym(RTLD_NEXT, "syscall");
	va_start(ap, n);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (n == SYS_clock_gettime)
		return clock_gettime((clockid_t)a[0], (struct timespec *)a[1]);
	return real(n, a[0], a[1], a[2], a[3], a[4], a[5]);
}
"""


def wrong_clock(folder, seconds=0):
    """The environment that has it, and the file that says by how much."""
    source = folder / "clock.c"
    source.write_text(CLOCK)
    shim, offset = folder / "clock.so", folder / "offset"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim, source],
                   check=True)
    offset.write_text(str(seconds))
    return {"LD_PRELOAD": str(shim), "CLOCK_OFFSET": str(offset)}, offset
