/* SPDX-License-Identifier: ISC */
/*
 * Rings of lines, one for each of the last runs. A ring grows up to its cap
 * as lines come, so that a thousand quiet workers cost little.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "process/runlog.h"

#define RUNLOG_FIRST_CAP 8

void
runlog_init(struct runlog *l, size_t max_lines, size_t max_runs)
{
	*l = (struct runlog){ .max_lines = max_lines, .max_runs = max_runs };
}

/* Free a run's lines. */
static void
runlog_run_clear(struct runlog_run *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->v[(r->first + i) % r->cap].text);
	free(r->v);
	*r = (struct runlog_run){ 0 };
}

/* Forget the oldest run. */
static void
runlog_drop_run(struct runlog *l)
{
	runlog_run_clear(&l->runs[0]);
	l->n--;
	memmove(&l->runs[0], &l->runs[1], l->n * sizeof(l->runs[0]));
}

void
runlog_clear(struct runlog *l)
{
	while (l->n > 0)
		runlog_drop_run(l);
	free(l->runs);
	l->runs = NULL;
}

/* Forget the oldest line of a run. */
static void
runlog_drop_line(struct runlog_run *r)
{
	free(r->v[r->first].text);
	r->first = (r->first + 1) % r->cap;
	r->n--;
	r->lost++;
}

/* Give a run's ring another size; the lines move to its start. */
static void
runlog_recap(struct runlog_run *r, size_t cap)
{
	struct runlog_line *v = xcalloc(cap, sizeof(*v));

	while (r->n > cap)
		runlog_drop_line(r);
	for (size_t i = 0; i < r->n; i++)
		v[i] = r->v[(r->first + i) % r->cap];
	free(r->v);
	r->v = v;
	r->first = 0;
	r->cap = cap;
}

void
runlog_resize(struct runlog *l, size_t max_lines, size_t max_runs)
{
	l->max_lines = max_lines;
	l->max_runs = max_runs;
	while (l->n > max_runs)
		runlog_drop_run(l);
	for (size_t i = 0; i < l->n; i++)
		if (l->runs[i].cap > max_lines)
			runlog_recap(&l->runs[i], max_lines);
}

void
runlog_begin(struct runlog *l, unsigned number)
{
	while (l->n >= l->max_runs)
		runlog_drop_run(l);
	l->runs = xrealloc(l->runs, l->n + 1, sizeof(l->runs[0]));
	l->runs[l->n++] = (struct runlog_run){ .number = number };
}

/* Make room for one line more, by growing or by dropping the oldest. */
static void
runlog_make_room(struct runlog_run *r, size_t max_lines)
{
	size_t cap = r->cap == 0 ? RUNLOG_FIRST_CAP : r->cap * 2;

	if (r->n < r->cap)
		return;
	if (r->cap < max_lines)
		runlog_recap(r, cap < max_lines ? cap : max_lines);
	else
		runlog_drop_line(r);
}

const struct runlog_line *
runlog_add(struct runlog *l, const char *text, int64_t wall, int64_t at_ms)
{
	struct runlog_run *r;
	struct runlog_line *line;

	if (l->n == 0)
		runlog_begin(l, 0);
	r = &l->runs[l->n - 1];
	if (r->n > 0) {
		line = &r->v[(r->first + r->n - 1) % r->cap];
		if (strcmp(line->text, text) == 0) {
			line->repeat++;
			line->at_ms = at_ms;
			return NULL;
		}
	}
	runlog_make_room(r, l->max_lines);
	line = &r->v[(r->first + r->n++) % r->cap];
	*line = (struct runlog_line){
		.text = xstrdup(text), .wall = wall, .at_ms = at_ms
	};
	return line;
}

const struct runlog_run *
runlog_last(const struct runlog *l)
{
	return l->n == 0 ? NULL : &l->runs[l->n - 1];
}

const struct runlog_line *
runlog_line(const struct runlog_run *r, size_t i)
{
	return i < r->n ? &r->v[(r->first + i) % r->cap] : NULL;
}
