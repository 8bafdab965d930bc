/* SPDX-License-Identifier: ISC */
#ifndef HLSDIR_H
#define HLSDIR_H

/*
 * Segments that an HLS playlist has forgotten: ffmpeg removes only those that
 * it remembers, and after a kill it remembers none. And whether a playlist is
 * still written: ffmpeg goes on in silence when its disk is full.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Beyond the length of the playlist, for players that lag. */
#define HLSDIR_SPARE_MS 60000

/*
 * Remove the regular files STEM-NNNNN.ts (and .ts.tmp) beside the playlist that
 * are not in it, and whose last write is longer ago than the playlist's length
 * and HLSDIR_SPARE_MS. Returns how many. Without a playlist that can be read
 * nothing is removed. Waits for the disk.
 */
size_t
hlsdir_sweep(const char *playlist, const char *stem, int64_t now_wall_ms);

/* How a playlist lies on its disk. */
struct hlsdir_look {
	int64_t mtime_ns;  /* 0: there is none */
	int64_t target_ms; /* of its segments, at most; 0: not known */
	int64_t free;	   /* bytes on its disk for us; -1: not known */
	int64_t holes;	   /* of its newest segments, missing or empty */
};

/* Waits for the disk. */
struct hlsdir_look hlsdir_look(const char *playlist);

/* What the looks have shown, by the monotonic clock; pure. */
struct hlsdir_watch {
	struct hlsdir_look last;
	int64_t changed_ms; /* of the playlist, or when its media began; 0: they
			       did not */
	int64_t bad_ms;	    /* last look that found holes or no space; 0 */
	bool looked;	    /* since then */
	bool moved;	    /* it was written in this run */
};

/* The media of a run begin. */
void hlsdir_begin(struct hlsdir_watch *w, int64_t now_ms);
void hlsdir_add(
    struct hlsdir_watch *w, const struct hlsdir_look *look, int64_t now_ms);

/* Whether it or its segments are not written any more. */
bool hlsdir_is_stale(const struct hlsdir_watch *w, int64_t now_ms);

/* "PATH has not been written for 43.0 s; its disk is full". Caller frees. */
char *
hlsdir_text(const struct hlsdir_watch *w, const char *playlist, int64_t now_ms);

#endif
