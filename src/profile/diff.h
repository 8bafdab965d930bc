/* SPDX-License-Identifier: ISC */
#ifndef DIFF_H
#define DIFF_H

/*
 * The difference between two profiles, and so the work that a change needs:
 * none, new numbers, another encoder, or a restart.
 */

#include <stdbool.h>
#include <stddef.h>

struct profile;

enum diff {
	DIFF_NONE,
	DIFF_LIVE,   /* restart, watchdog, stop, logs, description only */
	DIFF_SENDER, /* restart encoders and senders; frames and their producers
			stay. With several outputs: those concerned, or the
			workers before them */
	DIFF_RESTART
};

/* The work that makes `then` out of `now`. *what, if not NULL, says which keys
 * changed, masked; caller frees. */
enum diff diff_profiles(
    const struct profile *now, const struct profile *then, char **what);

/* Whether two outputs are the same but for live keys. */
bool diff_same_output(
    const struct profile *now, size_t i, const struct profile *then, size_t k);

/* Whether two sources, and all keys that turn them into packets, are the same
 * but for live keys. */
bool diff_same_source(
    const struct profile *now, size_t i, const struct profile *then, size_t k);

/* Whether all is the same but for live keys and the outputs. */
bool diff_same_media(const struct profile *now, const struct profile *then);

#endif
