/* SPDX-License-Identifier: ISC */
#ifndef SERVE_H
#define SERVE_H

/*
 * A painter's end of the socket: requests with their descriptors in, replies
 * with theirs out. Their format is in media/paint.h.
 */

struct buf;
struct paint_reply;
struct paint_request;

enum serve_got {
	SERVE_END,     /* the other end is closed */
	SERVE_NOTHING, /* an empty datagram */
	SERVE_BAD,     /* not a request; *cause says why, its id is kept */
	SERVE_REQUEST,
};

/* Wait for a datagram. *file is the descriptor that came with it, or -1; the
 * caller closes it and clears the request. */
enum serve_got
serve_receive(int sock, struct paint_request *r, int *file, const char **cause);

/* A sealed memfd of these bytes, or -1 with errno. */
int serve_seal(const struct buf *tile);

/* Send a reply, with a descriptor or -1. -1: the other end is closed. */
int serve_send(int sock, const struct paint_reply *r, int fd);

#endif
