/* SPDX-License-Identifier: ISC */
#ifndef CALENDAR_H
#define CALENDAR_H

/*
 * Moments as text. `wall` is in milliseconds since the epoch.
 */

#include <stdint.h>

/* "2026-01-01T12:00:00Z"; `out` holds CALENDAR_RFC3339_LEN bytes. */
#define CALENDAR_RFC3339_LEN 32
const char *calendar_rfc3339(int64_t wall, char out[CALENDAR_RFC3339_LEN]);

/* strftime(3) in local time, of any length; NULL when the pattern makes no
 * text. Caller frees. */
char *calendar_text(const char *pattern, int64_t wall);

/* The name of the time zone in use: of the standard time (0) or of the summer
 * time (1). Borrowed. */
const char *calendar_zone(int season);

#endif
