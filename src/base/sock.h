/* SPDX-License-Identifier: ISC */
#ifndef SOCK_H
#define SOCK_H

/*
 * Unix sockets: the only file that says socket() and bind(). Every descriptor
 * is close-on-exec. A *cause is borrowed text for a person.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* `opt`, else $FFSUP_SOCKET, else $XDG_RUNTIME_DIR/ffsup/ffsup.sock (not for
 * root), else /run/ffsup/ffsup.sock. Caller frees. */
char *sock_default_path(const char *opt);

/* A connected, non-blocking stream socket, or -1 with errno and *cause. Never
 * waits: EAGAIN when the queue of connections is full, because the daemon hangs
 * or is stopped. */
int sock_connect(const char *path, const char **cause);

/* Make the directory of a socket, 0700, where it is missing. 0 / -1. */
int sock_make_directory(const char *path);

/*
 * Bind and listen, non-blocking. A stale socket in the way is replaced: the
 * caller holds the lock. Never open to others, not for a moment: it is bound
 * with mode 0600.
 */
int sock_listen(const char *path, const char **cause);

/* The next connection, non-blocking; -1 with errno. */
int sock_accept(int fd);

/* How many bytes the kernel may keep for a peer that does not read; best
 * effort. */
void sock_set_backlog(int fd, int bytes);

/* Whether the peer has gone altogether, and has not just said all it wanted to
 * say. */
bool sock_is_gone(int fd);

/* Whether somebody listens at the path. */
bool sock_is_answered(const char *path);

/* The peer's pid, 0: not known; *uid is its user. */
pid_t sock_peer(int fd, uid_t *uid);

/* Whether the peer is root or our own user; *uid is its user. */
bool sock_peer_allowed(int fd, uid_t *uid);

/* A TCP port on loopback that is free at this moment, or -1. */
int sock_free_port(void);

/* One datagram to a path or, with '@' in front, an abstract name. */
int sock_send_datagram(const char *path, const char *text, size_t len);

/* Two ends of a stream socket, close-on-exec. 0 / -1 with errno. */
int sock_pair(int ends[2]);

/* The same of one that keeps the bounds of messages. */
int sock_packet_pair(int ends[2]);

/* A socket to ask the kernel for the state of others, see sock_diag(7), or -1
 * with errno. */
int sock_open_diag(void);

#endif
