/* SPDX-License-Identifier: ISC */
#ifndef FFROW_H
#define FFROW_H

/*
 * What ffmpeg's lines mean for the end of a run, in the words of 4.3 to 9.0,
 * line by line. ffcause decides about a whole ending.
 */

#include "ffmpeg/ffclass.h"
#include "ffmpeg/ffdetail.h"
#include "ffmpeg/ffsaid.h"

enum {
	FFROW_AT_ZERO = 1 << 0, /* ffmpeg is known to exit 0 after it */
	FFROW_HOLD = 1 << 1,	/* names a thing of the profile, and begins the
				   line: the rest may be the name of a file */
	FFROW_LAST = 1 << 2,	/* with HOLD: it ends the line instead */
	FFROW_ARGS = 1 << 3,	/* said of the command line, by no module */
	FFROW_SLOW = 1 << 4,	/* slower than its class */
	FFROW_PEER = 1 << 5,	/* may be the words of a server */
	FFROW_INFO = 1 << 6	/* may be of level info, and begins the line */
};

struct ffrow {
	enum fail_class class;
	enum fail_detail detail;
	const char *a, *b; /* both must occur, in this order; b may be NULL */
	unsigned flags;
};

/* Lines that name a cause; and those that only report consequences, or that
 * healthy runs print as well: they decide where no line names a cause. */
enum ffrow_kind {
	FFROW_CAUSE,
	FFROW_HINT
};

/* The first row with these flags that speaks of the line, or NULL. */
const struct ffrow *
ffrow_find(enum ffrow_kind kind, const struct ffsaid *s, unsigned flags);

/* Whether it looks like a cause and is none: the run goes on after it. */
bool ffrow_is_noise(const struct ffsaid *s);

#endif
