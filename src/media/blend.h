/* SPDX-License-Identifier: ISC */
#ifndef BLEND_H
#define BLEND_H

/*
 * Lay a tile over a frame. Pure. 50 comments on a frame of 1920x1080 take as
 * much time as one or two copies of that frame.
 */

#include <stdint.h>

#include "media/frame.h"
#include "media/tile.h"

/*
 * The tile's first pixel comes to (x, y); an odd y is rounded down. The tile is
 * cut at the edges of the frame, and (x, y) may be any numbers. Bytes under
 * empty parts of the tile keep their values. A tile of another format than the
 * frame's has no effect.
 */
void blend_tile(const struct geometry *g, uint8_t *frame, const struct tile *t,
    int x, int y);

#endif
