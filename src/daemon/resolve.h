/* SPDX-License-Identifier: ISC */
#ifndef RESOLVE_H
#define RESOLVE_H

/*
 * Where paths lead, so that two that lead to one place are one text: links,
 * "..", relative paths and directories that are mounted twice are resolved as
 * far as they exist on the disk; the rest stays as written.
 *
 * A separate process looks them up. A disk that does not answer costs
 * RESOLVE_PATIENCE_MS, RESOLVE_HANGS times at most, and its paths have no
 * answer.
 */

#include "base/strv.h"

#define RESOLVE_PATIENCE_MS 1000
#define RESOLVE_HANGS	    2

/* One text for each path, in their order; "": no answer. */
void resolve_paths(const struct strv *paths, struct strv *found);

#endif
