/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/sock.h"
#include "base/util.h"
#include "process/lock.h"
#include "process/pathkeeper.h"
#include "process/procfs.h"

#define LOCK_REMNANT_MS 2000
#define LOCK_POLL_MS	20

/* FNV-1a, 64 bits. */
#define LOCK_HASH_SEED	0xcbf29ce484222325u
#define LOCK_HASH_PRIME 0x100000001b3u

/* One for each process. */
static bool lock_lost;

/* --- the file ------------------------------------------------------------ */

/* The pid a lock's holder wrote into it, 0: none. */
static pid_t
lock_holder(int fd)
{
	char text[16] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	return n > 0 ? (pid_t)atoi(text) : 0;
}

/* Close after a failure, errno kept; always -1. */
static int
lock_give_up(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return -1;
}

/* Open and lock; once more when the holder before us removed the file in
 * between. */
static int
lock_file(const char *name, pid_t *holder)
{
	for (;;) {
		int fd =
		    open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		struct stat st;

		if (fd == -1)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
			*holder = lock_holder(fd);
			return lock_give_up(fd);
		}
		if (fstat(fd, &st) == -1)
			return lock_give_up(fd);
		if (fs_leads_to(name, st.st_dev, st.st_ino))
			return fd;
		close(fd);
	}
}

/* Lock the file beside a socket, with the daemon's pid in it. -1 with errno. */
static int
lock_open(const struct lock *l, pid_t *holder)
{
	char *name = xasprintf("%s.lock", l->path);
	int fd = lock_file(name, holder), saved = errno;
	char pid[16];
	int len = snprintf(pid, sizeof(pid), "%d\n", (int)l->pid);

	free(name);
	errno = saved;
	if (fd != -1 &&
	    (ftruncate(fd, 0) == -1 || pwrite(fd, pid, (size_t)len, 0) != len))
		return lock_give_up(fd);
	return fd;
}

/* --- the guard ----------------------------------------------------------- */

static uint64_t
lock_hash(uint64_t h, const char *text)
{
	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * LOCK_HASH_PRIME;
	return h;
}

/* One word for our user and the socket's real path. */
static void
lock_identify(struct lock *l)
{
	const char *slash = strrchr(l->path, '/');
	const char *file = slash == NULL ? l->path : slash + 1;
	char *dir = slash == NULL
	    ? xstrdup(".")
	    : xstrndup(l->path, (size_t)(slash - l->path) + 1);
	char *real = realpath(dir, NULL);
	char *text = xasprintf(
	    "%u %s/%s", (unsigned)geteuid(), real != NULL ? real : dir, file);

	snprintf(l->id, sizeof(l->id), "%016llx",
	    (unsigned long long)lock_hash(LOCK_HASH_SEED, text));
	free(text);
	free(real);
	free(dir);
}

/* The guard's name: with the mount name space and the root directory, in which
 * the path has its meaning. Caller frees. */
static char *
lock_guard_name(const struct lock *l)
{
	char space[64] = "";
	struct stat root = { .st_ino = 0 };
	ssize_t n = readlink("/proc/self/ns/mnt", space, sizeof(space) - 1);

	if (n > 0)
		space[n] = '\0';
	(void)stat("/", &root);
	return xasprintf("@ffsup-lock-%s-%s-%llx-%llx", l->id, space,
	    (unsigned long long)root.st_dev, (unsigned long long)root.st_ino);
}

/*
 * Take the guard. False when another process of our own user has it, *holder
 * is its pid. Anybody can take an abstract name: in another user's hands it
 * does not count, and the file must do.
 */
static bool
lock_take_guard(struct lock *l, pid_t *holder)
{
	char *name = lock_guard_name(l);
	uid_t uid = (uid_t)-1;
	int fd = -1;

	l->guard = sock_listen(name, NULL);
	if (l->guard == -1 && errno == EADDRINUSE)
		fd = sock_connect(name, NULL);
	if (fd != -1) {
		*holder = sock_peer(fd, &uid);
		close(fd);
	}
	if (l->guard == -1 && uid != geteuid())
		log_info("no guard beside the lock %s.lock", l->path);
	free(name);
	return l->guard != -1 || uid != geteuid();
}

/* --- public ------------------------------------------------------------- */

/* Free all parts; always -1, errno kept. */
static int
lock_fail(struct lock *l, const char **cause)
{
	int saved = errno;

	if (l->guard != -1)
		close(l->guard);
	free(l->path);
	*l = (struct lock){ .fd = -1, .guard = -1 };
	*cause = strerror(saved);
	errno = saved;
	return -1;
}

static int
lock_try(struct lock *l, const char *path, pid_t *holder, const char **cause)
{
	struct stat st;

	*l = (struct lock){
		.path = xstrdup(path), .fd = -1, .pid = getpid(), .guard = -1
	};
	*holder = 0;
	if (sock_make_directory(path) == -1)
		return lock_fail(l, cause);
	lock_identify(l);
	if (!lock_take_guard(l, holder)) {
		errno = EWOULDBLOCK;
		return lock_fail(l, cause);
	}
	l->fd = lock_open(l, holder);
	if (l->fd == -1)
		return lock_fail(l, cause);
	if (fstat(l->fd, &st) == 0) {
		l->dev = st.st_dev;
		l->ino = st.st_ino;
	}
	return 0;
}

/* A holder that was killed leaves the lock to a process that it had just forked
 * and that closes it as soon as it gets the processor. */
int
lock_take(struct lock *l, const char *path, pid_t *holder, const char **cause)
{
	int64_t end = mono_ms() + LOCK_REMNANT_MS;
	int rc, saved;

	while ((rc = lock_try(l, path, holder, cause)) == -1 &&
	    errno == EWOULDBLOCK && *holder > 0) {
		saved = errno;
		if (procfs_is_running(*holder) || mono_ms() >= end) {
			errno = saved;
			break;
		}
		poll(NULL, 0, LOCK_POLL_MS);
	}
	return rc;
}

/* Put the file back where it is not in place. */
static void
lock_restore(const struct lock *l, struct lock_seen *seen)
{
	struct stat st;

	seen->state = LOCK_UNABLE;
	if (sock_make_directory(l->path) == 0)
		seen->fd = lock_open(l, &seen->holder);
	seen->err = errno;
	if (seen->fd == -1 && errno == EWOULDBLOCK)
		seen->state = LOCK_LOST;
	if (seen->fd == -1)
		return;
	if (fstat(seen->fd, &st) == -1) {
		seen->err = errno;
		seen->fd = lock_give_up(seen->fd);
		return;
	}
	seen->state = LOCK_REMADE;
	seen->dev = st.st_dev;
	seen->ino = st.st_ino;
}

void
lock_look(const struct lock *l, struct lock_seen *seen)
{
	char *name = xasprintf("%s.lock", l->path);

	*seen = (struct lock_seen){ .state = LOCK_HELD, .fd = -1 };
	if (!fs_leads_to(name, l->dev, l->ino))
		lock_restore(l, seen);
	free(name);
}

void
lock_apply(struct lock *l, const struct lock_seen *seen)
{
	lock_lost = seen->state == LOCK_LOST;
	if (seen->state != LOCK_REMADE || seen->fd == -1)
		return;
	close(l->fd);
	l->fd = seen->fd;
	l->dev = seen->dev;
	l->ino = seen->ino;
}

bool
lock_is_lost(void)
{
	return lock_lost;
}

void
lock_remove(struct lock *l, struct ev_loop *loop)
{
	char *name = xasprintf("%s.lock", l->path);

	pathkeeper_remove(loop, name, l->dev, l->ino);
	l->ino = 0;
	free(name);
}

void
lock_release(struct lock *l)
{
	char *name;

	if (l->path == NULL)
		return;
	name = xasprintf("%s.lock", l->path);
	if (l->ino != 0 && fs_leads_to(name, l->dev, l->ino))
		unlink(name);
	close(l->fd);
	if (l->guard != -1)
		close(l->guard);
	free(name);
	free(l->path);
	*l = (struct lock){ .fd = -1, .guard = -1 };
}
