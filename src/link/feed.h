/* SPDX-License-Identifier: ISC */
#ifndef FEED_H
#define FEED_H

/*
 * Whole pictures into a child's stdin. One at a time: the next one is taken
 * only when the last byte of this one is in the pipe, so a reader that dies
 * or hangs never makes anybody else wait and never sees half a picture from
 * us. Every new child is a new pipe and starts at byte 0 of a picture.
 *
 * Large pictures are not copied: vmsplice(2) lends their pages to the pipe. A
 * lent picture is kept, unchanged, until the reader is past it, which FIONREAD
 * tells; after the pipe was closed nobody tells, so then until the reader is
 * dead. Where the kernel refuses, write(2) does the same with a copy.
 */

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame;

/* Pictures smaller than this are copied: that is cheaper than to lend. */
#define FEED_LEND_MIN (128 * 1024)

/* Pictures that can be lent at a time: one for each of the 16 pages of an
 * ordinary pipe, for pictures that tests make small. */
#define FEED_LENT_MAX 18

struct feed_lent {
	struct frame *frame; /* reference held */
	uint64_t end;	     /* bytes into the pipe, up to its last one */
};

struct feed {
	ev_io io;
	struct ev_loop *loop;
	int fd;		     /* owned; -1: closed */
	bool broken;	     /* EPIPE: nobody reads; death comes by itself */
	bool finishing;	     /* close after this picture */
	bool lend;	     /* vmsplice, not write */
	struct frame *frame; /* being written; reference held */
	size_t offset, len;
	bool pinned;			      /* a part of it is lent */
	struct feed_lent lent[FEED_LENT_MAX]; /* oldest first */
	size_t n_lent;
	uint64_t bytes;	  /* into this pipe */
	size_t pipe_size; /* bytes, as the kernel granted */
	/* A picture has gone out, the next may come. */
	void (*ready)(void *ctx);
	void *ctx;
};

/* How many pictures of `len` bytes it may hold at a time. */
size_t feed_slots(size_t len);

void feed_init(
    struct feed *f, struct ev_loop *loop, void (*ready)(void *ctx), void *ctx);

/* Takes the write end of the pipe, for pictures of `len` bytes. */
void feed_open(struct feed *f, int fd, size_t len);

/* Close, and let go of every picture: the reader is dead. */
void feed_close(struct feed *f);

/* Whether a picture can be handed over now. */
bool feed_is_ready(const struct feed *f);

/* Hand over a picture; takes the reference. Only when ready. */
void feed_take(struct feed *f, struct frame *frame);

/* Ask the child to end: close the pipe, after the rest of the picture that
 * is on its way, if any. feed_close() follows when it is dead. */
void feed_finish(struct feed *f);

#endif
