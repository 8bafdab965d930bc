/* SPDX-License-Identifier: ISC */
#ifndef HEARING_H
#define HEARING_H

/*
 * A source that announces sound and does not send any keeps ffmpeg from writing
 * a header, and the broadcast off air. It is read without its sound then, and
 * with it again later. Pure; the times are the caller's, monotonic ms.
 */

#include <stdbool.h>
#include <stdint.h>

/* So long a start may go on after ffmpeg has said that it does not know the
 * sound: it may come yet. */
#define HEARING_PATIENCE_MS 4000

/* A run without sound lasts so long before sound is tried again, at first; each
 * time twice as long, because to try is to be off air for some seconds. */
#define HEARING_WAIT_MIN_MS (5 * 60 * 1000)
#define HEARING_WAIT_MAX_MS (60 * 60 * 1000)

struct hearing {
	int64_t unknown_ms; /* when this run said that it does not know it; 0 */
	int64_t wait_ms;    /* of the next try; 0: the first one's */
};

/* What is to be done: the source is started anew, without its sound or with. */
enum hearing_act {
	HEARING_STAY,
	HEARING_WITHOUT,
	HEARING_WITH
};

/* A run begins; ffmpeg has said that it does not know the sound. */
void hearing_begin(struct hearing *h);
void hearing_unknown(struct hearing *h, int64_t now);

/* While it runs. `deaf`: without sound; up_ms: for how long media have come, -1:
 * none yet. */
enum hearing_act
hearing_look(struct hearing *h, bool deaf, int64_t up_ms, int64_t now);

/* It is over: whether the next one is to be without sound. */
bool hearing_end(const struct hearing *h, bool deaf, bool had_media);

#endif
