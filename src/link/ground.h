/* SPDX-License-Identifier: ISC */
#ifndef GROUND_H
#define GROUND_H

/*
 * The ground that overlays are drawn on: the frames of one link, and the
 * painter that makes tiles for them.
 */

#include "base/size.h"
#include "media/frame.h"
#include "media/paint.h"

struct ev_loop;
struct painter;
struct painted;
struct probe;
struct profile_overlay;

struct ground {
	struct ev_loop *loop;
	struct painter *painter;    /* borrowed */
	const struct probe *ffmpeg; /* borrowed: reads images */
	struct geometry geometry;
	struct rate fps;
	uint64_t changes; /* of the visible content, apart from movement */
};

/* The colour of an overlay's text, 0xrrggbb. */
uint32_t ground_color(const struct profile_overlay *o);

/* Begin a request for text or an image in the look of an overlay. The caller
 * clears it. */
void ground_request(const struct ground *g, struct paint_request *r,
    const struct profile_overlay *o);

/* The place of a tile by "at" and "margin". */
void ground_place(const struct ground *g, const struct profile_overlay *o,
    const struct painted *tile, int *x, int *y);

#endif
