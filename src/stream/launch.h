/* SPDX-License-Identifier: ISC */
#ifndef LAUNCH_H
#define LAUNCH_H

/*
 * The start of a profile's worker: its command line and environment.
 */

#include "process/probe.h"
#include "process/worker.h"
#include "profile/plan.h"
#include "profile/profile.h"

/* The standard input of a source's worker (NULL: of no source) at this start: a
 * folder is a list of files, a file whose name only looks like a pattern is
 * not. It looks at the disk, and may wait for it. */
enum plan_stdin
launch_stdin(const struct profile_source *s, const struct plan_worker *w);

/* Fill in a start. */
void launch_prepare(struct worker_launch *l, const struct profile *p,
    const struct plan_worker *w, const struct probe *ffmpeg);

/* The profile's policies, as one worker takes them. */
struct worker_policy
launch_policy(const struct profile *p, const struct plan_worker *w);

#endif
