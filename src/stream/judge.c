/* SPDX-License-Identifier: ISC */
/*
 * The part of stream.h that looks and changes nothing: who of the workers does
 * what, and the state that they add up to.
 */
#include "config.h"

#include "base/util.h"
#include "stream/stream.h"

const char *const stream_state_names[] = {
	[STREAM_OFF] = "off",
	[STREAM_STARTING] = "starting",
	[STREAM_LIVE] = "live",
	[STREAM_DEGRADED] = "degraded",
	[STREAM_RETRY] = "retry",
	[STREAM_FAILED] = "failed",
	[STREAM_STOPPING] = "stopping",
};
_Static_assert(NELEM(stream_state_names) == N_STREAM_STATES, "a name each");

/* --- who does what ------------------------------------------------------ */

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
stream_filescan(const struct stream *s, const struct plan_worker *plan)
{
	return filescan_is_for(plan) ? &s->filescans[plan->source] : NULL;
}

/* Whether the start of a worker waits for a disk. */
static bool
stream_is_kept(const struct stream *s, const struct worker *w)
{
	const struct filescan *sh = stream_filescan(s, &w->plan);

	return w->waits && w->state == ST_WAITING &&
	    ((sh != NULL && filescan_is_silent(sh)) ||
		recorders_silent(&s->recorders, w) != NULL);
}

const struct worker *
stream_kept(const struct stream *s)
{
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (stream_is_kept(s, s->workers[i]))
			return s->workers[i];
	return NULL;
}

/* The way in for programs that are not ours, where the disk of its path does
 * not answer; or NULL. */
static const struct intake *
stream_silent_intake(const struct stream *s)
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
	if (w == NULL && stream_silent_intake(s) != NULL)
		return intake_problem(stream_silent_intake(s));
	if (w == NULL)
		w = stream_kept(s);
	if (w == NULL || !stream_is_kept(s, w))
		return NULL;
	return filescan_trouble(stream_filescan(s, &w->plan));
}

enum plan_stdin
stream_stdin(const struct stream *s, const struct plan_worker *plan)
{
	const struct filescan *sh = stream_filescan(s, plan);

	return sh == NULL ? plan->in : filescan_stdin(sh, plan);
}

/* --- states ------------------------------------------------------------- */

/* The class of a worker's newest ending, for a word. */
static const char *
stream_last_class(const struct worker *w)
{
	const struct ending *e = worker_last(w);

	return e == NULL ? NULL : ffclass_names[e->class];
}

/* On air: but is it what it should be? */
static enum stream_state
stream_judge_live(const struct stream *s, const char **reason)
{
	const struct worker *producer = stream_producer(s);

	if (s->frames == NULL)
		return STREAM_LIVE;
	if (framelink_is_ill(s->frames, reason))
		return STREAM_DEGRADED;
	if (producer == NULL || producer->state == ST_UP ||
	    producer->plan.playlist)
		return STREAM_LIVE;
	*reason = role_names[producer->plan.role];
	return STREAM_DEGRADED;
}

/* What one worker that sends makes of the stream, when it is alone. */
static enum stream_state
stream_judge_worker(const struct worker *w, const char **reason)
{
	*reason = NULL;
	switch (w->state) {
	case ST_UP:
		return STREAM_LIVE;
	case ST_STARTING:
		return STREAM_STARTING;
	case ST_HELD:
		*reason = stream_last_class(w);
		return STREAM_FAILED;
	case ST_STOPPING:
		if (w->replace)
			return STREAM_STARTING;
		*reason =
		    w->cause == FAIL_NONE ? NULL : ffclass_names[w->cause];
		return w->wanted ? STREAM_RETRY : STREAM_STOPPING;
	case ST_WAITING:
		*reason = stream_last_class(w);
		return w->runs == 0 && *reason == NULL ? STREAM_STARTING
						       : STREAM_RETRY;
	case ST_OFF:
	case N_STATES:
		break;
	}
	/* played to its end, also when the last file could not be opened */
	*reason = stream_last_class(w);
	if (*reason != NULL && w->plan.files)
		*reason = ffclass_names[FAIL_ENDED];
	return STREAM_OFF;
}

enum stream_state
stream_judge_output(const struct stream *s, const struct worker *w)
{
	const char *reason;
	enum stream_state state = stream_judge_worker(w, &reason);

	if (!s->wanted && state == STREAM_LIVE)
		return STREAM_STOPPING;
	if (state == STREAM_LIVE && s->packets != NULL &&
	    !packetlink_is_supplied(s->packets, w))
		return STREAM_DEGRADED;
	return state;
}

/* How many of the outputs are wanted, and how many of these are up; the first
 * of those that are not in *down. */
struct stream_count {
	size_t wanted, up;
	const struct worker *down;
};

static struct stream_count
stream_count_outputs(const struct stream *s)
{
	struct stream_count n = { 0 };

	for (size_t i = 0; i < s->plan.n_workers; i++) {
		const struct worker *w = s->workers[i];

		if (w->plan.role != ROLE_OUTPUT || !w->wanted)
			continue;
		n.wanted++;
		if (w->state == ST_UP)
			n.up++;
		else if (n.down == NULL || n.down->state == ST_STARTING)
			n.down = w;
	}
	return n;
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

const struct worker *
stream_down_output(const struct stream *s)
{
	return stream_count_outputs(s).down;
}

/* With several outputs: on air is who has one that is. */
static enum stream_state
stream_judge_outputs(const struct stream *s, const char **reason)
{
	const struct worker *sender = stream_sender(s);
	struct stream_count n = stream_count_outputs(s);
	bool silent = packetlink_is_silent(s->packets);
	bool way_in = sender->plan.role == ROLE_OUTPUT; /* no process of ours */
	enum stream_state state;

	if (n.wanted == 0 && (way_in || sender->state == ST_UP)) {
		/* each was stopped by itself */
		*reason = "no output";
		return STREAM_OFF;
	}
	if (n.up == 0) {
		if (way_in && silent) {
			*reason = "no program";
			return STREAM_RETRY;
		}
		state = stream_judge_worker(sender, reason);
		if (state != STREAM_LIVE || n.down == NULL)
			return state;
		return stream_judge_worker(n.down, reason);
	}
	if (packetlink_is_slated(s->packets)) {
		*reason = fallback_names[FALLBACK_SLATE];
		return STREAM_DEGRADED;
	}
	if (silent || (!way_in && sender->state != ST_UP)) {
		*reason =
		    role_names[way_in ? ROLE_PRODUCER : sender->plan.role];
		return STREAM_DEGRADED;
	}
	if (n.up < n.wanted) {
		/* they do not come up in the same moment */
		if (s->state == STREAM_STARTING &&
		    n.down->state == ST_STARTING && n.down->restarts == 0)
			return STREAM_STARTING;
		*reason = "output";
		return STREAM_DEGRADED;
	}
	if (s->sources.aired > 0) {
		*reason = plan_source_names[s->sources.aired];
		return STREAM_DEGRADED;
	}
	return stream_judge_live(s, reason);
}

/* What a disk that does not answer makes of it, or one that takes no name. */
static enum stream_state
stream_judge_disks(
    const struct stream *s, enum stream_state state, const char **reason)
{
	bool lives = state == STREAM_LIVE || state == STREAM_DEGRADED;

	if ((stream_kept(s) != NULL || stream_silent_intake(s) != NULL) &&
	    s->sources.aired <= 0 &&
	    (lives || state == STREAM_STARTING || state == STREAM_RETRY)) {
		*reason = "silent disk";
		return lives ? STREAM_DEGRADED : STREAM_RETRY;
	}
	/* this is why an output is down, or soon will be */
	if (recorders_silent(&s->recorders, NULL) != NULL && lives &&
	    (state == STREAM_LIVE || util_streq(*reason, "output"))) {
		*reason = "silent disk";
		return STREAM_DEGRADED;
	}
	if (state == STREAM_LIVE &&
	    recorders_stranded(&s->recorders, NULL) != NULL) {
		*reason = "file name";
		return STREAM_DEGRADED;
	}
	return state;
}

enum stream_state
stream_judge(const struct stream *s, const char **reason)
{
	enum stream_state state;

	*reason = NULL;
	if (!s->wanted)
		return stream_is_off(s) ? STREAM_OFF : STREAM_STOPPING;
	if (s->gave_up) {
		*reason = "no pictures";
		return STREAM_RETRY;
	}
	if (s->packets != NULL)
		state = stream_judge_outputs(s, reason);
	else
		state = stream_judge_worker(stream_sender(s), reason);
	if (state == STREAM_LIVE && s->packets == NULL)
		state = stream_judge_live(s, reason);
	return stream_judge_disks(s, state, reason);
}
