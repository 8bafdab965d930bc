/* SPDX-License-Identifier: ISC */
#ifndef SOURCE_H
#define SOURCE_H

/*
 * Whole pictures from a producer's pipe, read straight into pool slots. It
 * reads whatever happens to the encoder: the producer never waits for long
 * and never gets EPIPE from us. A new producer starts at byte 0 of a picture;
 * the unfinished picture of the old one is forgotten.
 */

#include <ev.h>
#include <stddef.h>
#include <stdint.h>

struct frame;
struct frame_pool;

struct source {
	ev_io io;
	struct ev_loop *loop;
	int fd;			 /* owned; -1: closed */
	struct frame_pool *pool; /* borrowed */
	struct frame *frame;	 /* being filled; reference held */
	size_t filled, len;
	uint64_t count; /* whole pictures ever */
	uint64_t torn;	/* unfinished pictures forgotten */
	/* Takes the reference. */
	void (*picture)(void *ctx, struct frame *f);
	void *ctx;
};

void source_init(struct source *s, struct ev_loop *loop,
    void (*picture)(void *ctx, struct frame *f), void *ctx);

/* Takes the read end of the pipe, for pictures of `len` bytes. */
void source_open(struct source *s, int fd, struct frame_pool *pool, size_t len);
void source_close(struct source *s);

#endif
