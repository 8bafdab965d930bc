/* SPDX-License-Identifier: ISC */
#ifndef TELL_H
#define TELL_H

/*
 * The simulated clock of a replay, and the lines that it prints: each begins with
 * the seconds since the recording began. mono_ms(), mono_ns() and the debug lines
 * of ffsup's modules come here (-Wl,--wrap).
 */

#include <stdint.h>

/* Microseconds since the recording began. */
void tell_set_us(int64_t us);
int64_t tell_us(void);

/* The same for a time of the simulated clock. */
int64_t tell_of(int64_t mono_us);

/* Print a line. */
void tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
