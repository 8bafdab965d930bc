/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/figure.h"
#include "cli/render.h"
#include "cli/reply.h"
#include "process/workerstate.h"

const struct render_look render_looks[RENDER_LOOKS] = {
	[STREAM_FAILED] = { "failed", "FAILED", "✗", "x", "31", true, 0 },
	[STREAM_RETRY] = { "retry", "RETRY", "↻", "!", "31", true, 1 },
	[STREAM_DEGRADED] = { "degraded", "DEGRADED", "◐", "~", "33", true, 2 },
	[STREAM_STARTING] = { "starting", "STARTING", "↻", "+", "36", false,
	    3 },
	[STREAM_STOPPING] = { "stopping", "STOPPING", "○", "-", "36", false,
	    4 },
	[STREAM_LIVE] = { "live", "LIVE", "●", "*", "32", false, 5 },
	[STREAM_OFF] = { "off", "OFF", "○", "-", "2", false, 6 },
	[N_STREAM_STATES] = { "?", "?", "?", "?", "33", false, 7 },
};

void
render_plain(struct buf *b, const char *text, const struct render_opts *o)
{
	text_plain(b, text, o->utf8);
}

char *
render_copy(const char *text, const struct render_opts *o)
{
	struct buf b;

	buf_init(&b, 0);
	if (text != NULL)
		render_plain(&b, text, o);
	return buf_steal(&b);
}

void
render_sgr(struct buf *b, const char *sgr, const struct render_opts *o)
{
	if (o->colour)
		buf_putf(b, "\033[%sm", sgr);
}

const char *
render_state_sgr(const char *word)
{
	enum stream_state state = verdict_state_by_name(word);

	if (util_streq(word, worker_state_names[ST_UP]))
		state = STREAM_LIVE;
	else if (util_streq(word, worker_state_names[ST_WAITING]))
		state = STREAM_RETRY;
	else if (util_streq(word, worker_state_names[ST_HELD]))
		state = STREAM_FAILED;
	return render_looks[state].sgr;
}

void
render_name(
    struct buf *b, const char *name, int width, const struct render_opts *o)
{
	char *copy = render_copy(name != NULL ? name : "?", o);

	buf_puts(b, copy);
	text_blanks(b, width + 2 - text_columns(copy));
	free(copy);
}

int
render_widest(const cJSON *list, const char *key, const struct render_opts *o)
{
	const cJSON *item;
	int widest = 1, columns;
	char *copy;

	cJSON_ArrayForEach(item, list) {
		copy = render_copy(reply_str(item, key), o);
		columns = text_columns(copy);
		if (columns > widest)
			widest = columns;
		free(copy);
	}
	return widest;
}

/* RFC 3339 as the daemon writes it, to seconds since the epoch; -1. */
static time_t
render_parse_time(const char *iso)
{
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	if (iso == NULL || strptime(iso, "%Y-%m-%dT%H:%M:%S", &tm) == NULL)
		return -1;
	return timegm(&tm);
}

void
render_stamp(struct buf *b, const char *iso)
{
	time_t t = render_parse_time(iso);
	char text[32];
	struct tm tm;

	if (t == -1 || localtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%F %T", &tm) == 0) {
		buf_puts(b, "-");
		return;
	}
	buf_puts(b, text);
}

void
render_clock(struct buf *b, const char *iso, const struct render_opts *o)
{
	time_t t = render_parse_time(iso), now = o->now_wall / 1000;
	struct tm tm, today;
	char text[16];

	if (t != -1 && localtime_r(&t, &tm) != NULL &&
	    localtime_r(&now, &today) != NULL && tm.tm_year == today.tm_year &&
	    tm.tm_yday == today.tm_yday &&
	    strftime(text, sizeof(text), "%T", &tm) > 0)
		buf_puts(b, text);
	else
		render_stamp(b, iso);
}

char *
render_next(const cJSON *stream)
{
	double next = reply_next_try(stream);
	char span[FIGURE_CELL];

	if (next < 0)
		return xstrdup("");
	return xasprintf(
	    "next try in %s", figure_span(next < 1 ? 1 : next, span));
}
