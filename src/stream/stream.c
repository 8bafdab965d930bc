/* SPDX-License-Identifier: ISC */
/*
 * A stream's workers and links report here; here workers get their command
 * lines and their ends of the links, and are started and stopped together.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/util.h"
#include "ffmpeg/ffout.h"
#include "stream/launch.h"
#include "stream/outputset.h"
#include "stream/stream.h"

/* A start waits this long between two checks whether ffmpeg is known again. */
#define STREAM_PROBING_MS 20

/* --- reports to the host ------------------------------------------------ */

static void
stream_tell(struct stream *s, const struct stream_report *r)
{
	s->host->event(s->host->ctx, s, r);
}

static void
stream_tell_that(struct stream *s, enum stream_news what)
{
	stream_tell(s, &(struct stream_report){ .what = what });
}

/* Something that a person should know. */
static void
stream_notice(void *ctx, const char *kind, const char *text)
{
	stream_tell(ctx,
	    &(struct stream_report){
		.what = NEWS_NOTICE, .kind = kind, .text = text });
}

/* --- the broadcast ------------------------------------------------------ */

/* Whether a worker belongs to the sending side, not to the producers. */
static bool
stream_is_broadcast(const struct worker *w)
{
	return plan_is_fed(&w->plan);
}

/* The patience with the producer starts again. */
static void
stream_hope(struct stream *s)
{
	s->gave_up = false;
	if (s->frames != NULL)
		framelink_hope(s->frames);
}

/* Begin the broadcast again that was ended for want of frames. */
static void
stream_resume(struct stream *s)
{
	stream_hope(s);
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (stream_is_broadcast(s->workers[i]))
			worker_start(s->workers[i]);
}

static bool
stream_is_hopeless(struct stream *s)
{
	if (s->frames != NULL)
		return framelink_is_hopeless(s->frames);
	return packetlink_is_hopeless(s->packets);
}

/* End the broadcast when no frames have come for too long; begin again when
 * some come. (The frames link reports that by itself, at once.) */
static void
stream_check_frames(struct stream *s)
{
	if (s->wanted && s->gave_up && s->frames == NULL &&
	    !packetlink_is_slated(s->packets))
		stream_resume(s);
	if (!s->wanted || s->gave_up || !stream_is_hopeless(s))
		return;
	s->gave_up = true;
	stream_notice(s, "pictures",
	    "no frames for too long; the broadcast is ended until frames come");
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (stream_is_broadcast(s->workers[i]))
			worker_stop(s->workers[i]);
}

/* Let go of a worker that is off. */
static void
stream_dismiss(struct worker *w)
{
	worker_clear(w);
	free(w);
}

/* Free the outputs that were taken out and are dead by now. */
static void
stream_bury_gone(struct stream *s)
{
	struct worker *w, *next;

	for (w = TAILQ_FIRST(&s->gone); w != NULL; w = next) {
		next = TAILQ_NEXT(w, entry);
		if (w->state != ST_OFF || !recorders_are_idle(&s->recorders, w))
			continue;
		TAILQ_REMOVE(&s->gone, w, entry);
		recorders_forget(&s->recorders, w);
		packetlink_forget(s->packets, w);
		stream_dismiss(w);
	}
}

/* Check whether an end can be completed. */
static void
stream_check_off(struct stream *s)
{
	if (s->wanted || !stream_is_off(s))
		return;
	stream_review(s);
	stream_tell_that(s, NEWS_OFF);
}

/* The relay passes on the packets of the fed encoder, or of the source. */
static void
stream_select(struct stream *s)
{
	struct worker *w = stream_sender(s);

	if (s->packets == NULL)
		return;
	/* until its restart its packets do not fit the outputs */
	packetlink_select(s->packets,
	    (w->plan.recode || w->plan.silence) && w->replace ? NULL : w);
}

void
stream_tick(struct stream *s)
{
	stream_bury_gone(s);
	recorders_tick(&s->recorders);
	for (size_t i = 0; i < NELEM(s->filescans); i++)
		filescan_tick(&s->filescans[i]);
	if (s->frames != NULL)
		framelink_tick(s->frames, stream_state_names[s->reported.state],
		    mono_ms() - s->since_ms);
	if (s->packets != NULL)
		packetlink_tick(s->packets);
	if (s->frames != NULL || s->packets != NULL)
		stream_check_frames(s);
	sourceset_tick(&s->sources);
	for (size_t i = 0; i < s->plan.n_workers; i++) {
		if (sourcecheck_look(&s->checks, s->workers[i]))
			stream_select(s);
	}
	stream_watch_pace(s);
	stream_review(s);
	if (s->reported.state == STREAM_STOPPING)
		stream_check_off(s); /* it does not wait for ever */
}

bool
stream_is_off(const struct stream *s)
{
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (s->workers[i]->state != ST_OFF)
			return false;
	return TAILQ_EMPTY(&s->gone) && recorders_are_idle(&s->recorders, NULL);
}

unsigned
stream_restarts(const struct stream *s)
{
	unsigned n = 0;

	for (size_t i = 0; i < s->plan.n_workers; i++)
		n += s->workers[i]->restarts;
	return n;
}

/* --- the workers' owner ------------------------------------------------- */

/* A worker's position in its source's files. */
static struct playlist *
stream_playlist(struct stream *s, const struct worker *w)
{
	struct playlist *pl = &s->filescans[w->plan.source].list;

	pl->source = profile_source_at(s->profile, (size_t)w->plan.source);
	return pl;
}

/* The files of a source are known: the worker that waits for them goes on. */
static void
stream_files_ready(void *ctx, const struct filescan *fs)
{
	struct stream *s = ctx;

	for (size_t i = 0; i < s->plan.n_workers; i++) {
		struct worker *w = s->workers[i];

		if (filescan_is_for(&w->plan) &&
		    fs == &s->filescans[w->plan.source])
			worker_release(w);
	}
}

/* Nothing is held against any file any more. */
static void
stream_forgive_files(struct stream *s)
{
	for (size_t i = 0; i < NELEM(s->filescans); i++)
		playlist_hope(&s->filescans[i].list);
}

/* They are played by request. */
static void
stream_open_files(struct stream *s)
{
	stream_forgive_files(s);
	for (size_t i = 0; i < NELEM(s->filescans); i++)
		playlist_begin(&s->filescans[i].list);
}

static enum worker_more
stream_more(void *ctx, struct worker *w)
{
	struct playlist *pl = stream_playlist(ctx, w);
	const struct ending *e = worker_last(w);
	bool shown = e->media_ms >= 0;

	if (w->plan.playlist)
		return playlist_ended(pl, shown);
	return playlist_list_ended(pl, e->class == FAIL_ENDED, shown);
}

/* The output that a worker sends to, or NULL. */
static const struct profile_output *
stream_output_of(const struct stream *s, const struct worker *w)
{
	return profile_output(s->profile, (size_t)w->plan.output);
}

static int64_t
stream_hold(void *ctx, struct worker *w)
{
	struct stream *s = ctx;
	int64_t ms;

	if (s->host->probing && w->plan.ffmpeg)
		return STREAM_PROBING_MS;
	ms = recorders_hold(&s->recorders, w);
	if (ms != 0 || !filescan_is_for(&w->plan))
		return ms;
	return filescan_hold(&s->filescans[w->plan.source],
	    profile_source_at(s->profile, (size_t)w->plan.source), &w->plan);
}

static void
stream_started(struct stream *s, struct worker *w, int in, int out)
{
	if (w->plan.writes == LINK_PACKETS)
		packetlink_started(s->packets, w, out);
	if (plan_is_output(&w->plan)) {
		w->video = s->sources.video;
		packetlink_outlet_started(
		    s->packets, w, in, stream_output_of(s, w)->record != NULL);
	} else if (s->frames != NULL)
		framelink_started(s->frames, w, in, out);
	sourcecheck_started(&s->checks, w);
	stream_select(s);
}

static void
stream_finish(struct stream *s, struct worker *w)
{
	if (plan_is_output(&w->plan))
		packetlink_finish(s->packets, w);
	else if (s->frames != NULL)
		framelink_finish(s->frames, w);
}

/* The outputs, as they are now. */
static struct outputset
stream_outputs(const struct stream *s)
{
	return (struct outputset){ .workers = s->workers,
		.n = s->plan.n_workers,
		.profile = s->profile,
		.video = s->sources.video };
}

static void
stream_retry_outputs(const struct stream *s)
{
	struct outputset os = stream_outputs(s);

	outputset_retry(&os);
}

static void
stream_renew_outputs(const struct stream *s, bool all)
{
	struct outputset os = stream_outputs(s);

	outputset_renew(&os, all);
}

/* An upstream's tracks are known. */
static void
stream_tables(struct stream *s, struct worker *w)
{
	if (!sourcecheck_fits(&s->checks, w))
		return;
	sourceset_tables(&s->sources, w);
	if (sourcecheck_tables(&s->checks, w))
		stream_select(s);
	if (w == stream_sender(s))
		stream_retry_outputs(s);
	sourceset_look(&s->sources);
}

static void
stream_aired(struct stream *s, struct worker *w)
{
	sourceset_aired(&s->sources, w);
	stream_retry_outputs(s);
	stream_review(s);
}

static void
stream_ended(struct stream *s, struct worker *w)
{
	if (w->plan.playlist)
		playlist_over(stream_playlist(s, w), worker_last(w),
		    sourcecheck_is_flawed(w),
		    sourcecheck_repeats(&s->checks, w));
	sourcecheck_ended(&s->checks, w);
	recorders_ended(&s->recorders, w, worker_last(w)->class == FAIL_DISK);
	if (s->packets != NULL)
		packetlink_ended(s->packets, w);
	if (s->frames != NULL && !plan_is_output(&w->plan))
		framelink_ended(s->frames, w);
	stream_select(s);
}

/* All files are played: the workers after them are done too. */
static void
stream_check_finished(struct stream *s, const struct worker *w)
{
	if ((w->plan.playlist ||
		(w->plan.once && w->plan.writes == LINK_PACKETS)) &&
	    w->state == ST_OFF && s->wanted)
		stream_stop(s);
}

static void
stream_worker_changed(
    struct stream *s, struct worker *w, const struct worker_report *r)
{
	stream_tell(s,
	    &(struct stream_report){ .what = NEWS_CHANGED,
		.worker = w,
		.from = worker_state_names[r->from],
		.to = worker_state_names[w->state],
		.text = r->text });
	if (w->state == ST_UP)
		recorders_up(&s->recorders, w);
	if (w->state == ST_OFF && filescan_is_for(&w->plan))
		filescan_drop(&s->filescans[w->plan.source]);
	if (!worker_is_running(w)) /* it may never have become a program */
		recorders_ended(&s->recorders, w, false);
	sourceset_look(&s->sources);
	stream_review(s);
	stream_check_finished(s, w);
	if (w->state == ST_OFF && stream_is_off(s))
		stream_tell_that(s, NEWS_OFF);
}

static void
stream_said(struct stream *s, struct worker *w, const struct runlog_line *line)
{
	char *file = w->plan.files ? ffout_unopened(line->text) : NULL;

	if (file != NULL)
		playlist_unopened(stream_playlist(s, w), file);
	free(file);
	stream_tell(s,
	    &(struct stream_report){
		.what = NEWS_SAID, .worker = w, .line = line });
	if (sourcecheck_said(&s->checks, w, line->text))
		stream_select(s);
}

/* The event of the workers' owner. */
static void
stream_worker_event(void *ctx, struct worker *w, const struct worker_report *r)
{
	struct stream *s = ctx;

	switch (r->what) {
	case WORKER_STARTED:
		stream_started(s, w, r->in, r->out);
		break;
	case WORKER_FINISH:
		stream_finish(s, w);
		break;
	case WORKER_WROTE:
		recorders_wrote(&s->recorders, w, r->text);
		break;
	case WORKER_SAID:
		stream_said(s, w, r->line);
		break;
	case WORKER_ENDED:
		stream_ended(s, w);
		break;
	case WORKER_OUTDATED:
		stream_tell_that(s, NEWS_OUTDATED);
		break;
	case WORKER_CHANGED:
		stream_worker_changed(s, w, r);
		break;
	}
}

/* A whole frame came in: the producer lives. */
static void
stream_frame(void *ctx)
{
	struct stream *s = ctx;
	struct worker *producer = stream_producer(s);

	if (producer != NULL)
		worker_advanced(producer);
	if (s->gave_up && s->wanted)
		stream_resume(s);
	if (s->reported.state == STREAM_DEGRADED)
		stream_review(s);
}

/* A disk answers, or stopped answering; or an end can be completed. */
static void
stream_disk_changed(void *ctx)
{
	struct stream *s = ctx;

	stream_review(s);
	stream_check_off(s);
}

/* The camera program lives. */
static void
stream_camera_frame(struct stream *s)
{
	struct worker *producer = stream_producer(s);

	if (producer != NULL)
		worker_advanced(producer);
}

/* The event of the packets link. */
static void
stream_packets_event(void *ctx, const struct packetlink_report *r)
{
	struct stream *s = ctx;

	switch (r->what) {
	case PACKETLINK_TABLES:
		stream_tables(s, r->w);
		break;
	case PACKETLINK_AIRED:
		stream_aired(s, r->w);
		break;
	case PACKETLINK_PICTURE:
		stream_camera_frame(s);
		break;
	case PACKETLINK_CHANGED:
		/* the container's header is wrong from here on */
		stream_notice(s, "camera", r->text);
		stream_renew_outputs(s, true);
		break;
	case PACKETLINK_SLATED:
		stream_review(s);
		break;
	}
}

static void
stream_recoded(struct stream *s, const char *text, bool all)
{
	stream_notice(s, "source", text);
	packetlink_cut(s->packets);
	stream_renew_outputs(s, all);
}

/* The event of the sources. */
static void
stream_sources_event(void *ctx, enum sourceset_news what, const char *text)
{
	struct stream *s = ctx;
	struct outputset os;

	switch (what) {
	case SOURCESET_CHOSE:
		stream_select(s);
		break;
	case SOURCESET_RECODED:
	case SOURCESET_RESIZED:
		stream_recoded(s, text, what == SOURCESET_RECODED);
		break;
	case SOURCESET_STEADY:
		os = stream_outputs(s);
		outputset_steady(&os);
		break;
	}
}

/* --- life --------------------------------------------------------------- */

/* Give every worker the profile's policies and secrets. */
static void
stream_set_policies(struct stream *s)
{
	s->owner.name = s->profile->name;
	s->owner.redact = &s->profile->redact;
	s->checks.profile = s->profile;
	s->checks.shape = &s->plan.shape;
	s->sources.policy = (struct failover_policy){
		.prefer_ms = s->profile->prefer_after,
		.hot = s->profile->standby,
	};
	for (size_t i = 0; i < s->plan.n_workers; i++) {
		struct worker_policy policy =
		    launch_policy(s->profile, &s->workers[i]->plan);

		worker_set_policy(s->workers[i], &policy);
		if (plan_is_output(&s->workers[i]->plan))
			packetlink_set_lag(s->packets, s->workers[i],
			    stream_output_of(s, s->workers[i])->lag);
		if (s->workers[i]->plan.output >= 0)
			recorders_set(&s->recorders, s->workers[i], s->profile,
			    (size_t)s->workers[i]->plan.output,
			    !s->workers[i]->plan.spare);
	}
}

/* Make the packets link of the plan, if it has one, and the choice among its
 * sources. */
static void
stream_make_packets(struct stream *s)
{
	struct packetlink_host packets = {
		.event = stream_packets_event, .notice = stream_notice, .ctx = s
	};
	struct sourceset_host sources = {
		.event = stream_sources_event, .notice = stream_notice, .ctx = s
	};

	if (plan_link(&s->plan, LINK_PACKETS) != NULL)
		s->packets = packetlink_new(s->loop, s->profile, &s->plan.shape,
		    s->host->ffmpeg, &packets);
	sourceset_init(&s->sources, s->loop, s->packets, &sources);
	s->checks = (struct sourcecheck){
		.packets = s->packets, .notice = stream_notice, .ctx = s
	};
}

/* Make the frames link, if the plan has one. 0, or -1 with errno: no memory or
 * no descriptor now. */
static int
stream_make_frames(struct stream *s)
{
	struct framelink_host host = {
		.frame = stream_frame,
		.notice = stream_notice,
		.painter = s->host->painter,
		.ctx = s,
	};
	const struct plan_link *link = plan_link(&s->plan, LINK_FRAMES);

	if (link == NULL)
		return 0;
	s->frames =
	    framelink_new(s->loop, s->profile, link, &host, s->host->ffmpeg);
	return s->frames == NULL ? -1 : 0;
}

/* --- starting a worker -------------------------------------------------- */

/* Make the parts that could not be made with the stream. 0, or -1 with
 * *cause. */
static int
stream_complete(struct stream *s, char **cause)
{
	if (s->frames != NULL)
		return 0;
	if (stream_make_frames(s) == -1) {
		*cause = xasprintf(
		    "out of memory for its frames: %s", strerror(errno));
		return -1;
	}
	if (s->frames != NULL)
		framelink_open(s->frames, s->host->control);
	return 0;
}

/* Take the file, or make the list of files, for a worker to play. 0, or -1 with
 * *cause. */
static int
stream_choose_files(struct stream *s, struct worker *w, struct worker_launch *l,
    struct plan_worker *plan, char **cause)
{
	struct playlist *pl = stream_playlist(s, w);

	l->fail = FAIL_INPUT;
	if (filescan_take(&s->filescans[w->plan.source], &plan->in, cause) ==
	    -1)
		return -1;
	l->fail = FAIL_MEMORY;
	if (plan->in == STDIN_LIST) {
		l->stdin_fd = playlist_list(pl, cause);
		if (l->stdin_fd == -1)
			return -1;
	}
	l->fail = FAIL_SPAWN;
	plan->file = pl->file;
	plan->part = pl->part;
	return 0;
}

static int
stream_prepare(
    void *ctx, struct worker *w, struct worker_launch *l, char **cause)
{
	struct stream *s = ctx;
	struct plan_worker plan = w->plan;

	l->fail = FAIL_MEMORY;
	if (stream_complete(s, cause) == -1)
		return -1;
	l->fail = FAIL_SPAWN;
	if (filescan_is_for(&plan) &&
	    stream_choose_files(s, w, l, &plan, cause) == -1)
		return -1;
	w->plan.to = plan.to = recorders_begin(&s->recorders, w);
	l->directory = recorders_directory(&s->recorders, w);
	launch_prepare(l, s->profile, &plan, s->host->ffmpeg);
	return 0;
}

/* Make the recorders and the filescans. */
static void
stream_make_disks(struct stream *s)
{
	struct filescan_host host = { .notice = stream_notice,
		.ready = stream_files_ready,
		.changed = stream_disk_changed,
		.ctx = s };

	recorders_init(&s->recorders, s->loop,
	    &(struct recorder_host){ .notice = stream_notice,
		.changed = stream_disk_changed,
		.ctx = s });
	for (size_t i = 0; i < NELEM(s->filescans); i++)
		filescan_init(&s->filescans[i], s->loop, &host);
}

struct worker *
stream_make_worker(struct stream *s, const struct plan_worker *plan)
{
	struct worker *w = xcalloc(1, sizeof(*w));

	worker_init(w, plan, &s->owner, s->loop);
	return w;
}

struct stream *
stream_new(
    struct profile *p, const struct stream_host *host, struct ev_loop *loop)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	s->profile = p;
	s->host = host;
	s->loop = loop;
	TAILQ_INIT(&s->gone);
	s->since_ms = mono_ms();
	s->since_wall = wall_ms();
	plan_make(&s->plan, p);
	stream_make_packets(s);
	stream_make_frames(s); /* else it is tried again before each start */
	stream_make_disks(s);
	s->owner = (struct worker_owner){
		.starts = host->starts,
		.receivers = host->receivers,
		.event = stream_worker_event,
		.prepare = stream_prepare,
		.hold = stream_hold,
		.more = stream_more,
		.ctx = s,
	};
	if (s->packets != NULL)
		s->owner.flow = packetlink_flow(s->packets);
	s->workers = xcalloc(s->plan.n_workers, sizeof(*s->workers));
	for (size_t i = 0; i < s->plan.n_workers; i++)
		s->workers[i] = stream_make_worker(s, &s->plan.workers[i]);
	sourceset_set(&s->sources, s->workers, s->plan.n_workers);
	stream_set_policies(s);
	return s;
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	sourceset_stop(&s->sources);
	for (size_t i = 0; i < s->plan.n_workers; i++)
		stream_dismiss(s->workers[i]);
	recorders_clear(&s->recorders);
	stream_bury_gone(s);
	framelink_free(s->frames);
	packetlink_free(s->packets);
	free(s->workers);
	for (size_t i = 0; i < NELEM(s->filescans); i++)
		filescan_clear(&s->filescans[i]);
	profile_free(s->next);
	profile_free(s->profile);
	free(s);
}

bool
stream_is_due(const struct stream *s, const struct worker *w)
{
	return s->wanted && !(s->gave_up && stream_is_broadcast(w)) &&
	    sourceset_is_due(&s->sources, w);
}

/* It should run from now on: open the intakes, unless they are open. */
static void
stream_open(struct stream *s)
{
	if (!s->wanted && s->packets != NULL)
		packetlink_cut(s->packets); /* it is another broadcast */
	s->wanted = true;
	stream_hope(s);
	stream_open_files(s);
	if (s->frames != NULL)
		framelink_open(s->frames, s->host->control);
	if (s->packets != NULL)
		packetlink_open(s->packets, s->host->control);
}

void
stream_start(struct stream *s)
{
	if (!s->wanted)
		sourceset_start(&s->sources);
	stream_open(s);
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (stream_is_due(s, s->workers[i]))
			worker_start(s->workers[i]);
	stream_review(s);
}

void
stream_stop(struct stream *s)
{
	s->wanted = false;
	sourceset_stop(&s->sources);
	s->gave_up = false;
	if (s->packets != NULL)
		packetlink_stop(s->packets);
	for (size_t i = 0; i < s->plan.n_workers; i++)
		worker_stop(s->workers[i]);
	stream_review(s);
}

void
stream_restart(struct stream *s)
{
	stream_open(s);
	sourceset_start(&s->sources);
	for (size_t i = 0; i < s->plan.n_workers; i++) {
		if (stream_is_due(s, s->workers[i]))
			worker_restart(s->workers[i]);
		else
			worker_stop(s->workers[i]);
	}
	stream_review(s);
}

void
stream_hurry(struct stream *s)
{
	struct worker *w;

	TAILQ_FOREACH(w, &s->gone, entry)
		worker_hurry(w);
	for (size_t i = 0; i < s->plan.n_workers; i++)
		worker_hurry(s->workers[i]);
}

bool
stream_retry(struct stream *s)
{
	bool any = s->wanted && s->gave_up;

	stream_forgive_files(s);
	if (any)
		stream_resume(s);
	for (size_t i = 0; s->wanted && i < s->plan.n_workers; i++) {
		struct worker *w = s->workers[i];

		if (w->state != ST_WAITING && w->state != ST_HELD)
			continue;
		worker_start(w);
		any = true;
	}
	return any;
}

void
stream_apply_live(struct stream *s, struct profile *p)
{
	struct profile *old = s->profile;

	s->profile = p;
	stream_set_policies(s);
	if (s->frames != NULL)
		framelink_set_profile(s->frames, p);
	if (s->packets != NULL)
		packetlink_set_profile(s->packets, p);
	profile_free(old);
}
