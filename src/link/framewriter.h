/* SPDX-License-Identifier: ISC */
#ifndef FRAMEWRITER_H
#define FRAMEWRITER_H

/*
 * Whole frames into a child's stdin. One at a time: the next one is taken only
 * when the last byte of this one is in the pipe, so a reader that dies or hangs
 * never makes anybody else wait and never sees half a frame from us. Every new
 * child is a new pipe and starts at byte 0 of a frame.
 *
 * Large frames are not copied: vmsplice(2) lends their pages to the pipe. A
 * lent frame is kept, unchanged, until the reader is past it, which FIONREAD
 * shows; after the pipe was closed nothing shows it, so then until the reader
 * is dead. Where the kernel refuses, write(2) does the same with a copy.
 */

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame;

/* Smaller frames are copied: that is cheaper than to lend. */
#define FRAMEWRITER_LEND_MIN (128 * 1024)

/* Frames that can be lent at a time: one for each of the 16 pages of an
 * ordinary pipe, for the small frames of tests. */
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
	bool finishing;	     /* close after this frame */
	bool lend;	     /* vmsplice, not write */
	struct frame *frame; /* being written; reference held */
	size_t offset, len;
	bool pinned; /* a part of the frame is lent */
	struct framewriter_lent lent[FRAMEWRITER_LENT_MAX]; /* oldest first */
	size_t n_lent;
	uint64_t bytes;	  /* into this pipe */
	size_t pipe_size; /* bytes, as the kernel granted */
	/* A frame has gone out, the next may come. */
	void (*ready)(void *ctx);
	void *ctx;
};

/* How many frames of `len` bytes it may hold at a time. */
size_t framewriter_slots(size_t len);

void framewriter_init(struct framewriter *f, struct ev_loop *loop,
    void (*ready)(void *ctx), void *ctx);

/* Takes the write end of the pipe, for frames of `len` bytes. */
void framewriter_open(struct framewriter *f, int fd, size_t len);

/* Close, and let go of every frame: the reader is dead. */
void framewriter_close(struct framewriter *f);

/* Whether a frame can be handed over now. */
bool framewriter_is_ready(const struct framewriter *f);

/* Hand over a frame; takes the reference. Only when ready. */
void framewriter_take(struct framewriter *f, struct frame *frame);

/* Ask the child to end: close the pipe, after the rest of the frame that is on
 * its way, if any. framewriter_close() follows when it is dead. */
void framewriter_finish(struct framewriter *f);

#endif
