/* SPDX-License-Identifier: ISC */
#ifndef LINES_H
#define LINES_H

/*
 * Drains a pipe into lines, whatever comes: an undrained pipe freezes its
 * writer. A line ends with \n or \r; empty ones are skipped, and of one longer
 * than LINES_MAX the rest is dropped. A pipe is watched, or, where nobody waits
 * for its lines, read now and then together with others.
 */

#include <ev.h>

#include "base/buf.h"

#define LINES_MAX 4096

struct lines {
	ev_io io;
	ev_timer tick; /* instead of io, when relaxed */
	double period_s;
	struct ev_loop *loop;
	int fd; /* owned; -1: closed */
	struct buf partial;
	/* The line is NUL-terminated and may be changed by the callee, which
	 * must not close these lines. */
	void (*line)(void *ctx, char *line);
	void *ctx;
};

/* Before the first open: so that close and drain are harmless. */
void lines_init(struct lines *l, struct ev_loop *loop,
    void (*line)(void *ctx, char *line), void *ctx);

/* Takes the descriptor, which is made non-blocking, and watches it. */
void lines_open(struct lines *l, int fd);
void lines_close(struct lines *l);

/*
 * From now on read only at whole multiples of the period on the loop's clock,
 * so that a thousand pipes wake the loop once and not a thousand times.
 * Period 0: watched again. Nothing when closed.
 */
void lines_relax(struct lines *l, double period_s);

/* Read the available bytes; at the end of file it closes. Fine when closed. */
void lines_poll(struct lines *l);

/* Read the available bytes, without waiting for the end, and close. */
void lines_finish(struct lines *l);

#endif
