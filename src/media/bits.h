/* SPDX-License-Identifier: ISC */
#ifndef BITS_H
#define BITS_H

/*
 * The bits of an H.264 NAL unit's payload (ITU-T H.264, 7.2 and 9.1), without
 * its emulation prevention bytes (7.3.1). Past the end all is 0, and `over` is
 * set. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bits {
	const uint8_t *p, *end;
	int zeros; /* before p */
	unsigned byte;
	int left;  /* its unread bits */
	bool over; /* read past the end */
};

/* The payload of a NAL unit; one byte is its header. */
struct bits bits_of(const uint8_t *nal, size_t len);

unsigned bits_byte(struct bits *b); /* only between whole bytes */
unsigned bits_u1(struct bits *b);
unsigned bits_u(struct bits *b, int n); /* up to 32 */
unsigned bits_ue(struct bits *b);	/* Exp-Golomb */
int bits_se(struct bits *b);

#endif
