/* SPDX-License-Identifier: ISC */
#ifndef FFLINE_H
#define FFLINE_H

/*
 * A command line of ffmpeg that is being built, and the tools to build it. For
 * this folder alone.
 */

#include <stdbool.h>

#include "base/strv.h"
#include "ffmpeg/ffver.h"
#include "profile/plan.h"

struct profile_source;

/* Socket silence after which ffmpeg itself gives up, in microseconds. It is
 * above the default stall time, so that the watchdog, which reports better,
 * comes first where ffmpeg would report nothing at all. */
#define FFLINE_IO_TIMEOUT_US "20000000"

struct ffline {
	struct strv *argv;
	const struct profile *p;
	const struct profile_source *source; /* the worker's */
	const struct plan_worker *w;
	int ver;      /* ffver_number() */
	bool brief;   /* to report the input's tracks, not to play it */
	int inputs;   /* so far */
	int audio_in; /* the input with the sound */
};

/* Append literal arguments; the list ends with NULL. */
void ffline_put(struct ffline *a, ...);

/* "-name" and a formatted value. */
void ffline_putf(struct ffline *a, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The user's options ("-name", "value", ...). One that takes no value is put
 * without it, or with "no" before its name. */
void ffline_options(struct ffline *a, const struct strv *options);

/* Make one chain of filters of all that stand among the arguments from `from`
 * on, for video and for sound: ffmpeg would take the last alone. */
void ffline_join(struct ffline *a, size_t from);

void ffline_rate(struct ffline *a, const char *name, struct rate r);

/* The filter that fits any frame into a size, with black at its sides. Caller
 * frees. */
char *ffline_fit(const struct geometry *g);

/* The timeout of RTSP: -stimeout until 4.4, where -timeout would listen. */
const char *ffline_rtsp_timeout(const struct ffline *a);

/* The URL with its user and password put in, encoded. Caller frees. */
char *ffline_url(const char *url, const char *user, const char *password);

#endif
