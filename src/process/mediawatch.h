/* SPDX-License-Identifier: ISC */
#ifndef MEDIAWATCH_H
#define MEDIAWATCH_H

/*
 * Whether the media of a worker advance, by the -progress of its ffmpeg and its
 * lines on stderr. Time comes in as an argument, monotonic ms.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ffmpeg/ffprogress.h"
#include "ffmpeg/ffrate.h"
#include "media/complaints.h"
#include "media/mediatime.h"

struct mediawatch {
	bool trails; /* see ffver_trails() */
	bool proven; /* its arguments have brought media once */

	/* of this run: */
	struct progress progress;
	struct ffrate rate; /* how fast it works now */
	pid_t writer; /* its process writes to files only: what it wrote counts
			 where ffmpeg does not say how much; 0: it does not */
	int64_t told; /* bytes of progress, of what it wrote */
	struct mediatime time;	   /* of its media time */
	struct complaints strange; /* its parser's complaints */
	int64_t still;		   /* frames since then that were no later */
	bool frozen;		   /* the newest frame was no later */
	bool opened, began;	   /* it has opened its input; its output */
	int64_t first_ms, last_ms; /* of advancing media; 0: none yet */
	int64_t given_ms;	   /* given to it by last_ms */
};

/* A run begins. */
void mediawatch_begin(struct mediawatch *m);

/* A line of progress. True: media advanced. */
bool
mediawatch_progress(struct mediawatch *m, const char *line, int64_t now_ms);

/* A line on stderr. */
void mediawatch_said(struct mediawatch *m, const char *line);

/* Ms of advancing media in this run, -1: none. */
int64_t mediawatch_ms(const struct mediawatch *m);

#endif
