/* SPDX-License-Identifier: ISC */
#ifndef FRAMEWRITER_H
#define FRAMEWRITER_H

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
#define FRAMEWRITER_LEND_MIN (128 * 1024)

/* Pictures that can be lent at a time: one for each of the 16 pages of an
 * ordinary pipe, for pictures that tests make small. */
#define FRAMEWRITER_LENT_MAX 18

struct framewriter_lent {
	struct frame *frame; /* reference held */
	uint64_t end;	     /* bytes into the pipe, up to its last one */
};

struct framewriter {
	ev_io io;
	struct ev_loop *loop;
	int fd;		     /* owned; -1: closed */
	bool broken;	     /* EPIPE: nobody reads; death comes by itself */
	bool finishing;	     /* close after this picture */
	bool lend;	     /* vmsplice, not write */
	struct frame *frame; /* being written; reference held */
	size_t offset, len;
	bool pinned; /* a part of it is lent */
	struct framewriter_lent lent[FRAMEWRITER_LENT_MAX]; /* oldest first */
	size_t n_lent;
	uint64_t bytes;	  /* into this pipe */
	size_t pipe_size; /* bytes, as the kernel granted */
	/* A picture has gone out, the next may come. */
	void (*ready)(void *ctx);
	void *ctx;
};

/* How many pictures of `len` bytes it may hold at a time. */
size_t framewriter_slots(size_t len);

void framewriter_init(struct framewriter *f, struct ev_loop *loop,
    void (*ready)(void *ctx), void *ctx);

/* Takes the write end of the pipe, for pictures of `len` bytes. */
void framewriter_open(struct framewriter *f, int fd, size_t len);

/* Close, and let go of every picture: the reader is dead. */
void framewriter_close(struct framewriter *f);

/* Whether a picture can be handed over now. */
bool framewriter_is_ready(const struct framewriter *f);

/* Hand over a picture; takes the reference. Only when ready. */
void framewriter_take(struct framewriter *f, struct frame *frame);

/* Ask the child to end: close the pipe, after the rest of the picture that
 * is on its way, if any. framewriter_close() follows when it is dead. */
void framewriter_finish(struct framewriter *f);

#endif
