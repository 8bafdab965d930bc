/* SPDX-License-Identifier: ISC */
#ifndef FEED_H
#define FEED_H

/*
 * Whole pictures into a child's stdin. One at a time: the next one is taken
 * only when the last byte of this one has been written, so a reader that dies
 * or hangs never makes anybody else wait and never sees half a picture from
 * us. Every new child is a new pipe and starts at byte 0 of a picture.
 */

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame;

struct feed {
	ev_io io;
	struct ev_loop *loop;
	int fd;		     /* owned; -1: closed */
	bool broken;	     /* EPIPE: nobody reads; death comes by itself */
	bool finishing;	     /* close after this picture */
	struct frame *frame; /* being written; reference held */
	size_t offset, len;
	uint64_t written; /* whole pictures, into this pipe */
	size_t pipe_size; /* bytes, as the kernel granted */
	/* A picture has gone out, the next may come. */
	void (*ready)(void *ctx);
	void *ctx;
};

void feed_init(
    struct feed *f, struct ev_loop *loop, void (*ready)(void *ctx), void *ctx);

/* Takes the write end of the pipe, for pictures of `len` bytes. */
void feed_open(struct feed *f, int fd, size_t len);
void feed_close(struct feed *f);

/* Whether a picture can be handed over now. */
bool feed_is_ready(const struct feed *f);

/* Hand over a picture; takes the reference. Only when ready. */
void feed_take(struct feed *f, struct frame *frame);

/* Ask the child to end: close the pipe, after the rest of the picture that
 * is on its way, if any. */
void feed_finish(struct feed *f);

/*
 * Make a pipe about as large as one picture: fewer wake-ups, and no more
 * pictures hidden in the kernel than needed. Best effort; the size granted.
 */
size_t feed_size_pipe(int fd, size_t picture);

#endif
