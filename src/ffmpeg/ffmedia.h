/* SPDX-License-Identifier: ISC */
#ifndef FFMEDIA_H
#define FFMEDIA_H

/* What ffmpeg prints about the tracks of an input that it has opened. */

#include <stdbool.h>

#define FFMEDIA_NAME 32

struct ffmedia {
	char codec[FFMEDIA_NAME]; /* of the first video that is no cover */
	int w, h;		  /* 0: unknown */
	double fps;		  /* 0: unknown */
	char sound[FFMEDIA_NAME]; /* codec of the first sound; "": none */
	int hz;
};

/* Read its words, many lines. False: it has no video. */
bool ffmedia_read(struct ffmedia *m, const char *said);

/* The first thing in which a film differs from another so that one cannot
 * follow the other in a copy: its value in `m`, and in `other`. NULL: none.
 * Caller frees both. */
char *ffmedia_difference(
    const struct ffmedia *m, const struct ffmedia *other, char **others);

/* Whether MPEG-TS, as a packets link carries it, has a place for the codec. */
bool ffmedia_fits_link(const struct ffmedia *m);

#endif
