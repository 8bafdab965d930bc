/* SPDX-License-Identifier: ISC */
/*
 * The pages: all about one stream, and why it is in its state.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/figure.h"
#include "cli/page.h"
#include "cli/render.h"
#include "cli/reply.h"
#include "cli/table.h"
#include "ffmpeg/ffclass.h"

#define PAGE_WRAP  80 /* where it is wrapped when no width is known */
#define PAGE_LABEL 10 /* columns of the labels */

/* Begin a line of a page; "" goes on with the label before. */
static void
page_label(struct buf *b, const char *label, const struct render_opts *o)
{
	if (*label != '\0')
		render_sgr(b, "1", o);
	buf_putf(b, "%*s", PAGE_LABEL, label);
	if (*label != '\0')
		render_sgr(b, "0", o);
	buf_puts(b, "  ");
}

/* A labelled text of the reply, wrapped; nothing without a text. */
static void
page_field(struct buf *b, const char *label, const char *text,
    const struct render_opts *o)
{
	char *plain;

	if (util_is_empty(text))
		return;
	plain = render_copy(text, o);
	page_label(b, label, o);
	text_wrap(
	    b, plain, PAGE_LABEL + 2, o->width > 0 ? o->width : PAGE_WRAP);
	buf_puts(b, "\n");
	free(plain);
}

/* Lines of the reply under one label, each as it is. */
static void
page_field_lines(struct buf *b, const char *label, const cJSON *lines,
    const struct render_opts *o)
{
	const cJSON *line;

	cJSON_ArrayForEach(line, lines) {
		if (!cJSON_IsString(line))
			continue;
		page_label(b, label, o);
		render_plain(b, line->valuestring, o);
		buf_puts(b, "\n");
		label = "";
	}
}

/* How a run ended: "signal SIGKILL after 12.1s (stall), at 11:40:04". */
static void
page_last(struct buf *b, const cJSON *last, const struct render_opts *o)
{
	const char *signal = reply_str(last, "signal");
	const char *class = reply_str(last, "class");
	enum fail_class k = ffclass_by_name(class);
	char lived[FIGURE_CELL];

	if (k == FAIL_NONE) {
		buf_puts(b, "stopped"); /* by us: its code says nothing */
	} else if (signal != NULL) {
		buf_puts(b, "signal ");
		render_plain(b, signal, o);
	} else if (reply_has_num(last, "code")) {
		buf_putf(b, "exit %.0f", reply_num(last, "code", 0));
	} else {
		buf_puts(b, "ended");
	}
	if (reply_has_num(last, "lived_s"))
		buf_putf(b, " after %s",
		    figure_seconds(reply_num(last, "lived_s", 0), lived));
	/* "signal" and "exit" add nothing to the line */
	if (class != NULL && k != FAIL_NONE && k != FAIL_SIGNAL &&
	    k != FAIL_EXIT) {
		buf_puts(b, " (");
		render_plain(b, class, o);
		buf_puts(b, ")");
	}
	if (reply_str(last, "at") != NULL) {
		buf_puts(b, ", at ");
		render_clock(b, reply_str(last, "at"), o);
	}
}

/* "● yolo: lobby camera with detections" */
static void
page_title(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	const struct render_look *look = &render_looks[reply_state(stream)];
	char *name = render_copy(reply_str(stream, "name"), o);
	char *about = render_copy(reply_str(stream, "description"), o);

	if (o->marks) {
		render_sgr(b, look->sgr, o);
		buf_putf(b, "%s ", o->utf8 ? look->mark : look->ascii);
		render_sgr(b, "0", o);
	}
	render_sgr(b, "1", o);
	buf_puts(b, name);
	render_sgr(b, "0", o);
	if (*about != '\0')
		buf_putf(b, ": %s", about);
	buf_puts(b, "\n");
	free(name);
	free(about);
}

/* "14 tries" */
static void
page_tries(struct buf *b, const cJSON *o)
{
	double tries = reply_num(o, "tries", 0);

	buf_putf(b, "%.0f %s", tries, tries == 1 ? "try" : "tries");
}

/* "State  LIVE for 3h20m, 2 restarts" */
static void
page_state(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	const struct render_look *look = &render_looks[reply_state(stream)];
	double restarts = reply_num(stream, "restarts", 0);
	char *tail = render_next(stream), span[FIGURE_CELL];

	page_label(b, "State", o);
	render_sgr(b, look->sgr, o);
	buf_puts(b, look->upper);
	render_sgr(b, "0", o);
	if (reply_has_num(stream, "down_s")) {
		buf_putf(b, ", not on air for %s, ",
		    figure_span(reply_num(stream, "down_s", 0), span));
		page_tries(b, stream);
	} else if (reply_has_num(stream, "uptime_s"))
		buf_putf(b, " for %s",
		    figure_span(reply_num(stream, "uptime_s", 0), span));
	buf_putf(b, ", %.0f restart%s", restarts, restarts == 1 ? "" : "s");
	if (*tail != '\0')
		buf_putf(b, ", %s", tail);
	buf_puts(b, "\n");
	free(tail);
}

/* "Profile  /etc/ffsup/profiles.d/yolo.json" */
static void
page_profile(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	const char *path = reply_str(stream, "profile");

	if (path == NULL)
		return;
	page_label(b, "Profile", o);
	render_plain(b, path, o);
	if (reply_is_true(stream, "changed"))
		buf_puts(b, "   (profile changed; ffsup reload applies it)");
	buf_puts(b, "\n");
	if (reply_str(stream, "changed_value") == NULL)
		return;
	page_label(b, "", o);
	render_plain(b, reply_str(stream, "changed_value"), o);
	buf_puts(b, "   (changed since it was read; ffsup reload)\n");
}

/* " (14.2 fps)", or nothing while it is unknown. */
static void
page_rate(struct buf *b, const cJSON *f, const char *key)
{
	char cell[FIGURE_CELL];

	if (!reply_has_num(f, key))
		return;
	figure_rate(cell, reply_num(f, key, 0));
	buf_putf(b, " (%s fps)", cell);
}

/* "Frames  812 in (30 fps), 810 out (30 fps), 2 dropped, 0 repeated, ..." */
static void
page_frames_counts(struct buf *b, const cJSON *f, const struct render_opts *o)
{
	page_label(b, "Frames", o);
	buf_putf(b, "%.0f in", reply_num(f, "in", 0));
	page_rate(b, f, "fps_in");
	buf_putf(b, ", %.0f out", reply_num(f, "out", 0));
	page_rate(b, f, "fps_out");
	buf_putf(b, ", %.0f dropped, %.0f repeated", reply_num(f, "dropped", 0),
	    reply_num(f, "repeated", 0));
	if (reply_num(f, "slate", 0) > 0)
		buf_putf(b, ", %.0f slate", reply_num(f, "slate", 0));
	if (reply_num(f, "queue", 0) > 0)
		buf_putf(b, "; %.0f queued, the oldest %.0f ms",
		    reply_num(f, "queue", 0), reply_num(f, "queue_age_ms", 0));
	buf_puts(b, "\n");
}

/* "Pipes   in 1024 kB, out 1024 kB, pages lent": how frames travel. */
static void
page_frames_pipes(struct buf *b, const cJSON *f, const struct render_opts *o)
{
	double in = reply_num(f, "pipe_in_bytes", 0);
	double out = reply_num(f, "pipe_out_bytes", 0);

	if (in <= 0 && out <= 0)
		return;
	page_label(b, "Pipes", o);
	if (in > 0)
		buf_putf(b, "in %.0f kB%s", in / 1024, out > 0 ? ", " : "");
	if (out > 0)
		buf_putf(b, "out %.0f kB, pages %s", out / 1024,
		    reply_is_true(f, "zero_copy") ? "lent" : "copied");
	buf_puts(b, "\n");
}

/* "Feeder  pid 2207": the program at the stream's socket. */
static void
page_feeder(struct buf *b, const cJSON *link, const struct render_opts *o)
{
	const cJSON *feeder = reply_get(link, "feeder");

	if (!cJSON_IsObject(feeder))
		return;
	page_label(b, "Feeder", o);
	buf_putf(b, "pid %.0f, connected\n", reply_num(feeder, "pid", 0));
}

static void
page_frames(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	const cJSON *f = reply_get(stream, "frames");
	enum fallback fallback = reply_fallback(f);
	enum stream_state state = reply_state(stream);
	bool on_air = state == STREAM_DEGRADED || state == STREAM_LIVE;

	if (!cJSON_IsObject(f))
		return;
	page_frames_counts(b, f, o);
	if (on_air && fallback == FALLBACK_HOLD)
		page_field(b, "On air", "the last frame", o);
	if (on_air && fallback == FALLBACK_SLATE)
		page_field(b, "On air", "the slate", o);
	page_field(b, "Way in", reply_str(f, "way_in"), o);
	page_field(b, "Problem", reply_str(f, "problem"), o);
	page_feeder(b, f, o);
	page_field(b, "Receives", reply_str(f, "guess"), o);
	page_frames_pipes(b, f, o);
}

/* "On air  source2": which of several sources it is. */
static void
page_packets_source(
    struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	const cJSON *workers = reply_get(stream, "workers"), *w;
	int sources = 0;

	cJSON_ArrayForEach(w, workers) {
		sources += util_streq(reply_str(w, "role"), "source");
	}
	if (sources > 1)
		page_field(b, "On air",
		    reply_str(reply_get(stream, "packets"), "source"), o);
}

/* "1280x720 High 4.1, " where a camera's parameter sets say it. */
static void
page_packets_picture(struct buf *b, const cJSON *p, const struct render_opts *o)
{
	if (!reply_has_num(p, "width"))
		return;
	buf_putf(b, "%.0fx%.0f ", reply_num(p, "width", 0),
	    reply_num(p, "height", 0));
	render_plain(b, reply_str(p, "profile"), o);
	buf_puts(b, ", ");
}

/* "Packets  1280x720 High 4.1, h264 + aac, 30.0 fps, 2100 kbit/s, a key frame
 * every 2.0s, 12 bytes of garbage" */
static void
page_packets(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	const cJSON *p = reply_get(stream, "packets");
	const char *video = reply_str(p, "video");
	const char *audio = reply_str(p, "audio");

	if (!cJSON_IsObject(p))
		return;
	page_label(b, "Packets", o);
	page_packets_picture(b, p, o);
	render_plain(b, video != NULL ? video : "no video", o);
	if (audio != NULL) {
		buf_puts(b, " + ");
		render_plain(b, audio, o);
	}
	if (reply_has_num(p, "fps"))
		buf_putf(b, ", %.1f fps", reply_num(p, "fps", 0));
	if (reply_has_num(p, "bitrate_kbps"))
		buf_putf(b, ", %.0f kbit/s", reply_num(p, "bitrate_kbps", 0));
	if (reply_has_num(p, "gop_s"))
		buf_putf(
		    b, ", a key frame every %.1fs", reply_num(p, "gop_s", 0));
	if (reply_num(p, "garbage_bytes", 0) > 0)
		buf_putf(b, ", %.0f bytes of garbage",
		    reply_num(p, "garbage_bytes", 0));
	buf_puts(b, "\n");
	page_field(b, "Way in", reply_str(p, "way_in"), o);
	page_field(b, "Problem", reply_str(p, "problem"), o);
	page_feeder(b, p, o);
	page_field(b, "Warning", reply_str(p, "warning"), o);
	page_packets_source(b, stream, o);
}

/* Append a state of the reply in capitals (they are ASCII). */
static void
page_upper(struct buf *b, const char *word, const struct render_opts *o)
{
	char *copy = render_copy(word != NULL ? word : "?", o);

	render_sgr(b, render_state_sgr(word), o);
	for (char *p = copy; *p != '\0'; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	}
	buf_puts(b, copy);
	render_sgr(b, "0", o);
	free(copy);
}

/* The known figures of a worker. */
static void
page_worker_figures(struct buf *b, const cJSON *w)
{
	double restarts = reply_num(w, "restarts", 0);
	char text[FIGURE_CELL];

	if (reply_has_num(w, "pid"))
		buf_putf(b, "   pid %.0f", reply_num(w, "pid", 0));
	if (reply_has_num(w, "fps")) {
		figure_rate(text, reply_num(w, "fps", 0));
		buf_putf(b, "   %s fps", text);
	}
	if (reply_has_num(w, "speed"))
		buf_putf(b, "   %.2fx", reply_num(w, "speed", 0));
	if (reply_has_num(w, "bitrate_kbps"))
		buf_putf(b, "   %.0f kbit/s", reply_num(w, "bitrate_kbps", 0));
	if (restarts > 0)
		buf_putf(
		    b, "   %.0f restart%s", restarts, restarts == 1 ? "" : "s");
	if (reply_has_num(w, "retry_in_s"))
		buf_putf(b, "   next try in %s",
		    figure_span(reply_num(w, "retry_in_s", 0), text));
}

/* "Usage  12.3 % of a processor, 84 MB": of all its processes. */
static void
page_usage(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	if (!reply_has_num(stream, "cpu_percent"))
		return;
	page_label(b, "Usage", o);
	buf_putf(
	    b, "%.1f %% of a processor", reply_num(stream, "cpu_percent", 0));
	if (reply_has_num(stream, "rss_bytes"))
		buf_putf(b, ", %.0f MB of memory",
		    reply_num(stream, "rss_bytes", 0) / (1024 * 1024));
	buf_puts(b, "\n");
}

/* "Workers  encoder  UP for 3h20m   pid 2207   30 fps", and how the run
 * before ended. */
static void
page_workers(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	const cJSON *workers = reply_get(stream, "workers"), *w, *last;
	int width = render_widest(workers, "name", o);
	const char *label = "Workers";
	char span[FIGURE_CELL];

	cJSON_ArrayForEach(w, workers) {
		page_label(b, label, o);
		label = "";
		render_name(b, reply_str(w, "name"), width, o);
		page_upper(b, reply_str(w, "state"), o);
		if (reply_has_num(w, "uptime_s"))
			buf_putf(b, " for %s",
			    figure_span(reply_num(w, "uptime_s", 0), span));
		page_worker_figures(b, w);
		buf_puts(b, "\n");
		last = reply_get(w, "last");
		if (!cJSON_IsObject(last))
			continue;
		page_label(b, "", o);
		text_blanks(b, width + 2);
		buf_puts(b, "last run: ");
		page_last(b, last, o);
		buf_puts(b, "\n");
	}
}

/* "Painter  UP   pid 2208", and what is wrong with it. */
static void
page_painter(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	const cJSON *p = reply_get(stream, "painter");

	if (!cJSON_IsObject(p))
		return;
	page_label(b, "Painter", o);
	page_upper(b, reply_str(p, "state"), o);
	page_worker_figures(b, p);
	buf_puts(b, "\n");
	page_field(b, "Problem", reply_str(p, "problem"), o);
}

/* "   1812 kbit/s": the output's rate, where known. */
static void
page_output_rate(struct buf *b, const cJSON *out)
{
	double kbps = reply_num(out, "bitrate_kbps", -1);

	if (kbps >= 0)
		buf_putf(b, "   %.0f kbit/s", kbps);
}

/* "   2 restarts, 12.5s lost": an output's troubles. */
static void
page_output_loss(struct buf *b, const cJSON *out)
{
	double restarts = reply_num(out, "restarts", 0);
	double lost = reply_num(out, "lost_s", 0);
	char text[FIGURE_CELL];

	if (restarts > 0)
		buf_putf(
		    b, "   %.0f restart%s", restarts, restarts == 1 ? "" : "s");
	if (lost > 0)
		buf_putf(b, "%s%s lost", restarts > 0 ? ", " : "   ",
		    figure_seconds(lost, text));
}

/* "Outputs  youtube  LIVE   rtmps://a.example/live2/..." */
static void
page_outputs(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	const cJSON *outputs = reply_get(stream, "outputs"), *out;
	int width = render_widest(outputs, "name", o);
	const char *label = "Outputs", *url;

	cJSON_ArrayForEach(out, outputs) {
		page_label(b, label, o);
		label = "";
		render_name(b, reply_str(out, "name"), width, o);
		page_upper(b, reply_str(out, "state"), o);
		page_output_rate(b, out);
		url = reply_str(out, "url");
		if (url != NULL) {
			buf_puts(b, "   ");
			render_plain(b, url, o);
		}
		page_output_loss(b, out);
		buf_puts(b, "\n");
		page_field(b, "Problem", reply_str(out, "problem"), o);
	}
}

/* "Events  11:40:02  yolo/encoder: UP -> STOPPING, ..." */
static void
page_events(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	const cJSON *events = reply_get(stream, "events"), *ev;
	const char *label = "Events", *text;

	cJSON_ArrayForEach(ev, events) {
		page_label(b, label, o);
		label = "";
		render_clock(b, reply_str(ev, "t"), o);
		buf_puts(b, "  ");
		text = reply_str(ev, "text");
		render_plain(b, text != NULL ? text : "-", o);
		buf_puts(b, "\n");
	}
}

void
page_stream(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	const cJSON *s = cJSON_GetArrayItem(reply_get(data, "streams"), 0);
	char *name;

	if (s == NULL) {
		table_status(b, data, o);
		return;
	}
	page_title(b, s, o);
	page_state(b, s, o);
	page_field(b, "Reason", reply_str(s, "reason"), o);
	page_profile(b, s, o);
	page_field(b, "Input", reply_str(s, "source"), o);
	page_frames(b, s, o);
	page_packets(b, s, o);
	page_workers(b, s, o);
	page_painter(b, s, o);
	page_usage(b, s, o);
	page_outputs(b, s, o);
	page_events(b, s, o);
	if (render_looks[reply_state(s)].trouble) {
		name = render_copy(reply_str(s, "name"), o);
		buf_putf(b, "\nTry:  ffsup why %s\n", name);
		free(name);
	}
}

/* --- why ----------------------------------------------------------------- */

/* The first line: the daemon's, or that of one older than 0.2.0. */
static void
page_why_head(struct buf *b, const cJSON *why, const struct render_opts *o)
{
	const char *head = reply_str(why, "head");
	char *plain =
	    render_copy(head != NULL ? head : reply_str(why, "text"), o);

	render_sgr(b, render_state_sgr(reply_str(why, "state")), o);
	buf_puts(b, plain);
	render_sgr(b, "0", o);
	buf_puts(b, "\n\n");
	free(plain);
}

/* "Worker  rtmp2, class refused, HELD": who is to blame, in the words of the
 * JSON. */
static void
page_why_worker(struct buf *b, const cJSON *fault, const struct render_opts *o)
{
	const char *worker = reply_str(fault, "worker");
	const char *class = reply_str(fault, "class");
	const char *detail = reply_str(fault, "detail");

	if (worker == NULL)
		return;
	page_label(b, "Worker", o);
	render_plain(b, worker, o);
	if (class != NULL && ffclass_by_name(class) != FAIL_NONE) {
		buf_puts(b, ", class ");
		render_plain(b, class, o);
	}
	if (class != NULL && detail != NULL) {
		buf_puts(b, ": ");
		render_plain(b, detail, o);
	}
	buf_puts(b, "\n");
}

/* Since when it has been so, or not on air; and how the last run ended, but not of
 * a stream that was stopped. */
static void
page_why_times(struct buf *b, const cJSON *why, const struct render_opts *o)
{
	const char *down = reply_str(why, "down_since");
	const char *since = reply_str(why, "since");
	double span_s = reply_num(why, "uptime_s", 0);
	const cJSON *last = reply_get(why, "last");
	char span[FIGURE_CELL];

	if (down != NULL) {
		since = down;
		span_s = reply_num(why, "down_s", 0);
	}
	if (since != NULL) {
		page_label(b, "Since", o);
		render_clock(b, since, o);
		buf_putf(b, ", for %s now", figure_span(span_s, span));
		if (down != NULL)
			buf_puts(b, ": not on air");
		/* failures before any start are attempts, too */
		if (down != NULL &&
		    reply_num(why, "tries", 0) >=
			reply_num(why, "attempt", 0)) {
			buf_puts(b, ", ");
			page_tries(b, why);
		}
		buf_puts(b, "\n");
	}
	if (cJSON_IsObject(last) && reply_state(why) != STREAM_OFF) {
		page_label(b, "Last run", o);
		page_last(b, last, o);
		buf_puts(b, "\n");
	}
}

/* "Next try  in 12.0 s, attempt 4": of a fault beside the first. */
static void
page_why_next(struct buf *b, const cJSON *fault, const struct render_opts *o)
{
	char span[FIGURE_CELL];

	if (!reply_has_num(fault, "retry_in_s"))
		return;
	page_label(b, "Next try", o);
	buf_putf(b, "in %s%s\n",
	    figure_span(reply_num(fault, "retry_in_s", 0), span),
	    reply_is_true(fault, "held") ? "; it was given up" : "");
}

/* "Profile  /etc/ffsup/profiles.d/cam.json:4:13 (source.password)" */
static void
page_why_profile(struct buf *b, const cJSON *why, const cJSON *fault,
    const struct render_opts *o)
{
	const char *path = reply_str(why, "profile");
	const char *key = reply_str(fault, "key");
	const char *place = reply_str(fault, "place");

	if (path == NULL)
		return;
	page_label(b, "Profile", o);
	render_plain(b, path, o);
	if (place != NULL && strchr(place, ':') != NULL)
		render_plain(b, strchr(place, ':'), o);
	if (key != NULL) {
		buf_puts(b, " (");
		render_plain(b, key, o);
		buf_puts(b, ")");
	}
	buf_puts(b, "\n");
}

/* What has changed since it was read. */
static void
page_why_changed(struct buf *b, const cJSON *why, const struct render_opts *o)
{
	const char *file = reply_str(why, "changed_value");
	char *text;

	if (reply_is_true(why, "changed"))
		page_field(b, "Changed",
		    "the profile has changed since it was read: `ffsup "
		    "reload` applies it",
		    o);
	if (file == NULL)
		return;
	text = xasprintf("%s has changed since its value was read: `ffsup "
			 "reload` reads it",
	    file);
	page_field(b, "Changed", text, o);
	free(text);
}

/* A fault after the first one. */
static void
page_why_fault(struct buf *b, const cJSON *why, const cJSON *fault,
    const struct render_opts *o)
{
	buf_puts(b, "\n");
	page_field(b, "Cause", reply_str(fault, "cause"), o);
	page_why_worker(b, fault, o);
	page_why_next(b, fault, o);
	page_field_lines(b, "Proof", reply_get(fault, "proof"), o);
	page_field(b, "Do", reply_str(fault, "do"), o);
	page_why_profile(b, why, fault, o);
}

static bool
page_has_name(const cJSON *names, const char *name)
{
	const cJSON *n;

	cJSON_ArrayForEach(n, names) {
		if (cJSON_IsString(n) && util_streq(n->valuestring, name))
			return true;
	}
	return false;
}

/* Whether a fault of a stream is one that a group tells. */
static bool
page_is_in_group(const cJSON *groups, const cJSON *why, const cJSON *fault)
{
	const cJSON *g;

	cJSON_ArrayForEach(g, groups) {
		if (util_streq(
			reply_str(g, "class"), reply_str(fault, "class")) &&
		    util_streq(
			reply_str(g, "side"), reply_str(fault, "side")) &&
		    util_streq(
			reply_str(g, "subject"), reply_str(fault, "subject")) &&
		    page_has_name(
			reply_get(g, "streams"), reply_str(why, "name")))
			return true;
	}
	return false;
}

/* One stream, without the further faults that groups tell. */
static void
page_why_beside(struct buf *b, const cJSON *why, const cJSON *groups,
    const struct render_opts *o)
{
	const cJSON *faults = reply_get(why, "faults"), *fault;

	page_why_head(b, why, o);
	page_field(b, "Cause", reply_str(why, "cause"), o);
	page_why_worker(b, why, o);
	page_field(b, "On air", reply_str(why, "on_air"), o);
	page_why_times(b, why, o);
	page_field_lines(b, "Proof", reply_get(why, "proof"), o);
	page_field(b, "Do", reply_str(why, "do"), o);
	page_why_profile(b, why, why, o);
	page_why_changed(b, why, o);
	if (reply_str(why, "cause") != NULL)
		page_field_lines(b, "Log", reply_get(why, "stderr"), o);
	cJSON_ArrayForEach(fault, faults) {
		if (fault != faults->child &&
		    !page_is_in_group(groups, why, fault))
			page_why_fault(b, why, fault, o);
	}
}

void
page_why(struct buf *b, const cJSON *why, const struct render_opts *o)
{
	page_why_beside(b, why, NULL, o);
}

/* --- why of several ------------------------------------------------------ */

/* Whether groups tell all that is wrong with a stream. */
static bool
page_is_told(const cJSON *groups, const cJSON *why)
{
	const cJSON *fault;
	int n = 0;

	cJSON_ArrayForEach(fault, reply_get(why, "faults")) {
		if (!page_is_in_group(groups, why, fault))
			return false;
		n++;
	}
	return n > 0;
}

/* Texts of a list in one line. */
static void
page_join(struct buf *b, const char *label, const cJSON *list,
    const struct render_opts *o)
{
	const cJSON *item;
	struct buf all;

	buf_init(&all, 0);
	cJSON_ArrayForEach(item, list) {
		if (cJSON_IsString(item))
			buf_putf(&all, "%s%s", all.len > 0 ? ", " : "",
			    item->valuestring);
	}
	page_field(b, label, buf_text(&all), o);
	buf_clear(&all);
}

/* "uplink lost: 4 streams cannot reach live.example:1935", and which. */
static void
page_group(struct buf *b, const cJSON *group, const struct render_opts *o)
{
	char *text = render_copy(reply_str(group, "text"), o);

	buf_putf(b, "%s\n\n", text);
	page_join(b, "Streams", reply_get(group, "streams"), o);
	page_field(b, "Cause", reply_str(group, "cause"), o);
	page_field(b, "Do", reply_str(group, "do"), o);
	page_join(b, "Profiles", reply_get(group, "places"), o);
	free(text);
}

void
page_whys(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	const cJSON *groups = reply_get(data, "groups"), *g;
	const cJSON *streams = reply_get(data, "streams"), *why;
	bool begun = false;

	cJSON_ArrayForEach(g, groups) {
		buf_puts(b, begun ? "\n\n" : "");
		page_group(b, g, o);
		begun = true;
	}
	cJSON_ArrayForEach(why, streams) {
		if (page_is_told(groups, why))
			continue;
		buf_puts(b, begun ? "\n\n" : "");
		page_why_beside(b, why, groups, o);
		begun = true;
	}
	if (!begun)
		buf_puts(b, "nothing is wrong\n");
}
