/* SPDX-License-Identifier: ISC */
#ifndef CONTROLPATH_H
#define CONTROLPATH_H

/*
 * The daemon's address: the control socket's name and the lock beside it. When
 * one is removed under us, it is made again; their disk may not answer, so a
 * job looks at them.
 */

#include <ev.h>
#include <sys/types.h>

#include "process/diskhang.h"
#include "process/job.h"

struct lock;

struct controlpath_host {
	/* This is the socket from now on: takes it. */
	void (*opened)(void *ctx, int fd);
	void *ctx;
};

struct controlpath {
	struct ev_loop *loop;
	struct controlpath_host host;
	char *path;	   /* owned: the socket's */
	struct lock *lock; /* borrowed: looked after; NULL: none */
	dev_t dev;	   /* the socket's file when it was made */
	ino_t ino;
	struct job look; /* at both */
	struct diskhang silence;
	unsigned trouble; /* looks in a row that found it not in place */
	unsigned blind;	  /* looks in a row without a result */
};

/* Listen at `path`, at once (the lock is the caller's). -1 with *cause
 * (borrowed). */
int controlpath_open(struct controlpath *s, struct ev_loop *loop,
    const char *path, const struct controlpath_host *host, const char **cause);

/* Look whether both are in place: call it every few seconds. */
void controlpath_check(struct controlpath *s);

/* Have the socket removed if it is ours. */
void controlpath_close(struct controlpath *s);

#endif
