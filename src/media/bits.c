/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "media/bits.h"

unsigned
bits_byte(struct bits *b)
{
	if (b->zeros >= 2 && b->p < b->end && *b->p == 3) {
		b->p++;
		b->zeros = 0;
	}
	if (b->p >= b->end) {
		b->over = true;
		return 0;
	}
	b->zeros = *b->p == 0 ? b->zeros + 1 : 0;
	return *b->p++;
}

unsigned
bits_u1(struct bits *b)
{
	if (b->left == 0) {
		b->byte = bits_byte(b);
		b->left = 8;
	}
	return b->byte >> --b->left & 1;
}

unsigned
bits_u(struct bits *b, int n)
{
	unsigned v = 0;

	while (n-- > 0)
		v = v << 1 | bits_u1(b);
	return v;
}

/* Exp-Golomb, 9.1. */
unsigned
bits_ue(struct bits *b)
{
	int zeros = 0;

	while (!b->over && bits_u1(b) == 0)
		zeros++;
	if (zeros > 31) {
		b->over = true;
		return 0;
	}
	return (1u << zeros) - 1 + bits_u(b, zeros);
}

int
bits_se(struct bits *b)
{
	unsigned v = bits_ue(b);

	return v % 2 == 1 ? (int)(v / 2) + 1 : -(int)(v / 2);
}

struct bits
bits_of(const uint8_t *nal, size_t len)
{
	return (struct bits){ .p = nal + 1, .end = nal + len };
}
