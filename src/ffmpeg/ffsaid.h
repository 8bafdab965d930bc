/* SPDX-License-Identifier: ISC */
#ifndef FFSAID_H
#define FFSAID_H

/*
 * A line of ffmpeg's stderr and who speaks in it: ffmpeg, or a server whose
 * words it passes on.
 */

#include <stdbool.h>
#include <stddef.h>

#include "ffmpeg/ffout.h"

#define FFSAID_4XX 499 /* ffmpeg says no more than "4XX" */
#define FFSAID_5XX 599

struct ffsaid {
	struct ffout_line line; /* borrows the text */
	size_t own; /* bytes of line.text that are ffmpeg's own words */
	int status; /* of an RTSP or HTTP answer; 0: none */
	bool open;  /* a server speaks, until the next line with a tag */
	bool heard; /* a server has spoken, here or before */
};

#define FFSAID_BEGIN             \
	{                        \
		.line.level = -1 \
	}

/* Take the next line apart; `s` is the one before, or FFSAID_BEGIN. */
void ffsaid_read(struct ffsaid *s, const char *line);

/* Whether its speaker's tag begins so: "[rtsp". */
bool ffsaid_is_by(const struct ffsaid *s, const char *tag);

#endif
