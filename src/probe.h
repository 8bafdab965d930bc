/* SPDX-License-Identifier: ISC */
#ifndef PROBE_H
#define PROBE_H

/*
 * What the ffmpeg binary is: its path, its version, and the identity of the
 * file, so that an upgrade under a running daemon is noticed.
 */

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "ffargs.h"

struct probe {
	char *path; /* owned, absolute */
	struct ffver ver;
	dev_t dev;
	ino_t ino;
	struct timespec mtime;
};

/*
 * Find `name` (a path, or looked up in PATH) and ask it for its version.
 * Blocks for up to 10 s. 0, or -1 with *cause for a person; caller frees.
 */
int probe_run(struct probe *pr, const char *name, char **cause);
void probe_clear(struct probe *pr);

/*
 * Before a start: if another binary stands at the path, ask that one. This
 * holds up the loop for the 50 ms that ffmpeg takes to answer, once after an
 * upgrade; an old option to a new ffmpeg would cost the stream. One that
 * does not answer within 2 s is not asked again.
 */
void probe_refresh(struct probe *pr);

/* Whether another binary stands at the path now. */
bool probe_is_stale(const struct probe *pr);

#endif
