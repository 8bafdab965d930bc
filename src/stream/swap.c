/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "profile/diff.h"
#include "stream/stream.h"
#include "stream/swap.h"

/* The output of that name, or -1. */
static int
swap_find_output(const struct profile *p, const char *name)
{
	char other[PROFILE_NAME_MAX + 1];

	for (size_t i = 0; i < p->outputs.n; i++) {
		profile_output_name(p, i, other);
		if (strcmp(name, other) == 0)
			return (int)i;
	}
	return -1;
}

/* Whether a worker can go on as it is with another version of the profile. */
static bool
swap_keeps(const struct worker *w, const struct profile *now,
    const struct profile *then)
{
	int to;

	if (w->plan.writes == LINK_FRAMES)
		return true;
	if (plan_is_inlet(&w->plan))
		return diff_same_source(
		    now, (size_t)w->plan.source, then, (size_t)w->plan.source);
	if (!plan_is_output(&w->plan))
		return w->plan.writes == LINK_PACKETS &&
		    diff_same_media(now, then);
	to = swap_find_output(then, w->plan.name);
	return to != -1 &&
	    diff_same_output(now, (size_t)w->plan.output, then, (size_t)to);
}

/* Take a worker of that role and name out of the array, or NULL. */
static struct worker *
swap_take(struct worker **v, size_t n, const struct plan_worker *plan)
{
	struct worker *w;

	for (size_t i = 0; i < n; i++) {
		w = v[i];
		if (w == NULL || w->plan.role != plan->role ||
		    strcmp(w->plan.name, plan->name) != 0)
			continue;
		v[i] = NULL;
		return w;
	}
	return NULL;
}

/* An output was removed from the profile. It is freed when it is dead. */
static void
swap_retire(struct stream *s, struct worker *w)
{
	TAILQ_INSERT_TAIL(&s->gone, w, entry);
	recorders_retire(&s->recorders, w);
	worker_stop(w);
}

static bool
swap_is_gone(const struct stream *s, const struct worker *w)
{
	const struct worker *g;

	TAILQ_FOREACH(g, &s->gone, entry)
		if (g == w)
			return true;
	return false;
}

/* Give a worker its place in a new plan; the facts learnt about its sound
 * stay. */
static void
swap_move(struct worker *w, const struct plan_worker *plan)
{
	bool recode = w->plan.recode, deaf = w->plan.deaf;
	bool study = w->plan.study;
	bool silence = plan_is_inlet(&w->plan) && w->plan.silence;

	w->plan = *plan;
	w->plan.recode = recode;
	w->plan.silence |= silence;
	w->plan.deaf = deaf;
	w->plan.study = study;
}

/* Make the workers of a new plan: those in both stay. */
static void
swap_replan(struct stream *s, const struct plan *plan)
{
	struct worker **old = s->workers;
	size_t n_old = s->plan.n_workers;

	s->plan = *plan;
	s->workers = xcalloc(plan->n_workers, sizeof(*s->workers));
	for (size_t i = 0; i < plan->n_workers; i++) {
		s->workers[i] = swap_take(old, n_old, &plan->workers[i]);
		if (s->workers[i] == NULL)
			s->workers[i] =
			    stream_make_worker(s, &plan->workers[i]);
		else
			swap_move(s->workers[i], &plan->workers[i]);
	}
	for (size_t i = 0; i < n_old; i++)
		if (old[i] != NULL)
			swap_retire(s, old[i]);
	free(old);
	sourceset_set(&s->sources, s->workers, s->plan.n_workers);
}

/* Restart a worker whose keys have changed. */
static void
swap_renew(struct worker *w)
{
	worker_forget(w);
	w->plan.recode = w->plan.deaf = w->plan.study = false;
	if (plan_is_inlet(&w->plan))
		w->plan.silence = false;
	if (w->wanted)
		worker_restart(w);
}

void
swap_profile(struct stream *s, struct profile *p)
{
	struct worker *again[PLAN_WORKERS_MAX];
	size_t n = 0;
	struct plan plan;

	for (size_t i = 0; i < s->plan.n_workers; i++) {
		struct worker *w = s->workers[i];

		if (swap_keeps(w, s->profile, p))
			continue;
		again[n++] = w;
		if (filescan_is_for(&w->plan)) /* they may be other files */
			filescan_forget(&s->filescans[w->plan.source]);
	}
	plan_make(&plan, p);
	swap_replan(s, &plan);
	stream_apply_live(s, p);
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (s->workers[i]->runs == 0 &&
		    s->workers[i]->state == ST_OFF &&
		    stream_is_due(s, s->workers[i]))
			worker_start(s->workers[i]);
	for (size_t i = 0; s->wanted && i < n; i++)
		if (!swap_is_gone(s, again[i]))
			swap_renew(again[i]);
	stream_review(s);
}
