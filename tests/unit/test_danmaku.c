/* SPDX-License-Identifier: ISC */
/* Comments from start to end, with painters of all kinds. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/util.h"
#include "chance.h"
#include "media/blocklist.h"
#include "media/danmaku.h"

#define IDS	 100000
#define LATE_MAX 200 /* jobs that the painter has */

/* An overlay, the verdicts on its comments, and a painter. */
struct world {
	struct danmaku d;
	struct danmaku_opts opts;
	uint64_t now;
	enum danmaku_word word[IDS]; /* the newest of each; 0: TAKEN */
	uint64_t came[IDS];	     /* when it was said */
	unsigned verdicts[IDS];
	long tiles;	/* not released yet */
	long paintings; /* all */
	/* the painter */
	uint64_t poison; /* the comment that kills it */
	int deaths;
	struct {
		uint64_t id, due;
		int w, h;
	} jobs[LATE_MAX];
	size_t n_jobs;
};

static void
outcome(void *ctx, uint64_t id, enum danmaku_word word)
{
	struct world *w = ctx;

	assert_in_range(id, 1, IDS - 1);
	assert_int_equal(w->verdicts[id], 0);
	if (word == DANMAKU_WAITS)
		assert_int_equal(w->word[id], DANMAKU_TAKEN);
	else
		w->verdicts[id]++;
	w->word[id] = word;
}

static void
release(void *ctx, void *tile)
{
	struct world *w = ctx;

	w->tiles--;
	free(tile);
}

static struct world *
world_new(const struct danmaku_opts *opts)
{
	struct world *w = xcalloc(1, sizeof(*w));

	w->opts = *opts;
	w->now = 1000;
	danmaku_init(
	    &w->d, 1920, &(struct danmaku_owner){ outcome, release, w });
	danmaku_set(&w->d, opts);
	return w;
}

/* 1080p, 25 fps, the upper 60 %, 8 s, for letters of 36. */
static struct danmaku_opts
usual(void)
{
	return (struct danmaku_opts){ .size = 36,
		.opacity = 0.9,
		.outline = 2,
		.stay = 200,
		.top = 0,
		.bottom = 648,
		.gap = 60,
		.wait = 125,
		.max = 200 };
}

/* Each comment has one end, or waits. */
static void
check(struct world *w)
{
	struct danmaku_counts c = danmaku_count(&w->d);

	assert_int_equal(
	    c.said, c.shown + c.waiting + c.dropped + c.merged + c.blocked);
	assert_true(c.visible <= c.shown);
	assert_true(c.waited <= c.said);
}

static void
world_free(struct world *w)
{
	struct danmaku_counts c;
	uint64_t shown = 0, dropped = 0;

	danmaku_empty(&w->d);
	check(w);
	c = danmaku_count(&w->d);
	assert_int_equal(c.waiting, 0);
	assert_int_equal(c.visible, 0);
	assert_int_equal(w->tiles, 0);
	for (uint64_t id = 1; id <= c.said; id++) {
		assert_int_equal(w->verdicts[id], 1);
		shown += w->word[id] == DANMAKU_SHOWN;
		dropped += w->word[id] == DANMAKU_DROPPED;
	}
	assert_int_equal(c.shown, shown);
	assert_int_equal(c.dropped, dropped);
	danmaku_clear(&w->d);
	free(w);
}

static uint64_t
say_kind(struct world *w, const char *text, enum lane_kind kind)
{
	uint64_t id;
	enum danmaku_word word = danmaku_say(&w->d,
	    &(struct danmaku_comment){
		.text = text, .color = 0xffffff, .kind = kind },
	    w->now, &id);

	assert_int_not_equal(word, DANMAKU_SHOWN);
	w->word[id] = word;
	w->came[id] = w->now;
	w->verdicts[id] += word >= DANMAKU_DROPPED;
	return id;
}

static uint64_t
say(struct world *w, const char *text)
{
	return say_kind(w, text, LANE_SCROLL);
}

static void *
tile_new(struct world *w)
{
	w->tiles++;
	return xcalloc(1, 1);
}

/* The painter accepts each task, and answers within `late` beats. */
static void
take_jobs(struct world *w, uint32_t late)
{
	const struct danmaku_comment *c;

	while (w->n_jobs < LATE_MAX &&
	    (c = danmaku_next_to_paint(&w->d, w->now)) != NULL) {
		size_t i = w->n_jobs++;

		w->jobs[i].id = c->id;
		w->jobs[i].due = w->now + chance(late + 1);
		w->jobs[i].w = text_columns(c->text) * c->size / 2 + 8;
		w->jobs[i].h = c->size * 4 / 3 + (int)chance(3);
		w->paintings++;
	}
}

static void
die(struct world *w)
{
	w->deaths++;
	w->n_jobs = 0;
	danmaku_repaint_all(&w->d);
}

static void
answer(struct world *w)
{
	for (size_t i = 0; i < w->n_jobs; i++)
		if (w->jobs[i].id == w->poison) {
			die(w);
			return;
		}
	for (size_t i = w->n_jobs; i-- > 0;) {
		if (w->jobs[i].due > w->now)
			continue;
		danmaku_painted(&w->d, w->jobs[i].id, w->jobs[i].w,
		    w->jobs[i].h, tile_new(w));
		w->jobs[i] = w->jobs[--w->n_jobs];
	}
}

/* A beat of a world with a painter. */
static void
beat(struct world *w, uint32_t late)
{
	take_jobs(w, late);
	answer(w);
	w->now++;
	danmaku_beat(&w->d, w->now);
	check(w);
}

static void
beats(struct world *w, int n)
{
	while (n-- > 0)
		beat(w, 0);
}

/* --- one by one ---------------------------------------------------------- */

/* Said, painted, shown at the next beat, gone after its stay. */
static void
test_life(void **state UNUSED)
{
	struct danmaku_opts opts = usual();
	struct world *w = world_new(&opts);
	const struct danmaku_comment *c;
	struct danmaku_sight s;
	uint64_t id;
	void *tile = tile_new(w);

	danmaku_say(&w->d,
	    &(struct danmaku_comment){ .text = "弹幕",
		.user = "u",
		.color = 0xff8800,
		.kind = LANE_SCROLL },
	    w->now, &id);
	assert_int_equal(id, 1);
	c = danmaku_next_to_paint(&w->d, w->now);
	assert_string_equal(c->text, "弹幕");
	assert_string_equal(c->user, "u");
	assert_int_equal(c->color, 0xff8800);
	assert_int_equal(c->size, 36);
	assert_null(danmaku_next_to_paint(&w->d, w->now));
	assert_int_equal(danmaku_painted(&w->d, id, 80, 48, tile), 0);
	assert_false(danmaku_see(&w->d, 0, w->now, &s));
	assert_int_equal(w->word[id], DANMAKU_TAKEN);
	danmaku_beat(&w->d, 1001);
	assert_int_equal(w->word[id], DANMAKU_SHOWN);
	assert_true(danmaku_see(&w->d, 0, 1101, &s));
	assert_int_equal(s.x, 920);
	assert_int_equal(s.y, 0);
	assert_int_equal(s.w, 80);
	assert_int_equal(s.h, 48);
	assert_ptr_equal(s.tile, tile);
	assert_false(danmaku_see(&w->d, 1, 1101, &s));
	danmaku_beat(&w->d, 1200);
	assert_int_equal(w->tiles, 1);
	danmaku_beat(&w->d, 1201);
	assert_int_equal(w->tiles, 0);
	assert_int_equal(danmaku_count(&w->d).waited, 0);
	world_free(w);
}

/* A row for one: later comments wait, and are shown or dropped in the end. */
static void
test_wait(void **state UNUSED)
{
	struct danmaku_opts opts = usual();
	struct world *w;
	uint64_t id[4];

	opts.bottom = 50;
	w = world_new(&opts);
	for (size_t i = 0; i < 4; i++)
		id[i] = say_kind(w, i == 0 ? "first" : "other", LANE_TOP);
	assert_int_equal(w->word[id[0]], DANMAKU_TAKEN);
	assert_int_equal(w->word[id[1]], DANMAKU_WAITS);
	beats(w, 3);
	assert_int_equal(w->word[id[0]], DANMAKU_SHOWN);
	beats(w, 130);
	for (size_t i = 1; i < 4; i++)
		assert_int_equal(w->word[id[i]], DANMAKU_DROPPED);
	id[1] = say_kind(w, "soon", LANE_TOP); /* at the 133rd of 200 beats */
	beats(w, 80);
	assert_int_equal(w->word[id[1]], DANMAKU_SHOWN);
	assert_int_equal(danmaku_count(&w->d).waited, 4);
	world_free(w);
}

/* A comment that finds no row is dropped, at once if possible. */
static void
test_drop(void **state UNUSED)
{
	struct danmaku_opts opts = usual();
	struct world *w;
	uint64_t id[3];

	opts.bottom = 50;
	opts.full = DANMAKU_DROP;
	w = world_new(&opts);
	id[0] = say_kind(w, "first", LANE_TOP);
	id[1] = say_kind(w, "second", LANE_TOP);
	assert_int_equal(w->word[id[1]], DANMAKU_DROPPED);
	beats(w, 1);
	id[2] = say_kind(w, "third", LANE_TOP);
	assert_int_equal(w->word[id[0]], DANMAKU_SHOWN);
	assert_int_equal(w->word[id[2]], DANMAKU_DROPPED);
	assert_int_equal(w->paintings, 1);
	world_free(w);
}

/* None is refused below `max`. */
static void
test_overlap(void **state UNUSED)
{
	struct danmaku_opts opts = usual();
	struct world *w;

	opts.bottom = 50;
	opts.full = DANMAKU_OVERLAP;
	opts.max = 10;
	w = world_new(&opts);
	for (int i = 0; i < 12; i++)
		say_kind(w, "one of many", i % 3);
	beats(w, 5);
	assert_int_equal(danmaku_count(&w->d).visible, 10);
	assert_int_equal(danmaku_count(&w->d).waiting, 2);
	opts.max = 11;
	danmaku_set(&w->d, &opts);
	beats(w, 1);
	assert_int_equal(danmaku_count(&w->d).visible, 11);
	world_free(w);
}

/* Higher than the area: never. */
static void
test_too_high(void **state UNUSED)
{
	struct danmaku_opts opts = usual();
	struct world *w;
	uint64_t id;

	opts.bottom = 40;
	w = world_new(&opts);
	id = say(w, "x");
	beats(w, 1);
	assert_int_equal(w->word[id], DANMAKU_DROPPED);
	opts.full = DANMAKU_OVERLAP;
	danmaku_set(&w->d, &opts);
	id = say(w, "x");
	beats(w, 1);
	assert_int_equal(w->word[id], DANMAKU_DROPPED);
	world_free(w);
}

/* The same text again: while it waits, is on the frame, or was shown recently;
 * another kind makes it another comment. */
static void
test_merge(void **state UNUSED)
{
	struct danmaku_opts opts = usual();
	struct world *w;
	uint64_t id;

	opts.merge = 300;
	w = world_new(&opts);
	id = say(w, "666");
	assert_int_equal(w->word[say(w, "666")], DANMAKU_MERGED);
	assert_int_equal(w->word[say(w, "667")], DANMAKU_TAKEN);
	assert_int_equal(w->word[say_kind(w, "666", LANE_TOP)], DANMAKU_TAKEN);
	beats(w, 2);
	assert_int_equal(w->word[id], DANMAKU_SHOWN);
	assert_int_equal(w->word[say(w, "666")], DANMAKU_MERGED);
	beats(w, 299);
	assert_int_equal(danmaku_count(&w->d).visible, 0);
	assert_int_equal(w->word[say(w, "666")], DANMAKU_MERGED);
	beats(w, 1);
	assert_int_equal(w->word[say(w, "666")], DANMAKU_TAKEN);
	beats(w, 1);
	opts.merge = 5; /* it is on the frame for longer */
	danmaku_set(&w->d, &opts);
	beats(w, 20);
	assert_int_equal(w->word[say(w, "666")], DANMAKU_MERGED);
	opts.merge = 0;
	danmaku_set(&w->d, &opts);
	assert_int_equal(w->word[say(w, "666")], DANMAKU_TAKEN);
	assert_int_equal(danmaku_count(&w->d).merged, 4);
	world_free(w);
}

#ifdef HAVE_PCRE2
static void
test_block(void **state UNUSED)
{
	struct danmaku_opts opts = usual();
	const char *pattern = "(?i)casino";
	struct world *w;
	char *cause;

	opts.block = blocklist_new(&pattern, 1, &cause);
	w = world_new(&opts);
	assert_int_equal(w->word[say(w, "Casino!")], DANMAKU_BLOCKED);
	assert_int_equal(w->word[say(w, "cas ino")], DANMAKU_TAKEN);
	assert_int_equal(danmaku_count(&w->d).blocked, 1);
	world_free(w);
	blocklist_free(opts.block);
}
#endif

/* --- the painter --------------------------------------------------------- */

/* An answer to a request that was never made, or was cancelled. */
static void
test_answers(void **state UNUSED)
{
	struct danmaku_opts opts = usual();
	struct world *w = world_new(&opts);
	uint64_t id = say(w, "x");

	assert_int_equal(danmaku_painted(&w->d, id, 9, 9, tile_new(w)), -1);
	assert_int_equal(danmaku_painted(&w->d, 77, 9, 9, tile_new(w)), -1);
	danmaku_unpaintable(&w->d, id);
	danmaku_unpaintable(&w->d, 77);
	assert_non_null(danmaku_next_to_paint(&w->d, w->now));
	assert_int_equal(danmaku_painted(&w->d, id, 9, 9, tile_new(w)), 0);
	assert_int_equal(danmaku_painted(&w->d, id, 9, 9, tile_new(w)), -1);
	danmaku_unpaintable(&w->d, id);
	assert_int_equal(w->tiles, 1);
	danmaku_beat(&w->d, w->now + 1);
	assert_int_equal(w->word[id], DANMAKU_SHOWN);
	id = say(w, "y");
	assert_non_null(danmaku_next_to_paint(&w->d, w->now));
	danmaku_unpaintable(&w->d, id);
	assert_int_equal(w->word[id], DANMAKU_DROPPED);
	assert_int_equal(danmaku_painted(&w->d, id, 9, 9, tile_new(w)), -1);
	id = say(w, "z");
	assert_non_null(danmaku_next_to_paint(&w->d, w->now));
	assert_int_equal(danmaku_painted(&w->d, id, 9, -9, tile_new(w)), -1);
	assert_int_equal(w->word[id], DANMAKU_DROPPED);
	world_free(w);
}

/* While it is dead comments wait, for as long as they may. */
static void
test_dead(void **state UNUSED)
{
	struct danmaku_opts opts = usual();
	struct world *w = world_new(&opts);
	uint64_t id = say(w, "x");

	for (int i = 0; i < 124; i++)
		danmaku_beat(&w->d, ++w->now);
	assert_int_equal(w->word[id], DANMAKU_WAITS);
	danmaku_beat(&w->d, ++w->now);
	assert_int_equal(w->word[id], DANMAKU_DROPPED);
	id = say(w, "y");
	take_jobs(w, 0);
	for (int i = 0; i < 100; i++)
		danmaku_beat(&w->d, ++w->now);
	danmaku_repaint_all(&w->d);
	beats(w, 2);
	assert_int_equal(w->word[id], DANMAKU_SHOWN);
	world_free(w);
}

/* A text that kills: those beside it are shown, and it is dropped. */
static void
test_poison(void **state UNUSED)
{
	struct danmaku_opts opts = usual();
	struct world *w = world_new(&opts);
	uint64_t id[9];
	size_t poison = 3;

	for (size_t i = 0; i < NELEM(id); i++) {
		char text[] = "a text";

		text[0] = (char)('a' + i);
		id[i] = say(w, text);
	}
	w->poison = id[poison];
	beats(w, 60);
	for (size_t i = 0; i < NELEM(id); i++)
		assert_int_equal(w->word[id[i]],
		    i == poison ? DANMAKU_DROPPED : DANMAKU_SHOWN);
	assert_int_equal(w->deaths, DANMAKU_TRIES);
	world_free(w);
}

/* Letters of another size: tiles that are not shown yet are painted again. */
static void
test_restyle(void **state UNUSED)
{
	struct danmaku_opts opts = usual();
	struct world *w = world_new(&opts);
	const struct danmaku_comment *c;
	uint64_t a = say(w, "a"), b = say(w, "b");

	assert_int_equal(danmaku_next_to_paint(&w->d, w->now)->id, a);
	assert_int_equal(danmaku_painted(&w->d, a, 9, 9, tile_new(w)), 0);
	assert_int_equal(danmaku_next_to_paint(&w->d, w->now)->id, b);
	opts.size = 50;
	danmaku_set(&w->d, &opts);
	assert_int_equal(w->tiles, 0);
	assert_int_equal(danmaku_painted(&w->d, b, 9, 9, tile_new(w)), 0);
	assert_int_equal(w->tiles, 0);
	danmaku_beat(&w->d, w->now);
	assert_int_equal(danmaku_count(&w->d).visible, 0);
	c = danmaku_next_to_paint(&w->d, w->now);
	assert_int_equal(c->id, a);
	assert_int_equal(c->size, 50);
	assert_int_equal(danmaku_next_to_paint(&w->d, w->now)->id, b);
	world_free(w);
}

/* --- too much ------------------------------------------------------------ */

/* A text of some 4 to 43 columns, each one different. */
static const char *
any_text(void)
{
	static char text[64];
	static unsigned n;

	snprintf(text, sizeof(text), "%u%.*s", n++, (int)chance(40),
	    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
	return text;
}

/* `n` comments a second for so many seconds, then until all is over. */
static void
flood(struct world *w, int n, int seconds)
{
	int said = 0;

	for (int i = 0; i < seconds * 25; i++) {
		for (; said < (i + 1) * n / 25; said++)
			say(w, any_text());
		beat(w, 0);
	}
	beats(w, (int)w->opts.wait + w->opts.stay / 4);
	assert_int_equal(danmaku_count(&w->d).waiting, 0);
}

/* Which numbers of comments were shown, and the largest gap between two, the
 * ends included. */
static size_t
shown(const struct world *w, uint64_t *gap)
{
	uint64_t last = 0, said = danmaku_count(&w->d).said;
	size_t n = 0;

	*gap = 0;
	for (uint64_t id = 1; id <= said + 1; id++) {
		if (id <= said && w->word[id] != DANMAKU_SHOWN)
			continue;
		if (id - last > *gap)
			*gap = id - last;
		last = id;
		n += id <= said;
	}
	return n;
}

/* For each rate and length: as many are shown as fit, spread over all that were
 * said, and few more than that are painted. */
static void
test_even(void **state UNUSED)
{
	static const struct {
		int rate, seconds;
		uint64_t wait;
	} rows[] = {
		{ 12, 60, 125 },
		{ 100, 2, 125 },
		{ 100, 4, 125 },
		{ 100, 30, 125 },
		{ 100, 30, 25 },
		{ 1000, 1, 125 },
		{ 1000, 30, 125 },
		{ 5000, 1, 125 },
		{ 5000, 1, 250 },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct danmaku_opts opts = usual();
		double seconds = rows[i].seconds + (double)rows[i].wait / 25;
		struct danmaku_counts c;
		struct world *w;
		uint64_t gap;
		size_t n;

		opts.wait = rows[i].wait;
		w = world_new(&opts);
		flood(w, rows[i].rate, rows[i].seconds);
		c = danmaku_count(&w->d);
		n = shown(w, &gap);
		print_message("%d/s for %d s, wait %ju: %zu shown, %.1f/s, "
			      "painted %ld, largest gap %.1f of the mean\n",
		    rows[i].rate, rows[i].seconds, (uintmax_t)rows[i].wait, n,
		    (double)n / seconds, w->paintings,
		    (double)(gap * n) / (double)c.said);
		assert_true((double)n > 4.5 * seconds);
		assert_true((double)(gap * n) < 4.5 * (double)c.said);
		assert_true((double)w->paintings < 1.2 * (double)n);
		world_free(w);
	}
}

/* Comments that arrive no faster than rows become free are not thinned out. */
static void
test_few(void **state UNUSED)
{
	struct danmaku_opts opts = usual();
	struct world *w = world_new(&opts);

	flood(w, 5, 120);
	assert_int_equal(danmaku_count(&w->d).dropped, 0);
	world_free(w);
	w = world_new(&opts);
	for (int i = 0; i < 10; i++) /* a burst, then nothing for long */
		flood(w, 25, 1);
	assert_int_equal(danmaku_count(&w->d).dropped, 0);
	world_free(w);
}

/* Much too long comments take turns with others, as they arrive, and hold none
 * up. */
static void
test_wide(void **state UNUSED)
{
	struct danmaku_opts opts = usual();
	struct world *w = world_new(&opts);
	size_t shorts = 0, longs = 0, said = 0;
	char text[400];

	for (int i = 0; i < 60 * 25; i++) {
		for (int k = 0; k < 2; k++)
			say(w,
			    said++ % 10 == 0 ? any_text()
					     : (snprintf(text, sizeof(text),
						    "%0300zu", said),
						   text));
		beat(w, 1);
	}
	for (size_t id = 1; id <= said; id++) {
		bool is_shown = w->word[id] == DANMAKU_SHOWN;

		shorts += is_shown && id % 10 == 1;
		longs += is_shown && id % 10 != 1;
	}
	print_message("60 s, 45/s long and 5/s short: shown %zu and %zu, "
		      "painted %ld\n",
	    longs, shorts, w->paintings);
	assert_true(shorts > 5);
	assert_true(longs > 80);
	world_free(w);
}

/* Long comments at the head of the queue that find no room for a long time do
 * not stop short ones after them that do. */
static void
test_slim(void **state UNUSED)
{
	struct danmaku_opts opts = usual();
	struct world *w;
	uint64_t id[DANMAKU_AHEAD];
	char text[400];

	opts.bottom = 600; /* 12 rows of comments */
	w = world_new(&opts);
	for (int i = 0; i < 12; i++)
		say(w, "short");
	beats(w, 5);
	assert_int_equal(danmaku_count(&w->d).visible, 12);
	for (size_t i = 0; i < NELEM(id); i++) {
		snprintf(text, sizeof(text), "%0300zu", i);
		id[i] = say(w, text);
	}
	beats(w, 30);
	for (size_t i = 0; i < NELEM(id); i++)
		assert_int_equal(w->word[id[i]], DANMAKU_WAITS);
	for (size_t i = 0; i < NELEM(id); i++)
		id[i] = say(w, "short");
	beats(w, 5);
	for (size_t i = 0; i < NELEM(id); i++)
		assert_int_equal(w->word[id[i]], DANMAKU_SHOWN);
	world_free(w);
}

/* --- storms -------------------------------------------------------------- */

/* Faults of a painter, and changes of the overlay. */
struct storm {
	uint32_t late;	 /* beats that it needs, up to */
	uint32_t deaths; /* one in so many beats; 0: none */
	bool never;	 /* it answers */
	bool live;	 /* options change meanwhile */
	enum danmaku_full full;
};

static void
any_opts(struct world *w)
{
	struct danmaku_opts *o = &w->opts;

	o->size = 20 + (int)chance(40);
	o->stay = 1 + (int)chance(400);
	o->top = (int)chance(200);
	o->bottom = o->top + (int)chance(600);
	o->full = chance(N_DANMAKU_FULL);
	o->wait = chance(300);
	o->merge = chance(2) * chance(300);
	o->max = chance(300);
	danmaku_set(&w->d, o);
}

/* No two crossing comments touch; nor two that do not move. */
static void
check_apart(struct world *w)
{
	struct danmaku_sight a, b;

	for (size_t i = 0; danmaku_see(&w->d, i, w->now, &a); i++)
		for (size_t k = i + 1; danmaku_see(&w->d, k, w->now, &b); k++)
			if (w->d.lane.v[i].kind == w->d.lane.v[k].kind &&
			    a.y < b.y + b.h && b.y < a.y + a.h &&
			    a.x < b.x + b.w + w->opts.gap &&
			    b.x < a.x + a.w + w->opts.gap)
				fail_msg("%d+%d and %d+%d", a.x, a.w, b.x, b.w);
}

/* No comment has waited for too long. */
static void
check_waits(struct world *w, uint64_t *oldest)
{
	uint64_t may = (uint64_t)w->opts.stay / 4;

	if (w->opts.wait > may)
		may = w->opts.wait;
	while (*oldest <= w->d.counts.said && w->verdicts[*oldest] > 0)
		++*oldest;
	if (*oldest <= w->d.counts.said)
		assert_true(w->now - w->came[*oldest] <= may);
}

/* A thousand comments a second for 30 s. */
static void
rage(const struct storm *s)
{
	struct danmaku_opts opts = usual();
	struct world *w;
	uint64_t oldest = 1;

	opts.full = s->full;
	opts.merge = 250;
	w = world_new(&opts);
	for (int i = 0; i < 30 * 25; i++) {
		for (int k = 0; k < 40; k++)
			say_kind(w, chance(4) ? any_text() : "666",
			    chance(10) < 8 ? LANE_SCROLL : 1 + chance(2));
		if (s->deaths > 0 && chance(s->deaths) == 0)
			die(w);
		if (s->live && chance(20) == 0)
			any_opts(w);
		beat(w, s->never ? 1000000 : s->late);
		check_waits(w, &oldest);
		if (!s->live && s->full != DANMAKU_OVERLAP && i % 5 == 0)
			check_apart(w);
	}
	assert_int_equal(danmaku_count(&w->d).said, 30000);
	assert_true(s->never == (danmaku_count(&w->d).shown == 0));
	world_free(w);
}

static void
test_storms(void **state UNUSED)
{
	static const struct storm storms[] = {
		{ .late = 0 },
		{ .late = 1 },
		{ .late = 30 },
		{ .late = 200 },
		{ .late = 3, .deaths = 50 },
		{ .late = 30, .deaths = 30 },
		{ .never = true },
		{ .never = true, .deaths = 60 },
		{ .late = 1, .full = DANMAKU_DROP },
		{ .late = 40, .deaths = 100, .full = DANMAKU_DROP },
		{ .late = 1, .full = DANMAKU_OVERLAP },
		{ .late = 1, .live = true },
		{ .late = 60, .live = true, .deaths = 20 },
	};

	for (size_t i = 0; i < NELEM(storms); i++)
		rage(&storms[i]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_too_high),
		cmocka_unit_test(test_merge),
#ifdef HAVE_PCRE2
		cmocka_unit_test(test_block),
#endif
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_poison),
		cmocka_unit_test(test_restyle),
		cmocka_unit_test(test_even),
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_slim),
		cmocka_unit_test(test_storms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
