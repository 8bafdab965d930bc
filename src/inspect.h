/* SPDX-License-Identifier: ISC */
#ifndef INSPECT_H
#define INSPECT_H

/*
 * What cannot be seen in a profile, but in its sources: whether the codec that
 * is copied is one that the outputs carry. ffmpeg opens each source for that.
 */

#include <stdbool.h>

struct errors;
struct probe;
struct profile;

/* Warn of files that the profile names and that are not there, and of one that
 * would be read as if it were live. */
void inspect_files(const struct profile *p, struct errors *errs);

/*
 * Look at the sources whose video is copied: at files, and with `all` at URLs
 * and devices too. What does not fit is an error; a source that cannot be
 * opened is a warning. Blocks, 15 s for each source at most.
 */
void inspect_sources(const struct profile *p, const struct probe *ffmpeg,
    bool all, struct errors *errs);

#endif
