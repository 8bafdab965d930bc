/* SPDX-License-Identifier: ISC */
#ifndef LAUNCH_H
#define LAUNCH_H

/*
 * What a worker of a profile is started with: its command line and environment.
 */

#include "process/probe.h"
#include "process/worker.h"
#include "profile/plan.h"
#include "profile/profile.h"

/* What a worker of a source (NULL: of none) finds on its standard input at this
 * start: a folder is a list of files, a file whose name only looks like a
 * pattern is none. It looks at the disk, and may wait for it. */
enum plan_stdin
launch_stdin(const struct profile_source *s, const struct plan_worker *w);

/* Fill in a start. */
void launch_prepare(struct worker_launch *l, const struct profile *p,
    const struct plan_worker *w, const struct probe *ffmpeg);

/* The profile's policies, as one role takes them. */
struct worker_policy launch_policy(const struct profile *p, enum role role);

#endif
