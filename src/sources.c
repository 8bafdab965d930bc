/* SPDX-License-Identifier: ISC */
/*
 * What failover.c decides, done. Nothing is spawned where a death or a packet
 * is reported: a timer does that on a later turn of the loop, so that a
 * shutdown already pending wins. Who is to be on air is said at once, before
 * the key frame that follows.
 */
#include "config.h"

#include <stdlib.h>

#include "sources.h"
#include "util.h"

/* Whether its run is over, or is being ended, and not because we wanted. */
static bool
sources_has_failed(const struct worker *w)
{
	const struct ending *e = worker_last(w);

	switch (w->state) {
	case ST_HELD:
		return true;
	case ST_STOPPING:
		return w->cause != FAIL_NONE;
	case ST_WAITING:
		return w->backoff.failures > 0 && e != NULL &&
		    e->class != FAIL_NONE;
	case ST_OFF:
	case ST_STARTING:
	case ST_UP:
	case N_STATES:
		break;
	}
	return false;
}

static struct failover_view
sources_view(const struct sources *so, const struct worker *w)
{
	struct failover_view view = { .silent_ms = -1 };
	struct relay_inlet_stats st;

	view.failed = sources_has_failed(w);
	if ((w->state != ST_STARTING && w->state != ST_UP) ||
	    !packets_inlet_stats(so->packets, w, &st) || !st.open)
		return view;
	view.begun = ts_is_ready(st.ts);
	view.silent_ms = st.silent_ms;
	return view;
}

/* Start and stop what is not as it should be. */
static void
sources_turn_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct sources *so = t->data;

	for (size_t i = 0; so->active && i < so->n; i++) {
		struct worker *w = so->v[i];

		if (sources_is_due(so, w) && !w->wanted)
			worker_start(w);
		else if (!sources_is_due(so, w) && w->wanted)
			worker_stop(w);
	}
}

void
sources_init(struct sources *so, struct ev_loop *loop,
    const struct packets *packets, const struct sources_host *host)
{
	*so = (struct sources){
		.aired = -1, .loop = loop, .packets = packets, .host = *host
	};
	ev_init(&so->turn, sources_turn_cb);
	so->turn.data = so;
}

void
sources_set(struct sources *so, struct worker *const *workers, size_t n)
{
	so->n = 0;
	for (size_t i = 0; i < n && so->n < FAILOVER_MAX; i++)
		if (workers[i]->plan.role == ROLE_SOURCE &&
		    workers[i]->plan.packets)
			so->v[so->n++] = workers[i];
	failover_resize(&so->failover, so->n);
	if (so->aired >= (int)so->n)
		so->aired = -1;
}

void
sources_start(struct sources *so)
{
	so->active = true;
	so->aired = so->codecs[0] = so->codecs[1] = -1;
	failover_init(&so->failover, so->n);
}

void
sources_stop(struct sources *so)
{
	so->active = false;
	ev_timer_stop(so->loop, &so->turn);
}

void
sources_look(struct sources *so)
{
	struct failover_view views[FAILOVER_MAX];
	size_t chosen = so->failover.chosen;

	if (!so->active || so->n < 2)
		return;
	for (size_t i = 0; i < so->n; i++)
		views[i] = sources_view(so, so->v[i]);
	failover_decide(
	    &so->failover, &so->policy, views, so->aired, mono_ms());
	if (so->failover.chosen != chosen)
		so->host.select(so->host.ctx);
	for (size_t i = 0; i < so->n; i++)
		if (so->v[i]->wanted != sources_is_due(so, so->v[i]))
			ev_timer_start(so->loop, &so->turn);
}

/* "on source2 now, source is away" */
static char *
sources_say(const struct sources *so, int from, int to)
{
	const char *now = so->v[to]->plan.name;

	if (to == 0)
		return xasprintf("back on %s", now);
	if (to > from)
		return xasprintf(
		    "on %s now, %s is away", now, so->v[from]->plan.name);
	return xasprintf(
	    "back on %s, %s is still away", now, so->v[0]->plan.name);
}

/* A muxer has written down what it sends; that cannot change under it. Sound
 * that is not there is only missed. */
static void
sources_check_codecs(struct sources *so, const struct worker *w)
{
	struct relay_inlet_stats st;
	bool other = false;
	int at[2];

	if (!packets_inlet_stats(so->packets, w, &st) || !st.open)
		return;
	at[0] = ts_video(st.ts);
	at[1] = ts_audio(st.ts);
	for (size_t i = 0; i < NELEM(at); i++) {
		int codec = at[i] < 0 ? -1 : (int)st.ts->streams[at[i]].codec;

		if (codec == -1)
			continue;
		other =
		    other || (so->codecs[i] != -1 && so->codecs[i] != codec);
		so->codecs[i] = codec;
	}
	if (other)
		so->host.recoded(so->host.ctx);
}

void
sources_aired(struct sources *so, const struct worker *w)
{
	int from = so->aired > 0 ? so->aired : 0;
	char *text;

	for (size_t i = 0; i < so->n; i++)
		if (so->v[i] == w)
			so->aired = (int)i;
	sources_check_codecs(so, w);
	if (so->aired == -1 || so->aired == from)
		return;
	text = sources_say(so, from, so->aired);
	so->host.notice(so->host.ctx, "source", text);
	free(text);
}

struct worker *
sources_on_air(const struct sources *so)
{
	return so->n > 1 && so->aired >= 0 ? so->v[so->aired] : NULL;
}

bool
sources_is_due(const struct sources *so, const struct worker *w)
{
	for (size_t i = so->failover.running; i < so->n; i++)
		if (so->v[i] == w)
			return false;
	return true;
}

struct worker *
sources_sender(const struct sources *so)
{
	struct worker *chosen;

	if (so->n < 2)
		return NULL;
	chosen = so->v[so->failover.chosen];
	if (chosen->state != ST_HELD)
		return chosen;
	for (size_t i = 0; i < so->n; i++)
		if (so->v[i]->wanted && so->v[i]->state != ST_HELD)
			return so->v[i];
	return chosen;
}
