/* SPDX-License-Identifier: ISC */
/*
 * One dump for each address family, of all connections of the namespace: asking
 * for one socket alone would need the addresses of both its ends. The kernel
 * puts its answers into our socket while it takes the question, and while we
 * read the one before; so nothing here waits.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/sock.h"
#include "base/util.h"
#include "process/sockdiag.h"

/* States of a connection; their header in libc and the kernel's do not bear
 * each other. */
#define SOCKDIAG_ESTABLISHED 1
#define SOCKDIAG_SYN_SENT    2
#define SOCKDIAG_CLOSE_WAIT  8

#define SOCKDIAG_STATES                                         \
	(1U << SOCKDIAG_ESTABLISHED | 1U << SOCKDIAG_SYN_SENT | \
	    1U << SOCKDIAG_CLOSE_WAIT)

/* Connections with something unread, that are remembered: few have any. */
#define SOCKDIAG_LAZY 128

/* A question and its header. */
struct sockdiag_ask {
	struct nlmsghdr head;
	struct inet_diag_req_v2 req;
};

static int
sockdiag_send(int fd, uint8_t family)
{
	struct sockdiag_ask ask = {
		.head = { .nlmsg_len = sizeof(ask),
		    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.req = { .sdiag_family = family,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_ext = 1U << (INET_DIAG_INFO - 1),
		    .idiag_states = SOCKDIAG_STATES },
	};

	return send(fd, &ask, sizeof(ask), 0) == -1 ? -1 : 0;
}

/* The details of a connection. False: a kernel before 4.1 does not count. */
static bool
sockdiag_info(const struct nlmsghdr *h, struct tcp_info *info)
{
	const char *from = (const char *)h + NLMSG_LENGTH(0);
	size_t at = NLMSG_ALIGN(sizeof(struct inet_diag_msg));
	size_t len = h->nlmsg_len - NLMSG_LENGTH(0), size;
	struct nlattr a;

	while (at + sizeof(a) <= len) {
		memcpy(&a, from + at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > len - at)
			return false;
		size = a.nla_len - sizeof(a);
		if (a.nla_type == INET_DIAG_INFO) {
			memset(info, 0, sizeof(*info));
			memcpy(info, from + at + sizeof(a),
			    size < sizeof(*info) ? size : sizeof(*info));
			return size >= offsetof(struct tcp_info, tcpi_segs_out);
		}
		at += NLA_ALIGN(a.nla_len);
	}
	return false;
}

/* A connection with bytes that its program has not read: it may be the other end
 * of one that is asked for. */
struct sockdiag_lazy {
	struct sockdiag_id id;
	uint64_t received;
	int64_t unread;
};

/* The answers. */
struct sockdiag_dump {
	struct sockdiag_tcp *v; /* asked for */
	size_t n;
	struct sockdiag_lazy lazy[SOCKDIAG_LAZY];
	size_t n_lazy;
};

/* An address of either family. */
static void
sockdiag_address(uint8_t to[16], uint8_t family, const uint32_t *from)
{
	static const uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff };

	if (family == AF_INET6) {
		memcpy(to, from, 16);
		return;
	}
	memcpy(to, mapped, 12);
	memcpy(to + 12, from, 4);
}

static struct sockdiag_id
sockdiag_id(const struct inet_diag_msg *m)
{
	struct sockdiag_id id = { .here_port = m->id.idiag_sport,
		.there_port = m->id.idiag_dport };

	sockdiag_address(id.here, m->idiag_family, m->id.idiag_src);
	sockdiag_address(id.there, m->idiag_family, m->id.idiag_dst);
	return id;
}

/* Whether these are the two ends of one connection. */
static bool
sockdiag_is_peer(const struct sockdiag_id *a, const struct sockdiag_id *b)
{
	return a->here_port == b->there_port && a->there_port == b->here_port &&
	    memcmp(a->here, b->there, sizeof(a->here)) == 0 &&
	    memcmp(a->there, b->here, sizeof(a->there)) == 0;
}

/* The peer's address; one of IPv4 in IPv6's clothes as IPv4. */
static void
sockdiag_peer(struct sockdiag_tcp *s)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const uint8_t *there = s->id.there;

	if (memcmp(there, mapped, sizeof(mapped)) == 0)
		inet_ntop(AF_INET, there + 12, s->host, sizeof(s->host));
	else
		inet_ntop(AF_INET6, there, s->host, sizeof(s->host));
	s->port = ntohs(s->id.there_port);
}

/* A connection that was asked for. */
static void
sockdiag_fill(struct sockdiag_tcp *s, const struct inet_diag_msg *m,
    const struct tcp_info *info)
{
	s->found = true;
	s->connecting = m->idiag_state == SOCKDIAG_SYN_SENT;
	s->id = sockdiag_id(m);
	sockdiag_peer(s);
	s->waits = m->idiag_wqueue;
	s->unread = m->idiag_rqueue;
	s->taken = s->acked = info->tcpi_bytes_acked;
	s->received = info->tcpi_bytes_received;
	s->heard_ms = info->tcpi_last_data_recv;
}

/* An answer: is it one that was asked for, or may be its peer? */
static void
sockdiag_take(struct sockdiag_dump *d, const struct nlmsghdr *h)
{
	const struct inet_diag_msg *m = NLMSG_DATA(h);
	struct tcp_info info;
	bool lazy;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
		return;
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].inode == m->idiag_inode && sockdiag_info(h, &info))
			sockdiag_fill(&d->v[i], m, &info);
	lazy = m->idiag_rqueue > 0 && d->n_lazy < NELEM(d->lazy);
	if (lazy && sockdiag_info(h, &info))
		d->lazy[d->n_lazy++] = (struct sockdiag_lazy){
			.id = sockdiag_id(m),
			.received = info.tcpi_bytes_received,
			.unread = m->idiag_rqueue,
		};
}

/* What a peer on this machine has not read, it has not taken. */
static void
sockdiag_join(struct sockdiag_tcp *s, const struct sockdiag_dump *d)
{
	for (size_t i = 0; i < d->n_lazy; i++) {
		const struct sockdiag_lazy *l = &d->lazy[i];

		if (!sockdiag_is_peer(&s->id, &l->id))
			continue;
		s->taken = l->received - (uint64_t)l->unread;
		s->waits += l->unread;
	}
}

/* Read the answers to one question. */
static int
sockdiag_receive(int fd, struct sockdiag_dump *d)
{
	static _Alignas(struct nlmsghdr) char buf[32768];
	const struct nlmsgerr *e;
	const struct nlmsghdr *h;
	ssize_t got;
	size_t len;

	for (;;) {
		got = recv(fd, buf, sizeof(buf), 0);
		if (got == -1)
			return -1;
		len = (size_t)got;
		for (h = (struct nlmsghdr *)buf; NLMSG_OK(h, len);
		     h = NLMSG_NEXT(h, len)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR) {
				e = NLMSG_DATA(h);
				errno = -e->error;
				return -1;
			}
			sockdiag_take(d, h);
		}
	}
}

int
sockdiag_read(struct sockdiag_tcp *v, size_t n)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct sockdiag_dump d = { .v = v, .n = n };
	int fd = sock_open_diag(), rc = fd == -1 ? -1 : 0, err;

	for (size_t i = 0; i < NELEM(families) && rc == 0; i++) {
		rc = sockdiag_send(fd, families[i]);
		if (rc == 0)
			rc = sockdiag_receive(fd, &d);
		if (rc == -1 && families[i] == AF_INET6 && errno == ENOENT)
			rc = 0; /* a kernel without IPv6 */
	}
	err = errno;
	for (size_t i = 0; i < n; i++)
		if (v[i].found)
			sockdiag_join(&v[i], &d);
	if (fd != -1)
		close(fd);
	errno = err;
	return rc;
}
