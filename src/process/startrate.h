/* SPDX-License-Identifier: ISC */
#ifndef STARTRATE_H
#define STARTRATE_H

/*
 * The rate of process starts that all streams share, as one bucket: a start
 * takes 1/rate of a second from it, a burst may come at once, later ones queue.
 * Thundering herds (200 cameras on one switch) become a queue.
 */

#include <stdint.h>

struct startrate {
	double rate;	 /* starts a second */
	int64_t burst;	 /* starts at once */
	int64_t full_ns; /* when the bucket is full again, monotonic */
};

void startrate_set(struct startrate *sr, double rate, int64_t burst);

/* Reserve the next start: ms to wait for it. */
int64_t startrate_reserve(struct startrate *sr);

#endif
