/* SPDX-License-Identifier: ISC */
#ifndef CAPTURE_H
#define CAPTURE_H

/*
 * A program run once for the bytes that it writes to stdout: an image decoded
 * to one raw frame, a slate. It has a deadline, and nothing waits for it.
 */

#include <ev.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "process/child.h"
#include "process/lines.h"

struct capture {
	struct child child;
	struct ev_loop *loop;
	ev_io io;
	ev_timer deadline;
	int fd; /* its stdout; -1: closed */
	struct lines err;
	char *said; /* owned: its last line on stderr */
	struct buf data;
	size_t min, max; /* wanted bytes */
	/* The bytes (malloc'd, given away), or NULL and why (borrowed). The
	 * capture may be started again from here. */
	void (*done)(void *ctx, uint8_t *data, size_t len, const char *why);
	void *ctx;
};

void capture_init(struct capture *g, struct ev_loop *loop,
    void (*done)(void *ctx, uint8_t *data, size_t len, const char *why),
    void *ctx);

/* Run argv for exactly `want` bytes; done() is called later, or at once when it
 * cannot be started. A running capture is ended first, without done(). */
void capture_start(struct capture *g, const struct strv *argv, size_t want);

/* Run argv with this stdin (borrowed) for up to `max` bytes. */
void capture_start_from(
    struct capture *g, const struct strv *argv, int in, size_t max);

/* End it without done(); blocks for the moment that SIGKILL takes. */
void capture_stop(struct capture *g);

#endif
