/* SPDX-License-Identifier: ISC */
/* One daemon for each socket, whatever becomes of the lock's file. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/util.h"
#include "process/lock.h"

static int no_fstat; /* its so manyth call fails; 0: none does */

int __real_fstat(int fd, struct stat *st);
int __wrap_fstat(int fd, struct stat *st);

int
__wrap_fstat(int fd, struct stat *st)
{
	if (no_fstat == 0 || --no_fstat > 0)
		return __real_fstat(fd, st);
	errno = EIO;
	return -1;
}

/* A separate directory, with the paths of a socket and its lock. */
struct rig {
	char dir[64];
	char *path, *name;
};

static void
rig_init(struct rig *r)
{
	*r = (struct rig){ .dir = "/tmp/test_lock.XXXXXX" };
	assert_non_null(mkdtemp(r->dir));
	r->path = xasprintf("%s/run/s", r->dir);
	r->name = xasprintf("%s.lock", r->path);
}

static void
rig_remove(struct rig *r)
{
	char *run = xasprintf("%s/run", r->dir);

	unlink(r->name);
	assert_int_equal(rmdir(run), 0);
	free(run);
}

static void
rig_clear(struct rig *r)
{
	rig_remove(r);
	assert_int_equal(rmdir(r->dir), 0);
	free(r->path);
	free(r->name);
}

/* The inode of the file of that name; 0: none. */
static ino_t
rig_ino(const struct rig *r)
{
	struct stat st;

	return lstat(r->name, &st) == 0 ? st.st_ino : 0;
}

/* Look at it, and apply the result. */
static enum lock_state
check(struct lock *l, pid_t *holder)
{
	struct lock_seen seen;

	lock_look(l, &seen);
	lock_apply(l, &seen);
	*holder = seen.holder;
	return seen.state;
}

/* It is held once, and gone with its holder. */
static void
test_life(void **state UNUSED)
{
	struct lock one, two;
	const char *cause;
	struct rig r;
	pid_t holder;

	rig_init(&r);
	assert_int_equal(lock_take(&one, r.path, &holder, &cause), 0);
	assert_int_equal(check(&one, &holder), LOCK_HELD);
	assert_int_equal(lock_take(&two, r.path, &holder, &cause), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	assert_int_equal(holder, getpid());
	lock_release(&two); /* which does no harm */
	assert_int_equal(check(&one, &holder), LOCK_HELD);
	lock_release(&one);
	assert_int_equal(rig_ino(&r), 0);
	assert_int_equal(lock_take(&two, r.path, &holder, &cause), 0);
	lock_release(&two);
	rig_clear(&r);
}

/* The whole directory is removed: nobody else gets the lock, its holder makes
 * it again, and a copy of the name by another way is the same lock. */
static void
test_s9_directory_removed(void **state UNUSED)
{
	struct lock one, two;
	char *other;
	const char *cause;
	struct rig r;
	pid_t holder;

	rig_init(&r);
	assert_int_equal(lock_take(&one, r.path, &holder, &cause), 0);
	rig_remove(&r);
	assert_int_equal(lock_take(&two, r.path, &holder, &cause), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	assert_int_equal(holder, getpid());
	other = xasprintf("%s/run/../run/s", r.dir);
	assert_int_equal(lock_take(&two, other, &holder, &cause), -1);
	assert_int_equal(check(&one, &holder), LOCK_REMADE);
	assert_int_not_equal(rig_ino(&r), 0);
	assert_int_equal(check(&one, &holder), LOCK_HELD);
	lock_release(&one);
	assert_int_equal(rig_ino(&r), 0);
	free(other);
	rig_clear(&r);
}

/* The lowest number that is free. */
static int
next_fd(void)
{
	int fd = dup(STDIN_FILENO);

	close(fd);
	return fd;
}

/* A file that was made again, but cannot be looked at, is released. */
static void
test_p16_no_fstat(void **state UNUSED)
{
	for (int nth = 1; nth <= 2; nth++) {
		struct lock_seen seen;
		const char *cause;
		struct lock l;
		struct rig r;
		pid_t holder;
		int fd;

		rig_init(&r);
		assert_int_equal(lock_take(&l, r.path, &holder, &cause), 0);
		unlink(r.name);
		fd = next_fd();
		no_fstat = nth;
		lock_look(&l, &seen);
		assert_int_equal(no_fstat, 0);
		assert_int_equal(seen.state, LOCK_UNABLE);
		assert_int_equal(seen.err, EIO);
		assert_int_equal(seen.fd, -1);
		assert_int_equal(next_fd(), fd);
		lock_release(&l);
		rig_clear(&r);
	}
}

/* Another process holds the file of that name now, and no guard keeps it away:
 * that is reported, and its file stays. When it is gone, the lock is ours
 * again. */
static void
test_s9_lost(void **state UNUSED)
{
	const char *cause;
	struct lock l;
	struct rig r;
	pid_t holder = 0;
	ino_t ino;
	int fd;

	rig_init(&r);
	assert_int_equal(lock_take(&l, r.path, &holder, &cause), 0);
	unlink(r.name);
	fd = open(r.name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(write(fd, "4711\n", 5), 5);
	ino = rig_ino(&r);
	assert_int_equal(check(&l, &holder), LOCK_LOST);
	assert_true(lock_is_lost());
	assert_int_equal(holder, 4711);
	close(fd);
	assert_int_equal(check(&l, &holder), LOCK_REMADE);
	assert_false(lock_is_lost());
	assert_int_equal(rig_ino(&r), ino);

	unlink(r.name);
	fd = open(r.name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	ino = rig_ino(&r);
	lock_release(&l);
	assert_int_equal(rig_ino(&r), ino);
	close(fd);
	rig_clear(&r);
}

/* A dead holder whose descriptors another process keeps for a moment is waited
 * for. */
static void
test_remnant(void **state UNUSED)
{
	const char *cause;
	struct lock l;
	struct rig r;
	pid_t holder, dead, pid;
	int fd;

	rig_init(&r);
	assert_int_equal(lock_take(&l, r.path, &holder, &cause), 0);
	lock_release(&l);
	dead = fork();
	if (dead == 0)
		_exit(0);
	assert_int_equal(waitpid(dead, NULL, 0), dead);
	fd = open(r.name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	dprintf(fd, "%d\n", (int)dead);
	pid = fork();
	if (pid == 0)
		_exit(poll(NULL, 0, 200)); /* it has fd, too */
	close(fd);
	assert_int_equal(lock_take(&l, r.path, &holder, &cause), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	lock_release(&l);
	rig_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_p16_no_fstat),
		cmocka_unit_test(test_s9_directory_removed),
		cmocka_unit_test(test_s9_lost),
		cmocka_unit_test(test_remnant),
	};

	log_init(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
