/* SPDX-License-Identifier: ISC */
#ifndef TRACKS_H
#define TRACKS_H

/*
 * Whether what is on air still fits what the outputs wrote down of it at their
 * beginning: which tracks there are, in which codecs, and how large the frames of
 * the video are. That cannot change
 * under a muxer; the outputs have to begin anew, but not each time that a camera
 * comes back without its sound. Pure: time comes in as an argument.
 */

#include <stdbool.h>
#include <stdint.h>

#define TRACKS 2 /* video, sound */

/* A track as one number: its codec, and what its frames are like; 0: that is not
 * known. */
#define TRACKS_OF(codec, like) ((int)(codec) | (int)(like) << 8)
#define TRACKS_CODEC(track)    ((track)&0xff)
#define TRACKS_LIKE(track)     ((track) >> 8)

/* Video that has just become of another size and does so again has to stay so
 * for a while, each time longer. */
#define TRACKS_SWAY_MIN_MS  2000
#define TRACKS_SWAY_MAX_MS  60000
#define TRACKS_SWAY_CALM_MS 120000

/* A track that is missed is waited for so long, and twice as long each time that
 * it came back after that. */
#define TRACKS_PATIENCE_MS     10000
#define TRACKS_PATIENCE_MAX_MS 600000

enum tracks_verdict {
	TRACKS_FIT,
	TRACKS_OTHER, /* another codec, or other sound */
	TRACKS_LOOK,  /* frames of another size or profile */
	TRACKS_MORE,  /* one that the outputs do not have */
	TRACKS_LESS   /* one of theirs is gone, and not only for a while */
};

struct tracks {
	int codecs[TRACKS]; /* of the outputs, see above; -1: they have none */
	bool begun, dropped;
	int64_t missed_ms; /* since when one is; 0: none */
	int64_t patience_ms;
	int64_t looked_ms; /* when frames were of another size last; 0: never */
	int64_t sways_ms;  /* since when they are again; 0: they are not */
	int64_t sway_ms;   /* for how long they have to be */
};

void tracks_reset(struct tracks *t);

/* Whether an output that began with this video is no more right now that it is
 * another, in size or profile; what it began with is taken over where that was not
 * known. 0: it was not; -1: there was none. */
bool tracks_is_stale(int *began, int is);

/* Whether another size or profile has yet to last. */
bool tracks_sways(const struct tracks *t);

/*
 * This is on air now (-1: no such track). Whether the outputs have to begin anew;
 * they are taken to do so. With `settled` it is what the outputs are for, and not
 * one that stands in: of that, a track more or less is none. One that is gone is
 * waited for, even if another one is new.
 */
enum tracks_verdict tracks_look(
    struct tracks *t, const int is[TRACKS], bool settled, int64_t now_ms);

#endif
