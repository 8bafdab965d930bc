/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "stream/recorders.h"

void
recorders_init(struct recorders *rs, struct ev_loop *loop,
    const struct recorder_host *host)
{
	*rs = (struct recorders){ .home = { .loop = loop, .host = *host } };
	TAILQ_INIT(&rs->list);
}

void
recorders_clear(struct recorders *rs)
{
	struct recorder *r;

	while ((r = TAILQ_FIRST(&rs->list)) != NULL) {
		TAILQ_REMOVE(&rs->list, r, entry);
		recorder_free(r);
	}
}

static struct recorder *
recorders_find(const struct recorders *rs, const struct worker *w)
{
	struct recorder *r;

	TAILQ_FOREACH(r, &rs->list, entry)
		if (r->by == w)
			return r;
	return NULL;
}

void
recorders_set(struct recorders *rs, const struct worker *w,
    const struct profile *p, size_t i, bool looks)
{
	const struct profile_output *o = profile_output(p, i);
	struct recorder *r = recorders_find(rs, w);

	rs->home.stream = p->name;
	if (o == NULL || (r == NULL && ffsink_of(o) == SINK_OTHER))
		return;
	if (r == NULL) {
		r = recorder_new(&rs->home, w);
		TAILQ_INSERT_TAIL(&rs->list, r, entry);
	}
	recorder_set(r, p, i, looks);
}

int64_t
recorders_hold(struct recorders *rs, const struct worker *w)
{
	struct recorder *r = recorders_find(rs, w);

	return r == NULL ? 0 : recorder_hold(r);
}

const char *
recorders_begin(struct recorders *rs, const struct worker *w)
{
	struct recorder *r = recorders_find(rs, w);

	return r == NULL ? NULL : recorder_begin(r);
}

const char *
recorders_directory(const struct recorders *rs, const struct worker *w)
{
	const struct recorder *r = recorders_find(rs, w);

	return r == NULL ? NULL : recorder_directory(r);
}

void
recorders_up(struct recorders *rs, const struct worker *w)
{
	struct recorder *r = recorders_find(rs, w);

	if (r != NULL)
		recorder_up(r);
}

void
recorders_wrote(struct recorders *rs, const struct worker *w, const char *line)
{
	struct recorder *r = recorders_find(rs, w);

	if (r != NULL)
		recorder_wrote(r, line);
}

void
recorders_ended(struct recorders *rs, const struct worker *w, bool disk_full)
{
	struct recorder *r = recorders_find(rs, w);

	if (r != NULL)
		recorder_ended(r, disk_full);
}

void
recorders_tick(struct recorders *rs)
{
	struct recorder *r;

	TAILQ_FOREACH(r, &rs->list, entry)
		recorder_tick(r);
}

void
recorders_retire(struct recorders *rs, const struct worker *w)
{
	struct recorder *r = recorders_find(rs, w);

	if (r != NULL)
		r->looks = false;
}

void
recorders_forget(struct recorders *rs, const struct worker *w)
{
	struct recorder *r = recorders_find(rs, w);

	if (r == NULL)
		return;
	TAILQ_REMOVE(&rs->list, r, entry);
	recorder_free(r);
}

bool
recorders_are_idle(const struct recorders *rs, const struct worker *w)
{
	const struct recorder *r;

	TAILQ_FOREACH(r, &rs->list, entry)
		if ((w == NULL || r->by == w) && !recorder_is_idle(r))
			return false;
	return true;
}

const struct recorder *
recorders_silent(const struct recorders *rs, const struct worker *w)
{
	const struct recorder *r;

	TAILQ_FOREACH(r, &rs->list, entry)
		if (r->silence.on && (w == NULL || r->by == w))
			return r;
	return NULL;
}

const struct recorder *
recorders_stranded(const struct recorders *rs, const struct worker *w)
{
	const struct recorder *r;

	TAILQ_FOREACH(r, &rs->list, entry)
		if (r->stranded != NULL && (w == NULL || r->by == w))
			return r;
	return NULL;
}

const struct recorder *
recorders_stale(const struct recorders *rs, const struct worker *w)
{
	const struct recorder *r;

	TAILQ_FOREACH(r, &rs->list, entry)
		if (recorder_is_stale(r) && (w == NULL || r->by == w))
			return r;
	return NULL;
}
