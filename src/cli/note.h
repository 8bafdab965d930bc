/* SPDX-License-Identifier: ISC */
#ifndef NOTE_H
#define NOTE_H

/*
 * What is wrong with a stream, in the few words that a row of the table has room
 * for. Of a status (doc/PROTOCOL.md), also of an older daemon. Pure.
 */

#include <stdbool.h>

#include "cli/render.h"

/* Whether it should be on air, and is not, and has failed: more than a start. */
bool note_is_down(const cJSON *stream);

/* "timeout (3rd try)", "slate: exit 1", "output down: twitch (auth), 2 fine"; ""
 * where nothing is wrong. Caller frees. */
char *note_trouble(const cJSON *stream, const struct render_opts *o);

#endif
