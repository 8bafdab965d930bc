/* SPDX-License-Identifier: ISC */
/*
 * The part of stream.h about media (its stream_ functions): faults while all
 * processes run. What comes is not what the profile says, no program can come
 * in, media do not keep up with the clock, an HLS playlist is not written any
 * more.
 */
#include "config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/util.h"
#include "link/framereader.h"
#include "stream/stream.h"

/* --- what comes in ------------------------------------------------------ */

/* The intake for programs that are not ours, or NULL. */
static const struct intake *
findings_intake(const struct stream *s)
{
	const struct intake *in = s->frames != NULL ? &s->frames->intake
	    : s->packets != NULL		    ? &s->packets->intake
						    : NULL;

	return in == NULL || in->path == NULL ? NULL : in;
}

static struct intake_feeder
findings_feeder(const struct stream *s, bool *there)
{
	const struct framereader *reader;
	struct camera_stats st;

	if (s->frames != NULL) {
		reader = framepump_source(s->frames->link);
		*there = reader->fd != -1;
		return reader->feeder;
	}
	camera_stats(s->packets->camera, &st);
	*there = st.there;
	return st.feeder;
}

/* Whether no program can come in. */
static bool
findings_is_blocked(const struct stream *s)
{
	const struct intake *in = findings_intake(s);
	char *problem = in == NULL ? NULL : intake_problem(in);
	bool there = false, blocked = problem != NULL;

	free(problem);
	if (blocked)
		(void)findings_feeder(s, &there);
	return blocked && !there;
}

static struct finding
findings_media(const struct stream *s)
{
	if (s->frames != NULL)
		return framepump_finding(s->frames->link);
	if (s->packets != NULL)
		return packetlink_finding(s->packets);
	return (struct finding){ .fault = FINDING_FINE };
}

static enum reason
findings_of_media(const struct stream *s)
{
	switch (findings_media(s).fault) {
	case FINDING_SIZE:
		return REASON_SIZE;
	case FINDING_STRAY:
		return REASON_STRAY;
	case FINDING_KIND:
		return s->frames != NULL ? REASON_NOT_RAW : REASON_NOT_H264;
	case FINDING_GARBAGE:
		return REASON_GARBAGE;
	case FINDING_SETS:
		return REASON_NO_SETS;
	case FINDING_FINE:
	case N_FINDING_FAULTS:
		break;
	}
	return REASON_NONE;
}

/* --- pace --------------------------------------------------------------- */

/* The worker whose media have a clock of their own: it reads, and nothing of
 * ours stands between it and the source. */
static const struct worker *
findings_paced(const struct stream *s)
{
	const struct worker *w = stream_sender(s);

	if (w->plan.role == ROLE_DIRECT ||
	    (w->plan.role == ROLE_SOURCE && w->plan.writes == LINK_PACKETS))
		return w;
	return NULL;
}

void
stream_watch_pace(struct stream *s)
{
	const struct worker *w = findings_paced(s);

	if (w != NULL && w->state == ST_UP)
		pace_add(&s->pace, w->runs, mono_ms(),
		    w->media.progress.out_time_us);
}

static enum reason
findings_of_pace(const struct stream *s)
{
	const struct worker *w = findings_paced(s);
	int judgement = pace_judge(&s->pace);

	if (w == NULL || w->state != ST_UP || w->runs != s->pace.run ||
	    judgement == 0)
		return REASON_NONE;
	return judgement < 0 ? REASON_BEHIND : REASON_AHEAD;
}

/* --- all ---------------------------------------------------------------- */

enum reason
stream_fault(const struct stream *s)
{
	enum reason reason = findings_of_media(s);

	if (findings_is_blocked(s))
		return REASON_BLOCKED;
	if (reason == REASON_NONE)
		reason = findings_of_pace(s);
	if (reason == REASON_NONE &&
	    recorders_stale(&s->recorders, NULL) != NULL)
		reason = REASON_PLAYLIST;
	return reason;
}

static char *
findings_pace_text(const struct stream *s)
{
	return xasprintf("%.2f s of media in each second, over the last "
			 "10 s or more",
	    pace_speed(&s->pace));
}

/* Who is at the intake while nothing comes. */
static char *
findings_absence(const struct stream *s)
{
	const struct intake *in = findings_intake(s);
	struct intake_feeder feeder;
	bool there;

	if (in == NULL)
		return NULL;
	feeder = findings_feeder(s, &there);
	if (there && feeder.pid != 0)
		return xasprintf("process %d is connected to %s, and sends "
				 "nothing",
		    (int)feeder.pid, in->path);
	if (there)
		return NULL;
	if (in->kind == INTAKE_FIFO)
		return xasprintf(
		    "no program writes to the named pipe %s", in->path);
	return xasprintf("nobody is connected to %s (ffsup feed %s does it)",
	    in->path, s->profile->name);
}

/* The fault in the media, and the first line of what came where that is text. */
static char *
findings_media_text(const struct stream *s)
{
	struct finding found = findings_media(s);
	const struct arrivals *a;
	char *text, *all;
	size_t len;

	text = finding_text(
	    &found, s->frames == NULL ? NULL : &s->frames->plan.geometry);
	if (s->frames == NULL || found.kind != LIKENESS_TEXT || text == NULL)
		return text;
	a = &framepump_source(s->frames->link)->arrivals;
	len = likeness_line(a->first, a->n_first);
	if (len == 0)
		return text;
	all = xasprintf(
	    "%s; it began with: %.*s", text, (int)len, (const char *)a->first);
	free(text);
	return all;
}

char *
stream_proof(const struct stream *s, const struct verdict *v)
{
	switch (v->reason) {
	case REASON_SIZE:
	case REASON_STRAY:
	case REASON_NOT_RAW:
	case REASON_NOT_H264:
	case REASON_GARBAGE:
	case REASON_NO_SETS:
		return findings_media_text(s);
	case REASON_BLOCKED:
		return intake_problem(findings_intake(s));
	case REASON_BEHIND:
	case REASON_AHEAD:
		return findings_pace_text(s);
	case REASON_PLAYLIST:
		return recorder_staleness(recorders_stale(&s->recorders, NULL));
	case REASON_HOLD:
	case REASON_SLATE:
	case REASON_NO_PICTURES:
	case REASON_NO_PROGRAM:
	case REASON_PRODUCER:
		return findings_absence(s);
	default:
		return NULL;
	}
}

const char *
stream_cure(const struct stream *s, const struct verdict *v)
{
	struct finding found = findings_media(s);

	if (v->reason != REASON_NOT_RAW && v->reason != REASON_NOT_H264)
		return NULL;
	return finding_cure(&found, s->frames != NULL);
}
