/* SPDX-License-Identifier: ISC */
#ifndef COMPLAINTS_H
#define COMPLAINTS_H

/*
 * Whether an ffmpeg that copies no longer understands what it copies: its parser
 * complains of nearly each frame, and did not before. It is all that tells of
 * another codec where no packet of it comes through here. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

/* Looks in a row that have to be strange. */
#define COMPLAINTS_LOOKS 2

struct complaints {
	int64_t frame;	    /* at the last look */
	int64_t complaints; /* since then */
	bool clean;	    /* a look of this run was */
	int odd;	    /* looks that were not, in a row */
};

/* A run begins. */
void complaints_begin(struct complaints *s);

/* The parser complained of a frame. */
void complaints_complain(struct complaints *s);

/* Look, about once a second; `frame`: how many there were. True: it has become
 * strange. A run that was so from its beginning is not started anew for it. */
bool complaints_look(struct complaints *s, int64_t frame);

#endif
