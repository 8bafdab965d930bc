/* SPDX-License-Identifier: ISC */
#ifndef PROFILE_H
#define PROFILE_H

/*
 * One JSON file: one camera, one stream. Questions to a profile; its keys are
 * in keys.h, parse.h makes one.
 */

#include <stdbool.h>
#include <stddef.h>

#include "profile/keys.h"

void profile_free(struct profile *p);

/* Keys are in other places of another version of the file, with the same
 * values: take over what is known of its files. */
void profile_take_origin(struct profile *p, struct profile *from);

/* The place of a key in the file that was read, "cam.json:4:12", or that of the
 * nearest object that it would be in; NULL: it is not there, as one that has its
 * value from the defaults. Caller frees. */
char *profile_place(const struct profile *p, const char *key);

/* Whether it can be a name on a command line. */
bool profile_is_name(const char *s);

/* The name a path gives ("dir/front.json" -> "front"), or NULL with a
 * reason in *why (borrowed). Caller frees. */
char *profile_name(const char *path, const char **why);

const struct profile_output *profile_output(const struct profile *p, size_t i);

/* The overlay at a place of the list, or NULL after the last. */
const struct profile_overlay *
profile_overlay_at(const struct profile *p, size_t i);

/* The height of its text in pixels. */
int profile_text_height(const struct profile_overlay *o);

/* The label over the slate, as labeltext_make() reads it, with the time of the
 * last frame; NULL: none. */
const char *profile_slate_label(const struct profile *p);

/* The number of sources (1 with raw args), and each one, best first; NULL
 * after the last. */
size_t profile_n_sources(const struct profile *p);
const struct profile_source *
profile_source_at(const struct profile *p, size_t i);

/* The name of an output, given or made of its address ("rtmp", "record",
 * "rtmp2"): unique in the profile. */
void profile_output_name(
    const struct profile *p, size_t i, char name[PROFILE_NAME_MAX + 1]);

/* The program that brings frames or H.264; empty: none. */
const struct strv *profile_command(const struct profile *p);

/* How long `n` frames take at the slowest rate that the profile names, ms; 0: it
 * names none. What waits for frames waits for some of these at least. */
int64_t profile_frames_ms(const struct profile *p, int n);

#endif
