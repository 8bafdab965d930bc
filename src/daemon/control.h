/* SPDX-License-Identifier: ISC */
#ifndef CONTROL_H
#define CONTROL_H

/*
 * The control socket: one JSON line each way. A client that says nothing,
 * too much, or reads too slowly is dropped and disturbs nobody: what is kept
 * for those who do not read has a limit, and where all places are taken, the
 * one that has been idle the longest makes room.
 */

#include <ev.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "daemon/controlpath.h"
#include "daemon/snapstore.h"

struct fleet;

#define CONTROL_REQUEST_MAX   (64 * 1024)
#define CONTROL_CLIENTS_MAX   512
#define CONTROL_FOLLOWERS_MAX 256 /* of them; others are answered and go */

struct conn;
TAILQ_HEAD(conn_list, conn);

struct control {
	struct ev_loop *loop;
	struct fleet *fleet;
	struct reload *reload; /* borrowed; set before anybody is served */
	struct controlpath seat;
	int fd;
	ev_io accept;
	ev_timer pause;		/* after EMFILE: accept again later */
	ev_timer check;		/* of the seat, and of followers who left */
	struct conn_list conns; /* oldest first */
	size_t n_conns, n_following;
	struct snapstore held; /* frames on their way to clients */
	size_t unread;	       /* bytes of text on theirs */
};

/* Listen at `path` (the lock is the caller's). -1 with *cause (borrowed). */
int control_open(struct control *c, struct ev_loop *loop, struct fleet *fleet,
    const char *path, const char **cause);

/* Drop every client, remove the socket if it is ours. */
void control_close(struct control *c);

#endif
