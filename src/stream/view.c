/* SPDX-License-Identifier: ISC */
/*
 * The part of stream.h that changes nothing (its stream_ functions): the roles of
 * the workers, and the view of a stream, from which verdict.c makes its state.
 */
#include "config.h"

#include "base/clock.h"
#include "base/util.h"
#include "stream/stream.h"

#define VIEW_FRESH_MS	   1000
#define VIEW_FRESH_LONG_MS 3000
#define VIEW_EARLY_MS	   10000 /* a run that ended before this was short */

/* --- the roles ---------------------------------------------------------- */

struct worker *
stream_sender(const struct stream *s)
{
	if (s->frames != NULL && s->frames->fed != NULL)
		return s->frames->fed;
	if (sourceset_sender(&s->sources) != NULL)
		return sourceset_sender(&s->sources);
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (s->workers[i]->plan.role == ROLE_DIRECT ||
		    s->workers[i]->plan.role == ROLE_ENCODER ||
		    s->workers[i]->plan.writes == LINK_PACKETS)
			return s->workers[i];
	return s->workers[0];
}

struct worker *
stream_output(const struct stream *s, size_t i)
{
	for (size_t k = 0; k < s->plan.n_workers; k++)
		if (s->workers[k]->plan.output == (int)i &&
		    s->workers[k]->plan.role == ROLE_OUTPUT)
			return s->workers[k];
	return stream_sender(s);
}

struct worker *
stream_producer(const struct stream *s)
{
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (s->workers[i]->plan.role == ROLE_PRODUCER ||
		    (s->workers[i]->plan.role == ROLE_SOURCE &&
			s->workers[i]->plan.writes != LINK_PACKETS))
			return s->workers[i];
	return NULL;
}

/* --- disks that do not answer ------------------------------------------- */

/* The files of a worker, or NULL. */
static const struct filescan *
view_filescan(const struct stream *s, const struct plan_worker *plan)
{
	return filescan_is_for(plan) ? &s->filescans[plan->source] : NULL;
}

/* Whether the start of a worker waits for a disk. */
static bool
view_is_kept(const struct stream *s, const struct worker *w)
{
	const struct filescan *sh = view_filescan(s, &w->plan);

	return w->waits && w->state == ST_WAITING &&
	    ((sh != NULL && filescan_is_silent(sh)) ||
		recorders_silent(&s->recorders, w) != NULL);
}

/* The first worker whose start waits for a disk that does not answer, or
 * NULL. */
static const struct worker *
view_kept(const struct stream *s)
{
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (view_is_kept(s, s->workers[i]))
			return s->workers[i];
	return NULL;
}

/* The intake for programs that are not ours, where the disk of its path does
 * not answer; or NULL. */
static const struct intake *
view_silent_intake(const struct stream *s)
{
	const struct intake *in = s->frames != NULL ? &s->frames->intake
	    : s->packets != NULL		    ? &s->packets->intake
						    : NULL;

	return in != NULL && intake_is_silent(in) ? in : NULL;
}

char *
stream_trouble(const struct stream *s, const struct worker *w)
{
	const struct recorder *r = recorders_silent(&s->recorders, w);

	if (r == NULL)
		r = recorders_stranded(&s->recorders, w);
	if (r != NULL)
		return recorder_trouble(r);
	if (w == NULL && view_silent_intake(s) != NULL)
		return intake_problem(view_silent_intake(s));
	if (w == NULL)
		w = view_kept(s);
	if (w == NULL || !view_is_kept(s, w))
		return NULL;
	return filescan_trouble(view_filescan(s, &w->plan));
}

enum plan_stdin
stream_stdin(const struct stream *s, const struct plan_worker *plan)
{
	const struct filescan *sh = view_filescan(s, plan);

	return sh == NULL ? plan->in : filescan_stdin(sh, plan);
}

/* --- the view ----------------------------------------------------------- */

/* The index of a worker in the plan, or -1. */
static int
view_index(const struct stream *s, const struct worker *w)
{
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (s->workers[i] == w)
			return (int)i;
	return -1;
}

/* Whether the other side closed a broadcast that it had just accepted. */
static bool
view_was_dropped(const struct ending *e)
{
	return (e->class == FAIL_CLOSED || e->class == FAIL_REJECTED) &&
	    e->media_ms >= 0 && e->lived_ms < VIEW_EARLY_MS;
}

/* Whether its media advance only since a moment ago: at the start of the
 * broadcast, and after an ending, for longer if the other side was to blame. */
static bool
view_is_fresh(const struct stream *s, const struct worker *w)
{
	const struct ending *last = worker_last(w);
	int64_t up_ms = mono_ms() - w->since_ms;

	if (w->state != ST_UP)
		return false;
	/* a file that was played, or a stop that was asked for, is no doubt */
	if (last == NULL || last->class == FAIL_ENDED ||
	    last->class == FAIL_NONE)
		return s->reported.state == STREAM_STARTING &&
		    up_ms < VIEW_FRESH_MS;
	return up_ms <
	    (view_was_dropped(last) ? VIEW_FRESH_LONG_MS : VIEW_FRESH_MS);
}

static struct verdict_worker
view_worker(const struct stream *s, const struct worker *w)
{
	const struct ending *last = worker_last(w);

	return (struct verdict_worker){
		.role = w->plan.role,
		.state = w->state,
		.wanted = w->wanted,
		.waits = w->waits,
		.replace = w->replace,
		.idle = w->idle,
		.playlist = w->plan.playlist,
		.files = w->plan.files,
		.program = !w->plan.ffmpeg,
		.due = sourceset_is_due(&s->sources, w),
		.kept = view_is_kept(s, w),
		.fresh = view_is_fresh(s, w),
		.supplied =
		    s->packets != NULL && packetlink_is_supplied(s->packets, w),
		.ended = last != NULL,
		.runs = w->runs,
		.restarts = w->restarts,
		.last = last == NULL ? FAIL_NONE : last->class,
		.cause = w->cause,
	};
}

static void
view_disks(const struct stream *s, struct verdict_view *view)
{
	const struct recorder *stranded =
	    recorders_stranded(&s->recorders, NULL);

	view->intake_silent = view_silent_intake(s) != NULL;
	view->disk_silent = recorders_silent(&s->recorders, NULL) != NULL;
	view->stranded = stranded != NULL;
	view->stranded_by = stranded == NULL ? -1 : view_index(s, stranded->by);
}

static void
view_make(const struct stream *s, struct verdict_view *view)
{
	*view = (struct verdict_view){
		.wanted = s->wanted,
		.off = stream_is_off(s),
		.gave_up = s->gave_up,
		.starting = s->reported.state == STREAM_STARTING,
		.outage = s->outage.cause,
		.aired = s->sources.aired,
		.sender = view_index(s, stream_sender(s)),
		.producer = view_index(s, stream_producer(s)),
		.n = s->plan.n_workers,
	};
	view->frames = s->frames != NULL;
	if (view->frames)
		view->health = framelink_health(s->frames);
	view->packets = s->packets != NULL;
	if (view->packets) {
		view->slated = packetlink_is_slated(s->packets);
		view->silent = packetlink_is_silent(s->packets);
	}
	view->fault = stream_fault(s);
	view_disks(s, view);
	for (size_t i = 0; i < view->n; i++)
		view->workers[i] = view_worker(s, s->workers[i]);
}

struct verdict
stream_verdict(const struct stream *s)
{
	struct verdict_view view;

	view_make(s, &view);
	return verdict_of(&view);
}

void
stream_output_states(const struct stream *s, enum stream_state *states)
{
	struct verdict_view view;

	view_make(s, &view);
	for (size_t i = 0; i < s->profile->outputs.n; i++)
		states[i] = verdict_of_output(
		    &view, (size_t)view_index(s, stream_output(s, i)));
}

bool
stream_lacks_output(const struct stream *s)
{
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (s->workers[i]->plan.role == ROLE_OUTPUT &&
		    !s->workers[i]->wanted)
			return true;
	return false;
}
