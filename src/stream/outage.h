/* SPDX-License-Identifier: ISC */
#ifndef OUTAGE_H
#define OUTAGE_H

/*
 * The clock of an outage. A state belongs to one attempt: it begins anew with each
 * try, and a try that runs has no cause yet. People ask since when the stream has
 * not been on air, and why. Pure: time comes in as an argument.
 */

#include <stdint.h>

#include "stream/verdict.h"

struct outage {
	int64_t since_ms, since_wall; /* not on air since; monotonic 0: it is,
					 or is not to be */
	unsigned tries;		      /* starts since then */
	enum stream_state state;      /* the newest */
	struct verdict_cause cause;   /* the last failure */
};

/* The stream's state has changed. */
void outage_note(
    struct outage *o, const struct verdict *v, int64_t now_ms, int64_t wall);

/* "back after 11m02s, 14 tries", when the stream is on air from now on; NULL: it
 * had not failed. Before that is noted. Caller frees. */
char *
outage_over(const struct outage *o, const struct verdict *v, int64_t now_ms);

#endif
