/* SPDX-License-Identifier: ISC */
#ifndef OWNER_H
#define OWNER_H

/*
 * For tests of a worker: an owner that notes its questions and reports, with
 * scripts of the shell as children. Include after cmocka.h, and link with
 * --wrap=startrate_reserve.
 */

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "process/startrate.h"
#include "process/worker.h"
#include "spin.h"

/* A worker and all that its owner saw. */
struct rig {
	struct worker w;
	struct worker_owner owner;
	struct redact redact;
	const char *program; /* NULL: the shell */
	const char *script;  /* NULL: cannot be prepared */
	const char *arg;     /* its $0, or NULL */
	struct startrate starts;
	int64_t wait;	/* the answer of startrate_reserve() */
	int64_t hold;	/* the answer of hold(), once */
	char wrote[64]; /* the file it reported last */
	int64_t given;	/* the answer of given() */
	int64_t stuck;	/* the answer of stuck() */
	bool idle;	/* it starts as a spare */
	unsigned more;	/* files that are left to play */
	bool later;	/* none can be played */
	/* Takes the ends of the process; NULL: this does. */
	void (*link)(struct rig *r, const struct worker_report *report);
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
rig_given(void *ctx, const struct worker *w UNUSED)
{
	return ((struct rig *)ctx)->given;
}

static inline int64_t
rig_stuck(void *ctx, const struct worker *w UNUSED)
{
	return ((struct rig *)ctx)->stuck;
}

static inline void
rig_close(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static inline void
rig_started(struct rig *r, int in, int out)
{
	r->in = in;
	r->out = out;
	if (r->idle)
		worker_idle(&r->w);
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

/* A state, as a log line has it; borrowed. */
static inline const char *
rig_word(enum worker_state state)
{
	static char words[N_STATES][16];
	char *word = words[state];

	snprintf(word, sizeof(words[state]), "%s", worker_state_names[state]);
	for (; *word != '\0'; word++)
		*word = (char)toupper((unsigned char)*word);
	return words[state];
}

/* Note the new state. */
static inline void
rig_changed(struct rig *r, const struct worker_report *report)
{
	size_t len = strlen(r->states);

	assert_non_null(strstr(report->text, rig_word(report->from)));
	snprintf(r->states + len, sizeof(r->states) - len, "%s ",
	    rig_word(r->w.state));
}

static inline void
rig_said(struct rig *r, const char *line)
{
	size_t len = strlen(r->said);

	snprintf(r->said + len, sizeof(r->said) - len, "%s|", line);
}

static inline void
rig_event(void *ctx, struct worker *w, const struct worker_report *report)
{
	struct rig *r = ctx;

	switch (report->what) {
	case WORKER_STARTED:
		r->started++;
		break;
	case WORKER_FINISH:
		r->finished++;
		break;
	case WORKER_WROTE:
		snprintf(r->wrote, sizeof(r->wrote), "%s", report->text);
		break;
	case WORKER_SAID:
		rig_said(r, report->line->text);
		break;
	case WORKER_ENDED:
		assert_false(worker_is_running(w));
		r->ended++;
		break;
	case WORKER_OUTDATED:
		break;
	case WORKER_CHANGED:
		rig_changed(r, report);
		break;
	}
	if (r->link != NULL) {
		r->link(r, report);
		return;
	}
	if (report->what == WORKER_STARTED)
		rig_started(r, report->in, report->out);
	if (report->what == WORKER_FINISH || report->what == WORKER_ENDED)
		rig_close(&r->in);
	if (report->what == WORKER_ENDED)
		rig_close(&r->out);
}

/* The daemon's rate of starts, which is asked once for each start. */
static inline int64_t
rig_reserve(struct startrate *sr)
{
	struct rig *r =
	    (struct rig *)((char *)sr - offsetof(struct rig, starts));

	r->reserved++;
	return r->wait;
}

int64_t __wrap_startrate_reserve(struct startrate *sr);
int64_t
__wrap_startrate_reserve(struct startrate *sr)
{
	return rig_reserve(sr);
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
		    .patient_min_ms = 95000,
		    .rare_ms = 97000,
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
		.starts = &r->starts,
		.flow = { rig_given, rig_stuck, r },
		.event = rig_event,
		.hold = rig_hold,
		.more = rig_more,
		.ctx = r };
	redact_add(&r->redact, "hush-hush");
	worker_init(&r->w, &plan, &r->owner, loop);
	worker_set_policy(&r->w, &policy);
}

/* End the worker in any state, and check that each start had its end. */
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
