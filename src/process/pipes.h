/* SPDX-License-Identifier: ISC */
#ifndef PIPES_H
#define PIPES_H

/*
 * Sizes of pipes, from one budget. The kernel gives a user without privileges
 * pipe-user-pages-soft pages (64 MiB) for all pipes together; past that every
 * new pipe has only two pages, which would starve the later ones. So at most
 * half of it is spent on larger pipes.
 */

#include <stddef.h>

/*
 * Make a pipe about as large as one frame (at most 1 MiB): fewer wake-ups, and
 * no more frames hidden in the kernel than needed. Best effort: returns its new
 * size, in bytes. Give it back with pipes_release().
 */
size_t pipes_grow(int fd, size_t picture);
void pipes_release(size_t size);

/* Bytes spent, and bytes that may be spent. */
size_t pipes_used(void);
size_t pipes_budget(void);

#endif
