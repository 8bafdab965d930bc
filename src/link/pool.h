/* SPDX-License-Identifier: ISC */
#ifndef POOL_H
#define POOL_H

/*
 * The memory that raw frames live in: slots of one size.
 */

#include <stddef.h>

struct frame;
struct geometry;
struct pool;

/* Memory comes from one mapping that forks do not inherit, of huge pages where
 * the kernel has some. NULL with errno without memory. */
struct pool *pool_new(const struct geometry *g, size_t slots);

/* None of its frames may be referenced any more. NULL is fine. */
void pool_free(struct pool *p);

/* A free slot with one reference, or NULL when all are in use. */
struct frame *pool_get(struct pool *p);

#endif
