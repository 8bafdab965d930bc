/* SPDX-License-Identifier: ISC */
#ifndef ARRIVAL_H
#define ARRIVAL_H

/*
 * When the bytes of a recording arrived.
 *
 * From a file beside it, X.times for X.ts or X.h264: a line "OFFSET MS" for each
 * read, where OFFSET is the number of bytes before it and MS the milliseconds
 * since the recording began (decimals are allowed); "OFFSET MS run" where a new
 * run of the source begins. Neither number falls. "#" begins a comment.
 *
 * Without one: of MPEG-TS from its PCR, of H.264 from a number of frames per
 * second.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arrival {
	size_t at;  /* offset of its first byte */
	int64_t us; /* since the recording began */
	bool run;   /* a run begins */
};

struct arrivals {
	struct arrival *v; /* owned; v[0].at is 0 */
	size_t n;
	bool flows; /* bytes between two come evenly, else with the first */
};

void arrivals_clear(struct arrivals *a);

/* 0; -1: *cause (owned by the caller) names the line. */
int
arrivals_read(struct arrivals *a, const char *path, size_t len, char **cause);

/* -1: there is no PCR. A PCR that steps back or leaps is none: time goes on by
 * the rate before. */
int arrivals_from_pcr(struct arrivals *a, const uint8_t *data, size_t len);

/* -1: there is no frame that begins with a key frame. */
int arrivals_from_fps(
    struct arrivals *a, const uint8_t *data, size_t len, double fps);

/* When a byte of entry i arrived. */
int64_t arrivals_us(const struct arrivals *a, size_t i, size_t offset);

#endif
