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

/* Warn of named files, programs and devices that are missing, of files that
 * cannot be media, of patterns that match nothing, of directories that cannot be
 * made, and of a URL that is a file or an image. */
void inspect_files(const struct profile *p, struct errors *errs);

/* ffmpeg's answers about files, so that a file of several streams is opened
 * once: the question; the answer, or the error. Zeroed: nothing. */
struct inspect_known {
	struct strv asked, said, why;
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
