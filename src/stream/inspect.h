/* SPDX-License-Identifier: ISC */
#ifndef INSPECT_H
#define INSPECT_H

/*
 * What cannot be seen in a profile, but in its sources: whether the codec that
 * is copied is one that the outputs carry. ffmpeg opens each source for that.
 */

#include <stdbool.h>

#include "base/strv.h"

struct errors;
struct probe;
struct profile;

/* Warn of files that the profile names and that are not there or cannot be
 * media, of patterns that match nothing, and of a file that would be read as if
 * it were live. */
void inspect_files(const struct profile *p, struct errors *errs);

/* What ffmpeg said of files, so that one that several streams play is opened
 * once: the question; the codec, or why there is none. Zeroed: nothing. */
struct inspect_known {
	struct strv asked, codec, why;
};

void inspect_known_clear(struct inspect_known *known);

/*
 * Open the files of sources, and with `all` URLs and devices whose video is
 * copied. A copied codec that does not fit is an error; what cannot be opened
 * is a warning. Blocks, 15 s for each at most, 5 s for a file; of many files the
 * first 50 are opened, and none that is in `known`.
 */
void inspect_sources(const struct profile *p, const struct probe *ffmpeg,
    bool all, struct inspect_known *known, struct errors *errs);

#endif
