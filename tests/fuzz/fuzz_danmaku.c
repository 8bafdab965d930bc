/* SPDX-License-Identifier: ISC */
/*
 * A byte says what happens to an overlay, those behind it how: options,
 * comments, answers of a painter that lies, its death, beats. The counts add
 * up, each comment has one verdict, no tile is lost, rows are in the area.
 */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "media/danmaku.h"

#define FUZZ_IDS 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
	const uint8_t *data;
	size_t size;
	struct danmaku d;
	struct danmaku_opts opts;
	uint64_t now;
	bool over[FUZZ_IDS]; /* has its verdict */
	long tiles;
};

/* The next so many bytes, as a number; 0 at the end. */
static uint32_t
fuzz_take(struct fuzz *f, size_t bytes)
{
	uint32_t n = 0;

	for (; bytes > 0 && f->size > 0; bytes--, f->size--)
		n = n << 8 | *f->data++;
	return n;
}

static void
fuzz_outcome(void *ctx, uint64_t id, enum danmaku_word word)
{
	struct fuzz *f = ctx;

	if (id == 0 || id >= FUZZ_IDS || f->over[id])
		abort();
	f->over[id] = word != DANMAKU_WAITS;
}

static void
fuzz_release(void *ctx, void *tile)
{
	struct fuzz *f = ctx;

	f->tiles--;
	free(tile);
}

static void
fuzz_set(struct fuzz *f)
{
	bool wild = fuzz_take(f, 1) > 200;
	size_t bytes = wild ? 4 : 1;
	struct danmaku_opts *o = &f->opts;

	o->size = (int)fuzz_take(f, bytes);
	o->stay = (int)fuzz_take(f, bytes);
	o->top = (int)fuzz_take(f, bytes);
	o->bottom = (int)fuzz_take(f, wild ? 4 : 2);
	o->gap = (int)fuzz_take(f, bytes);
	o->full = fuzz_take(f, 1) % N_DANMAKU_FULL;
	o->wait = fuzz_take(f, bytes);
	o->merge = fuzz_take(f, bytes);
	o->max = fuzz_take(f, bytes);
	danmaku_set(&f->d, o);
}

static void
fuzz_say(struct fuzz *f)
{
	char text[3] = { (char)('a' + fuzz_take(f, 1) % 26), 'x', '\0' };
	enum danmaku_word word;
	uint64_t id;

	if (f->d.counts.said + 1 >= FUZZ_IDS)
		return;
	word = danmaku_say(&f->d,
	    &(struct danmaku_comment){ .text = text,
		.kind = fuzz_take(f, 1) % N_LANE_KINDS,
		.size = (int)fuzz_take(f, 1) - 1 },
	    f->now, &id);
	if (word == DANMAKU_SHOWN || f->over[id])
		abort();
	f->over[id] = word >= DANMAKU_DROPPED;
}

/* Of the newest 256 comments one, with sizes that nobody checked. */
static void
fuzz_answer(struct fuzz *f)
{
	uint64_t id = f->d.counts.said - fuzz_take(f, 1);
	size_t bytes = fuzz_take(f, 1) > 200 ? 4 : 1;
	int w = (int)fuzz_take(f, bytes), h = (int)fuzz_take(f, bytes);

	f->tiles++;
	danmaku_painted(&f->d, id, w, h, xcalloc(1, 1));
}

static void
fuzz_beat(struct fuzz *f)
{
	struct danmaku_sight s;

	f->now += fuzz_take(f, 1);
	danmaku_beat(&f->d, f->now);
	for (size_t i = 0; danmaku_see(&f->d, i, f->now, &s); i++)
		if ((s.y & 1) != 0 || s.y < 0 || s.x + s.w < 0 ||
		    s.tile == NULL)
			abort();
}

static void
fuzz_event(struct fuzz *f)
{
	switch (fuzz_take(f, 1) % 16) {
	case 0:
		fuzz_set(f);
		break;
	case 1:
		danmaku_repaint_all(&f->d);
		break;
	case 2:
		danmaku_unpaintable(&f->d, f->d.counts.said - fuzz_take(f, 1));
		break;
	case 3:
		f->now += (uint64_t)fuzz_take(f, 4) << 16;
		break;
	case 4:
	case 5:
	case 6:
		danmaku_next_to_paint(&f->d, f->now);
		break;
	case 7:
	case 8:
	case 9:
		fuzz_answer(f);
		break;
	case 10:
	case 11:
		fuzz_beat(f);
		break;
	default:
		fuzz_say(f);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz *f = xcalloc(1, sizeof(*f));
	struct danmaku_counts c;

	f->data = data;
	f->size = size;
	danmaku_init(&f->d, 1 + (int)fuzz_take(f, 1) * 64,
	    &(struct danmaku_owner){ fuzz_outcome, fuzz_release, f });
	fuzz_set(f);
	while (f->size > 0) {
		fuzz_event(f);
		c = danmaku_count(&f->d);
		if (c.said !=
		    c.shown + c.waiting + c.dropped + c.merged + c.blocked)
			abort();
	}
	danmaku_clear(&f->d);
	for (uint64_t id = 1; id <= f->d.counts.said; id++)
		if (!f->over[id])
			abort();
	if (f->tiles != 0)
		abort();
	free(f);
	return 0;
}
