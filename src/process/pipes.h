/* SPDX-License-Identifier: ISC */
#ifndef PIPES_H
#define PIPES_H

/*
 * Our ends of pipes: reading and closing them, and their sizes, from one budget. The kernel gives a user without privileges
 * pipe-user-pages-soft pages (64 MiB) for all pipes together; past that every
 * new pipe has only two pages, which would starve the later ones. So at most
 * half the budget is spent on larger pipes.
 */

#include <stddef.h>
#include <sys/types.h>

struct ev_io;
struct ev_loop;

/*
 * Make a pipe about as large as one frame (at most 1 MiB): fewer wake-ups, and
 * no more frames hidden in the kernel than needed. Best effort: returns its new
 * size, in bytes, which pipes_close() gives back.
 */
size_t pipes_grow(int fd, size_t frame);

/* One read from a pipe that does not block: bytes; 0: nothing now; -1: its end, or
 * an error. */
ssize_t pipes_read(int fd, void *data, size_t len);

/* End the watch of a pipe, close it and give its size back; *fd is -1 then. Nothing
 * if it is so already. */
void pipes_close(struct ev_loop *loop, struct ev_io *io, int *fd, size_t size);

/* Bytes spent, and bytes that may be spent. */
size_t pipes_used(void);
size_t pipes_budget(void);

#endif
