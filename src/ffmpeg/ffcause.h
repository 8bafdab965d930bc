/* SPDX-License-Identifier: ISC */
#ifndef FFCAUSE_H
#define FFCAUSE_H

/*
 * Why a run ended: from its exit status, its last words and what is known of
 * it to class, detail, side and delay. ffsubject names the thing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ffmpeg/ffclass.h"
#include "ffmpeg/ffdetail.h"

struct ffplaces;

/* Media of a run shorter than this: its server closed early, which is a
 * refusal. */
#define FFCAUSE_EARLY_MS 2000

struct ffcause_end {
	int code;	       /* exit code, or -1 */
	int signal;	       /* terminating signal, or 0 */
	bool stopped;	       /* we asked it to stop (or to be replaced) */
	bool ffmpeg;	       /* its words are ffmpeg's; else a program's */
	bool proven;	       /* it had media with these arguments once */
	bool opened;	       /* it had opened its first input */
	bool wrote;	       /* it had begun its output */
	bool again;	       /* the run before was closed early, too */
	enum fail_class cause; /* why we replaced it: STALL, START; or NONE */
	int64_t lived_ms;
	int64_t media_ms;	       /* of advancing media; -1: none */
	const struct ffplaces *places; /* masked; NULL: unknown */
	const char *const *lines; /* stderr, oldest first; those after our own
				     signal are left out */
	size_t n_lines;
};

struct ffcause_verdict {
	enum fail_class class;
	enum fail_policy policy;
	enum fail_detail detail;
	enum fail_side side;
	int proof; /* index of the line that proves it; -1: none */
	int also;  /* of a run that we replaced: of its newest telling line */
};

/*
 * The first line that names a cause wins: ffmpeg says the cause first and its
 * consequences after. Exit status decides only where the text says nothing
 * (ffmpeg >= 6.1 exits with (-AVERROR) & 0xff; 1 says nothing). HELD only when
 * ffmpeg itself, in words that are not a peer's, names a thing in the profile,
 * and never had media with it. The words of the user's program decide nothing.
 * A run without a first frame that we replaced has the class of its own words,
 * where they say what a server answered.
 */
struct ffcause_verdict ffcause_of(const struct ffcause_end *end);

/* The address of that side, masked, or NULL. */
const char *ffcause_address(const struct ffcause_end *end, enum fail_side side);

#endif
