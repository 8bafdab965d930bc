/* SPDX-License-Identifier: ISC */
#ifndef FRAMEREADER_H
#define FRAMEREADER_H

/*
 * Whole frames from a producer's pipe, FIFO or socket, read straight into pool
 * slots. It reads whatever happens to the encoder: the producer never waits for
 * long and never gets EPIPE from us. A new producer starts at byte 0 of a
 * frame; the unfinished frame of the old one is forgotten.
 */

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/intake.h"
#include "link/rivals.h"
#include "media/arrivals.h"

struct frame;
struct pool;

struct framereader {
	ev_io io;
	struct ev_loop *loop;
	int fd;			     /* owned; -1: closed */
	struct intake_feeder feeder; /* at the other end of it */
	struct rivals rivals;	     /* newcomers */
	ev_timer takeover;	     /* a whole one does not wait for ever */
	struct pool *pool;	     /* borrowed */
	struct geometry geometry;
	struct rate fps;
	struct frame *frame; /* being filled; reference held */
	size_t filled;
	size_t pipe_size;
	uint64_t count;		  /* whole frames ever */
	uint64_t torn;		  /* unfinished frames forgotten */
	struct arrivals arrivals; /* of the current producer's bytes */
	int64_t last_ms;	  /* of the newest bytes of all; 0: none */
	const char *goodbye; /* static: sent to a replaced producer; or NULL */
	/* Takes the reference. */
	void (*got_frame)(void *ctx, struct frame *f);
	/* So many bytes came before its frames and were skipped. Or NULL. */
	void (*skipped)(void *ctx, size_t bytes, bool text);
	/* The producer closed its end, and no rival waits: framereader_open()
	 * or framereader_close() must follow at once. NULL: it is closed. */
	void (*closed)(void *ctx);
	void *ctx, *closed_ctx;
};

void framereader_init(struct framereader *s, struct ev_loop *loop,
    struct pool *pool, const struct geometry *g, struct rate fps);

/* Takes the descriptor of a new producer; the old one is dropped at once. */
void framereader_open(struct framereader *s, int fd);

/* Takes the descriptor of a newcomer, whose turn comes with its first whole
 * frame: when the current producer's is whole, too, or does not become whole
 * within half a second. */
void framereader_offer(struct framereader *s, int fd);

void framereader_close(struct framereader *s);

/* Take the producers of a named pipe or a socket; `path` as in intake_open(). A
 * producer at the socket gets the geometry: {"v":1,
 * "bytes":921600,"size":"640x480","format":"bgr24","fps":"25/1"}. */
void framereader_listen(struct framereader *s, struct intake *in,
    enum intake_kind kind, const char *path);

#endif
