/* SPDX-License-Identifier: ISC */
#ifndef FFENDS_H
#define FFENDS_H

/*
 * The two ends of a worker, what it reads and what it writes, as far as others
 * outside of it must know them: to tell which of its connections is whose.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ffmpeg/ffdetail.h"

struct plan_worker;
struct profile;

enum ffend_kind {
	FFEND_UNKNOWN, /* "args" replace everything */
	FFEND_PIPE,    /* ffsup is there */
	FFEND_LOCAL,   /* a file, a device, something drawn */
	FFEND_TCP,
	FFEND_DATAGRAM /* UDP, RTP, SRT, RIST: the kernel counts nothing */
};

#define FFEND_PLACE_LEN 160

struct ffend {
	enum ffend_kind kind;
	int port;		     /* of TCP; 0: unknown */
	bool udp;		     /* RTSP whose packets come by UDP */
	char host[FFEND_PLACE_LEN];  /* as in the URL; IPv6 without brackets */
	char place[FFEND_PLACE_LEN]; /* "host:port" or "udp://host:port" for
					people; "": nothing to name */
};

struct ffends {
	struct ffend source, output;
};

/* The ends of a profile's worker. */
void ffends_of(
    struct ffends *e, const struct profile *p, const struct plan_worker *w);

/* A TCP connection of the worker, by what the kernel knows. */
struct ffends_peer {
	const char *host; /* an address */
	int port;
	uint64_t sent, received; /* bytes */
};

/* The end that a connection belongs to: SIDE_SOURCE, SIDE_OUTPUT, or SIDE_NONE
 * for neither. */
enum fail_side
ffends_side(const struct ffends *e, const struct ffends_peer *peer);

#endif
