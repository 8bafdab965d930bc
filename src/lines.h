/* SPDX-License-Identifier: ISC */
#ifndef LINES_H
#define LINES_H

/*
 * Drains a pipe into lines, whatever comes: an undrained pipe freezes the
 * process behind it. A line ends with \n or \r; empty ones are skipped, and
 * of one longer than LINES_MAX the rest is dropped.
 */

#include <ev.h>

#include "buf.h"

#define LINES_MAX 4096

struct lines {
	ev_io io;
	struct ev_loop *loop;
	int fd; /* owned; -1: closed */
	struct buf partial;
	/* The line is NUL-terminated and may be changed by the callee, who
	 * must not close these lines. */
	void (*line)(void *ctx, char *line);
	void *ctx;
};

/* Before the first open: so that close and drain are harmless. */
void lines_init(struct lines *l, struct ev_loop *loop,
    void (*line)(void *ctx, char *line), void *ctx);

/* Takes the descriptor, which is made non-blocking. */
void lines_open(struct lines *l, int fd);
void lines_close(struct lines *l);

/* Read what is there now, without waiting for the end, and close. */
void lines_finish(struct lines *l);

#endif
