/* SPDX-License-Identifier: ISC */
#ifndef CONTROL_H
#define CONTROL_H

/*
 * The control socket: accepts clients of root and our own user only. Where all
 * places are taken, the client that has been idle the longest makes room.
 */

#include <ev.h>

#include "daemon/clients.h"
#include "daemon/controlpath.h"

struct fleet;

#define CONTROL_CLIENTS_MAX 512

struct control {
	struct ev_loop *loop;
	struct clients clients;
	struct controlpath path;
	int fd;
	ev_io accept;
	ev_timer pause; /* after EMFILE: accept again later */
	ev_timer check; /* of the path, and of followers that left */
};

/* Listen at `path` (the lock is the caller's). -1 with *cause (borrowed). */
int control_open(struct control *c, struct ev_loop *loop, struct fleet *fleet,
    const char *path, const char **cause);

/* Drop every client, remove the socket if it is ours. */
void control_close(struct control *c);

#endif
