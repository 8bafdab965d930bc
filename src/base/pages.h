/* SPDX-License-Identifier: ISC */
#ifndef PAGES_H
#define PAGES_H

/*
 * Large memory in separate pages.
 */

#include <stddef.h>

/* `size` bytes, zeroed, that forks leave out: a child must not touch them.
 * NULL with errno. */
void *pages_map(size_t size);
void pages_unmap(void *memory, size_t size); /* NULL is fine */

#endif
