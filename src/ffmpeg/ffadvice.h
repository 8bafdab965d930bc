/* SPDX-License-Identifier: ISC */
#ifndef FFADVICE_H
#define FFADVICE_H

/*
 * A failure in words: a sentence that says what happened and where, and the
 * advice, the likeliest cure first.
 */

#include "ffmpeg/ffclass.h"
#include "ffmpeg/ffdetail.h"

/* What is known of a failure; all borrowed. NULL, NONE: unknown. */
struct ffadvice_ask {
	enum fail_class class;
	enum fail_detail detail;
	enum fail_side side;
	const char *scheme;  /* of that side's URL: "rtsp", "file" */
	const char *subject; /* as in the ending: "host:port", a path */
	const char *key;     /* of the profile, to be changed */
	const char *name;    /* the stream's */
	bool program;	     /* the worker is the user's program */
};

/* What happened. Caller frees. */
char *ffadvice_cause(const struct ffadvice_ask *ask);

/* What to do about it. Caller frees. */
char *ffadvice_do(const struct ffadvice_ask *ask);

#endif
