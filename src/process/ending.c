/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/secrets.h"
#include "base/util.h"
#include "ffmpeg/ffout.h"
#include "process/child.h"
#include "process/ending.h"
#include "process/runlog.h"

/* Evidence older than this before the end is not its cause. */
#define ENDING_EVIDENCE_MS 10000

/* The lines of the last run that can be evidence: those of its end. Caller
 * frees the array. */
static const char **
ending_evidence(const struct runlog *log, int64_t now_ms, size_t *n)
{
	const struct runlog_run *run = runlog_last(log);
	int64_t horizon = now_ms - ENDING_EVIDENCE_MS;
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
ending_status_text(int code, int sig)
{
	if (sig != 0)
		return xasprintf("signal %s", ffclass_signal_name(sig));
	return xasprintf("exit %d", code);
}

/* The last lines before an end without a cause: a program's last words, the
 * last error of an ffmpeg that crashed. NULL: none. Caller frees. */
static char *
ending_last_words(const struct ffclass_end *end)
{
	int at;

	if (!end->ffmpeg)
		return ffout_last_words(end->lines, end->n_lines);
	if (end->signal == 0 || end->stopped)
		return NULL;
	at = ffout_last_error(end->lines, end->n_lines);
	return at == -1 ? NULL : xstrdup(end->lines[at]);
}

/* The text of the end: the error of its start; the line that proves it; or the
 * status, and the last words. Caller frees. */
static char *
ending_text(
    const struct ending_run *run, const struct ffclass_end *end, int proof)
{
	char *status, *words, *text;

	if (run->unborn != NULL)
		return secrets_text(child_error_text(run->unborn));
	if (proof >= 0)
		return xstrdup(end->lines[proof]);
	status = ending_status_text(end->code, end->signal);
	words = ending_last_words(end);
	if (words == NULL)
		return status;
	text = xasprintf("%s: %s", status, words);
	free(status);
	free(words);
	return text;
}

bool
ending_is_outdated(const struct child_error *e)
{
	return e != NULL && e->stage == CHILD_STAGE_BEFORE && e->err == ESTALE;
}

/* What an errno says of a directory, or of a program. */
static enum fail_detail
ending_errno_detail(int err, bool program)
{
	switch (err) {
	case ENOENT:
		return DETAIL_MISSING;
	case EACCES:
	case EPERM:
		return program ? DETAIL_EXECUTABLE : DETAIL_PERMISSION;
	case ENOEXEC:
		return DETAIL_EXECUTABLE;
	case ENOTDIR:
	case EEXIST:
		return program ? DETAIL_MISSING : DETAIL_NOT_DIRECTORY;
	case ENOSPC:
	case EDQUOT:
		return DETAIL_FULL;
	case EROFS:
		return DETAIL_READ_ONLY;
	case ENAMETOOLONG:
		return DETAIL_NAME_LENGTH;
	default:
		return DETAIL_NONE;
	}
}

/* A start that failed before exec: directories are made there. */
static void
ending_of_unborn(struct ending *e, const struct child_error *error)
{
	bool program = error->stage != CHILD_STAGE_BEFORE;
	const char *path = strchr(error->what, '/');

	e->class = ending_is_outdated(error) ? FAIL_NONE
	    : program			     ? FAIL_SPAWN
					     : FAIL_DISK;
	e->policy = ffclass_policy(e->class);
	if (e->class == FAIL_NONE)
		return;
	e->detail = ending_errno_detail(error->err, program);
	e->side = program ? SIDE_MACHINE : SIDE_OUTPUT;
	if (program || path != NULL)
		e->subject = secrets_text(program ? error->what : path);
}

struct ending
ending_make(
    const struct ending_run *run, int status, int64_t now_ms, int64_t wall_ms)
{
	size_t n;
	const char **lines = ending_evidence(run->log, now_ms, &n);
	struct ending e = {
		.run = run->number,
		.wall = wall_ms,
		.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		.lived_ms = now_ms - run->begun_ms,
		.media_ms = run->media_ms,
	};
	struct ffclass_end end = {
		.code = e.code,
		.signal = e.signal,
		.stopped = run->stopped,
		.ffmpeg = run->ffmpeg,
		.proven = run->proven,
		.cause = run->cause,
		.lines = lines,
		.n_lines = n,
	};
	struct ffclass_verdict v = ffclass_of(&end);

	e.class = v.class;
	e.policy = v.policy;
	e.side = run->ffmpeg || e.class == FAIL_NONE ? SIDE_NONE : SIDE_PROGRAM;
	if (run->unborn != NULL && !end.stopped)
		ending_of_unborn(&e, run->unborn);
	e.text = ending_text(run, &end, v.proof);
	free(lines);
	return e;
}

struct ending
ending_failed(
    unsigned run, enum fail_class class, const char *cause, int64_t wall_ms)
{
	return (struct ending){ .run = run,
		.wall = wall_ms,
		.code = -1,
		.class = class,
		.policy = ffclass_policy(class),
		.detail = class == FAIL_INPUT ? DETAIL_EMPTY : DETAIL_NONE,
		.side = class == FAIL_INPUT ? SIDE_SOURCE : SIDE_MACHINE,
		.media_ms = -1,
		.text = secrets_text(cause) };
}

void
ending_free(struct ending *e)
{
	free(e->text);
	free(e->subject);
}

void
ending_keep(struct endings *es, const struct ending *e)
{
	size_t last = ENDINGS_MAX - 1;

	if (es->n == ENDINGS_MAX)
		ending_free(&es->v[last]);
	else
		es->n++;
	memmove(&es->v[1], &es->v[0], last * sizeof(*e));
	es->v[0] = *e;
}

void
ending_clear(struct endings *es)
{
	for (size_t i = 0; i < es->n; i++)
		ending_free(&es->v[i]);
	es->n = 0;
}

const struct ending *
ending_last(const struct endings *es)
{
	return es->n > 0 ? &es->v[0] : NULL;
}

char *
ending_say(const struct ending *e)
{
	char lived[UTIL_SPAN_LEN];

	return xasprintf("%s after %s: %s", ffclass_names[e->class],
	    util_span(e->lived_ms, lived), e->text);
}
