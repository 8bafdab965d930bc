/* SPDX-License-Identifier: ISC */
/*
 * What happens when ffmpeg starts, speaks, falls silent, dies. The table in
 * workerstate.c names the action for an event in a state; an action returns the
 * next state. worker_enter() is the only place where the state is written: it
 * stops the old state's timer, says the change once and arms the new timer.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secrets.h"
#include "base/util.h"
#include "media/likeness.h"
#include "process/startrate.h"
#include "process/stdpipes.h"
#include "process/worker.h"

/* How often the silence of an output is looked at within its patience, at most,
 * while it is given little. */
#define WORKER_LOOKS 16

typedef enum worker_state worker_action(struct worker *w);

static worker_action worker_do_stay, worker_do_launch, worker_do_due,
    worker_do_off, worker_do_stop, worker_do_up, worker_do_replace,
    worker_do_bury, worker_do_want, worker_do_unwant, worker_do_rung;

static worker_action *const worker_actions[] = {
	[ACT_STAY] = worker_do_stay,
	[ACT_LAUNCH] = worker_do_launch,
	[ACT_DUE] = worker_do_due,
	[ACT_OFF] = worker_do_off,
	[ACT_STOP] = worker_do_stop,
	[ACT_UP] = worker_do_up,
	[ACT_REPLACE] = worker_do_replace,
	[ACT_BURY] = worker_do_bury,
	[ACT_WANT] = worker_do_want,
	[ACT_UNWANT] = worker_do_unwant,
	[ACT_RUNG] = worker_do_rung,
};
_Static_assert(NELEM(worker_actions) == N_WORKER_ACTS, "one for each");

/* Say why the next state is entered; shown once, by worker_enter(). */
static void __attribute__((format(printf, 2, 3)))
worker_note(struct worker *w, const char *fmt, ...)
{
	va_list ap;

	free(w->note);
	va_start(ap, fmt);
	w->note = xvasprintf(fmt, ap);
	va_end(ap);
}

/* --- the owner ----------------------------------------------------------- */

static void
worker_tell(struct worker *w, const struct worker_report *r)
{
	w->owner->event(w->owner->ctx, w, r);
}

/* News without further words. */
static void
worker_tell_that(struct worker *w, enum worker_news what)
{
	worker_tell(
	    w, &(struct worker_report){ .what = what, .in = -1, .out = -1 });
}

/* Since when its media have not moved for their reader; 0: they go on. */
static int64_t
worker_stuck(const struct worker *w)
{
	const struct worker_flow *flow = &w->owner->flow;

	return flow->stuck == NULL ? 0 : flow->stuck(flow->ctx, w);
}

/* Ms for which an output was given media. */
static int64_t
worker_given(const struct worker *w)
{
	return w->owner->flow.given(w->owner->flow.ctx, w);
}

/* --- the state and its timer -------------------------------------------- */

/* How long the present state may last before its timer speaks; -1: for ever.
 * The ladder arms itself, rung by rung. */
static int64_t
worker_patience(const struct worker *w)
{
	switch (w->state) {
	case ST_WAITING:
	case ST_HELD:
		return w->wait.delay_ms;
	case ST_STARTING:
		return w->idle ? -1 : w->policy.start_ms;
	case ST_UP:
		return w->policy.stall_ms;
	case ST_OFF:
	case ST_STOPPING:
	case N_STATES:
		break;
	}
	return -1;
}

/* UP, nobody waits for its -progress: those of all workers are read together,
 * in one turn of the loop. */
static void
worker_relax(struct worker *w)
{
	stdpipes_relax(
	    &w->run.ends, w->state == ST_UP ? w->policy.stall_ms : 0);
}

/* It is expected to show frames. */
static bool
worker_is_watched(const struct worker *w)
{
	return !w->idle && (w->state == ST_STARTING || w->state == ST_UP);
}

/* Wait for the end of the patience, `due` ms of it are over: or for a look. */
static void
worker_arm(struct worker *w, int64_t due)
{
	int64_t left = worker_patience(w) - due;

	deadline_set(
	    &w->wait.end, worker_is_watched(w) ? standstill_wait(left) : left);
}

static void
worker_enter(struct worker *w, enum worker_state state)
{
	enum worker_state from = w->state;
	char *change, *text;

	deadline_stop(&w->wait.end);
	w->wait.rearm = false;
	w->state = state;
	worker_relax(w);
	if (state != ST_UP)
		receiver_drop(&w->run.receiver);
	if (worker_patience(w) >= 0)
		worker_arm(w, 0);
	else if (state == ST_STOPPING)
		worker_do_rung(w);
	if (state == from && w->note == NULL)
		return; /* a wait that got a new end */
	w->since_ms = mono_ms();
	w->since_wall = wall_ms();
	change = workerstate_change(from, state, w->note);
	text = xasprintf("%s/%s: %s", w->owner->name, w->plan.name, change);
	free(change);
	if (state == ST_HELD ||
	    (state == ST_WAITING && w->wait.delay_ms > 0 && !w->wait.reserved))
		log_warn("%s", text);
	else
		log_info("%s", text);
	worker_tell(w,
	    &(struct worker_report){
		.what = WORKER_CHANGED, .from = from, .text = text });
	free(text);
	free(w->note);
	w->note = NULL;
}

void
worker_post(struct worker *w, enum worker_event event)
{
	enum worker_state next =
	    worker_actions[workerstate_acts[w->state][event]](w);

	if (next != w->state || w->wait.rearm)
		worker_enter(w, next);
}

/* An output has shown a frame, or is to show one from now on. */
static void
worker_mark_given(struct worker *w)
{
	if (plan_is_output(&w->plan))
		w->media.given_ms = worker_given(w);
}

/* Ms for which a frame has been due: since the last one, or since the wake-up;
 * for one that lives on what others give, only while they give. */
static int64_t
worker_due_ms(struct worker *w, int64_t now)
{
	int64_t since =
	    w->state == ST_UP ? w->media.last_ms : w->run.spawned_ms;
	int64_t stuck;

	if (plan_is_output(&w->plan))
		return worker_given(w) - w->media.given_ms;
	stuck = w->state == ST_UP ? worker_stuck(w) : 0;
	if (stuck > 0 && stuck < since)
		since = stuck;
	return now - since;
}

/* Look again when it may be due; not all the time while nothing is given. */
static void
worker_arm_again(struct worker *w, int64_t now)
{
	int64_t patience = worker_patience(w), due = worker_due_ms(w, now);
	int64_t least = patience / WORKER_LOOKS;

	if (standstill_is_due(&w->run.still, patience - due, now))
		standstill_look(&w->run.still, w->child.pid, now);
	worker_arm(w, due < patience - least ? due : patience - least);
}

/*
 * UP is watched lazily: each advance only notes its time, and the timer looks
 * at the note, once it has read the pipe. If we ourselves were stopped or
 * suspended, ffmpeg gets a whole new period: its output of that time has not
 * been read yet.
 */
static void
worker_timer_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct worker *w = t->data;
	int64_t now = mono_ms();
	bool slept = now - w->wait.end.due_ms > WORKER_SLEPT_MS;
	enum worker_state state = w->state;
	bool watching = state == ST_UP || state == ST_STARTING;

	if (watching && slept) {
		log_debug("%s/%s: the timer fired %lld ms late, its period is "
			  "restarted",
		    w->owner->name, w->plan.name,
		    (long long)(now - w->wait.end.due_ms));
		w->media.last_ms = w->media.last_ms > 0 ? now : 0;
		worker_mark_given(w);
		deadline_set(&w->wait.end, worker_patience(w));
		return;
	}
	if (watching) {
		lines_poll(
		    &w->run.ends.progress); /* before it is called mute */
		if (w->state != state)
			return;
	}
	if (watching && worker_due_ms(w, now) < worker_patience(w)) {
		log_debug("%s/%s: a frame has been due for %lld of %lld ms",
		    w->owner->name, w->plan.name,
		    (long long)worker_due_ms(w, now),
		    (long long)worker_patience(w));
		worker_arm_again(w, now);
		return;
	}
	worker_post(w, workerstate_timer_events[state]);
}

/* --- media -------------------------------------------------------------- */

void
worker_advanced(struct worker *w)
{
	w->media.last_ms = mono_ms();
	worker_mark_given(w);
	w->media.proven = true;
	if (w->media.first_ms == 0)
		w->media.first_ms = w->media.last_ms;
	if (w->backoff.failures > 0 &&
	    backoff_is_healthy(
		&w->backoff, &w->policy.backoff, mediawatch_ms(&w->media)))
		backoff_reset(&w->backoff);
	if (w->state == ST_STARTING)
		worker_post(w, WEV_ALIVE);
}

static void
worker_progress_line(void *ctx, char *line)
{
	struct worker *w = ctx;
	bool was = w->media.frozen, on;

	if (strchr(line, '=') == NULL) {
		worker_tell(w,
		    &(struct worker_report){
			.what = WORKER_WROTE, .text = line });
		return;
	}
	on = mediawatch_progress(&w->media, line, mono_ms());
	if (w->media.frozen != was)
		log_debug("%s/%s: frame %lld, media time %.3f s %s",
		    w->owner->name, w->plan.name,
		    (long long)w->media.progress.frame,
		    (double)w->media.progress.out_time_us / 1e6,
		    w->media.frozen ? "stands still" : "continues");
	if (on)
		worker_advanced(w);
}

/* Instead of binary data, which many programs write to the wrong descriptor. */
static const char worker_junk[] =
    "(bytes that are no text came in place of messages: if they are frames, "
    "is \"fd\" right?)";

static void
worker_stderr_line(void *ctx, char *line)
{
	struct worker *w = ctx;
	const struct runlog_line *kept;
	char *masked;

	if (!w->plan.ffmpeg && likeness_is_junk(line))
		masked = xstrdup(worker_junk);
	else
		masked = secrets_line(line, LINES_MAX);
	kept = runlog_add(&w->log, masked, wall_ms(), mono_ms());
	free(masked);
	mediawatch_said(&w->media, line);
	if (kept != NULL)
		worker_tell(w,
		    &(struct worker_report){
			.what = WORKER_SAID, .line = kept });
}

/* Its receiver has taken nothing for the stall time, though frames come. */
static void
worker_hung(void *ctx)
{
	struct worker *w = ctx;

	w->run.hung = true;
	worker_post(w, WEV_SILENT);
}

/* --- birth -------------------------------------------------------------- */

/* It is on its way: keep our ends of its pipes. */
static void
worker_adopt(struct worker *w, struct stdpipes *p)
{
	w->run.spawned_ms = mono_ms();
	mediawatch_begin(&w->media);
	w->media.writer = w->plan.to == NULL ? 0 : w->child.pid;
	w->ladder = (struct ladder){ 0 };
	w->replace = w->idle = false;
	w->cause = FAIL_NONE;
	w->run.odd = NULL;
	w->run.ran = w->run.hung = false;
	stdpipes_keep(&w->run.ends, p);
}

/* It has become the program. */
static void
worker_runs(struct child *c)
{
	struct worker *w = c->ctx;
	int in = w->run.ends.in, out = w->run.ends.out;

	if (w->plan.in == STDIN_FED && in == -1)
		return; /* it was asked to finish before it began */
	w->run.ran = true;
	w->run.ends.in = w->run.ends.out = -1;
	worker_tell(w,
	    &(struct worker_report){
		.what = WORKER_STARTED, .in = in, .out = out });
}

/* Prepare and spawn. 0, or -1 with *cause (malloc'd). */
static int
worker_spawn(struct worker *w, char **cause, enum fail_class *fail)
{
	struct worker_launch l = { .stdin_fd = -1, .fail = FAIL_SPAWN };
	struct stdpipes pipes;
	struct child_spec spec = { .argv = &l.argv, .env = &l.env };
	struct child_error error;
	int rc = -1;

	secrets_put(w->run.secrets); /* of a start that failed */
	w->run.secrets = secrets_new(w->owner->redact);
	if (stdpipes_open(&pipes, &w->plan) == -1) {
		*cause = xasprintf("pipes: %s", strerror(errno));
		l.fail = FAIL_MEMORY;
	} else if (w->owner->prepare(w->owner->ctx, w, &l, cause) == 0) {
		stdpipes_declare(&spec, &pipes, &w->plan, l.stdin_fd);
		spec.nice = l.nice;
		spec.before = l.before;
		spec.ctx = l.ctx;
		w->media.trails = l.trails;
		standstill_begin(&w->run.still, &l.ends);
		rc = child_spawn(&w->child, &spec, &error);
		ffplaces_take(&w->run.places, &l.places);
		if (rc == 0)
			worker_adopt(w, &pipes);
		else {
			*cause = xasprintf(
			    "%s: %s", l.argv.v[0], child_error_text(&error));
			l.fail = FAIL_MEMORY; /* no process, no descriptor */
		}
	}
	*fail = l.fail;
	stdpipes_close(&pipes);
	stdpipes_shut(&l.stdin_fd);
	strv_clear(&l.argv);
	strv_clear(&l.env);
	return rc;
}

/* --- death -------------------------------------------------------------- */

/* Classify the end of this run and keep it. */
static void
worker_judge(struct worker *w, int status)
{
	struct ending_run run = {
		.number = w->runs,
		.log = &w->log,
		.unborn = child_failure(&w->child),
		.ffmpeg = w->plan.ffmpeg,
		.proven = w->media.proven,
		.stopped = w->state == ST_STOPPING,
		.cause = w->cause,
		.places = &w->run.places,
		.before = worker_last(w),
		.begun_ms = w->run.spawned_ms,
		.stopped_ms = w->state == ST_STOPPING ? w->since_ms : 0,
		.media_ms = mediawatch_ms(&w->media),
		.still = w->run.still.text == NULL ? NULL : &w->run.still,
	};
	struct ending e = ending_make(&run, status, mono_ms(), wall_ms());

	ending_keep(&w->endings, &e);
}

/* Reaped. The rest in its pipes is read now: nothing waits for their end, which
 * a grandchild could delay for ever. */
static void
worker_exited(struct child *c, int status)
{
	struct worker *w = c->ctx;

	stdpipes_finish(&w->run.ends);
	worker_judge(w, status);
	secrets_put(w->run.secrets); /* it has said its last word */
	w->run.secrets = NULL;
	if (w->run.ran)
		worker_tell_that(w, WORKER_ENDED);
	else if (ending_is_outdated(child_failure(&w->child)))
		worker_tell_that(w, WORKER_OUTDATED);
	worker_post(w, WEV_DIED);
}

/* --- the ladder --------------------------------------------------------- */

/* The last rung. It is not an instant death: a process in state D stays. Its
 * slot is kept, so that no second one is put on the same device. */
static void
worker_kill(struct worker *w, bool again)
{
	if (again)
		log_warn("%s/%s: pid %d survives SIGKILL (blocked in the "
			 "kernel?), waiting for it",
		    w->owner->name, w->plan.name, (int)w->child.pid);
	child_signal(&w->child, SIGKILL);
}

/* Take the present rung and arm the timer for the next; stays STOPPING. */
static enum worker_state
worker_do_rung(struct worker *w)
{
	bool was_stuck = w->ladder.stuck;
	int64_t ms;
	unsigned what = ladder_step(
	    &w->ladder, w->plan.in == STDIN_FED, w->policy.grace_ms, &ms);

	log_debug("%s/%s: pid %d:%s%s%s, next step in %lld ms", w->owner->name,
	    w->plan.name, (int)w->child.pid,
	    what & LADDER_FINISH ? " end of its stdin" : "",
	    what & LADDER_TERM ? " SIGTERM" : "",
	    what & LADDER_KILL ? " SIGKILL" : "", (long long)ms);
	if (what & LADDER_FINISH && w->run.ran)
		worker_tell_that(w, WORKER_FINISH);
	else if (what & LADDER_FINISH)
		stdpipes_shut(&w->run.ends.in);
	if (what & LADDER_TERM)
		child_signal(&w->child, SIGTERM);
	if (what & LADDER_KILL)
		worker_kill(w, w->ladder.stuck && !was_stuck);
	deadline_set(&w->wait.end, ms);
	return ST_STOPPING;
}

/* --- the cells ---------------------------------------------------------- */

static enum worker_state
worker_do_stay(struct worker *w)
{
	return w->state;
}

static enum worker_state worker_go_on(struct worker *w);

/* A failed start is an ending too: it has a place in the history. */
static enum worker_state
worker_do_fail(struct worker *w, char *cause, enum fail_class class)
{
	struct ending e = ending_failed(w->runs, class, cause, wall_ms());

	free(cause);
	ending_keep(&w->endings, &e);
	w->media.first_ms = w->media.last_ms = 0;
	w->wait.reserved = w->replace = w->ladder.stuck = false;
	return worker_go_on(w);
}

/* Start now, or when the daemon's rate of starts allows it. */
static enum worker_state
worker_do_launch(struct worker *w)
{
	w->wanted = true;
	w->waits = false;
	if (w->state == ST_OFF)
		backoff_reset(&w->backoff);
	w->wait.delay_ms = startrate_reserve(w->owner->starts);
	w->wait.reserved = w->wait.rearm = true;
	if (w->wait.delay_ms > 0) {
		worker_note(w, "its turn to start is in %lld ms",
		    (long long)w->wait.delay_ms);
		return ST_WAITING;
	}
	return worker_do_due(w);
}

/* Whether the newest run played one file of a playlist to its end. */
static bool
worker_played(const struct worker *w)
{
	const struct ending *e = &w->endings.v[0];

	return w->plan.playlist && e->class == FAIL_ENDED && e->media_ms >= 0;
}

/* The wait is over. */
static enum worker_state
worker_do_due(struct worker *w)
{
	enum fail_class fail;
	char *cause = NULL;

	w->wait.rearm = true;
	w->waits = false;
	if (!w->wait.reserved) {
		w->wait.reserved = true;
		w->wait.delay_ms = startrate_reserve(w->owner->starts);
		if (w->wait.delay_ms > 0)
			return ST_WAITING;
	}
	w->wait.delay_ms = w->owner->hold(w->owner->ctx, w);
	w->waits = w->wait.delay_ms > 0;
	if (w->waits) {
		if (w->state != ST_WAITING)
			worker_note(w, "for the disk");
		return ST_WAITING;
	}
	w->wait.reserved = false;
	if (w->wait.delay_ms < 0) {
		w->wanted = false;
		worker_note(w, "all files are played");
		return ST_OFF;
	}
	if (w->endings.n > 0 && w->endings.v[0].class != FAIL_NONE &&
	    !worker_played(w))
		w->restarts++;
	w->runs++;
	runlog_begin(&w->log, w->runs);
	if (worker_spawn(w, &cause, &fail) == -1)
		return worker_do_fail(w, cause, fail);
	worker_note(w, "pid %d", (int)w->child.pid);
	return ST_STARTING;
}

static enum worker_state
worker_do_off(struct worker *w)
{
	w->wanted = false;
	worker_note(w, "stopped");
	return ST_OFF;
}

static enum worker_state
worker_do_stop(struct worker *w)
{
	w->wanted = w->replace;
	worker_note(w, w->replace ? "to be restarted" : "on request");
	w->ladder.rung = 0;
	return ST_STOPPING;
}

static enum worker_state
worker_do_up(struct worker *w)
{
	char span[UTIL_SPAN_LEN];

	worker_note(w, "%s after %s", w->plan.serves ? "ready" : "first frame",
	    util_span(w->media.first_ms - w->run.spawned_ms, span));
	receiver_watch(&w->run.receiver, w->owner->receivers, w->child.pid,
	    &w->run.still.ends);
	return ST_UP;
}

/* Prove that it stood still, and note how. */
static void
worker_prove(struct worker *w)
{
	int64_t now = mono_ms();
	struct ffstill f = {
		.cause = w->cause,
		.ffmpeg = w->plan.ffmpeg,
		.serves = w->plan.serves,
		.frozen = w->state == ST_UP &&
		    (w->media.frozen || worker_stuck(w) > 0),
		.hung = w->run.hung,
		.opened = w->media.opened,
		.began = w->media.began,
		.still_ms = worker_due_ms(w, now),
		.limit_ms = worker_patience(w),
		.frames = w->media.progress.frame,
		.media_ms = mediawatch_ms(&w->media),
		.output.untaken_ms = w->run.receiver.untaken_ms,
	};
	char *head = ffstill_head(&f, &w->run.still.ends);

	worker_note(w, "%s: replaced", head);
	free(head);
	standstill_prove(&w->run.still, &f, w->child.pid, now);
}

/* Alive but mute: that is a failure like a death. */
static enum worker_state
worker_do_replace(struct worker *w)
{
	w->cause = w->run.odd != NULL ? FAIL_CHANGED
	    : w->state == ST_UP	      ? FAIL_STALL
				      : FAIL_START;
	w->ladder.hurry = true;
	w->ladder.rung = 0;
	if (w->run.odd != NULL)
		worker_note(w, "%s: replaced", w->run.odd);
	else
		worker_prove(w);
	return ST_STOPPING;
}

static enum worker_state
worker_do_want(struct worker *w)
{
	w->wanted = true;
	return w->state;
}

static enum worker_state
worker_do_unwant(struct worker *w)
{
	w->wanted = w->replace;
	return w->state;
}

/* Which delay the newest ending gets. For a round of files that could not be
 * played it does not matter how the last file failed. */
static enum fail_policy
worker_ladder_of(const struct worker *w)
{
	const struct ending *e = &w->endings.v[0];

	return w->plan.playlist && e->class != FAIL_SPAWN ? POLICY_NORMAL
							  : e->policy;
}

/* The next start after a failure, with the delay that fits it. */
static enum worker_state
worker_go_on(struct worker *w)
{
	const struct ending *e = &w->endings.v[0];
	char *known = ending_say(e), wait[UTIL_SPAN_LEN];
	bool held;

	w->wait.delay_ms = backoff_next(&w->backoff, &w->policy.backoff,
	    worker_ladder_of(w), e->media_ms, random_unit());
	held = w->backoff.policy == POLICY_HELD;
	worker_note(w, "%s; %s in %s", known,
	    held ? "given up, will be retried" : "next start",
	    util_span(w->wait.delay_ms, wait));
	free(known);
	return held ? ST_HELD : ST_WAITING;
}

/* The next of the files: the failure of one is its own, and delays nothing. */
static enum worker_state
worker_turn(struct worker *w)
{
	char *known = ending_say(&w->endings.v[0]);

	if (worker_played(w)) {
		backoff_reset(&w->backoff); /* an earlier file was broken */
		worker_note(w, "next file");
	} else
		worker_note(w, "%s; next file", known);
	free(known);
	w->wait.delay_ms = 0;
	return ST_WAITING;
}

/* Dead: what next? Never a start from here: a timer does that on a later
 * turn of the loop, so that a shutdown already pending wins. */
static enum worker_state
worker_do_bury(struct worker *w)
{
	const struct ending *e = &w->endings.v[0];
	bool files = w->plan.playlist || w->plan.files;
	enum worker_more more = MORE_LATER;
	char lived[UTIL_SPAN_LEN];

	w->wait.reserved = w->replace = w->ladder.stuck = false;
	util_span(e->lived_ms, lived);
	if (files && w->wanted && e->class != FAIL_NONE &&
	    e->class != FAIL_SPAWN)
		more = w->owner->more(w->owner->ctx, w);
	if (more == MORE_END)
		w->wanted = false;
	w->wait.delay_ms = 0;
	if (!w->wanted || e->class == FAIL_NONE) {
		worker_note(w, "after %s, %s", lived, e->text);
		return w->wanted ? ST_WAITING : ST_OFF;
	}
	return more == MORE_NOW ? worker_turn(w) : worker_go_on(w);
}

/* --- public ------------------------------------------------------------- */

void
worker_init(struct worker *w, const struct plan_worker *plan,
    const struct worker_owner *owner, struct ev_loop *loop)
{
	*w = (struct worker){ .owner = owner, .plan = *plan, .loop = loop };
	w->state = ST_OFF;
	w->since_ms = mono_ms();
	w->since_wall = wall_ms();
	w->child.started = worker_runs;
	w->child.exited = worker_exited;
	w->run.ends.in = w->run.ends.out = -1;
	w->run.receiver = (struct receiver){ .hung = worker_hung, .ctx = w };
	w->child.ctx = w;
	backoff_reset(&w->backoff);
	ffprogress_init(&w->media.progress);
	lines_init(&w->run.ends.err, loop, worker_stderr_line, w);
	lines_init(&w->run.ends.progress, loop, worker_progress_line, w);
	runlog_init(&w->log, 200, 5);
	deadline_init(&w->wait.end, loop, worker_timer_cb, w);
}

void
worker_clear(struct worker *w)
{
	deadline_stop(&w->wait.end);
	stdpipes_drop(&w->run.ends);
	ffplaces_clear(&w->run.places);
	runlog_clear(&w->log);
	ending_clear(&w->endings);
	standstill_clear(&w->run.still);
	free(w->note);
	secrets_put(w->run.secrets);
}

void
worker_set_policy(struct worker *w, const struct worker_policy *policy)
{
	w->policy = *policy;
	runlog_resize(&w->log, policy->log_lines, policy->log_runs);
	w->run.receiver.stall_ms = policy->stall_ms;
	/* a shorter patience counts from now on */
	if (worker_is_watched(w))
		worker_arm(w, 0);
	if (w->state == ST_HELD &&
	    w->wait.delay_ms != policy->backoff.held_ms) {
		w->wait.delay_ms = policy->backoff.held_ms;
		deadline_set(
		    &w->wait.end, w->wait.delay_ms - (mono_ms() - w->since_ms));
	}
	worker_relax(w);
}

void
worker_start(struct worker *w)
{
	worker_post(w, WEV_START);
}

void
worker_stop(struct worker *w)
{
	w->replace = false;
	worker_post(w, WEV_STOP);
}

void
worker_restart(struct worker *w)
{
	if (worker_is_running(w)) {
		w->replace = true;
		worker_post(w, WEV_STOP);
	} else {
		worker_post(w, WEV_START);
	}
}

void
worker_release(struct worker *w)
{
	if (w->state == ST_WAITING && w->waits)
		deadline_set(&w->wait.end, 0);
}

void
worker_hurry(struct worker *w)
{
	if (w->state == ST_STOPPING &&
	    ladder_hurry(&w->ladder, w->plan.in == STDIN_FED))
		worker_do_rung(w);
}

void
worker_idle(struct worker *w)
{
	w->idle = true;
	if (w->state == ST_STARTING)
		deadline_stop(&w->wait.end);
}

/* From now on a frame is expected, as after a start. */
void
worker_wake(struct worker *w)
{
	if (!w->idle)
		return;
	w->idle = false;
	w->run.spawned_ms = mono_ms();
	worker_mark_given(w);
	if (w->state == ST_STARTING)
		worker_arm(w, 0);
}

void
worker_replace(struct worker *w, const char *odd)
{
	if (w->state != ST_STARTING && w->state != ST_UP)
		return;
	w->run.odd = odd;
	worker_post(w, WEV_SILENT);
}

void
worker_refresh(struct worker *w)
{
	lines_poll(&w->run.ends.progress);
}

bool
worker_is_running(const struct worker *w)
{
	return w->child.pid > 0;
}

void
worker_forget(struct worker *w)
{
	w->media.proven = false;
}

int64_t
worker_retry_in(const struct worker *w)
{
	return w->state == ST_WAITING || w->state == ST_HELD
	    ? deadline_left(&w->wait.end)
	    : -1;
}

const struct ending *
worker_last(const struct worker *w)
{
	return ending_last(&w->endings);
}
