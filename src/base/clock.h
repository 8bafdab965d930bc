/* SPDX-License-Identifier: ISC */
#ifndef CLOCK_H
#define CLOCK_H

/*
 * The clocks. Neither call can fail.
 */

#include <stdint.h>

/* CLOCK_MONOTONIC in milliseconds / nanoseconds: for every delay and age. */
int64_t mono_ms(void);
int64_t mono_ns(void);

/* Wall clock in milliseconds since the epoch: for showing only. */
int64_t wall_ms(void);

#endif
