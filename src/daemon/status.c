/* SPDX-License-Identifier: ISC */
/*
 * Snapshots of the fleet.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/calendar.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "base/jsonw.h"
#include "base/util.h"
#include "daemon/fleet.h"
#include "daemon/status.h"
#include "ffmpeg/ffargs.h"
#include "stream/launch.h"

#define STATUS_PAGE_EVENTS 5  /* last ones of a stream, on its page */
#define STATUS_WHY_LINES   10 /* of stderr */

int
status_exit(const struct stream *s)
{
	const char *reason;

	switch (stream_judge(s, &reason)) {
	case STREAM_OFF:
	case STREAM_LIVE:
		return EXIT_DONE;
	case STREAM_STARTING:
	case STREAM_DEGRADED:
	case STREAM_STOPPING:
		return EXIT_FAILED;
	case STREAM_RETRY:
	case STREAM_FAILED:
	case N_STREAM_STATES:
		break;
	}
	return EXIT_OFF_AIR;
}

/* --- small pieces ------------------------------------------------------- */

static void
status_time(struct jsonw *j, const char *key, int64_t wall)
{
	char text[CALENDAR_RFC3339_LEN];

	jsonw_word(j, key, calendar_rfc3339(wall, text));
}

static void
status_seconds(struct jsonw *j, const char *key, int64_t ms)
{
	jsonw_fixed(j, key, (double)ms / 1000.0, 3);
}

/* A number that ffmpeg may not have told (-1). */
static void
status_known(struct jsonw *j, const char *key, double n, int decimals)
{
	if (n < 0)
		jsonw_null(j, key);
	else
		jsonw_fixed(j, key, n, decimals);
}

static void
status_ffmpeg(struct jsonw *j, const struct probe *pr)
{
	jsonw_object(j, "ffmpeg");
	jsonw_str(j, "path", pr->path);
	jsonw_word(j, "version", pr->ver.text);
	jsonw_object_end(j);
}

static void
status_ending(struct jsonw *j, const char *key, const struct ending *e)
{
	if (e == NULL) {
		jsonw_null(j, key);
		return;
	}
	jsonw_object(j, key);
	jsonw_int(j, "run", e->run);
	status_time(j, "at", e->wall);
	if (e->code >= 0)
		jsonw_int(j, "code", e->code);
	else
		jsonw_null(j, "code");
	jsonw_str(
	    j, "signal", e->signal == 0 ? NULL : ffout_signal_name(e->signal));
	jsonw_word(j, "class", ffout_class_names[e->class]);
	status_seconds(j, "lived_s", e->lived_ms);
	jsonw_str(j, "text", e->text);
	jsonw_object_end(j);
}

/* When the next start is due; null when none is. */
static void
status_retry(struct jsonw *j, const struct worker *w)
{
	int64_t in = worker_retry_in(w);

	if (in < 0) {
		jsonw_null(j, "retry_at");
		jsonw_null(j, "retry_in_s");
		return;
	}
	status_time(j, "retry_at", wall_ms() + in);
	status_seconds(j, "retry_in_s", in);
}

/* --- workers ------------------------------------------------------------ */

/* Media before which ffmpeg's mean values say nothing: a header in a
 * hundredth of a second is a gigabit per second. */
#define STATUS_MEAN_US 500000

/* What ffmpeg says of its rates, -1 where there is nothing to be said: one that
 * has ended sends nothing any more. */
static double
status_rate(const struct worker *w, double rate)
{
	int64_t us = w->media.progress.out_time_us;

	if (!worker_is_running(w) || (us >= 0 && us < STATUS_MEAN_US))
		return -1;
	return rate;
}

static void
status_progress(struct jsonw *j, const struct worker *w)
{
	const struct progress *p = &w->media.progress;

	if (!w->plan.ffmpeg)
		return;
	if (p->frame >= 0)
		jsonw_int(j, "frame", p->frame);
	else
		jsonw_null(j, "frame");
	status_known(j, "fps", status_rate(w, p->fps), 2);
	status_known(j, "speed", status_rate(w, p->speed), 3);
	status_known(j, "bitrate_kbps", status_rate(w, p->bitrate_kbps), 1);
	status_known(j, "out_time_s",
	    p->out_time_us < 0 ? -1 : (double)p->out_time_us / 1e6, 3);
}

static void
status_worker(
    struct jsonw *j, const struct stream *s, const struct worker *w, bool page)
{
	const char *argv0 = w->plan.ffmpeg ? s->host->ffmpeg->path
					   : profile_command(s->profile)->v[0];

	jsonw_object(j, NULL);
	jsonw_word(j, "role", role_names[w->plan.role]);
	jsonw_str(j, "name", w->plan.name);
	jsonw_str(j, "argv0", argv0);
	if (worker_is_running(w))
		jsonw_int(j, "pid", w->child.pid);
	else
		jsonw_null(j, "pid");
	jsonw_word(j, "state", worker_state_names[w->state]);
	status_time(j, "since", w->since_wall);
	status_seconds(j, "uptime_s", mono_ms() - w->since_ms);
	jsonw_bool(j, "wanted", w->wanted);
	jsonw_int(j, "run", w->runs);
	jsonw_int(j, "restarts", w->restarts);
	status_progress(j, w);
	jsonw_int(j, "failures", w->backoff.failures);
	status_retry(j, w);
	if (w->ladder.stuck)
		jsonw_bool(j, "stuck", true);
	if (w->idle && worker_is_running(w) && w->plan.role == ROLE_ENCODER)
		jsonw_bool(j, "spare", true);
	status_ending(j, "last", worker_last(w));
	if (page) {
		jsonw_array(j, "endings");
		for (size_t i = 0; i < w->endings.n; i++)
			status_ending(j, NULL, &w->endings.v[i]);
		jsonw_array_end(j);
	}
	jsonw_object_end(j);
}

/* --- streams ------------------------------------------------------------ */

/* Text that is ours to free; null: there is none. */
static void
status_take(struct jsonw *j, const char *key, char *text)
{
	jsonw_str(j, key, text);
	free(text);
}

static void
status_frames(struct jsonw *j, const struct stream *s)
{
	struct framepump_stats st;

	if (s->frames == NULL)
		return;
	framepump_stats(s->frames->link, &st);
	jsonw_object(j, "frames");
	jsonw_int(j, "in", (int64_t)st.in);
	jsonw_int(j, "out", (int64_t)st.out);
	jsonw_int(j, "dropped", (int64_t)st.dropped);
	jsonw_int(j, "repeated", (int64_t)st.repeated);
	jsonw_int(j, "slate", (int64_t)st.slated);
	jsonw_int(j, "late", (int64_t)st.late);
	jsonw_int(j, "torn", (int64_t)st.torn);
	jsonw_int(j, "queue", (int64_t)st.queue);
	jsonw_int(j, "queue_age_ms", st.queue_age_ms);
	status_known(j, "fps_in", st.fps_in, 2);
	status_known(j, "fps_out", st.fps_out, 2);
	jsonw_word(j, "fallback", fallback_names[st.fallback]);
	if (st.silent_ms >= 0)
		status_seconds(j, "silent_s", st.silent_ms);
	else
		jsonw_null(j, "silent_s");
	jsonw_str(j, "guess", s->frames->guess);
	status_take(j, "problem", intake_problem(&s->frames->intake));
	jsonw_str(j, "way_in", s->frames->intake.path);
	jsonw_int(j, "pipe_in_bytes", (int64_t)st.pipe_in);
	jsonw_int(j, "pipe_out_bytes", (int64_t)st.pipe_out);
	jsonw_bool(j, "zero_copy", st.lent);
	jsonw_object_end(j);
}

/* What an output has lost, and how far it is behind. */
static void
status_outlet(struct jsonw *j, const struct stream *s, const struct worker *w)
{
	struct relay_outlet_stats st;

	if (s->packets == NULL || !packetlink_outlet_stats(s->packets, w, &st))
		return;
	status_seconds(j, "lag_s", st.lag_ms);
	jsonw_int(j, "skips", (int64_t)st.skips);
	jsonw_int(j, "lost_bytes", (int64_t)st.lost_bytes);
	jsonw_int(j, "lost_packets", (int64_t)st.lost_packets);
	status_seconds(j, "lost_s", st.lost_ms);
}

static void
status_output(struct jsonw *j, const struct stream *s, size_t i)
{
	const struct profile_output *o = profile_output(s->profile, i);
	const struct worker *w = stream_output(s, i);
	const char *to = o->url != NULL ? o->url : o->record, *reason;
	char name[PROFILE_NAME_MAX + 1];
	enum stream_state state = s->packets != NULL ? stream_judge_output(s, w)
						     : stream_judge(s, &reason);

	/* one that is alone is on air or not; what is sent is the stream's */
	if (s->packets == NULL && state == STREAM_DEGRADED)
		state = STREAM_LIVE;
	profile_output_name(s->profile, i, name);
	jsonw_object(j, NULL);
	jsonw_str(j, "name", name);
	jsonw_str(j, "url", to);
	jsonw_word(j, "state", stream_state_names[state]);
	status_time(j, "since", w->since_wall);
	jsonw_str(j, "worker", w->plan.name);
	jsonw_int(j, "run", w->runs);
	status_known(j, "fps", status_rate(w, w->media.progress.fps), 2);
	status_known(j, "bitrate_kbps",
	    status_rate(w, w->media.progress.bitrate_kbps), 1);
	jsonw_int(j, "restarts", w->restarts);
	status_retry(j, w);
	status_take(j, "problem", stream_trouble(s, w));
	status_outlet(j, s, w);
	status_ending(j, "last", worker_last(w));
	jsonw_object_end(j);
}

static void
status_outputs(struct jsonw *j, const struct stream *s)
{
	jsonw_array(j, "outputs");
	for (size_t i = 0; i < s->profile->outputs.n; i++)
		status_output(j, s, i);
	jsonw_array_end(j);
}

/* What a camera program sends. */
static void
status_camera(struct jsonw *j, const struct packetlink *pk)
{
	struct camera_stats st;

	if (pk->camera == NULL)
		return;
	camera_stats(pk->camera, &st);
	jsonw_int(j, "early", (int64_t)st.early);
	status_take(j, "problem", intake_problem(&pk->intake));
	jsonw_str(j, "way_in", pk->intake.path);
	if (st.sps == NULL)
		return;
	jsonw_int(j, "width", st.sps->width);
	jsonw_int(j, "height", st.sps->height);
	jsonw_str(j, "profile", h264_profile_text(st.sps));
}

/* What goes over the packets link: absent without one. */
static void
status_packets(struct jsonw *j, const struct stream *s)
{
	const struct worker *on_air = sourceset_on_air(&s->sources);
	struct relay_inlet_stats st;
	int video, audio;

	if (s->packets == NULL || !packetlink_source_stats(s->packets, &st))
		return;
	jsonw_object(j, "packets");
	if (on_air == NULL && stream_sender(s)->plan.packets)
		on_air = stream_sender(s);
	jsonw_str(j, "source", on_air == NULL ? NULL : on_air->plan.name);
	jsonw_int(j, "bytes", (int64_t)st.bytes);
	jsonw_int(j, "pictures", (int64_t)st.pictures);
	status_known(j, "fps", st.fps, 2);
	status_known(j, "bitrate_kbps", st.kbps, 1);
	status_known(
	    j, "gop_s", st.gop_ms < 0 ? -1 : (double)st.gop_ms / 1000.0, 3);
	status_known(j, "silent_s",
	    st.silent_ms < 0 ? -1 : (double)st.silent_ms / 1000.0, 3);
	video = st.ts == NULL ? -1 : ts_video(st.ts);
	audio = st.ts == NULL ? -1 : ts_audio(st.ts);
	jsonw_word(j, "video",
	    video < 0 ? NULL : ts_codec_names[st.ts->streams[video].codec]);
	jsonw_word(j, "audio",
	    audio < 0 ? NULL : ts_codec_names[st.ts->streams[audio].codec]);
	jsonw_int(j, "garbage_bytes",
	    (int64_t)(st.garbage + packetlink_camera_garbage(s->packets)));
	jsonw_int(j, "breaks", (int64_t)st.breaks);
	jsonw_str(j, "warning", s->packets->warning);
	status_camera(j, s->packets);
	jsonw_object_end(j);
}

/* The last events of a stream, oldest first. */
static void
status_stream_events(
    struct jsonw *j, const struct fleet *f, const struct stream *s)
{
	const struct event *found[STATUS_PAGE_EVENTS];
	const struct event *e;
	size_t n = 0;

	for (size_t i = f->events.n; i-- > 0 && n < STATUS_PAGE_EVENTS;) {
		e = events_get(&f->events, i);
		if (util_streq(e->stream, s->profile->name))
			found[n++] = e;
	}
	jsonw_array(j, "events");
	while (n-- > 0)
		status_write_event(j, NULL, found[n]);
	jsonw_array_end(j);
}

/* Pictures a second that the stream is to have; null where its source
 * decides. */
static void
status_fps_target(struct jsonw *j, const struct stream *s)
{
	const struct plan_link *l = plan_link(&s->plan, LINK_FRAMES);

	if (l != NULL)
		jsonw_fixed(j, "fps_target",
		    (double)l->fps.num / (double)l->fps.den, 3);
	else
		jsonw_null(j, "fps_target");
}

/* A program, or our own way in, that brings pictures. Caller frees. */
static char *
status_way_in(const struct strv *command, const char *fifo, bool socket)
{
	if (command->n > 0)
		return strv_shell(command);
	return xstrdup(fifo != NULL ? fifo
		: socket	    ? "its socket"
				    : "a test pattern");
}

/* One source in words, as it is. Caller frees. */
static char *
status_source_text(const struct profile_source *src)
{
	const struct profile_frames *f = &src->frames;
	const struct profile_h264 *h = &src->h264;
	char *way, *text;

	if (src->url != NULL)
		return xstrdup(src->url);
	if (src->device != NULL)
		return xstrdup(src->device);
	if (f->key.set) {
		way = status_way_in(&f->command, f->fifo, f->socket);
		text = xasprintf("%dx%d %s from %s", f->size.w, f->size.h,
		    pixfmt_names[f->format], way);
	} else if (h->key.set) {
		way = status_way_in(&h->command, h->fifo, h->socket);
		text = xasprintf("H.264 from %s", way);
	} else {
		way = strv_shell(&src->files);
		text = xasprintf("files %s", way);
	}
	free(way);
	return text;
}

/* What a page shows beyond the table: where pictures come from; of several
 * sources all of them, the best first. */
static void
status_source(struct jsonw *j, const struct stream *s)
{
	const struct profile *p = s->profile;
	struct buf all;
	char *text;

	buf_init(&all, 0);
	for (size_t i = 0; p->args.n == 0 && i < profile_n_sources(p); i++) {
		text = status_source_text(profile_source_at(p, i));
		buf_putf(&all, "%s%s", i > 0 ? ", else " : "", text);
		free(text);
	}
	text = p->args.n > 0 ? strv_shell(&p->args) : buf_steal(&all);
	jsonw_str(j, "source", text);
	buf_clear(&all);
	free(text);
}

static void
status_stream(
    struct jsonw *j, const struct fleet *f, const struct stream *s, bool page)
{
	const char *reason;
	enum stream_state state = stream_judge(s, &reason);

	jsonw_object(j, NULL);
	jsonw_word(j, "name", s->profile->name);
	jsonw_word(j, "state", stream_state_names[state]);
	status_time(j, "since", s->since_wall);
	status_seconds(j, "uptime_s", mono_ms() - s->since_ms);
	jsonw_bool(j, "wanted", s->wanted);
	jsonw_word(j, "reason", reason);
	jsonw_int(j, "restarts", stream_restarts(s));
	jsonw_str(j, "profile", s->profile->path);
	jsonw_bool(j, "changed", fleet_is_changed(f, s->profile));
	jsonw_str(j, "description", s->profile->description);
	jsonw_word(j, "topology", topology_names[s->plan.topology]);
	status_fps_target(j, s);
	status_frames(j, s);
	status_packets(j, s);
	jsonw_array(j, "workers");
	for (size_t i = 0; i < s->plan.n_workers; i++)
		status_worker(j, s, s->workers[i], page);
	jsonw_array_end(j);
	status_outputs(j, s);
	if (page) {
		status_source(j, s);
		status_stream_events(j, f, s);
	}
	jsonw_object_end(j);
}

void
status_write(struct jsonw *j, const struct fleet *f,
    struct stream *const *streams, size_t n, bool page)
{
	jsonw_object(j, NULL);
	jsonw_int(j, "v", 1);
	jsonw_word(j, "version", PACKAGE_VERSION);
	jsonw_int(j, "pid", getpid());
	jsonw_fixed(
	    j, "uptime_s", (double)(mono_ms() - f->started_ms) / 1000.0, 1);
	status_ffmpeg(j, &f->ffmpeg);
	jsonw_array(j, "streams");
	for (size_t i = 0; i < n; i++)
		status_stream(j, f, streams[i], page);
	jsonw_array_end(j);
	jsonw_object_end(j);
}

char *
status_summary(const struct fleet *f)
{
	unsigned count[N_STREAM_STATES] = { 0 };
	const char *reason;
	struct stream *s;
	struct buf b;

	buf_init(&b, 0);
	TAILQ_FOREACH(s, &f->streams, entry) {
		count[stream_judge(s, &reason)]++;
	}
	for (size_t i = 0; i < N_STREAM_STATES; i++)
		if (count[i] > 0)
			buf_putf(&b, "%s%u %s", b.len > 0 ? ", " : "", count[i],
			    stream_state_names[i]);
	if (b.len == 0)
		buf_puts(&b, "no streams");
	return buf_steal(&b);
}

/* --- why ---------------------------------------------------------------- */

#define STATUS_SPARE(name)                                                       \
	{                                                                        \
		name,                                                            \
		    "Another source than the first is on air; the first is "     \
		    "used again when it has brought pictures without a pause "   \
		    "for \"prefer_after\".",                                     \
		    "Nothing, if the first one is coming back. Else look at it " \
		    "and at its words in `ffsup logs`.",                         \
		    false                                                        \
	}

/* What can be wrong while all processes run: see stream_judge(). */
static const struct {
	const char *reason, *cause;
	const char *what; /* NULL: look at what brings the pictures */
	bool sender;	  /* it is the sender's fault, not the producer's */
} status_ills[] = {
	{ "hold", "No new picture comes; the last one is sent again and again.",
	    NULL, false },
	{ "slate",
	    "No picture has come for a while, or none ever; the slate is on "
	    "air.",
	    NULL, false },
	{ "frozen", "New pictures come, but they are all the same.",
	    "Look at the camera, or at the program that brings the pictures: "
	    "it may be sending an old one. If nothing moves there, give "
	    "\"watchdog.frozen\" a longer time.",
	    false },
	{ "slow",
	    "The encoder takes fewer pictures than it should; the rest is "
	    "dropped.",
	    "Lower the size or the fps, use a faster \"preset\", or see what "
	    "else needs the processor or holds up the output.",
	    true },
	{ "no pictures",
	    "No picture came for longer than \"fallback.give_up_after\"; the "
	    "broadcast was ended, and goes on with the next picture.",
	    NULL, false },
	{ "no program",
	    "No program brings H.264: nobody writes to the stream's named pipe "
	    "or socket.",
	    "Start the camera program; to the socket it writes by way of ffsup "
	    "feed.",
	    false },
	{ "silent disk",
	    "The disk of an output, of files that are to be played, or of the "
	    "way in does not answer: it is what is waited for.",
	    "Look at the disk, the network or the server that it is on; all "
	    "goes on by itself when it answers.",
	    true },
	{ "file name",
	    "Recordings cannot get the names that \"record\" gives them; they "
	    "stand in the nearest directory that takes them, or hidden where "
	    "none does, and nothing is lost.",
	    "Remove what is in the way; the next recording gets its name.",
	    true },
	{ "no output", "Every output was stopped, each by itself.",
	    "`ffsup start` with the stream's name starts them all.", true },
	STATUS_SPARE("source2"),
	STATUS_SPARE("source3"),
	STATUS_SPARE("source4"),
};

/* The row of a reason, or -1: it is a failure class, or none. */
static int
status_ill(const char *reason)
{
	for (size_t i = 0; i < NELEM(status_ills); i++)
		if (util_streq(status_ills[i].reason, reason))
			return (int)i;
	return -1;
}

/* The worker that explains the state: the one that should run and does not,
 * the sender first; if all run, who is to blame. */
static const struct worker *
status_culprit(const struct stream *s, const char *reason)
{
	const struct worker *sender = stream_sender(s);
	const struct recorder *r;
	int ill = status_ill(reason);

	if (util_streq(reason, "silent disk") && stream_kept(s) != NULL)
		return stream_kept(s);
	r = recorders_stranded(&s->recorders, NULL);
	if (util_streq(reason, "file name") && r != NULL)
		return r->by;
	if (util_streq(reason, "output") && stream_down_output(s) != NULL)
		return stream_down_output(s);
	if (ill < 0 ? sender->state != ST_UP : status_ills[ill].sender)
		return sender;
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (s->workers[i]->state != ST_UP && !s->workers[i]->idle &&
		    sourceset_is_due(&s->sources, s->workers[i]) &&
		    (ill < 0 || s->workers[i]->plan.role != ROLE_ENCODER))
			return s->workers[i];
	return ill < 0 ? sender : s->workers[0]; /* the producer, if any */
}

/* Whether it is a program that ffsup has not started who is to blame: no worker
 * of ours can be asked. */
static bool
status_is_outside(
    const struct stream *s, const struct worker *w, const char *reason)
{
	int ill = status_ill(reason);

	return ill >= 0 && !status_ills[ill].sender && w->state == ST_UP &&
	    stream_producer(s) == NULL && s->sources.aired <= 0;
}

/* The class that is to be explained: that of a replacement under way, or of
 * the newest ending. */
static enum fail_class
status_class(const struct worker *w)
{
	if (w->state == ST_STOPPING && w->cause != FAIL_NONE)
		return w->cause;
	return worker_last(w) == NULL ? FAIL_NONE : worker_last(w)->class;
}

static void
status_why_text(struct jsonw *j, const struct stream *s, const struct worker *w,
    enum stream_state state)
{
	const char *name = s->profile->name;
	char span[UTIL_SPAN_LEN];
	int64_t in = worker_retry_in(w);

	if (in >= 0 && state == STREAM_RETRY && stream_kept(s) != w)
		jsonw_strf(j, "text",
		    "%s is waiting to retry (attempt %u, next in %s; `ffsup "
		    "retry %s` tries now)",
		    name, w->backoff.failures, util_span(in, span), name);
	else if (w->state == ST_HELD)
		jsonw_strf(j, "text",
		    "%s is %s: %s was given up, and is tried again in %s; "
		    "correct the profile and `ffsup reload`, or `ffsup retry "
		    "%s`",
		    name, stream_state_names[state], w->plan.name,
		    util_span(in, span), name);
	else
		jsonw_strf(j, "text", "%s is %s, for %s", name,
		    state == STREAM_RETRY ? "not on air"
					  : stream_state_names[state],
		    util_span(mono_ms() - s->since_ms, span));
}

static void
status_why_words(
    struct jsonw *j, const char *class, const char *cause, const char *what)
{
	jsonw_word(j, "class", class);
	jsonw_word(j, "cause", cause);
	jsonw_word(j, "do", what);
}

/* What to do about an ill; `outside`: the program is no process of ours. */
static const char *
status_remedy(int ill, bool outside)
{
	if (status_ills[ill].what != NULL)
		return status_ills[ill].what;
	return outside
	    ? "Look at the program that brings the pictures: does it run, is "
	      "it stuck, does it write to the stream's named pipe or to ffsup "
	      "feed?"
	    : "Look at what brings the pictures: does it run, is it stuck? "
	      "Its words are in `ffsup logs`.";
}

/* Cause and remedy in words; null where all is well. The failure of a worker
 * that is down tells more than what is on air because of it. */
static void
status_why_cause(struct jsonw *j, const struct worker *w,
    enum stream_state state, const char *reason, bool outside)
{
	enum fail_class class = status_class(w);
	int ill = status_ill(reason);
	bool down = w->state != ST_UP && class != FAIL_NONE &&
	    !(w->waits && util_streq(reason, "silent disk")) &&
	    (state == STREAM_RETRY || state == STREAM_FAILED ||
		state == STREAM_DEGRADED || state == STREAM_STARTING);

	if (down && class == FAIL_ENDED && !w->plan.ffmpeg)
		status_why_words(j, ffout_class_names[class],
		    "Your program, which brings the pictures, ended.",
		    "It is started again; it should run for as long as there "
		    "is to be a picture.");
	else if (down)
		status_why_words(j, ffout_class_names[class],
		    ffout_sentence(class), ffout_advice(class));
	else if (ill >= 0)
		status_why_words(j, status_ills[ill].reason,
		    status_ills[ill].cause, status_remedy(ill, outside));
	else if (util_streq(reason, "output"))
		status_why_words(j, NULL,
		    "This output has not sent anything yet; the others are "
		    "fine.",
		    "Wait for it, or look at its words in `ffsup logs`.");
	else if (state == STREAM_DEGRADED)
		status_why_words(j, NULL,
		    "Nothing comes from what brings the pictures.",
		    "Wait for it, or look at its words in `ffsup logs`.");
	else
		status_why_words(j, NULL, NULL, NULL);
}

static void
status_why_stderr(struct jsonw *j, const struct worker *w)
{
	const struct runlog_run *run = w == NULL ? NULL : runlog_last(&w->log);
	size_t from = 0;

	jsonw_array(j, "stderr");
	if (run != NULL && run->n > STATUS_WHY_LINES)
		from = run->n - STATUS_WHY_LINES;
	for (size_t i = from; run != NULL && i < run->n; i++)
		jsonw_str(j, NULL, runlog_line(run, i)->text);
	jsonw_array_end(j);
}

void
status_write_why(
    struct jsonw *j, const struct fleet *f UNUSED, const struct stream *s)
{
	const char *reason;
	enum stream_state state = stream_judge(s, &reason);
	const struct worker *w = status_culprit(s, reason);
	const struct worker *on_air = sourceset_on_air(&s->sources);
	bool outside = status_is_outside(s, w, reason);
	const struct ending *e = outside ? NULL : worker_last(w);
	char *trouble = stream_trouble(s, NULL);

	jsonw_object(j, NULL);
	jsonw_word(j, "name", s->profile->name);
	jsonw_word(j, "state", stream_state_names[state]);
	jsonw_word(j, "reason", reason);
	status_time(j, "since", s->since_wall);
	status_seconds(j, "uptime_s", mono_ms() - s->since_ms);
	jsonw_str(j, "worker", outside ? NULL : w->plan.name);
	jsonw_word(j, "role", outside ? NULL : role_names[w->plan.role]);
	jsonw_str(j, "on_air", on_air == NULL ? NULL : on_air->plan.name);
	status_why_text(j, s, w, state);
	status_why_cause(j, w, state, reason, outside);
	jsonw_array(j, "proof");
	if (trouble != NULL)
		jsonw_str(j, NULL, trouble);
	free(trouble);
	/* how a run ended proves nothing about the one that is up */
	if (e != NULL && w->state != ST_UP && state != STREAM_LIVE &&
	    state != STREAM_OFF)
		jsonw_str(j, NULL, e->text);
	jsonw_array_end(j);
	jsonw_int(j, "attempt", w->backoff.failures);
	jsonw_bool(j, "held", w->state == ST_HELD);
	status_retry(j, w);
	status_ending(j, "last", e);
	status_why_stderr(j, outside ? NULL : w);
	jsonw_str(j, "profile", s->profile->path);
	jsonw_object_end(j);
}

/* --- plan --------------------------------------------------------------- */

/* The command line, as a list and for a shell: quoted when it is masked, so
 * that it is what the list says. */
static void
status_plan_argv(struct jsonw *j, const struct strv *argv)
{
	struct strv shown = { 0 };
	char *line;

	for (size_t i = 0; i < argv->n; i++)
		strv_take(&shown,
		    j->mask != NULL ? j->mask(argv->v[i])
				    : xstrdup(argv->v[i]));
	jsonw_array(j, "argv");
	for (size_t i = 0; i < shown.n; i++)
		jsonw_str(j, NULL, shown.v[i]);
	jsonw_array_end(j);
	line = strv_shell(&shown);
	jsonw_str(j, "shell", line);
	free(line);
	strv_clear(&shown);
}

static void
status_plan_worker(struct jsonw *j, const struct profile *p,
    const struct plan_worker *w, const struct probe *ffmpeg,
    const struct stream *s)
{
	struct strv argv = { 0 };
	struct plan_worker now = *w;

	now.in = s != NULL
	    ? stream_stdin(s, w)
	    : launch_stdin(profile_source_at(p, (size_t)w->source), w);
	ffargs_worker(&argv, p, &now, ffmpeg->path, &ffmpeg->ver);
	jsonw_object(j, NULL);
	jsonw_str(j, "name", w->name);
	jsonw_word(j, "role", role_names[w->role]);
	status_plan_argv(j, &argv);
	jsonw_object_end(j);
	strv_clear(&argv);
}

/* Who brings a link's pictures: a worker, or a way in of ours. */
static const char *
status_plan_from(
    const struct profile *p, const struct plan *plan, const struct plan_link *l)
{
	if (l->from != PLAN_SELF)
		return plan->workers[l->from].name;
	if (p->source.h264.key.set)
		return p->source.h264.fifo != NULL ? "fifo" : "socket";
	return p->source.frames.fifo != NULL ? "fifo"
	    : p->source.frames.socket	     ? "socket"
					     : "pattern";
}

static void
status_plan_link(struct jsonw *j, const struct profile *p,
    const struct plan *plan, const struct plan_link *l)
{
	jsonw_object(j, NULL);
	jsonw_word(j, "type", link_names[l->type]);
	jsonw_str(j, "from", status_plan_from(p, plan, l));
	jsonw_str(j, "to",
	    l->to == PLAN_SELF ? "outputs" : plan->workers[l->to].name);
	if (l->type == LINK_PACKETS)
		jsonw_str(j, "text",
		    l->to == PLAN_SELF ? "MPEG-TS, in its turn" : "MPEG-TS");
	else if (l->fps.den == 1)
		jsonw_strf(j, "text", "%dx%d %s %lld fps", l->geometry.w,
		    l->geometry.h, pixfmt_names[l->geometry.format],
		    (long long)l->fps.num);
	else
		jsonw_strf(j, "text", "%dx%d %s %lld/%lld fps", l->geometry.w,
		    l->geometry.h, pixfmt_names[l->geometry.format],
		    (long long)l->fps.num, (long long)l->fps.den);
	jsonw_object_end(j);
}

void
status_write_plan(struct jsonw *j, const struct profile *p,
    const struct probe *ffmpeg, const struct stream *s)
{
	struct plan plan;

	plan_make(&plan, p);
	jsonw_object(j, NULL);
	jsonw_word(j, "name", p->name);
	jsonw_word(j, "topology", topology_names[plan.topology]);
	jsonw_array(j, "workers");
	for (size_t i = 0; i < plan.n_workers; i++)
		status_plan_worker(j, p, &plan.workers[i], ffmpeg, s);
	jsonw_array_end(j);
	jsonw_array(j, "links");
	for (size_t i = 0; i < plan.n_links; i++)
		status_plan_link(j, p, &plan, &plan.links[i]);
	jsonw_array_end(j);
	jsonw_object_end(j);
}

/* --- lines -------------------------------------------------------------- */

void
status_write_event(struct jsonw *j, const char *key, const struct event *e)
{
	jsonw_object(j, key);
	status_time(j, "t", e->wall);
	jsonw_word(j, "stream", e->stream);
	jsonw_str(j, "worker", e->worker);
	jsonw_word(j, "event", e->kind);
	jsonw_word(j, "from", e->from);
	jsonw_word(j, "to", e->to);
	jsonw_str(j, "text", e->text);
	jsonw_object_end(j);
}

void
status_write_line(struct jsonw *j, const struct worker *w, unsigned run,
    const struct runlog_line *line)
{
	jsonw_object(j, NULL);
	status_time(j, "t", line->wall);
	jsonw_str(j, "worker", w->plan.name);
	jsonw_int(j, "run", run);
	if (line->repeat > 0)
		jsonw_strf(
		    j, "text", "%s (%u times more)", line->text, line->repeat);
	else
		jsonw_str(j, "text", line->text);
	jsonw_object_end(j);
}
