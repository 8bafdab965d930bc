/* SPDX-License-Identifier: ISC */
#ifndef HLSDIR_H
#define HLSDIR_H

/*
 * Segments that an HLS playlist has forgotten: ffmpeg removes only those that
 * it remembers, and after a kill it remembers none.
 */

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

#endif
