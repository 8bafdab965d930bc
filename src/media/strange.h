/* SPDX-License-Identifier: ISC */
#ifndef STRANGE_H
#define STRANGE_H

/*
 * Whether an ffmpeg that copies no longer understands what it copies: its parser
 * complains of nearly each frame, and did not before. It is all that tells of
 * another codec where no packet of it comes through here. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

/* Looks in a row that have to be strange. */
#define STRANGE_LOOKS 2

struct strange {
	int64_t frame;	    /* at the last look */
	int64_t complaints; /* since then */
	bool clean;	    /* a look of this run was */
	int odd;	    /* looks that were not, in a row */
};

/* A run begins. */
void strange_begin(struct strange *s);

/* The parser complained of a frame. */
void strange_complain(struct strange *s);

/* Look, about once a second; `frame`: how many there were. True: it has become
 * strange. A run that was so from its beginning is not started anew for it. */
bool strange_look(struct strange *s, int64_t frame);

#endif
