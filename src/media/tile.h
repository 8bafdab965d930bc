/* SPDX-License-Identifier: ISC */
#ifndef TILE_H
#define TILE_H

/*
 * Something to lay over frames (a comment, a label, a logo), ready for one
 * pixel format: bytes to add, and bytes that say how much of the frame stays.
 * One block of memory without pointers in it, built in one process and read in
 * another on the same machine. Pure; blend.h lays it on a frame.
 *
 * The block is a struct tile_head; then, for each plane of the format and each
 * of its phases, `first` (rows + 1 numbers), the spans, the colours and the
 * inverse alphas (rows * stride bytes each). Each of these begins at a multiple
 * of TILE_ALIGN from the start of the block, and its place follows from what
 * stands before it, so that no offset can lie. What lies between is 0.
 *
 * A byte d of the frame becomes c + d * i / 255, rounded, where c + i <= 255.
 * The alpha of a frame of rgba or bgra takes part in that.
 *
 * A plane with fewer columns than the frame has two phases, for an even and for
 * an odd x: in the second, one transparent column stands at the left. There is
 * none for an odd y: a tile lies on even rows.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/frame.h"

struct buf;

#define TILE_PLANES   3		    /* of a format, at most */
#define TILE_ALIGN    8		    /* malloc() keeps to it */
#define TILE_GAP      16	    /* bytes between two spans, at least */
#define TILE_AREA_MAX (7680 * 4320) /* pixels */

/* "TLE1"; another number where bytes have another order. */
#define TILE_MAGIC 0x31454c54

struct tile_head {
	uint32_t magic;
	uint32_t format; /* enum pixfmt */
	uint32_t w, h;	 /* in pixels */
};

/* Bytes [from, to) of a row, where the tile is not empty. */
struct tile_span {
	uint32_t from, to;
};

/* --- formats ------------------------------------------------------------ */

/* The sides of a plane are those of the frame, shifted and rounded up. */
struct tile_shape {
	uint8_t unit; /* bytes of one column; 0: no such plane */
	uint8_t x_shift, y_shift;
};

/* In the order of a frame's planes. */
extern const struct tile_shape tile_shapes[N_PIXFMTS][TILE_PLANES];

/* --- building ----------------------------------------------------------- */

/* What the tile is for. */
struct tile_target {
	enum pixfmt format;
	bool bt709;	 /* the matrix of luma; otherwise BT.601 */
	bool full;	 /* luma and chroma of 0..255, not of 16..235 and 240 */
	uint8_t opacity; /* of the whole tile; 255: as it is */
};

/* Premultiplied alpha, four bytes a pixel in the order B, G, R, A: Cairo's
 * ARGB32 on a little-endian machine. */
struct tile_image {
	const uint8_t *bgra; /* borrowed */
	size_t stride;	     /* bytes from row to row */
	int w, h;
};

/* As is usual for frames of this size: BT.709 from 720 lines on, limited range
 * (gray: full, as ffmpeg has it), opaque. */
void tile_target_init(struct tile_target *t, const struct geometry *g);

/* Build the block in `out`, which is empty. -1 when the image is empty or too
 * large: a side above SIZE_SIDE_MAX, an area above TILE_AREA_MAX. */
int tile_build(struct buf *out, const struct tile_image *image,
    const struct tile_target *target);

/* --- reading ------------------------------------------------------------ */

struct tile_plane {
	const uint32_t
	    *first; /* spans of row y: first[y] .. first[y + 1] - 1 */
	const struct tile_span *spans;
	const uint8_t *colour, *inverse;
	uint32_t stride, rows; /* bytes from row to row; how many */
};

/* A block that was found to be sound. All points into it. */
struct tile {
	enum pixfmt format;
	int w, h;
	struct tile_plane planes[TILE_PLANES][2]; /* and phases */
};

/*
 * Look at a block, which nobody can write to any more; whoever wrote it may be
 * hostile. NULL, or why it is refused (a constant text). `mem` is aligned to
 * TILE_ALIGN and outlives the tile; blend_tile() reads nothing outside it.
 */
const char *
tile_open(struct tile *t, const void *mem, size_t len, enum pixfmt format);

#endif
