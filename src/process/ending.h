/* SPDX-License-Identifier: ISC */
#ifndef ENDING_H
#define ENDING_H

/*
 * How a run of a worker ended, and the proof. Time comes in as an argument.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ffmpeg/ffclass.h"
#include "ffmpeg/ffdetail.h"

#define ENDINGS_MAX 5

struct child_error;
struct ffplaces;
struct runlog;
struct standstill;

struct ending {
	unsigned run;
	int64_t wall;	  /* when, ms since the epoch */
	int code, signal; /* exit code or -1; signal or 0 */
	enum fail_class class;
	enum fail_policy policy; /* of its delay */
	enum fail_detail detail; /* what the class leaves open */
	enum fail_side side;
	int64_t lived_ms;
	int64_t media_ms; /* of advancing media; -1: none */
	/* Owned, masked: */
	char *text;    /* the proof, or the bare status */
	char *also;    /* a line that names the thing, or one that a run said
			  before we replaced it; NULL */
	char *subject; /* the thing that it is about: "host:port", a path, an
			  option's name; NULL: unknown */
};

/* The last ones. */
struct endings {
	struct ending v[ENDINGS_MAX]; /* newest first */
	size_t n;
};

/* The facts of a run when its process is dead; all borrowed. */
struct ending_run {
	unsigned number;
	const struct runlog *log; /* its lines; the newest run is this one */
	const struct child_error *unborn; /* it never became the program */
	bool ffmpeg;
	bool proven;	       /* its arguments have brought media once */
	bool stopped;	       /* it was on the stop ladder */
	enum fail_class cause; /* why it was being replaced, or FAIL_NONE */
	const struct ffplaces *places;	/* of an ffmpeg; NULL: unknown */
	const struct ending *before;	/* the ending before, or NULL */
	const struct standstill *still; /* its proof that it stood still, or
					   NULL */
	int64_t begun_ms;		/* monotonic */
	int64_t stopped_ms; /* it was asked to stop; 0: it was not */
	int64_t media_ms;   /* of advancing media; -1: none */
};

/* Classify the end of a run; `status` is wait(2)'s. */
struct ending ending_make(
    const struct ending_run *run, int status, int64_t now_ms, int64_t wall_ms);

/* A start that failed is an ending too, without a process. */
struct ending ending_failed(
    unsigned run, enum fail_class class, const char *cause, int64_t wall_ms);

/* "exit after 12 s: ...": its class and the texts. Caller frees. */
char *ending_say(const struct ending *e);

/* Keep an ending (what it owns is taken); the oldest makes room. */
void ending_keep(struct endings *es, const struct ending *e);
void ending_clear(struct endings *es);

/* The newest, or NULL. */
const struct ending *ending_last(const struct endings *es);

/* Whether a start failed because it was made from outdated facts; `e` NULL: it
 * did not fail. */
bool ending_is_outdated(const struct child_error *e);

#endif
