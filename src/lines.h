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
	ev_timer tick; /* of one that is relaxed */
	double period; /* s; 0: watched */
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

/*
 * From now on the pipe is not watched but read at whole multiples of `period_s`
 * of the loop's clock: a thousand pipes that speak once a second wake the loop
 * up once, not a thousand times. What comes in a period must fit into the
 * pipe. 0: watch it again.
 */
void lines_relax(struct lines *l, double period_s);

/* Read what is there now, if it is relaxed; the end is found at the next
 * tick. */
void lines_poll(struct lines *l);
void lines_close(struct lines *l);

/* Read what is there now, without waiting for the end, and close. */
void lines_finish(struct lines *l);

#endif
