/* SPDX-License-Identifier: ISC */
/*
 * The commands that ask the daemon. Most are one question and one answer;
 * status -w asks again and again, logs -f and events -f listen, and start,
 * stop, restart, retry wait for the result.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "base/say.h"
#include "base/util.h"
#include "cli/answer.h"
#include "cli/args.h"
#include "cli/client.h"
#include "cli/loglines.h"
#include "cli/page.h"
#include "cli/planscript.h"
#include "cli/query.h"
#include "cli/render.h"
#include "cli/reply.h"
#include "cli/table.h"
#include "cli/terminal.h"

#define QUERY_TIMEOUT_MS 10000 /* for one answer, and for a result */
#define QUERY_WATCH_MS	 1000
#define QUERY_POLL_MS	 50

/* --- questions and answers ----------------------------------------------- */

/* The way of a comment over the frame; NULL: it flies. */
static const char *
query_mode(const struct cli_args *a)
{
	return a->say.top ? "top" : a->say.bottom ? "bottom" : NULL;
}

struct client_request
query_request(const struct cli_args *a)
{
	return (struct client_request){
		.cmd = a->verb,
		.args = a->names.v,
		.n_args = a->names.n,
		.all = a->all,
		.dry_run = a->dry_run,
		.follow = a->follow,
		.lines = a->lines,
		.reveal = a->reveal,
		.id = a->say.id,
		.color = a->say.color,
		.mode = query_mode(a),
		.user = a->say.user,
		.size = a->say.size,
	};
}

int
query_refused(struct client_reply *r)
{
	const cJSON *error;
	int code = r->exit;

	cJSON_ArrayForEach(error, client_errors(r)) {
		if (cJSON_IsString(error))
			say_line("", error->valuestring);
	}
	if (code != EXIT_DONE) /* else the user has just left */
		say_error("%s", r->error);
	client_reply_clear(r);
	return code;
}

/* Pass the data of a reply on as it came. */
static int
query_show_text(struct jsontext text)
{
	struct buf b;

	buf_init(&b, 0);
	buf_put(&b, text.at, text.len);
	buf_puts(&b, "\n");
	return say_print(&b);
}

/* Show the data of a reply, to a person or to a script. */
static int
query_show(const struct cli_args *a, struct client_reply *r, render_fn *render)
{
	struct render_opts o;
	struct buf b;

	if (a->json)
		return query_show_text(r->data);
	terminal_opts(&o);
	o.height = 0; /* it may scroll */
	buf_init(&b, 0);
	render(&b, client_data(r), &o);
	return say_print(&b);
}

int
query_once(const struct cli_args *a, render_fn *render)
{
	struct client_request rq = query_request(a);
	struct client_reply r;
	int code;

	if (client_ask(a->socket, &rq, QUERY_TIMEOUT_MS, &r) == -1)
		return query_refused(&r);
	code = query_show(a, &r, render) == -1 ? EXIT_FAILED : r.exit;
	client_reply_clear(&r);
	return code;
}

/* Whether one name is asked for, and no pattern. */
static bool
query_is_exact(const struct cli_args *a)
{
	return a->names.n == 1 && strpbrk(a->names.v[0], "*?[") == NULL;
}

int
query_why(const struct cli_args *a)
{
	return query_once(a, query_is_exact(a) ? page_why : page_whys);
}

int
query_plan(const struct cli_args *a)
{
	struct client_request rq = query_request(a);
	struct client_reply r;
	int code;

	if (client_ask(a->socket, &rq, QUERY_TIMEOUT_MS, &r) == -1) {
		if (r.exit != EXIT_NO_DAEMON)
			return query_refused(&r);
		client_reply_clear(&r);
		return EXIT_NO_DAEMON;
	}
	code =
	    query_show(a, &r, planscript_write) == -1 ? EXIT_FAILED : EXIT_DONE;
	client_reply_clear(&r);
	return code;
}

int
query_reload(const struct cli_args *a)
{
	int code = query_once(a, answer_reload);

	if (code == EXIT_DONE && a->dry_run)
		say_line("", "dry run: nothing was changed");
	return code;
}

int
query_version(const struct cli_args *a)
{
	struct client_request rq = query_request(a);
	struct client_reply r;

	if (client_ask(a->socket, &rq, QUERY_TIMEOUT_MS, &r) == 0)
		query_show(a, &r, answer_version);
	client_reply_clear(&r);
	return EXIT_DONE;
}

/* --- status -------------------------------------------------------------- */

/* The one stream asked for by its exact name gets a page. */
static render_fn *
query_status_render(const struct cli_args *a)
{
	if (query_is_exact(a))
		return page_stream;
	return table_status;
}

/* A watcher's view now: the table, or why it has none. */
static void
query_watch_look(
    const struct cli_args *a, const struct render_opts *o, struct buf *b)
{
	struct client_request rq = query_request(a);
	struct client_reply r;

	if (client_ask(a->socket, &rq, QUERY_TIMEOUT_MS, &r) == 0 && a->json) {
		buf_put(b, r.data.at, r.data.len);
		buf_puts(b, "\n");
	} else if (r.ok) {
		query_status_render(a)(b, client_data(&r), o);
	} else if (o->marks) {
		buf_puts(b, "ffsup: ");
		render_plain(b, r.error, o);
		buf_puts(b, "\n\nStill trying; Ctrl-C ends this.\n");
	} else {
		say_error("%s; still trying", r.error);
	}
	client_reply_clear(&r);
}

/* Look every second, over the last look on a terminal, else below it. */
static int
query_watch(const struct cli_args *a)
{
	bool over = isatty(STDOUT_FILENO) && !a->json;
	struct render_opts o;
	struct buf look, out;
	int rc;

	client_catch_signals();
	buf_init(&look, 0);
	buf_init(&out, 0);
	if (over)
		buf_puts(&out, terminal_begin);
	do {
		terminal_opts(&o);
		query_watch_look(a, &o, &look);
		if (over)
			terminal_frame(&out, buf_text(&look), &o);
		else
			buf_put(&out, buf_text(&look), look.len);
		rc = say_print(&out);
		buf_clear(&look);
	} while (rc == 0 && client_pause(QUERY_WATCH_MS));
	if (over) {
		buf_puts(&out, terminal_end);
		buf_puts(&out, "\n");
		say_print(&out);
	}
	return rc == -1 ? EXIT_FAILED : EXIT_DONE;
}

int
query_status(const struct cli_args *a)
{
	struct client_request rq = query_request(a);
	struct client_reply r;
	int code, rc = 0;

	if (a->watch)
		return query_watch(a);
	if (client_ask(a->socket, &rq, QUERY_TIMEOUT_MS, &r) == -1 && !a->quiet)
		return query_refused(&r);
	if (!a->quiet)
		rc = query_show(a, &r, query_status_render(a));
	code = rc == -1 ? EXIT_FAILED : r.exit;
	client_reply_clear(&r);
	return code;
}

/* --- following ----------------------------------------------------------- */

/* A list that may go on: its name in the reply, and how its items look. */
struct query_feed {
	const char *list;
	render_fn *render_all;
	render_fn *render_one;
};

/* Show the existing items: JSON one item a line, like the coming ones. */
static int
query_feed_begin(const struct cli_args *a, const struct query_feed *feed,
    struct client_reply *r)
{
	struct jsontext list, item;
	struct buf b;

	if (!a->json)
		return query_show(a, r, feed->render_all);
	if (r->data.at == NULL ||
	    jsontext_member(r->data, feed->list, &list) == -1)
		return 0;
	buf_init(&b, 0);
	while (jsontext_element(&list, &item)) {
		buf_put(&b, item.at, item.len);
		buf_puts(&b, "\n");
	}
	return say_print(&b);
}

/* Show one line that came later. */
static int
query_feed_line(
    const struct cli_args *a, const struct query_feed *feed, const char *line)
{
	struct render_opts o;
	struct buf b;
	cJSON *item;

	if (a->json)
		return query_show_text((struct jsontext){ line, strlen(line) });
	item = cJSON_Parse(line);
	terminal_opts(&o);
	buf_init(&b, 0);
	feed->render_one(&b, item, &o);
	cJSON_Delete(item);
	return say_print(&b);
}

/* Listen until one of the three sides has enough. */
static int
query_feed_follow(
    const struct cli_args *a, const struct query_feed *feed, struct client *c)
{
	enum client_event ev;
	char *line;
	int rc;

	while ((ev = client_next(c, -1, &line)) == CLIENT_LINE) {
		rc = query_feed_line(a, feed, line);
		if (rc != 0)
			return rc == -1 ? EXIT_FAILED : EXIT_DONE;
	}
	if (ev == CLIENT_SIGNAL)
		return EXIT_DONE;
	say_error("the daemon closed the connection; is it still running? Try: "
		  "ffsup status");
	return EXIT_NO_DAEMON;
}

/* logs and events. */
static int
query_feed(const struct cli_args *a, const struct query_feed *feed)
{
	struct client_request rq = query_request(a);
	struct client_reply r;
	struct client *c;
	int code, rc;

	if (a->follow)
		client_catch_signals();
	c = client_open(a->socket, &rq, QUERY_TIMEOUT_MS, &r);
	if (c == NULL)
		return query_refused(&r);
	rc = query_feed_begin(a, feed, &r);
	code = rc == -1 ? EXIT_FAILED : r.exit;
	if (rc == 0 && a->follow)
		code = query_feed_follow(a, feed, c);
	client_close(c);
	client_reply_clear(&r);
	return code;
}

int
query_logs(const struct cli_args *a)
{
	static const struct query_feed one = { "lines", loglines_logs,
		loglines_log };
	static const struct query_feed several = { "lines", loglines_logs_of,
		loglines_log_of };

	return query_feed(a, query_is_exact(a) ? &one : &several);
}

int
query_events(const struct cli_args *a)
{
	static const struct query_feed feed = { "events", loglines_events,
		loglines_event };

	return query_feed(a, &feed);
}

/* --- start, stop, restart, retry ----------------------------------------- */

/* Waiting while the streams carry out a command. */
struct query_await {
	const struct cli_args *a;
	struct client_reply before; /* the status when it began */
	struct client_reply reply;  /* the daemon's reply to the command */
	bool *settled;		    /* owned: one for each result */
	size_t n;
	bool late; /* no more waiting */
	bool failed;
};

/* The status of all streams. 0 / -1. */
static int
query_await_status(const struct cli_args *a, struct client_reply *r)
{
	const struct client_request rq = { .cmd = "status" };

	return client_ask(a->socket, &rq, QUERY_TIMEOUT_MS, r);
}

/* The one of that name in an array of objects, or NULL. */
static const cJSON *
query_await_named(const cJSON *array, const char *name)
{
	const cJSON *o;

	cJSON_ArrayForEach(o, array) {
		if (util_streq(reply_str(o, "name"), name))
			return o;
	}
	return NULL;
}

/* A stream of a status, or with "STREAM/OUTPUT" an output; or NULL. */
static const cJSON *
query_await_find(struct client_reply *status, const char *name)
{
	const cJSON *streams = reply_get(client_data(status), "streams"), *s;
	size_t len = strcspn(name, "/");
	char *stream;

	if (name[len] == '\0')
		return query_await_named(streams, name);
	stream = xstrndup(name, len);
	s = query_await_named(streams, stream);
	free(stream);
	return query_await_named(reply_get(s, "outputs"), name + len + 1);
}

/* How many runs the workers of a stream, or that of an output, have begun; -1
 * without either. */
static double
query_await_runs(const cJSON *stream)
{
	const cJSON *w;
	double runs = 0;

	if (stream == NULL)
		return -1;
	if (reply_get(stream, "workers") == NULL)
		return reply_num(stream, "run", 0);
	cJSON_ArrayForEach(w, reply_get(stream, "workers")) {
		runs += reply_num(w, "run", 0);
	}
	return runs;
}

/* Say how it ended for a stream. */
static void
query_await_settle(
    struct query_await *w, size_t i, const char *name, const char *how)
{
	struct render_opts o;
	struct buf b;

	terminal_opts(&o);
	buf_init(&b, 0);
	render_plain(&b, name, &o);
	buf_puts(&b, ": ");
	render_plain(&b, how, &o);
	buf_puts(&b, "\n");
	if (say_print(&b) == -1)
		w->failed = true;
	w->settled[i] = true;
}

/* The same, with its state. */
static void
query_await_report(
    struct query_await *w, size_t i, const char *name, const cJSON *stream)
{
	struct render_opts o;
	struct buf b;

	terminal_opts(&o);
	buf_init(&b, 0);
	if (w->late)
		buf_puts(&b, "not yet: ");
	table_state(&b, stream, &o);
	query_await_settle(w, i, name, buf_text(&b));
	buf_clear(&b);
}

/* Look at one stream or output: has it happened? A state is about the new run
 * only when a new run has begun. */
static void
query_await_look(
    struct query_await *w, size_t i, const char *name, const cJSON *stream)
{
	enum stream_state state = reply_state(stream);
	bool begun = query_await_runs(stream) !=
	    query_await_runs(query_await_find(&w->before, name));

	if (strcmp(w->a->verb, "stop") == 0) {
		if (state == STREAM_OFF)
			query_await_settle(w, i, name, "stopped");
	} else if (begun && state == STREAM_LIVE) {
		query_await_settle(w, i, name, "live");
	} else if (begun && (state == STREAM_RETRY || state == STREAM_FAILED)) {
		query_await_report(w, i, name, stream);
		w->failed = true;
	}
}

/* Whether a result is only the beginning of something. */
static bool
query_await_is_pending(const char *did)
{
	static const char *const pending[] = {
		"starting",
		"stopping",
		"restarting",
		"retrying",
	};

	for (size_t i = 0; i < NELEM(pending); i++) {
		if (util_streq(did, pending[i]))
			return true;
	}
	return false;
}

/* Look at all unsettled results; returns how many still are. When it is late,
 * no more waiting: report the state. */
static size_t
query_await_look_all(struct query_await *w, struct client_reply *status)
{
	const cJSON *result, *stream;
	size_t i = 0, left = 0;
	const char *name;

	cJSON_ArrayForEach(
	    result, reply_get(client_data(&w->reply), "results")) {
		name = reply_str(result, "name");
		if (name == NULL || w->settled[i]) {
			i++;
			continue;
		}
		stream = query_await_find(status, name);
		if (stream != NULL)
			query_await_look(w, i, name, stream);
		else
			query_await_settle(w, i, name, "removed");
		if (!w->settled[i] && w->late) {
			query_await_report(w, i, name, stream);
			w->failed = true;
		} else if (!w->settled[i]) {
			left++;
		}
		i++;
	}
	return left;
}

/* Report at once the results that need no waiting. Returns how many are
 * left. */
static size_t
query_await_begin(struct query_await *w)
{
	const cJSON *results = reply_get(client_data(&w->reply), "results");
	const cJSON *result;
	const char *name, *did;
	size_t i = 0, left = 0;

	w->n = (size_t)cJSON_GetArraySize(results);
	w->settled = xcalloc(w->n + 1, sizeof(*w->settled));
	cJSON_ArrayForEach(result, results) {
		name = reply_str(result, "name");
		did = reply_str(result, "did");
		if (query_await_is_pending(did))
			left++;
		else if (name != NULL && did != NULL)
			query_await_settle(w, i, name, did);
		i++;
	}
	return left;
}

/* Wait until all is settled or time is up; the exit code. Looking costs the
 * daemon time too: the longer it takes, the rarer it is done. */
static int
query_await_run(struct query_await *w)
{
	int64_t timeout =
	    w->a->timeout_ms > 0 ? w->a->timeout_ms : QUERY_TIMEOUT_MS;
	int64_t end = mono_ms() + timeout, began;
	size_t left = query_await_begin(w);
	struct client_reply status;

	while (left > 0 && !w->late) {
		began = mono_ms();
		if (query_await_status(w->a, &status) == -1)
			return query_refused(&status);
		w->late = mono_ms() >= end;
		left = query_await_look_all(w, &status);
		client_reply_clear(&status);
		if (left > 0 && !w->late)
			client_pause(QUERY_POLL_MS + 4 * (mono_ms() - began));
	}
	return w->failed ? EXIT_FAILED : w->reply.exit;
}

int
query_control(const struct cli_args *a)
{
	struct client_request rq = query_request(a);
	struct query_await w = { .a = a };
	int code;

	if (a->no_wait)
		return query_once(a, answer_results);
	if (query_await_status(a, &w.before) == -1)
		return query_refused(&w.before);
	if (client_ask(a->socket, &rq, QUERY_TIMEOUT_MS, &w.reply) == 0)
		code = query_await_run(&w);
	else
		code = query_refused(&w.reply);
	client_reply_clear(&w.before);
	client_reply_clear(&w.reply);
	free(w.settled);
	return code;
}
