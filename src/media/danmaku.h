/* SPDX-License-Identifier: ISC */
#ifndef DANMAKU_H
#define DANMAKU_H

/*
 * The comments of one overlay. Each is said, painted by a helper, shown while
 * it crosses the frame, and gone; or it is not shown, for a reason. Time is the
 * number of the beat. Pure.
 *
 *	say ─▶ merged, blocked
 *	   ╲─▶ queued ─▶ being painted ─▶ painted ─▶ shown ─▶ gone
 *	          ╲────────────┴─────────────┴──▶ dropped
 *
 * Each kind has a queue, the oldest first. Only the few at its head are painted
 * ahead of need, so that a comment that is dropped costs no painting. If more
 * have arrived than can be shown within `wait`, by the free rows and the rate
 * at which rows became free so far, they are thinned out at once: evenly over
 * their times of arrival, not just the newest or the oldest. At any time
 *
 *	said = shown + waiting + dropped + merged + blocked
 *
 * For the first comment that finds no free rows, the nearest ones are held, so
 * that long comments, which need more room, enter as well. The other rows stay
 * open meanwhile.
 *
 * The painter may answer late, in any order, or never. When it dies, its
 * comments return to their places in the queue, and each is then painted alone:
 * the one that kills the painter gives itself away, and is dropped.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/lane.h"
#include "media/recall.h"

struct blocklist;

#define DANMAKU_LINE_MAX 512 /* waiting, of a kind */
#define DANMAKU_AHEAD	 4   /* of a kind, painted or being painted */
#define DANMAKU_TRIES	 3   /* to paint one */

/* If no rows are free. */
enum danmaku_full {
	DANMAKU_WAIT,
	DANMAKU_DROP,
	DANMAKU_OVERLAP,
	N_DANMAKU_FULL
};

/* The fate of a comment. */
enum danmaku_word {
	DANMAKU_TAKEN, /* it has room; not a verdict yet */
	DANMAKU_WAITS, /* no verdict yet */
	DANMAKU_SHOWN,
	DANMAKU_DROPPED,
	DANMAKU_MERGED, /* the same one waits, is shown, or was lately */
	DANMAKU_BLOCKED,
	N_DANMAKU_WORDS
};

extern const char *const danmaku_words[N_DANMAKU_WORDS + 1]; /* NULL ends */

struct danmaku_opts {
	int size;	 /* of letters, pixels; a comment may have its own */
	double opacity;	 /* the painter's */
	int outline;	 /* the painter's, pixels */
	int stay;	 /* beats on the frame, up to LANE_STAY_MAX */
	int top, bottom; /* the area: pixel rows [top, bottom) */
	int gap;	 /* pixels between two that scroll */
	enum danmaku_full full;
	uint64_t wait;		 /* beats; the painter gets stay/4 at least */
	uint64_t merge;		 /* beats; 0: never */
	size_t max;		 /* on the frame, up to LANE_BOXES_MAX */
	struct blocklist *block; /* borrowed; NULL: none */
};

struct danmaku_comment {
	uint64_t id;	  /* from 1 on */
	const char *text; /* clean: see saytext.h */
	const char *user; /* NULL: not known */
	uint32_t color;	  /* 0xrrggbb */
	int size;	  /* 0: the overlay's */
	enum lane_kind kind;
};

/* Called from within the functions below; may call none of them but
 * danmaku_count(). */
struct danmaku_owner {
	/* For a comment that danmaku_say() answered with TAKEN or WAITS: WAITS
	 * at most once, unless that was the answer; then SHOWN or DROPPED,
	 * once. */
	void (*outcome)(void *ctx, uint64_t id, enum danmaku_word word);
	void (*release)(void *ctx, void *tile);
	void *ctx;
};

struct danmaku_counts {
	uint64_t said, shown, dropped, merged, blocked;
	uint64_t waited;	   /* were not shown at once */
	uint64_t waiting, visible; /* now */
};

/* A comment on the frame at a beat. */
struct danmaku_sight {
	int x, y, w, h;
	void *tile;
};

struct danmaku_item;

/* Of one kind. */
struct danmaku_line {
	struct danmaku_item *v[DANMAKU_LINE_MAX + 1]; /* owned, oldest first */
	size_t n;
	uint64_t came;	     /* when the last shown one arrived */
	size_t room;	     /* for usual ones, at the beat `asked` */
	uint64_t asked;	     /* 0: not known */
	uint64_t holds;	     /* the id that rows are held for; 0: none */
	double w, h;	     /* of a usual one; 0: not known */
	double placed, busy; /* comments, beats while others had no room */
};

struct danmaku {
	struct danmaku_owner owner;
	struct danmaku_opts opts;
	struct lane lane; /* its boxes are items */
	struct danmaku_line lines[N_LANE_KINDS];
	struct danmaku_counts counts;
	struct recall recent; /* shown ones, for `merge` */
};

/* For frames of this width; nothing is shown before danmaku_set(). */
void
danmaku_init(struct danmaku *d, int width, const struct danmaku_owner *owner);

/* Drop the waiting comments and clear the frame. Comments may still be said. */
void danmaku_empty(struct danmaku *d);
void danmaku_clear(struct danmaku *d); /* the same, and free */

/* Options apply from now on; a value out of range becomes the nearest one in
 * it. A comment that is on the frame already stays as it is. */
void danmaku_set(struct danmaku *d, const struct danmaku_opts *opts);

/* Take a comment: TAKEN, WAITS or a verdict. `id` may be NULL. The texts are
 * copied. */
enum danmaku_word danmaku_say(struct danmaku *d,
    const struct danmaku_comment *said, uint64_t now, uint64_t *id);

/* The next comment for the painter, or NULL; its size is set. Points into d,
 * until the next call. */
const struct danmaku_comment *
danmaku_next_to_paint(struct danmaku *d, uint64_t now);

/* The painter has answered. The tile is the comment's from now on; -1: the
 * comment is gone already, or the size is not valid and it has been dropped;
 * the tile has been released. */
int danmaku_painted(struct danmaku *d, uint64_t id, int w, int h, void *tile);
void danmaku_unpaintable(struct danmaku *d, uint64_t id);

/* The painter has died. */
void danmaku_repaint_all(struct danmaku *d);

/* A beat: comments leave at the end of their way or of their wait; painted ones
 * enter where rows are free. Call it once for each drawn beat, first. */
void danmaku_beat(struct danmaku *d, uint64_t now);

/* The i-th comment on the frame, in drawing order; false: past the last. */
bool danmaku_see(const struct danmaku *d, size_t i, uint64_t now,
    struct danmaku_sight *sight);

struct danmaku_counts danmaku_count(const struct danmaku *d);

#endif
