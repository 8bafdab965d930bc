/* SPDX-License-Identifier: ISC */
#ifndef TILE_H
#define TILE_H

/*
 * A tile: a comment, a label or an image, ready to be laid over frames of one
 * pixel format. It holds bytes to add, and bytes that say how much of the frame
 * stays. It is one block of memory without pointers: one process builds it,
 * another on the same machine reads it. Pure; blend.h lays it over a frame.
 *
 * The block is a struct tile_head; then, for each plane of the format and each
 * phase of the plane, `first` (rows + 1 numbers), the spans, the colours and
 * the inverse alphas (rows * stride bytes each). Each of these parts begins at
 * a multiple of TILE_ALIGN from the start of the block. The place of a part
 * follows from the parts before it, so the block has no offset that could lie.
 * The bytes between parts are 0.
 *
 * A byte d of the frame becomes c + d * i / 255, rounded, where c + i <= 255.
 * The alpha bytes of rgba and bgra frames are blended like the colours.
 *
 * A plane with fewer columns than the frame has two phases, for an even and an
 * odd x: the second phase begins with one transparent column. A tile always
 * lies on an even row, so an odd y needs no phase.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/frame.h"

struct buf;

#define TILE_PLANES   3		    /* of a format, at most */
#define TILE_ALIGN    8		    /* malloc() keeps to it */
#define TILE_GAP      32	    /* bytes between two spans, at least */
#define TILE_AREA_MAX (7680 * 4320) /* pixels */

/* "TLE1"; other byte orders give another number. */
#define TILE_MAGIC 0x31454c54

struct tile_head {
	uint32_t magic;
	uint32_t format; /* enum pixfmt */
	uint32_t w, h;	 /* in pixels */
};

/* Bytes [from, to) of a row; the tile is empty outside its spans. */
struct tile_span {
	uint32_t from, to;
};

/* --- formats ------------------------------------------------------------ */

struct tile_shape {
	uint8_t unit; /* bytes of one column; 0: no such plane */
	uint8_t x_shift, y_shift;
};

/* In the order of a frame's planes. */
extern const struct tile_shape tile_shapes[N_PIXFMTS][TILE_PLANES];

/* A side of a plane: that of the frame, shifted and rounded up. */
uint32_t tile_side(int pixels, int shift);

/* --- building ----------------------------------------------------------- */

/* The frames that the tile is made for. */
struct tile_target {
	enum pixfmt format;
	bool bt709;	 /* the matrix of luma; otherwise BT.601 */
	bool full;	 /* luma and chroma of 0..255, not of 16..235 and 240 */
	uint8_t opacity; /* of the whole tile; 255: unchanged */
};

/* Premultiplied alpha, four bytes a pixel in the order B, G, R, A: Cairo's
 * ARGB32 on a little-endian machine. */
struct tile_image {
	const uint8_t *bgra; /* borrowed */
	size_t stride;	     /* bytes from row to row */
	int w, h;
};

/* The usual values for such frames: BT.709 from 720 lines on, limited range
 * (gray: full, as ffmpeg has it), opaque. */
void tile_target_init(struct tile_target *t, const struct geometry *g);

/* Build the block in `out`, which is empty. -1 when the image is empty or too
 * large (a side above SIZE_SIDE_MAX, an area above TILE_AREA_MAX), or the block
 * for the cap of `out`. */
int tile_build(struct buf *out, const struct tile_image *image,
    const struct tile_target *target);

/* --- reading ------------------------------------------------------------ */

/* The bytes of the largest block for a tile of these sides, which are at most
 * SIZE_SIDE_MAX. */
int64_t tile_bytes_max(enum pixfmt format, int w, int h);

/* The spans of row y are those from first[y] on, before first[y + 1]. */
struct tile_plane {
	const uint32_t *first;
	const struct tile_span *spans;
	const uint8_t *colour, *inverse;
	uint32_t stride, rows; /* bytes from row to row; how many */
};

/* A block that was checked; all pointers point into it. */
struct tile {
	enum pixfmt format;
	int w, h;
	struct tile_plane planes[TILE_PLANES][2]; /* the second index: phase */
};

/*
 * Check a block from a writer that may be hostile; nobody can change the block
 * any more. Returns NULL, or the reason why it is refused (a constant text).
 * `mem` is aligned to TILE_ALIGN and outlives the tile. blend_tile() reads no
 * byte outside a block that was accepted.
 */
const char *
tile_open(struct tile *t, const void *mem, size_t len, enum pixfmt format);

#endif
