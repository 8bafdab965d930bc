/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/url.h"
#include "base/util.h"
#include "ffmpeg/ffout.h"
#include "ffmpeg/ffpace.h"
#include "link/packetlink.h"
#include "process/worker.h"
#include "profile/profile.h"
#include "stream/sourcecheck.h"

/* Begin a source again with another command line: the file that it plays of a
 * list, too. */
static void
sourcecheck_restart(struct sourcecheck *sc, struct worker *w)
{
	sc->again[w->plan.source] = worker_is_running(w);
	worker_restart(w);
}

/* --- announced sound that does not come --------------------------------- */

/* Whether the sound of the sources should be sent. */
static bool
sourcecheck_wants_sound(const struct sourcecheck *sc)
{
	const struct profile_audio *a = &sc->profile->audio;

	return !a->key.set || a->key.word == AUDIO_AUTO ||
	    a->key.word == AUDIO_COPY;
}

/* Whether a worker reads a source with its sound, by arguments of ours. */
static bool
sourcecheck_hears(const struct sourcecheck *sc, const struct worker *w)
{
	return plan_is_reader(&w->plan) && sc->profile->args.n == 0 &&
	    sourcecheck_wants_sound(sc) && (w->plan.deaf || !w->plan.silence);
}

/* Report that the source is restarted with or without its sound. */
static void
sourcecheck_tell_hearing(struct sourcecheck *sc, const struct worker *w)
{
	char *text = xasprintf("%s: %s", w->plan.name,
	    w->plan.deaf
		? "it announces audio but sends none; sent without audio"
		: "retrying with its audio");

	sc->notice(sc->ctx, "sound", text);
	free(text);
}

/* Restart it where its sound keeps it off air, or may be back. */
static bool
sourcecheck_hearing(struct sourcecheck *sc, struct worker *w)
{
	struct soundcheck *h = &sc->sound[w->plan.source];
	int64_t now = mono_ms();
	int64_t up = w->state == ST_UP ? now - w->since_ms : -1;

	if (!worker_is_running(w) || w->state == ST_STOPPING ||
	    soundcheck_look(h, w->plan.deaf, up, now) == SOUNDCHECK_STAY)
		return false;
	w->plan.deaf = !w->plan.deaf;
	sourcecheck_tell_hearing(sc, w);
	sourcecheck_restart(sc, w);
	return true;
}

/* A run is over; the next one may go without sound. */
static void
sourcecheck_end_hearing(struct sourcecheck *sc, struct worker *w)
{
	const struct ending *e = worker_last(w);
	bool deaf;

	if (!sourcecheck_hears(sc, w) || e->class == FAIL_NONE)
		return; /* we ended it, for a known reason */
	deaf = soundcheck_end(
	    &sc->sound[w->plan.source], w->plan.deaf, e->media_ms >= 0);
	if (deaf == w->plan.deaf)
		return;
	w->plan.deaf = deaf;
	sourcecheck_tell_hearing(sc, w);
}

/* --- its tables --------------------------------------------------------- */

/* The fault of a source's sound, for a person, and noted in its plan; NULL: it
 * suits the outputs. Most of them take only AAC; some platforms show nothing
 * without sound. */
static const char *
sourcecheck_sound_lacks(
    const struct sourcecheck *sc, struct worker *w, const struct ts *ts)
{
	int audio = ts_audio(ts);

	if (audio == -1) {
		if (w->plan.silence || !sc->shape->adds_silence)
			return NULL;
		w->plan.silence = true;
		return "it has no audio; silence is added from now on";
	}
	if (w->plan.recode ||
	    (ts->streams[audio].codec == TS_CODEC_AAC &&
		!ts_is_nameless(&ts->streams[audio])))
		return NULL;
	w->plan.recode = true;
	return ts->streams[audio].codec == TS_CODEC_AAC
	    ? "the channel layout of its audio is unknown to viewers that join "
	      "later; it is now converted to stereo"
	    : "its audio is not AAC; it is now transcoded to AAC";
}

/* Missing sound is made once for all outputs, by a new start of the source. */
static bool
sourcecheck_sound(struct sourcecheck *sc, struct worker *w)
{
	const struct profile_audio *audio = &sc->profile->audio;
	struct relay_inlet_stats st;
	const char *lacks;

	if (!plan_is_inlet(&w->plan) ||
	    (audio->key.set && audio->key.word != AUDIO_AUTO) ||
	    !packetlink_inlet_stats(sc->packets, w, &st))
		return false;
	lacks = sourcecheck_sound_lacks(sc, w, st.ts);
	if (lacks == NULL)
		return false;
	log_info("%s/%s: %s", sc->profile->name, w->plan.name, lacks);
	sourcecheck_restart(sc, w);
	return true;
}

/* RTMP carries only H.264: say it before ffmpeg's words for it come. */
static void
sourcecheck_carrier(struct sourcecheck *sc, const struct worker *w)
{
	const struct profile_output *o;
	struct relay_inlet_stats st;
	int video;

	if (!packetlink_inlet_stats(sc->packets, w, &st))
		return;
	video = ts_video(st.ts);
	if (video == -1 || st.ts->streams[video].codec != TS_CODEC_H265)
		return;
	for (size_t i = 0; (o = profile_output(sc->profile, i)) != NULL; i++) {
		if (!url_is_rtmp(o->url))
			continue;
		sc->notice(sc->ctx, "codec",
		    "the source sends H.265, but RTMP carries H.264: encode "
		    "it, \"video\": { \"encoder\": \"libx264\" }, or send to "
		    "rtsp or srt");
		return;
	}
}

/* A source whose sender has changed sends frames that nobody can decode: a new
 * start reads the new codec. */
static void
sourcecheck_replace_alien(struct worker *w)
{
	worker_replace(w, "its codec is not the one that it started with");
}

/* Frames that never were as the tables say: a new start would read the same.
 * Reported once, until a run agrees with its tables. */
static void
sourcecheck_tell_mislabelled(
    struct sourcecheck *sc, const struct worker *w, const struct ts *ts)
{
	static const char *const names[N_TS_CODECS] = { [TS_CODEC_H264] =
							    "H.264",
		[TS_CODEC_H265] = "H.265",
		[TS_CODEC_MPEG2] = "MPEG-2" };
	const struct ts_stream *video = &ts->streams[ts_video(ts)];
	char *text;

	if (sc->mislabelled[w->plan.source])
		return;
	sc->mislabelled[w->plan.source] = true;
	text = xasprintf("%s: the tables of the source announce %s, but its "
			 "frames are %s",
	    w->plan.name, names[video->codec], names[video->seen]);
	sc->notice(sc->ctx, "codec", text);
	free(text);
}

static void
sourcecheck_alien(struct sourcecheck *sc, struct worker *w)
{
	struct relay_inlet_stats st;
	int video;

	if (!plan_is_inlet(&w->plan) ||
	    !packetlink_inlet_stats(sc->packets, w, &st))
		return;
	video = ts_video(st.ts);
	if (st.alien)
		sourcecheck_replace_alien(w);
	else if (ts_is_mislabelled(st.ts))
		sourcecheck_tell_mislabelled(sc, w, st.ts);
	else if (video != -1 && st.ts->streams[video].fits)
		sc->mislabelled[w->plan.source] = false;
}

/* --- its ffmpeg's lines ------------------------------------------------- */

/* An ffmpeg's lines show it for a direct copy, and for a source without
 * parameter sets in its frames. */
static void
sourcecheck_strange(struct worker *w)
{
	if (w->state == ST_UP && w->plan.ffmpeg && plan_is_reader(&w->plan) &&
	    complaints_look(&w->media.strange, w->media.progress.frame))
		sourcecheck_replace_alien(w);
}

/* Whether a run has announced its output. */
static bool
sourcecheck_has_output(const struct worker *w)
{
	const struct runlog_run *run = runlog_last(&w->log);

	for (size_t i = 0; run != NULL && i < run->n; i++)
		if (ffout_track(runlog_line(run, i)->text) ==
		    FFOUT_TRACK_OUTPUT)
			return true;
	return false;
}

bool
sourcecheck_is_flawed(const struct worker *w)
{
	const struct runlog_run *run = runlog_last(&w->log);

	for (size_t i = 0; run != NULL && i < run->n; i++)
		if (ffout_is_flaw(runlog_line(run, i)->text))
			return true;
	return false;
}

/* Whether the source now has sound where silence is made for it. Announced
 * sound alone does not count. */
static bool
sourcecheck_is_loud(const struct worker *w, enum ffout_track track)
{
	return w->plan.silence && !w->plan.deaf &&
	    (track == FFOUT_TRACK_LATE_SOUND ||
		(track == FFOUT_TRACK_SOUND && !sourcecheck_has_output(w)));
}

/* Whether the source got a track after its start, which ffmpeg leaves out.
 * Where a new start did not help, the next one would not either. */
static bool
sourcecheck_is_late(
    const struct sourcecheck *sc, struct worker *w, enum ffout_track track)
{
	struct relay_inlet_stats st;

	if (sc->retuned[w->plan.source] == w->runs ||
	    !packetlink_inlet_stats(sc->packets, w, &st) || !ts_is_ready(st.ts))
		return false;
	if (track == FFOUT_TRACK_LATE_SOUND)
		return ts_audio(st.ts) == -1 && sourcecheck_wants_sound(sc);
	return track == FFOUT_TRACK_LATE_VIDEO && ts_video(st.ts) == -1;
}

/* A source may have got a track after its start. */
static bool
sourcecheck_track(struct sourcecheck *sc, struct worker *w, const char *line)
{
	enum ffout_track track = ffout_track(line);
	bool loud, late;

	if (track == FFOUT_TRACK_NONE || !plan_is_inlet(&w->plan) ||
	    w->replace || !w->wanted)
		return false;
	loud = sourcecheck_is_loud(w, track);
	late = sourcecheck_is_late(sc, w, track);
	if (!loud && !late)
		return false;
	if (late)
		sc->retuned[w->plan.source] = w->runs + 1;
	if (loud)
		w->plan.silence = false;
	log_info("%s/%s: %s", sc->profile->name, w->plan.name,
	    loud ? "it has audio now; silence is no longer added"
		 : "it has a new track");
	sourcecheck_restart(sc, w);
	return true;
}

/* Tracks that ffmpeg could not identify in time: sound may be left out, the
 * next key frame may be waited for. */
static void
sourcecheck_unknown(
    struct sourcecheck *sc, struct worker *w, enum ffout_track track)
{
	if (track == FFOUT_TRACK_UNKNOWN_SOUND && sourcecheck_hears(sc, w))
		soundcheck_unknown(&sc->sound[w->plan.source], mono_ms());
	if (track == FFOUT_TRACK_UNKNOWN_VIDEO && w->plan.role == ROLE_DIRECT)
		w->plan.study = true;
}

/* --- its clock ----------------------------------------------------------- */

/* The clock that a line about the source shows it to have. */
static enum plan_pace
sourcecheck_pace(struct sourcecheck *sc, const struct worker *w,
    const struct profile_source *s, const char *line)
{
	int input = 0;
	char *format = ffout_demuxer(line, &input);
	enum plan_pace pace = w->plan.pace;

	if (format != NULL) {
		sc->first[w->plan.source] = input == 0;
		if (input == 0)
			pace = ffpace_of(s, format, ffpace_is_film(s));
	} else if (sc->first[w->plan.source] && ffout_has_end(line)) {
		pace = ffpace_of(s, s->format, true);
	}
	free(format);
	return pace == PACE_OWN ? w->plan.pace : pace;
}

/* A source whose clock is not what it was taken for is begun again: its frames
 * would come too fast, or with invented stamps. */
static bool
sourcecheck_clock(struct sourcecheck *sc, struct worker *w, const char *line)
{
	const struct profile_source *s =
	    profile_source_at(sc->profile, (size_t)w->plan.source);
	enum plan_pace pace;

	/* a source that a reload has taken out may still speak */
	if (s == NULL || s->url == NULL || !plan_is_reader(&w->plan) ||
	    sc->profile->args.n > 0 || w->replace || !w->wanted)
		return false;
	pace = sourcecheck_pace(sc, w, s, line);
	if (pace == w->plan.pace)
		return false;
	w->plan.pace = pace;
	if (pace == ffpace_of(s, s->format, ffpace_is_film(s)))
		return false; /* it was begun like that */
	log_info("%s/%s: %s", sc->profile->name, w->plan.name,
	    pace == PACE_READ
		? "it has an end; read no faster than it plays from now on"
		: "it has no time stamps; those of arrival are used from now "
		  "on");
	sourcecheck_restart(sc, w);
	return true;
}

/* --- codecs that MPEG-TS does not have --------------------------------------- */

/* A film whose codec cannot be copied is none for the outputs: the next one
 * follows. */
static void
sourcecheck_skip(struct worker *w)
{
	worker_replace(w,
	    "its codec cannot be copied into MPEG-TS; encode it by \"video\"");
}

static bool
sourcecheck_copies_film(const struct worker *w)
{
	return plan_is_inlet(&w->plan) && w->plan.playlist &&
	    w->plan.video == VIDEO_MODE_COPY;
}

static void
sourcecheck_foreign(struct worker *w, const char *line)
{
	if (sourcecheck_copies_film(w) && ffout_is_foreign(line))
		sourcecheck_skip(w);
}

/* --- for the stream ------------------------------------------------------ */

void
sourcecheck_started(struct sourcecheck *sc, const struct worker *w)
{
	if (sourcecheck_hears(sc, w))
		soundcheck_begin(&sc->sound[w->plan.source]);
}

/* With a format of its own, sound alone may be meant. */
bool
sourcecheck_fits(struct sourcecheck *sc, struct worker *w)
{
	const struct profile_source *s;
	struct relay_inlet_stats st;

	if (!sourcecheck_copies_film(w) ||
	    !packetlink_inlet_stats(sc->packets, w, &st) ||
	    ts_video(st.ts) != -1)
		return true;
	s = profile_source_at(sc->profile, (size_t)w->plan.source);
	if (s == NULL || s->format != NULL)
		return true;
	sourcecheck_skip(w);
	return false;
}

bool
sourcecheck_tables(struct sourcecheck *sc, struct worker *w)
{
	bool changed;

	sourcecheck_alien(sc, w);
	changed = sourcecheck_sound(sc, w);
	sourcecheck_carrier(sc, w);
	return changed;
}

bool
sourcecheck_said(struct sourcecheck *sc, struct worker *w, const char *line)
{
	sourcecheck_unknown(sc, w, ffout_track(line));
	sourcecheck_foreign(w, line);
	return sourcecheck_track(sc, w, line) || sourcecheck_clock(sc, w, line);
}

bool
sourcecheck_look(struct sourcecheck *sc, struct worker *w)
{
	sourcecheck_strange(w);
	return sourcecheck_hears(sc, w) && sourcecheck_hearing(sc, w);
}

void
sourcecheck_ended(struct sourcecheck *sc, struct worker *w)
{
	sourcecheck_end_hearing(sc, w);
	if (worker_last(w)->media_ms >= 0)
		w->plan.study = false;
}

bool
sourcecheck_repeats(struct sourcecheck *sc, const struct worker *w)
{
	bool again = sc->again[w->plan.source];

	sc->again[w->plan.source] = false;
	return again;
}
