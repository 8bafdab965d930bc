/* SPDX-License-Identifier: ISC */
#ifndef SOCKDIAG_H
#define SOCKDIAG_H

/*
 * What the kernel knows of the TCP connections of other processes in our network
 * namespace: sock_diag(7), which needs no privilege and answers at once. Of a
 * peer on this machine it knows more: a Linux kernel may acknowledge small
 * segments for minutes that its program does not read.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The two ends of a connection: ours, and the peer's. IPv4 as in IPv6. */
struct sockdiag_id {
	uint8_t here[16], there[16];
	uint16_t here_port, there_port; /* in network order */
};

struct sockdiag_tcp {
	uint32_t inode; /* the caller's: whose socket it is */
	bool found;	/* it is a TCP connection, or becomes one */
	bool connecting;
	char host[INET6_ADDRSTRLEN]; /* of its peer: an address */
	int port;
	/* bytes: */
	uint64_t acked, received; /* of its whole life */
	uint64_t taken;	  /* by the peer's program, or else by its kernel */
	int64_t waits;	  /* written, and not taken */
	int64_t unread;	  /* that came, and were not read */
	int64_t heard_ms; /* since data came, or since it exists */
	struct sockdiag_id id;
};

/* Fill in those of the n sockets that are TCP connections. 0, or -1 with errno:
 * the kernel does not say. */
int sockdiag_read(struct sockdiag_tcp *v, size_t n);

#endif
