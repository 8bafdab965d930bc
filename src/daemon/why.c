/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/util.h"
#include "daemon/fault.h"
#include "daemon/fleet.h"
#include "daemon/select.h"
#include "daemon/status.h"
#include "daemon/why.h"
#include "ffmpeg/fftell.h"
#include "stream/stream.h"

/* The state in one line, alone and with what is known of the rest. */
static void
why_text(struct jsonw *j, const struct stream *s, const struct verdict *v)
{
	const struct worker *w = s->workers[v->blamed];
	const struct verdict_retry retry = {
		.stream = s->profile->name,
		.worker = w->plan.name,
		.failures = w->backoff.failures,
		.held = w->state == ST_HELD,
		.in_ms = worker_retry_in(w),
	};
	char span[UTIL_SPAN_LEN], *head = verdict_head(v, &retry);
	int64_t since =
	    s->outage.cause.failed ? s->outage.since_ms : s->since_ms;

	jsonw_str(j, "head", head);
	if (retry.in_ms >= 0 && v->state == STREAM_RETRY && !v->kept)
		jsonw_str(j, "text", head);
	else if (retry.held)
		jsonw_strf(j, "text",
		    "%s is %s: %s was given up, and is retried in %s; "
		    "correct the profile and run `ffsup reload`, or run `ffsup "
		    "retry %s`",
		    retry.stream, stream_state_names[v->state], retry.worker,
		    util_span(retry.in_ms, span), retry.stream);
	else
		jsonw_strf(j, "text", "%s is %s, for %s", retry.stream,
		    v->down && v->state != STREAM_FAILED
			? "not on air"
			: stream_state_names[v->state],
		    util_span(mono_ms() - since, span));
	free(head);
}

/* The lines of its last run that tell most. */
static void
why_stderr(struct jsonw *j, const struct worker *w)
{
	const struct runlog_run *run = w == NULL ? NULL : runlog_last(&w->log);
	size_t n = run == NULL ? 0 : run->n, chosen[FFTELL_MAX];
	const char **lines = xcalloc(n + 1, sizeof(*lines));

	for (size_t i = 0; i < n; i++)
		lines[i] = runlog_line(run, i)->text;
	n = fftell_choose(lines, n, chosen);
	jsonw_array(j, "stderr");
	for (size_t i = 0; i < n; i++)
		jsonw_str(j, NULL, lines[chosen[i]]);
	jsonw_array_end(j);
	free(lines);
}

/* The profile, and what of it is not as it was read. */
static void
why_profile(struct jsonw *j, const struct fleet *fleet, const struct stream *s)
{
	jsonw_str(j, "profile", s->profile->path);
	jsonw_bool(j, "changed", fleet_is_changed(fleet, s->profile));
	jsonw_str(j, "changed_value", fleet_changed_value(fleet, s->profile));
}

/* One stream, with faults that the caller has found. */
static void
why_write_stream(struct jsonw *j, const struct fleet *fleet,
    const struct stream *s, const struct faults *all)
{
	struct verdict v = stream_verdict(s);
	const struct worker *on_air = sourceset_on_air(&s->sources);
	const struct fault *first = all->n > 0 ? &all->v[0] : NULL;

	jsonw_object(j, NULL);
	jsonw_word(j, "name", s->profile->name);
	jsonw_word(j, "state", stream_state_names[v.state]);
	jsonw_word(j, "reason", verdict_name(&v));
	status_time(j, "since", s->since_wall);
	status_seconds(j, "uptime_s", mono_ms() - s->since_ms);
	status_outage(j, s);
	jsonw_str(j, "on_air", on_air == NULL ? NULL : on_air->plan.name);
	why_text(j, s, &v);
	fault_write(j, first);
	why_stderr(j,
	    first != NULL   ? first->w
		: v.outside ? NULL
			    : s->workers[v.blamed]);
	status_painter(j, s, true);
	why_profile(j, fleet, s);
	faults_write(j, all, s);
	jsonw_object_end(j);
}

void
why_write(struct jsonw *j, const struct fleet *fleet, const struct stream *s,
    const struct strv *of)
{
	struct faults all;

	faults_find(&all, s, of);
	why_write_stream(j, fleet, s, &all);
	faults_clear(&all);
}

/* --- several -------------------------------------------------------------- */

/* A stream with its faults. */
struct why_sick {
	const struct stream *s;
	struct faults faults;
	int rank; /* of its state: the worst is the highest */
	size_t order;
};

struct why_list {
	struct why_sick *v; /* owned */
	size_t n;
};

/* Whether two faults have one cause: the same failure of the same thing. */
static bool
why_are_alike(const struct fault *a, const struct fault *b)
{
	return a->words.class != NULL && b->words.class != NULL &&
	    a->subject != NULL && b->subject != NULL && a->side == b->side &&
	    a->side != SIDE_NONE && a->side != SIDE_PROGRAM &&
	    strcmp(a->words.class, b->words.class) == 0 &&
	    strcmp(a->subject, b->subject) == 0;
}

/* Whether a stream has a fault like this one. */
static bool
why_has_like(const struct why_sick *sick, const struct fault *f)
{
	for (size_t i = 0; i < sick->faults.n; i++)
		if (why_are_alike(&sick->faults.v[i], f))
			return true;
	return false;
}

/* How many streams, from number `from` on, have a fault like this one; SIZE_MAX:
 * one before has. */
static size_t
why_count(const struct why_list *l, size_t from, const struct fault *f)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (!why_has_like(&l->v[i], f))
			continue;
		else if (i < from)
			return SIZE_MAX;
		else
			n++;
	return n;
}

/* "uplink lost: 4 streams". Caller frees. */
static char *
why_group_text(const struct fault *f, size_t n)
{
	enum fail_class class = ffclass_by_name(f->words.class);
	bool far = class >= FAIL_REFUSED && class <= FAIL_TIMEOUT;
	const char *what =
	    class == FAIL_TIMEOUT ? "get no answer from" : "cannot reach";

	if (far && f->side == SIDE_OUTPUT)
		return xasprintf(
		    "uplink lost: %zu streams %s %s", n, what, f->subject);
	if (far)
		return xasprintf("%zu streams %s %s", n, what, f->subject);
	return xasprintf("%zu streams: %s, %s", n, f->words.class, f->subject);
}

/* Where a stream's profile has the keys of such faults. */
static void
why_write_places(
    struct jsonw *j, const struct faults *all, const struct fault *f)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].place != NULL && why_are_alike(&all->v[i], f))
			jsonw_str(j, NULL, all->v[i].place);
}

static void
why_write_group(
    struct jsonw *j, const struct why_list *l, const struct fault *f, size_t n)
{
	char *text = why_group_text(f, n);

	jsonw_object(j, NULL);
	jsonw_str(j, "text", text);
	jsonw_word(j, "class", f->words.class);
	jsonw_word(j, "detail", ffdetail_names[f->detail]);
	jsonw_word(j, "side", ffside_names[f->side]);
	jsonw_str(j, "subject", f->subject);
	fault_write_words(j, f);
	jsonw_array(j, "streams");
	for (size_t i = 0; i < l->n; i++)
		if (why_has_like(&l->v[i], f))
			jsonw_word(j, NULL, l->v[i].s->profile->name);
	jsonw_array_end(j);
	jsonw_array(j, "places");
	for (size_t i = 0; i < l->n; i++)
		why_write_places(j, &l->v[i].faults, f);
	jsonw_array_end(j);
	jsonw_object_end(j);
	free(text);
}

/* Faults that several streams share. */
static void
why_write_groups(struct jsonw *j, const struct why_list *l)
{
	jsonw_array(j, "groups");
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < l->v[i].faults.n; k++) {
			const struct fault *f = &l->v[i].faults.v[k];
			size_t n = why_count(l, i, f);
			bool again = false;

			for (size_t m = 0; m < k; m++)
				again |= why_are_alike(&l->v[i].faults.v[m], f);
			if (n >= 2 && n != SIZE_MAX && !again)
				why_write_group(j, l, f, n);
		}
	jsonw_array_end(j);
}

/* The worst first, and then by name. */
static int
why_compare(const void *a, const void *b)
{
	const struct why_sick *x = a, *y = b;

	if (x->rank != y->rank)
		return y->rank - x->rank;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* How bad a state is. */
static int
why_rank(const struct stream *s)
{
	static const int ranks[N_STREAM_STATES] = {
		[STREAM_FAILED] = 5,
		[STREAM_RETRY] = 4,
		[STREAM_STARTING] = 3,
		[STREAM_DEGRADED] = 2,
		[STREAM_STOPPING] = 1,
	};

	return ranks[stream_verdict(s).state];
}

void
why_write_all(struct jsonw *j, const struct fleet *fleet,
    struct stream *const *v, size_t n, const struct strv *of)
{
	struct why_list l = { .v = xcalloc(n + 1, sizeof(*l.v)) };

	for (size_t i = 0; i < n; i++) {
		struct why_sick *sick = &l.v[l.n];
		bool whole = select_means_whole(of, v[i]);

		faults_find(&sick->faults, v[i], whole ? NULL : of);
		if (of->n == 0 && sick->faults.n == 0)
			continue; /* nobody asked for it */
		sick->s = v[i];
		sick->rank = why_rank(v[i]);
		sick->order = l.n++;
	}
	qsort(l.v, l.n, sizeof(*l.v), why_compare);
	jsonw_object(j, NULL);
	why_write_groups(j, &l);
	jsonw_array(j, "streams");
	for (size_t i = 0; i < l.n; i++) {
		why_write_stream(j, fleet, l.v[i].s, &l.v[i].faults);
		faults_clear(&l.v[i].faults);
	}
	jsonw_array_end(j);
	jsonw_object_end(j);
	free(l.v);
}
