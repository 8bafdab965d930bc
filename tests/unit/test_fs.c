/* SPDX-License-Identifier: ISC */
/* Files without a name, writes that are whole, and the ends of time. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/util.h"

static void
test_memfd(void **state UNUSED)
{
	char got[8] = "";
	int fd = fs_memfd("test", "bytes", 5);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, got, sizeof(got)), 5);
	assert_string_equal(got, "bytes");
	close(fd);
	fd = fs_memfd("empty", "", 0);
	assert_int_equal(read(fd, got, sizeof(got)), 0);
	close(fd);
}

/* A pipe takes as much as fits. */
static void
test_write_full(void **state UNUSED)
{
	static char much[1024 * 1024];
	int fds[2];
	size_t n;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(fs_nonblock(fds[1]), 0);
	n = fs_write_all(fds[1], much, sizeof(much));
	assert_int_equal(errno, EAGAIN);
	assert_true(n > 0 && n < sizeof(much));
	assert_int_equal(fs_write_wait(fds[1], much, 1, 1), -1);
	assert_int_equal(errno, ETIMEDOUT);
	assert_int_equal(read(fds[0], much, 32768), 32768);
	assert_int_equal(fs_write_wait(fds[1], much, 1000, 1000), 0);
	close(fds[0]);
	assert_int_equal(fs_write_all(fds[1], much, 1), 0);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(fs_write_wait(fds[1], much, 1, -1), -1);
	assert_int_equal(errno, EPIPE);
	close(fds[1]);
}

static void
test_bad_descriptor(void **state UNUSED)
{
	assert_int_equal(fs_write_all(-1, "x", 1), 0);
	assert_int_equal(errno, EBADF);
	assert_int_equal(fs_write_wait(-1, "", 0, 0), 0);
}

static void
test_mtime(void **state UNUSED)
{
	struct stat st = { .st_size = 0 };

	st.st_mtim.tv_sec = 12;
	st.st_mtim.tv_nsec = 34;
	assert_true(fs_mtime_ns(&st) == INT64_C(12000000034));
	st.st_mtim.tv_sec = -1;
	st.st_mtim.tv_nsec = 999999999;
	assert_true(fs_mtime_ns(&st) == -1);
	st.st_mtim.tv_sec = INT64_MAX;
	assert_true(fs_mtime_ns(&st) == INT64_MAX);
	st.st_mtim.tv_sec = INT64_MIN;
	assert_true(fs_mtime_ns(&st) == INT64_MIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memfd),
		cmocka_unit_test(test_write_full),
		cmocka_unit_test(test_bad_descriptor),
		cmocka_unit_test(test_mtime),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
