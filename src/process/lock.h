/* SPDX-License-Identifier: ISC */
#ifndef LOCK_H
#define LOCK_H

/*
 * One daemon for each control socket. The lock is a flock on a separate file
 * beside the socket ("PATH.lock"): it dies with its holder, so that a stale
 * socket can be told from a live one without a connect probe, which would race.
 * A file can be removed under its holder; so there is a guard as well, an
 * abstract socket that no removal reaches. It is known to one user in one mount
 * and one network name space; between others the file alone counts.
 */

#include <ev.h>
#include <stdbool.h>
#include <sys/types.h>

struct lock {
	char *path; /* owned: the socket's; NULL: not locked */
	int fd;	    /* the file, and what its name leads to: */
	dev_t dev;
	ino_t ino;
	pid_t pid;   /* ours, as written in it */
	int guard;   /* the abstract socket, or -1 */
	char id[17]; /* one word for the user and the socket's real path */
};

enum lock_state {
	LOCK_HELD,
	LOCK_REMADE, /* it had vanished, or something else was there */
	LOCK_LOST,   /* another daemon holds the file that is there now */
	LOCK_UNABLE  /* it cannot be made again */
};

/* The result of a look at it. */
struct lock_seen {
	enum lock_state state;
	int err;      /* LOCK_UNABLE: an errno */
	pid_t holder; /* LOCK_LOST: the other one */
	int fd; /* LOCK_REMADE: the file, and what its name leads to; -1 */
	dev_t dev;
	ino_t ino;
};

/*
 * Take it: -1 with errno and *cause (borrowed). EWOULDBLOCK: another process
 * holds it, whose pid is then in *holder (0: not known). The directory is
 * made, 0700, when it is missing.
 */
int
lock_take(struct lock *l, const char *path, pid_t *holder, const char **cause);

/* Look whether it is still in place, and put it back if nobody else has: waits
 * for the disk, and may be done in another process of ours. */
void lock_look(const struct lock *l, struct lock_seen *seen);

/* Apply the result: a remade file becomes the lock. Takes seen->fd. */
void lock_apply(struct lock *l, const struct lock_seen *seen);

/* Whether the last look found another daemon in our place: the lock file beside
 * the socket may be its own. */
bool lock_is_lost(void);

/* Have the file removed, if it is ours, by a process that may wait for it. */
void lock_remove(struct lock *l, struct ev_loop *loop);

/* Let go; first remove the file, if that was not begun. */
void lock_release(struct lock *l);

#endif
