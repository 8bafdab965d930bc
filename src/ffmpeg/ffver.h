/* SPDX-License-Identifier: ISC */
#ifndef FFVER_H
#define FFVER_H

/*
 * Versions of ffmpeg, whose options differ.
 */

#include <stdbool.h>

#include "base/strv.h"

/* Version of an ffmpeg binary, as number 5 * 100 + 1 for 5.1. */
struct ffver {
	int number;    /* 0: unknown; treated as the newest */
	char text[64]; /* "5.1.9-0+deb12u1", the binary's own words */
};

#define FFVER(major, minor) ((major)*100 + (minor))

#define FFVER_OLDEST FFVER(4, 3) /* that works */

/* The arguments that make the binary print its version. */
void ffver_argv(struct strv *argv, const char *ffmpeg);

/*
 * Read the output of -version: its first line, or for builds named after a
 * commit the version of libavformat. False: it is not ffmpeg.
 */
bool ffver_parse(struct ffver *ver, const char *text);

/* Whether it is known to be older than FFVER_OLDEST. */
bool ffver_is_too_old(const struct ffver *ver);

/* Its FFVER(); an unknown one counts as the newest. */
int ffver_number(const struct ffver *ver);

/* Whether out_time of its -progress is that of the slowest stream, which does
 * not advance when only the sound is gone; older versions use the fastest
 * stream. */
bool ffver_trails(const struct ffver *ver);

#endif
