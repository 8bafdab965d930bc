/* SPDX-License-Identifier: ISC */
/*
 * `ffsup status`: one line for each stream, trouble first. Every cell but the
 * last is one word, so that the columns can be counted.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/figure.h"
#include "cli/render.h"
#include "cli/reply.h"
#include "cli/table.h"

#define TABLE_MARK 3 /* columns of the mark and its blanks */

/* The order in which the head line counts them: good news first. */
static const enum stream_state table_count_order[] = {
	STREAM_LIVE,
	STREAM_DEGRADED,
	STREAM_STARTING,
	STREAM_STOPPING,
	STREAM_RETRY,
	STREAM_FAILED,
	STREAM_OFF,
	N_STREAM_STATES,
};
_Static_assert(NELEM(table_count_order) == RENDER_LOOKS, "all counted");

enum table_col {
	COL_NAME,
	COL_STATE,
	COL_FOR,
	COL_FPS,
	COL_SPEED,
	COL_BITRATE,
	COL_DROP,
	COL_RST,
	N_COLS
};

static const char *const table_col_names[] = {
	[COL_NAME] = "NAME",
	[COL_STATE] = "STATE",
	[COL_FOR] = "FOR",
	[COL_FPS] = "FPS",
	[COL_SPEED] = "SPEED",
	[COL_BITRATE] = "BITRATE",
	[COL_DROP] = "DROP",
	[COL_RST] = "RST",
};
_Static_assert(NELEM(table_col_names) == N_COLS, "a name per column");

/* One line of the table. */
struct table_row {
	const cJSON *stream; /* borrowed from the reply */
	enum stream_state state;
	char *name;			/* owned */
	char *note;			/* owned: the trouble; cut first */
	char *tail;			/* owned: the next try; cut last */
	char cell[N_COLS][FIGURE_CELL]; /* but for COL_NAME */
};

/* --- rows ----------------------------------------------------------------- */

/* The worker whose figures the stream shows: the one that makes the outgoing
 * frames. NULL: none. */
static const cJSON *
table_main_worker(const cJSON *stream)
{
	static const char *const roles[] = {
		"encoder",
		"direct",
		"source",
		"output",
	};
	const cJSON *workers = reply_get(stream, "workers"), *w;
	const char *on_air = reply_str(reply_get(stream, "packets"), "source");

	cJSON_ArrayForEach(w, workers) {
		if (on_air != NULL && util_streq(reply_str(w, "name"), on_air))
			return w;
	}
	for (size_t i = 0; i < NELEM(roles); i++) {
		cJSON_ArrayForEach(w, workers) {
			if (util_streq(reply_str(w, "role"), roles[i]))
				return w;
		}
	}
	return NULL;
}

/* "14.8/15": the real rate and the target. */
static void
table_fps(char out[FIGURE_CELL], const cJSON *worker, const cJSON *stream)
{
	char is[FIGURE_CELL] = "-", should[FIGURE_CELL];

	if (reply_has_num(worker, "fps"))
		figure_decimal(is, reply_num(worker, "fps", 0), 1);
	if (is[0] == '-' || !reply_has_num(stream, "fps_target")) {
		strcpy(out, is);
		return;
	}
	figure_decimal(should, reply_num(stream, "fps_target", 0), 1);
	figure_put(out, "%s/%s", is, should);
}

/* Append to a note, after its text so far. */
static void
table_note_add(struct buf *b, const char *text, const struct render_opts *o)
{
	if (b->len > 0)
		buf_puts(b, "; ");
	render_plain(b, text, o);
}

/* "output down: twitch (2 fine)"; nothing with only one. */
static void
table_note_outputs(
    struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	const cJSON *outputs = reply_get(stream, "outputs"), *out;
	int n = cJSON_GetArraySize(outputs), down = 0;
	const char *name;

	if (n < 2)
		return;
	cJSON_ArrayForEach(out, outputs) {
		enum stream_state state = reply_state(out);

		if (state == STREAM_LIVE || state == STREAM_OFF)
			continue;
		if (down++ == 0)
			table_note_add(b, "output down: ", o);
		else
			buf_puts(b, ", ");
		name = reply_str(out, "name");
		render_plain(b, name != NULL ? name : "?", o);
	}
	if (down > 0 && down < n)
		buf_putf(b, " (%d fine)", n - down);
}

/* Troubles beyond a stream's own reason. */
static void
table_note_derive(
    struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	enum fallback fallback = reply_fallback(reply_get(stream, "frames"));

	if (fallback == FALLBACK_HOLD || fallback == FALLBACK_SLATE)
		buf_putf(b, "no input; still on air with the %s",
		    fallback == FALLBACK_SLATE ? "slate" : "last frame");
	table_note_outputs(b, stream, o);
}

/* The workers that are tried only rarely now. */
static void
table_note_held(struct buf *b, const cJSON *stream, const struct render_opts *o)
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
			table_note_add(b, "given up: ", o);
		else
			buf_puts(b, ", ");
		render_plain(b, name != NULL ? name : "?", o);
	}
}

/* The trouble of a stream; "" without any. Caller frees. */
static char *
table_note(const cJSON *stream, const struct render_opts *o)
{
	enum reason reason = reply_reason(stream);
	enum stream_state state = reply_state(stream);
	double repeated = reply_num(reply_get(stream, "frames"), "repeated", 0);
	struct buf b;

	buf_init(&b, 0);
	if (reason != REASON_NONE && reason != REASON_OUTPUT)
		render_plain(&b, reply_str(stream, "reason"), o);
	else if (state == STREAM_DEGRADED)
		table_note_derive(&b, stream, o);
	else if (state == STREAM_LIVE && repeated > 0)
		buf_putf(&b, "%.0f repeated", repeated);
	table_note_held(&b, stream, o);
	if (reply_is_true(stream, "changed"))
		table_note_add(&b, "profile changed: ffsup reload", o);
	return buf_steal(&b);
}

void
table_state(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	char *note = table_note(stream, o), *tail = render_next(stream);

	buf_puts(b, render_looks[reply_state(stream)].name);
	if (*note != '\0')
		buf_putf(b, ", %s", note);
	if (*tail != '\0')
		buf_putf(b, ", %s", tail);
	free(note);
	free(tail);
}

/* Fill the cells of a stream that come from its worker. */
static void
table_row_worker(struct table_row *row)
{
	const cJSON *worker = table_main_worker(row->stream);

	/* a camera program reports no figures: its packets do */
	if (util_streq(reply_str(worker, "role"), "producer"))
		worker = reply_get(row->stream, "packets");
	table_fps(row->cell[COL_FPS], worker, row->stream);
	if (reply_has_num(worker, "speed"))
		figure_put(row->cell[COL_SPEED], "%.2fx",
		    reply_num(worker, "speed", 0));
	if (reply_has_num(worker, "bitrate_kbps"))
		figure_bitrate(row->cell[COL_BITRATE],
		    reply_num(worker, "bitrate_kbps", 0));
}

/* Fill a row. Every cell holds one word, a dash where it has no value, so that
 * the columns can be counted. */
static void
table_row_init(
    struct table_row *row, const cJSON *stream, const struct render_opts *o)
{
	const cJSON *frames = reply_get(stream, "frames");
	const char *name = reply_str(stream, "name");

	row->stream = stream;
	row->state = reply_state(stream);
	row->name = render_copy(name != NULL ? name : "?", o);
	row->note = table_note(stream, o);
	row->tail = render_next(stream);
	for (int c = 0; c < N_COLS; c++)
		strcpy(row->cell[c], "-");
	strcpy(row->cell[COL_STATE], render_looks[row->state].upper);
	if (reply_has_num(stream, "uptime_s"))
		figure_span(
		    reply_num(stream, "uptime_s", 0), row->cell[COL_FOR]);
	table_row_worker(row);
	if (reply_has_num(frames, "dropped"))
		figure_put(row->cell[COL_DROP], "%.0f",
		    reply_num(frames, "dropped", 0));
	if (reply_has_num(stream, "restarts"))
		figure_put(row->cell[COL_RST], "%.0f",
		    reply_num(stream, "restarts", 0));
}

/* Trouble first, then by name. */
static int
table_row_compare(const void *va, const void *vb)
{
	const struct table_row *a = va, *b = vb;

	if (a->state != b->state)
		return render_looks[a->state].rank -
		    render_looks[b->state].rank;
	return strcmp(a->name, b->name);
}

/* The sorted rows of a reply; caller frees. */
static struct table_row *
table_rows(const cJSON *data, size_t *n, const struct render_opts *o)
{
	const cJSON *streams = reply_get(data, "streams"), *s;
	struct table_row *rows;

	rows = xcalloc((size_t)cJSON_GetArraySize(streams) + 1, sizeof(*rows));
	*n = 0;
	cJSON_ArrayForEach(s, streams) {
		table_row_init(&rows[(*n)++], s, o);
	}
	qsort(rows, *n, sizeof(*rows), table_row_compare);
	return rows;
}

/* Release rows. */
static void
table_rows_free(struct table_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(rows[i].name);
		free(rows[i].note);
		free(rows[i].tail);
	}
	free(rows);
}

/* "6 streams: 3 live, 1 degraded, 1 retry, 1 off" */
static void
table_counts(struct buf *b, const struct table_row *rows, size_t n)
{
	size_t count[RENDER_LOOKS] = { 0 };
	const char *sep = ": ";

	for (size_t i = 0; i < n; i++)
		count[rows[i].state]++;
	buf_putf(b, "%zu stream%s", n, n == 1 ? "" : "s");
	for (size_t i = 0; i < RENDER_LOOKS; i++) {
		enum stream_state st = table_count_order[i];

		if (count[st] == 0)
			continue;
		buf_putf(b, "%s%zu %s", sep, count[st], render_looks[st].name);
		sep = ", ";
	}
}

/* The line over the table: the daemon, and the totals. */
static void
table_head(struct buf *b, const cJSON *data, const struct table_row *rows,
    size_t n, const struct render_opts *o)
{
	char *version = render_copy(reply_str(data, "version"), o);
	char *ffmpeg =
	    render_copy(reply_str(reply_get(data, "ffmpeg"), "version"), o);
	char span[FIGURE_CELL];

	render_sgr(b, "1", o);
	buf_putf(b, "ffsup %s   up %s   ", version,
	    figure_span(reply_num(data, "uptime_s", 0), span));
	if (*ffmpeg != '\0')
		buf_putf(b, "ffmpeg %s   ", ffmpeg);
	else
		buf_puts(b, "no ffmpeg   ");
	table_counts(b, rows, n);
	render_sgr(b, "0", o);
	buf_puts(b, "\n");
	free(version);
	free(ffmpeg);
}

/* How wide each column has to be. */
static void
table_widths(const struct table_row *rows, size_t n, int width[N_COLS])
{
	int columns;

	for (int c = 0; c < N_COLS; c++) {
		width[c] = (int)strlen(table_col_names[c]);
		for (size_t i = 0; i < n; i++) {
			columns = text_columns(
			    c == COL_NAME ? rows[i].name : rows[i].cell[c]);
			if (columns > width[c])
				width[c] = columns;
		}
	}
}

/* Append a note that may use `room` columns (below 0: all it wants). When it is
 * too long, the next try is worth more than the whole reason. */
static void
table_row_note(struct buf *b, const struct table_row *row, int room,
    const struct render_opts *o)
{
	const char *sep = *row->note != '\0' && *row->tail != '\0' ? ", " : "";
	char *all = xasprintf("%s%s%s", row->note, sep, row->tail);
	int left = room - text_columns(row->tail) - 2;

	if (room < 0 || text_columns(all) <= room) {
		buf_puts(b, all);
	} else if (*sep != '\0' && left >= 5) {
		text_cut(b, row->note, left, o->utf8);
		buf_putf(b, ", %s", row->tail);
	} else {
		text_cut(b, all, room, o->utf8);
	}
	free(all);
}

/* The names of the columns. */
static void
table_line_head(
    struct buf *b, const int width[N_COLS], const struct render_opts *o)
{
	text_blanks(b, o->marks ? TABLE_MARK : 0);
	for (int c = 0; c < N_COLS; c++)
		buf_putf(b, "%-*s  ", width[c], table_col_names[c]);
	buf_puts(b, "NOTE\n");
}

/* The mark before a name, as wide as TABLE_MARK. */
static void
table_line_mark(
    struct buf *b, const struct render_look *look, const struct render_opts *o)
{
	render_sgr(b, look->sgr, o);
	buf_puts(b, o->utf8 ? look->mark : look->ascii);
	render_sgr(b, "0", o);
	text_blanks(b, TABLE_MARK - 1);
}

/* One stream. No blanks at the end of a line: they would wrap. */
static void
table_line(struct buf *b, const struct table_row *row, const int width[N_COLS],
    const struct render_opts *o)
{
	const struct render_look *look = &render_looks[row->state];
	int at = o->marks ? TABLE_MARK : 0, pad = 0, room = -1;
	const char *text;

	if (o->marks)
		table_line_mark(b, look, o);
	for (int c = 0; c < N_COLS; c++) {
		text = c == COL_NAME ? row->name : row->cell[c];
		text_blanks(b, pad);
		if (c == COL_STATE)
			render_sgr(b, look->sgr, o);
		buf_puts(b, text);
		if (c == COL_STATE)
			render_sgr(b, "0", o);
		pad = width[c] + 2 - text_columns(text);
		at += width[c] + 2;
	}
	if (o->width > 0)
		room = o->width > at ? o->width - at : 0;
	if (room != 0 && (*row->note != '\0' || *row->tail != '\0')) {
		text_blanks(b, pad);
		table_row_note(b, row, room, o);
	}
	buf_puts(b, "\n");
}

/* The line under the table: the advice about its first row. */
static void
table_foot(struct buf *b, const struct table_row *rows, size_t n)
{
	size_t trouble = 0;

	while (trouble < n && render_looks[rows[trouble].state].trouble)
		trouble++;
	if (trouble > 0)
		buf_putf(b, "\n%zu need%s attention.  Try:  ffsup why %s\n",
		    trouble, trouble == 1 ? "s" : "", rows[0].name);
}

void
table_status(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	struct table_row *rows;
	int width[N_COLS];
	size_t n;

	rows = table_rows(data, &n, o);
	table_head(b, data, rows, n, o);
	buf_puts(b, "\n");
	if (n == 0) {
		buf_puts(b,
		    "No streams.  Put a profile into the profiles directory, "
		    "then:  ffsup reload\n");
	} else {
		table_widths(rows, n, width);
		table_line_head(b, width, o);
		for (size_t i = 0; i < n; i++)
			table_line(b, &rows[i], width, o);
		table_foot(b, rows, n);
	}
	table_rows_free(rows, n);
}
