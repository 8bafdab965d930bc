/* SPDX-License-Identifier: ISC */
/*
 * A stream's workers report here; here they get their command lines, their
 * ends of the links, and their common state.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/url.h"
#include "base/util.h"
#include "ffmpeg/ffclass.h"
#include "ffmpeg/ffout.h"
#include "ffmpeg/ffsink.h"
#include "profile/diff.h"
#include "stream/launch.h"
#include "stream/stream.h"

/* A start of ffmpeg looks this often whether it is known again. */
#define STREAM_PROBING_MS 20

/* --- what the workers add up to ----------------------------------------- */

/* "degraded (hold)": a state and its reason. Caller frees. */
static char *
stream_state_text(const struct verdict *v)
{
	const char *reason = verdict_name(v);

	return xasprintf("%s%s%s%s", stream_state_names[v->state],
	    reason == NULL ? "" : " (", reason == NULL ? "" : reason,
	    reason == NULL ? "" : ")");
}

/* Judge again, and tell about a change. */
static void
stream_review(struct stream *s)
{
	struct verdict from = s->told, to = stream_verdict(s);
	char *was, *is, *text, span[UTIL_SPAN_LEN];
	int64_t now = mono_ms();

	if (verdict_same(&from, &to))
		return;
	was = stream_state_text(&from);
	is = stream_state_text(&to);
	text = xasprintf("%s: %s -> %s, after %s", s->profile->name, was, is,
	    util_span(now - s->since_ms, span));
	s->told = to;
	s->since_ms = now;
	s->since_wall = wall_ms();
	s->host->changed(s->host->ctx, s, NULL, stream_state_names[from.state],
	    stream_state_names[to.state], text);
	free(was);
	free(is);
	free(text);
}

/* Whether a worker belongs to what is sent, not to what brings pictures. */
static bool
stream_is_broadcast(const struct worker *w)
{
	return w->plan.role == ROLE_ENCODER || w->plan.role == ROLE_OUTPUT;
}

/* The patience with who brings pictures is new. */
static void
stream_hope(struct stream *s)
{
	s->gave_up = false;
	if (s->frames != NULL)
		framelink_hope(s->frames);
}

/* Begin the broadcast again that was ended for want of pictures. */
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

/* End the broadcast when no pictures have come for too long; begin again when
 * some come. (The frames link tells that by itself, at once.) */
static void
stream_check_pictures(struct stream *s)
{
	if (s->wanted && s->gave_up && s->frames == NULL &&
	    !packetlink_is_slated(s->packets))
		stream_resume(s);
	if (!s->wanted || s->gave_up || !stream_is_hopeless(s))
		return;
	s->gave_up = true;
	s->host->notice(s->host->ctx, s, "pictures",
	    "no pictures for too long, the broadcast is ended until some come");
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

/* Whether what an end has to wait for is done. */
static void
stream_check_off(struct stream *s)
{
	if (s->wanted || !stream_is_off(s))
		return;
	stream_review(s);
	s->host->off(s->host->ctx, s);
}

static void stream_check_strange(struct worker *w);
static bool stream_hears(const struct stream *s, const struct worker *w);
static void stream_check_hearing(struct stream *s, struct worker *w);

void
stream_tick(struct stream *s)
{
	stream_bury_gone(s);
	recorders_tick(&s->recorders);
	for (size_t i = 0; i < NELEM(s->filescans); i++)
		filescan_tick(&s->filescans[i]);
	if (s->frames != NULL)
		framelink_tick(s->frames);
	if (s->packets != NULL)
		packetlink_tick(s->packets);
	if (s->frames != NULL || s->packets != NULL)
		stream_check_pictures(s);
	sourceset_tick(&s->sources);
	for (size_t i = 0; i < s->plan.n_workers; i++) {
		stream_check_strange(s->workers[i]);
		if (stream_hears(s, s->workers[i]))
			stream_check_hearing(s, s->workers[i]);
	}
	if (s->frames != NULL || s->packets != NULL)
		stream_review(s);
	if (s->told.state == STREAM_STOPPING)
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

static void
stream_notice(void *ctx, const char *kind, const char *text)
{
	struct stream *s = ctx;

	s->host->notice(s->host->ctx, s, kind, text);
}

/* Where a worker stands in its source's files. */
static struct playlist *
stream_playlist(struct stream *s, const struct worker *w)
{
	struct playlist *pl = &s->filescans[w->plan.source].list;

	pl->source = profile_source_at(s->profile, (size_t)w->plan.source);
	return pl;
}

/* What the files of a source are is known: who waits for it goes on. */
static void
stream_shelf_ready(void *ctx, const struct filescan *sh)
{
	struct stream *s = ctx;

	for (size_t i = 0; i < s->plan.n_workers; i++) {
		struct worker *w = s->workers[i];

		if (filescan_is_for(&w->plan) &&
		    sh == &s->filescans[w->plan.source])
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

/* They are played because somebody wants that. */
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

/* The relay passes on what the encoder makes that is fed, or what the source
 * brings. */
static void
stream_select(struct stream *s)
{
	struct worker *w = stream_sender(s);

	if (s->packets == NULL)
		return;
	/* what it sends until it is started anew is not fit for the outputs */
	packetlink_select(s->packets,
	    (w->plan.recode || w->plan.silence) && w->replace ? NULL : w);
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
stream_wrote(void *ctx, struct worker *w, const char *line)
{
	struct stream *s = ctx;

	recorders_wrote(&s->recorders, w, line);
}

/* --- sound that is announced and does not come ----------------------------- */

/* Whether the sound of the sources is to be sent. */
static bool
stream_wants_sound(const struct stream *s)
{
	const struct profile_audio *a = &s->profile->audio;

	return !a->key.set || a->key.word == AUDIO_AUTO ||
	    a->key.word == AUDIO_COPY;
}

/* Whether a worker reads a source with its sound, by arguments of ours. */
static bool
stream_hears(const struct stream *s, const struct worker *w)
{
	return (w->plan.role == ROLE_SOURCE || w->plan.role == ROLE_DIRECT) &&
	    s->profile->args.n == 0 && stream_wants_sound(s) &&
	    (w->plan.deaf || !w->plan.silence);
}

/* Say with or without what the source is started anew. */
static void
stream_tell_hearing(struct stream *s, const struct worker *w)
{
	char *text = xasprintf("%s: %s", w->plan.name,
	    w->plan.deaf
		? "it announces sound and sends none: sent without sound"
		: "it is tried with its sound again");

	s->host->notice(s->host->ctx, s, "sound", text);
	free(text);
}

/* Start it anew where its sound keeps it off air, or may be back. */
static void
stream_check_hearing(struct stream *s, struct worker *w)
{
	struct soundcheck *h = &s->soundchecks[w->plan.source];
	int64_t now = mono_ms();
	int64_t up = w->state == ST_UP ? now - w->since_ms : -1;

	if (!worker_is_running(w) || w->state == ST_STOPPING ||
	    soundcheck_look(h, w->plan.deaf, up, now) == SOUNDCHECK_STAY)
		return;
	w->plan.deaf = !w->plan.deaf;
	stream_tell_hearing(s, w);
	worker_restart(w);
	stream_select(s);
}

/* A run is over; the next one may have to do without sound. */
static void
stream_end_hearing(struct stream *s, struct worker *w)
{
	const struct ending *e = worker_last(w);
	bool deaf;

	if (!stream_hears(s, w) || e->class == FAIL_NONE)
		return; /* we ended it: it is known what for */
	deaf = soundcheck_end(
	    &s->soundchecks[w->plan.source], w->plan.deaf, e->media_ms >= 0);
	if (deaf == w->plan.deaf)
		return;
	w->plan.deaf = deaf;
	stream_tell_hearing(s, w);
}

static void
stream_started(void *ctx, struct worker *w, int in, int out)
{
	struct stream *s = ctx;

	if (w->plan.writes == LINK_PACKETS)
		packetlink_started(s->packets, w, out);
	if (w->plan.role == ROLE_OUTPUT) {
		w->video = s->sources.video;
		packetlink_outlet_started(
		    s->packets, w, in, stream_output_of(s, w)->record != NULL);
	} else if (s->frames != NULL)
		framelink_started(s->frames, w, in, out);
	if (stream_hears(s, w))
		soundcheck_begin(&s->soundchecks[w->plan.source]);
	stream_select(s);
}

static void
stream_outdated(void *ctx, struct worker *w UNUSED)
{
	struct stream *s = ctx;

	s->host->outdated(s->host->ctx);
}

static void
stream_finish(void *ctx, struct worker *w)
{
	struct stream *s = ctx;

	if (w->plan.role == ROLE_OUTPUT)
		packetlink_finish(s->packets, w);
	else if (s->frames != NULL)
		framelink_finish(s->frames, w);
}

static int64_t
stream_given(void *ctx, struct worker *w)
{
	struct stream *s = ctx;

	return packetlink_given_ms(s->packets, w);
}

static int64_t
stream_stuck(void *ctx, struct worker *w)
{
	struct stream *s = ctx;
	struct relay_inlet_stats st;

	if (w->plan.writes != LINK_PACKETS ||
	    !packetlink_inlet_stats(s->packets, w, &st))
		return 0;
	return st.frozen_since_ms;
}

/* What a source's sound lacks, for a person, and noted in its plan; NULL: it is
 * as the outputs need it. Sound that is no AAC is not taken by most of them;
 * some platforms show nothing without any. */
static const char *
stream_sound_lacks(
    const struct stream *s, struct worker *w, const struct ts *ts)
{
	int audio = ts_audio(ts);

	if (audio == -1) {
		if (w->plan.silence || !s->plan.shape.adds_silence)
			return NULL;
		w->plan.silence = true;
		return "it has no sound, and gets silence from now on";
	}
	if (w->plan.recode ||
	    (ts->streams[audio].codec == TS_CODEC_AAC &&
		!ts_is_nameless(&ts->streams[audio])))
		return NULL;
	w->plan.recode = true;
	return ts->streams[audio].codec == TS_CODEC_AAC
	    ? "its sound has channels that who joins later cannot know, and is "
	      "made stereo from now on"
	    : "its sound is no AAC and is made AAC from now on";
}

/* Sound that has to be made is made once for all outputs, from a new start of
 * the source on. */
static void
stream_check_sound(struct stream *s, struct worker *w)
{
	const struct profile_audio *audio = &s->profile->audio;
	struct relay_inlet_stats st;
	const char *lacks;

	if (w->plan.role != ROLE_SOURCE ||
	    (audio->key.set && audio->key.word != AUDIO_AUTO) ||
	    !packetlink_inlet_stats(s->packets, w, &st))
		return;
	lacks = stream_sound_lacks(s, w, st.ts);
	if (lacks == NULL)
		return;
	log_info("%s/%s: %s", s->profile->name, w->plan.name, lacks);
	worker_restart(w);
	stream_select(s);
}

/* RTMP carries H.264 alone: say it before ffmpeg's words for it come. */
static void
stream_check_carrier(struct stream *s, const struct worker *w)
{
	const struct profile_output *o;
	struct relay_inlet_stats st;
	int video;

	if (!packetlink_inlet_stats(s->packets, w, &st))
		return;
	video = ts_video(st.ts);
	if (video == -1 || st.ts->streams[video].codec != TS_CODEC_H265)
		return;
	for (size_t i = 0; (o = profile_output(s->profile, i)) != NULL; i++) {
		if (!url_is_rtmp(o->url))
			continue;
		s->host->notice(s->host->ctx, s, "codec",
		    "the source sends H.265, and RTMP carries H.264: encode "
		    "it, \"video\": { \"encoder\": \"libx264\" }, or send to "
		    "rtsp or srt");
		return;
	}
}

/* Whether an output is down for what it was sent, which may have been another
 * thing than what comes now. */
static bool
stream_has_choked(const struct worker *w)
{
	const struct ending *e = worker_last(w);

	return (w->state == ST_WAITING || w->state == ST_HELD) && e != NULL &&
	    (e->policy == POLICY_SLOW || e->class == FAIL_CODEC ||
		e->class == FAIL_INPUT || e->class == FAIL_GEOMETRY);
}

/* Something else comes now: those that could not do with what came before try
 * again at once. */
static void
stream_retry_outputs(struct stream *s)
{
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (s->workers[i]->plan.role == ROLE_OUTPUT &&
		    stream_has_choked(s->workers[i]))
			worker_start(s->workers[i]);
}

/* Frames that nobody can decode come from a source whose sender has become
 * another: a new start reads what it is. */
static void
stream_replace_alien(struct worker *w)
{
	worker_replace(w, "it sends another codec than at its start");
}

/* Frames that never were what the tables say: a new start would read the same.
 * Said once, until a run is as it says. */
static void
stream_tell_mislabelled(
    struct stream *s, const struct worker *w, const struct ts *ts)
{
	static const char *const names[N_TS_CODECS] = { [TS_CODEC_H264] =
							    "H.264",
		[TS_CODEC_H265] = "H.265",
		[TS_CODEC_MPEG2] = "MPEG-2" };
	const struct ts_stream *video = &ts->streams[ts_video(ts)];
	char *text;

	if (s->mislabelled[w->plan.source])
		return;
	s->mislabelled[w->plan.source] = true;
	text = xasprintf("%s: the source's tables say %s, its frames are %s",
	    w->plan.name, names[video->codec], names[video->seen]);
	s->host->notice(s->host->ctx, s, "codec", text);
	free(text);
}

static void
stream_check_alien(struct stream *s, struct worker *w)
{
	struct relay_inlet_stats st;
	int video;

	if (w->plan.role != ROLE_SOURCE ||
	    !packetlink_inlet_stats(s->packets, w, &st))
		return;
	video = ts_video(st.ts);
	if (st.alien)
		stream_replace_alien(w);
	else if (ts_is_mislabelled(st.ts))
		stream_tell_mislabelled(s, w, st.ts);
	else if (video != -1 && st.ts->streams[video].fits)
		s->mislabelled[w->plan.source] = false;
}

/* An ffmpeg's words tell it of a direct copy, and of a source whose parameter sets
 * are not found in its frames. */
static void
stream_check_strange(struct worker *w)
{
	if (w->state == ST_UP && w->plan.ffmpeg &&
	    (w->plan.role == ROLE_DIRECT || w->plan.role == ROLE_SOURCE) &&
	    complaints_look(&w->strange, w->progress.frame))
		stream_replace_alien(w);
}

/* What an upstream sends is known. */
static void
stream_tables(void *ctx, struct worker *w)
{
	struct stream *s = ctx;

	sourceset_tables(&s->sources, w);
	stream_check_alien(s, w);
	stream_check_sound(s, w);
	stream_check_carrier(s, w);
	if (w == stream_sender(s))
		stream_retry_outputs(s);
	sourceset_look(&s->sources);
}

static void
stream_aired(void *ctx, struct worker *w)
{
	struct stream *s = ctx;

	sourceset_aired(&s->sources, w);
	stream_retry_outputs(s);
	stream_review(s);
}

/* A playlist's file is over. One that was not played to its end is named: the
 * next one's turn comes, and nobody else would know which it was. */
static void
stream_check_file(struct stream *s, const struct worker *w)
{
	const struct ending *e = worker_last(w);
	struct playlist *pl = stream_playlist(s, w);
	char *text;

	if (!w->plan.playlist)
		return;
	playlist_begun(pl);
	if (e->class == FAIL_NONE ||
	    (e->class == FAIL_ENDED && e->media_ms >= 0))
		return;
	text = xasprintf("%s was not played: %s", pl->last,
	    e->class == FAIL_ENDED ? "it has no pictures" : e->text);
	s->host->notice(s->host->ctx, s, "file", text);
	free(text);
}

static void
stream_ended(void *ctx, struct worker *w)
{
	struct stream *s = ctx;

	stream_check_file(s, w);
	stream_end_hearing(s, w);
	if (worker_last(w)->media_ms >= 0)
		w->plan.study = false;
	recorders_ended(&s->recorders, w, worker_last(w)->class == FAIL_DISK);
	if (s->packets != NULL)
		packetlink_ended(s->packets, w);
	if (s->frames != NULL && w->plan.role != ROLE_OUTPUT)
		framelink_ended(s->frames, w);
	stream_select(s);
}

/* The files are through: the work of those behind them is done too. */
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
    void *ctx, struct worker *w, enum worker_state from, const char *text)
{
	struct stream *s = ctx;

	s->host->changed(s->host->ctx, s, w, worker_state_names[from],
	    worker_state_names[w->state], text);
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
		s->host->off(s->host->ctx, s);
}

/* Whether a run said what its output is. */
static bool
stream_has_output(const struct worker *w)
{
	const struct runlog_run *run = runlog_last(&w->log);

	for (size_t i = 0; run != NULL && i < run->n; i++)
		if (ffout_track(runlog_line(run, i)->text) ==
		    FFOUT_TRACK_OUTPUT)
			return true;
	return false;
}

/* Whether the source has got sound where silence is made for it. What it only
 * announces is none. */
static bool
stream_is_loud(const struct worker *w, enum ffout_track track)
{
	return w->plan.silence && !w->plan.deaf &&
	    (track == FFOUT_TRACK_LATE_SOUND ||
		(track == FFOUT_TRACK_SOUND && !stream_has_output(w)));
}

/* Whether a track came to the source that it did not have when it was started,
 * and that ffmpeg leaves out. Where a new start did not help, the next one would
 * not either. */
static bool
stream_is_late(const struct stream *s, struct worker *w, enum ffout_track track)
{
	struct relay_inlet_stats st;

	if (s->retuned[w->plan.source] == w->runs ||
	    !packetlink_inlet_stats(s->packets, w, &st) || !ts_is_ready(st.ts))
		return false;
	if (track == FFOUT_TRACK_LATE_SOUND)
		return ts_audio(st.ts) == -1 && stream_wants_sound(s);
	return track == FFOUT_TRACK_LATE_VIDEO && ts_video(st.ts) == -1;
}

/* A source may have a track now that it did not have when it was started. */
static void
stream_check_track(struct stream *s, struct worker *w, const char *line)
{
	enum ffout_track track = ffout_track(line);
	bool loud, late;

	if (track == FFOUT_TRACK_NONE || w->plan.role != ROLE_SOURCE ||
	    w->plan.writes != LINK_PACKETS || w->replace || !w->wanted)
		return;
	loud = stream_is_loud(w, track);
	late = stream_is_late(s, w, track);
	if (!loud && !late)
		return;
	if (late)
		s->retuned[w->plan.source] = w->runs + 1;
	if (loud)
		w->plan.silence = false;
	log_info("%s/%s: %s", s->profile->name, w->plan.name,
	    loud ? "it has sound now, and gets no silence any more"
		 : "a track came that it did not have before");
	worker_restart(w);
	stream_select(s);
}

/* What ffmpeg has not found out of a source in time: its sound may be left out,
 * its next key frame may be waited for. */
static void
stream_check_unknown(struct stream *s, struct worker *w, enum ffout_track track)
{
	if (track == FFOUT_TRACK_UNKNOWN_SOUND && stream_hears(s, w))
		soundcheck_unknown(&s->soundchecks[w->plan.source], mono_ms());
	if (track == FFOUT_TRACK_UNKNOWN_VIDEO && w->plan.role == ROLE_DIRECT)
		w->plan.study = true;
}

static void
stream_said(void *ctx, struct worker *w, const struct runlog_line *line)
{
	struct stream *s = ctx;
	char *file = w->plan.files ? ffout_unopened(line->text) : NULL;

	if (file != NULL)
		playlist_unopened(stream_playlist(s, w), file);
	free(file);
	s->host->said(s->host->ctx, s, w, line);
	stream_check_unknown(s, w, ffout_track(line->text));
	stream_check_track(s, w, line->text);
}

static int64_t
stream_reserve(void *ctx)
{
	struct stream *s = ctx;

	return s->host->reserve(s->host->ctx);
}

/* A whole picture came in: the producer lives. */
static void
stream_picture(void *ctx)
{
	struct stream *s = ctx;
	struct worker *producer = stream_producer(s);

	if (producer != NULL)
		worker_advanced(producer);
	if (s->gave_up && s->wanted)
		stream_resume(s);
	if (s->told.state == STREAM_DEGRADED)
		stream_review(s);
}

/* A disk answers, or does not any more; or what an end had to wait for is
 * done. */
static void
stream_disk_changed(void *ctx)
{
	struct stream *s = ctx;

	stream_review(s);
	stream_check_off(s);
}

static void
stream_slated(void *ctx)
{
	stream_review(ctx);
}

/* Whether an output said at its beginning what frames are like, and they are not. */
static bool
stream_is_stale(const struct stream *s, struct worker *w)
{
	return tracks_is_stale(&w->video, s->sources.video) &&
	    !ffsink_bears_change(stream_output_of(s, w));
}

/* The outputs have to begin anew with what comes now; or, without `all`, those
 * that are stale. */
static void
stream_renew_outputs(struct stream *s, bool all)
{
	for (size_t i = 0; i < s->plan.n_workers; i++) {
		struct worker *w = s->workers[i];

		if (w->plan.role != ROLE_OUTPUT || !worker_is_running(w) ||
		    (!stream_is_stale(s, w) && !all))
			continue;
		w->video = s->sources.video; /* what it is to begin with */
		worker_restart(w);
	}
	stream_retry_outputs(s);
}

/* The camera program lives. */
static void
stream_camera_picture(void *ctx)
{
	struct stream *s = ctx;
	struct worker *producer = stream_producer(s);

	if (producer != NULL)
		worker_advanced(producer);
}

/* What a container says of its pictures at its beginning is wrong from here
 * on: the outputs have to begin again. */
static void
stream_camera_changed(void *ctx, const char *text)
{
	struct stream *s = ctx;

	s->host->notice(s->host->ctx, s, "camera", text);
	stream_renew_outputs(s, true);
}

/* --- life --------------------------------------------------------------- */

/* The profile's policies, as one role takes them. */
static struct worker_policy
stream_policy(const struct profile *p, enum role role)
{
	const struct profile_restart *r = &p->restart;

	return (struct worker_policy){
		.backoff = {
			.min_ms = r->min,
			.max_ms = r->max,
			.auth_min_ms = r->auth.min,
			.auth_max_ms = r->auth.max,
			.device_min_ms = r->device.min,
			.device_max_ms = r->device.max,
			.slow_min_ms = 4 * r->min,
			.slow_max_ms = r->max * 2 / 3,
			.held_ms = r->held,
			.factor = r->factor,
			.jitter = r->jitter,
			.healthy_ms = r->healthy,
		},
		.start_ms = role == ROLE_PRODUCER ? p->watchdog.producer
						  : p->watchdog.start,
		.stall_ms = p->watchdog.stall,
		.grace_ms = p->stop.grace,
		.log_lines = (size_t)p->logs.lines,
		.log_runs = (size_t)p->logs.runs,
	};
}

/* Give every worker the profile's policies and secrets. */
static void
stream_set_policies(struct stream *s)
{
	s->owner.name = s->profile->name;
	s->owner.redact = &s->profile->redact;
	s->sources.policy = (struct failover_policy){
		.prefer_ms = s->profile->prefer_after,
		.hot = s->profile->standby,
	};
	for (size_t i = 0; i < s->plan.n_workers; i++) {
		struct worker_policy policy =
		    stream_policy(s->profile, s->workers[i]->plan.role);

		worker_set_policy(s->workers[i], &policy);
		if (s->workers[i]->plan.role == ROLE_OUTPUT)
			packetlink_set_lag(s->packets, s->workers[i],
			    stream_output_of(s, s->workers[i])->lag);
		if (s->workers[i]->plan.output >= 0)
			recorders_set(&s->recorders, s->workers[i], s->profile,
			    (size_t)s->workers[i]->plan.output,
			    !s->workers[i]->plan.spare);
	}
}

static void
stream_choose(void *ctx)
{
	stream_select(ctx);
}

static void
stream_recoded(void *ctx, const char *text, bool all)
{
	struct stream *s = ctx;

	s->host->notice(s->host->ctx, s, "source", text);
	packetlink_cut(s->packets);
	stream_renew_outputs(s, all);
}

/* An output that began while frames of another size were there for a moment. */
static void
stream_steady(void *ctx)
{
	struct stream *s = ctx;
	struct worker *w;

	for (size_t i = 0; i < s->plan.n_workers; i++) {
		w = s->workers[i];
		if (w->plan.role != ROLE_OUTPUT || !worker_is_running(w) ||
		    !stream_is_stale(s, w))
			continue;
		log_info("%s/%s: it began with frames of another size or "
			 "profile, and is started anew",
		    s->profile->name, w->plan.name);
		w->video = s->sources.video;
		worker_restart(w);
	}
}

/* Make the packets link of the plan, if it has one, and what chooses among its
 * sources. */
static void
stream_make_packets(struct stream *s)
{
	struct packetlink_host packets = { .tables = stream_tables,
		.aired = stream_aired,
		.picture = stream_camera_picture,
		.changed = stream_camera_changed,
		.slated = stream_slated,
		.notice = stream_notice,
		.ctx = s };
	struct sourceset_host sources = {
		.select = stream_choose,
		.recoded = stream_recoded,
		.steady = stream_steady,
		.notice = stream_notice,
		.ctx = s,
	};

	if (plan_link(&s->plan, LINK_PACKETS) != NULL)
		s->packets = packetlink_new(s->loop, s->profile, &s->plan.shape,
		    s->host->ffmpeg, &packets);
	sourceset_init(&s->sources, s->loop, s->packets, &sources);
}

/* Make the frames link, if the plan has one. 0, or -1 with errno: memory or a
 * descriptor cannot be had now. */
static int
stream_make_frames(struct stream *s)
{
	struct framelink_host host = {
		.picture = stream_picture, .notice = stream_notice, .ctx = s
	};
	const struct plan_link *link = plan_link(&s->plan, LINK_FRAMES);

	if (link == NULL)
		return 0;
	s->frames =
	    framelink_new(s->loop, s->profile, link, &host, s->host->ffmpeg);
	return s->frames == NULL ? -1 : 0;
}

/* --- starting a worker -------------------------------------------------- */

/* Make what could not be made with the stream. 0, or -1 with *cause. */
static int
stream_complete(struct stream *s, char **cause)
{
	if (s->frames != NULL)
		return 0;
	if (stream_make_frames(s) == -1) {
		*cause = xasprintf(
		    "making room for its pictures: %s", strerror(errno));
		return -1;
	}
	if (s->frames != NULL)
		framelink_open(s->frames, s->host->control);
	return 0;
}

/* Take the file, or make the list of files, that a worker is to play. 0, or -1
 * with *cause. */
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

/* Make what looks after outputs, and files, on disks of ours. */
static void
stream_make_disks(struct stream *s)
{
	struct filescan_host host = { .notice = stream_notice,
		.ready = stream_shelf_ready,
		.changed = stream_disk_changed,
		.ctx = s };

	recorders_init(&s->recorders, s->loop,
	    &(struct recorder_host){ .notice = stream_notice,
		.changed = stream_disk_changed,
		.ctx = s });
	for (size_t i = 0; i < NELEM(s->filescans); i++)
		filescan_init(&s->filescans[i], s->loop, &host);
}

/* A worker for a place in the plan. */
static struct worker *
stream_hire(struct stream *s, const struct plan_worker *plan)
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
		.prepare = stream_prepare,
		.started = stream_started,
		.finish = stream_finish,
		.given = stream_given,
		.stuck = stream_stuck,
		.hold = stream_hold,
		.wrote = stream_wrote,
		.more = stream_more,
		.outdated = stream_outdated,
		.ended = stream_ended,
		.changed = stream_worker_changed,
		.said = stream_said,
		.reserve = stream_reserve,
		.ctx = s,
	};
	s->workers = xcalloc(s->plan.n_workers, sizeof(*s->workers));
	for (size_t i = 0; i < s->plan.n_workers; i++)
		s->workers[i] = stream_hire(s, &s->plan.workers[i]);
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

/* Whether a worker is to run now, by the stream's state. */
static bool
stream_is_due(const struct stream *s, const struct worker *w)
{
	return s->wanted && !(s->gave_up && stream_is_broadcast(w)) &&
	    sourceset_is_due(&s->sources, w);
}

/* It is to run from now on: open the ways in, unless they are. */
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

/* The output of that name, or -1. */
static int
stream_find_output(const struct profile *p, const char *name)
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
stream_keeps(const struct worker *w, const struct profile *now,
    const struct profile *then)
{
	int to;

	if ((w->plan.role == ROLE_PRODUCER || w->plan.role == ROLE_SOURCE) &&
	    w->plan.writes != LINK_PACKETS)
		return true;
	if (w->plan.role == ROLE_SOURCE)
		return diff_same_source(
		    now, (size_t)w->plan.source, then, (size_t)w->plan.source);
	if (w->plan.role != ROLE_OUTPUT)
		return w->plan.writes == LINK_PACKETS &&
		    diff_same_media(now, then);
	to = stream_find_output(then, w->plan.name);
	return to != -1 &&
	    diff_same_output(now, (size_t)w->plan.output, then, (size_t)to);
}

/* Take a worker of that role and name out of the array, or NULL. */
static struct worker *
stream_take(struct worker **v, size_t n, const struct plan_worker *plan)
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

/* An output is no longer in the profile. It is freed when it is dead. */
static void
stream_retire(struct stream *s, struct worker *w)
{
	TAILQ_INSERT_TAIL(&s->gone, w, entry);
	recorders_retire(&s->recorders, w);
	worker_stop(w);
}

static bool
stream_is_gone(const struct stream *s, const struct worker *w)
{
	const struct worker *g;

	TAILQ_FOREACH(g, &s->gone, entry)
		if (g == w)
			return true;
	return false;
}

/* Give a worker its place in a new plan; what was learnt of its sound stays. */
static void
stream_move(struct worker *w, const struct plan_worker *plan)
{
	bool recode = w->plan.recode, deaf = w->plan.deaf;
	bool study = w->plan.study;
	bool silence = w->plan.role == ROLE_SOURCE && w->plan.silence;

	w->plan = *plan;
	w->plan.recode = recode;
	w->plan.silence |= silence;
	w->plan.deaf = deaf;
	w->plan.study = study;
}

/* Make the workers those of a new plan: the ones that are in both stay. */
static void
stream_replan(struct stream *s, const struct plan *plan)
{
	struct worker **old = s->workers;
	size_t n_old = s->plan.n_workers;

	s->plan = *plan;
	s->workers = xcalloc(plan->n_workers, sizeof(*s->workers));
	for (size_t i = 0; i < plan->n_workers; i++) {
		s->workers[i] = stream_take(old, n_old, &plan->workers[i]);
		if (s->workers[i] == NULL)
			s->workers[i] = stream_hire(s, &plan->workers[i]);
		else
			stream_move(s->workers[i], &plan->workers[i]);
	}
	for (size_t i = 0; i < n_old; i++)
		if (old[i] != NULL)
			stream_retire(s, old[i]);
	free(old);
	sourceset_set(&s->sources, s->workers, s->plan.n_workers);
}

/* Start a worker anew that has got other keys. */
static void
stream_renew(struct worker *w)
{
	worker_forget(w);
	w->plan.recode = w->plan.deaf = w->plan.study = false;
	if (w->plan.role == ROLE_SOURCE)
		w->plan.silence = false;
	if (w->wanted)
		worker_restart(w);
}

void
stream_swap(struct stream *s, struct profile *p)
{
	struct worker *again[PLAN_WORKERS_MAX];
	size_t n = 0;
	struct plan plan;

	for (size_t i = 0; i < s->plan.n_workers; i++) {
		struct worker *w = s->workers[i];

		if (stream_keeps(w, s->profile, p))
			continue;
		again[n++] = w;
		if (filescan_is_for(&w->plan)) /* they may be other files */
			filescan_forget(&s->filescans[w->plan.source]);
	}
	plan_make(&plan, p);
	stream_replan(s, &plan);
	stream_apply_live(s, p);
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (s->workers[i]->runs == 0 &&
		    s->workers[i]->state == ST_OFF &&
		    stream_is_due(s, s->workers[i]))
			worker_start(s->workers[i]);
	for (size_t i = 0; s->wanted && i < n; i++)
		if (!stream_is_gone(s, again[i]))
			stream_renew(again[i]);
	stream_review(s);
}
