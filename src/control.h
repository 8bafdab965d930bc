/* SPDX-License-Identifier: ISC */
#ifndef CONTROL_H
#define CONTROL_H

/*
 * The control socket: one JSON line each way. A client that says nothing,
 * too much, or reads too slowly is dropped and disturbs nobody.
 */

#include <ev.h>
#include <stdbool.h>
#include <sys/queue.h>

struct fleet;

#define CONTROL_REQUEST_MAX (64 * 1024)
#define CONTROL_CLIENTS_MAX 512

struct conn;
TAILQ_HEAD(conn_list, conn);

struct control {
	struct ev_loop *loop;
	struct fleet *fleet;
	struct reload *reload;
	/* borrowed; set before anybody is served */ /* borrowed */
	char *path;				     /* owned */
	int fd;
	ev_io accept;
	ev_timer pause; /* after EMFILE: accept again later */
	ev_timer check; /* the socket's name may vanish */
	struct conn_list conns;
	size_t n_conns;
};

/* Listen at `path` (the lock is the caller's). -1 with *cause (borrowed). */
int control_open(struct control *c, struct ev_loop *loop, struct fleet *fleet,
    const char *path, const char **cause);

/* Drop every client, remove the socket. */
void control_close(struct control *c);

#endif
