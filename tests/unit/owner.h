/* SPDX-License-Identifier: ISC */
#ifndef OWNER_H
#define OWNER_H

/*
 * For tests of a worker: an owner that notes what it is asked and told, with
 * scripts of the shell as children. It includes worker.c itself, so that the
 * tests reach the table. Include after cmocka.h.
 */

#include "../../src/process/worker.c"

#include "spin.h"

/* A worker and all that its owner saw. */
struct rig {
	struct worker w;
	struct worker_owner owner;
	struct redact redact;
	const char *program; /* NULL: the shell */
	const char *script;  /* NULL: cannot be prepared */
	const char *arg;     /* its $0, or NULL */
	int64_t wait;	     /* what reserve() answers */
	int64_t hold;	     /* what hold() answers, once */
	char wrote[64];	     /* the file it told of last */
	int64_t given;	     /* what given() answers */
	int64_t stuck;	     /* what stuck() answers */
	bool idle;	     /* it starts as a spare */
	unsigned more;	     /* files that are left to play */
	bool later;	     /* nothing of them can be played */
	int in, out;
	unsigned reserved, started, finished, ended;
	char states[512]; /* entered: "STARTING UP " */
	char said[512];	  /* new lines: "one|two|" */
};

static inline int
rig_prepare(
    void *ctx, struct worker *w UNUSED, struct worker_launch *l, char **cause)
{
	struct rig *r = ctx;

	if (r->script == NULL) {
		*cause = xstrdup("not today, hush-hush");
		return -1;
	}
	strv_push(&l->argv, r->program == NULL ? "/bin/sh" : r->program);
	strv_push(&l->argv, "-c");
	strv_push(&l->argv, r->script);
	if (r->arg != NULL)
		strv_push(&l->argv, r->arg);
	strv_push(&l->env, "PATH=/usr/bin:/bin");
	return 0;
}

static inline int64_t
rig_hold(void *ctx, struct worker *w UNUSED)
{
	struct rig *r = ctx;
	int64_t ms = r->hold;

	r->hold = 0; /* once */
	return ms;
}

static inline int64_t
rig_given(void *ctx, struct worker *w UNUSED)
{
	return ((struct rig *)ctx)->given;
}

static inline int64_t
rig_stuck(void *ctx, struct worker *w UNUSED)
{
	return ((struct rig *)ctx)->stuck;
}

static inline void
rig_started(void *ctx, struct worker *w UNUSED, int in, int out)
{
	struct rig *r = ctx;

	r->started++;
	r->in = in;
	r->out = out;
	if (r->idle)
		worker_idle(&r->w);
}

static inline void
rig_finish(void *ctx, struct worker *w UNUSED)
{
	struct rig *r = ctx;

	r->finished++;
	worker_close(&r->in);
}

static inline void
rig_ended(void *ctx, struct worker *w)
{
	struct rig *r = ctx;

	assert_false(worker_is_running(w));
	r->ended++;
	worker_close(&r->in);
	worker_close(&r->out);
}

static inline void
rig_wrote(void *ctx, struct worker *w UNUSED, const char *line)
{
	struct rig *r = ctx;

	snprintf(r->wrote, sizeof(r->wrote), "%s", line);
}

static inline enum worker_more
rig_more(void *ctx, struct worker *w)
{
	struct rig *r = ctx;

	if (r->later || (w->plan.files && worker_last(w)->class != FAIL_ENDED))
		return MORE_LATER;
	if (r->more == 0)
		return MORE_END;
	r->more--;
	return MORE_NOW;
}

static inline void
rig_changed(
    void *ctx, struct worker *w, enum worker_state from, const char *text)
{
	struct rig *r = ctx;
	size_t len = strlen(r->states);

	assert_non_null(strstr(text, worker_state_words[from]));
	snprintf(r->states + len, sizeof(r->states) - len, "%s ",
	    worker_state_words[w->state]);
}

static inline void
rig_said(void *ctx, struct worker *w UNUSED, const struct runlog_line *line)
{
	struct rig *r = ctx;
	size_t len = strlen(r->said);

	snprintf(r->said + len, sizeof(r->said) - len, "%s|", line->text);
}

static inline int64_t
rig_reserve(void *ctx)
{
	struct rig *r = ctx;

	r->reserved++;
	return r->wait;
}

/* Patience that no test outlasts, delays that none waits for. */
static inline struct worker_policy
rig_policy(void)
{
	return (struct worker_policy){
		.backoff = { .min_ms = 60000,
		    .max_ms = 60000,
		    .auth_min_ms = 70000,
		    .auth_max_ms = 70000,
		    .device_min_ms = 80000,
		    .device_max_ms = 80000,
		    .slow_min_ms = 90000,
		    .slow_max_ms = 90000,
		    .held_ms = 100000,
		    .factor = 1,
		    .healthy_ms = 60000 },
		.start_ms = 60000,
		.stall_ms = 60000,
		.grace_ms = 60000,
		.log_lines = 10,
		.log_runs = 2,
	};
}

/* A worker that is off, and will run that script. */
static inline void
rig_init(struct rig *r, enum plan_stdin in, const char *script)
{
	struct plan_worker plan = { .role = ROLE_ENCODER,
		.name = "encoder",
		.ffmpeg = true,
		.in = in };
	struct worker_policy policy = rig_policy();

	*r = (struct rig){ .script = script, .in = -1, .out = -1 };
	r->owner = (struct worker_owner){ .name = "front",
		.redact = &r->redact,
		.prepare = rig_prepare,
		.hold = rig_hold,
		.wrote = rig_wrote,
		.given = rig_given,
		.stuck = rig_stuck,
		.started = rig_started,
		.finish = rig_finish,
		.more = rig_more,
		.ended = rig_ended,
		.changed = rig_changed,
		.said = rig_said,
		.reserve = rig_reserve,
		.ctx = r };
	redact_add(&r->redact, "hush-hush");
	worker_init(&r->w, &plan, &r->owner, loop);
	worker_set_policy(&r->w, &policy);
}

/* End whatever it does, and check that each start had its end. */
static inline void
rig_clear(struct rig *r)
{
	struct worker *w = &r->w;

	worker_stop(w);
	child_signal(&w->child, SIGKILL);
	SPIN_UNTIL(loop, w->state == ST_OFF);
	assert_false(w->wanted);
	assert_int_equal(r->started, r->ended);
	worker_clear(w);
	redact_clear(&r->redact);
}

static inline int
rig_setup(void **state)
{
	log_init(LOG_LEVEL_ERROR);
	return spin_setup_children(state);
}

static inline int
rig_teardown(void **state)
{
	return spin_teardown_children(state);
}

#endif
