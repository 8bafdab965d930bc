/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/util.h"
#include "link/messages.h"
#include "link/relay.h"
#include "media/blocklist.h"
#include "media/recall.h"
#include "media/sei.h"
#include "media/tsinsert.h"
#include "profile/profile.h"

/* Between two looks at waiting comments. */
#define MESSAGES_LOOK_S 0.02

/* Written ones, remembered for `merge`, of each overlay. */
#define MESSAGES_RECENT 256

/* An overlay. */
struct messages_item {
	struct messages *of;
	const struct profile_overlay *keys; /* borrowed */
	char *id;			    /* owned */
	bool on, enabled;	 /* written; as last set by the profile */
	struct blocklist *block; /* owned */
	struct danmaku_counts counts;
	struct recall recent; /* written ones, by monotonic ms */
	TAILQ_ENTRY(messages_item) entry;
};

TAILQ_HEAD(messages_items, messages_item);

/* A waiting comment. */
struct messages_line {
	struct messages_item *item; /* NULL: removed from the profile */
	uint64_t number, hash;
	int64_t since_ms;
	bool told;	      /* WAITS was reported */
	struct sei_comment c; /* its texts are owned, but for the mode */
	TAILQ_ENTRY(messages_line) entry;
};

TAILQ_HEAD(messages_lines, messages_line);

struct messages {
	struct ev_loop *loop;
	struct relay *relay; /* borrowed */
	struct messages_items items;
	/* The first ones are in the queue of the relay, too: as many as it
	 * has. */
	struct messages_lines lines;
	size_t n;
	uint64_t number; /* of the newest */
	struct comments_waiters waiters;
	ev_timer look;
};

/* --- verdicts ------------------------------------------------------------- */

static void
messages_free_line(struct messages_line *l)
{
	free((char *)l->c.id);
	free((char *)l->c.text);
	free((char *)l->c.user);
	free((char *)l->c.color);
	free(l);
}

/* Give the verdict on a waiting comment, and free it. */
static void
messages_judge(
    struct messages *m, struct messages_line *l, enum danmaku_word word)
{
	struct messages_item *i = l->item;
	uint64_t number = l->number;

	if (i != NULL) {
		i->counts.waiting--;
		if (word == DANMAKU_SHOWN) {
			i->counts.shown++;
			recall_add(&i->recent, l->hash, (uint64_t)mono_ms());
		} else {
			i->counts.dropped++;
		}
	}
	TAILQ_REMOVE(&m->lines, l, entry);
	m->n--;
	messages_free_line(l);
	comments_tell(&m->waiters, number, word);
}

/* The oldest one has left the relay's queue. */
static void
messages_gone(void *ctx, bool inserted)
{
	struct messages *m = ctx;

	messages_judge(m, TAILQ_FIRST(&m->lines),
	    inserted ? DANMAKU_SHOWN : DANMAKU_DROPPED);
}

/* Drop the oldest one. */
static void
messages_drop(struct messages *m)
{
	struct tsinsert_queue *q = relay_messages(m->relay);

	if (q->n > 0)
		tsinsert_queue_drop(q);
	else
		messages_judge(m, TAILQ_FIRST(&m->lines), DANMAKU_DROPPED);
}

/* --- into the video ------------------------------------------------------- */

/* Put one into the relay's queue. -1: no room now. */
static int
messages_write(
    struct messages *m, enum ts_codec codec, const struct messages_line *l)
{
	struct buf nal;
	int ret;

	buf_init(&nal, SEI_NAL_MAX);
	ret = sei_write_comment(&nal, codec, &l->c);
	if (ret == 0)
		ret = tsinsert_add(relay_messages(m->relay), codec,
		    (const uint8_t *)buf_text(&nal), nal.len);
	buf_clear(&nal);
	return ret;
}

/* Give the relay as many as it has room for. */
static void
messages_feed(struct messages *m)
{
	enum ts_codec codec = relay_codec(m->relay);
	size_t given = relay_messages(m->relay)->n;
	struct messages_line *l;

	if (codec != TS_CODEC_H264 && codec != TS_CODEC_H265)
		return;
	TAILQ_FOREACH(l, &m->lines, entry) {
		if (given > 0)
			given--;
		else if (messages_write(m, codec, l) == -1)
			return;
	}
}

/* Report comments that wait long; drop those that waited too long. */
static void
messages_look(struct messages *m)
{
	int64_t now = mono_ms();
	struct messages_line *l, *next;

	while ((l = TAILQ_FIRST(&m->lines)) != NULL &&
	    now - l->since_ms >= MESSAGES_WAIT_MS)
		messages_drop(m);
	for (; l != NULL && now - l->since_ms >= MESSAGES_SOON_MS; l = next) {
		next = TAILQ_NEXT(l, entry);
		if (l->told)
			continue;
		l->told = true;
		if (l->item != NULL)
			l->item->counts.waited++;
		comments_tell(&m->waiters, l->number, DANMAKU_WAITS);
	}
	messages_feed(m);
	if (m->n == 0)
		ev_timer_stop(m->loop, &m->look);
}

static void
messages_look_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	messages_look(t->data);
}

/* --- the list ------------------------------------------------------------- */

static struct messages_item *
messages_make_item(struct messages *m, const struct profile_overlay *keys)
{
	struct messages_item *i = xcalloc(1, sizeof(*i));

	i->of = m;
	i->id = xstrdup(keys->id);
	i->on = i->enabled = keys->enabled;
	recall_init(&i->recent, MESSAGES_RECENT);
	return i;
}

static void
messages_free_item(struct messages_item *i)
{
	blocklist_free(i->block);
	free(i->id);
	free(i);
}

/* Its keys, in this version of the profile. */
static void
messages_set_item(struct messages_item *i, const struct profile_overlay *keys)
{
	char *cause = NULL;

	i->keys = keys;
	if (i->enabled != keys->enabled) {
		i->enabled = keys->enabled;
		messages_show(i, keys->enabled);
	}
	blocklist_free(i->block);
	i->block = blocklist_new(
	    (const char *const *)keys->block.v, keys->block.n, &cause);
	free(cause); /* the profile's checks have reported it */
}

/* The item of this id in a list, or NULL. */
static struct messages_item *
messages_find_in(const struct messages_items *items, const char *id)
{
	struct messages_item *i;

	TAILQ_FOREACH(i, items, entry) {
		if (strcmp(i->id, id) == 0)
			break;
	}
	return i;
}

/* It stops writing: waiting comments that are not in the relay's queue yet are
 * dropped. */
static void
messages_withdraw(struct messages_item *i)
{
	struct messages *m = i->of;
	size_t given = relay_messages(m->relay)->n;
	struct messages_line *l, *next;

	for (l = TAILQ_FIRST(&m->lines); l != NULL; l = next) {
		next = TAILQ_NEXT(l, entry);
		if (given > 0)
			given--;
		else if (l->item == i)
			messages_judge(m, l, DANMAKU_DROPPED);
	}
}

static void
messages_empty(struct messages *m, struct messages_items *items)
{
	struct messages_item *i;
	struct messages_line *l;

	while ((i = TAILQ_FIRST(items)) != NULL) {
		messages_withdraw(i);
		TAILQ_FOREACH(l, &m->lines, entry) {
			if (l->item == i)
				l->item = NULL;
		}
		TAILQ_REMOVE(items, i, entry);
		messages_free_item(i);
	}
}

/* --- saying --------------------------------------------------------------- */

/* Whether the same text waits, or was written recently. */
static bool
messages_is_known(const struct messages_item *i, uint64_t hash)
{
	const struct messages_line *l;

	if (i->keys->merge == 0)
		return false;
	TAILQ_FOREACH(l, &i->of->lines, entry) {
		if (l->item == i && l->hash == hash)
			return true;
	}
	return recall_has(
	    &i->recent, hash, (uint64_t)mono_ms(), (uint64_t)i->keys->merge);
}

static char *
messages_copy(const char *text)
{
	return text == NULL ? NULL : xstrdup(text);
}

/* Add a comment to the waiting ones. */
static void
messages_push(struct messages_item *i, const struct sei_comment *said,
    uint64_t hash, struct comments_waiter *w)
{
	struct messages *m = i->of;
	struct messages_line *l = xcalloc(1, sizeof(*l));

	l->item = i;
	l->number = ++m->number;
	l->hash = hash;
	l->since_ms = mono_ms();
	l->c = (struct sei_comment){ .id = xstrdup(i->id),
		.text = xstrdup(said->text),
		.color = messages_copy(said->color),
		.user = messages_copy(said->user),
		.mode = said->mode,
		.size = said->size,
		.at_ms = wall_ms() };
	TAILQ_INSERT_TAIL(&m->lines, l, entry);
	m->n++;
	i->counts.waiting++;
	if (w != NULL)
		comments_wait(&m->waiters, w, l->number);
	messages_feed(m);
	if (!ev_is_active(&m->look))
		ev_timer_again(m->loop, &m->look);
}

/* --- public --------------------------------------------------------------- */

struct messages *
messages_new(struct ev_loop *loop, struct relay *relay)
{
	struct messages *m = xcalloc(1, sizeof(*m));
	struct tsinsert_queue *q = relay_messages(relay);

	m->loop = loop;
	m->relay = relay;
	TAILQ_INIT(&m->items);
	TAILQ_INIT(&m->lines);
	TAILQ_INIT(&m->waiters);
	q->gone = messages_gone;
	q->ctx = m;
	ev_init(&m->look, messages_look_cb);
	m->look.repeat = MESSAGES_LOOK_S;
	m->look.data = m;
	return m;
}

void
messages_free(struct messages *m)
{
	if (m == NULL)
		return;
	while (m->n > 0)
		messages_drop(m);
	relay_messages(m->relay)->gone = NULL;
	messages_empty(m, &m->items);
	ev_timer_stop(m->loop, &m->look);
	free(m);
}

void
messages_set(struct messages *m, const struct profile *p)
{
	struct messages_items before = TAILQ_HEAD_INITIALIZER(before);
	const struct profile_overlay *keys;
	struct messages_item *i;

	TAILQ_CONCAT(&before, &m->items, entry);
	for (size_t k = 0; (keys = profile_overlay_at(p, k)) != NULL; k++) {
		if (keys->kind != OVERLAY_SEI)
			continue;
		i = messages_find_in(&before, keys->id);
		if (i != NULL)
			TAILQ_REMOVE(&before, i, entry);
		else
			i = messages_make_item(m, keys);
		TAILQ_INSERT_TAIL(&m->items, i, entry);
		messages_set_item(i, keys);
	}
	messages_empty(m, &before);
}

struct messages_item *
messages_find(struct messages *m, const char *id)
{
	return messages_find_in(&m->items, id);
}

const char *
messages_id(const struct messages_item *i)
{
	return i->id;
}

bool
messages_is_on(const struct messages_item *i)
{
	return i->on;
}

void
messages_show(struct messages_item *i, bool on)
{
	i->on = on;
	if (!on)
		messages_withdraw(i);
}

enum danmaku_word
messages_say(struct messages_item *i, const struct sei_comment *said,
    struct comments_waiter *w)
{
	uint64_t hash = recall_hash(said->text, 0);

	i->counts.said++;
	if (blocklist_has(i->block, said->text)) {
		i->counts.blocked++;
		return DANMAKU_BLOCKED;
	}
	if (!i->on || i->of->n == MESSAGES_MAX) {
		i->counts.dropped++;
		return DANMAKU_DROPPED;
	}
	if (messages_is_known(i, hash)) {
		i->counts.merged++;
		return DANMAKU_MERGED;
	}
	messages_push(i, said, hash, w);
	return DANMAKU_TAKEN;
}

struct danmaku_counts
messages_count(const struct messages_item *i)
{
	return i->counts;
}
