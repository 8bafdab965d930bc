/* SPDX-License-Identifier: ISC */
/*
 * The part of stream.h that judges again (its stream_ functions): a change of the
 * verdict, its time, the outage that it begins or ends, and the event about it.
 */
#include "config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/util.h"
#include "stream/stream.h"

/* "degraded (hold)": a state and its reason. Caller frees. */
static char *
review_state(const struct verdict *v)
{
	const char *reason = verdict_name(v);

	return xasprintf("%s%s%s%s", stream_state_names[v->state],
	    reason == NULL ? "" : " (", reason == NULL ? "" : reason,
	    reason == NULL ? "" : ")");
}

/* "cam: retry (timeout) -> starting (timeout), after 3.2 s". Caller frees. */
static char *
review_text(const struct stream *s, const struct verdict *to, int64_t now)
{
	char *was = review_state(&s->reported), *is = review_state(to);
	char *back = outage_over(&s->outage, to, now);
	char span[UTIL_SPAN_LEN], *text;

	text = xasprintf("%s: %s -> %s, %s%s", s->profile->name, was, is,
	    back != NULL ? "" : "after ",
	    back != NULL ? back : util_span(now - s->since_ms, span));
	free(was);
	free(is);
	free(back);
	return text;
}

void
stream_review(struct stream *s)
{
	struct verdict from = s->reported, to = stream_verdict(s);
	int64_t now = mono_ms();
	char *text;

	if (verdict_same(&from, &to))
		return;
	text = review_text(s, &to, now);
	s->reported = to;
	if (from.state != to.state) {
		s->since_ms = now;
		s->since_wall = wall_ms();
	}
	outage_note(&s->outage, &to, now, wall_ms());
	s->host->event(s->host->ctx, s,
	    &(struct stream_report){ .what = NEWS_CHANGED,
		.from = stream_state_names[from.state],
		.to = stream_state_names[to.state],
		.text = text });
	free(text);
}
