/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/util.h"
#include "stream/outage.h"

/* Whether media go out in that state. */
static bool
outage_is_on_air(enum stream_state state)
{
	return state == STREAM_LIVE || state == STREAM_DEGRADED;
}

void
outage_note(
    struct outage *o, const struct verdict *v, int64_t now_ms, int64_t wall)
{
	if (v->state != STREAM_STARTING && v->state != STREAM_RETRY &&
	    v->state != STREAM_FAILED) {
		*o = (struct outage){ .state = v->state };
		return;
	}
	if (o->since_ms == 0) {
		o->since_ms = now_ms;
		o->since_wall = wall;
	}
	if (v->state == STREAM_STARTING && o->state != STREAM_STARTING)
		o->tries++;
	if (v->state != STREAM_STARTING) {
		o->cause.failed = true;
		if (v->reason != REASON_NONE)
			o->cause = (struct verdict_cause){ true, v->reason,
				v->class, v->aired };
	}
	o->state = v->state;
}

char *
outage_over(const struct outage *o, const struct verdict *v, int64_t now_ms)
{
	char span[UTIL_SPAN_LEN];

	if (!outage_is_on_air(v->state) || !o->cause.failed)
		return NULL;
	return xasprintf("back after %s, %u %s",
	    util_span(now_ms - o->since_ms, span), o->tries,
	    o->tries == 1 ? "try" : "tries");
}
