/* SPDX-License-Identifier: ISC */
/*
 * Unix sockets for the control connection and the service manager.
 */
#include "config.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/sock.h"
#include "base/util.h"

#define SOCK_BACKLOG 256

/* Fill an address; a leading '@' means the abstract name space. */
static int
sock_address(struct sockaddr_un *sa, socklen_t *len, const char *path)
{
	size_t n = strlen(path);

	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	if (n == 0 || n >= sizeof(sa->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sa->sun_path, path, n);
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + 1);
	if (path[0] == '@') {
		sa->sun_path[0] = '\0';
		*len -= 1;
	}
	return 0;
}

char *
sock_default_path(const char *opt)
{
	const char *env = getenv("FFSUP_SOCKET");
	const char *run = getenv("XDG_RUNTIME_DIR");

	if (!util_is_empty(opt))
		return xstrdup(opt);
	if (!util_is_empty(env))
		return xstrdup(env);
	if (geteuid() != 0 && !util_is_empty(run))
		return xasprintf("%s/ffsup/ffsup.sock", run);
	return xstrdup("/run/ffsup/ffsup.sock");
}

/* The directory of a socket: nobody else's business. */
int
sock_make_directory(const char *path)
{
	mode_t mask = umask(0077);
	int rc = fs_mkdirs(path, true);

	umask(mask);
	return rc;
}

/* Remove the socket of a dead instance; anything else is not ours. */
static int
sock_remove_stale(const char *path)
{
	struct stat st;

	if (path[0] == '@' || (lstat(path, &st) == -1 && errno == ENOENT))
		return 0;
	if (!S_ISSOCK(st.st_mode)) {
		errno = ENOTSOCK;
		return -1;
	}
	return unlink(path);
}

/* Put the text for errno in *cause and close fd; always -1. */
static int
sock_fail(int fd, const char **cause)
{
	int saved = errno;

	if (fd != -1)
		close(fd);
	if (cause != NULL)
		*cause = saved == ENAMETOOLONG
		    ? "the path is longer than 107 bytes"
		    : saved == ENOTSOCK ? "a file that is not a socket is there"
					: strerror(saved);
	errno = saved;
	return -1;
}

int
sock_connect(const char *path, const char **cause)
{
	struct sockaddr_un sa;
	socklen_t len;
	int fd;

	if (sock_address(&sa, &len, path) == -1)
		return sock_fail(-1, cause);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1 || connect(fd, (struct sockaddr *)&sa, len) == -1)
		return sock_fail(fd, cause);
	return fd;
}

int
sock_listen(const char *path, const char **cause)
{
	struct sockaddr_un sa;
	socklen_t len;
	mode_t mask;
	int fd, rc;

	if (sock_address(&sa, &len, path) == -1)
		return sock_fail(-1, cause);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return sock_fail(-1, cause);
	if (sock_make_directory(path) == -1 || sock_remove_stale(path) == -1)
		return sock_fail(fd, cause);
	mask = umask(0177);
	rc = bind(fd, (struct sockaddr *)&sa, len);
	umask(mask);
	if (rc == -1 || listen(fd, SOCK_BACKLOG) == -1)
		return sock_fail(fd, cause);
	return fd;
}

int
sock_accept(int fd)
{
	int c;

	do
		c = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	while (c == -1 && (errno == EINTR || errno == ECONNABORTED));
	return c;
}

void
sock_set_backlog(int fd, int bytes)
{
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

bool
sock_is_gone(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

bool
sock_is_answered(const char *path)
{
	int fd = sock_connect(path, NULL);

	if (fd == -1)
		return errno == EAGAIN;
	close(fd);
	return true;
}

pid_t
sock_peer(int fd, uid_t *uid)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	*uid = (uid_t)-1;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return 0;
	*uid = cred.uid;
	return cred.pid;
}

bool
sock_peer_allowed(int fd, uid_t *uid)
{
	sock_peer(fd, uid);
	return *uid == 0 || *uid == geteuid();
}

int
sock_free_port(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int port = -1;

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1)
		return -1;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&sa, &len) == 0)
		port = ntohs(sa.sin_port);
	close(fd);
	return port;
}

int
sock_send_datagram(const char *path, const char *text, size_t n)
{
	struct sockaddr_un sa;
	socklen_t len;
	ssize_t sent;
	int fd;

	if (sock_address(&sa, &len, path) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	sent = sendto(fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT,
	    (struct sockaddr *)&sa, len);
	if (sent == -1)
		return sock_fail(fd, NULL);
	close(fd);
	return 0;
}

int
sock_pair(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

int
sock_packet_pair(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

int
sock_open_diag(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_SOCK_DIAG);
}
