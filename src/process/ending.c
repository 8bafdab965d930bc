/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/secrets.h"
#include "base/util.h"
#include "ffmpeg/ffcause.h"
#include "ffmpeg/ffout.h"
#include "ffmpeg/ffplace.h"
#include "ffmpeg/ffsubject.h"
#include "process/child.h"
#include "process/ending.h"
#include "process/runlog.h"
#include "process/standstill.h"

/* Evidence older than this before the end is not its cause. */
#define ENDING_EVIDENCE_MS 10000

/* The lines of the last run that can be evidence: those of its end, up to our
 * own signal; all, if no frame ever came. Caller frees the array. */
static const char **
ending_evidence(const struct ending_run *r, int64_t now_ms, size_t *n)
{
	const struct runlog_run *run = runlog_last(r->log);
	int64_t to = r->stopped_ms > 0 ? r->stopped_ms : now_ms;
	bool all = r->still != NULL && r->media_ms < 0;
	int64_t from = all ? r->begun_ms : to - ENDING_EVIDENCE_MS;
	const char **v;

	*n = 0;
	if (run == NULL || run->n == 0)
		return NULL;
	v = xcalloc(run->n, sizeof(*v));
	for (size_t i = 0; i < run->n; i++) {
		const struct runlog_line *line = runlog_line(run, i);

		if (line->at_ms >= from && line->at_ms <= to)
			v[(*n)++] = line->text;
	}
	return v;
}

/* Whether the last run said this, without its tags, at any time. */
static bool
ending_has_said(const struct runlog *log, const char *begin)
{
	const struct runlog_run *run = runlog_last(log);
	struct ffout_line l;

	for (size_t i = 0; run != NULL && i < run->n; i++) {
		ffout_untag(&l, runlog_line(run, i)->text);
		if (util_has_prefix(l.text, begin))
			return true;
	}
	return false;
}

/* A line without its tags, "[rtsp @ 0x5] [error] ". Caller frees. */
static char *
ending_plain(const char *line)
{
	struct ffout_line l;

	ffout_untag(&l, line);
	return xstrdup(l.text);
}

/* A line without its tags, and how often these words were said. Caller
 * frees. */
static char *
ending_repeated(const struct ffcause_end *end, const char *line)
{
	struct ffout_line said, l;
	unsigned n = 0;

	ffout_untag(&said, line);
	for (size_t i = 0; i < end->n_lines; i++) {
		ffout_untag(&l, end->lines[i]);
		n += strcmp(l.text, said.text) == 0;
	}
	return n > 1 ? xasprintf("%s (%u times)", said.text, n)
		     : xstrdup(said.text);
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
ending_last_words(const struct ffcause_end *end)
{
	int at;

	if (!end->ffmpeg)
		return ffout_last_words(end->lines, end->n_lines);
	if (end->signal == 0 || end->stopped)
		return NULL;
	at = ffout_last_error(end->lines, end->n_lines);
	return at == -1 ? NULL : ending_plain(end->lines[at]);
}

/* The text of the end: the error of its start; the line that proves it; or the
 * status, and the last words. Caller frees. */
static char *
ending_text(
    const struct ending_run *run, const struct ffcause_end *end, int proof)
{
	char *status, *words, *text;

	if (run->unborn != NULL) /* we stopped it before */
		return secrets_text(child_error_text(run->unborn));
	if (proof >= 0)
		return run->still == NULL
		    ? ending_plain(end->lines[proof])
		    : ending_repeated(end, end->lines[proof]);
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
	case ENODATA:
		return DETAIL_EMPTY;
	default:
		return DETAIL_NONE;
	}
}

/* A start that failed before exec: directories are made there, and a file to
 * play is looked at. */
static enum fail_class
ending_unborn_class(const struct child_error *e)
{
	if (ending_is_outdated(e))
		return FAIL_NONE;
	if (e->err == ENOMEM || e->err == EAGAIN || e->err == EMFILE ||
	    e->err == ENFILE)
		return FAIL_MEMORY;
	if (e->stage != CHILD_STAGE_BEFORE)
		return FAIL_SPAWN;
	return e->err == ENODATA ? FAIL_INPUT : FAIL_DISK;
}

/* The path that a failed start names: "no file to play: PATH matches nothing",
 * "PATH: Permission denied". NULL: none. Caller frees. */
static char *
ending_place(const char *cause)
{
	const char *from = strchr(cause, '/'), *to;

	if (from == NULL)
		return NULL;
	to = strstr(from, " matches nothing");
	if (to == NULL)
		to = strstr(from, ": ");
	return to == NULL ? xstrdup(from) : xstrndup(from, (size_t)(to - from));
}

static void
ending_of_unborn(struct ending *e, const struct child_error *error)
{
	bool program = error->stage != CHILD_STAGE_BEFORE;
	const char *path = strchr(error->what, '/');

	e->class = ending_unborn_class(error);
	e->text = secrets_text(
	    error->err == ENODATA ? error->what : child_error_text(error));
	if (e->class == FAIL_NONE)
		return;
	e->detail = ending_errno_detail(error->err, program);
	e->policy = ffdetail_policy(e->class, e->detail);
	e->side = e->class == FAIL_INPUT ? SIDE_SOURCE
	    : e->class == FAIL_DISK	 ? SIDE_OUTPUT
					 : SIDE_MACHINE;
	if (program)
		e->subject = secrets_text(error->what);
	else if (path != NULL)
		e->subject = ending_place(e->text);
}

/* The places as their names stand in the lines. Caller clears. */
static void
ending_mask(struct ffplaces *f, const struct ffplaces *places)
{
	*f = *places;
	if (f->source.address != NULL)
		f->source.address = secrets_text(f->source.address);
	if (f->output.address != NULL)
		f->output.address = secrets_text(f->output.address);
}

/* Whether the run before was refused as soon as it sent. */
static bool
ending_was_early(const struct ending *e)
{
	return e != NULL && e->class != FAIL_NONE &&
	    (e->detail == DETAIL_EARLY ||
		(e->class == FAIL_REJECTED && e->media_ms >= 0));
}

/* The proof with the time, where that is the half of it: ffmpeg says the same of
 * a server that is mute and of one that hangs up. The text is taken. */
static char *
ending_timed(const struct ending *e, char *text)
{
	char lived[UTIL_SPAN_LEN], *timed;

	if ((e->class != FAIL_TIMEOUT && e->class != FAIL_CLOSED) ||
	    strstr(text, "Invalid data found") == NULL)
		return text;
	timed = xasprintf("%s after %s: %s",
	    e->class == FAIL_TIMEOUT ? "no answer" : "hung up",
	    util_span(e->lived_ms, lived), text);
	free(text);
	return timed;
}

/* The run stood still: the proof, which side, and its name. */
static void
ending_of_still(struct ending *e, const struct standstill *still)
{
	bool out = still->side == SIDE_OUTPUT;
	const struct ffends *ends = &still->ends;
	const char *place = out ? ends->output.place : ends->source.place;

	free(e->text);
	e->text = xstrdup(still->text);
	if (still->side == SIDE_NONE)
		return;
	if (e->side != still->side) {
		free(e->subject);
		e->subject = NULL;
	}
	e->side = still->side;
	e->detail = still->detail;
	if ((out || still->side == SIDE_SOURCE) && *place != '\0') {
		free(e->subject);
		e->subject = secrets_text(place);
	}
}

/* What the words and the status of a run that became the program say. */
static void
ending_of_words(struct ending *e, const struct ending_run *run,
    const struct ffcause_end *end)
{
	struct ffcause_verdict v = ffcause_of(end);
	int also;

	e->class = v.class;
	e->policy = v.policy;
	e->detail = v.detail;
	e->side = v.side;
	e->text = ending_timed(e, ending_text(run, end, v.proof));
	e->subject = ffsubject_of(end, &v);
	also = ffsubject_line(end, &v, e->subject);
	if (also >= 0)
		e->also = run->still == NULL
		    ? ending_plain(end->lines[also])
		    : ending_repeated(end, end->lines[also]);
	if (run->still == NULL ||
	    (e->class != FAIL_STALL && e->class != FAIL_START))
		return; /* its words say more */
	ending_of_still(e, run->still);
	if (e->also == NULL && !run->ffmpeg)
		e->also = ffout_last_words(end->lines, end->n_lines);
}

struct ending
ending_make(
    const struct ending_run *run, int status, int64_t now_ms, int64_t wall_ms)
{
	struct ending e = {
		.run = run->number,
		.wall = wall_ms,
		.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		.lived_ms = now_ms - run->begun_ms,
		.media_ms = run->media_ms,
	};
	struct ffplaces places = { .fed = false };
	struct ffcause_end end = {
		.code = e.code,
		.signal = e.signal,
		.stopped = run->stopped,
		.ffmpeg = run->ffmpeg,
		.proven = run->proven,
		.opened = ending_has_said(run->log, "Input #0,"),
		.wrote = ending_has_said(run->log, "Output #0,"),
		.again = ending_was_early(run->before),
		.cause = run->cause,
		.lived_ms = e.lived_ms,
		.media_ms = e.media_ms,
		.places = run->places == NULL ? NULL : &places,
	};
	const char **lines = ending_evidence(run, now_ms, &end.n_lines);

	end.lines = lines;
	if (run->places != NULL)
		ending_mask(&places, run->places);
	if (run->unborn != NULL && !run->stopped)
		ending_of_unborn(&e, run->unborn);
	else
		ending_of_words(&e, run, &end);
	ffplaces_clear(&places);
	free(lines);
	return e;
}

struct ending
ending_failed(
    unsigned run, enum fail_class class, const char *cause, int64_t wall_ms)
{
	struct ending e = { .run = run,
		.wall = wall_ms,
		.code = -1,
		.class = class,
		.policy = ffclass_policy(class),
		.side = SIDE_MACHINE,
		.media_ms = -1,
		.text = secrets_text(cause) };

	if (class == FAIL_INPUT) {
		e.detail = DETAIL_EMPTY;
		e.side = SIDE_SOURCE;
		e.subject = ending_place(e.text);
	}
	return e;
}

static void
ending_free(struct ending *e)
{
	free(e->text);
	free(e->also);
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

	return xasprintf("%s after %s: %s%s%s", ffclass_names[e->class],
	    util_span(e->lived_ms, lived), e->text, e->also == NULL ? "" : "; ",
	    e->also == NULL ? "" : e->also);
}
