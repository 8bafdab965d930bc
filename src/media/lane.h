/* SPDX-License-Identifier: ISC */
#ifndef LANE_H
#define LANE_H

/*
 * The pixel rows of a comment that crosses the frame, or keeps one place for a
 * while. The three kinds ignore each other: scroll, top, bottom. Positions are
 * whole numbers, a function of the beat's number alone. Pure.
 *
 * A comment of w pixels that scrolls over a frame of W in D beats is at
 *
 *	x(n) = W - floor((n - enter) * (W + w) / D)
 *
 * so it is outside the frame at both ends. Rows are pixels, because sizes
 * differ; y is even, for the chroma planes of 4:2:0. Two comments that scroll
 * in the same rows keep `gap` pixels between them. Both move at a constant
 * speed, so it is enough to look at two beats: the one at which the new comment
 * enters, and the last one at which the old one is seen. This is done exactly,
 * in fractions; whole pixels then keep the gap as well. A comment that does not
 * move shares its rows with no other. The first free place is taken, from the
 * top of the area down, or for the bottom kind from its bottom up: no kind
 * leaves the area (danmaku2ass and biliass do the same).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LANE_BOXES_MAX 1000	 /* on the frame at a time */
#define LANE_SIDE_MAX  (1 << 17) /* pixels of a comment */
#define LANE_STAY_MAX  (1 << 20) /* beats */

enum lane_kind {
	LANE_SCROLL,
	LANE_TOP,
	LANE_BOTTOM,
	N_LANE_KINDS
};

extern const char *const lane_kind_names[N_LANE_KINDS + 1]; /* NULL ends */

/* A comment that is on the frame from `enter` on, for `stay` beats. */
struct lane_box {
	enum lane_kind kind;
	int w, h;
	int y;		/* set when it is placed */
	int stay;	/* beats, 1..LANE_STAY_MAX */
	uint64_t enter; /* set when it is placed */
	void *what;	/* the owner's */
};

struct lane_hold {
	int y, h; /* pixel rows; h 0: none */
};

struct lane {
	int width; /* of the frame */
	/* May change at any moment; a box that has its place keeps it. */
	int top, bottom; /* rows of the area: [top, bottom), of the frame */
	int gap;	 /* pixels between two that scroll, >= 0 */
	size_t max;	 /* of all kinds, up to LANE_BOXES_MAX */
	bool overlap;	 /* rather than refuse */
	struct lane_hold hold[N_LANE_KINDS]; /* no box may enter there */
	/* Read only. */
	struct lane_box *v; /* owned; in the order of arrival */
	size_t n;
	int64_t *rows; /* owned; the sums of a search */
};

enum lane_answer {
	LANE_PLACED,
	LANE_FULL,  /* at this beat */
	LANE_NEVER, /* higher than the area, or without a size */
};

/* For frames of this width; the area is empty, `max` is LANE_BOXES_MAX. */
void lane_init(struct lane *l, int width);
void lane_clear(struct lane *l);

/* Find rows for a box, which enters now, and keep a copy of it. `now` never
 * goes back. With `overlap`, if no rows are free, it gets those where it covers
 * the least of others: in pixels, or, for the kinds that do not move, in beats
 * that the others have left. */
enum lane_answer
lane_place(struct lane *l, const struct lane_box *box, uint64_t now);

/* The y at which a box would cover the least of others at this beat: the place
 * to wait at. -1: it never fits. */
int
lane_nearest(const struct lane *l, const struct lane_box *box, uint64_t now);

/* How many boxes like this one would find free rows at this beat, within
 * `max`; nothing overlaps. */
size_t
lane_room(const struct lane *l, const struct lane_box *box, uint64_t now);

/* The left edge of a box, negative in the end; for the kinds that do not move,
 * the edge that centres it. */
int lane_x(const struct lane *l, const struct lane_box *box, uint64_t now);

/* Forget the boxes that have left; `gone`, if not NULL, is called for each. */
void lane_sweep(struct lane *l, uint64_t now,
    void (*gone)(void *ctx, const struct lane_box *box), void *ctx);

#endif
