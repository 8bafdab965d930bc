/* SPDX-License-Identifier: ISC */
/* Memory that comes from the kernel and not from the heap. */
#include "config.h"

#include <sys/mman.h>

#include "base/pages.h"

void *
pages_map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	madvise(memory, size, MADV_DONTFORK);
	return memory;
}

void
pages_unmap(void *memory, size_t size)
{
	if (memory != NULL)
		munmap(memory, size);
}
