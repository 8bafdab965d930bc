/* SPDX-License-Identifier: ISC */
#ifndef PROFILE_H
#define PROFILE_H

/*
 * One JSON file: one camera, one stream. What can be asked of a profile; its
 * keys are in keys.h, parse.h makes one.
 */

#include <stdbool.h>
#include <stddef.h>

#include "profile/keys.h"

void profile_free(struct profile *p);

/* Whether it can be a name on a command line. */
bool profile_is_name(const char *s);

/* The name a path gives ("dir/front.json" -> "front"), or NULL with a
 * reason in *why (borrowed). Caller frees. */
char *profile_name(const char *path, const char **why);

const struct profile_output *profile_output(const struct profile *p, size_t i);

/* How many sources there are (1 where raw args stand for it), and each of
 * them, best first; NULL behind the last. */
size_t profile_n_sources(const struct profile *p);
const struct profile_source *
profile_source_at(const struct profile *p, size_t i);

/* The name of an output, given or made of its address ("rtmp", "record",
 * "rtmp2"): unique in the profile. */
void profile_output_name(
    const struct profile *p, size_t i, char name[PROFILE_NAME_MAX + 1]);

/* The program that brings pictures or H.264; empty: there is none. */
const struct strv *profile_command(const struct profile *p);

/* Whether outputs are processes of their own, behind one that encodes or
 * copies. */
bool profile_fans_out(const struct profile *p);

/* Whether one of the outputs goes to a platform that shows nothing of a stream
 * without sound. */
bool profile_needs_audio(const struct profile *p);

/* Whether silence is to be sent where there is no sound, because the sound is
 * "auto" and a platform that an output sends to wants some. */
bool profile_adds_silence(const struct profile *p);

/* Whether silence is to be sent for that reason, or is asked for. */
bool profile_wants_silence(const struct profile *p);

/* Whether a slate is sent as packets while the source is away: there is a
 * fallback, and the pictures are not decoded for it. */
bool profile_has_reel(const struct profile *p);

/* Whether a url, device or files are decoded into pictures, so that the
 * broadcast outlives them. */
bool profile_is_decoded(const struct profile *p);

#endif
