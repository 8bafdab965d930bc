/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/util.h"
#include "cli/loglines.h"
#include "cli/reply.h"

/* Begin a line of a log with the time it was said. */
static void
loglines_time(struct buf *b, const cJSON *item, const struct render_opts *o)
{
	render_sgr(b, "2", o);
	render_stamp(b, reply_str(item, "t"));
	render_sgr(b, "0", o);
	buf_puts(b, "  ");
}

/* A line, with its stream or without. */
static void
loglines_put(struct buf *b, const cJSON *line, const char *stream,
    const struct render_opts *o)
{
	const char *worker = reply_str(line, "worker");
	const char *text = reply_str(line, "text");

	loglines_time(b, line, o);
	if (stream != NULL) {
		render_plain(b, stream, o);
		buf_puts(b, "/");
	}
	render_plain(b, worker != NULL ? worker : "?", o);
	if (reply_has_num(line, "run"))
		buf_putf(b, "#%.0f", reply_num(line, "run", 0));
	buf_puts(b, ": ");
	render_plain(b, text != NULL ? text : "", o);
	buf_puts(b, "\n");
}

void
loglines_log(struct buf *b, const cJSON *line, const struct render_opts *o)
{
	loglines_put(b, line, NULL, o);
}

void
loglines_log_of(struct buf *b, const cJSON *line, const struct render_opts *o)
{
	loglines_put(b, line, reply_str(line, "stream"), o);
}

void
loglines_logs_of(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	const cJSON *lines = reply_get(data, "lines"), *line;

	cJSON_ArrayForEach(line, lines) {
		loglines_log_of(b, line, o);
	}
}

void
loglines_logs(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	const cJSON *lines = reply_get(data, "lines"), *line;

	cJSON_ArrayForEach(line, lines) {
		loglines_log(b, line, o);
	}
}

/* "cam: retry (timeout) -> live, back after 4m10s, 3 tries": the new state in its
 * colour. */
static void
loglines_change(struct buf *b, const char *text, const char *to,
    const struct render_opts *o)
{
	const char *arrow = to == NULL ? NULL : strstr(text, "-> ");
	char *before, *word;
	size_t len;

	if (arrow == NULL) {
		render_plain(b, text, o);
		return;
	}
	arrow += strlen("-> ");
	len = strcspn(arrow, " ,(");
	before = xstrndup(text, (size_t)(arrow - text));
	word = xstrndup(arrow, len);
	render_plain(b, before, o);
	render_sgr(b, render_state_sgr(to), o);
	render_plain(b, word, o);
	render_sgr(b, "0", o);
	render_plain(b, arrow + len, o);
	free(before);
	free(word);
}

void
loglines_event(struct buf *b, const cJSON *event, const struct render_opts *o)
{
	const char *text = reply_str(event, "text");

	loglines_time(b, event, o);
	loglines_change(
	    b, text != NULL ? text : "-", reply_str(event, "to"), o);
	buf_puts(b, "\n");
}

void
loglines_events(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	const cJSON *events = reply_get(data, "events"), *ev;

	cJSON_ArrayForEach(ev, events) {
		loglines_event(b, ev, o);
	}
}
