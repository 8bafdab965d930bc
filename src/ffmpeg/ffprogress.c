/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "ffmpeg/ffprogress.h"

static const char *const ffprogress_names[] = {
	[PROGRESS_FRAME] = "frame",
	[PROGRESS_SIZE] = "total_size",
	[PROGRESS_OUT_TIME] = "out_time_us",
};
_Static_assert(
    NELEM(ffprogress_names) == N_PROGRESS_KEYS, "a name for every number");

/* Begin a block: nothing said yet. */
static void
ffprogress_begin(struct progress *p)
{
	size_t i;

	for (i = 0; i < N_PROGRESS_KEYS; i++)
		p->next[i] = -1;
}

/* End a block: its numbers become the visible ones. */
static void
ffprogress_commit(struct progress *p)
{
	p->frame = (int64_t)p->next[PROGRESS_FRAME];
	p->size = (int64_t)p->next[PROGRESS_SIZE];
	p->out_time_us = (int64_t)p->next[PROGRESS_OUT_TIME];
	ffprogress_begin(p);
}

void
ffprogress_init(struct progress *p)
{
	ffprogress_begin(p);
	ffprogress_commit(p);
	p->end = false;
}

/* " 123 ", "1e+05"; N/A, rubbish and negative numbers (older
 * versions print a huge negative for "none") are -1. */
static double
ffprogress_number(const char *s)
{
	char *end;
	double n = strtod(s, &end);

	if (end == s || !isfinite(n) || n < 0 || n > 9e18)
		return -1;
	return n;
}

bool
ffprogress_line(struct progress *p, const char *line)
{
	const char *value;
	size_t len, i;

	line += strspn(line, " \t\r");
	len = strcspn(line, "=");
	if (line[len] == '\0')
		return false;
	value = line + len + 1;
	if (len == strlen("progress") && util_has_prefix(line, "progress")) {
		ffprogress_commit(p);
		value += strspn(value, " \t");
		p->end = util_has_prefix(value, "end");
		return true;
	}
	for (i = 0; i < N_PROGRESS_KEYS; i++) {
		if (strlen(ffprogress_names[i]) == len &&
		    memcmp(line, ffprogress_names[i], len) == 0)
			p->next[i] = ffprogress_number(value);
	}
	return false;
}

/* Whether a count grew; "none" counts as zero, so that the first "0" of a run
 * that has not sent anything yet is not a life sign. */
static bool
ffprogress_grew(int64_t before, int64_t now)
{
	return now > (before > 0 ? before : 0);
}

bool
ffprogress_advanced(const struct progress *before, const struct progress *now)
{
	if (now->frame >= 0)
		return ffprogress_grew(before->frame, now->frame);
	return ffprogress_grew(before->out_time_us, now->out_time_us);
}
