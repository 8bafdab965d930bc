/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/util.h"
#include "daemon/status.h"
#include "daemon/why.h"
#include "stream/stream.h"

#define WHY_LINES 10 /* of stderr */

/* The state in one line, alone and with what is known of the rest. */
static void
why_text(struct jsonw *j, const struct stream *s, const struct verdict *v)
{
	const struct worker *w = s->workers[v->blamed];
	const struct verdict_retry retry = {
		.stream = s->profile->name,
		.worker = w->plan.name,
		.failures = w->backoff.failures,
		.held = w->state == ST_HELD,
		.in_ms = worker_retry_in(w),
	};
	char span[UTIL_SPAN_LEN], *head = verdict_head(v, &retry);
	int64_t since =
	    s->outage.cause.failed ? s->outage.since_ms : s->since_ms;

	jsonw_str(j, "head", head);
	if (retry.in_ms >= 0 && v->state == STREAM_RETRY && !v->kept)
		jsonw_str(j, "text", head);
	else if (retry.held)
		jsonw_strf(j, "text",
		    "%s is %s: %s was given up, and is retried in %s; "
		    "correct the profile and run `ffsup reload`, or run `ffsup "
		    "retry %s`",
		    retry.stream, stream_state_names[v->state], retry.worker,
		    util_span(retry.in_ms, span), retry.stream);
	else
		jsonw_strf(j, "text", "%s is %s, for %s", retry.stream,
		    v->down && v->state != STREAM_FAILED
			? "not on air"
			: stream_state_names[v->state],
		    util_span(mono_ms() - since, span));
	free(head);
}

static void
why_stderr(struct jsonw *j, const struct worker *w)
{
	const struct runlog_run *run = w == NULL ? NULL : runlog_last(&w->log);
	size_t from = 0;

	jsonw_array(j, "stderr");
	if (run != NULL && run->n > WHY_LINES)
		from = run->n - WHY_LINES;
	for (size_t i = from; run != NULL && i < run->n; i++)
		jsonw_str(j, NULL, runlog_line(run, i)->text);
	jsonw_array_end(j);
}

/* The proof: the silent disk, and how the last run ended; an ending proves
 * nothing about a worker that is up. */
static void
why_proof(struct jsonw *j, const struct stream *s, const struct verdict *v)
{
	const struct worker *w = s->workers[v->blamed];
	const struct ending *e = worker_last(w);
	char *trouble = stream_trouble(s, NULL);

	jsonw_array(j, "proof");
	if (trouble != NULL)
		jsonw_str(j, NULL, trouble);
	if (e != NULL && w->state != ST_UP && v->state != STREAM_LIVE &&
	    v->state != STREAM_OFF) {
		jsonw_str(j, NULL, e->text);
		if (e->also != NULL)
			jsonw_str(j, NULL, e->also);
	}
	jsonw_array_end(j);
	free(trouble);
}

void
why_write(struct jsonw *j, const struct stream *s)
{
	struct verdict v = stream_verdict(s);
	const struct ffadvice_ask about = { .name = s->profile->name };
	struct verdict_words words = verdict_explain(&v, &about);
	const struct worker *on_air = sourceset_on_air(&s->sources);
	const struct worker *w = s->workers[v.blamed];

	jsonw_object(j, NULL);
	jsonw_word(j, "name", s->profile->name);
	jsonw_word(j, "state", stream_state_names[v.state]);
	jsonw_word(j, "reason", verdict_name(&v));
	status_time(j, "since", s->since_wall);
	status_seconds(j, "uptime_s", mono_ms() - s->since_ms);
	status_outage(j, s);
	jsonw_str(j, "worker", v.outside ? NULL : w->plan.name);
	jsonw_word(j, "role", v.outside ? NULL : role_names[w->plan.role]);
	jsonw_str(j, "on_air", on_air == NULL ? NULL : on_air->plan.name);
	why_text(j, s, &v);
	jsonw_word(j, "class", words.class);
	jsonw_str(j, "cause", words.cause);
	jsonw_str(j, "do", words.advice);
	why_proof(j, s, &v);
	jsonw_int(j, "attempt", w->backoff.failures);
	jsonw_bool(j, "held", w->state == ST_HELD);
	status_retry(j, w);
	status_ending(j, "last", v.outside ? NULL : worker_last(w));
	why_stderr(j, v.outside ? NULL : w);
	status_painter(j, s, true);
	jsonw_str(j, "profile", s->profile->path);
	jsonw_object_end(j);
	verdict_words_clear(&words);
}
