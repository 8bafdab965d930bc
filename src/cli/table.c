/* SPDX-License-Identifier: ISC */
/*
 * `ffsup status`: one line for each stream, trouble first. Every cell but the
 * last is one word, so that the columns can be counted; in a pipe all columns are
 * there. A terminal may be narrow: what is wrong with a stream is worth more than
 * its figures (fit.h), and has lines of its own where there is no room beside them.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/figure.h"
#include "cli/fit.h"
#include "cli/note.h"
#include "cli/render.h"
#include "cli/reply.h"
#include "cli/table.h"

#define TABLE_MARK   3 /* columns of the mark and its blanks */
#define TABLE_INDENT 5 /* of a note on lines of its own */

/* A note that would be cut shorter is left out, where it does not matter. */
#define TABLE_NOTE_MIN 8

/* A rate below so much of what it should be is a miss. */
#define TABLE_MISS 0.9

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

static const char *const table_col_names[] = {
	[COL_NAME] = "NAME",
	[COL_STATE] = "STATE",
	[COL_FOR] = "FOR",
	[COL_FPS] = "FPS",
	[COL_SPEED] = "SPEED",
	[COL_BITRATE] = "BITRATE",
	[COL_DROP] = "DROP",
	[COL_RST] = "RST",
	[COL_OUT] = "OUT",
	[COL_CPU] = "CPU",
	[COL_MEM] = "MEM",
};
_Static_assert(NELEM(table_col_names) == N_COLS, "a name per column");

/* One stream of the table. */
struct table_row {
	const cJSON *stream; /* borrowed from the reply */
	enum stream_state state;
	const struct render_look *look;
	bool sick;   /* its note is never cut */
	bool misses; /* its fps are too few */
	char *name;  /* owned */
	char *note;  /* owned: the trouble, and the next try */
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

/* "14.8", and where it misses its target, "14.8/30". */
static void
table_fps(struct table_row *row, const cJSON *worker)
{
	double is = reply_num(worker, "fps", -1);
	double should = reply_num(row->stream, "fps_target", 0);

	row->misses = is >= 0 && is < TABLE_MISS * should;
	if (row->misses)
		figure_put(row->cell[COL_FPS], "%.1f/%.3g", is, should);
	else if (is >= 0)
		figure_rate(row->cell[COL_FPS], is);
}

/* The trouble, and the next try. Caller frees. */
static char *
table_note(const cJSON *stream, const struct render_opts *o)
{
	char *note = note_trouble(stream, o), *tail = render_next(stream);
	char *all = xasprintf(
	    "%s%s%s", note, *note != '\0' && *tail != '\0' ? ", " : "", tail);

	free(note);
	free(tail);
	return all;
}

void
table_state(struct buf *b, const cJSON *stream, const struct render_opts *o)
{
	char *note = table_note(stream, o);

	buf_puts(b, render_looks[reply_state(stream)].name);
	if (*note != '\0')
		buf_putf(b, ", %s", note);
	free(note);
}

/* Fill the cells of a stream that come from its worker. */
static void
table_row_worker(struct table_row *row)
{
	const cJSON *worker = table_main_worker(row->stream);

	/* a camera program reports no figures: its packets do */
	if (util_streq(reply_str(worker, "role"), "producer"))
		worker = reply_get(row->stream, "packets");
	table_fps(row, worker);
	if (reply_has_num(worker, "speed"))
		figure_put(row->cell[COL_SPEED], "%.2fx",
		    reply_num(worker, "speed", 0));
	if (reply_has_num(worker, "bitrate_kbps"))
		figure_bitrate(row->cell[COL_BITRATE],
		    reply_num(worker, "bitrate_kbps", 0));
}

/* A count of an object, where it has one. */
static void
table_count(char cell[FIGURE_CELL], const cJSON *object, const char *key)
{
	if (reply_has_num(object, key))
		figure_put(cell, "%.0f", reply_num(object, key, 0));
}

/* Fill the cells of a stream that are its own. */
static void
table_row_stream(struct table_row *row)
{
	const cJSON *s = row->stream;
	int outputs = cJSON_GetArraySize(reply_get(s, "outputs"));

	if (reply_has_num(s, "uptime_s"))
		figure_span(reply_num(s, "down_s", reply_num(s, "uptime_s", 0)),
		    row->cell[COL_FOR]);
	table_count(row->cell[COL_DROP], reply_get(s, "frames"), "dropped");
	table_count(row->cell[COL_RST], s, "restarts");
	if (outputs > 1 && reply_has_num(s, "outputs_up"))
		figure_put(row->cell[COL_OUT], "%.0f/%d",
		    reply_num(s, "outputs_up", 0), outputs);
	if (reply_has_num(s, "cpu_percent"))
		figure_put(row->cell[COL_CPU], "%.1f%%",
		    reply_num(s, "cpu_percent", 0));
	if (reply_has_num(s, "rss_bytes"))
		figure_memory(row->cell[COL_MEM], reply_num(s, "rss_bytes", 0));
}

/* Fill a row. Every cell holds one word, a dash where it has no value, so that
 * the columns can be counted. A stream that is down looks so while its next try
 * runs, and keeps its place. */
static void
table_row_init(
    struct table_row *row, const cJSON *stream, const struct render_opts *o)
{
	const char *name = reply_str(stream, "name");

	row->stream = stream;
	row->state = reply_state(stream);
	row->look = &render_looks[row->state];
	if (row->state == STREAM_STARTING && note_is_down(stream))
		row->look = &render_looks[STREAM_RETRY];
	row->sick = row->look->trouble;
	row->name = render_copy(name != NULL ? name : "?", o);
	row->note = table_note(stream, o);
	for (int c = 0; c < N_COLS; c++)
		strcpy(row->cell[c], "-");
	strcpy(row->cell[COL_STATE], render_looks[row->state].upper);
	table_row_worker(row);
	table_row_stream(row);
}

/* Trouble first, then by name. */
static int
table_row_compare(const void *va, const void *vb)
{
	const struct table_row *a = va, *b = vb;

	if (a->look != b->look)
		return a->look->rank - b->look->rank;
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
	}
	free(rows);
}

/* --- the line above ------------------------------------------------------- */

/* "6_streams: 3_live, 1_degraded, 1_retry, 1_off": with a blank only where a line
 * may be broken. */
static void
table_counts(struct buf *b, const struct table_row *rows, size_t n)
{
	size_t count[RENDER_LOOKS] = { 0 };
	const char *sep = ": ";

	for (size_t i = 0; i < n; i++)
		count[rows[i].state]++;
	buf_putf(b, "%zu_stream%s", n, n == 1 ? "" : "s");
	for (size_t i = 0; i < RENDER_LOOKS; i++) {
		enum stream_state st = table_count_order[i];

		if (count[st] == 0)
			continue;
		buf_putf(b, "%s%zu_%s", sep, count[st], render_looks[st].name);
		sep = ", ";
	}
}

/* What is known of the daemon, in this order while it fits beside the counts. */
static char *
table_about(const cJSON *data, int room, const struct render_opts *o)
{
	const char *ff = reply_str(reply_get(data, "ffmpeg"), "version");
	char *version = render_copy(reply_str(data, "version"), o);
	char *ffmpeg = render_copy(ff, o), span[FIGURE_CELL], *part[3];
	struct buf b;

	part[0] = xasprintf("ffsup %s   ", version);
	part[1] = xasprintf(
	    "up %s   ", figure_span(reply_num(data, "uptime_s", 0), span));
	part[2] = *ffmpeg == '\0' ? xstrdup("no ffmpeg   ")
				  : xasprintf("ffmpeg %s   ", ffmpeg);
	buf_init(&b, 0);
	for (size_t i = 0; i < NELEM(part); i++) {
		if (o->width == 0 ||
		    text_columns(buf_text(&b)) + text_columns(part[i]) <= room)
			buf_puts(&b, part[i]);
		else
			room = 0;
		free(part[i]);
	}
	free(version);
	free(ffmpeg);
	return buf_steal(&b);
}

/* The line over the table: the daemon, and the totals, which are never cut. */
static void
table_head(struct buf *b, const cJSON *data, const struct table_row *rows,
    size_t n, const struct render_opts *o)
{
	struct buf counts, lines;
	char *about, *text;

	buf_init(&counts, 0);
	buf_init(&lines, 0);
	table_counts(&counts, rows, n);
	about =
	    table_about(data, o->width - text_columns(buf_text(&counts)), o);
	text_wrap(&lines, buf_text(&counts), text_columns(about), o->width);
	text = buf_steal(&lines);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '_')
			*p = ' ';
	render_sgr(b, "1", o);
	buf_putf(b, "%s%s", about, text);
	render_sgr(b, "0", o);
	buf_puts(b, "\n");
	buf_clear(&counts);
	free(about);
	free(text);
}

/* --- lines ---------------------------------------------------------------- */

/* How wide each column and the widest note want to be. */
static void
table_measure(const struct table_row *rows, size_t n, struct fit *f)
{
	int columns;

	*f = (struct fit){ .note = (int)strlen("NOTE") };
	for (int c = 0; c < N_COLS; c++) {
		f->width[c] = (int)strlen(table_col_names[c]);
		f->empty[c] = true;
		for (size_t i = 0; i < n; i++) {
			const char *text =
			    c == COL_NAME ? rows[i].name : rows[i].cell[c];

			columns = text_columns(text);
			if (columns > f->width[c])
				f->width[c] = columns;
			f->empty[c] = f->empty[c] && strcmp(text, "-") == 0;
		}
	}
	for (size_t i = 0; i < n; i++) {
		columns = text_columns(rows[i].note);
		if (columns > f->note)
			f->note = columns;
	}
}

/* For qsort. */
static int
table_name_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* How many names look like another one if so many columns stay at the ends of those
 * that are cut. */
static size_t
table_alike(const struct table_row *rows, size_t n, int width, int end,
    const struct render_opts *o)
{
	char **names = xcalloc(n, sizeof(*names));
	size_t alike = 0;
	struct buf b;

	for (size_t i = 0; i < n; i++) {
		buf_init(&b, 0);
		text_cut_middle(&b, rows[i].name, width, end, o->utf8);
		names[i] = buf_steal(&b);
	}
	qsort(names, n, sizeof(*names), table_name_compare);
	for (size_t i = 1; i < n; i++)
		alike += strcmp(names[i - 1], names[i]) == 0;
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return alike;
}

/* Where to cut names: in the middle, unless that makes them look alike. How many
 * still do. */
static size_t
table_cut_names(const struct table_row *rows, size_t n, struct fit *f,
    const struct render_opts *o)
{
	static const int percent[] = { 48, 24, 72, 0, 100, 36, 60, 12, 86 };
	int width = f->width[COL_NAME], end;
	size_t least = SIZE_MAX, alike;

	for (size_t i = 0; i < NELEM(percent) && least > 0; i++) {
		end = width * percent[i] / 100;
		alike = table_alike(rows, n, width, end, o);
		if (alike < least) {
			least = alike;
			f->name_end = end;
		}
	}
	return least;
}

/* The columns and their widths: with short names, unless these look alike. */
static void
table_fit(const struct table_row *rows, size_t n, struct fit *f,
    const struct render_opts *o)
{
	static const int keep[] = { 15, 30, 50 };

	for (size_t i = 0; i < NELEM(keep); i++) {
		table_measure(rows, n, f);
		fit_make(f, o->marks ? TABLE_MARK : 0, o->width, keep[i]);
		if (table_cut_names(rows, n, f, o) == 0)
			break;
	}
}

/* One cell: words to the left, numbers to the right of their column. `pad`: the
 * blanks that are due before the next text; none stand at the end of a line, where
 * they would wrap. */
static void
table_cell(struct buf *b, const char *text, enum fit_col c, const struct fit *f,
    int *pad, const struct render_opts *o)
{
	int rest = f->width[c] - text_columns(text);
	bool word = c == COL_NAME || c == COL_STATE;

	rest = rest > 0 ? rest : 0;
	text_blanks(b, *pad + (word ? 0 : rest));
	if (c == COL_NAME)
		text_cut_middle(b, text, f->width[c], f->name_end, o->utf8);
	else
		buf_puts(b, text);
	*pad = 2 + (word ? rest : 0);
}

/* The names of the columns. */
static void
table_line_head(struct buf *b, const struct fit *f, const struct render_opts *o)
{
	int pad = o->marks ? TABLE_MARK : 0;

	for (int c = 0; c < N_COLS; c++)
		if (!f->left_out[c])
			table_cell(b, table_col_names[c], c, f, &pad, o);
	text_blanks(b, pad);
	buf_puts(b, "NOTE\n");
}

/* The mark before a name. */
static void
table_line_mark(
    struct buf *b, const struct render_look *look, const struct render_opts *o)
{
	render_sgr(b, look->sgr, o);
	buf_puts(b, o->utf8 ? look->mark : look->ascii);
	render_sgr(b, "0", o);
}

/* The note of a row behind its cells, or below them if it must not be cut. */
static void
table_line_note(struct buf *b, const struct table_row *row, const struct fit *f,
    int pad, const struct render_opts *o)
{
	bool fits = f->note < 0 || text_columns(row->note) <= f->note;

	if (*row->note == '\0' ||
	    (!fits && !row->sick && f->note < TABLE_NOTE_MIN))
		return;
	if (!fits && row->sick) {
		buf_puts(b, "\n");
		text_blanks(b, TABLE_INDENT);
		text_wrap(b, row->note, TABLE_INDENT, o->width);
		return;
	}
	text_blanks(b, pad);
	if (fits)
		buf_puts(b, row->note);
	else
		text_cut(b, row->note, f->note, o->utf8);
}

/* The colour of a cell, or NULL: the state's, and that of a rate that is a miss. */
static const char *
table_cell_sgr(const struct table_row *row, int c)
{
	if (c == COL_STATE)
		return row->look->sgr;
	return c == COL_FPS && row->misses ? "33" : NULL;
}

/* One stream. */
static void
table_line(struct buf *b, const struct table_row *row, const struct fit *f,
    const struct render_opts *o)
{
	int pad = o->marks ? TABLE_MARK - 1 : 0;
	const char *sgr;

	if (o->marks)
		table_line_mark(b, row->look, o);
	for (int c = 0; c < N_COLS; c++) {
		if (f->left_out[c])
			continue;
		sgr = table_cell_sgr(row, c);
		if (sgr != NULL) {
			text_blanks(b, pad);
			pad = 0;
			render_sgr(b, sgr, o);
		}
		table_cell(
		    b, c == COL_NAME ? row->name : row->cell[c], c, f, &pad, o);
		if (sgr != NULL)
			render_sgr(b, "0", o);
	}
	table_line_note(b, row, f, pad, o);
	buf_puts(b, "\n");
}

/* Lines of a text. */
static int
table_n_lines(const struct buf *b)
{
	const char *at = buf_text(b);
	int n = 0;

	while ((at = strchr(at, '\n')) != NULL) {
		at++;
		n++;
	}
	return n;
}

/* As many streams as have room in so many lines (0: all have), and how many more
 * there are. */
static void
table_lines(struct buf *b, const struct table_row *rows, size_t n,
    const struct fit *f, int room, const struct render_opts *o)
{
	struct buf one, all;
	size_t shown = 0;

	buf_init(&all, 0);
	for (size_t i = 0; i < n; i++) {
		buf_init(&one, 0);
		table_line(&one, &rows[i], f, o);
		/* the last line is that of the others */
		if (room == 0 ||
		    table_n_lines(&all) + table_n_lines(&one) <=
			room - (i + 1 < n)) {
			buf_puts(&all, buf_text(&one));
			shown = shown == i ? i + 1 : shown;
		}
		buf_clear(&one);
		if (shown <= i)
			break;
	}
	buf_puts(b, buf_text(&all));
	if (shown < n)
		buf_putf(b, "... %zu more\n", n - shown);
	buf_clear(&all);
}

/* The line under the table: what to ask next. */
static void
table_foot(struct buf *b, const struct table_row *rows, size_t n)
{
	size_t trouble = 0;

	while (trouble < n && rows[trouble].look->trouble)
		trouble++;
	if (trouble == 1)
		buf_putf(b, "\n1 needs attention.  Try:  ffsup why %s\n",
		    rows[0].name);
	else if (trouble > 1)
		buf_putf(
		    b, "\n%zu need attention.  Try:  ffsup why\n", trouble);
}

/* The rows, with a line above and the advice below. */
static void
table_body(struct buf *b, const struct table_row *rows, size_t n,
    const struct render_opts *o)
{
	int room = 0;
	struct buf foot;
	struct fit f;

	buf_init(&foot, 0);
	table_foot(&foot, rows, n);
	table_fit(rows, n, &f, o);
	table_line_head(b, &f, o);
	if (o->height > 0) {
		room = o->height - table_n_lines(b) - table_n_lines(&foot);
		room = room > 2 ? room : 2;
	}
	table_lines(b, rows, n, &f, room, o);
	buf_puts(b, buf_text(&foot));
	buf_clear(&foot);
}

void
table_status(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	struct table_row *rows;
	size_t n;

	rows = table_rows(data, &n, o);
	table_head(b, data, rows, n, o);
	buf_puts(b, "\n");
	if (n == 0)
		buf_puts(b,
		    "No streams.  Put a profile into the profiles directory, "
		    "then:  ffsup reload\n");
	else
		table_body(b, rows, n, o);
	table_rows_free(rows, n);
}
