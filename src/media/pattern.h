/* SPDX-License-Identifier: ISC */
#ifndef PATTERN_H
#define PATTERN_H

/*
 * Test patterns, drawn straight into a frame's memory.
 *
 * "counter" carries the frame's number and the wall clock as big black and
 * white blocks that survive scaling and lossy coding, so that a receiver can
 * read both back. The grid has PATTERN_COLS x PATTERN_ROWS cells over the whole
 * frame:
 *
 *   row 0      alternating white, black: finds the grid, proves the frame
 *              is not sheared
 *   rows 1, 2  frame number, 32 bits, most significant first
 *   rows 3-5   wall clock, 48 bits of milliseconds since the epoch
 *   row 6      the low 16 bits of the sum of the payload's 10 bytes
 *   row 7      row 0 inverted
 *
 * A cell is white for 1. Luma (or all colour channels) 235 and 16.
 */

#include <stdint.h>

#include "media/frame.h"

#define PATTERN_COLS 16
#define PATTERN_ROWS 8

enum pattern {
	PATTERN_COUNTER,
	PATTERN_SMPTE,
	PATTERN_NOISE,
	N_PATTERNS
};

extern const char *const pattern_names[N_PATTERNS + 1]; /* NULL at the end */

/* Draw frame `number` of geometry `g` into `out` (g->bytes long). */
void pattern_draw(enum pattern kind, const struct geometry *g, uint8_t *out,
    uint32_t number, int64_t wall);

/*
 * Read a counter frame back from a GRAY plane of w x h bytes. True and number,
 * wall when every check holds; false for a sheared or foreign one.
 */
bool pattern_read(
    const uint8_t *luma, int w, int h, uint32_t *number, int64_t *wall);

/*
 * The slate: the last frame (NULL: none, black) dimmed to a third, with a
 * stripe of moving bars along its bottom edge, so that encoders and people see
 * life. `number` counts the drawings.
 */
void pattern_slate(const struct geometry *g, const uint8_t *last, uint8_t *out,
    unsigned number);

/* Black in the frame's format. */
void pattern_black(const struct geometry *g, uint8_t *out);

#endif
