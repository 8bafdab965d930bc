/* SPDX-License-Identifier: ISC */
/*
 * Carries out the decisions of failover.c. Nothing is spawned where a death or
 * a packet is reported: a timer does that on a later turn of the loop, so that
 * a shutdown already pending wins. The source for the air is reported at once,
 * before the key frame that follows.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

/* Its debug lines are those of the decision. */
#define LOG_MODULE "failover"

#include "base/clock.h"
#include "base/log.h"
#include "base/util.h"
#include "stream/sourceset.h"

/* Whether its run is over, or is being ended, and not because we wanted. */
static bool
sourceset_has_failed(const struct worker *w)
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
sourceset_view(const struct sourceset *so, const struct worker *w)
{
	struct failover_view view = { .silent_ms = -1 };
	struct relay_inlet_stats st;

	view.failed = sourceset_has_failed(w);
	if ((w->state != ST_STARTING && w->state != ST_UP) ||
	    !packetlink_inlet_stats(so->packets, w, &st) || !st.open)
		return view;
	view.begun = ts_is_ready(st.ts);
	view.silent_ms = st.silent_ms;
	return view;
}

/* Sources of one stream often share a network, a recorder or a camera: when a
 * failed one sends again, the better ones that wait for their next try get it
 * now, in time for the same key frame. A refused password is not tried sooner:
 * cameras lock out. */
static void
sourceset_try_better(struct sourceset *so)
{
	for (size_t i = 0; i < so->recovered; i++) {
		struct worker *w = so->v[i];

		if (w->state == ST_WAITING &&
		    (w->backoff.policy == POLICY_NORMAL ||
			w->backoff.policy == POLICY_SLOW)) {
			log_debug("%s/%s: failover: retried now, another one "
				  "is back",
			    w->owner->name, w->plan.name);
			worker_start(w);
		}
	}
	so->recovered = 0;
}

/* Log the decision and its grounds. */
static void
sourceset_tell(const struct sourceset *so, const struct failover *was,
    const struct failover_view *v)
{
	const struct failover *is = &so->failover;
	const struct worker *w = so->v[is->chosen];

	if (is->chosen == was->chosen && is->running == was->running)
		return;
	log_debug("%s: failover: %s should be on air, %zu of %zu should run",
	    w->owner->name, w->plan.name, is->running, is->n);
	for (size_t i = 0; i < is->n; i++)
		log_debug("%s/%s: failover:%s%s newest frame %lld ms ago (-1: "
			  "none)",
		    w->owner->name, so->v[i]->plan.name,
		    v[i].failed ? " failed," : "",
		    v[i].begun ? " has begun," : "", (long long)v[i].silent_ms);
}

/* Start and stop workers until all are as decided. */
static void
sourceset_turn_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct sourceset *so = t->data;

	for (size_t i = 0; so->active && i < so->n; i++) {
		struct worker *w = so->v[i];

		if (sourceset_is_due(so, w) && !w->wanted)
			worker_start(w);
		else if (!sourceset_is_due(so, w) && w->wanted)
			worker_stop(w);
	}
	if (so->active)
		sourceset_try_better(so);
}

void
sourceset_init(struct sourceset *so, struct ev_loop *loop,
    const struct packetlink *packets, const struct sourceset_host *host)
{
	*so = (struct sourceset){
		.aired = -1, .loop = loop, .packets = packets, .host = *host
	};
	ev_init(&so->turn, sourceset_turn_cb);
	so->turn.data = so;
}

void
sourceset_set(struct sourceset *so, struct worker *const *workers, size_t n)
{
	so->n = 0;
	for (size_t i = 0; i < n && so->n < FAILOVER_MAX; i++)
		if (plan_is_inlet(&workers[i]->plan))
			so->v[so->n++] = workers[i];
	failover_resize(&so->failover, so->n);
	if (so->aired >= (int)so->n)
		so->aired = -1;
}

void
sourceset_start(struct sourceset *so)
{
	so->active = true;
	so->recovered = 0;
	so->aired = -1;
	so->video = -1;
	tracks_reset(&so->tracks);
	failover_init(&so->failover, so->n);
}

void
sourceset_stop(struct sourceset *so)
{
	so->active = false;
	ev_timer_stop(so->loop, &so->turn);
}

void
sourceset_look(struct sourceset *so)
{
	struct failover_view views[FAILOVER_MAX];
	struct failover was = so->failover;

	if (!so->active || so->n < 2)
		return;
	for (size_t i = 0; i < so->n; i++)
		views[i] = sourceset_view(so, so->v[i]);
	failover_decide(
	    &so->failover, &so->policy, views, so->aired, mono_ms());
	sourceset_tell(so, &was, views);
	if (so->failover.chosen != was.chosen)
		so->host.event(so->host.ctx, SOURCESET_CHOSE, NULL);
	for (size_t i = 0; i < so->n; i++)
		if (so->v[i]->wanted != sourceset_is_due(so, so->v[i]))
			ev_timer_start(so->loop, &so->turn);
}

/* "on source2 now, source is away" */
static char *
sourceset_say(const struct sourceset *so, int from, int to)
{
	const char *now = so->v[to]->plan.name;

	if (to == 0)
		return xasprintf("back on %s", now);
	if (to > from)
		return xasprintf(
		    "switched to %s, %s is away", now, so->v[from]->plan.name);
	return xasprintf(
	    "back on %s, %s is still away", now, so->v[0]->plan.name);
}

/* --- the outputs' tracks ------------------------------------------------ */

/* The texts, by verdict and by track. */
static const char *const sourceset_words[][TRACKS] = {
	[TRACKS_OTHER] = { "it has other codecs; the outputs are restarted",
	    "it has other codecs; the outputs are restarted" },
	[TRACKS_LOOK] = { "its frames are of another size or profile; outputs "
			  "that cannot signal this are restarted",
	    "its frames are of another size or profile; outputs that cannot "
	    "signal this are restarted" },
	[TRACKS_MORE] = { "it has video now; the outputs are restarted",
	    "it has audio now; the outputs are restarted" },
	[TRACKS_LESS] = { "its video is gone; the outputs are restarted",
	    "its audio is gone; the outputs are restarted" },
};

/* Whether a list that is copied has come to a file without any video that
 * MPEG-TS has: it is skipped, and outputs wait for the next film. */
static bool
sourceset_is_skipped(
    const struct sourceset *so, const struct worker *w, const int is[TRACKS])
{
	return w->plan.playlist && w->plan.video == VIDEO_MODE_COPY &&
	    so->tracks.begun && so->tracks.codecs[0] != -1 && is[0] == -1;
}

/* Check whether the media on air still fit the outputs. Of several sources, the
 * outputs are made for the best; the others may bring less, or more. */
static void
sourceset_compare(struct sourceset *so, const struct worker *w)
{
	bool settled = so->n < 2 || (so->v[0] == w && so->aired == 0), sound;
	struct relay_inlet_stats st;
	int was[TRACKS], is[TRACKS];
	enum tracks_verdict verdict;

	if (!packetlink_inlet_stats(so->packets, w, &st) || !st.on_air ||
	    !tracks_read(&so->tracks, st.ts, st.mute, st.heard, is) ||
	    sourceset_is_skipped(so, w, is))
		return;
	memcpy(was, so->tracks.codecs, sizeof(was));
	verdict = tracks_look(&so->tracks, is, settled, mono_ms());
	sound = (was[1] == -1) != (is[1] == -1);
	so->video = is[0];
	if (verdict == TRACKS_FIT && !tracks_sways(&so->tracks))
		so->host.event(so->host.ctx, SOURCESET_STEADY, NULL);
	if (verdict != TRACKS_FIT)
		so->host.event(so->host.ctx,
		    verdict == TRACKS_LOOK ? SOURCESET_RESIZED
					   : SOURCESET_RECODED,
		    sourceset_words[verdict][sound]);
}

void
sourceset_tables(struct sourceset *so, const struct worker *w)
{
	if (!so->active)
		return;
	for (size_t i = 1; i < so->n; i++)
		if (so->v[i] == w && w->backoff.failures > 0) {
			so->recovered = i;
			ev_timer_start(so->loop, &so->turn);
		}
	sourceset_compare(so, w);
}

void
sourceset_tick(struct sourceset *so)
{
	for (size_t i = 0; so->active && i < so->n; i++)
		sourceset_compare(so, so->v[i]);
	sourceset_look(so);
}

void
sourceset_aired(struct sourceset *so, const struct worker *w)
{
	int from = so->aired > 0 ? so->aired : 0;
	char *text;

	for (size_t i = 0; i < so->n; i++)
		if (so->v[i] == w)
			so->aired = (int)i;
	sourceset_compare(so, w);
	if (so->aired == -1 || so->aired == from)
		return;
	text = sourceset_say(so, from, so->aired);
	so->host.notice(so->host.ctx, "source", text);
	free(text);
}

struct worker *
sourceset_on_air(const struct sourceset *so)
{
	return so->n > 1 && so->aired >= 0 ? so->v[so->aired] : NULL;
}

bool
sourceset_is_due(const struct sourceset *so, const struct worker *w)
{
	for (size_t i = so->failover.running; i < so->n; i++)
		if (so->v[i] == w)
			return false;
	return true;
}

struct worker *
sourceset_sender(const struct sourceset *so)
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
