/* SPDX-License-Identifier: ISC */
#ifndef MOSAIC_H
#define MOSAIC_H

/*
 * A raw frame drawn with characters: a half block shows two pixels, one above
 * the other, each in its colour. Pure: the terminal's abilities come in as an
 * argument.
 */

#include <stdint.h>

#include "media/frame.h"

struct buf;

enum mosaic_ink {
	MOSAIC_ASCII, /* no colours: denser characters are brighter */
	MOSAIC_256,   /* the palette of xterm */
	MOSAIC_TRUE,  /* 24 bits */
	N_MOSAIC_INKS
};

struct mosaic_opts {
	enum mosaic_ink ink;
	int width, height; /* in characters, at least 1; height 0: no limit */
};

struct rgb {
	uint8_t r, g, b;
};

/* One pixel of a frame in any format; yuv is BT.601, limited range. */
struct rgb
mosaic_pixel(const struct geometry *g, const uint8_t *data, int x, int y);

/* The nearest of the 256 colours. */
int mosaic_palette(struct rgb c);

/* Draw a frame in whole lines, as large as fits; its shape is kept, with
 * characters twice as high as wide. */
void mosaic_draw(struct buf *b, const struct geometry *g, const uint8_t *data,
    const struct mosaic_opts *o);

#endif
