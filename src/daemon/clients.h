/* SPDX-License-Identifier: ISC */
#ifndef CLIENTS_H
#define CLIENTS_H

/*
 * The clients of the control socket: one JSON line each way. A client that says
 * nothing, too much, or reads too slowly is dropped and disturbs nobody: the
 * bytes kept for clients that do not read have a limit.
 */

#include <ev.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "daemon/snapstore.h"
#include "daemon/speakers.h"

struct fleet;

#define CLIENTS_REQUEST_MAX   (64 * 1024)
#define CLIENTS_FOLLOWERS_MAX 256	   /* others get the reply only */
#define CLIENTS_TURN	      (256 * 1024) /* bytes in one turn of the loop */

struct conn;
TAILQ_HEAD(conn_list, conn);

struct clients {
	struct ev_loop *loop;
	struct fleet *fleet;
	struct reload *reload;	/* borrowed; set before anybody is served */
	struct conn_list conns; /* oldest first */
	size_t n_conns, n_following;
	struct snapstore held;	  /* frames on their way to clients */
	struct speakers speakers; /* those that say comments */
	size_t unread;		  /* bytes of text on theirs */
};

void clients_init(struct clients *c, struct ev_loop *loop, struct fleet *fleet);

/* Drop every client. */
void clients_clear(struct clients *c);

/* Serve one more, at this descriptor (taken). */
void clients_add(struct clients *c, int fd);

/* Make a place for a newcomer, which must not wait for silent clients: the one
 * that has been idle the longest goes. */
void clients_make_place(struct clients *c);

/* Drop a silent one; false: none is silent. */
bool clients_drop_silent(struct clients *c);

/* Notice silent followers that left, which no event reports: call it now and
 * then. */
void clients_check(struct clients *c);

#endif
