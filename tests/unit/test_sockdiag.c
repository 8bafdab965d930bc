/* SPDX-License-Identifier: ISC */
/* What the kernel says of real connections over loopback, and of whom they
 * are. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/util.h"
#include "process/procfs.h"
#include "process/sockdiag.h"

/* A connection over IPv6, with a peer of IPv4. */
struct pair {
	int ours, theirs, port;
};

static struct pair
pair_open(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct pair p;

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	p.port = ntohs(at.sin_port);
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &to.sin6_addr);
	to.sin6_port = at.sin_port;
	p.ours = socket(AF_INET6, SOCK_STREAM, 0);
	if (connect(p.ours, (struct sockaddr *)&to, sizeof(to)) == -1)
		skip(); /* a kernel without IPv6 */
	p.theirs = accept(fd, NULL, NULL);
	assert_int_not_equal(p.theirs, -1);
	close(fd);
	return p;
}

/* What the kernel says of one of our descriptors. */
static struct sockdiag_tcp
ask(int fd)
{
	struct sockdiag_tcp tcp = { 0 };
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	tcp.inode = (uint32_t)st.st_ino;
	if (sockdiag_read(&tcp, 1) == -1)
		skip(); /* a kernel without it */
	assert_true(tcp.found);
	assert_false(tcp.connecting);
	return tcp;
}

/* A peer that reads nothing: what waits, and that nothing is taken any more. */
static void
test_p15_unread(void **state UNUSED)
{
	struct pair p = pair_open();
	struct sockdiag_tcp tcp = ask(p.ours), later;
	static const char noise[65536];
	uint64_t before;
	char taken[1000];

	assert_string_equal(tcp.host, "127.0.0.1");
	assert_int_equal(tcp.port, p.port);
	assert_int_equal(tcp.waits, 0);
	/* its kernel has it all, and its program nothing */
	assert_int_equal(write(p.ours, noise, 3000), 3000);
	do
		tcp = ask(p.ours);
	while (tcp.acked < 3000);
	assert_int_equal(tcp.waits, 3000);
	before = tcp.taken;
	assert_int_equal(read(p.theirs, &taken, sizeof(taken)), sizeof(taken));
	tcp = ask(p.ours);
	assert_int_equal(tcp.waits, 3000 - sizeof(taken));
	assert_int_equal(tcp.taken, before + sizeof(taken));
	/* until neither takes more */
	assert_int_equal(fcntl(p.ours, F_SETFL, O_NONBLOCK), 0);
	while (write(p.ours, noise, sizeof(noise)) > 0)
		continue;
	assert_int_equal(errno, EAGAIN);
	do {
		tcp = ask(p.ours);
		usleep(20000);
		later = ask(p.ours);
	} while (tcp.acked != later.acked);
	assert_true(later.waits > 0 && later.acked > 0);
	later = ask(p.theirs);
	assert_true(later.unread > 0 && later.received >= tcp.acked - 1);
	close(p.ours);
	close(p.theirs);
}

/* Other descriptors are no connections; the sockets of a process are found. */
static void
test_whose(void **state UNUSED)
{
	struct pair p = pair_open();
	struct sockdiag_tcp tcp[2] = { { .inode = 0 } };
	uint32_t inodes[64];
	size_t n = procfs_sockets(getpid(), inodes, NELEM(inodes)), found = 0;
	struct stat st;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(fstat(ends[0], &st), 0);
	tcp[0].inode = (uint32_t)st.st_ino;
	assert_int_equal(fstat(p.ours, &st), 0);
	tcp[1].inode = (uint32_t)st.st_ino;
	if (sockdiag_read(tcp, 2) == -1)
		skip();
	assert_false(tcp[0].found);
	assert_true(tcp[1].found);
	for (size_t i = 0; i < n; i++)
		found += inodes[i] == tcp[1].inode;
	assert_int_equal(found, 1);
	assert_int_equal(procfs_sockets(getpid(), inodes, 1), 1);
	close(ends[0]);
	close(ends[1]);
	close(p.ours);
	close(p.theirs);
}

/* A wrapper script's ffmpeg has the connection, not the script. */
static void
test_descendants(void **state UNUSED)
{
	struct pair p = pair_open();
	uint32_t inodes[64];
	size_t n, found = 0;
	struct stat st;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_int_equal(fstat(p.ours, &st), 0);
	close(p.ours);
	n = procfs_sockets(getpid(), inodes, NELEM(inodes));
	for (size_t i = 0; i < n; i++)
		found += inodes[i] == st.st_ino;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(p.theirs);
	assert_int_equal(found, 1);
}

static void
test_work(void **state UNUSED)
{
	struct procfs_work before, after;

	assert_true(procfs_work(getpid(), &before));
	assert_int_equal(before.status, 'R');
	assert_int_equal(write(STDERR_FILENO, "\n", 1), 1);
	assert_true(procfs_work(getpid(), &after));
	assert_true(after.wrote > before.wrote);
	assert_true(after.cpu_ms >= before.cpu_ms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_p15_unread),
		cmocka_unit_test(test_whose),
		cmocka_unit_test(test_descendants),
		cmocka_unit_test(test_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
