/* SPDX-License-Identifier: ISC */
#ifndef UPTAKE_H
#define UPTAKE_H

/*
 * Whether the receiver of a connection takes what is sent to it. Bytes that the kernel keeps for it were written,
 * and not received: a small stream needs minutes to fill that memory. Looked at
 * about once a second; time comes in as an argument, monotonic ms.
 */

#include <stdint.h>

struct uptake {
	int64_t looked_ms; /* 0: not yet */
	int64_t since_ms;  /* it has taken nothing since then, at least */
	uint64_t taken;
};

/*
 * It has taken `taken` bytes so far, `waits` bytes wait for it. Ms for which it
 * has taken nothing although something waited, 0: it lives, or has nothing to
 * take. A receiver that takes a byte now and then lives.
 */
int64_t
uptake_look(struct uptake *u, int64_t now_ms, uint64_t taken, int64_t waits);

#endif
