/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/log.h"
#include "ffmpeg/ffsink.h"
#include "media/tracks.h"
#include "process/worker.h"
#include "profile/profile.h"
#include "stream/outputset.h"

/* Whether an output is down because of its input, which may have been different
 * from the current one. */
static bool
outputset_has_choked(const struct worker *w)
{
	const struct ending *e = worker_last(w);

	return (w->state == ST_WAITING || w->state == ST_HELD) && e != NULL &&
	    (e->policy == POLICY_SLOW || e->class == FAIL_CODEC ||
		e->class == FAIL_INPUT || e->class == FAIL_GEOMETRY);
}

void
outputset_retry(const struct outputset *os)
{
	for (size_t i = 0; i < os->n; i++)
		if (plan_is_output(&os->workers[i]->plan) &&
		    outputset_has_choked(os->workers[i]))
			worker_start(os->workers[i]);
}

/* Whether the frames are no longer of the kind that an output announced at its
 * beginning. */
static bool
outputset_is_stale(const struct outputset *os, struct worker *w)
{
	return tracks_is_stale(&w->video, os->video) &&
	    !ffsink_bears_change(
		profile_output(os->profile, (size_t)w->plan.output));
}

void
outputset_renew(const struct outputset *os, bool all)
{
	for (size_t i = 0; i < os->n; i++) {
		struct worker *w = os->workers[i];

		if (!plan_is_output(&w->plan) || !worker_is_running(w) ||
		    (!outputset_is_stale(os, w) && !all))
			continue;
		w->video = os->video; /* it begins with this */
		worker_restart(w);
	}
	outputset_retry(os);
}

void
outputset_steady(const struct outputset *os)
{
	struct worker *w;

	for (size_t i = 0; i < os->n; i++) {
		w = os->workers[i];
		if (!plan_is_output(&w->plan) || !worker_is_running(w) ||
		    !outputset_is_stale(os, w))
			continue;
		log_info("%s/%s: it began with frames of another size or "
			 "profile; it is restarted",
		    os->profile->name, w->plan.name);
		w->video = os->video;
		worker_restart(w);
	}
}
