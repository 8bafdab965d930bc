/* SPDX-License-Identifier: ISC */
#ifndef INSPECT_H
#define INSPECT_H

/*
 * Checks that need the sources, not only the profile: whether the outputs can
 * carry the copied codec. ffmpeg opens each source for that.
 */

#include <stdbool.h>

#include "base/strv.h"

struct errors;
struct probe;
struct profile;

/* Warn of named files that are missing or cannot be media, of patterns that
 * match nothing, and of a file that would be read as if it were live. */
void inspect_files(const struct profile *p, struct errors *errs);

/* ffmpeg's answers about files, so that a file of several streams is opened
 * once: the question; the codec, or the error. Zeroed: nothing. */
struct inspect_known {
	struct strv asked, codec, why;
};

void inspect_known_clear(struct inspect_known *known);

/*
 * Open the files of sources, and with `all` URLs and devices whose video is
 * copied. A copied codec that does not fit is an error; a source that cannot be
 * opened is a warning. Blocks, 15 s for each at most, 5 s for a file; of many
 * files the first 50 are opened, and none that is in `known`.
 */
void inspect_sources(const struct profile *p, const struct probe *ffmpeg,
    bool all, struct inspect_known *known, struct errors *errs);

#endif
