/* SPDX-License-Identifier: ISC */
#ifndef OUTLINE_H
#define OUTLINE_H

/*
 * The background of a text: its shape, grown by some pixels in all directions
 * (a path with a stroke looks the same and costs fifty times as much), and a
 * box.
 */

#include <stdint.h>

struct picture;

struct outline {
	int radius;    /* pixels, 0: none */
	uint8_t box;   /* how opaque the box is, 0: none */
	uint8_t shade; /* of both: 0 black, 255 white */
};

/* The shade that contrasts with a text of this colour, 0xRRGGBB: black, or
 * white for a dark one. */
uint8_t outline_shade(uint32_t color);

/* Lay it under the text in the image. */
void outline_lay(struct picture *p, const struct outline *o);

#endif
