/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/util.h"
#include "media/paint.h"
#include "paint/serve.h"

#define SERVE_FDS 8 /* received and closed; the kernel drops others */

/* Room for descriptors, aligned as the kernel wants it. */
union serve_room {
	struct cmsghdr head;
	char data[CMSG_SPACE(SERVE_FDS * sizeof(int))];
};

/* The first descriptor of a message, or -1; all others are closed. */
static int
serve_take_file(struct msghdr *m)
{
	struct cmsghdr *c;
	int file = -1, fd;
	size_t n;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (file == -1)
				file = fd;
			else
				close(fd);
		}
	}
	return file;
}

/* Whether an empty message is the end. */
static bool
serve_is_over(int sock)
{
	struct pollfd p = { .fd = sock, .events = POLLRDHUP };

	return poll(&p, 1, 0) != 0;
}

enum serve_got
serve_receive(int sock, struct paint_request *r, int *file, const char **cause)
{
	static char data[PAINT_REQUEST_MAX];
	struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
	union serve_room room;
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &room,
		.msg_controllen = sizeof(room) };
	ssize_t n;

	paint_request_init(r);
	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	*file = -1;
	if (n == -1)
		return SERVE_END;
	*file = serve_take_file(&m);
	if (n == 0)
		return serve_is_over(sock) ? SERVE_END : SERVE_NOTHING;
	if (m.msg_flags & MSG_TRUNC) {
		*cause = "too long";
		return SERVE_BAD;
	}
	if (paint_read_request(r, data, (size_t)n, cause) == -1)
		return SERVE_BAD;
	return SERVE_REQUEST;
}

int
serve_seal(const struct buf *tile)
{
	const char *text = buf_text(tile);
	int fd = memfd_create("ffsup-tile", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int error;
	ssize_t n;

	if (fd == -1)
		return -1;
	for (size_t at = 0; at < tile->len; at += (size_t)n) {
		n = write(fd, text + at, tile->len - at);
		if (n <= 0)
			goto fail;
	}
	if (fcntl(fd, F_ADD_SEALS,
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == -1)
		goto fail;
	return fd;
fail:
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
serve_send(int sock, const struct paint_reply *r, int fd)
{
	union serve_room room = { .head = { 0 } };
	struct iovec iov;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct buf b;
	ssize_t n;

	buf_init(&b, 0);
	paint_put_reply(&b, r);
	iov = (struct iovec){ .iov_base = (char *)buf_text(&b),
		.iov_len = b.len };
	if (fd != -1) {
		room.head.cmsg_level = SOL_SOCKET;
		room.head.cmsg_type = SCM_RIGHTS;
		room.head.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&room.head), &fd, sizeof(fd));
		m.msg_control = &room;
		m.msg_controllen = CMSG_SPACE(sizeof(fd));
	}
	do
		n = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	buf_clear(&b);
	return n == -1 ? -1 : 0;
}
