/* SPDX-License-Identifier: ISC */
/*
 * Replies of the daemon as text for people. Pure but for one function that
 * asks what standard output can show: all the rest can be compared with
 * goldens.
 */

#include "config.h"

#include <langinfo.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/strv.h"
#include "base/text.h"
#include "base/util.h"
#include "base/words.h"
#include "cli/render.h"

#define RENDER_KEEP_NAMES 20 /* of unchanged streams, one by one */

const char render_frame_begin[] = "\033[?25l\033[?7l\033[2J";
const char render_frame_end[] = "\033[?7h\033[?25h";

/* --- what there is to say about a state ---------------------------------- */

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

/* --- reading the reply --------------------------------------------------- */

/* A member, or NULL; of nothing too. */
const cJSON *
render_get(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* A string member, or NULL when it is null, missing or no string. */
const char *
render_str(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(render_get(object, key));
}

/* A number member, or `or_else`. */
double
render_num(const cJSON *object, const char *key, double or_else)
{
	const cJSON *item = render_get(object, key);

	return cJSON_IsNumber(item) ? item->valuedouble : or_else;
}

/* Whether a member is a number at all. */
bool
render_has_num(const cJSON *object, const char *key)
{
	return cJSON_IsNumber(render_get(object, key));
}

/* Whether a member is true. */
bool
render_is_true(const cJSON *object, const char *key)
{
	return cJSON_IsTrue(render_get(object, key));
}

enum stream_state
render_state_of(const cJSON *stream)
{
	return verdict_state_by_name(render_str(stream, "state"));
}

enum reason
render_reason_of(const cJSON *stream)
{
	return verdict_by_name(render_str(stream, "reason"));
}

enum fallback
render_fallback_of(const cJSON *object)
{
	return (enum fallback)words_find(
	    fallback_names, N_FALLBACKS, render_str(object, "fallback"));
}

/* Seconds to the next start of any worker, or -1. */
static double
render_next_try(const cJSON *stream)
{
	const cJSON *workers = render_get(stream, "workers"), *w;
	double least = -1, in;

	cJSON_ArrayForEach(w, workers) {
		in = render_num(w, "retry_in_s", -1);
		if (in >= 0 && (least < 0 || in < least))
			least = in;
	}
	return least;
}

/* --- texts ---------------------------------------------------------------- */

void
render_plain(struct buf *b, const char *text, const struct render_opts *o)
{
	text_plain(b, text, o->utf8);
}

/* A harmless copy of a text ("" for none); caller frees. */
char *
render_copy(const char *text, const struct render_opts *o)
{
	struct buf b;

	buf_init(&b, 0);
	if (text != NULL)
		render_plain(&b, text, o);
	return buf_steal(&b);
}

/* Begin and end a colour, where there are any. */
void
render_sgr(struct buf *b, const char *sgr, const struct render_opts *o)
{
	if (o->colour)
		buf_putf(b, "\033[%sm", sgr);
}

/* Append a name of the reply, padded to `width` columns and two more. */
void
render_name(
    struct buf *b, const char *name, int width, const struct render_opts *o)
{
	char *copy = render_copy(name != NULL ? name : "?", o);

	buf_puts(b, copy);
	text_blanks(b, width + 2 - text_columns(copy));
	free(copy);
}

/* Columns of the widest `key` in a list of objects. */
int
render_widest(const cJSON *list, const char *key, const struct render_opts *o)
{
	const cJSON *item;
	int widest = 1, columns;
	char *copy;

	cJSON_ArrayForEach(item, list) {
		copy = render_copy(render_str(item, key), o);
		columns = text_columns(copy);
		if (columns > widest)
			widest = columns;
		free(copy);
	}
	return widest;
}

/* --- figures ------------------------------------------------------------- */

/* A figure in a cell; one that does not fit is no figure. */
void
render_figure(char out[RENDER_CELL], const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(out, RENDER_CELL, fmt, ap);
	va_end(ap);
	if (len < 0 || len >= RENDER_CELL)
		strcpy(out, "?");
}

/* "41s", "4m10s", "3h20m", "6d04h": no blank in it, it is a column. */
const char *
render_span(double seconds, char out[RENDER_CELL])
{
	long s = seconds > 0 ? lround(seconds) : 0;

	if (s < 60)
		render_figure(out, "%lds", s);
	else if (s < 3600)
		render_figure(out, "%ldm%02lds", s / 60, s % 60);
	else if (s < 86400)
		render_figure(out, "%ldh%02ldm", s / 3600, s / 60 % 60);
	else
		render_figure(out, "%ldd%02ldh", s / 86400, s / 3600 % 24);
	return out;
}

/* "30", "29.97", "14.8": as many decimals as are needed, at most `most`. */
void
render_decimal(char out[RENDER_CELL], double n, int most)
{
	char *end;

	render_figure(out, "%.*f", most, n);
	if (strchr(out, '.') == NULL)
		return;
	end = out + strlen(out);
	while (end[-1] == '0')
		*--end = '\0';
	if (end[-1] == '.')
		end[-1] = '\0';
}

/* "812k", "2.5M", "1.2G" bits per second. */
void
render_bitrate(char out[RENDER_CELL], double kbps)
{
	if (kbps < 999.5)
		render_figure(out, "%.0fk", kbps);
	else if (kbps < 999950)
		render_figure(out, "%.1fM", kbps / 1e3);
	else
		render_figure(out, "%.1fG", kbps / 1e6);
}

/* --- time ---------------------------------------------------------------- */

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

/* A time of a reply in local time, in full; one that the daemon did not give is a
 * dash. */
static void
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

/* The same, without the date when that is today's. */
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

/* When something will be tried again; "" when nothing waits. Caller frees. */
char *
render_next(const cJSON *stream)
{
	double next = render_next_try(stream);
	char span[RENDER_CELL];

	if (next < 0)
		return xstrdup("");
	return xasprintf("next try in %s", render_span(next, span));
}

/* --- answers to commands ------------------------------------------------- */

void
render_results(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	const cJSON *results = render_get(data, "results"), *r;
	char *name, *did;

	cJSON_ArrayForEach(r, results) {
		name = render_copy(render_str(r, "name"), o);
		did = render_copy(render_str(r, "did"), o);
		buf_putf(b, "%s: %s\n", name, did);
		free(name);
		free(did);
	}
}

/* The name of a member of a reload's lists: a string, or an object's. */
static const char *
render_reload_name(const cJSON *item)
{
	return cJSON_IsString(item) ? item->valuestring
				    : render_str(item, "name");
}

/* Columns of the widest name that a reload shows on a line of its own. */
static int
render_reload_width(const cJSON *data, const struct render_opts *o)
{
	static const char *const lists[] = { "restart", "live" };
	int widest = 1, columns;

	for (size_t i = 0; i < NELEM(lists); i++) {
		columns = render_widest(render_get(data, lists[i]), "name", o);
		if (columns > widest)
			widest = columns;
	}
	return widest;
}

/* Names of one list of a reload, a line for each. */
static void
render_reload_list(struct buf *b, const cJSON *list, const char *verb,
    int width, const struct render_opts *o)
{
	const cJSON *item;
	const char *what, *name;

	cJSON_ArrayForEach(item, list) {
		buf_putf(b, "%-9s", verb);
		name = render_reload_name(item);
		what = render_str(item, "what");
		if (util_is_empty(what)) {
			render_plain(b, name != NULL ? name : "?", o);
		} else {
			render_name(b, name, width, o);
			render_plain(b, what, o);
		}
		buf_puts(b, "\n");
	}
}

/* "keep yolo, lofi": they do not matter, so they share their lines; of many,
 * only their number. */
static void
render_reload_keep(
    struct buf *b, const cJSON *keep, const struct render_opts *o)
{
	int n = cJSON_GetArraySize(keep);
	const cJSON *item;
	struct buf names;

	if (n == 0)
		return;
	if (n > RENDER_KEEP_NAMES) {
		buf_putf(b, "%-9s%d streams\n", "keep", n);
		return;
	}
	buf_init(&names, 0);
	cJSON_ArrayForEach(item, keep) {
		const char *name = render_reload_name(item);

		if (names.len > 0)
			buf_puts(&names, ", ");
		render_plain(&names, name != NULL ? name : "?", o);
	}
	buf_putf(b, "%-9s", "keep");
	text_wrap(b, buf_text(&names), 9, o->width);
	buf_puts(b, "\n");
	buf_clear(&names);
}

void
render_reload(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	static const struct {
		const char *key, *verb;
	} lists[] = {
		{ "start", "start" },
		{ "restart", "restart" },
		{ "stop", "stop" },
		{ "live", "live" },
	};
	int width = render_reload_width(data, o);
	size_t before = b->len;

	for (size_t i = 0; i < NELEM(lists); i++)
		render_reload_list(
		    b, render_get(data, lists[i].key), lists[i].verb, width, o);
	render_reload_keep(b, render_get(data, "keep"), o);
	if (b->len == before)
		buf_puts(b, "no profiles, nothing to do\n");
}

void
render_version(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	const cJSON *ffmpeg = render_get(data, "ffmpeg");
	char *version = render_copy(render_str(data, "version"), o);
	char *ff = render_copy(render_str(ffmpeg, "version"), o);
	char *path = render_copy(render_str(ffmpeg, "path"), o);

	buf_putf(b, "daemon %s, pid %.0f", version, render_num(data, "pid", 0));
	if (*ff != '\0')
		buf_putf(b, ", ffmpeg %s (%s)", ff, path);
	buf_puts(b, "\n");
	free(version);
	free(ff);
	free(path);
}

/* --- plan ---------------------------------------------------------------- */

/* One word, quoted for a shell; caller frees. */
static char *
render_quote(const char *word, const struct render_opts *o)
{
	struct strv one = { 0 };
	char *quoted, *plain;

	strv_push(&one, word);
	quoted = strv_shell(&one);
	plain = render_copy(quoted, o);
	strv_clear(&one);
	free(quoted);
	return plain;
}

/* An option and its value, on this line or the next; empties `group`. */
static void
render_command_group(struct buf *b, struct buf *group, int *at, int width)
{
	int columns = text_columns(buf_text(group));

	if (group->len == 0)
		return;
	if (width > 0 && *at > 0 && *at + 1 + columns + 2 > width) {
		buf_puts(b, " \\\n    ");
		*at = 4;
	} else if (*at > 0) {
		buf_puts(b, " ");
		++*at;
	}
	buf_puts(b, buf_text(group));
	*at += columns;
	buf_consume(group, group->len);
}

/* A command line that a shell takes, folded only before an option. */
static void
render_command(struct buf *b, const cJSON *argv, const struct render_opts *o)
{
	const cJSON *arg;
	struct buf group;
	char *word;
	int at = 0;

	buf_init(&group, 0);
	cJSON_ArrayForEach(arg, argv) {
		if (!cJSON_IsString(arg))
			continue;
		if (arg->valuestring[0] == '-')
			render_command_group(b, &group, &at, o->width);
		if (group.len > 0)
			buf_puts(&group, " ");
		word = render_quote(arg->valuestring, o);
		buf_puts(&group, word);
		free(word);
	}
	render_command_group(b, &group, &at, o->width);
	buf_puts(b, "\n");
	buf_clear(&group);
}

/* "# frames: producer -> encoder, 1280x720 bgr24 30 fps" */
static void
render_plan_links(
    struct buf *b, const cJSON *links, const struct render_opts *o)
{
	const cJSON *link;
	char *type, *from, *to, *text;

	cJSON_ArrayForEach(link, links) {
		type = render_copy(render_str(link, "type"), o);
		from = render_copy(render_str(link, "from"), o);
		to = render_copy(render_str(link, "to"), o);
		text = render_copy(render_str(link, "text"), o);
		buf_putf(b, "# %s: %s -> %s%s%s\n", type, from, to,
		    *text != '\0' ? ", " : "", text);
		free(type);
		free(from);
		free(to);
		free(text);
	}
}

/* "# encoder" over its command line; the role where the name is another. */
static void
render_plan_worker(
    struct buf *b, const cJSON *worker, const struct render_opts *o)
{
	char *name = render_copy(render_str(worker, "name"), o);
	char *role = render_copy(render_str(worker, "role"), o);

	buf_putf(b, "\n# %s", name);
	if (strcmp(name, role) != 0)
		buf_putf(b, " (%s)", role);
	buf_puts(b, "\n");
	render_command(b, render_get(worker, "argv"), o);
	free(name);
	free(role);
}

void
render_plan(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	const cJSON *workers = render_get(data, "workers"), *w;
	int n = cJSON_GetArraySize(workers);
	char *name = render_copy(render_str(data, "name"), o);
	char *topology = render_copy(render_str(data, "topology"), o);

	buf_putf(
	    b, "# %s: %s, %d worker%s\n", name, topology, n, n == 1 ? "" : "s");
	render_plan_links(b, render_get(data, "links"), o);
	cJSON_ArrayForEach(w, workers) {
		render_plan_worker(b, w, o);
	}
	free(name);
	free(topology);
}

/* --- lines --------------------------------------------------------------- */

/* Begin a line of a log with the time it was said. */
static void
render_when(struct buf *b, const cJSON *item, const struct render_opts *o)
{
	render_sgr(b, "2", o);
	render_stamp(b, render_str(item, "t"));
	render_sgr(b, "0", o);
	buf_puts(b, "  ");
}

void
render_log(struct buf *b, const cJSON *line, const struct render_opts *o)
{
	const char *worker = render_str(line, "worker");
	const char *text = render_str(line, "text");

	render_when(b, line, o);
	render_plain(b, worker != NULL ? worker : "?", o);
	if (render_has_num(line, "run"))
		buf_putf(b, "#%.0f", render_num(line, "run", 0));
	buf_puts(b, ": ");
	render_plain(b, text != NULL ? text : "", o);
	buf_puts(b, "\n");
}

void
render_logs(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	const cJSON *lines = render_get(data, "lines"), *line;

	cJSON_ArrayForEach(line, lines) {
		render_log(b, line, o);
	}
}

void
render_event(struct buf *b, const cJSON *event, const struct render_opts *o)
{
	const char *text = render_str(event, "text");

	render_when(b, event, o);
	render_plain(b, text != NULL ? text : "-", o);
	buf_puts(b, "\n");
}

void
render_events(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	const cJSON *events = render_get(data, "events"), *ev;

	cJSON_ArrayForEach(ev, events) {
		render_event(b, ev, o);
	}
}

/* --- the terminal -------------------------------------------------------- */

void
render_frame(struct buf *b, const char *text, const struct render_opts *o)
{
	int lines = 0;
	size_t len;

	buf_puts(b, "\033[H");
	while (*text != '\0' && (o->height <= 0 || lines < o->height)) {
		if (lines++ > 0)
			buf_puts(b, "\n");
		len = strcspn(text, "\n");
		buf_put(b, text, len);
		buf_puts(b, "\033[K");
		text += len + (text[len] == '\n');
	}
	buf_puts(b, "\033[J");
}

/* Columns and lines from the environment, for what is no terminal. */
static void
render_opts_environ(struct render_opts *o)
{
	const char *columns = getenv("COLUMNS");
	char *end;
	long n;

	if (util_is_empty(columns))
		return;
	n = strtol(columns, &end, 10);
	if (*end == '\0' && n > 0 && n < 10000)
		o->width = (int)n;
}

void
render_opts_stdout(struct render_opts *o)
{
	bool terminal = isatty(STDOUT_FILENO);
	const char *term = getenv("TERM");
	struct winsize ws;

	memset(o, 0, sizeof(*o));
	o->utf8 = util_streq(nl_langinfo(CODESET), "UTF-8");
	o->marks = terminal;
	o->colour = terminal && util_is_empty(getenv("NO_COLOR")) &&
	    term != NULL && strcmp(term, "dumb") != 0;
	o->now_wall = wall_ms();
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0) {
		o->width = ws.ws_col;
		o->height = ws.ws_row;
		return;
	}
	o->width = terminal ? 80 : 0;
	render_opts_environ(o);
}
