/* SPDX-License-Identifier: ISC */
#ifndef LAUNCH_H
#define LAUNCH_H

/*
 * What a worker of a profile is started with: its command line, environment
 * and list of files.
 */

#include "plan.h"
#include "probe.h"
#include "profile.h"
#include "worker.h"

/* Fill in a start. 0, or -1 with *cause (malloc'd). */
int launch_prepare(struct worker_launch *l, const struct profile *p,
    const struct plan_worker *w, const struct probe *ffmpeg, char **cause);

/*
 * The playlist's next file: the one behind the file that was played last, in
 * the folder as it is now, so that new files join; after the last one the
 * first, if it loops. NULL at the end. Caller frees.
 */
char *launch_next_file(const struct profile *p, const char *last);

#endif
