/* SPDX-License-Identifier: ISC */
#ifndef CHANCE_H
#define CHANCE_H

/* Random numbers for tests, the same each time. */

#include <stdint.h>

/* 0..below - 1. */
static inline uint32_t
chance(uint32_t below)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32) % below;
}

#endif
