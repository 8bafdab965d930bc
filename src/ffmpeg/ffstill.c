/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/util.h"
#include "ffmpeg/ffends.h"
#include "ffmpeg/ffstill.h"

/* It computes all the time: percent of a processor. */
#define FFSTILL_BUSY 90

/* --- the judgement ------------------------------------------------------- */

/* A verdict in one word. */
static struct ffstill_verdict
ffstill_say(
    enum ffstill_what what, enum fail_side side, enum fail_detail detail)
{
	return (struct ffstill_verdict){ what, side, detail };
}

/* Whether its receiver takes nothing, or does not even answer. */
static bool
ffstill_output(const struct ffstill *s, struct ffstill_verdict *v)
{
	const struct ffstill_tcp *t = &s->output;

	if (t->found && t->connecting)
		*v = ffstill_say(STILL_CONNECTING, SIDE_OUTPUT, DETAIL_CONNECT);
	else if (!s->hung && s->cause == FAIL_START && s->opened && !s->began &&
	    t->found && t->received == 0)
		*v = ffstill_say(STILL_UNANSWERED, SIDE_OUTPUT, DETAIL_ANSWER);
	else if (s->hung || (t->found && t->waits > 0 && t->untaken_ms > 0))
		*v = ffstill_say(STILL_UNTAKEN, SIDE_OUTPUT, DETAIL_NONE);
	else
		return false;
	return true;
}

/* Whether nothing comes over its source's connection. Bytes that it does not
 * read are no silence. */
static bool
ffstill_source(const struct ffstill *s, const struct ffends *ends,
    struct ffstill_verdict *v)
{
	const struct ffstill_tcp *t = &s->source;

	if (!t->found)
		return false;
	if (t->connecting)
		*v = ffstill_say(STILL_CONNECTING, SIDE_SOURCE, DETAIL_CONNECT);
	else if (t->received > 0 && ends->source.udp)
		*v = s->cause == FAIL_START
		    ? ffstill_say(
			  STILL_DATAGRAMS, SIDE_SOURCE, DETAIL_TRANSPORT)
		    : ffstill_say(STILL_ABSENT, SIDE_SOURCE, DETAIL_NONE);
	else if (t->unread > 0 || t->heard_ms < s->still_ms / 2)
		return false;
	else if (t->received == 0)
		*v = ffstill_say(STILL_UNANSWERED, SIDE_SOURCE, DETAIL_ANSWER);
	else
		*v = ffstill_say(STILL_SILENT, SIDE_SOURCE, DETAIL_NONE);
	return true;
}

/* What is left when no connection tells. */
static struct ffstill_verdict
ffstill_guess(const struct ffstill *s, const struct ffends *ends)
{
	enum ffend_kind in = ends->source.kind, out = ends->output.kind;

	if (s->work.known && s->work.cpu >= FFSTILL_BUSY)
		return ffstill_say(STILL_BUSY, SIDE_MACHINE, DETAIL_NONE);
	if (s->work.known && s->work.state == 'D')
		return ffstill_say(STILL_DISK, SIDE_MACHINE, DETAIL_NONE);
	if (in == FFEND_UNKNOWN)
		return ffstill_say(STILL_UNKNOWN, SIDE_NONE, DETAIL_NONE);
	if (s->cause == FAIL_START && in != FFEND_PIPE && !s->opened)
		return ffstill_say(STILL_ABSENT, SIDE_SOURCE, DETAIL_NONE);
	if (in == FFEND_PIPE)
		return ffstill_say(STILL_BLOCKED, SIDE_OUTPUT, DETAIL_NONE);
	/* an output that has taken everything waits for more */
	if (out != FFEND_DATAGRAM)
		return ffstill_say(STILL_ABSENT, SIDE_SOURCE, DETAIL_NONE);
	return ffstill_say(STILL_UNKNOWN, SIDE_NONE, DETAIL_NONE);
}

/* The user's program: nothing is known of its ends. */
static struct ffstill_verdict
ffstill_program(const struct ffstill *s)
{
	enum ffstill_what what = !s->work.known ? STILL_UNKNOWN
	    : s->work.cpu >= FFSTILL_BUSY	? STILL_BUSY
						: STILL_WRITES;

	return ffstill_say(what, SIDE_PROGRAM, DETAIL_NONE);
}

struct ffstill_verdict
ffstill_judge(const struct ffstill *s, const struct ffends *ends)
{
	struct ffstill_verdict v;

	if (s->work.known && (s->work.state == 'T' || s->work.state == 't'))
		return ffstill_say(STILL_STOPPED, SIDE_MACHINE, DETAIL_STOPPED);
	if (s->frozen)
		return ffstill_say(STILL_UNKNOWN, SIDE_SOURCE, DETAIL_STAMPS);
	if (!s->ffmpeg)
		return ffstill_program(s);
	if (ffstill_output(s, &v) || ffstill_source(s, ends, &v))
		return v;
	return ffstill_guess(s, ends);
}

/* --- the text ------------------------------------------------------------ */

/* A name for a person, where the URL has none. */
static const char *
ffstill_place(const struct ffends *ends, bool out)
{
	const char *place = out ? ends->output.place : ends->source.place;

	if (*place != '\0')
		return place;
	return out ? "its output" : "its source";
}

char *
ffstill_head(const struct ffstill *s, const struct ffends *ends)
{
	char span[UTIL_SPAN_LEN];

	if (s->hung)
		return xasprintf("the server at %s has taken nothing for %s",
		    ffstill_place(ends, true),
		    util_span(s->output.untaken_ms, span));
	util_span(s->still_ms, span);
	if (s->frozen)
		return xasprintf("frames come, but their time stamps have not "
				 "advanced for %s",
		    span);
	if (s->cause == FAIL_STALL)
		return xasprintf("alive, but no new frame for %s", span);
	util_span(s->limit_ms, span);
	return xasprintf(
	    "%s within %s", s->serves ? "not ready" : "no first frame", span);
}

/* "34 kB". */
static void
ffstill_put_bytes(struct buf *b, int64_t n)
{
	if (n >= 1000)
		buf_putf(b, "%lld kB", (long long)(n / 1000));
	else
		buf_putf(b, "%lld bytes", (long long)n);
}

/* What a program has written, frames or not, behind "it ". */
static void
ffstill_put_writes(struct buf *b, const struct ffstill *s)
{
	bool start = s->cause == FAIL_START;
	int64_t n = start ? s->work.wrote_ever : s->work.wrote;

	if (n <= 0) {
		buf_puts(b, start ? "has written nothing" : "writes nothing");
		return;
	}
	buf_puts(b, start ? "has written " : "wrote ");
	ffstill_put_bytes(b, n);
	buf_puts(b, start ? ", but no frame" : " in the last second");
}

/* What waits for a receiver that takes nothing. */
static void
ffstill_put_waits(struct buf *b, const struct ffstill *s)
{
	if (s->output.waits <= 0)
		return;
	buf_puts(b, s->hung ? "; " : ", ");
	ffstill_put_bytes(b, s->output.waits);
	buf_puts(b, " wait for it in the kernel");
}

/* The words before and after the place at that side; NULL: without a place. */
static const struct {
	const char *before, *after;
} ffstill_words[] = {
	[STILL_UNKNOWN] = { NULL, NULL },
	[STILL_STOPPED] = { "the process itself was stopped by a signal",
	    NULL },
	[STILL_CONNECTING] = { "", " does not answer the connection" },
	[STILL_UNANSWERED] = { "",
	    " took the connection and has said nothing" },
	[STILL_SILENT] = { "nothing has come from ", "" },
	[STILL_DATAGRAMS] = { "",
	    " answers, but none of its packets come by UDP" },
	[STILL_ABSENT] = { "nothing comes from ", "" },
	[STILL_UNTAKEN] = { "the server at ", " has taken nothing" },
	[STILL_BLOCKED] = { "", " takes nothing" },
	[STILL_BUSY] = { "it used ", NULL },
	[STILL_DISK] = { "it waits for a disk", NULL },
	[STILL_WRITES] = { "it ", NULL },
};
_Static_assert(NELEM(ffstill_words) == N_STILLS, "words for each");

/* What stood still, behind "; ". */
static void
ffstill_put_what(struct buf *b, const struct ffstill *s,
    const struct ffstill_verdict *v, const struct ffends *ends)
{
	const char *place = ffstill_place(ends, v->side == SIDE_OUTPUT);
	const char *after = ffstill_words[v->what].after;
	char span[UTIL_SPAN_LEN];

	if (v->what == STILL_UNKNOWN)
		return;
	buf_putf(b, "; %s", ffstill_words[v->what].before);
	if (after != NULL)
		buf_putf(b, "%s%s", place, after);
	if (v->what == STILL_SILENT)
		buf_putf(b, " for %s", util_span(s->source.heard_ms, span));
	else if (v->what == STILL_UNTAKEN)
		buf_putf(b, " for %s", util_span(s->output.untaken_ms, span));
	else if (v->what == STILL_BUSY)
		buf_putf(b, "%d %% of a processor", s->work.cpu);
	else if (v->what == STILL_WRITES)
		ffstill_put_writes(b, s);
}

/* " (watchdog.stall 5s)": the key, and its value as a profile has it. */
static void
ffstill_put_limit(struct buf *b, const struct ffstill *s)
{
	const char *key = s->cause == FAIL_STALL ? "stall"
	    : s->ffmpeg				 ? "start"
						 : "producer";
	bool whole = s->limit_ms % 1000 == 0;

	buf_putf(b, " (watchdog.%s %lld%s)", key,
	    (long long)(whole ? s->limit_ms / 1000 : s->limit_ms),
	    whole ? "s" : "ms");
}

char *
ffstill_text(const struct ffstill *s, const struct ffstill_verdict *v,
    const struct ffends *ends)
{
	char span[UTIL_SPAN_LEN], *head = ffstill_head(s, ends);
	struct buf b;

	buf_init(&b, 0);
	buf_puts(&b, head);
	free(head);
	ffstill_put_limit(&b, s);
	if (s->cause == FAIL_STALL && s->frames > 0)
		buf_putf(&b, "; before that %lld frame%s", (long long)s->frames,
		    s->frames == 1 ? "" : "s");
	if (s->cause == FAIL_STALL && s->frames > 0 && s->media_ms > 0)
		buf_putf(&b, " in %s", util_span(s->media_ms, span));
	if (!s->hung)
		ffstill_put_what(&b, s, v, ends);
	if (v->what == STILL_UNTAKEN)
		ffstill_put_waits(&b, s);
	return buf_steal(&b);
}
