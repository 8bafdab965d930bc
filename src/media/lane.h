/* SPDX-License-Identifier: ISC */
#ifndef LANE_H
#define LANE_H

/*
 * The pixel rows of a comment that crosses the frame, or stands on it for a
 * while. There are three kinds, which ignore each other: scroll, top, bottom.
 * Positions are whole numbers, a function of the beat's number alone. Pure.
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
 * in fractions; whole pixels then keep the gap as well. A comment that stands
 * has its rows for itself. The first free place is taken, from the top edge of
 * the area down, or for the bottom kind from its bottom edge up: no kind leaves
 * the area (danmaku2ass and biliass do the same).
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
	struct lane_box *v; /* owned; in the order of their coming */
	size_t n;
	int64_t *rows; /* owned; what a search sums up */
};

enum lane_answer {
	LANE_PLACED,
	LANE_FULL,  /* at this beat */
	LANE_NEVER, /* it is higher than the area, or without any size */
};

/* For frames of that width, an area of no rows, no limit but the greatest. */
void lane_init(struct lane *l, int width);
void lane_clear(struct lane *l);

/* Find rows for a box, which enters now, and keep a copy of it. `now` never
 * goes back. With `overlap`, when no rows are free, it gets those where it
 * covers the least of others: by pixels, or, for the kinds that stand, by the
 * beats for which the others will. */
enum lane_answer
lane_place(struct lane *l, const struct lane_box *box, uint64_t now);

/* The y at which a box would cover the least of others at this beat: where it
 * should wait for its turn. -1: it never fits. */
int
lane_nearest(const struct lane *l, const struct lane_box *box, uint64_t now);

/* How many boxes like this one would find free rows at this beat, within
 * `max`; nothing overlaps. */
size_t
lane_room(const struct lane *l, const struct lane_box *box, uint64_t now);

/* The left edge of a box, which becomes negative; or, for the kinds that
 * stand, that of the middle. */
int lane_x(const struct lane *l, const struct lane_box *box, uint64_t now);

/* Forget the boxes that have left; `gone`, if not NULL, is told of each. */
void lane_sweep(struct lane *l, uint64_t now,
    void (*gone)(void *ctx, const struct lane_box *box), void *ctx);

#endif
