/* SPDX-License-Identifier: ISC */
#ifndef PICTURE_H
#define PICTURE_H

/*
 * A painted image: pixels of premultiplied alpha, four bytes each in the order
 * B, G, R, A, rows without padding.
 */

#include <stdint.h>

struct picture {
	uint8_t *bgra; /* owned; NULL: none */
	int w, h;
};

/* Empty, of this size. */
void picture_init(struct picture *p, int w, int h);
void picture_clear(struct picture *p);

/* x * y / 255, rounded: exact for all bytes. */
static inline uint8_t
picture_times(uint8_t x, uint8_t y)
{
	unsigned t = (unsigned)x * y + 128;

	return (uint8_t)((t + (t >> 8)) >> 8);
}

#endif
