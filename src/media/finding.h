/* SPDX-License-Identifier: ISC */
#ifndef FINDING_H
#define FINDING_H

/*
 * The fault in what a program sends, where the profile expects raw frames or
 * H.264, in words for people. Pure. (Found by arrivals.h and codedcheck.h.)
 */

#include <stdbool.h>
#include <stddef.h>

#include "media/frame.h"
#include "media/likeness.h"

enum finding_fault {
	FINDING_FINE,	 /* or not known yet */
	FINDING_SIZE,	 /* raw frames of another size: `bytes` each */
	FINDING_STRAY,	 /* `bytes` of `kind` more than frames, repeatedly */
	FINDING_KIND,	 /* something else: `kind` */
	FINDING_GARBAGE, /* `bytes` of 100 are no H.264 */
	FINDING_SETS,	 /* H.264 without SPS and PPS */
	N_FINDING_FAULTS
};

/* Words of the control protocol. */
extern const char *const finding_fault_names[N_FINDING_FAULTS];

struct finding {
	enum finding_fault fault;
	enum likeness kind;
	size_t bytes;
};

/* Whether both say the same, but for the lengths of messages. */
bool finding_same(const struct finding *a, const struct finding *b);

/* A sentence without a subject, "receives frames of 54240 bytes, but the profile
 * says ..."; `want`: the raw frames expected, NULL: H.264 is. NULL: fine. Caller
 * frees. */
char *finding_text(const struct finding *f, const struct geometry *want);

/* What to change about a thing of another kind, one sentence or two (static);
 * NULL: nothing better is known than to change it. `raw`: raw frames are
 * expected, otherwise H.264 is. */
const char *finding_cure(const struct finding *f, bool raw);

/* What comes, in a few words: "640x480 bgr24 or 640x360 rgba". NULL: fine.
 * Caller frees. */
char *finding_guess(const struct finding *f, const struct geometry *want);

#endif
