/* SPDX-License-Identifier: ISC */
/*
 * Limits of recordings: what prune does is told here.
 */
#include "config.h"

#include <stdlib.h>

#include "log.h"
#include "prune.h"
#include "recorder.h"
#include "util.h"

#define RECORDER_PERIOD_MS 30000

static bool
recorder_is_limited(const struct profile_output *o)
{
	return o->record != NULL &&
	    (o->max_size > 0 || o->max_age > 0 || o->min_free > 0);
}

/* Say what was removed; and once, when that is not enough. */
static void
recorder_report(struct recorder *r, const struct profile *p, size_t i,
    const struct prune_result *found)
{
	char name[PROFILE_NAME_MAX + 1], *text;

	profile_output_name(p, i, name);
	if (found->removed > 0)
		log_info("%s/%s: %zu old recordings removed (%.1f MB), %zu "
			 "left (%.1f MB)",
		    p->name, name, found->removed, (double)found->freed / 1e6,
		    found->files, (double)found->bytes / 1e6);
	if (found->full && !r->full[i]) {
		text = xasprintf("%s: the limits of its recordings cannot be "
				 "kept: nothing is left that may be removed",
		    name);
		r->notice(r->ctx, "disk", text);
		free(text);
	}
	r->full[i] = found->full;
}

void
recorder_tick(struct recorder *r, const struct profile *p)
{
	const struct profile_output *o;
	struct prune_result found;

	if (mono_ms() < r->next_ms)
		return;
	r->next_ms = mono_ms() + RECORDER_PERIOD_MS;
	for (size_t i = 0; (o = profile_output(p, i)) != NULL; i++) {
		struct prune_limits limits = { .max_size = o->max_size,
			.max_age_ms = o->max_age,
			.min_free = o->min_free };

		if (!recorder_is_limited(o))
			continue;
		prune_run(o->record, &limits, wall_ms(), &found);
		recorder_report(r, p, i, &found);
	}
}

void
recorder_hurry(struct recorder *r)
{
	r->next_ms = 0;
}
