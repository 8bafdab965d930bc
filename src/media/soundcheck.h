/* SPDX-License-Identifier: ISC */
#ifndef SOUNDCHECK_H
#define SOUNDCHECK_H

/*
 * A source that announces sound and sends none keeps ffmpeg from writing a
 * header, and the broadcast off air. It is then read without its sound, and
 * with it again later. Pure; the times are the caller's, monotonic ms.
 */

#include <stdbool.h>
#include <stdint.h>

/* So long a start may go on after ffmpeg has reported unknown sound: it may
 * still come. */
#define SOUNDCHECK_PATIENCE_MS 4000

/* A run without sound lasts so long before sound is tried again, at first; each
 * time twice as long, because each try is some seconds off air. */
#define SOUNDCHECK_WAIT_MIN_MS (5 * 60 * 1000)
#define SOUNDCHECK_WAIT_MAX_MS (60 * 60 * 1000)

struct soundcheck {
	int64_t unknown_ms; /* when this run reported unknown sound; 0 */
	int64_t wait_ms;    /* of the next try; 0: as at first */
};

/* The action: the source is restarted, without its sound or with. */
enum soundcheck_act {
	SOUNDCHECK_STAY,
	SOUNDCHECK_WITHOUT,
	SOUNDCHECK_WITH
};

/* A run begins; ffmpeg has reported unknown sound. */
void soundcheck_begin(struct soundcheck *h);
void soundcheck_unknown(struct soundcheck *h, int64_t now);

/* While it runs. `deaf`: without sound; up_ms: how long media have come, -1:
 * none yet. */
enum soundcheck_act
soundcheck_look(struct soundcheck *h, bool deaf, int64_t up_ms, int64_t now);

/* It is over: whether the next one should be without sound. */
bool soundcheck_end(const struct soundcheck *h, bool deaf, bool had_media);

#endif
