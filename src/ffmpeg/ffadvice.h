/* SPDX-License-Identifier: ISC */
#ifndef FFADVICE_H
#define FFADVICE_H

/*
 * A failure in words: a sentence that says what happened and where, and the
 * advice, the likeliest cure first. The texts are in ffcure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ffmpeg/ffclass.h"
#include "ffmpeg/ffdetail.h"

struct ffcure;

/* What is known of a failure; all borrowed. NULL, NONE: unknown. */
struct ffadvice_ask {
	enum fail_class class;
	enum fail_detail detail;
	enum fail_side side;
	const char *scheme;  /* of that side's URL: "rtsp", "srt" ...; "v4l2" or
				"alsa" of a device, "file" of files, "record",
				"hls" of an output on our disks */
	const char *subject; /* as in the ending: "host:port", a path */
	const char *key;     /* of the profile, to be changed: "source.url" */
	const char *place;   /* of the key: "cam.json:4:12" */
	const char *name;    /* the stream's */
	bool program;	     /* the worker is the user's program */
	int64_t held_ms;     /* it was given up, but for a try every so often;
				0: it was not */
};

/* The texts for a failure. */
const struct ffcure *ffadvice_find(const struct ffadvice_ask *ask);

/* What happened. Caller frees. */
char *ffadvice_cause(const struct ffadvice_ask *ask);

/* What to do about it. Caller frees. */
char *ffadvice_do(const struct ffadvice_ask *ask);

#endif
