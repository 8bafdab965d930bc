/* SPDX-License-Identifier: ISC */
#ifndef TRACKS_H
#define TRACKS_H

/*
 * Whether what is on air still fits what the outputs wrote down of it at their
 * beginning: which tracks there are, and in which codecs. That cannot change
 * under a muxer; the outputs have to begin anew, but not each time that a camera
 * comes back without its sound. Pure: time comes in as an argument.
 */

#include <stdbool.h>
#include <stdint.h>

#define TRACKS 2 /* video, sound */

/* A track that is missed is waited for so long, and twice as long each time that
 * it came back after that. */
#define TRACKS_PATIENCE_MS     10000
#define TRACKS_PATIENCE_MAX_MS 600000

enum tracks_verdict {
	TRACKS_FIT,
	TRACKS_OTHER, /* another codec */
	TRACKS_MORE,  /* one that the outputs do not have */
	TRACKS_LESS   /* one of theirs is gone, and not only for a while */
};

struct tracks {
	int codecs[TRACKS]; /* of the outputs; -1: they have none */
	bool begun, dropped;
	int64_t missed_ms; /* since when one is; 0: none */
	int64_t patience_ms;
};

void tracks_reset(struct tracks *t);

/*
 * This is on air now (-1: no such track). Whether the outputs have to begin anew;
 * they are taken to do so. With `settled` it is what the outputs are for, and not
 * one that stands in: of that, a track more or less is none. One that is gone is
 * waited for, even if another one is new.
 */
enum tracks_verdict tracks_look(
    struct tracks *t, const int is[TRACKS], bool settled, int64_t now_ms);

#endif
