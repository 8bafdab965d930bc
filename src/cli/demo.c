/* SPDX-License-Identifier: ISC */
/*
 * Two profiles in a temporary directory and the daemon in this process; a
 * timer plays the person: looks, kills the encoder once, looks again. It judges
 * by the frames at the receiver; a slow machine gets more time.
 */
#include "config.h"

#include <errno.h>
#include <ev.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "base/jsonw.h"
#include "base/say.h"
#include "base/secrets.h"
#include "base/sock.h"
#include "base/util.h"
#include "cli/demo.h"
#include "cli/render.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "daemon/daemon.h"
#include "daemon/fleet.h"
#include "daemon/status.h"

#define DEMO_POLL_S  0.02
#define DEMO_SHOW_MS 1000
#define DEMO_KILL_MS 8000 /* of a demonstration without end */
#define DEMO_ENOUGH  50	  /* frames at the receiver, before and after */
#define DEMO_PATIENCE_MS \
	60000 /* without a frame, when --for is over too early */

static const char demo_receiver[] =
    "{ \"description\": \"acts as the platform: receives RTMP, writes HLS\",\n"
    "  \"args\": [\"-stats_period\", \"0.1\", \"-listen\", \"1\", \"-f\", "
    "\"flv\",\n"
    "    \"-analyzeduration\", \"1\", \"-i\",\n"
    "    \"rtmp://127.0.0.1:%d/live/demo\", \"-c\", \"copy\",\n"
    "    \"-f\", \"hls\", \"-hls_time\", \"2\", \"-hls_list_size\", \"6\",\n"
    "    \"-hls_flags\", \"delete_segments+append_list+omit_endlist\",\n"
    "    \"%s/index.m3u8\"],\n"
    "  \"restart\": { \"min\": \"200ms\", \"healthy\": \"2s\" },\n"
    "  \"stop\": { \"grace\": \"2s\" } }\n";

static const char demo_camera[] =
    "{ \"description\": \"a test pattern with its number and the time\",\n"
    "  \"source\": { \"frames\": { \"size\": \"640x360\", \"format\": "
    "\"bgr24\",\n"
    "    \"fps\": 25, \"pattern\": \"counter\" } },\n"
    "  \"video\": { \"encoder\": \"libx264\", \"preset\": \"ultrafast\", "
    "\"gop\": \"1s\" },\n"
    "  \"outputs\": [ { \"url\": \"rtmp://127.0.0.1:%d/live/demo\" } ],\n"
    "  \"restart\": { \"min\": \"200ms\", \"healthy\": \"2s\" },\n"
    "  \"stop\": { \"grace\": \"2s\" } }\n";

struct demo {
	char dir[64];
	int port;
	int64_t for_ms, started_ms, shown_ms;
	struct ev_loop *loop;
	struct fleet *fleet;
	ev_timer poll;
	unsigned run;	    /* of the receiver: its ffmpeg counts from 0 */
	int64_t frame;	    /* its count, when we looked last */
	int64_t received;   /* frames of all its runs */
	int64_t old;	    /* of these, from before the new encoder's first */
	int64_t advance_ms; /* the receiver's last new frame */
	int64_t killed_ms;  /* when the encoder was killed; 0: not yet */
	int64_t gap_ms;	    /* longest pause at the receiver since then */
	bool recovered;
	bool waiting;  /* --for is over, but it is not done */
	bool watching; /* a terminal is being drawn on */
};

/* --- the receiver's view ------------------------------------------------ */

/* A stream's worker that sends; NULL without the stream. */
static struct worker *
demo_sender(const struct demo *d, const char *name)
{
	const struct stream *s = fleet_find(d->fleet, name);

	return s == NULL ? NULL : stream_sender(s);
}

/* Whether the encoder that was started after the kill sends. */
static bool
demo_is_new_encoder(const struct demo *d)
{
	const struct worker *w = demo_sender(d, "camera");

	return w != NULL && d->killed_ms > 0 &&
	    w->media.first_ms >= d->killed_ms;
}

/* Count the frames that are new, whatever run of the receiver they are of. */
static void
demo_count(struct demo *d, const struct worker *w)
{
	int64_t frame =
	    w->media.progress.frame > 0 ? w->media.progress.frame : 0;

	if (w->runs != d->run)
		d->frame = 0;
	d->run = w->runs;
	if (frame > d->frame)
		d->received += frame - d->frame;
	d->frame = frame;
	if (!demo_is_new_encoder(d))
		d->old = d->received;
}

/* Note each new frame at the receiver, and the longest pause. */
static void
demo_observe(struct demo *d)
{
	struct worker *w = demo_sender(d, "receiver");

	if (w == NULL)
		return;
	worker_refresh(w);
	demo_count(d, w);
	if (w->media.last_ms <= d->advance_ms)
		return;
	if (d->killed_ms > 0 && w->media.last_ms > d->killed_ms &&
	    w->media.last_ms - d->advance_ms > d->gap_ms)
		d->gap_ms = w->media.last_ms - d->advance_ms;
	d->advance_ms = w->media.last_ms;
}

/* --- showing ------------------------------------------------------------ */

/* The status as a tree, as a client would get it. Caller deletes. */
static cJSON *
demo_status(const struct demo *d)
{
	struct stream *streams[2];
	struct stream *s;
	struct buf json;
	const struct strv all = { 0 };
	struct jsonw j;
	cJSON *root;
	size_t n = 0;

	TAILQ_FOREACH(s, &d->fleet->streams, entry) {
		if (n < NELEM(streams))
			streams[n++] = s;
	}
	buf_init(&json, 0);
	jsonw_init(&j, &json);
	j.mask = secrets_text;
	status_write(
	    &j, d->fleet, &(struct status_choice){ streams, n, &all, false });
	root = cJSON_ParseWithLength(buf_text(&json), json.len);
	buf_clear(&json);
	return root;
}

/* The reason to go on when its time is over. */
static const char *
demo_waits_for(const struct demo *d)
{
	return d->killed_ms == 0
	    ? "Not live yet; the demo runs until the encoder has been killed.\n"
	    : "Not back yet; the demo runs until the receiver gets frames "
	      "again.\n";
}

/* The situation, in words. */
static void
demo_comment(const struct demo *d, struct buf *b)
{
	char span[UTIL_SPAN_LEN];

	buf_putf(b, "\nwatch it:  ffplay %s/hls/index.m3u8\n", d->dir);
	buf_putf(b, "sent to:   rtmp://127.0.0.1:%d/live/demo\n", d->port);
	buf_putf(b, "ask:       ffsup -s %s/ffsup.sock status\n\n", d->dir);
	if (d->waiting)
		buf_puts(b, demo_waits_for(d));
	else if (d->killed_ms == 0)
		buf_puts(b, "The encoder will get SIGKILL in a moment.\n");
	else if (!d->recovered)
		buf_puts(b, "The encoder got SIGKILL.\n");
	else
		buf_putf(b,
		    "The encoder got SIGKILL; the receiver got no new frame "
		    "for %s.\n",
		    util_span(d->gap_ms, span));
}

static void
demo_show_table(struct demo *d, const struct render_opts *o)
{
	cJSON *root = demo_status(d);
	struct buf look, out;

	buf_init(&look, 0);
	buf_init(&out, 0);
	table_status(&look, root, o);
	demo_comment(d, &look);
	if (!d->watching)
		buf_puts(&out, terminal_begin);
	d->watching = true;
	terminal_frame(&out, buf_text(&look), o);
	say_print(&out);
	buf_clear(&look);
	buf_clear(&out);
	cJSON_Delete(root);
}

/* One line, for a log instead of a terminal. */
static void
demo_show_line(const struct demo *d, int64_t now)
{
	const struct stream *cam = fleet_find(d->fleet, "camera");
	const struct stream *rec = fleet_find(d->fleet, "receiver");
	struct framepump_stats st;
	struct buf b;

	if (cam == NULL || rec == NULL)
		return;
	framepump_stats(cam->frames->link, &st);
	buf_init(&b, 0);
	buf_putf(&b,
	    "%5.1f s  camera %-8s %6llu frames sent   receiver %-8s %6lld "
	    "received   restarts %u\n",
	    (double)(now - d->started_ms) / 1000.0,
	    stream_state_names[cam->reported.state], (unsigned long long)st.out,
	    stream_state_names[rec->reported.state],
	    (long long)stream_sender(rec)->media.progress.frame,
	    stream_restarts(cam));
	say_print(&b);
	buf_clear(&b);
}

static void
demo_show(struct demo *d, int64_t now)
{
	struct render_opts o;

	if (now - d->shown_ms < DEMO_SHOW_MS)
		return;
	d->shown_ms = now;
	terminal_opts(&o);
	if (isatty(STDOUT_FILENO))
		demo_show_table(d, &o);
	else
		demo_show_line(d, now);
}

static void __attribute__((format(printf, 1, 2))) demo_say(const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, 0);
	va_start(ap, fmt);
	buf_vputf(&b, fmt, ap);
	va_end(ap);
	say_print(&b);
	buf_clear(&b);
}

/* --- acting ------------------------------------------------------------- */

static void
demo_kill(struct demo *d, int64_t now)
{
	struct stream *s = fleet_find(d->fleet, "camera");
	struct worker *w = s == NULL ? NULL : stream_sender(s);

	if (w == NULL || !worker_is_running(w))
		return;
	if (!isatty(STDOUT_FILENO))
		demo_say("%5.1f s  SIGKILL to the encoder, pid %d\n",
		    (double)(now - d->started_ms) / 1000.0, (int)w->child.pid);
	d->killed_ms = now;
	child_signal(&w->child, SIGKILL);
}

/* Kill half-way, once frames have been flowing. */
static bool
demo_is_time_to_kill(const struct demo *d, int64_t now)
{
	int64_t when = d->for_ms > 0 ? d->for_ms / 2 : DEMO_KILL_MS;

	return d->killed_ms == 0 && now - d->started_ms >= when &&
	    d->received >= DEMO_ENOUGH;
}

static void
demo_check_recovery(struct demo *d, int64_t now)
{
	char span[UTIL_SPAN_LEN];

	if (d->recovered || d->received - d->old < DEMO_ENOUGH)
		return;
	d->recovered = true;
	if (!isatty(STDOUT_FILENO))
		demo_say("%5.1f s  recovered: the receiver got no new frame "
			 "for %s\n",
		    (double)(now - d->started_ms) / 1000.0,
		    util_span(d->gap_ms, span));
}

/* Whether waiting is useless: a stream will not try again, or nothing has come
 * for a minute. */
static bool
demo_is_hopeless(const struct demo *d, int64_t now)
{
	const struct stream *s;
	int64_t since = d->advance_ms;

	TAILQ_FOREACH(s, &d->fleet->streams, entry) {
		if (s->reported.state == STREAM_FAILED)
			return true;
	}
	if (since < d->started_ms + d->for_ms)
		since = d->started_ms + d->for_ms;
	return now - since >= DEMO_PATIENCE_MS;
}

/* Whether its time is over; a slow machine gets more time. */
static bool
demo_is_over(struct demo *d, int64_t now)
{
	if (d->for_ms <= 0 || now - d->started_ms < d->for_ms)
		return false;
	if (d->recovered || demo_is_hopeless(d, now))
		return true;
	if (!d->waiting && !isatty(STDOUT_FILENO))
		demo_say("%5.1f s  %s", (double)(now - d->started_ms) / 1000.0,
		    demo_waits_for(d));
	d->waiting = true;
	return false;
}

static void
demo_poll_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct demo *d = t->data;
	int64_t now = mono_ms();

	if (d->fleet->leaving)
		return;
	demo_observe(d);
	if (demo_is_time_to_kill(d, now))
		demo_kill(d, now);
	demo_check_recovery(d, now);
	demo_show(d, now);
	if (demo_is_over(d, now))
		fleet_leave(d->fleet);
}

static void
demo_ready(void *ctx, struct ev_loop *loop, struct fleet *fleet)
{
	struct demo *d = ctx;

	d->loop = loop;
	d->fleet = fleet;
	d->started_ms = mono_ms();
	if (!isatty(STDOUT_FILENO))
		demo_say("watch it:  ffplay %s/hls/index.m3u8\n"
			 "sent to:   rtmp://127.0.0.1:%d/live/demo\n"
			 "ask:       ffsup -s %s/ffsup.sock status\n",
		    d->dir, d->port, d->dir);
	ev_timer_init(&d->poll, demo_poll_cb, DEMO_POLL_S, DEMO_POLL_S);
	d->poll.data = d;
	ev_timer_start(loop, &d->poll);
	ev_unref(loop);
}

/* --- the rig ------------------------------------------------------------ */

static int
demo_write(const struct demo *d, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", d->dir, name);
	FILE *f = fopen(path, "wex");
	int rc = -1;

	if (f != NULL) {
		rc = fputs(text, f) == EOF ? -1 : 0;
		if (fclose(f) == EOF)
			rc = -1;
	}
	if (rc == -1)
		say_error("cannot write %s: %s", path, strerror(errno));
	free(path);
	return rc;
}

/* Whether a directory needs no quoting in the profiles and in the commands to
 * type. */
static bool
demo_is_plain(const char *dir)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";

	return !util_is_empty(dir) && strlen(dir) <= 40 &&
	    dir[strspn(dir, plain)] == '\0';
}

/* The directory with both profiles and ffsup.json. */
static int
demo_build(struct demo *d)
{
	const char *tmp = getenv("TMPDIR");
	char *hls, *text;
	int rc = 0;

	snprintf(d->dir, sizeof(d->dir), "%s/ffsup-demo-XXXXXX",
	    demo_is_plain(tmp) ? tmp : "/tmp");
	d->port = sock_free_port();
	if (mkdtemp(d->dir) == NULL || d->port == -1) {
		say_error("cannot set up the demonstration in %s: %s", d->dir,
		    strerror(errno));
		return -1;
	}
	hls = xasprintf("%s/hls", d->dir);
	if (mkdir(hls, 0700) == -1)
		rc = -1;
	text = xasprintf(demo_receiver, d->port, hls);
	rc |= demo_write(d, "receiver.json", text);
	free(text);
	text = xasprintf(demo_camera, d->port);
	rc |= demo_write(d, "camera.json", text);
	free(text);
	free(hls);
	rc |= demo_write(d, "ffsup.conf", "{}\n");
	return rc == 0 ? 0 : -1;
}

static int
demo_remove_entry(const char *path, const struct stat *st UNUSED,
    int type UNUSED, struct FTW *ftw UNUSED)
{
	return remove(path);
}

static void
demo_remove(const struct demo *d)
{
	nftw(d->dir, demo_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* The last word. Returns the exit code. */
static int
demo_verdict(const struct demo *d, int code)
{
	char span[UTIL_SPAN_LEN];

	if (code != EXIT_DONE)
		return code;
	if (d->killed_ms == 0) {
		say_error("the stream was not live long enough to be "
			  "killed: %lld frames were received",
		    (long long)d->received);
		return d->for_ms > 0 ? EXIT_FAILED : EXIT_DONE;
	}
	if (!d->recovered) {
		say_error("the stream was live, its encoder was killed, and it "
			  "did not come back: %lld frames were received since "
			  "then",
		    (long long)(d->received - d->old));
		return EXIT_FAILED;
	}
	demo_say("The stream was live, its encoder was killed, and it came "
		 "back: %s without a new frame at the receiver (measured to "
		 "0.1 s).\n",
	    util_span(d->gap_ms, span));
	return EXIT_DONE;
}

int
demo_run(int64_t for_ms)
{
	struct demo d = { .for_ms = for_ms };
	char *camera, *receiver, *conf, *sock;
	int code = EXIT_FAILED;

	if (demo_build(&d) == 0) {
		camera = xasprintf("%s/camera.json", d.dir);
		receiver = xasprintf("%s/receiver.json", d.dir);
		conf = xasprintf("%s/ffsup.conf", d.dir);
		sock = xasprintf("%s/ffsup.sock", d.dir);
		const char *paths[] = { camera, receiver };
		struct daemon_opts o = { .config = conf,
			.socket = sock,
			.paths = paths,
			.n_paths = NELEM(paths),
			.quiet = true,
			.ready = demo_ready,
			.ctx = &d };

		code = daemon_run(&o);
		if (d.watching)
			demo_say("%s\n", terminal_end);
		free(camera);
		free(receiver);
		free(conf);
		free(sock);
	}
	demo_remove(&d);
	return demo_verdict(&d, code);
}
