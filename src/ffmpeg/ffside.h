/* SPDX-License-Identifier: ISC */
#ifndef FFSIDE_H
#define FFSIDE_H

/*
 * Which side a line of ffmpeg speaks of: by the addresses of the worker, and by
 * ffmpeg's words for what it reads and what it writes.
 */

#include <stdbool.h>
#include <stddef.h>

#include "ffmpeg/ffdetail.h"
#include "ffmpeg/ffsaid.h"

struct ffplaces;

/* Of `s`, which is the first of the lines, by the next ones as well; of a worker
 * with these places, or NULL. SIDE_NONE: they do not say. */
enum fail_side ffside_of(const struct ffsaid *s, const struct ffplaces *f,
    const char *const *lines, size_t n);

/* The side of a class where it has but one; else `side`. */
enum fail_side ffside_of_class(enum fail_class class, enum fail_side side);

/* Whether ffmpeg had begun to send, and was writing. */
bool ffside_is_writing(const char *line);

/* Whether it is about the source's media: it reports unknown facts of a filter
 * graph's input, in the words for an option. */
bool ffside_is_graph(const struct ffsaid *s);

#endif
