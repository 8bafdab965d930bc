/* SPDX-License-Identifier: ISC */
#ifndef LANE_H
#define LANE_H

/*
 * Which pixel rows a comment gets that crosses the frame, or stands on it for
 * a while. Three kinds, which do not see each other: scroll, top, bottom. All
 * of it in whole numbers, a function of the beat's number alone. Pure.
 *
 * A comment of w pixels that scrolls over a frame of W in D beats is at
 *
 *	x(n) = W - floor((n - enter) * (W + w) / D)
 *
 * so it is outside at both ends. Rows are pixels, for sizes differ; y is even,
 * as the chroma planes of 4:2:0 want it. Two that scroll in the same rows
 * keep `gap` pixels: both go straight, so that it is enough to look when the
 * new one enters and when the old one is seen for the last time (exactly, in
 * fractions; the whole pixels that are seen then keep it, too). One that
 * stands has its rows for itself. The first free place is taken, from the top
 * edge of the area down, or for the bottom kind from its bottom edge up: what
 * the area leaves free stays free for all kinds (danmaku2ass and biliass do
 * likewise).
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
	/* May change at any moment; who has a place keeps it. */
	int top, bottom; /* rows of the area: [top, bottom) */
	int gap;	 /* pixels between two that scroll, >= 0 */
	size_t max;	 /* of all kinds, up to LANE_BOXES_MAX */
	bool overlap;	 /* rather than refuse */
	struct lane_hold hold[N_LANE_KINDS]; /* nobody may enter there */
	/* Read only. */
	struct lane_box *v; /* owned; in the order of their coming */
	size_t n;
};

enum lane_answer {
	LANE_PLACED,
	LANE_FULL,  /* at this beat */
	LANE_NEVER, /* it is higher than the area, or without any size */
};

/* For frames of that width, an area of no rows, no limit but the greatest. */
void lane_init(struct lane *l, int width);
void lane_clear(struct lane *l);

/* Give a box its y and its first beat, which is `now`, and keep a copy of it.
 * `now` never goes back. With `overlap`, when no rows are free, those where it
 * covers the least of others: by pixels, or for one that stands by the beats
 * that they still stand. */
enum lane_answer
lane_place(struct lane *l, const struct lane_box *box, uint64_t now);

/* The rows that a box covers which should wait for them: where it would cover
 * the least of others at this beat. y; -1: it never fits. */
int
lane_nearest(const struct lane *l, const struct lane_box *box, uint64_t now);

/* How many such boxes would find free rows at this beat, one beside the
 * other; 0 for more than `max`. Overlapping is left out of account. */
size_t
lane_room(const struct lane *l, const struct lane_box *box, uint64_t now);

/* Its left edge: negative at last. One that stands is in the middle. */
int lane_x(const struct lane *l, const struct lane_box *box, uint64_t now);

/* Forget what has left; `gone`, if not NULL, is told of each first. */
void lane_sweep(struct lane *l, uint64_t now,
    void (*gone)(void *ctx, const struct lane_box *box), void *ctx);

#endif
