/* SPDX-License-Identifier: ISC */
/*
 * Each judgement below looks at the newest bursts and either finds a fault or
 * says nothing. A fault stays found until frames come as they should.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "media/arrivals.h"
#include "media/framesizes.h"

#define ARRIVALS_PAUSE_MAX_MS 1000
#define ARRIVALS_PAUSE_MIN_MS 2

#define ARRIVALS_ALIKE	    4  /* bursts that begin alike */
#define ARRIVALS_MORE_AGREE 16 /* bursts that are too long, each differently */
#define ARRIVALS_PRINTS	    3  /* texts between frames */
#define ARRIVALS_SKIPS	    3  /* of stray bytes */

/* More than a frame and not another one, at most. */
#define ARRIVALS_MORE_MAX 4096

/* Writers that do not flush write blocks: a multiple of the smallest, and not
 * more than the largest off at any moment. */
#define ARRIVALS_BLOCK_MIN    512
#define ARRIVALS_BLOCK_MAX    65536
#define ARRIVALS_BLOCKS_AGREE 64

/* Frames in a burst without a pause. */
#define ARRIVALS_CUT 16

/* --- bursts ------------------------------------------------------------- */

/* The burst that came `back` before the newest one. */
static const struct arrivals_burst *
arrivals_ago(const struct arrivals *a, unsigned back)
{
	return &a->kept[(a->n - 1 - back) % ARRIVALS_KEPT];
}

static bool
arrivals_has(const struct arrivals *a, unsigned n)
{
	return a->n >= n;
}

/* Whole frames, one or several. */
static bool
arrivals_is_whole(const struct arrivals *a, const struct arrivals_burst *b)
{
	return b->bytes > 0 && b->bytes % a->frame == 0;
}

/* A message, which is shorter than a frame. */
static bool
arrivals_is_print(const struct arrivals *a, const struct arrivals_burst *b)
{
	return b->kind == LIKENESS_TEXT && b->bytes < a->frame;
}

/* The largest block that a length is a multiple of; 0: it is in no blocks. */
static size_t
arrivals_block(size_t bytes)
{
	size_t block = bytes & (~bytes + 1);

	if (block < ARRIVALS_BLOCK_MIN)
		return 0;
	return block < ARRIVALS_BLOCK_MAX ? block : ARRIVALS_BLOCK_MAX;
}

static bool
arrivals_find(struct arrivals *a, enum finding_fault fault, enum likeness kind,
    size_t bytes)
{
	a->found = (struct finding){ fault, kind, bytes };
	return true;
}

/* --- judgements --------------------------------------------------------- */

/* The first bytes of all, or those of several bursts, are of one kind. Lengths
 * of whole frames speak against a coincidence. */
static bool
arrivals_judge_kind(struct arrivals *a)
{
	const struct arrivals_burst *b = arrivals_ago(a, 0);
	enum likeness kind = b->kind;

	if (kind == LIKENESS_NONE)
		return false;
	if (a->n == 1 && kind != LIKENESS_TEXT && !arrivals_is_whole(a, b))
		return arrivals_find(a, FINDING_KIND, kind, 0);
	for (unsigned i = 0; i < ARRIVALS_ALIKE; i++) {
		if (!arrivals_has(a, i + 1))
			return false;
		b = arrivals_ago(a, i);
		if (b->kind != kind || arrivals_is_whole(a, b))
			return false;
	}
	return arrivals_find(a, FINDING_KIND, kind, 0);
}

/* Messages between frames, in bursts of their own. */
static bool
arrivals_judge_prints(struct arrivals *a)
{
	size_t prints = 0, bytes = 0;

	for (unsigned i = 0; arrivals_has(a, i + 2) && i + 1 < ARRIVALS_KEPT;
	     i++) {
		const struct arrivals_burst *b = arrivals_ago(a, i);

		if (!arrivals_is_print(a, b) ||
		    !arrivals_is_whole(a, arrivals_ago(a, i + 1)))
			continue;
		prints++;
		bytes += b->bytes;
	}
	if (prints < ARRIVALS_PRINTS)
		return false;
	return arrivals_find(a, FINDING_STRAY, LIKENESS_TEXT, bytes / prints);
}

/* Each burst is a frame and some bytes more. */
static bool
arrivals_judge_more(struct arrivals *a)
{
	size_t more = 0;
	bool blocks = true, text = true;

	for (unsigned i = 0; i < ARRIVALS_MORE_AGREE; i++) {
		const struct arrivals_burst *b;

		if (!arrivals_has(a, i + 1))
			return false;
		b = arrivals_ago(a, i);
		if (b->bytes <= a->frame || b->bytes >= 2 * a->frame ||
		    b->bytes - a->frame > ARRIVALS_MORE_MAX)
			return false;
		more += b->bytes - a->frame;
		blocks = blocks && arrivals_block(b->bytes) > 0;
		text = text && b->kind == LIKENESS_TEXT;
	}
	if (blocks)
		return false;
	return arrivals_find(a, FINDING_STRAY,
	    text ? LIKENESS_TEXT : LIKENESS_NONE, more / ARRIVALS_MORE_AGREE);
}

/* Whether so many bursts of whole blocks have nothing to do with frames of the
 * profile's size: those would stay within two blocks of them. A single block
 * may hold several frames. */
static bool
arrivals_is_off(const struct arrivals *a, size_t bytes)
{
	size_t by = bytes > a->frame ? bytes - a->frame : a->frame - bytes;

	if (bytes > a->frame && bytes == arrivals_block(bytes))
		return false;
	return by * a->equal >= 2 * arrivals_block(bytes);
}

/* Several whole frames at a time, and as often as frames are due: one frame of
 * a larger format. */
static bool
arrivals_is_large(const struct arrivals *a, const struct geometry *g)
{
	size_t bytes = arrivals_ago(a, 0)->bytes;
	int64_t span = arrivals_ago(a, 0)->at_ms -
	    arrivals_ago(a, ARRIVALS_AGREE - 1)->at_ms;
	char *guess;

	if (bytes < 2 * a->frame ||
	    span * 1000 > a->beat_us * (ARRIVALS_AGREE - 1) * 5 / 4)
		return false;
	guess = framesizes_guess(bytes, g);
	free(guess);
	return guess != NULL;
}

/* Bursts of the same length, which is not a frame's. */
static bool
arrivals_judge_size(struct arrivals *a)
{
	size_t bytes = arrivals_ago(a, 0)->bytes;
	char *guess;

	if (bytes == 0 || a->equal < ARRIVALS_AGREE)
		return false;
	if (bytes % a->frame == 0)
		return arrivals_is_large(a, &a->geometry) &&
		    arrivals_find(a, FINDING_SIZE, LIKENESS_NONE, bytes);
	if (!arrivals_is_off(a, bytes))
		return false;
	guess = framesizes_guess(bytes, &a->geometry);
	free(guess);
	if (guess == NULL && bytes > a->frame &&
	    bytes - a->frame <= ARRIVALS_MORE_MAX)
		return arrivals_find(a, FINDING_STRAY,
		    arrivals_ago(a, 0)->kind == LIKENESS_TEXT ? LIKENESS_TEXT
							      : LIKENESS_NONE,
		    bytes - a->frame);
	return arrivals_find(a, FINDING_SIZE, LIKENESS_NONE, bytes);
}

/* Frames of `bytes` fit what came in blocks. */
static bool
arrivals_fits(const struct arrivals *a, size_t bytes)
{
	size_t all = bytes * a->blocks;
	size_t by =
	    all > a->block_bytes ? all - a->block_bytes : a->block_bytes - all;

	return by < ARRIVALS_BLOCK_MAX;
}

/* Bursts of several blocks, whose mean is a frame of another format. */
static bool
arrivals_judge_blocks(struct arrivals *a)
{
	struct geometry other;
	bool found = false;

	if (a->blocks < ARRIVALS_BLOCKS_AGREE)
		return false;
	for (int f = 0; f < N_PIXFMTS && !found; f++) {
		frame_geometry_init(
		    &other, (enum pixfmt)f, a->geometry.w, a->geometry.h);
		found = arrivals_fits(a, other.bytes) &&
		    !arrivals_fits(a, a->frame);
	}
	a->blocks = a->block_bytes = 0;
	return found &&
	    arrivals_find(a, FINDING_SIZE, LIKENESS_NONE, other.bytes);
}

/* Whether frames come as they should. */
static bool
arrivals_is_fine(const struct arrivals *a)
{
	for (unsigned i = 0; i < ARRIVALS_SHIFT_AGREE; i++) {
		if (!arrivals_has(a, i + 1) || arrivals_ago(a, i)->phase != 0 ||
		    !arrivals_is_whole(a, arrivals_ago(a, i)))
			return false;
	}
	return true;
}

static void
arrivals_judge(struct arrivals *a)
{
	if (arrivals_judge_kind(a) || arrivals_judge_prints(a) ||
	    arrivals_judge_size(a) || arrivals_judge_more(a) ||
	    arrivals_judge_blocks(a) || a->skips >= ARRIVALS_SKIPS)
		return;
	if (arrivals_is_fine(a))
		arrivals_find(a, FINDING_FINE, LIKENESS_NONE, 0);
}

/* --- the place where frames begin --------------------------------------- */

/* Whether what came before the frames was text. */
static bool
arrivals_began_with_text(const struct arrivals *a, size_t len)
{
	return likeness_is_text(a->first, len < a->n_first ? len : a->n_first);
}

/* Whether the burst that begins now begins a frame, although bytes of an
 * unfinished one are there: the bursts before it were whole frames, from the
 * same place on. A program that pauses within its frames would look alike, so
 * few bytes must have come before them, or text. */
static bool
arrivals_is_shifted(const struct arrivals *a)
{
	for (unsigned i = 0; i < ARRIVALS_SHIFT_AGREE; i++) {
		if (!arrivals_has(a, i + 1) ||
		    arrivals_ago(a, i)->phase != a->filled ||
		    !arrivals_is_whole(a, arrivals_ago(a, i)))
			return false;
	}
	return a->filled > 0 &&
	    ((a->filled <= a->frame / 4 && a->filled <= ARRIVALS_BLOCK_MAX) ||
		arrivals_began_with_text(a, a->filled));
}

/* Forget the unfinished frame; its length. */
static size_t
arrivals_shift(struct arrivals *a)
{
	size_t filled = a->filled;

	a->filled = 0;
	a->skipped = filled;
	a->skipped_text = arrivals_began_with_text(a, filled);
	a->skips++;
	if (a->skips >= ARRIVALS_SKIPS)
		arrivals_find(a, FINDING_STRAY,
		    a->skipped_text ? LIKENESS_TEXT : LIKENESS_NONE, filled);
	return filled;
}

/* --- bytes -------------------------------------------------------------- */

/* The burst is over; `cut`: without a pause. */
static void
arrivals_end_burst(struct arrivals *a, bool cut)
{
	struct arrivals_burst b = {
		.bytes = cut || a->cut ? 0 : a->bytes,
		.phase = a->phase,
		.kind = likeness_of(a->head, a->n_head),
		.at_ms = a->began_ms,
	};

	if (b.kind == LIKENESS_TEXT && arrivals_is_whole(a, &b))
		b.kind = LIKENESS_NONE;
	a->equal =
	    a->n > 0 && b.bytes > 0 && arrivals_ago(a, 0)->bytes == b.bytes
	    ? a->equal + 1
	    : 1;
	if (arrivals_block(b.bytes) > 0 && arrivals_block(b.bytes) != b.bytes) {
		a->blocks++;
		a->block_bytes += b.bytes;
	} else {
		a->blocks = a->block_bytes = 0;
	}
	a->kept[a->n++ % ARRIVALS_KEPT] = b;
	a->bytes = a->n_head = 0;
	a->cut = cut;
	arrivals_judge(a);
}

static void
arrivals_keep(uint8_t *head, size_t *len, const uint8_t *data, size_t n)
{
	if (n > LIKENESS_HEAD - *len)
		n = LIKENESS_HEAD - *len;
	memcpy(head + *len, data, n);
	*len += n;
}

/* The first bytes of all, as soon as they are certain. */
static void
arrivals_judge_first(struct arrivals *a)
{
	enum likeness kind = likeness_of(a->first, a->n_first);

	if (likeness_is_certain(kind))
		arrivals_find(a, FINDING_KIND, kind, 0);
}

void
arrivals_begin(struct arrivals *a, const struct geometry *g, struct rate fps)
{
	int64_t pause = 250 * fps.den / fps.num;

	if (pause < ARRIVALS_PAUSE_MIN_MS)
		pause = ARRIVALS_PAUSE_MIN_MS;
	if (pause > ARRIVALS_PAUSE_MAX_MS)
		pause = ARRIVALS_PAUSE_MAX_MS;
	memset(a, 0, sizeof(*a));
	a->geometry = *g;
	a->frame = g->bytes;
	a->pause_ms = pause;
	a->beat_us = 1000000 * fps.den / fps.num;
}

size_t
arrivals_add(struct arrivals *a, const uint8_t *data, size_t n, int64_t now)
{
	size_t skip = 0;

	if (a->bytes > 0 && now - a->last_ms > a->pause_ms)
		arrivals_end_burst(a, false);
	if (a->bytes == 0) {
		if (!a->cut && arrivals_is_shifted(a))
			skip = arrivals_shift(a);
		a->phase = a->filled;
		a->began_ms = now;
	}
	arrivals_keep(a->head, &a->n_head, data, n);
	if (a->n_first < LIKENESS_HEAD) {
		arrivals_keep(a->first, &a->n_first, data, n);
		arrivals_judge_first(a);
	}
	a->bytes += n;
	a->last_ms = now;
	a->filled = (a->filled + n) % a->frame;
	if (a->bytes >= ARRIVALS_CUT * a->frame + ARRIVALS_BLOCK_MAX)
		arrivals_end_burst(a, true);
	return skip;
}
