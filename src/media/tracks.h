/* SPDX-License-Identifier: ISC */
#ifndef TRACKS_H
#define TRACKS_H

/*
 * Whether the media on air still fit the headers that the outputs wrote at
 * their beginning: the tracks, their codecs, and the size of the video frames.
 * These cannot change under a muxer: the outputs must restart, but not each
 * time that a camera comes back without its sound. Pure: time comes in as an
 * argument.
 */

#include <stdbool.h>
#include <stdint.h>

struct ts;

#define TRACKS 2 /* video, sound */

/* A track as one number: its codec, and the kind of its frames; 0: unknown. */
#define TRACKS_OF(codec, like) ((int)(codec) | (int)(like) << 8)
#define TRACKS_CODEC(track)    ((track)&0xff)
#define TRACKS_LIKE(track)     ((track) >> 8)

/* Video whose size changes again soon after a change must keep it for a while,
 * each time longer. */
#define TRACKS_SWAY_MIN_MS  2000
#define TRACKS_SWAY_MAX_MS  60000
#define TRACKS_SWAY_CALM_MS 120000

/* A missing track is waited for so long, and twice as long each time that it
 * came back after that. */
#define TRACKS_PATIENCE_MS     10000
#define TRACKS_PATIENCE_MAX_MS 600000

enum tracks_verdict {
	TRACKS_FIT,
	TRACKS_OTHER, /* another codec, or other sound */
	TRACKS_LOOK,  /* frames of another size or profile */
	TRACKS_MORE,  /* a track that the outputs do not have */
	TRACKS_LESS   /* one of theirs is gone, and not only for a while */
};

struct tracks {
	int codecs[TRACKS]; /* of the outputs, see above; -1: none */
	bool begun, dropped;
	int64_t missed_ms; /* since when one is; 0: none */
	int64_t patience_ms;
	int64_t looked_ms; /* when frames were of another size last; 0: never */
	int64_t sways_ms;  /* since when they are again; 0: not */
	int64_t sway_ms;   /* how long they must be */
};

void tracks_reset(struct tracks *t);

/* The tracks of a source by its tables: video, sound (not if `mute`); -1: none.
 * A kind that is unknown as yet is that of the outputs, and the other way round.
 * False: its sound is announced and not `heard` yet; it may come, or not. */
bool tracks_read(struct tracks *t, const struct ts *ts, bool mute, bool heard,
    int v[TRACKS]);

/* Whether an output that began with this video is outdated, because its size or
 * profile is another now; an unknown video at its beginning is filled in. 0:
 * unknown; -1: none. */
bool tracks_is_stale(int *began, int is);

/* Whether another size or profile has yet to last. */
bool tracks_sways(const struct tracks *t);

/*
 * This is on air now (-1: no such track). Whether the outputs must restart; the
 * caller restarts them. With `settled` it is the wanted source, not a
 * substitute: a substitute's additional or missing track does not count. A
 * missing track is waited for, even if another one is new.
 */
enum tracks_verdict tracks_look(
    struct tracks *t, const int is[TRACKS], bool settled, int64_t now_ms);

#endif
