/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "link/comments.h"
#include "link/ground.h"
#include "media/blocklist.h"
#include "media/saytext.h"
#include "profile/profile.h"

/* Those that danmaku has painted ahead, of each kind. */
#define COMMENTS_TASKS ((size_t)N_LANE_KINDS * DANMAKU_AHEAD)

/* The gap between two comments in the same rows, in parts of their height. */
#define COMMENTS_GAP 2

struct comments_task {
	struct painter_task task;
	struct comments *of;
	uint64_t id; /* of the comment; 0: free */
};

struct comments {
	struct ground *ground;
	const struct profile_overlay *keys; /* borrowed */
	struct danmaku danmaku;
	struct blocklist *block; /* owned */
	struct comments_task tasks[COMMENTS_TASKS];
	struct comments_waiters waiters;
};

/* --- reports of danmaku -------------------------------------------------- */

static void
comments_outcome(void *ctx, uint64_t id, enum danmaku_word word)
{
	struct comments *c = ctx;

	comments_tell(&c->waiters, id, word);
}

static void
comments_release(void *ctx UNUSED, void *tile)
{
	painted_free(tile);
}

/* --- painting ------------------------------------------------------------ */

static void
comments_painted(
    struct painter_task *t, struct painted *tile, const char *why UNUSED)
{
	struct comments_task *task = t->ctx;
	struct danmaku *d = &task->of->danmaku;
	uint64_t id = task->id;

	task->id = 0;
	if (tile == NULL)
		danmaku_unpaintable(d, id);
	else
		danmaku_painted(d, id, tile->tile.w, tile->tile.h, tile);
}

static struct comments_task *
comments_free_task(struct comments *c)
{
	for (size_t i = 0; i < COMMENTS_TASKS; i++)
		if (c->tasks[i].id == 0)
			return &c->tasks[i];
	return NULL;
}

/* Give the painter the comments that are due. */
static void
comments_feed(struct comments *c, uint64_t beat)
{
	const struct danmaku_comment *said;
	struct comments_task *task;

	while ((task = comments_free_task(c)) != NULL &&
	    (said = danmaku_next_to_paint(&c->danmaku, beat)) != NULL) {
		struct paint_request *r = &task->task.request;

		paint_request_clear(r);
		ground_request(c->ground, r, c->keys);
		r->text = xstrdup(said->text);
		r->color = said->color;
		r->size = said->size;
		task->id = said->id;
		painter_ask(c->ground->painter, &task->task);
	}
}

/* --- public -------------------------------------------------------------- */

struct comments *
comments_new(struct ground *ground)
{
	struct comments *c = xcalloc(1, sizeof(*c));
	struct danmaku_owner owner = {
		.outcome = comments_outcome,
		.release = comments_release,
		.ctx = c,
	};

	c->ground = ground;
	TAILQ_INIT(&c->waiters);
	danmaku_init(&c->danmaku, ground->geometry.w, &owner);
	for (size_t i = 0; i < COMMENTS_TASKS; i++) {
		struct comments_task *task = &c->tasks[i];

		task->of = c;
		task->task.file = -1;
		task->task.done = comments_painted;
		task->task.ctx = task;
	}
	return c;
}

void
comments_free(struct comments *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < COMMENTS_TASKS; i++) {
		painter_cancel(c->ground->painter, &c->tasks[i].task);
		paint_request_clear(&c->tasks[i].task.request);
	}
	danmaku_clear(&c->danmaku);
	blocklist_free(c->block);
	free(c);
}

void
comments_empty(struct comments *c)
{
	danmaku_empty(&c->danmaku);
}

/* A time as beats. */
static uint64_t
comments_beats(const struct comments *c, int64_t ms)
{
	const struct rate *fps = &c->ground->fps;

	return (uint64_t)(ms * fps->num / (fps->den * 1000));
}

void
comments_set(struct comments *c, const struct profile_overlay *keys)
{
	const int h = c->ground->geometry.h;
	char *cause = NULL;
	struct danmaku_opts opts = {
		.size = profile_text_height(keys),
		.opacity = keys->opacity,
		.outline = (int)keys->outline,
		.stay = (int)comments_beats(c, keys->duration),
		.top = (int)(keys->area.from * h),
		.bottom = (int)(keys->area.to * h),
		.gap = profile_text_height(keys) / COMMENTS_GAP,
		.full = (enum danmaku_full)keys->full,
		.wait = comments_beats(c, keys->wait),
		.merge = comments_beats(c, keys->merge),
		.max = (size_t)keys->max,
	};

	c->keys = keys;
	opts.block = blocklist_new(
	    (const char *const *)keys->block.v, keys->block.n, &cause);
	free(cause); /* the profile's checks have reported it */
	danmaku_set(&c->danmaku, &opts);
	blocklist_free(c->block);
	c->block = opts.block;
}

uint32_t
comments_color(const struct comments *c)
{
	return ground_color(c->keys);
}

enum danmaku_word
comments_say(struct comments *c, const struct danmaku_comment *said,
    uint64_t beat, struct comments_waiter *w)
{
	uint64_t id;
	enum danmaku_word word = danmaku_say(&c->danmaku, said, beat, &id);

	if (w != NULL && (word == DANMAKU_TAKEN || word == DANMAKU_WAITS))
		comments_wait(&c->waiters, w, id);
	comments_feed(c, beat);
	return word;
}

void
comments_wait(
    struct comments_waiters *list, struct comments_waiter *w, uint64_t id)
{
	w->id = id;
	w->of = list;
	TAILQ_INSERT_TAIL(list, w, entry);
}

void
comments_leave(struct comments_waiter *w)
{
	if (w == NULL)
		return;
	if (w->of != NULL)
		TAILQ_REMOVE(w->of, w, entry);
	w->of = NULL;
}

void
comments_tell(
    struct comments_waiters *list, uint64_t id, enum danmaku_word word)
{
	struct comments_waiter *w;

	TAILQ_FOREACH(w, list, entry) {
		if (w->id == id)
			break;
	}
	if (w == NULL)
		return;
	if (word != DANMAKU_WAITS)
		comments_leave(w);
	w->told(w, word);
}

void
comments_beat(struct comments *c, uint64_t beat)
{
	danmaku_beat(&c->danmaku, beat);
	comments_feed(c, beat);
}

const struct danmaku *
comments_danmaku(const struct comments *c)
{
	return &c->danmaku;
}
