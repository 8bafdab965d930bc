/* SPDX-License-Identifier: ISC */
#ifndef COMPLAINTS_H
#define COMPLAINTS_H

/*
 * Whether an ffmpeg that copies no longer understands its input: its parser
 * complains of nearly each frame, and did not before. It is the only sign of
 * another codec where the packets do not pass through ffsup. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

/* Looks in a row that must be strange. */
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

/* Look, about once a second; `frame`: their number. True: it has become
 * strange. A run that was so from its beginning is not restarted for it. */
bool complaints_look(struct complaints *s, int64_t frame);

#endif
