/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/util.h"
#include "cli/figure.h"
#include "cli/note.h"
#include "cli/reply.h"
#include "ffmpeg/ffclass.h"

bool
note_is_down(const cJSON *stream)
{
	return reply_has_num(stream, "down_s");
}

/* Append a note, after its text so far. */
static void
note_add(struct buf *b, const char *text, const struct render_opts *o)
{
	if (b->len > 0)
		buf_puts(b, "; ");
	render_plain(b, text, o);
}

/* A failure of a run. "exit" and "signal" alone say little: which. */
static void
note_failure(struct buf *b, const char *class, const cJSON *last,
    const struct render_opts *o)
{
	enum fail_class k = ffclass_by_name(class);
	const char *signal = reply_str(last, "signal");

	render_plain(b, class, o);
	if (k == FAIL_EXIT && reply_has_num(last, "code"))
		buf_putf(b, " %.0f", reply_num(last, "code", 0));
	if ((k == FAIL_SIGNAL || k == FAIL_CRASH) && signal != NULL) {
		buf_puts(b, " ");
		render_plain(b, signal, o);
	}
}

/* How the worker that explains the state ended last; NULL: not known. */
static const cJSON *
note_last(const cJSON *stream)
{
	const char *name = reply_str(stream, "worker");
	const cJSON *w;

	cJSON_ArrayForEach(w, reply_get(stream, "workers")) {
		if (name != NULL && util_streq(reply_str(w, "name"), name))
			return reply_get(w, "last");
	}
	return NULL;
}

/* "twitch (auth)": an output that is down. */
static void
note_output(struct buf *b, const cJSON *out, const struct render_opts *o)
{
	const cJSON *last = reply_get(out, "last");
	const char *name = reply_str(out, "name");
	const char *class = reply_str(last, "class");

	render_plain(b, name != NULL ? name : "?", o);
	if (class == NULL || ffclass_by_name(class) == FAIL_NONE)
		return;
	buf_puts(b, " (");
	note_failure(b, class, last, o);
	buf_puts(b, ")");
}

/* "output down: twitch (auth), 2 fine"; nothing with only one. */
static void
note_outputs(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	const cJSON *outputs = reply_get(stream, "outputs"), *out;
	int n = cJSON_GetArraySize(outputs), down = 0;

	if (n < 2)
		return;
	cJSON_ArrayForEach(out, outputs) {
		enum stream_state state = reply_state(out);

		if (state == STREAM_LIVE || state == STREAM_OFF)
			continue;
		if (down++ == 0)
			note_add(b, "output down: ", o);
		else
			buf_puts(b, ", ");
		note_output(b, out, o);
	}
	if (down > 0 && down < n)
		buf_putf(b, ", %d fine", n - down);
}

/* Troubles beyond a stream's own reason. */
static void
note_derive(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	enum fallback fallback = reply_fallback(reply_get(stream, "frames"));

	if (fallback == FALLBACK_HOLD || fallback == FALLBACK_SLATE)
		buf_putf(b, "no input; still on air with the %s",
		    fallback == FALLBACK_SLATE ? "slate" : "last frame");
	note_outputs(b, stream, o);
}

/* The workers that are tried only rarely now. */
static void
note_held(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	const cJSON *w;
	int n = 0;

	if (reply_state(stream) == STREAM_FAILED)
		return; /* that says it */
	cJSON_ArrayForEach(w, reply_get(stream, "workers")) {
		const char *name = reply_str(w, "name");

		if (!util_streq(reply_str(w, "state"), "held"))
			continue;
		if (n++ == 0)
			note_add(b, "given up: ", o);
		else
			buf_puts(b, ", ");
		render_plain(b, name != NULL ? name : "?", o);
	}
}

/* The reason, and the failure behind it: what is on air instead does not say
 * why. */
static void
note_reason(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	const char *reason = reply_str(stream, "reason");
	const char *class = reply_str(stream, "class");
	const cJSON *last = note_last(stream);

	if (reply_reason(stream) == REASON_FAILURE) {
		note_failure(b, reason, last, o);
		return;
	}
	render_plain(b, reason, o);
	if (class == NULL || note_is_down(stream))
		return;
	buf_puts(b, ": ");
	note_failure(b, class, last, o);
}

char *
note_trouble(const cJSON *stream, const struct render_opts *o)
{
	enum reason reason = reply_reason(stream);
	double tries = reply_num(stream, "tries", 0);
	char ordinal[FIGURE_CELL];
	struct buf b;

	buf_init(&b, 0);
	if (reason != REASON_NONE && reason != REASON_OUTPUT)
		note_reason(&b, stream, o);
	else if (reply_state(stream) == STREAM_DEGRADED)
		note_derive(&b, stream, o);
	if (b.len > 0 && note_is_down(stream) && tries > 0) {
		figure_ordinal(ordinal, tries);
		buf_putf(&b, " (%s try)", ordinal);
	}
	note_held(&b, stream, o);
	if (reply_is_true(stream, "changed"))
		note_add(&b, "profile changed: ffsup reload", o);
	return buf_steal(&b);
}
