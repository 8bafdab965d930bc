/* SPDX-License-Identifier: ISC */
#ifndef PROBE_H
#define PROBE_H

/*
 * The ffmpeg binary: its path, its version, and the identity of the file, so
 * that an upgrade under a running daemon is noticed.
 */

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "ffmpeg/ffver.h"

struct probe {
	char *path; /* owned, absolute */
	struct ffver ver;
	dev_t dev;
	ino_t ino;
	struct timespec mtime;
};

/*
 * Find `name` (a path, or looked up in PATH) and ask it for its version.
 * Blocks for up to 10 s. 0, or -1 with *cause for a person; caller frees; the
 * version is there even then if it is only too old.
 */
int probe_run(struct probe *pr, const char *name, char **cause);
void probe_clear(struct probe *pr);

/* Whether another binary is at the path now. Asks the disk. */
bool probe_is_stale(const struct probe *pr);

/*
 * Ask the binary that is at the path now, for a stale probe. Blocks for up to 2
 * s. 0, or -1 with *cause (malloc'd): the binary is then remembered with the
 * old version, so that it is not asked again and again.
 */
int probe_again(struct probe *pr, char **cause);

#endif
