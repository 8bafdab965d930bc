/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/util.h"
#include "stream/oldest.h"

/* By age, then by name. */
static int
oldest_compare(const void *a, const void *b)
{
	const struct oldest_file *f = a, *g = b;

	if (f->mtime != g->mtime)
		return f->mtime < g->mtime ? -1 : 1;
	return strcmp(f->path, g->path);
}

void
oldest_sort(struct oldest *o)
{
	if (o->n > 0)
		qsort(o->v, o->n, sizeof(*o->v), oldest_compare);
}

/* Release the newer half, so that memory has a bound. */
static void
oldest_thin(struct oldest *o)
{
	size_t keep = o->n / 2;

	oldest_sort(o);
	while (o->n > keep)
		free(o->v[--o->n].path);
	o->cut = o->v[keep - 1].mtime;
	o->thinned = true;
}

void
oldest_add(
    struct oldest *o, const char *path, const struct stat *st, bool hidden)
{
	int64_t mtime = fs_mtime_ns(st);

	if (o->thinned && mtime > o->cut)
		return;
	if (o->n == o->cap) {
		o->cap = o->cap == 0 ? 64 : o->cap * 2;
		o->v = xrealloc(o->v, o->cap, sizeof(*o->v));
	}
	o->v[o->n++] = (struct oldest_file){ .path = xstrdup(path),
		.size = st->st_size,
		.mtime = mtime,
		.hidden = hidden,
		.dev = st->st_dev,
		.ino = st->st_ino };
	if (o->n >= (o->max > 0 ? o->max : OLDEST_MAX))
		oldest_thin(o);
}

void
oldest_clear(struct oldest *o)
{
	for (size_t i = 0; i < o->n; i++)
		free(o->v[i].path);
	free(o->v);
	*o = (struct oldest){ .max = o->max };
}
