/* SPDX-License-Identifier: ISC */
/* Our end of a pipe is read and closed, and its size comes from a budget. */

#include "config.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/util.h"
#include "process/pipes.h"

/* Bytes, nothing now and the end are three answers. */
static void
test_read(void **state UNUSED)
{
	char data[4];
	int fd[2];

	assert_int_equal(pipe2(fd, O_NONBLOCK | O_CLOEXEC), 0);
	assert_int_equal(pipes_read(fd[0], data, sizeof(data)), 0);
	assert_int_equal(write(fd[1], "abcdef", 6), 6);
	assert_int_equal(pipes_read(fd[0], data, sizeof(data)), 4);
	assert_memory_equal(data, "abcd", 4);
	close(fd[1]);
	assert_int_equal(pipes_read(fd[0], data, sizeof(data)), 2);
	assert_int_equal(pipes_read(fd[0], data, sizeof(data)), -1);
	close(fd[0]);
	assert_int_equal(pipes_read(-1, data, sizeof(data)), -1);
}

static void
read_cb(struct ev_loop *loop UNUSED, ev_io *io UNUSED, int revents UNUSED)
{
}

/* The watch ends with the descriptor, the size is given back once. */
static void
test_close(void **state UNUSED)
{
	struct ev_loop *loop = ev_default_loop(0);
	size_t used = pipes_used(), size;
	int fd[2], was;
	ev_io io;

	assert_int_equal(pipe2(fd, O_NONBLOCK | O_CLOEXEC), 0);
	size = pipes_grow(fd[0], 200000);
	was = fd[0];
	ev_io_init(&io, read_cb, fd[0], EV_READ);
	ev_io_start(loop, &io);
	for (int i = 0; i < 2; i++) {
		pipes_close(loop, &io, &fd[0], size);
		assert_int_equal(fd[0], -1);
		assert_false(ev_is_active(&io));
		assert_int_equal(fcntl(was, F_GETFD), -1);
		assert_int_equal(pipes_used(), used);
	}
	close(fd[1]);
}

/* A pipe holds about one frame, while the budget lasts; what is given back
 * can be spent again. */
static void
test_budget(void **state UNUSED)
{
	static const size_t pictures[] = { 1, 65536, 65537, 921600, 6220800 };
	static const size_t granted[] = { 65536, 65536, 131072, 1048576,
		1048576 };
	struct ev_loop *loop = ev_default_loop(0);
	size_t used = pipes_used(), got[64], n = 0;
	int p[2], fds[64][2];
	ev_io io;

	ev_init(&io, read_cb); /* it never starts */
	for (size_t i = 0; i < NELEM(granted); i++) {
		assert_int_equal(pipe2(p, O_CLOEXEC), 0);
		assert_int_equal(pipes_grow(p[1], pictures[i]), granted[i]);
		assert_int_equal(
		    pipes_used() - used, granted[i] > 65536 ? granted[i] : 0);
		pipes_close(loop, &io, &p[1], granted[i]);
		assert_int_equal(pipes_used(), used);
		close(p[0]);
	}
	for (; n < NELEM(got); n++) {
		assert_int_equal(pipe2(fds[n], O_CLOEXEC), 0);
		got[n] = pipes_grow(fds[n][1], 6220800);
		assert_true(got[n] >= 4096);
		assert_true(pipes_used() <= pipes_budget());
	}
	assert_true(got[n - 1] <= 65536); /* the budget is spent */
	while (n-- > 0) {
		pipes_close(loop, &io, &fds[n][1], got[n]);
		close(fds[n][0]);
	}
	assert_int_equal(pipes_used(), used);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
