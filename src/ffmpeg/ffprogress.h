/* SPDX-License-Identifier: ISC */
#ifndef FFPROGRESS_H
#define FFPROGRESS_H

/*
 * The blocks of -progress, as numbers.
 */

#include <stdbool.h>
#include <stdint.h>

/* The descriptor on which ffmpeg reports its progress. */
#define FFPROGRESS_FD 3

/* The numbers of a block that are kept. */
enum progress_key {
	PROGRESS_FRAME,
	PROGRESS_SIZE,
	PROGRESS_OUT_TIME,
	N_PROGRESS_KEYS
};

/* The last complete -progress block. -1 where ffmpeg said N/A or nothing. Its fps=,
 * bitrate= and speed= are means since the start: see ffrate.h. */
struct progress {
	int64_t frame; /* video frames; -1: no video stream */
	int64_t size;  /* bytes written */
	int64_t out_time_us;
	bool end;		      /* progress=end */
	double next[N_PROGRESS_KEYS]; /* private: the block being read */
};

void ffprogress_init(struct progress *p);

/* Take one line (no newline). True when it closed a block. */
bool ffprogress_line(struct progress *p, const char *line);

/*
 * "Advance" means that a number grew: `frame`, or `out_time_us` without video.
 * total_size and out_time can be fooled, a repeated block is not a life sign.
 */
bool
ffprogress_advanced(const struct progress *before, const struct progress *now);

#endif
