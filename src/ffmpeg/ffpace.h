/* SPDX-License-Identifier: ISC */
#ifndef FFPACE_H
#define FFPACE_H

/*
 * The clock of a source: whether its time stamps can be trusted, and whether it
 * must be held back.
 */

#include <stdbool.h>

#include "profile/plan.h"

struct profile_source;

/* Whether a demuxer opens its input by itself, and takes no options of
 * protocols. NULL: an unknown one does not. */
bool ffpace_opens(const char *format);

/* Whether a URL names a film: something that has an end. */
bool ffpace_is_film(const struct profile_source *s);

/* The clock of a source, by its format (NULL: unknown) and whether it has an
 * end. OWN where the profile's options give one. */
enum plan_pace
ffpace_of(const struct profile_source *s, const char *format, bool ends);

#endif
