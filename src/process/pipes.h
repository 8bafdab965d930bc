/* SPDX-License-Identifier: ISC */
#ifndef PIPES_H
#define PIPES_H

/*
 * Sizes of pipes, from one budget. The kernel gives a user without privileges
 * pipe-user-pages-soft pages (64 MiB) for all pipes together; past that every
 * new pipe has two pages only, which would starve the ones that come later.
 * So no more than half of it is spent on making pipes larger.
 */

#include <stddef.h>

/*
 * Make a pipe about as large as one picture (at most 1 MiB): fewer wake-ups,
 * and no more pictures hidden in the kernel than needed. Best effort: the
 * size that it has then, in bytes. Give it back with pipes_release().
 */
size_t pipes_grow(int fd, size_t picture);
void pipes_release(size_t size);

/* Bytes spent, and bytes that may be spent. */
size_t pipes_used(void);
size_t pipes_budget(void);

#endif
