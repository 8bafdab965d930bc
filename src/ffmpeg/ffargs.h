/* SPDX-License-Identifier: ISC */
#ifndef FFARGS_H
#define FFARGS_H

/*
 * From a worker to its command line, spelt for the version that was probed.
 * The folder ffmpeg/ is the only one that knows ffmpeg's options.
 */

#include "base/strv.h"
#include "ffmpeg/ffver.h"
#include "profile/plan.h"

struct profile;

/*
 * The argv of worker `w` of a profile. For a producer this is the profile's
 * command; for everything else ffmpeg (its path given) and its arguments.
 */
void ffargs_worker(struct strv *argv, const struct profile *p,
    const struct plan_worker *w, const char *ffmpeg, const struct ffver *ver);

#endif
