/* SPDX-License-Identifier: ISC */
#ifndef FFKEY_H
#define FFKEY_H

/*
 * From a failure to the profile's key that should be changed, or looked at
 * first. Pure.
 */

#include "ffmpeg/ffclass.h"
#include "ffmpeg/ffdetail.h"

struct plan_worker;
struct profile;

struct ffkey_ask {
	const struct profile *profile;
	const struct plan_worker *worker; /* that failed */
	enum fail_class class;
	enum fail_detail detail;
	enum fail_side side; /* SIDE_NONE: by the worker's role */
	const char *subject; /* as in the ending, or NULL */
};

/* "outputs[1].url", or NULL: no key could change it. It need not be in the
 * profile yet. Caller frees. */
char *ffkey_of(const struct ffkey_ask *ask);

/* The side that a worker's failures are on, where nothing says it; SIDE_NONE:
 * it has both. */
enum fail_side ffkey_side(const struct plan_worker *w);

/* The addresses: "source.url", "source[1].device", "source.frames.command";
 * "outputs[0].record". Callers free. */
char *ffkey_source(const struct profile *p, int source);
char *ffkey_output(const struct profile *p, int output);

#endif
