/* SPDX-License-Identifier: ISC */
/*
 * What happens when ffmpeg starts, speaks, falls silent, dies. The table says
 * it all: a cell is what to do about an event in a state, and returns the
 * next state. worker_enter() is the only place where the state is written: it
 * stops the old state's timer, says the change once and arms the new timer.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secrets.h"
#include "base/util.h"
#include "ffmpeg/ffargs.h"
#include "process/worker.h"

/* A timer that comes this late says that we slept, not that ffmpeg did. */
#define WORKER_SLEPT_MS 1000

/* An UP worker's -progress is read this often, or four times within its stall,
 * and as it comes where that would be too often to gain anything. */
#define WORKER_RELAX_MS	    1000
#define WORKER_RELAX_MIN_MS 100

/* Between two SIGKILLs of a process that does not die (state D). */
#define WORKER_KILL_AGAIN_MS 5000

/* A step of the short ladder, at most. */
#define WORKER_SHORT_STEP_MS 1000

/* Percent of the frames whose stamps stand still: all of them, but for what was
 * said before or after what was counted. */
#define WORKER_STILL 75

/* So many frames, at most, are told of before they are counted: those of one read. */
#define WORKER_STILL_MAX 250

/* How often the silence of an output is looked at within its patience, at most,
 * while it is given little. */
#define WORKER_LOOKS 16

/* Evidence older than this before the end is no cause of it. */
#define WORKER_EVIDENCE_MS 10000

const char *const worker_state_names[] = {
	[ST_OFF] = "off",
	[ST_WAITING] = "waiting",
	[ST_STARTING] = "starting",
	[ST_UP] = "up",
	[ST_STOPPING] = "stopping",
	[ST_HELD] = "held",
};
_Static_assert(NELEM(worker_state_names) == N_STATES, "a name for each");

/* The same for the log, where a change of state is to catch the eye. */
static const char *const worker_state_words[] = {
	[ST_OFF] = "OFF",
	[ST_WAITING] = "WAITING",
	[ST_STARTING] = "STARTING",
	[ST_UP] = "UP",
	[ST_STOPPING] = "STOPPING",
	[ST_HELD] = "HELD",
};
_Static_assert(NELEM(worker_state_words) == N_STATES, "a word for each");

/* The event that a state's timer means. */
static const enum worker_event worker_timer_events[] = {
	[ST_OFF] = N_WORKER_EVENTS,
	[ST_WAITING] = WEV_DUE,
	[ST_STARTING] = WEV_SILENT,
	[ST_UP] = WEV_SILENT,
	[ST_STOPPING] = WEV_RUNG,
	[ST_HELD] = WEV_DUE,
};
_Static_assert(NELEM(worker_timer_events) == N_STATES, "one for each");

typedef enum worker_state worker_action(struct worker *w);

static worker_action worker_do_stay, worker_do_launch, worker_do_due,
    worker_do_off, worker_do_stop, worker_do_up, worker_do_replace,
    worker_do_bury, worker_do_want, worker_do_unwant, worker_do_rung;

#define STAY worker_do_stay

static worker_action *const worker_table[N_STATES][N_WORKER_EVENTS] = {
	[ST_OFF] = {
		[WEV_START] = worker_do_launch,
		[WEV_STOP] = STAY,
		[WEV_ALIVE] = STAY,
		[WEV_SILENT] = STAY,
		[WEV_DIED] = STAY,
		[WEV_DUE] = STAY,
		[WEV_RUNG] = STAY,
	},
	[ST_WAITING] = {
		[WEV_START] = worker_do_launch,
		[WEV_STOP] = worker_do_off,
		[WEV_ALIVE] = STAY,
		[WEV_SILENT] = STAY,
		[WEV_DIED] = STAY,
		[WEV_DUE] = worker_do_due,
		[WEV_RUNG] = STAY,
	},
	[ST_STARTING] = {
		[WEV_START] = worker_do_want,
		[WEV_STOP] = worker_do_stop,
		[WEV_ALIVE] = worker_do_up,
		[WEV_SILENT] = worker_do_replace,
		[WEV_DIED] = worker_do_bury,
		[WEV_DUE] = STAY,
		[WEV_RUNG] = STAY,
	},
	[ST_UP] = {
		[WEV_START] = worker_do_want,
		[WEV_STOP] = worker_do_stop,
		[WEV_ALIVE] = STAY,
		[WEV_SILENT] = worker_do_replace,
		[WEV_DIED] = worker_do_bury,
		[WEV_DUE] = STAY,
		[WEV_RUNG] = STAY,
	},
	[ST_STOPPING] = {
		[WEV_START] = worker_do_want,
		[WEV_STOP] = worker_do_unwant,
		[WEV_ALIVE] = STAY,
		[WEV_SILENT] = STAY,
		[WEV_DIED] = worker_do_bury,
		[WEV_DUE] = STAY,
		[WEV_RUNG] = worker_do_rung,
	},
	[ST_HELD] = {
		[WEV_START] = worker_do_launch,
		[WEV_STOP] = worker_do_off,
		[WEV_ALIVE] = STAY,
		[WEV_SILENT] = STAY,
		[WEV_DIED] = STAY,
		[WEV_DUE] = worker_do_due,
		[WEV_RUNG] = STAY,
	},
};

static void worker_post(struct worker *w, enum worker_event event);

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

/* --- the state and its timer -------------------------------------------- */

/* Arm the one timer; delay in ms. */
static void
worker_arm(struct worker *w, int64_t ms)
{
	if (ms < 0)
		ms = 0;
	ev_timer_stop(w->loop, &w->timer);
	w->timer_due_ms = mono_ms() + ms;
	/* ev_now() is the time of the last poll: a long callback since then
	 * must not make the timer early */
	ev_now_update(w->loop);
	ev_timer_set(&w->timer, (double)ms / 1000.0, 0.0);
	ev_timer_start(w->loop, &w->timer);
}

/* How long the present state may last before its timer speaks; -1: for ever.
 * The ladder arms itself, rung by rung. */
static int64_t
worker_patience(const struct worker *w)
{
	switch (w->state) {
	case ST_WAITING:
	case ST_HELD:
		return w->delay_ms;
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
	int64_t ms = w->policy.stall_ms / 4;

	if (ms > WORKER_RELAX_MS)
		ms = WORKER_RELAX_MS;
	if (ms < WORKER_RELAX_MIN_MS || w->state != ST_UP)
		ms = 0;
	lines_relax(&w->out, (double)ms / 1000.0);
}

static void
worker_enter(struct worker *w, enum worker_state state)
{
	enum worker_state from = w->state;
	const char *note = w->note == NULL ? "" : w->note;
	char *text;
	int64_t ms;

	ev_timer_stop(w->loop, &w->timer);
	w->rearm = false;
	w->state = state;
	worker_relax(w);
	ms = worker_patience(w);
	if (ms >= 0)
		worker_arm(w, ms);
	else if (state == ST_STOPPING)
		worker_do_rung(w);
	if (state == from && w->note == NULL)
		return; /* a wait that got a new end */
	w->since_ms = mono_ms();
	w->since_wall = wall_ms();
	text = xasprintf("%s/%s: %s -> %s%s%s", w->owner->name, w->plan.name,
	    worker_state_words[from], worker_state_words[state],
	    note[0] == '\0' ? "" : ", ", note);
	if (state == ST_HELD ||
	    (state == ST_WAITING && w->delay_ms > 0 && !w->reserved))
		log_warn("%s", text);
	else
		log_info("%s", text);
	w->owner->changed(w->owner->ctx, w, from, text);
	free(text);
	free(w->note);
	w->note = NULL;
}

static void
worker_post(struct worker *w, enum worker_event event)
{
	enum worker_state next = worker_table[w->state][event](w);

	if (next != w->state || w->rearm)
		worker_enter(w, next);
}

/* An output has shown a frame, or is to show one from now on. */
static void
worker_mark_given(struct worker *w)
{
	if (w->plan.role == ROLE_OUTPUT)
		w->given_ms = w->owner->given(w->owner->ctx, w);
}

/* Ms for which a frame has been due: since the last one, or since the wake-up;
 * for one that lives on what others give, only while they give. */
static int64_t
worker_due_ms(struct worker *w, int64_t now)
{
	int64_t since = w->state == ST_UP ? w->last_ms : w->spawned_ms;
	int64_t stuck;

	if (w->plan.role == ROLE_OUTPUT)
		return w->owner->given(w->owner->ctx, w) - w->given_ms;
	stuck = w->state == ST_UP ? w->owner->stuck(w->owner->ctx, w) : 0;
	if (stuck > 0 && stuck < since)
		since = stuck;
	return now - since;
}

/* Look again when it may be due; not all the time while nothing is given. */
static void
worker_arm_again(struct worker *w, int64_t now)
{
	int64_t left = worker_patience(w) - worker_due_ms(w, now);
	int64_t least = worker_patience(w) / WORKER_LOOKS;

	worker_arm(w, left > least ? left : least);
}

/*
 * UP is watched lazily: each advance only notes its time, and the timer looks
 * at the note, once it has read what lies in the pipe. If we ourselves were
 * stopped or suspended, ffmpeg gets a whole new period: what it sent meanwhile
 * has not been read yet.
 */
static void
worker_timer_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct worker *w = t->data;
	int64_t now = mono_ms();
	bool slept = now - w->timer_due_ms > WORKER_SLEPT_MS;
	enum worker_state state = w->state;
	bool watching = state == ST_UP || state == ST_STARTING;

	if (watching && slept) {
		log_debug("%s/%s: the timer comes %lld ms late, it is given a "
			  "new period",
		    w->owner->name, w->plan.name,
		    (long long)(now - w->timer_due_ms));
		w->last_ms = w->last_ms > 0 ? now : 0;
		worker_mark_given(w);
		worker_arm(w, worker_patience(w));
		return;
	}
	if (watching) {
		lines_poll(&w->out); /* before it is called mute */
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
	worker_post(w, worker_timer_events[state]);
}

/* --- media -------------------------------------------------------------- */

/* Ms of advancing media in this run, -1: none. */
static int64_t
worker_media_ms(const struct worker *w)
{
	return w->first_ms == 0 ? -1 : w->last_ms - w->first_ms;
}

void
worker_advanced(struct worker *w)
{
	w->last_ms = mono_ms();
	worker_mark_given(w);
	w->proven = true;
	if (w->first_ms == 0)
		w->first_ms = w->last_ms;
	if (w->backoff.failures > 0 &&
	    backoff_is_healthy(
		&w->backoff, &w->policy.backoff, worker_media_ms(w)))
		backoff_reset(&w->backoff);
	if (w->state == ST_STARTING)
		worker_post(w, WEV_ALIVE);
}

/* Whether nearly all of these frames had a stamp that did not go on: what is sent
 * beside them hides that in the media time of all. What was said of more frames than
 * these is of the next ones. */
static bool
worker_stands_still(struct worker *w, int64_t frames)
{
	int64_t still = w->still;

	w->still = still > frames ? still - frames : 0;
	if (w->still > WORKER_STILL_MAX)
		w->still = WORKER_STILL_MAX;
	return frames > 0 && still * 100 >= frames * WORKER_STILL;
}

/* Whether what it sends goes on in time, too: frames without end whose stamps
 * stand still are frozen. Not every muxer tells its time, nor at once; and one
 * that is the last stream's says nothing of the others when it stands still. */
static bool
worker_goes_on(struct worker *w, const struct progress *before)
{
	int64_t us = w->progress.out_time_us;

	if (worker_stands_still(w, w->progress.frame - before->frame))
		return false;
	if (us <= 0 || (w->trails && us == before->out_time_us))
		return true;
	return mediatime_goes_on(&w->pace, mono_ms(), w->progress.frame, us);
}

static void
worker_progress_line(void *ctx, char *line)
{
	struct worker *w = ctx;
	struct progress before = w->progress;
	bool was;

	if (strchr(line, '=') == NULL) {
		w->owner->wrote(w->owner->ctx, w, line);
		return;
	}
	if (!ffout_progress_line(&w->progress, line) ||
	    !ffout_progress_advanced(&before, &w->progress))
		return;
	was = w->frozen;
	w->frozen = !worker_goes_on(w, &before);
	if (w->frozen != was)
		log_debug("%s/%s: frame %lld, media time %.3f s %s",
		    w->owner->name, w->plan.name, (long long)w->progress.frame,
		    (double)w->progress.out_time_us / 1e6,
		    w->frozen ? "stands still" : "goes on again");
	if (!w->frozen)
		worker_advanced(w);
}

static void
worker_stderr_line(void *ctx, char *line)
{
	struct worker *w = ctx;
	char *masked = secrets_line(line, LINES_MAX);
	const struct runlog_line *kept;

	kept = runlog_add(&w->log, masked, wall_ms(), mono_ms());
	free(masked);
	if (ffout_is_complaint(line))
		complaints_complain(&w->strange);
	w->still += ffout_stands_still(line);
	if (kept != NULL)
		w->owner->said(w->owner->ctx, w, kept);
}

/* --- birth -------------------------------------------------------------- */

/* The descriptors of one start: the child's ends and ours. */
struct worker_pipes {
	int null, in[2], out[2], err[2], progress[2]; /* [0] read [1] write */
};

static void
worker_close(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void
worker_pipes_close(struct worker_pipes *p)
{
	worker_close(&p->null);
	for (int i = 0; i < 2; i++) {
		worker_close(&p->in[i]);
		worker_close(&p->out[i]);
		worker_close(&p->err[i]);
		worker_close(&p->progress[i]);
	}
}

/* Open what the plan asks for. -1 with errno; the caller closes. */
static int
worker_pipes_open(struct worker_pipes *p, const struct plan_worker *plan)
{
	*p = (struct worker_pipes){ -1, { -1, -1 }, { -1, -1 }, { -1, -1 },
		{ -1, -1 } };
	p->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (p->null == -1 || pipe2(p->err, O_CLOEXEC) == -1)
		return -1;
	if (plan->in == STDIN_FED && pipe2(p->in, O_CLOEXEC) == -1)
		return -1;
	if (plan->out > 0 && pipe2(p->out, O_CLOEXEC) == -1)
		return -1;
	if (plan->ffmpeg && pipe2(p->progress, O_CLOEXEC) == -1)
		return -1;
	return 0;
}

/* Add one descriptor of the child; in the order of `to`. */
static void
worker_child_fd(struct child_spec *spec, int from, int to)
{
	spec->fds[spec->n_fds++] = (struct child_fd){ from, to };
}

/*
 * What stands where in the child. A program that writes its pictures to
 * another descriptor than stdout may print what it likes: that goes where its
 * stderr goes.
 */
static void
worker_child_fds(struct child_spec *spec, const struct worker_pipes *p,
    const struct worker *w, const struct worker_launch *l)
{
	int in = l->stdin_fd != -1 ? l->stdin_fd
	    : p->in[0] != -1	   ? p->in[0]
				   : p->null;
	int out = w->plan.out == STDOUT_FILENO ? p->out[1]
	    : w->plan.out > 0		       ? p->err[1]
					       : p->null;

	worker_child_fd(spec, in, STDIN_FILENO);
	worker_child_fd(spec, out, STDOUT_FILENO);
	worker_child_fd(spec, p->err[1], STDERR_FILENO);
	if (p->progress[1] != -1)
		worker_child_fd(spec, p->progress[1], FFARGS_PROGRESS_FD);
	if (w->plan.out > STDERR_FILENO)
		worker_child_fd(spec, p->out[1], w->plan.out);
}

/* It is on its way: keep our ends of its pipes. */
static void
worker_adopt(struct worker *w, struct worker_pipes *p)
{
	w->spawned_ms = mono_ms();
	w->first_ms = w->last_ms = w->given_ms = 0;
	w->rung = 0;
	w->killed = w->stuck = w->hurry = w->replace = w->idle = false;
	w->cause = FAIL_NONE;
	w->odd = NULL;
	ffout_progress_init(&w->progress);
	mediatime_reset(&w->pace);
	complaints_begin(&w->strange);
	w->still = 0;
	w->frozen = false;
	lines_open(&w->err, p->err[0]);
	p->err[0] = -1;
	if (p->progress[0] != -1)
		lines_open(&w->out, p->progress[0]);
	p->progress[0] = -1;
	w->ran = false;
	w->stdin_fd = p->in[1];
	w->stdout_fd = p->out[0];
	p->in[1] = p->out[0] = -1;
}

/* It has become the program. */
static void
worker_runs(struct child *c)
{
	struct worker *w = c->ctx;
	int in = w->stdin_fd, out = w->stdout_fd;

	if (w->plan.in == STDIN_FED && in == -1)
		return; /* it was told to finish before it began */
	w->ran = true;
	w->stdin_fd = w->stdout_fd = -1;
	w->owner->started(w->owner->ctx, w, in, out);
}

/* Prepare and spawn. 0, or -1 with *cause (malloc'd). */
static int
worker_spawn(struct worker *w, char **cause, enum fail_class *fail)
{
	struct worker_launch l = { .stdin_fd = -1, .fail = FAIL_SPAWN };
	struct worker_pipes pipes;
	struct child_spec spec = { .argv = &l.argv, .env = &l.env };
	struct child_error error;
	int rc = -1;

	secrets_put(w->secrets); /* of a start that failed */
	w->secrets = secrets_new(w->owner->redact);
	if (worker_pipes_open(&pipes, &w->plan) == -1) {
		*cause = xasprintf("pipes: %s", strerror(errno));
		l.fail = FAIL_MEMORY;
	} else if (w->owner->prepare(w->owner->ctx, w, &l, cause) == 0) {
		worker_child_fds(&spec, &pipes, w, &l);
		spec.nice = l.nice;
		spec.before = l.before;
		spec.ctx = l.ctx;
		w->trails = l.trails;
		rc = child_spawn(&w->child, &spec, &error);
		if (rc == 0)
			worker_adopt(w, &pipes);
		else {
			*cause = xasprintf(
			    "%s: %s", l.argv.v[0], child_error_text(&error));
			l.fail = FAIL_MEMORY; /* no process, no descriptor */
		}
	}
	*fail = l.fail;
	worker_pipes_close(&pipes);
	worker_close(&l.stdin_fd);
	strv_clear(&l.argv);
	strv_clear(&l.env);
	return rc;
}

/* --- death -------------------------------------------------------------- */

/* Keep an ending; the oldest makes room. */
static void
worker_keep_ending(struct worker *w, const struct ending *e)
{
	size_t last = WORKER_ENDINGS - 1;

	if (w->n_endings == WORKER_ENDINGS)
		free(w->endings[last].text);
	else
		w->n_endings++;
	memmove(&w->endings[1], &w->endings[0], last * sizeof(*e));
	w->endings[0] = *e;
}

/* The lines of the last run that can be evidence: those of its end. Caller
 * frees the array. */
static const char **
worker_evidence(const struct worker *w, size_t *n)
{
	const struct runlog_run *run = runlog_last(&w->log);
	int64_t horizon = mono_ms() - WORKER_EVIDENCE_MS;
	const char **v;

	*n = 0;
	if (run == NULL || run->n == 0)
		return NULL;
	v = xcalloc(run->n, sizeof(*v));
	for (size_t i = 0; i < run->n; i++)
		if (runlog_line(run, i)->at_ms >= horizon)
			v[(*n)++] = runlog_line(run, i)->text;
	return v;
}

/* A wait status in words. Caller frees. */
static char *
worker_status_text(int code, int sig)
{
	if (sig != 0)
		return xasprintf("signal %s", ffout_signal_name(sig));
	return xasprintf("exit %d", code);
}

/* What was said before an end that says nothing: a program's last words, the
 * last error of an ffmpeg that crashed. NULL: nothing. Caller frees. */
static char *
worker_last_words(const struct worker *w, const struct ffout_end *end)
{
	int at;

	if (!w->plan.ffmpeg)
		return ffout_last_words(end->lines, end->n_lines);
	if (end->signal == 0 || end->stopped)
		return NULL;
	at = ffout_last_error(end->lines, end->n_lines);
	return at == -1 ? NULL : xstrdup(end->lines[at]);
}

/* What the end is known by: what kept it from being started; the line that
 * proves it; or the status, and what was said before. Caller frees. */
static char *
worker_ending_text(
    const struct worker *w, const struct ffout_end *end, int proof)
{
	const struct child_error *unborn = child_failure(&w->child);
	char *status, *words, *text;

	if (unborn != NULL)
		return secrets_text(child_error_text(unborn));
	if (proof >= 0)
		return xstrdup(end->lines[proof]);
	status = worker_status_text(end->code, end->signal);
	words = worker_last_words(w, end);
	if (words == NULL)
		return status;
	text = xasprintf("%s: %s", status, words);
	free(status);
	free(words);
	return text;
}

/* Whether the start failed because what it was made from is out of date. */
static bool
worker_is_outdated(const struct worker *w)
{
	const struct child_error *e = child_failure(&w->child);

	return e != NULL && e->stage == CHILD_STAGE_BEFORE && e->err == ESTALE;
}

/* What a start was that did not come to exec: before it, directories are
 * made. */
static enum fail_class
worker_unborn_class(const struct worker *w)
{
	if (worker_is_outdated(w))
		return FAIL_NONE;
	return child_failure(&w->child)->stage == CHILD_STAGE_BEFORE
	    ? FAIL_DISK
	    : FAIL_SPAWN;
}

/* Classify the end of this run and keep it. */
static void
worker_judge(struct worker *w, int status)
{
	size_t n;
	const char **lines = worker_evidence(w, &n);
	struct ending e = {
		.run = w->runs,
		.wall = wall_ms(),
		.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		.lived_ms = mono_ms() - w->spawned_ms,
		.media_ms = worker_media_ms(w),
	};
	struct ffout_end end = {
		.code = e.code,
		.signal = e.signal,
		.stopped = w->state == ST_STOPPING,
		.ffmpeg = w->plan.ffmpeg,
		.proven = w->proven,
		.cause = w->cause,
		.lines = lines,
		.n_lines = n,
	};
	struct ffout_verdict v = ffout_classify(&end);

	e.class = v.class;
	e.policy = v.policy;
	if (child_failure(&w->child) != NULL && !end.stopped) {
		e.class = worker_unborn_class(w);
		e.policy = ffout_policy(e.class);
	}
	e.text = worker_ending_text(w, &end, v.proof);
	free(lines);
	worker_keep_ending(w, &e);
}

/* Reaped. What is left in its pipes is read now: nothing waits for their
 * end, which a grandchild could delay for ever. */
static void
worker_exited(struct child *c, int status)
{
	struct worker *w = c->ctx;

	lines_finish(&w->err);
	lines_finish(&w->out);
	worker_close(&w->stdin_fd);
	worker_close(&w->stdout_fd);
	worker_judge(w, status);
	secrets_put(w->secrets); /* it has said its last word */
	w->secrets = NULL;
	if (w->ran)
		w->owner->ended(w->owner->ctx, w);
	else if (worker_is_outdated(w))
		w->owner->outdated(w->owner->ctx, w);
	worker_post(w, WEV_DIED);
}

/* --- the ladder --------------------------------------------------------- */

enum {
	RUNG_FINISH = 1 << 0, /* close its stdin */
	RUNG_TERM = 1 << 1,
	RUNG_KILL = 1 << 2
};

struct worker_rung {
	unsigned what;
	int share; /* percent of the grace until the next rung */
};

/* ffmpeg that waits for its stdin does not hear SIGTERM; one that is blocked
 * in the network needs two; four would make it exit without a trailer. */
static const struct worker_rung worker_ladder_fed[] = { { RUNG_FINISH, 40 },
	{ RUNG_TERM, 30 }, { RUNG_TERM, 30 }, { RUNG_KILL, 0 } };
static const struct worker_rung worker_ladder_plain[] = { { RUNG_TERM, 50 },
	{ RUNG_TERM, 50 }, { RUNG_KILL, 0 } };
static const struct worker_rung worker_ladder_short[] = {
	{ RUNG_FINISH | RUNG_TERM, 20 }, { RUNG_TERM, 20 }, { RUNG_KILL, 0 }
};

static const struct worker_rung *
worker_ladder(const struct worker *w)
{
	if (w->hurry)
		return worker_ladder_short;
	return w->plan.in == STDIN_FED ? worker_ladder_fed
				       : worker_ladder_plain;
}

/* The last rung. It is no instant death: a process in state D stays. Its slot
 * is kept, so that no second one is put on the same device. */
static void
worker_kill(struct worker *w)
{
	if (w->killed && !w->stuck)
		log_warn("%s/%s: pid %d survives SIGKILL (blocked in the "
			 "kernel?), waiting for it",
		    w->owner->name, w->plan.name, (int)w->child.pid);
	w->stuck = w->killed;
	w->killed = true;
	child_signal(&w->child, SIGKILL);
}

/* Take the present rung and arm the timer for the next; stays STOPPING. */
static enum worker_state
worker_do_rung(struct worker *w)
{
	const struct worker_rung *r = &worker_ladder(w)[w->rung];
	int64_t ms = w->policy.grace_ms * r->share / 100;

	log_debug("%s/%s: pid %d:%s%s%s, next step in %lld ms", w->owner->name,
	    w->plan.name, (int)w->child.pid,
	    r->what & RUNG_FINISH ? " end of its stdin" : "",
	    r->what & RUNG_TERM ? " SIGTERM" : "",
	    r->what & RUNG_KILL ? " SIGKILL" : "", (long long)ms);
	if (r->what & RUNG_FINISH && w->ran)
		w->owner->finish(w->owner->ctx, w);
	else if (r->what & RUNG_FINISH)
		worker_close(&w->stdin_fd);
	if (r->what & RUNG_TERM)
		child_signal(&w->child, SIGTERM);
	if (r->what & RUNG_KILL) {
		worker_kill(w);
		ms = WORKER_KILL_AGAIN_MS;
	} else {
		w->rung++;
		if (w->hurry && ms > WORKER_SHORT_STEP_MS)
			ms = WORKER_SHORT_STEP_MS;
	}
	worker_arm(w, ms);
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
	struct ending e = { .run = w->runs,
		.wall = wall_ms(),
		.code = -1,
		.class = class,
		.policy = ffout_policy(class),
		.media_ms = -1 };

	e.text = secrets_text(cause);
	free(cause);
	worker_keep_ending(w, &e);
	w->first_ms = w->last_ms = 0;
	w->reserved = w->replace = w->stuck = false;
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
	w->delay_ms = w->owner->reserve(w->owner->ctx);
	w->reserved = w->rearm = true;
	if (w->delay_ms > 0) {
		worker_note(w, "its turn to start comes in %lld ms",
		    (long long)w->delay_ms);
		return ST_WAITING;
	}
	return worker_do_due(w);
}

/* Whether the newest run played one file of a playlist to its end. */
static bool
worker_played(const struct worker *w)
{
	const struct ending *e = &w->endings[0];

	return w->plan.playlist && e->class == FAIL_ENDED && e->media_ms >= 0;
}

/* The wait is over. */
static enum worker_state
worker_do_due(struct worker *w)
{
	enum fail_class fail;
	char *cause = NULL;

	w->rearm = true;
	w->waits = false;
	if (!w->reserved) {
		w->reserved = true;
		w->delay_ms = w->owner->reserve(w->owner->ctx);
		if (w->delay_ms > 0)
			return ST_WAITING;
	}
	w->delay_ms = w->owner->hold(w->owner->ctx, w);
	w->waits = w->delay_ms > 0;
	if (w->waits) {
		if (w->state != ST_WAITING)
			worker_note(w, "for the disk");
		return ST_WAITING;
	}
	w->reserved = false;
	if (w->delay_ms < 0) {
		w->wanted = false;
		worker_note(w, "all files are played");
		return ST_OFF;
	}
	if (w->n_endings > 0 && w->endings[0].class != FAIL_NONE &&
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
	worker_note(w, w->replace ? "to be started anew" : "on request");
	w->rung = 0;
	return ST_STOPPING;
}

static enum worker_state
worker_do_up(struct worker *w)
{
	char span[UTIL_SPAN_LEN];

	worker_note(w, "first frame after %s",
	    util_span(w->first_ms - w->spawned_ms, span));
	return ST_UP;
}

/* Whether frames come whose time does not go on. */
static bool
worker_is_frozen(struct worker *w)
{
	return w->frozen || w->owner->stuck(w->owner->ctx, w) > 0;
}

/* Alive but mute: that is a failure like a death. */
static enum worker_state
worker_do_replace(struct worker *w)
{
	char span[UTIL_SPAN_LEN];
	bool stalled = w->state == ST_UP;

	w->cause = w->odd != NULL ? FAIL_CHANGED
	    : stalled		  ? FAIL_STALL
				  : FAIL_START;
	w->hurry = true;
	w->rung = 0;
	if (w->odd != NULL)
		worker_note(w, "%s: replaced", w->odd);
	else if (stalled)
		worker_note(w,
		    worker_is_frozen(w)
			? "frames come, but their time stands still for %s: "
			  "replaced"
			: "alive, but no new frame for %s: replaced",
		    util_span(worker_due_ms(w, mono_ms()), span));
	else
		worker_note(w, "no first frame within %s: replaced",
		    util_span(w->policy.start_ms, span));
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

/* Which delay the newest ending gets. A round of files that could not be played
 * is no matter of how the last of them failed. */
static enum fail_policy
worker_ladder_of(const struct worker *w)
{
	const struct ending *e = &w->endings[0];

	return w->plan.playlist && e->class != FAIL_SPAWN ? POLICY_NORMAL
							  : e->policy;
}

/* The next start after a failure, with the delay that fits it. */
static enum worker_state
worker_go_on(struct worker *w)
{
	const struct ending *e = &w->endings[0];
	const char *class = ffout_class_names[e->class];
	char lived[UTIL_SPAN_LEN], wait[UTIL_SPAN_LEN];
	bool held;

	util_span(e->lived_ms, lived);
	w->delay_ms = backoff_next(&w->backoff, &w->policy.backoff,
	    worker_ladder_of(w), e->media_ms, random_unit());
	held = w->backoff.policy == POLICY_HELD;
	worker_note(w, "%s after %s: %s; %s in %s", class, lived, e->text,
	    held ? "given up, will be tried again" : "next start",
	    util_span(w->delay_ms, wait));
	return held ? ST_HELD : ST_WAITING;
}

/* The next of the files: the failure of one is its own, and delays nothing. */
static enum worker_state
worker_turn(struct worker *w)
{
	const struct ending *e = &w->endings[0];
	char lived[UTIL_SPAN_LEN];

	if (worker_played(w)) {
		backoff_reset(&w->backoff); /* an earlier file was broken */
		worker_note(w, "next file");
	} else {
		worker_note(w, "%s after %s: %s; next file",
		    ffout_class_names[e->class], util_span(e->lived_ms, lived),
		    e->text);
	}
	w->delay_ms = 0;
	return ST_WAITING;
}

/* Dead: what next? Never a start from here: a timer does that on a later
 * turn of the loop, so that a shutdown already pending wins. */
static enum worker_state
worker_do_bury(struct worker *w)
{
	const struct ending *e = &w->endings[0];
	bool files = w->plan.playlist || w->plan.files;
	enum worker_more more = MORE_LATER;
	char lived[UTIL_SPAN_LEN];

	w->reserved = w->replace = w->stuck = false;
	util_span(e->lived_ms, lived);
	if (files && w->wanted && e->class != FAIL_NONE &&
	    e->class != FAIL_SPAWN)
		more = w->owner->more(w->owner->ctx, w);
	if (more == MORE_END)
		w->wanted = false;
	w->delay_ms = 0;
	if (!w->wanted || e->class == FAIL_NONE) {
		worker_note(w, "after %s, %s", lived, e->text);
		return w->wanted ? ST_WAITING : ST_OFF;
	}
	return more == MORE_NOW ? worker_turn(w) : worker_go_on(w);
}

/* --- for others --------------------------------------------------------- */

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
	w->stdin_fd = w->stdout_fd = -1;
	w->child.ctx = w;
	backoff_reset(&w->backoff);
	ffout_progress_init(&w->progress);
	lines_init(&w->err, loop, worker_stderr_line, w);
	lines_init(&w->out, loop, worker_progress_line, w);
	runlog_init(&w->log, 200, 5);
	ev_init(&w->timer, worker_timer_cb);
	/* after what pipes have to say in the same turn of the loop */
	ev_set_priority(&w->timer, -1);
	w->timer.data = w;
}

void
worker_clear(struct worker *w)
{
	ev_timer_stop(w->loop, &w->timer);
	lines_close(&w->err);
	lines_close(&w->out);
	worker_close(&w->stdin_fd);
	worker_close(&w->stdout_fd);
	runlog_clear(&w->log);
	for (size_t i = 0; i < w->n_endings; i++)
		free(w->endings[i].text);
	free(w->note);
	secrets_put(w->secrets);
}

void
worker_set_policy(struct worker *w, const struct worker_policy *policy)
{
	w->policy = *policy;
	runlog_resize(&w->log, policy->log_lines, policy->log_runs);
	/* a shorter patience counts from now on */
	if ((w->state == ST_UP || w->state == ST_STARTING) && !w->idle)
		worker_arm(w, worker_patience(w));
	if (w->state == ST_HELD && w->delay_ms != policy->backoff.held_ms) {
		w->delay_ms = policy->backoff.held_ms;
		worker_arm(w, w->delay_ms - (mono_ms() - w->since_ms));
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
		worker_arm(w, 0);
}

/* A step of the short ladder is a SIGTERM, and those that it has had count: a
 * hurry is never later than what it shortens. */
void
worker_hurry(struct worker *w)
{
	if (w->state != ST_STOPPING || w->hurry || w->killed)
		return;
	if (w->plan.in == STDIN_FED)
		w->rung--; /* its first step was none */
	w->hurry = true;
	worker_do_rung(w);
}

void
worker_idle(struct worker *w)
{
	w->idle = true;
	if (w->state == ST_STARTING)
		ev_timer_stop(w->loop, &w->timer);
}

/* From now on a frame is expected, as after a start. */
void
worker_wake(struct worker *w)
{
	if (!w->idle)
		return;
	w->idle = false;
	w->spawned_ms = mono_ms();
	worker_mark_given(w);
	if (w->state == ST_STARTING)
		worker_arm(w, worker_patience(w));
}

void
worker_replace(struct worker *w, const char *odd)
{
	if (w->state != ST_STARTING && w->state != ST_UP)
		return;
	w->odd = odd;
	worker_post(w, WEV_SILENT);
}

void
worker_refresh(struct worker *w)
{
	lines_poll(&w->out);
}

bool
worker_is_running(const struct worker *w)
{
	return w->child.pid > 0;
}

void
worker_forget(struct worker *w)
{
	w->proven = false;
}

int64_t
worker_retry_in(const struct worker *w)
{
	int64_t left;

	if (w->state != ST_WAITING && w->state != ST_HELD)
		return -1;
	left = w->timer_due_ms - mono_ms();
	return left > 0 ? left : 0;
}

const struct ending *
worker_last(const struct worker *w)
{
	return w->n_endings > 0 ? &w->endings[0] : NULL;
}
