/* SPDX-License-Identifier: ISC */
/*
 * Memory for raw frames: slots of one mapping.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "base/pages.h"
#include "base/util.h"
#include "link/pool.h"
#include "media/frame.h"

struct pool {
	struct frame *v; /* owned */
	size_t n;
	uint8_t *memory; /* mapped */
	size_t size;
};

struct pool *
pool_new(const struct geometry *g, size_t slots)
{
	size_t page = getauxval(AT_PAGESZ), slot, size, i;
	struct pool *p;
	void *memory;

	slot = (g->bytes + page - 1) / page * page;
	if (slots == 0 || __builtin_mul_overflow(slot, slots, &size)) {
		errno = EINVAL;
		return NULL;
	}
	memory = pages_map(size);
	if (memory == NULL)
		return NULL;
	madvise(memory, size, MADV_HUGEPAGE); /* a fifth of every frame */

	p = xcalloc(1, sizeof(*p));
	p->v = xcalloc(slots, sizeof(*p->v));
	p->n = slots;
	p->memory = memory;
	p->size = size;
	for (i = 0; i < slots; i++)
		p->v[i].data = p->memory + i * slot;
	return p;
}

void
pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	pages_unmap(p->memory, p->size);
	free(p->v);
	free(p);
}

struct frame *
pool_get(struct pool *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->v[i].refs == 0)
			return frame_ref(&p->v[i]);
	}
	return NULL;
}
