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
#include "base/meter.h"
#include "base/util.h"
#include "daemon/fleet.h"
#include "daemon/overlayview.h"
#include "daemon/select.h"
#include "daemon/status.h"
#include "link/framereader.h"
#include "process/painter.h"

#define STATUS_PAGE_EVENTS 5 /* last ones of a stream, on its page */

int
status_exit(const struct stream *s)
{
	struct verdict v = stream_verdict(s);

	if (v.down)
		return EXIT_OFF_AIR;
	switch (v.state) {
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

void
status_time(struct jsonw *j, const char *key, int64_t wall)
{
	char text[CALENDAR_RFC3339_LEN];

	jsonw_word(j, key, calendar_rfc3339(wall, text));
}

void
status_seconds(struct jsonw *j, const char *key, int64_t ms)
{
	jsonw_fixed(j, key, (double)ms / 1000.0, 3);
}

/* A number that ffmpeg may not have reported (-1). */
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

void
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
	jsonw_str(j, "signal",
	    e->signal == 0 ? NULL : ffclass_signal_name(e->signal));
	jsonw_word(j, "class", ffclass_names[e->class]);
	jsonw_word(j, "detail", ffdetail_names[e->detail]);
	jsonw_word(j, "side", ffside_names[e->side]);
	jsonw_str(j, "subject", e->subject);
	status_seconds(j, "lived_s", e->lived_ms);
	jsonw_str(j, "text", e->text);
	jsonw_object_end(j);
}

void
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

void
status_outage(struct jsonw *j, const struct stream *s)
{
	const struct outage *o = &s->outage;

	if (!o->cause.failed) {
		jsonw_null(j, "down_since");
		jsonw_null(j, "down_s");
		jsonw_null(j, "tries");
		return;
	}
	status_time(j, "down_since", o->since_wall);
	status_seconds(j, "down_s", mono_ms() - o->since_ms);
	jsonw_int(j, "tries", o->tries);
}

/* --- workers ------------------------------------------------------------ */

/* What an output was given through its link, kbit/s, where its ffmpeg does not
 * say how much it sends; -1: not known. */
static double
status_given(const struct stream *s, const struct worker *w)
{
	struct outlet_stats st;
	double rate;

	if (!plan_is_output(&w->plan) || s->packets == NULL ||
	    !packetlink_outlet_stats(s->packets, w, &st))
		return -1;
	rate = meter_rate(&st.sent, mono_ms());
	return rate < 0 ? -1 : rate * 8 / 1000;
}

/* How fast a worker is now; one that has ended sends nothing any more. */
static struct ffrate_now
status_rates(const struct stream *s, const struct worker *w)
{
	struct ffrate_now now = { -1, -1, -1 };

	if (!worker_is_running(w))
		return now;
	now = ffrate_at(&w->media.rate, mono_ms());
	if (now.kbps < 0)
		now.kbps = status_given(s, w);
	return now;
}

static void
status_progress(struct jsonw *j, const struct stream *s, const struct worker *w)
{
	const struct progress *p = &w->media.progress;
	struct ffrate_now now = status_rates(s, w);

	if (!w->plan.ffmpeg)
		return;
	if (p->frame >= 0)
		jsonw_int(j, "frame", p->frame);
	else
		jsonw_null(j, "frame");
	status_known(j, "fps", now.fps, 2);
	status_known(j, "speed", now.speed, 3);
	status_known(j, "bitrate_kbps", now.kbps, 1);
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
	status_progress(j, s, w);
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

/* What its processes use of the machine now. */
static void
status_usage(struct jsonw *j, struct stream *s)
{
	pid_t pids[PLAN_WORKERS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (worker_is_running(s->workers[i]))
			pids[n++] = s->workers[i]->child.pid;
	if (n > 0)
		usage_look(&s->usage, pids, n, mono_ms());
	status_known(j, "cpu_percent", n > 0 ? s->usage.cpu : -1, 1);
	if (n > 0 && s->usage.rss >= 0)
		jsonw_int(j, "rss_bytes", s->usage.rss);
	else
		jsonw_null(j, "rss_bytes");
}

/* A text, freed here; null: none. */
static void
status_take(struct jsonw *j, const char *key, char *text)
{
	jsonw_str(j, key, text);
	free(text);
}

/* The program at a stream's socket; null: none. */
static void
status_feeder(struct jsonw *j, const struct intake_feeder *f)
{
	if (f->pid == 0) {
		jsonw_null(j, "feeder");
		return;
	}
	jsonw_object(j, "feeder");
	jsonw_int(j, "pid", f->pid);
	status_time(j, "since", f->since_wall);
	jsonw_object_end(j);
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
	status_feeder(j, &framepump_source(s->frames->link)->feeder);
	jsonw_int(j, "pipe_in_bytes", (int64_t)st.pipe_in);
	jsonw_int(j, "pipe_out_bytes", (int64_t)st.pipe_out);
	jsonw_bool(j, "zero_copy", st.lent);
	jsonw_object_end(j);
}

/* An output's losses, and its lag. */
static void
status_outlet(struct jsonw *j, const struct stream *s, const struct worker *w)
{
	struct outlet_stats st;

	if (s->packets == NULL || !packetlink_outlet_stats(s->packets, w, &st))
		return;
	status_seconds(j, "lag_s", st.lag_ms);
	jsonw_int(j, "skips", (int64_t)st.skips);
	jsonw_int(j, "lost_bytes", (int64_t)st.lost_bytes);
	jsonw_int(j, "lost_packets", (int64_t)st.lost_packets);
	status_seconds(j, "lost_s", st.lost_ms);
}

static void
status_output(
    struct jsonw *j, const struct stream *s, size_t i, enum stream_state state)
{
	const struct profile_output *o = profile_output(s->profile, i);
	const struct worker *w = stream_output(s, i);
	const char *to = o->url != NULL ? o->url : o->record;
	struct ffrate_now now = status_rates(s, w);
	char name[PROFILE_NAME_MAX + 1];

	profile_output_name(s->profile, i, name);
	jsonw_object(j, NULL);
	jsonw_str(j, "name", name);
	jsonw_str(j, "url", to);
	jsonw_word(j, "state", stream_state_names[state]);
	status_time(j, "since", w->since_wall);
	jsonw_str(j, "worker", w->plan.name);
	jsonw_int(j, "run", w->runs);
	status_known(j, "fps", now.fps, 2);
	status_known(j, "bitrate_kbps", now.kbps, 1);
	jsonw_int(j, "restarts", w->restarts);
	status_retry(j, w);
	status_take(j, "problem", stream_trouble(s, w));
	status_outlet(j, s, w);
	status_ending(j, "last", worker_last(w));
	jsonw_object_end(j);
}

static void
status_outputs(struct jsonw *j, const struct stream *s, const struct strv *of)
{
	enum stream_state states[PROFILE_OUTPUTS_MAX];
	int up = 0;

	stream_output_states(s, states);
	for (size_t i = 0; i < s->profile->outputs.n; i++)
		up += states[i] == STREAM_LIVE;
	jsonw_int(j, "outputs_up", up);
	jsonw_array(j, "outputs");
	for (size_t i = 0; i < s->profile->outputs.n; i++)
		if (select_means_output(of, s, i))
			status_output(j, s, i, states[i]);
	jsonw_array_end(j);
}

/* A camera program's stream. */
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
	status_feeder(j, &st.feeder);
	if (st.sps == NULL)
		return;
	jsonw_int(j, "width", st.sps->width);
	jsonw_int(j, "height", st.sps->height);
	jsonw_str(j, "profile", h264ps_profile_text(st.sps));
}

/* The packets link: absent without one. */
static void
status_packets(struct jsonw *j, const struct stream *s)
{
	const struct worker *on_air = sourceset_on_air(&s->sources);
	struct relay_inlet_stats st;
	int video, audio;

	if (s->packets == NULL || !packetlink_source_stats(s->packets, &st))
		return;
	jsonw_object(j, "packets");
	if (on_air == NULL && stream_sender(s)->plan.writes == LINK_PACKETS)
		on_air = stream_sender(s);
	jsonw_str(j, "source", on_air == NULL ? NULL : on_air->plan.name);
	jsonw_int(j, "bytes", (int64_t)st.bytes);
	jsonw_int(j, "pictures", (int64_t)st.frames);
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

const char *
status_painter_problem(const struct stream *s, const char **advice)
{
	const struct painter *p = s->host->painter;
	const struct worker *w = painter_worker(p);
	const struct ending *e = worker_last(w);

	if (s->frames == NULL || s->frames->overlay == NULL)
		return NULL;
	*advice = "install ffsup-paint, which a build of ffsup with Pango "
		  "has, and restart ffsup";
	if (!painter_exists(p))
		return "ffsup-paint is not installed: no overlay is drawn";
	if (w->state == ST_UP || (w->state == ST_STARTING && e == NULL))
		return NULL;
	*advice = e != NULL && e->code == EXIT_FAILED
	    ? "install a font, such as the package fonts-noto-core: it exits "
	      "with 1 where it has none"
	    : "nothing, if it comes back; if it dies again and again, a text "
	      "or a font crashes it: FFSUP_DEBUG=painter in the environment "
	      "of the daemon logs what it prints";
	return w->state == ST_HELD
	    ? "the painter is down, and rarely tried again: labels stay, new "
	      "comments wait"
	    : "the painter is down: labels stay, new comments wait";
}

void
status_painter(struct jsonw *j, const struct stream *s, bool problem)
{
	const struct worker *w = painter_worker(s->host->painter);
	const char *advice, *why = status_painter_problem(s, &advice);

	if (s->frames == NULL || s->frames->overlay == NULL ||
	    (problem && why == NULL))
		return;
	jsonw_object(j, "painter");
	jsonw_word(j, "state", worker_state_names[w->state]);
	if (worker_is_running(w))
		jsonw_int(j, "pid", w->child.pid);
	else
		jsonw_null(j, "pid");
	jsonw_int(j, "restarts", w->restarts);
	jsonw_word(j, "problem", why);
	jsonw_word(j, "do", why == NULL ? NULL : advice);
	status_retry(j, w);
	status_ending(j, "last", worker_last(w));
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

/* Frames a second that the stream should have; null where its source
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

/* The producer: a program, or our intake. Caller frees. */
static char *
status_way_in(const struct strv *command, const char *fifo, bool socket)
{
	if (command->n > 0)
		return strv_shell(command);
	return xstrdup(fifo != NULL ? fifo
		: socket	    ? "its socket"
				    : "a test pattern");
}

/* One source in words. Caller frees. */
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

/* The members of a page beyond the table: the origin of the frames; of several
 * sources each, the best first. */
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

/* With the workers and outputs that these words mean. */
static void
status_stream(struct jsonw *j, const struct fleet *f, struct stream *s,
    const struct strv *of, bool page)
{
	struct verdict v = stream_verdict(s);

	jsonw_object(j, NULL);
	jsonw_word(j, "name", s->profile->name);
	jsonw_word(j, "state", stream_state_names[v.state]);
	status_time(j, "since", s->since_wall);
	status_seconds(j, "uptime_s", mono_ms() - s->since_ms);
	status_outage(j, s);
	jsonw_bool(j, "wanted", s->wanted);
	jsonw_word(j, "reason", verdict_name(&v));
	jsonw_word(j, "class",
	    v.failure == FAIL_NONE ? NULL : ffclass_names[v.failure]);
	jsonw_str(
	    j, "worker", v.outside ? NULL : s->workers[v.blamed]->plan.name);
	jsonw_int(j, "restarts", stream_restarts(s));
	jsonw_str(j, "profile", s->profile->path);
	jsonw_bool(j, "changed", fleet_is_changed(f, s->profile));
	jsonw_str(j, "changed_value", fleet_changed_value(f, s->profile));
	jsonw_str(j, "description", s->profile->description);
	jsonw_word(j, "topology", topology_names[s->plan.topology]);
	status_fps_target(j, s);
	status_usage(j, s);
	status_frames(j, s);
	overlayview_write(j, s);
	status_painter(j, s, false);
	status_packets(j, s);
	jsonw_array(j, "workers");
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (select_means_worker(of, s, s->workers[i]))
			status_worker(j, s, s->workers[i], page);
	jsonw_array_end(j);
	status_outputs(j, s, of);
	if (page) {
		status_source(j, s);
		status_stream_events(j, f, s);
	}
	jsonw_object_end(j);
}

void
status_write(
    struct jsonw *j, const struct fleet *f, const struct status_choice *c)
{
	jsonw_object(j, NULL);
	jsonw_int(j, "v", 1);
	jsonw_word(j, "version", PACKAGE_VERSION);
	jsonw_int(j, "pid", getpid());
	jsonw_fixed(
	    j, "uptime_s", (double)(mono_ms() - f->started_ms) / 1000.0, 1);
	status_ffmpeg(j, &f->ffmpeg);
	jsonw_array(j, "streams");
	for (size_t i = 0; i < c->n; i++)
		status_stream(j, f, c->v[i], c->of, c->page);
	jsonw_array_end(j);
	jsonw_object_end(j);
}

char *
status_summary(const struct fleet *f)
{
	unsigned count[N_STREAM_STATES] = { 0 };
	struct stream *s;
	struct buf b;

	buf_init(&b, 0);
	TAILQ_FOREACH(s, &f->streams, entry) {
		count[stream_verdict(s).state]++;
	}
	for (size_t i = 0; i < N_STREAM_STATES; i++)
		if (count[i] > 0)
			buf_putf(&b, "%s%u %s", b.len > 0 ? ", " : "", count[i],
			    stream_state_names[i]);
	if (b.len == 0)
		buf_puts(&b, "no streams");
	return buf_steal(&b);
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
	jsonw_word(j, "stream", w->owner->name);
	jsonw_str(j, "worker", w->plan.name);
	jsonw_int(j, "run", run);
	if (line->repeat > 0)
		jsonw_strf(
		    j, "text", "%s (%u times more)", line->text, line->repeat);
	else
		jsonw_str(j, "text", line->text);
	jsonw_object_end(j);
}
