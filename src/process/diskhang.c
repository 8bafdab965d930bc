/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/util.h"
#include "process/diskhang.h"

bool
diskhang_watch(struct diskhang *s, const struct job *j)
{
	int64_t ms = job_silent_ms(j);

	if (s->on == (ms >= DISKHANG_MS))
		return false;
	s->on = !s->on;
	if (s->on)
		s->since_ms = mono_ms() - ms;
	return true;
}

char *
diskhang_text(const struct diskhang *s, const char *where)
{
	char span[UTIL_SPAN_LEN];

	return xasprintf("the disk of %s %s %s", where,
	    s->on ? "has not answered for" : "answers again, after",
	    util_span(mono_ms() - s->since_ms, span));
}

void
diskhang_say(const struct diskhang *s, const char *who, const char *where)
{
	char *text = diskhang_text(s, where);

	if (s->on)
		log_warn("%s%s", who, text);
	else
		log_info("%s%s", who, text);
	free(text);
}
