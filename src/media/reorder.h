/* SPDX-License-Identifier: ISC */
#ifndef REORDER_H
#define REORDER_H

/*
 * The order of presentation of H.264 pictures, which may be sent in another
 * one: how much later than it is decoded each is shown, by its picture order
 * count. How far counts are apart from frame to frame, and whether the two
 * fields of a frame have one or each its own, differs between encoders and is
 * learnt. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "media/h264.h"

/* Where presentation is, in fields since the last IDR picture. */
struct reorder_place {
	bool begun;
	int64_t base;	/* the count of that picture */
	int64_t first;	/* of the last first field */
	int64_t step;	/* as it was at the last unit */
	int64_t fields; /* decoded */
};

struct reorder {
	bool reorders;	/* the order is not that of decoding */
	bool unordered; /* and is given in a way that is not supported */
	int64_t depth;	/* frames that a frame may be sent early */

	/* learnt of the counts */
	bool based;
	int64_t base, first; /* as in reorder_place */
	int64_t divisor;     /* of the distances of all frames; 0: none yet */
	int frames;	     /* learnt from */
	bool shared;	     /* the fields of a frame have the same one */

	struct reorder_place place;
};

void reorder_init(struct reorder *r);

/* Units are learnt in their order, each before it is placed. */
void reorder_learn(struct reorder *r, const struct h264_unit *u);

/* Half frames from a unit's decoding to its presentation. A stream that does
 * not say how far its pictures are out of order shows it at the first such
 * one: from then on all are shown so much later. */
int64_t reorder_place(struct reorder *r, const struct h264_unit *u);

/* Place the same units again, by all that has been learnt from them. */
void reorder_rewind(struct reorder *r);

#endif
