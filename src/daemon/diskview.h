/* SPDX-License-Identifier: ISC */
#ifndef DISKVIEW_H
#define DISKVIEW_H

/*
 * The disk as one load of the configuration sees it. Made in a process that may
 * wait for the disk, sent to the one that may not, and answered from memory
 * there: the same questions get the same answers. Without a view (NULL) the
 * disk itself is asked.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/strv.h"

/* Of stat(2). */
struct diskview_stat {
	mode_t mode;
	int64_t size;	  /* bytes */
	int64_t mtime_ns; /* since the epoch */
};

struct diskview_answer;

struct diskview {
	bool replay; /* answer from memory; else ask, and remember */
	struct diskview_answer *v; /* owned */
	size_t n;
	size_t last; /* private: after the answer found last */
};

/* A view that asks the disk and remembers. */
void diskview_init(struct diskview *d);
void diskview_clear(struct diskview *d);

/* As fs_read(). */
char *
diskview_read(struct diskview *d, const char *path, size_t max, size_t *len);

/* 0, or -1 with errno. */
int
diskview_stat(struct diskview *d, const char *path, struct diskview_stat *st);

/* As realpath(3) with NULL. */
char *diskview_real(struct diskview *d, const char *path);

/* Where these paths lead, as resolve_paths(): within bounds of time. */
void diskview_places(
    struct diskview *d, const struct strv *paths, struct strv *found);

/* The names in a directory, sorted. 0, or -1 with errno. */
int diskview_list(struct diskview *d, const char *path, struct strv *names);

/* The view as bytes, written to a descriptor; and from them: 0, or -1 when they
 * are not a view. */
void diskview_send(const struct diskview *d, int out);
int diskview_take(struct diskview *d, const char *data, size_t len);

#endif
