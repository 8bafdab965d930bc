/* SPDX-License-Identifier: ISC */
/* The two ways in for programs that ffsup did not start. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/util.h"
#include "link/framereader.h"
#include "link/intake.h"
#include "link/pool.h"
#include "media/frame.h"
#include "process/job.h"
#include "process/pathkeeper.h"
#include "spin.h"

/* lstat() of a name finds a FIFO, and replaces it by a link to this a moment
 * later; NULL: it does not. */
static const char *swap_for;

int
lstat(const char *restrict path, struct stat *restrict st)
{
	int rc = fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);

	if (swap_for != NULL) {
		unlink(path);
		(void)!symlink(swap_for, path);
	}
	return rc;
}

/* A call that fails for want of descriptors or processes, and how often. */
enum call {
	CALL_NONE,
	CALL_EPOLL,
	CALL_EPOLL_CTL,
	CALL_DUP,
	CALL_ACCEPT,
	CALL_FORK
};

static enum call failing;
static unsigned failures;

int __real_epoll_create1(int flags);
int __wrap_epoll_create1(int flags);
int __real_epoll_ctl(int epfd, int op, int fd, struct epoll_event *e);
int __wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event *e);
int __real_fcntl(int fd, int cmd, ...);
int __wrap_fcntl(int fd, int cmd, ...);
int __real_accept4(int fd, struct sockaddr *a, socklen_t *len, int flags);
int __wrap_accept4(int fd, struct sockaddr *a, socklen_t *len, int flags);
pid_t __real_fork(void);
pid_t __wrap_fork(void);

static bool
fails(enum call call, int err)
{
	if (failing != call)
		return false;
	failures++;
	errno = err;
	return true;
}

int
__wrap_epoll_create1(int flags)
{
	return fails(CALL_EPOLL, EMFILE) ? -1 : __real_epoll_create1(flags);
}

int
__wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event *e)
{
	return fails(CALL_EPOLL_CTL, EMFILE)
	    ? -1
	    : __real_epoll_ctl(epfd, op, fd, e);
}

int
__wrap_fcntl(int fd, int cmd, ...)
{
	va_list ap;
	long arg;

	va_start(ap, cmd);
	arg = va_arg(ap, long);
	va_end(ap);
	/* a call with a lowest number comes from a child */
	if (cmd == F_DUPFD_CLOEXEC && arg == 0 && fails(CALL_DUP, EMFILE))
		return -1;
	return __real_fcntl(fd, cmd, arg);
}

int
__wrap_accept4(int fd, struct sockaddr *a, socklen_t *len, int flags)
{
	return fails(CALL_ACCEPT, EMFILE) ? -1
					  : __real_accept4(fd, a, len, flags);
}

pid_t
__wrap_fork(void)
{
	return fails(CALL_FORK, EAGAIN) ? -1 : __real_fork();
}

/* How often the log says it. */
static size_t complaints;

static char *
overhear(const char *text)
{
	complaints += strstr(text, "Too many open files") != NULL;
	return NULL;
}

/* An intake, in a separate directory. */
struct rig {
	char dir[64];
	char *path;
	struct intake intake;
	struct framereader source;
	struct pool *pool;
	struct geometry g;
	uint8_t seen[64];
	size_t n;
};

static void
rig_frame(void *ctx, struct frame *f)
{
	struct rig *r = ctx;

	for (size_t i = 1; i < r->g.bytes; i++)
		assert_int_equal(f->data[i], f->data[0]);
	assert_true(r->n < sizeof(r->seen));
	r->seen[r->n++] = f->data[0];
	frame_put(f);
}

static void
rig_init(struct rig *r)
{
	*r = (struct rig){ .dir = "/tmp/test_intake.XXXXXX",
		.intake = { .fd = -1 } };
	complaints = 0;
	assert_non_null(mkdtemp(r->dir));
	r->path = xasprintf("%s/cam.frames", r->dir);
	frame_geometry_init(&r->g, PIX_BGR24, 20, 10);
	r->pool = pool_new(&r->g, 3);
	assert_non_null(r->pool);
	framereader_init(
	    &r->source, loop, r->pool, &r->g, (struct rate){ 30000, 1001 });
	r->source.got_frame = rig_frame;
	r->source.ctx = r;
}

/* Close the intake; files that were ours are removed. */
static void
rig_close(struct rig *r)
{
	intake_close(&r->intake);
	pathkeeper_finish_all(loop, SPIN_PATIENCE_MS);
}

/* Listen, and wait until the intake is there, or known not to be. */
static void
rig_listen(struct rig *r, enum intake_kind kind)
{
	framereader_listen(&r->source, &r->intake, kind, r->path);
	SPIN_UNTIL(loop, !job_is_busy(&r->intake.place->job));
}

/* Whether it has a problem, with these words in the text. */
static bool
rig_has_problem(const struct rig *r, const char *words)
{
	char *text = intake_problem(&r->intake);
	bool found = text != NULL && strstr(text, words) != NULL;

	free(text);
	return found;
}

static void
rig_clear(struct rig *r)
{
	rig_close(r);
	assert_int_equal(r->source.fd, -1);
	pool_free(r->pool);
	free(r->path);
	assert_int_equal(rmdir(r->dir), 0); /* nothing is left in it */
}

/* A new file's mode and kind; 0: none. */
static mode_t
mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == -1 ? 0 : st.st_mode;
}

static int
writer(const struct rig *r)
{
	return open(r->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

/* `len` bytes of a frame of that value. */
static void
put(int fd, uint8_t value, size_t len)
{
	uint8_t bytes[4000];

	memset(bytes, value, sizeof(bytes));
	assert_int_equal(write(fd, bytes, len), len);
}

/* Connect to the stream's socket; its line goes to *line. Its name exists a
 * moment before it listens: a separate process makes it. */
static int
connect_to(struct rig *r, char *line, size_t size)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ssize_t n = -1;

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", r->path);
	SPIN_UNTIL(loop, connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0);
	SPIN_UNTIL(loop, (n = recv(fd, line, size - 1, MSG_DONTWAIT)) > 0);
	line[n] = '\0';
	return fd;
}

/* --- fifo --------------------------------------------------------------- */

/* It exists before any program, for its user alone whatever the umask, and
 * is removed with the stream. */
static void
test_fifo_life(void **state UNUSED)
{
	mode_t umask_was = umask(0);
	struct rig r;

	rig_init(&r);
	rig_listen(&r, INTAKE_FIFO);
	assert_int_equal(mode_of(r.path), S_IFIFO | 0600);
	assert_false(rig_has_problem(&r, ""));
	spin_for(loop, 30); /* silent without a writer, not at its end */
	assert_int_not_equal(r.source.fd, -1);
	rig_close(&r);
	assert_int_equal(mode_of(r.path), 0);
	assert_null(r.intake.path);
	rig_close(&r); /* once more does no harm */
	umask(umask_was);
	rig_clear(&r);
}

/* A FIFO that was there before is used, and is not ours to remove. */
static void
test_fifo_of_others(void **state UNUSED)
{
	struct rig r;
	int fd;

	rig_init(&r);
	assert_int_equal(mkfifo(r.path, 0640), 0);
	rig_listen(&r, INTAKE_FIFO);
	fd = writer(&r);
	put(fd, 5, r.g.bytes);
	SPIN_UNTIL(loop, r.n == 1);
	close(fd);
	rig_close(&r);
	assert_int_equal(mode_of(r.path) & S_IFMT, S_IFIFO);
	unlink(r.path);
	rig_clear(&r);
}

/* A regular file in its place is reported and left alone; when it is gone,
 * the FIFO comes. */
static void
test_fifo_is_file(void **state UNUSED)
{
	struct rig r;
	int fd;

	rig_init(&r);
	fd = open(r.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	close(fd);
	rig_listen(&r, INTAKE_FIFO);
	assert_true(rig_has_problem(&r, r.path));
	assert_true(rig_has_problem(&r, "not a named pipe"));
	assert_int_equal(r.source.fd, -1);
	assert_int_equal(mode_of(r.path) & S_IFMT, S_IFREG);
	rig_close(&r);
	assert_int_equal(mode_of(r.path) & S_IFMT, S_IFREG);
	rig_listen(&r, INTAKE_FIFO);
	unlink(r.path);
	SPIN_UNTIL(loop, !rig_has_problem(&r, ""));
	assert_int_equal(mode_of(r.path), S_IFIFO | 0600);
	rig_clear(&r);
}

/* Nor is a link followed, wherever it leads. */
static void
test_fifo_is_link(void **state UNUSED)
{
	struct rig r;

	rig_init(&r);
	assert_int_equal(symlink("/dev/zero", r.path), 0);
	rig_listen(&r, INTAKE_FIFO);
	assert_true(rig_has_problem(&r, "not a named pipe"));
	assert_int_equal(r.source.fd, -1);
	unlink(r.path);
	rig_clear(&r);
}

/* The open file is a FIFO, not only the one that was looked at: another's file
 * never goes on air, however fast the two are exchanged. */
static void
test_s7_fifo_is_swapped(void **state UNUSED)
{
	static const char *const others[] = { "/dev/zero", "/etc/passwd" };

	for (size_t i = 0; i < NELEM(others); i++) {
		struct rig r;

		rig_init(&r);
		assert_int_equal(mkfifo(r.path, 0600), 0);
		swap_for = others[i];
		rig_listen(&r, INTAKE_FIFO);
		swap_for = NULL;
		assert_int_equal(mode_of(r.path) & S_IFMT, S_IFLNK);
		assert_int_equal(r.source.fd, -1);
		assert_true(rig_has_problem(&r, "not a named pipe"));
		rig_close(&r);
		unlink(r.path);
		rig_clear(&r);
	}
}

/* Writers come and go, one in the middle of a frame: that half is dropped, the
 * next starts at byte 0. */
static void
test_fifo_writers(void **state UNUSED)
{
	struct rig r;
	int fd;

	rig_init(&r);
	rig_listen(&r, INTAKE_FIFO);
	for (uint8_t v = 1; v <= 20; v++) {
		fd = writer(&r);
		assert_int_not_equal(fd, -1);
		put(fd, v, r.g.bytes);
		put(fd, 99, v % 2 ? r.g.bytes / 2 : 0);
		close(fd);
		SPIN_UNTIL(loop, r.n == v && r.source.filled == 0);
		assert_int_equal(r.seen[v - 1], v);
	}
	assert_int_equal(r.source.torn, 10);
	rig_clear(&r);
}

/* In a process without our reading ends: come and go as fast as possible, for a
 * second. */
static void
hammer(const void *arg, int out)
{
	int64_t end = mono_ms() + 1000;

	while (mono_ms() < end) {
		int fd = writer(arg);

		if (fd == -1)
			job_say(out, "nobody reads");
		close(fd);
	}
	job_say(out, "done");
}

static void
hammered(void *ctx, const char *answer, size_t len UNUSED, const char *why)
{
	assert_null(why);
	*(char **)ctx = xstrdup(answer);
}

/* The pipe always has a reader, or the next writer would get EPIPE: even while
 * one end is exchanged for the next. */
static void
test_fifo_always_read(void **state UNUSED)
{
	char *said = NULL;
	struct rig r;
	struct job j;

	rig_init(&r);
	rig_listen(&r, INTAKE_FIFO);
	job_init(&j, loop, hammered, &said);
	job_start(&j, hammer, &r);
	SPIN_UNTIL(loop, said != NULL);
	assert_string_equal(said, "done");
	free(said);
	rig_clear(&r);
}

/* Bytes of a writer that left before anybody could look are read all the
 * same. */
static void
test_fifo_writer_leaves(void **state UNUSED)
{
	struct rig r;
	int fd;

	rig_init(&r);
	rig_listen(&r, INTAKE_FIFO);
	for (uint8_t v = 1; v <= 5; v++) {
		fd = writer(&r);
		close(fd); /* one that brings nothing */
		fd = writer(&r);
		put(fd, v, r.g.bytes);
		close(fd);
		SPIN_UNTIL(loop, r.n == v && r.source.fd == -1);
	}
	assert_memory_equal(r.seen, "\1\2\3\4\5", 5);
	rig_clear(&r);
}

/* A pipe that is wanted again before it was removed is the same one. */
static void
test_fifo_again(void **state UNUSED)
{
	struct rig r;
	int fd;

	rig_init(&r);
	for (uint8_t v = 1; v <= 5; v++) {
		rig_listen(&r, INTAKE_FIFO);
		fd = writer(&r);
		assert_int_not_equal(fd, -1);
		put(fd, v, r.g.bytes);
		SPIN_UNTIL(loop, r.n == v);
		close(fd);
		intake_close(&r.intake);
		framereader_listen(&r.source, &r.intake, INTAKE_FIFO, r.path);
		intake_close(&r.intake);
	}
	rig_clear(&r);
}

/* A name that vanished is made again. */
static void
test_fifo_vanishes(void **state UNUSED)
{
	struct rig r;
	int fd;

	rig_init(&r);
	rig_listen(&r, INTAKE_FIFO);
	unlink(r.path);
	pathkeeper_look_all();
	/* it is made, and then opened: only now is there a reader */
	SPIN_UNTIL(loop, (fd = writer(&r)) != -1);
	assert_int_equal(mode_of(r.path), S_IFIFO | 0600);
	put(fd, 3, r.g.bytes);
	SPIN_UNTIL(loop, r.n == 1);
	/* but a writer is not cut off for it */
	unlink(r.path);
	for (size_t n = 2; n < 30; n++) {
		put(fd, 4, r.g.bytes);
		SPIN_UNTIL(loop, r.n == n);
		pathkeeper_look_all();
	}
	assert_int_equal(mode_of(r.path), 0);
	close(fd);
	rig_clear(&r);
}

/* Something else put in its place is noticed and reported, and stays. */
static void
test_replaced(void **state UNUSED)
{
	for (int kind = 0; kind < N_INTAKE_KINDS; kind++) {
		struct rig r;
		int fd;

		rig_init(&r);
		rig_listen(&r, (enum intake_kind)kind);
		unlink(r.path);
		fd = open(r.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		close(fd);
		pathkeeper_look_all();
		SPIN_UNTIL(loop, rig_has_problem(&r, ""));
		rig_close(&r);
		assert_int_equal(mode_of(r.path), S_IFREG | 0600);
		unlink(r.path);
		rig_clear(&r);
	}
}

/* A directory that does not exist yet is waited for. */
static void
test_no_directory(void **state UNUSED)
{
	for (int kind = 0; kind < N_INTAKE_KINDS; kind++) {
		struct rig r;
		char *dir;

		rig_init(&r);
		dir = xasprintf("%s/run", r.dir);
		free(r.path);
		r.path = xasprintf("%s/cam.raw", dir);
		rig_listen(&r, (enum intake_kind)kind);
		if (kind == INTAKE_FIFO) {
			SPIN_UNTIL(loop, rig_has_problem(&r, ""));
			assert_int_equal(mkdir(dir, 0700), 0);
		}
		SPIN_UNTIL(loop, !rig_has_problem(&r, ""));
		assert_int_not_equal(mode_of(r.path), 0);
		rig_close(&r);
		assert_int_equal(rmdir(dir), 0);
		free(dir);
		rig_clear(&r);
	}
}

/* --- socket ------------------------------------------------------------- */

#define GREETING                                                          \
	"{\"v\":1,\"bytes\":600,\"size\":\"20x10\",\"format\":\"bgr24\"," \
	"\"fps\":\"30000/1001\"}\n"
#define GREETING_FED                                                      \
	"{\"v\":1,\"bytes\":600,\"size\":\"20x10\",\"format\":\"bgr24\"," \
	"\"fps\":\"30000/1001\",\"fed\":true}\n"

/* It greets with the format, takes frames, and says goodbye to a writer that is
 * replaced. */
static void
test_socket(void **state UNUSED)
{
	char line[200];
	struct rig r;
	ssize_t n;
	int a, b;

	rig_init(&r);
	rig_listen(&r, INTAKE_SOCKET);
	assert_false(rig_has_problem(&r, ""));
	assert_int_equal(mode_of(r.path) & S_IFMT, S_IFSOCK);
	assert_int_equal(mode_of(r.path) & 0007, 0);
	a = connect_to(&r, line, sizeof(line));
	assert_string_equal(line, GREETING);
	put(a, 1, r.g.bytes);
	SPIN_UNTIL(loop, r.n == 1);
	b = connect_to(&r, line, sizeof(line)); /* while somebody feeds */
	assert_string_equal(line, GREETING_FED);
	put(b, 2, r.g.bytes + 50);
	SPIN_UNTIL(loop, r.n == 2 && r.source.filled == 50);
	n = recv(a, line, sizeof(line) - 1, 0);
	assert_true(n > 0);
	line[n] = '\0';
	assert_string_equal(line, "{\"v\":1,\"replaced\":true}\n");
	assert_int_equal(recv(a, line, sizeof(line), 0), 0);
	close(a);
	close(b);
	SPIN_UNTIL(loop, r.source.fd == -1);
	a = connect_to(&r, line, sizeof(line));
	put(a, 3, r.g.bytes);
	SPIN_UNTIL(loop, r.n == 3);
	assert_memory_equal(r.seen, "\1\2\3", 3);
	assert_int_equal(r.source.torn, 1);
	close(a);
	rig_clear(&r);
}

/* A socket whose name vanished is made again; a connected writer stays. */
static void
test_socket_vanishes(void **state UNUSED)
{
	char line[200];
	struct rig r;
	int a, b;

	rig_init(&r);
	rig_listen(&r, INTAKE_SOCKET);
	a = connect_to(&r, line, sizeof(line));
	unlink(r.path);
	pathkeeper_look_all();
	SPIN_UNTIL(loop, mode_of(r.path) != 0);
	put(a, 1, r.g.bytes);
	SPIN_UNTIL(loop, r.n == 1);
	b = connect_to(&r, line, sizeof(line));
	put(b, 2, r.g.bytes);
	SPIN_UNTIL(loop, r.n == 2);
	close(a);
	close(b);
	rig_clear(&r);
}

/* A failure is a problem, said once in several tries, until it succeeds. */
static void
rig_suffers(struct rig *r, enum call call)
{
	failures = 0;
	failing = call;
	SPIN_UNTIL(loop, failures >= 2);
	assert_int_equal(complaints, 1);
	assert_true(rig_has_problem(r, r->path));
	assert_true(rig_has_problem(r, "Too many open files"));
	failing = CALL_NONE;
	SPIN_UNTIL(loop, !rig_has_problem(r, ""));
}

/* No descriptor is left to wait for the next writer, or to read from it. */
static void
test_p5_fifo_without_descriptors(void **state UNUSED)
{
	static const enum call calls[] = { CALL_EPOLL, CALL_EPOLL_CTL,
		CALL_DUP };

	for (size_t i = 0; i < NELEM(calls); i++) {
		struct rig r;
		int fd;

		rig_init(&r);
		rig_listen(&r, INTAKE_FIFO);
		fd = writer(&r);
		put(fd, 1, r.g.bytes);
		SPIN_UNTIL(loop, r.n == 1);
		close(fd);
		if (calls[i] == CALL_DUP) {
			SPIN_UNTIL(loop, r.source.fd == -1);
			fd = writer(&r);
			put(fd, 2, r.g.bytes);
		}
		rig_suffers(&r, calls[i]);
		if (calls[i] != CALL_DUP) {
			fd = writer(&r);
			put(fd, 2, r.g.bytes);
		}
		SPIN_UNTIL(loop, r.n == 2);
		close(fd);
		rig_clear(&r);
	}
}

/* The same when the pipe is made. */
static void
test_p5_fifo_at_first(void **state UNUSED)
{
	struct rig r;
	int fd;

	rig_init(&r);
	failing = CALL_DUP;
	rig_listen(&r, INTAKE_FIFO);
	rig_suffers(&r, CALL_DUP);
	fd = writer(&r);
	put(fd, 1, r.g.bytes);
	SPIN_UNTIL(loop, r.n == 1);
	close(fd);
	rig_clear(&r);
}

/* A client waits at the socket, and no descriptor is left for it. */
static void
test_p7_socket_without_descriptors(void **state UNUSED)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct rig r;
	int fd;

	rig_init(&r);
	rig_listen(&r, INTAKE_SOCKET);
	failing = CALL_ACCEPT;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", r.path);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	rig_suffers(&r, CALL_ACCEPT);
	put(fd, 1, r.g.bytes);
	SPIN_UNTIL(loop, r.n == 1);
	close(fd);
	rig_clear(&r);
}

/* No process can be started to look: the listener is not taken for another
 * program, and not replaced. */
static void
test_p6_socket_without_processes(void **state UNUSED)
{
	struct stat was, is;
	struct rig r;

	rig_init(&r);
	rig_listen(&r, INTAKE_SOCKET);
	assert_int_equal(stat(r.path, &was), 0);
	failures = 0;
	failing = CALL_FORK;
	pathkeeper_look_all();
	SPIN_UNTIL(loop, failures >= 1);
	failing = CALL_NONE;
	assert_true(rig_has_problem(&r, "fork"));
	for (int i = 0; i < 10; i++) {
		pathkeeper_look_all();
		spin_for(loop, 100);
		assert_false(rig_has_problem(&r, "another program"));
	}
	assert_false(rig_has_problem(&r, ""));
	assert_int_equal(stat(r.path, &is), 0);
	assert_int_equal(is.st_ino, was.st_ino);
	rig_clear(&r);
}

static void
test_path(void **state UNUSED)
{
	static const char *const rows[][3] = {
		{ "/run/ffsup/control.sock", "cam", "/run/ffsup/cam.frames" },
		{ "control.sock", "front", "front.frames" },
		{ "/s", "a.b", "/a.b.frames" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *path = intake_path(rows[i][0], rows[i][1]);

		assert_string_equal(path, rows[i][2]);
		free(path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fifo_life),
		cmocka_unit_test(test_fifo_of_others),
		cmocka_unit_test(test_fifo_is_file),
		cmocka_unit_test(test_fifo_is_link),
		cmocka_unit_test(test_s7_fifo_is_swapped),
		cmocka_unit_test(test_fifo_writers),
		cmocka_unit_test(test_fifo_always_read),
		cmocka_unit_test(test_fifo_writer_leaves),
		cmocka_unit_test(test_fifo_again),
		cmocka_unit_test(test_fifo_vanishes),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_no_directory),
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_socket_vanishes),
		cmocka_unit_test(test_p5_fifo_without_descriptors),
		cmocka_unit_test(test_p5_fifo_at_first),
		cmocka_unit_test(test_p6_socket_without_processes),
		cmocka_unit_test(test_p7_socket_without_descriptors),
		cmocka_unit_test(test_path),
	};

	log_init(LOG_LEVEL_WARN);
	log_set_mask(overhear);
	return cmocka_run_group_tests(
	    tests, spin_setup_children, spin_teardown_children);
}
