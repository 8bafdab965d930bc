/* SPDX-License-Identifier: ISC */
/*
 * The daemon's verbs.
 */
#include "config.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/exitcode.h"
#include "base/util.h"
#include "base/words.h"
#include "daemon/command.h"
#include "daemon/fleet.h"
#include "daemon/overlays.h"
#include "daemon/planjson.h"
#include "daemon/select.h"
#include "daemon/snapstore.h"
#include "daemon/status.h"
#include "daemon/why.h"
#include "link/camera.h"
#include "link/framereader.h"

#define COMMAND_LINES 50 /* of logs and events, by default */

/* The streams that a call is about. */
struct command_streams {
	struct stream **v; /* owned array */
	size_t n;
};

/* --- choosing streams --------------------------------------------------- */

/* The streams meant, in order, by their names or those of outputs; without
 * arguments or with `all` every one. */
static int
command_choose(struct command_call *call, struct command_streams *out)
{
	struct stream *s;

	*out = (struct command_streams){ .v = NULL };
	if (select_check(call) == -1)
		return -1;
	out->v = xcalloc(fleet_count(call->fleet) + 1, sizeof(*out->v));
	TAILQ_FOREACH(s, &call->fleet->streams, entry) {
		if (call->all || select_means(&call->args, s))
			out->v[out->n++] = s;
	}
	return 0;
}

/* --- looking ------------------------------------------------------------ */

/* The worst state gives the exit code. */
static void
command_exit(struct command_call *call, const struct command_streams *streams)
{
	for (size_t i = 0; i < streams->n; i++) {
		int code = status_exit(streams->v[i]);

		if (code > call->exit)
			call->exit = code;
	}
}

static void
command_status(struct command_call *call)
{
	struct command_streams streams;
	bool page = select_is_exact(&call->args);

	if (command_choose(call, &streams) == -1)
		return;
	command_exit(call, &streams);
	status_write(call->data, call->fleet,
	    &(struct status_choice){ streams.v, streams.n, &call->args, page });
	free(streams.v);
}

/* One exact name gets one object, anything else a list. */
static void
command_why(struct command_call *call)
{
	struct command_streams streams;
	const struct strv *of = &call->args;

	if (command_choose(call, &streams) == -1)
		return;
	command_exit(call, &streams);
	if (select_is_exact(of) && streams.n == 1)
		why_write(call->data, call->fleet, streams.v[0],
		    select_means_whole(of, streams.v[0]) ? NULL : of);
	else
		why_write_all(
		    call->data, call->fleet, streams.v, streams.n, of);
	free(streams.v);
}

static void
command_plan(struct command_call *call)
{
	struct stream *s = call_stream(call);

	if (s == NULL)
		return;
	if (call->reveal)
		call->data->mask = NULL;
	planjson_write(call->data, s->profile, &call->fleet->ffmpeg, s);
}

static void
command_version(struct command_call *call)
{
	status_write(call->data, call->fleet,
	    &(struct status_choice){ .of = &call->args });
}

/* Why a stream has no frame to show; NULL: it has one. */
static const char *
command_snap_obstacle(const struct stream *s)
{
	if (s->frames == NULL)
		return "has no frames to show: only raw frames and decoded "
		       "sources pass through ffsup as frames";
	if (stream_is_off(s))
		return "is off: no frame is being sent";
	if (framepump_on_air(s->frames->link) == NULL)
		return "has sent no frame yet; see `ffsup why`";
	return NULL;
}

/* Keep the frame on air until the client has read it. NULL, and the call has
 * failed, without memory. */
static struct snapstore_copy *
command_hold(struct command_call *call, const struct stream *s, uint64_t number)
{
	const struct geometry *g = &s->frames->plan.geometry;
	char *key = xasprintf("%s %dx%d %s%s", s->profile->name, g->w, g->h,
	    pixfmt_names[g->format], call->clean ? " clean" : "");
	const struct snapstore_frame frame = { .key = key,
		.number = number,
		.data = call->clean ? framepump_clean(s->frames->link)
				    : framepump_on_air(s->frames->link),
		.len = g->bytes };
	struct snapstore_copy *copy =
	    snapstore_get(call->held, &frame, mono_ms());

	if (copy == NULL)
		call_fail(call, EXIT_FAILED,
		    "out of memory for a frame of %zu bytes; try again",
		    g->bytes);
	free(key);
	return copy;
}

static void
command_snap(struct command_call *call)
{
	struct stream *s = call_stream(call);
	struct framepump_stats st;
	const struct geometry *g;
	const char *obstacle;
	char size[32];

	if (s == NULL)
		return;
	obstacle = command_snap_obstacle(s);
	if (obstacle != NULL) {
		call_fail(
		    call, EXIT_FAILED, "\"%s\" %s", s->profile->name, obstacle);
		return;
	}
	framepump_stats(s->frames->link, &st);
	call->payload = command_hold(call, s, st.out);
	if (call->payload == NULL)
		return;
	g = &s->frames->plan.geometry;
	snprintf(size, sizeof(size), "%dx%d", g->w, g->h);
	jsonw_object(call->data, NULL);
	jsonw_word(call->data, "name", s->profile->name);
	jsonw_word(call->data, "state", stream_state_names[s->reported.state]);
	jsonw_word(call->data, "fallback", fallback_names[st.fallback]);
	jsonw_int(call->data, "number", (int64_t)call->payload->number);
	jsonw_word(call->data, "size", size);
	jsonw_word(call->data, "format", pixfmt_names[g->format]);
	jsonw_int(call->data, "bytes", (int64_t)g->bytes);
	jsonw_str(call->data, "ffmpeg", call->fleet->ffmpeg.path);
	jsonw_object_end(call->data);
}

/* --- lines -------------------------------------------------------------- */

/* A line of some run of some worker, for sorting by time. */
struct command_line {
	const struct worker *w;
	unsigned run;
	const struct runlog_line *line;
	size_t order; /* as found: equal times keep it */
};

static int
command_line_cmp(const void *a, const void *b)
{
	const struct command_line *la = a, *lb = b;

	if (la->line->wall != lb->line->wall)
		return la->line->wall < lb->line->wall ? -1 : 1;
	return la->order < lb->order ? -1 : la->order > lb->order;
}

/* The kept lines of a worker, behind n others. */
static void
command_collect_worker(
    struct command_line **v, size_t *n, size_t *cap, const struct worker *w)
{
	for (size_t r = 0; r < w->log.n; r++) {
		const struct runlog_run *run = &w->log.runs[r];

		if (*n + run->n > *cap) {
			*cap = 2 * (*n + run->n);
			*v = xrealloc(*v, *cap, sizeof(**v));
		}
		for (size_t k = 0; k < run->n; k++, ++*n)
			(*v)[*n] = (struct command_line){
				.w = w,
				.run = run->number,
				.line = runlog_line(run, k),
				.order = *n,
			};
	}
}

/* The kept lines of the workers meant, by time. Caller frees. */
static struct command_line *
command_collect_lines(const struct command_call *call,
    const struct command_streams *streams, size_t *n)
{
	struct command_line *v = xcalloc(1, sizeof(*v));
	size_t cap = 0;

	*n = 0;
	for (size_t i = 0; i < streams->n; i++) {
		const struct stream *s = streams->v[i];

		for (size_t k = 0; k < s->plan.n_workers; k++)
			if (select_means_worker(&call->args, s, s->workers[k]))
				command_collect_worker(
				    &v, n, &cap, s->workers[k]);
	}
	qsort(v, *n, sizeof(*v), command_line_cmp);
	return v;
}

/* How many of n lines to leave out at the front. */
static size_t
command_skip(const struct command_call *call, size_t n)
{
	size_t want = call->lines > 0 ? (size_t)call->lines
	    : call->lines == 0	      ? COMMAND_LINES
				      : 0;

	return n > want ? n - want : 0;
}

static void
command_logs(struct command_call *call)
{
	struct command_streams streams;
	struct command_line *v;
	size_t n;

	if (command_choose(call, &streams) == -1)
		return;
	v = command_collect_lines(call, &streams, &n);
	jsonw_object(call->data, NULL);
	jsonw_array(call->data, "lines");
	for (size_t i = command_skip(call, n); i < n; i++)
		status_write_line(call->data, v[i].w, v[i].run, v[i].line);
	jsonw_array_end(call->data);
	jsonw_object_end(call->data);
	free(v);
	free(streams.v);
	if (call->follow)
		call->after = FOLLOW_LOGS;
}

static void
command_events(struct command_call *call)
{
	const struct events *ev = &call->fleet->events;
	const struct event **v;
	size_t n = 0;

	if (select_check(call) == -1)
		return;
	v = xcalloc(ev->n + 1, sizeof(*v));
	for (size_t i = 0; i < ev->n; i++)
		if (select_means_event(
			&call->args, call->fleet, events_get(ev, i)))
			v[n++] = events_get(ev, i);
	jsonw_object(call->data, NULL);
	jsonw_array(call->data, "events");
	for (size_t i = command_skip(call, n); i < n; i++)
		status_write_event(call->data, NULL, v[i]);
	jsonw_array_end(call->data);
	jsonw_object_end(call->data);
	free(v);
	if (call->follow)
		call->after = FOLLOW_EVENTS;
}

/* --- doing -------------------------------------------------------------- */

/* The actions on a stream, and on one of its outputs; each returns the word to
 * report. */
struct command_act {
	const char *(*stream)(struct stream *s);
	const char *(*output)(struct worker *w);
};

static void
command_report(struct command_call *call, const char *name, const char *output,
    const char *did)
{
	jsonw_object(call->data, NULL);
	if (output == NULL)
		jsonw_word(call->data, "name", name);
	else
		jsonw_strf(call->data, "name", "%s/%s", name, output);
	jsonw_word(call->data, "did", did);
	jsonw_object_end(call->data);
}

/* Whether "STREAM/OUTPUT", which may be a glob, means that output. */
static bool
command_means(
    const char *pattern, const struct stream *s, const struct worker *w)
{
	char *full = xasprintf("%s/%s", s->profile->name, w->plan.name);
	bool means = plan_is_output(&w->plan) &&
	    fnmatch(pattern, full, FNM_PATHNAME) == 0;

	free(full);
	return means;
}

/* Do it with every output that a pattern means; without `act` only count.
 * Returns their number. */
static size_t
command_do_outputs(struct command_call *call, const char *pattern,
    const struct command_act *act)
{
	struct stream *s;
	size_t n = 0;

	TAILQ_FOREACH(s, &call->fleet->streams, entry) {
		for (size_t i = 0; i < s->plan.n_workers; i++) {
			struct worker *w = s->workers[i];

			if (!command_means(pattern, s, w))
				continue;
			n++;
			if (act != NULL)
				command_report(call, s->profile->name,
				    w->plan.name,
				    s->wanted ? act->output(w)
					      : "the stream is off");
		}
	}
	return n;
}

/* Move the arguments that name outputs out of those that name streams. Each
 * must mean at least one. */
static int
command_split(struct command_call *call, struct strv *outputs)
{
	struct strv streams = { 0 };

	for (size_t i = 0; i < call->args.n; i++)
		strv_push(
		    strchr(call->args.v[i], '/') != NULL ? outputs : &streams,
		    call->args.v[i]);
	strv_clear(&call->args);
	call->args = streams;
	for (size_t i = 0; i < outputs->n; i++)
		if (command_do_outputs(call, outputs->v[i], NULL) == 0) {
			call_fail(call, EXIT_NO_STREAM,
			    "no output \"%s\"; `ffsup status NAME` lists the "
			    "outputs of a stream",
			    outputs->v[i]);
			return -1;
		}
	return select_check(call);
}

/* Do it with all the named ones; report word by word. */
static void
command_do_all(struct command_call *call, const struct strv *outputs,
    const struct command_act *act)
{
	struct command_streams streams = { .v = NULL };

	if (outputs->n == 0 || call->args.n > 0 || call->all)
		command_choose(call, &streams);
	jsonw_object(call->data, NULL);
	jsonw_array(call->data, "results");
	for (size_t i = 0; i < outputs->n; i++)
		command_do_outputs(call, outputs->v[i], act);
	for (size_t i = 0; i < streams.n; i++)
		command_report(call, streams.v[i]->profile->name, NULL,
		    act->stream(streams.v[i]));
	jsonw_array_end(call->data);
	jsonw_object_end(call->data);
	free(streams.v);
}

/* Do something with each stream or output named. */
static void
command_each(struct command_call *call, const struct command_act *act)
{
	struct strv outputs = { 0 };

	if (call->args.n == 0 && !call->all)
		call_fail(call, EXIT_USAGE, "name a stream, or use --all");
	else if (call->fleet->leaving)
		call_fail(call, EXIT_FAILED, "the daemon is stopping");
	else if (command_split(call, &outputs) == 0)
		command_do_all(call, &outputs, act);
	strv_clear(&outputs);
}

/* A request cannot change this: its profile is gone. */
static const char command_going[] = "being removed";

static const char *
command_act_start(struct stream *s)
{
	if (s->remove)
		return command_going;
	if (s->next != NULL) { /* being replaced: it should run then */
		s->run_next = true;
		return "starting";
	}
	if (s->wanted && stream_retry(s))
		return "starting"; /* it waited, or had been given up */
	if (s->wanted && !stream_is_off(s) && !stream_lacks_output(s))
		return "already on";
	stream_start(s);
	return "starting";
}

static const char *
command_act_stop(struct stream *s)
{
	s->run_next = false;
	if (!s->wanted && stream_is_off(s))
		return "already off";
	stream_stop(s);
	return "stopping";
}

static const char *
command_act_restart(struct stream *s)
{
	if (s->remove)
		return command_going;
	if (s->next != NULL) {
		s->run_next = true;
		return "restarting";
	}
	stream_restart(s);
	return "restarting";
}

static const char *
command_act_retry(struct stream *s)
{
	return stream_retry(s) ? "retrying" : "nothing to retry";
}

static const char *
command_start_output(struct worker *w)
{
	if (w->wanted && worker_is_running(w))
		return "already on";
	worker_start(w);
	return "starting";
}

static const char *
command_stop_output(struct worker *w)
{
	if (w->state == ST_OFF)
		return "already off";
	worker_stop(w);
	return "stopping";
}

static const char *
command_restart_output(struct worker *w)
{
	worker_restart(w);
	return "restarting";
}

static const char *
command_retry_output(struct worker *w)
{
	if (w->state != ST_WAITING && w->state != ST_HELD)
		return "nothing to retry";
	worker_start(w);
	return "retrying";
}

static void
command_start(struct command_call *call)
{
	command_each(call,
	    &(struct command_act){ command_act_start, command_start_output });
}

static void
command_stop(struct command_call *call)
{
	command_each(call,
	    &(struct command_act){ command_act_stop, command_stop_output });
}

static void
command_restart(struct command_call *call)
{
	command_each(call,
	    &(struct command_act){
		command_act_restart, command_restart_output });
}

static void
command_retry(struct command_call *call)
{
	command_each(call,
	    &(struct command_act){ command_act_retry, command_retry_output });
}

/* --- reload ------------------------------------------------------------- */

/* The names under one heading; those with a reason as objects. */
static void
command_write_steps(
    struct jsonw *j, const struct fleet_diff *diff, enum fleet_action action)
{
	bool reasons = action == FLEET_RESTART || action == FLEET_LIVE;

	jsonw_array(j, fleet_action_names[action]);
	for (size_t i = 0; i < diff->n; i++) {
		const struct fleet_step *step = &diff->v[i];

		if (step->action != action)
			continue;
		if (!reasons) {
			jsonw_word(j, NULL, step->name);
			continue;
		}
		jsonw_object(j, NULL);
		jsonw_word(j, "name", step->name);
		jsonw_str(j, "what", step->what);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

static void
command_reload(struct command_call *call)
{
	if (call->fleet->leaving)
		call_fail(call, EXIT_FAILED, "the daemon is stopping");
	else
		call->after = REPLY_RELOAD;
}

void
command_reloaded(struct command_call *call, int rc,
    const struct fleet_diff *diff, const struct errors *errs)
{
	errors_append(&call->errors, errs);
	if (rc == -1) {
		call_fail(call, EXIT_CONFIG,
		    "the configuration has errors; running streams are "
		    "untouched");
		return;
	}
	jsonw_object(call->data, NULL);
	jsonw_bool(call->data, "dry_run", call->dry_run);
	for (int a = 0; a < N_FLEET_ACTIONS; a++)
		command_write_steps(call->data, diff, (enum fleet_action)a);
	jsonw_object_end(call->data);
}

/* --- ffsup feed ---------------------------------------------------------- */

/* `ffsup feed` has looked at its input: NAME FAULT KIND BYTES. */
static void
command_fed(struct command_call *call)
{
	struct stream *s = call_stream(call);
	char **args = call->args.v;
	struct finding told;

	if (s == NULL)
		return;
	told = (struct finding){
		.fault = (enum finding_fault)words_find(
		    finding_fault_names, N_FINDING_FAULTS, args[1]),
		.kind = (enum likeness)words_find(
		    likeness_names, N_LIKENESSES, args[2]),
		.bytes = (size_t)strtoull(args[3], NULL, 10),
	};
	if (told.fault == N_FINDING_FAULTS || told.kind == N_LIKENESSES) {
		call_fail(call, EXIT_USAGE, "fed: unknown word");
		return;
	}
	if (s->frames != NULL)
		framepump_source(s->frames->link)->feeder.told = told;
	else if (s->packets != NULL && s->packets->camera != NULL)
		camera_tell(s->packets->camera, &told);
	jsonw_object(call->data, NULL);
	jsonw_word(call->data, "name", s->profile->name);
	jsonw_word(call->data, "fault", finding_fault_names[told.fault]);
	jsonw_object_end(call->data);
}

/* --- the table ---------------------------------------------------------- */

static const struct command commands[] = {
	{ "status", 0, -1, command_status },
	{ "why", 0, -1, command_why },
	{ "plan", 1, 1, command_plan },
	{ "snap", 1, 1, command_snap },
	{ "start", 0, -1, command_start },
	{ "stop", 0, -1, command_stop },
	{ "restart", 0, -1, command_restart },
	{ "retry", 0, -1, command_retry },
	{ "reload", 0, 0, command_reload },
	{ "logs", 1, -1, command_logs },
	{ "events", 0, -1, command_events },
	{ "version", 0, 0, command_version },
	{ "say", 1, -1, overlays_say },
	{ "text", 2, -1, overlays_text },
	{ "overlay", 1, 3, overlays_overlay },
	{ "fed", 4, 4, command_fed },
};

const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < NELEM(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

void
command_run(const struct command *c, struct command_call *call)
{
	int n = (int)call->args.n;

	if (n < c->min_args || (c->max_args >= 0 && n > c->max_args))
		call_fail(call, EXIT_USAGE, "%s takes %d argument%s, got %d",
		    c->name, c->min_args, c->min_args == 1 ? "" : "s", n);
	else
		c->run(call);
}
