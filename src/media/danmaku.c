/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/text.h"
#include "base/util.h"
#include "media/blocklist.h"
#include "media/danmaku.h"

#define DANMAKU_STUCK 16   /* painted ones of a kind without room */
#define DANMAKU_LOOKS 16   /* queued ones that a search looks at */
#define DANMAKU_SOON  5	   /* beats: shown within these is not late */
#define DANMAKU_MEAN  16   /* sizes that the usual one is the mean of */
#define DANMAKU_FAST  1000 /* comments a beat: any number */
#define DANMAKU_SPARE 8	   /* a part of the wait, kept in reserve */

enum danmaku_state {
	DANMAKU_QUEUED,
	DANMAKU_PAINTING,
	DANMAKU_PAINTED,
};

struct danmaku_item {
	struct danmaku_comment c; /* its texts are owned */
	int size;		  /* that was said */
	uint64_t hash;		  /* of kind and text */
	uint64_t came;
	uint64_t refused; /* painted, but without rows since; 0: not so */
	enum danmaku_state state;
	bool waits; /* this was reported */
	bool stale; /* is being painted as it no longer should */
	int tries;  /* after which the painter was dead */
	int w, h;   /* while it is painted */
	void *tile; /* the same */
};

const char *const danmaku_words[N_DANMAKU_WORDS + 1] = {
	[DANMAKU_TAKEN] = "taken",
	[DANMAKU_WAITS] = "waits",
	[DANMAKU_SHOWN] = "shown",
	[DANMAKU_DROPPED] = "dropped",
	[DANMAKU_MERGED] = "merged",
	[DANMAKU_BLOCKED] = "blocked",
};

static int
danmaku_clamp(int value, int least, int most)
{
	return value < least ? least : value > most ? most : value;
}

/* --- items --------------------------------------------------------------- */

static void
danmaku_tell(struct danmaku *d, uint64_t id, enum danmaku_word word)
{
	if (d->owner.outcome != NULL)
		d->owner.outcome(d->owner.ctx, id, word);
}

static void
danmaku_release(struct danmaku *d, void *tile)
{
	if (tile != NULL && d->owner.release != NULL)
		d->owner.release(d->owner.ctx, tile);
}

static void
danmaku_item_free(struct danmaku *d, struct danmaku_item *it)
{
	danmaku_release(d, it->tile);
	free((char *)it->c.text);
	free((char *)it->c.user);
	free(it);
}

static struct danmaku_item *
danmaku_item_new(const struct danmaku_comment *said, uint64_t hash)
{
	struct danmaku_item *it = xcalloc(1, sizeof(*it));

	it->c = *said;
	it->c.text = xstrdup(said->text);
	it->c.user = said->user == NULL ? NULL : xstrdup(said->user);
	it->size = danmaku_clamp(said->size, 0, SIZE_SIDE_MAX);
	it->hash = hash;
	return it;
}

/* Release the tile; the comment is painted again. */
static void
danmaku_unpaint(struct danmaku *d, struct danmaku_item *it)
{
	danmaku_release(d, it->tile);
	it->tile = NULL;
	it->stale = false;
	it->refused = 0;
	it->state = DANMAKU_QUEUED;
}

/* It is late; report that once. */
static void
danmaku_late(struct danmaku *d, struct danmaku_item *it)
{
	if (it->waits)
		return;
	it->waits = true;
	d->counts.waited++;
	danmaku_tell(d, it->c.id, DANMAKU_WAITS);
}

/* --- queues -------------------------------------------------------------- */

/* No rows are held any more. */
static void
danmaku_let_go(struct danmaku *d, struct danmaku_line *line)
{
	line->holds = 0;
	d->lane.hold[line - d->lines].h = 0;
}

static void
danmaku_remove(struct danmaku *d, struct danmaku_line *line, size_t i)
{
	if (line->holds == line->v[i]->c.id)
		danmaku_let_go(d, line);
	line->n--;
	memmove(&line->v[i], &line->v[i + 1], (line->n - i) * sizeof(*line->v));
}

static void
danmaku_drop(struct danmaku *d, struct danmaku_line *line, size_t i)
{
	struct danmaku_item *it = line->v[i];

	danmaku_remove(d, line, i);
	d->counts.dropped++;
	danmaku_tell(d, it->c.id, DANMAKU_DROPPED);
	danmaku_item_free(d, it);
}

/* The queue that holds a comment, and its place there; NULL: none does. */
static struct danmaku_line *
danmaku_find(struct danmaku *d, uint64_t id, size_t *i)
{
	for (size_t k = 0; k < N_LANE_KINDS; k++)
		for (*i = 0; *i < d->lines[k].n; ++*i)
			if (d->lines[k].v[*i]->c.id == id)
				return &d->lines[k];
	return NULL;
}

static size_t
danmaku_in_state(const struct danmaku_line *line, enum danmaku_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < line->n; i++)
		n += line->v[i]->state == state;
	return n;
}

/* The place of the first one to paint; n: none. */
static size_t
danmaku_first_queued(const struct danmaku_line *line)
{
	size_t i = 0;

	while (i < line->n && line->v[i]->state != DANMAKU_QUEUED)
		i++;
	return i;
}

/* The gap in time between the two neighbours of a comment: the hole it would
 * leave. The numbers of comments decide between equal ones. */
static void
danmaku_hole(const struct danmaku_line *line, size_t i, uint64_t hole[2])
{
	const struct danmaku_item *next;
	uint64_t came = i > 0 ? line->v[i - 1]->came : line->came;
	uint64_t id = i > 0 ? line->v[i - 1]->c.id : 0;

	hole[0] = hole[1] = UINT64_MAX; /* the newest: nobody knows yet */
	if (i + 1 == line->n)
		return;
	next = line->v[i + 1];
	hole[0] = next->came - came;
	hole[1] = next->c.id - id;
}

/* Drop the one of the first n that leaves the smallest hole. False: they are
 * all with the painter, or have been. */
static bool
danmaku_thin(struct danmaku *d, struct danmaku_line *line, size_t n)
{
	uint64_t least[2], hole[2];
	size_t best = n;

	for (size_t i = 0; i < n; i++) {
		if (line->v[i]->state != DANMAKU_QUEUED)
			continue;
		danmaku_hole(line, i, hole);
		if (best < n &&
		    (hole[0] > least[0] ||
			(hole[0] == least[0] && hole[1] >= least[1])))
			continue;
		best = i;
		memcpy(least, hole, sizeof(least));
	}
	if (best < n)
		danmaku_drop(d, line, best);
	return best < n;
}

/* --- room for how many --------------------------------------------------- */

static enum lane_kind
danmaku_kind(const struct danmaku *d, const struct danmaku_line *line)
{
	return (enum lane_kind)(line - d->lines);
}

static int
danmaku_size(const struct danmaku *d, const struct danmaku_item *it)
{
	return it->size > 0 ? it->size : d->opts.size;
}

/* The box of a usual comment; six wide letters until one has been painted. */
static struct lane_box
danmaku_usual(const struct danmaku *d, const struct danmaku_line *line)
{
	int size = d->opts.size;

	return (struct lane_box){ .kind = danmaku_kind(d, line),
		.w = line->w > 0 ? (int)line->w : size * 6,
		.h = line->h > 0 ? (int)line->h : size * 4 / 3,
		.stay = d->opts.stay };
}

/* How many more usual comments find room at this beat. */
static size_t
danmaku_room(struct danmaku *d, struct danmaku_line *line, uint64_t now)
{
	struct lane_box usual = danmaku_usual(d, line);

	if (line->asked == now + 1)
		return line->room;
	line->asked = now + 1;
	if (!d->lane.overlap)
		line->room = lane_room(&d->lane, &usual, now);
	else
		line->room =
		    d->lane.n < d->lane.max ? d->lane.max - d->lane.n : 0;
	return line->room;
}

/* Usual comments per beat that the area can take, if all are packed tightly. */
static double
danmaku_capacity(const struct danmaku *d, const struct danmaku_line *line)
{
	struct lane_box b = danmaku_usual(d, line);
	double rate = DANMAKU_FAST, most = (double)d->lane.max / b.stay;

	if (!d->lane.overlap && b.w > 0 && b.h > 0) {
		int rows = (d->lane.bottom - d->lane.top) / (b.h + (b.h & 1));

		rate = (double)rows / b.stay;
		if (b.kind == LANE_SCROLL)
			rate *=
			    (double)(d->lane.width + b.w) / (b.w + d->lane.gap);
	}
	return rate < most ? rate : most;
}

/* Comments per beat that find room while others wait: the recent rate, and the
 * expected one with the weight of half a stay. */
static double
danmaku_rate(const struct danmaku *d, const struct danmaku_line *line)
{
	double half = (double)d->opts.stay / 2;

	return (line->placed + danmaku_capacity(d, line) * half) /
	    (line->busy + half);
}

/* Count a beat at which some found no room, and `placed` did. */
static void
danmaku_learn_rate(
    const struct danmaku *d, struct danmaku_line *line, size_t placed)
{
	double keep = 1 - 1.0 / d->opts.stay;

	line->placed = line->placed * keep + (double)placed;
	line->busy = line->busy * keep + 1;
}

static void
danmaku_learn_size(struct danmaku_line *line, int w, int h)
{
	if (line->w <= 0) {
		line->w = w;
		line->h = h;
	}
	line->w += (w - line->w) / DANMAKU_MEAN;
	line->h += (h - line->h) / DANMAKU_MEAN;
}

/* Beats that a comment may wait. */
static uint64_t
danmaku_patience(const struct danmaku *d)
{
	uint64_t paint = (uint64_t)d->opts.stay / 4;

	return d->opts.wait > paint ? d->opts.wait : paint;
}

/* Beats that a comment may still wait; 0: none. */
static uint64_t
danmaku_left(
    const struct danmaku *d, const struct danmaku_item *it, uint64_t now)
{
	uint64_t end = it->came + danmaku_patience(d);

	return end > now ? end - now : 0;
}

/* If some would wait too long, drop as many as needed for the rest to be in
 * time. */
static void
danmaku_thin_out(struct danmaku *d, struct danmaku_line *line, uint64_t now)
{
	double rate = danmaku_rate(d, line);
	double spare = (double)danmaku_patience(d) / DANMAKU_SPARE;
	size_t room = danmaku_room(d, line, now), i = room;

	while (i < line->n) {
		double left = (double)danmaku_left(d, line->v[i], now) - spare;

		if ((double)(i - room) <= left * rate ||
		    !danmaku_thin(d, line, i + 1))
			i++;
	}
}

/* --- recent comments ----------------------------------------------------- */

static bool
danmaku_same(const struct danmaku_item *it, const struct danmaku_comment *c,
    uint64_t hash)
{
	return it->hash == hash && it->c.kind == c->kind &&
	    strcmp(it->c.text, c->text) == 0;
}

/* Whether the same comment waits, is on the frame, or was shown recently. */
static bool
danmaku_is_known(const struct danmaku *d, const struct danmaku_comment *c,
    uint64_t hash, uint64_t now)
{
	const struct danmaku_line *line = &d->lines[c->kind];

	for (size_t i = 0; i < line->n; i++)
		if (danmaku_same(line->v[i], c, hash))
			return true;
	for (size_t i = 0; i < d->lane.n; i++)
		if (danmaku_same(d->lane.v[i].what, c, hash))
			return true;
	return recall_has(&d->recent, hash, now, d->opts.merge);
}

/* --- saying -------------------------------------------------------------- */

/* A verdict at once, or TAKEN. */
static enum danmaku_word
danmaku_judge(struct danmaku *d, const struct danmaku_comment *said,
    uint64_t hash, uint64_t now)
{
	struct danmaku_line *line = &d->lines[said->kind];

	if (blocklist_has(d->opts.block, said->text)) {
		d->counts.blocked++;
		return DANMAKU_BLOCKED;
	}
	if (d->opts.merge > 0 && danmaku_is_known(d, said, hash, now)) {
		d->counts.merged++;
		return DANMAKU_MERGED;
	}
	if (d->opts.full == DANMAKU_DROP &&
	    danmaku_room(d, line, now) <= line->n) {
		d->counts.dropped++;
		return DANMAKU_DROPPED;
	}
	return DANMAKU_TAKEN;
}

enum danmaku_word
danmaku_say(struct danmaku *d, const struct danmaku_comment *said, uint64_t now,
    uint64_t *id)
{
	struct danmaku_line *line = &d->lines[said->kind];
	uint64_t hash = recall_hash(said->text, (uint64_t)said->kind);
	struct danmaku_item *it;
	enum danmaku_word word;

	d->counts.said++;
	if (id != NULL)
		*id = d->counts.said;
	word = danmaku_judge(d, said, hash, now);
	if (word != DANMAKU_TAKEN)
		return word;
	it = danmaku_item_new(said, hash);
	it->c.id = d->counts.said;
	it->came = now;
	if (line->n >= danmaku_room(d, line, now)) {
		word = DANMAKU_WAITS;
		it->waits = true;
		d->counts.waited++;
	}
	line->v[line->n++] = it;
	if (line->n > DANMAKU_LINE_MAX)
		danmaku_thin(d, line, line->n);
	return word;
}

/* --- painting ------------------------------------------------------------ */

/* How many of a queue should be painted or being painted: one for each place
 * that is free, or soon will be. */
static size_t
danmaku_ahead(struct danmaku *d, struct danmaku_line *line, uint64_t now)
{
	double soon = danmaku_rate(d, line) * d->opts.stay / 32;
	size_t n = danmaku_room(d, line, now) + 1;

	n += soon < DANMAKU_AHEAD ? (size_t)soon : DANMAKU_AHEAD;
	return n < DANMAKU_AHEAD ? n : DANMAKU_AHEAD;
}

/* The width of the narrowest painted comment, if all of them have found no rows
 * for so long that it must be because of their width; else 0. */
static int
danmaku_stuck(
    const struct danmaku *d, const struct danmaku_line *line, uint64_t now)
{
	int w = LANE_SIDE_MAX, n = 0;

	for (size_t i = 0; i < line->n; i++) {
		const struct danmaku_item *it = line->v[i];

		if (it->state != DANMAKU_PAINTED)
			continue;
		if (it->refused == 0 || ++n >= DANMAKU_STUCK ||
		    now - it->refused < (uint64_t)d->opts.stay / 8)
			return 0;
		if (it->w < w)
			w = it->w;
	}
	return w;
}

/* The place of a queued comment that would find room, by the width of its text:
 * the painted ones are too wide, but may not stop all others. n: none would. */
static size_t
danmaku_slim(
    const struct danmaku *d, const struct danmaku_line *line, uint64_t now)
{
	struct lane_box b = danmaku_usual(d, line);
	int narrowest = danmaku_stuck(d, line, now);
	size_t i = danmaku_first_queued(line), looks = DANMAKU_LOOKS;

	for (; narrowest > 0 && i < line->n && looks > 0; i++) {
		const struct danmaku_item *it = line->v[i];

		if (it->state != DANMAKU_QUEUED)
			continue;
		looks--;
		b.w = text_columns(it->c.text) * danmaku_size(d, it) / 2;
		if (b.w < narrowest && lane_room(&d->lane, &b, now) > 0)
			return i;
	}
	return line->n;
}

/* The next of a queue to paint, or NULL. */
static struct danmaku_item *
danmaku_next_of(struct danmaku *d, struct danmaku_line *line, uint64_t now)
{
	size_t painting = danmaku_in_state(line, DANMAKU_PAINTING);
	size_t painted = danmaku_in_state(line, DANMAKU_PAINTED);
	size_t i = danmaku_first_queued(line);

	if (i < line->n && painting + painted >= danmaku_ahead(d, line, now))
		i = painting == 0 ? danmaku_slim(d, line, now) : line->n;
	return i < line->n ? line->v[i] : NULL;
}

/* Whether the painter may have this one now: one that may have killed it goes
 * alone. */
static bool
danmaku_may_paint(const struct danmaku *d, const struct danmaku_item *next)
{
	for (size_t k = 0; k < N_LANE_KINDS; k++) {
		const struct danmaku_line *line = &d->lines[k];

		for (size_t i = 0; i < line->n; i++)
			if (line->v[i]->state == DANMAKU_PAINTING &&
			    (line->v[i]->tries > 0 || next->tries > 0))
				return false;
	}
	return true;
}

const struct danmaku_comment *
danmaku_next_to_paint(struct danmaku *d, uint64_t now)
{
	struct danmaku_item *next = NULL, *it;

	for (size_t k = 0; k < N_LANE_KINDS; k++) {
		it = danmaku_next_of(d, &d->lines[k], now);
		if (it != NULL && (next == NULL || it->c.id < next->c.id))
			next = it;
	}
	if (next == NULL || !danmaku_may_paint(d, next))
		return NULL;
	next->state = DANMAKU_PAINTING;
	next->c.size = danmaku_size(d, next);
	return &next->c;
}

int
danmaku_painted(struct danmaku *d, uint64_t id, int w, int h, void *tile)
{
	size_t i;
	struct danmaku_line *line = danmaku_find(d, id, &i);

	if (line == NULL || line->v[i]->state != DANMAKU_PAINTING) {
		danmaku_release(d, tile);
		return -1;
	}
	line->v[i]->tile = tile;
	line->v[i]->tries = 0;
	if (line->v[i]->stale) {
		danmaku_unpaint(d, line->v[i]);
		return 0;
	}
	if (w < 1 || w > LANE_SIDE_MAX || h < 1 || h > LANE_SIDE_MAX) {
		danmaku_drop(d, line, i);
		return -1;
	}
	line->v[i]->state = DANMAKU_PAINTED;
	line->v[i]->w = w;
	line->v[i]->h = h;
	danmaku_learn_size(line, w, h);
	return 0;
}

void
danmaku_unpaintable(struct danmaku *d, uint64_t id)
{
	size_t i;
	struct danmaku_line *line = danmaku_find(d, id, &i);

	if (line != NULL && line->v[i]->state == DANMAKU_PAINTING)
		danmaku_drop(d, line, i);
}

void
danmaku_repaint_all(struct danmaku *d)
{
	for (size_t k = 0; k < N_LANE_KINDS; k++) {
		struct danmaku_line *line = &d->lines[k];

		for (size_t i = line->n; i-- > 0;) {
			struct danmaku_item *it = line->v[i];

			if (it->state != DANMAKU_PAINTING)
				continue;
			danmaku_unpaint(d, it);
			if (++it->tries >= DANMAKU_TRIES)
				danmaku_drop(d, line, i);
		}
	}
}

/* --- beats --------------------------------------------------------------- */

static void
danmaku_gone(void *ctx, const struct lane_box *box)
{
	danmaku_item_free(ctx, box->what);
}

/* Find room for a painted comment. The rows held for it are kept until it
 * enters or leaves. */
static enum lane_answer
danmaku_enter(struct danmaku *d, struct danmaku_line *line,
    struct danmaku_item *it, uint64_t now)
{
	struct lane_hold *hold = &d->lane.hold[it->c.kind], was = *hold;
	struct lane_box box = { .kind = it->c.kind,
		.w = it->w,
		.h = it->h,
		.stay = d->opts.stay,
		.what = it };
	bool first = line->holds == 0 || line->holds == it->c.id;
	enum lane_answer answer;

	if (first)
		hold->h = 0;
	answer = lane_place(&d->lane, &box, now);
	if (!first)
		return answer;
	if (answer != LANE_FULL || d->lane.overlap) {
		line->holds = 0;
	} else if (line->holds != 0) {
		*hold = was;
	} else {
		line->holds = it->c.id;
		hold->y = lane_nearest(&d->lane, &box, now);
		hold->h = box.h;
	}
	return answer;
}

/* A comment has entered. */
static void
danmaku_shown(
    struct danmaku *d, struct danmaku_line *line, size_t i, uint64_t now)
{
	struct danmaku_item *it = line->v[i];

	danmaku_remove(d, line, i);
	if (it->came > line->came)
		line->came = it->came;
	if (now - it->came > DANMAKU_SOON)
		danmaku_late(d, it);
	d->counts.shown++;
	recall_add(&d->recent, it->hash, now);
	danmaku_tell(d, it->c.id, DANMAKU_SHOWN);
}

/* Painted comments enter, where they find room. */
static void
danmaku_place(struct danmaku *d, struct danmaku_line *line, uint64_t now)
{
	size_t placed = 0, refused = 0;

	for (size_t i = 0; i < line->n;) {
		enum lane_answer answer;

		if (line->v[i]->state != DANMAKU_PAINTED) {
			i++;
			continue;
		}
		answer = danmaku_enter(d, line, line->v[i], now);
		if (answer == LANE_PLACED) {
			danmaku_shown(d, line, i, now);
			placed++;
		} else if (answer == LANE_NEVER ||
		    d->opts.full == DANMAKU_DROP) {
			danmaku_drop(d, line, i);
		} else {
			if (line->v[i]->refused == 0)
				line->v[i]->refused = now;
			danmaku_late(d, line->v[i++]);
			refused++;
		}
	}
	if (refused > 0)
		danmaku_learn_rate(d, line, placed);
	line->asked = 0;
}

/* Drop comments that have waited too long; report late ones. */
static void
danmaku_expire(struct danmaku *d, struct danmaku_line *line, uint64_t now)
{
	for (size_t i = 0; i < line->n;) {
		if (now - line->v[i]->came > DANMAKU_SOON)
			danmaku_late(d, line->v[i]);
		if (danmaku_left(d, line->v[i], now) == 0)
			danmaku_drop(d, line, i);
		else
			i++;
	}
}

void
danmaku_beat(struct danmaku *d, uint64_t now)
{
	lane_sweep(&d->lane, now, danmaku_gone, d);
	for (size_t k = 0; k < N_LANE_KINDS; k++) {
		struct danmaku_line *line = &d->lines[k];

		line->asked = 0;
		if (line->n == 0)
			continue;
		danmaku_place(d, line, now);
		danmaku_expire(d, line, now);
		danmaku_thin_out(d, line, now);
	}
}

bool
danmaku_see(const struct danmaku *d, size_t i, uint64_t now,
    struct danmaku_sight *sight)
{
	const struct lane_box *box;
	const struct danmaku_item *it;

	if (i >= d->lane.n)
		return false;
	box = &d->lane.v[i];
	it = box->what;
	*sight = (struct danmaku_sight){ lane_x(&d->lane, box, now), box->y,
		box->w, box->h, it->tile };
	return true;
}

/* --- the whole ----------------------------------------------------------- */

void
danmaku_init(struct danmaku *d, int width, const struct danmaku_owner *owner)
{
	memset(d, 0, sizeof(*d));
	d->owner = *owner;
	d->opts.stay = 1;
	lane_init(&d->lane, width);
	recall_init(&d->recent, RECALL_MAX);
}

void
danmaku_empty(struct danmaku *d)
{
	for (size_t k = 0; k < N_LANE_KINDS; k++)
		while (d->lines[k].n > 0)
			danmaku_drop(d, &d->lines[k], 0);
	lane_sweep(&d->lane, UINT64_MAX, danmaku_gone, d);
}

void
danmaku_clear(struct danmaku *d)
{
	danmaku_empty(d);
	lane_clear(&d->lane);
}

/* Repaint the comments not shown yet: their look has changed. */
static void
danmaku_restyle(struct danmaku *d)
{
	for (size_t k = 0; k < N_LANE_KINDS; k++) {
		struct danmaku_line *line = &d->lines[k];

		line->w = line->h = 0;
		for (size_t i = 0; i < line->n; i++) {
			if (line->v[i]->state == DANMAKU_PAINTED)
				danmaku_unpaint(d, line->v[i]);
			else if (line->v[i]->state == DANMAKU_PAINTING)
				line->v[i]->stale = true;
		}
	}
}

void
danmaku_set(struct danmaku *d, const struct danmaku_opts *opts)
{
	struct danmaku_opts was = d->opts;

	d->opts = *opts;
	d->opts.size = danmaku_clamp(opts->size, 1, SIZE_SIDE_MAX);
	d->opts.stay = danmaku_clamp(opts->stay, 1, LANE_STAY_MAX);
	d->lane.top = danmaku_clamp(opts->top, 0, SIZE_SIDE_MAX);
	d->lane.bottom =
	    danmaku_clamp(opts->bottom, d->lane.top, SIZE_SIDE_MAX);
	d->lane.gap = danmaku_clamp(opts->gap, 0, SIZE_SIDE_MAX);
	d->lane.max = opts->max;
	d->lane.overlap = opts->full == DANMAKU_OVERLAP;
	for (size_t k = 0; k < N_LANE_KINDS; k++) {
		d->lines[k].placed = d->lines[k].busy = 0;
		d->lines[k].asked = 0;
		danmaku_let_go(d, &d->lines[k]);
	}
	if (was.size != d->opts.size || was.outline != opts->outline ||
	    was.opacity < opts->opacity || was.opacity > opts->opacity)
		danmaku_restyle(d);
}

struct danmaku_counts
danmaku_count(const struct danmaku *d)
{
	struct danmaku_counts counts = d->counts;

	counts.waiting = 0;
	for (size_t k = 0; k < N_LANE_KINDS; k++)
		counts.waiting += d->lines[k].n;
	counts.visible = d->lane.n;
	return counts;
}
