/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/util.h"
#include "ffmpeg/ffjobs.h"
#include "process/job.h"
#include "stream/files.h"
#include "stream/launch.h"
#include "stream/playlist.h"

/* Notices that are remembered, not to be repeated. */
#define PLAYLIST_REPORTED_MAX 1000

static void
playlist_forget(char **s)
{
	free(*s);
	*s = NULL;
}

void
playlist_hope(struct playlist *pl)
{
	playlist_forget(&pl->resume_after);
	pl->rest = false;
	strv_clear(&pl->bad);
	strv_clear(&pl->reported);
}

void
playlist_clear(struct playlist *pl)
{
	playlist_hope(pl);
	playlist_forget(&pl->last);
	playlist_forget(&pl->file);
	strv_clear(&pl->marks);
}

void
playlist_begin(struct playlist *pl)
{
	pl->over = false;
}

void
playlist_expire(struct playlist *pl)
{
	if (pl->bad.n > 0 && mono_ms() - pl->bad_ms >= PLAYLIST_BAD_MS)
		strv_clear(&pl->bad);
}

static bool
playlist_has(const struct strv *v, const char *s)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i], s) == 0)
			return true;
	return false;
}

/* Report once which file is not played and why. */
static void
playlist_tell(struct playlist *pl, const char *text)
{
	if (!playlist_has(&pl->reported, text)) {
		if (pl->reported.n >= PLAYLIST_REPORTED_MAX)
			strv_clear(&pl->reported);
		strv_push(&pl->reported, text);
		pl->notice(pl->ctx, "file", text);
	}
}

/* --- a look, where it may wait for the disk -------------------------------- */

/* The tools of a look. */
struct playlist_view {
	const struct playlist *pl;
	struct files files;
	struct playlist_look *look;
	bool blind; /* files without video, too, are played */
	char *why;  /* owned: the fault of the newest unfit one */
	void (*said)(void *ctx, const char *place);
	void *ctx;
};

/* Report the place where the disk is asked. */
static void
playlist_say(const struct playlist_view *v, const char *place)
{
	if (v->said != NULL)
		v->said(v->ctx, place);
}

/* The same for a file: the folder that it is in. */
static void
playlist_say_file(const struct playlist_view *v, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder;

	if (slash == NULL || slash == path) {
		playlist_say(v, slash == NULL ? "." : "/");
		return;
	}
	folder = xstrndup(path, (size_t)(slash - path));
	playlist_say(v, folder);
	free(folder);
}

static void
playlist_read(struct playlist_view *v)
{
	const struct strv *entries = &v->pl->source->files;

	for (size_t i = 0; i < entries->n; i++) {
		playlist_say(v, entries->v[i]);
		files_read_entry(&v->files, entries->v[i]);
	}
}

/* Whether file i of the list may be played; if not, adds a notice where one is
 * needed. */
static bool
playlist_fits(struct playlist_view *v, size_t i)
{
	const char *name = v->files.names.v[i];
	char *unfit;
	bool quiet;

	playlist_say_file(v, name);
	unfit = files_unfit(&v->files, i,
	    files_wanted(v->pl->source->format, !v->blind), &quiet);
	if (unfit == NULL)
		return true;
	free(v->why);
	v->why = xasprintf("%s: %s", name, unfit);
	if (!quiet)
		strv_pushf(
		    &v->look->notices, "%s is left out: %s", name, unfit);
	free(unfit);
	return false;
}

/* "no file to play: ...". Caller frees. */
static char *
playlist_nothing(const struct playlist_view *v)
{
	char *none, *text;

	if (v->why != NULL)
		return xasprintf("no file to play: %s", v->why);
	if (v->files.none.n == 0)
		return xstrdup("no file to play");
	none = files_why_none(v->files.none.v[0]);
	text = xasprintf("no file to play: %s", none);
	free(none);
	return text;
}

/* The first place from i on whose file may be played; names.n: none. */
static size_t
playlist_find(struct playlist_view *v, size_t i)
{
	while (i < v->files.names.n && !playlist_fits(v, i))
		i++;
	return i;
}

/* Choose the next file. */
static void
playlist_look_turn(struct playlist_view *v)
{
	const struct playlist *pl = v->pl;
	struct playlist_look *look = v->look;
	size_t n = v->files.names.n;
	size_t i =
	    playlist_find(v, files_next(&v->files.names, pl->last, pl->at));

	if (i == n && pl->last != NULL && n > 0) {
		look->end = pl->over && pl->shown && !pl->source->loop;
		if (look->end)
			return;
		look->wrapped = true;
		look->n_before = look->notices.n;
		i = playlist_find(v, 0);
	}
	if (i == n) {
		look->cause = playlist_nothing(v);
		return;
	}
	look->file = xstrdup(v->files.names.v[i]);
	look->place = i;
	look->is_last = playlist_find(v, i + 1) == n;
}

/* A file for a list, unless its name cannot be in one: a newline ends the
 * line. */
static void
playlist_add(struct playlist_view *v, const char *full)
{
	char *mark;

	if (strpbrk(full, "\r\n") != NULL) {
		strv_pushf(&v->look->notices,
		    "%s is left out: its name contains a line break", full);
		return;
	}
	mark = files_mark(full);
	if (mark != NULL && !playlist_has(&v->pl->bad, mark))
		strv_push(&v->look->marks, mark);
	free(mark);
}

/* Put the files of a list into the look, after resume_after or (`all`) from the
 * top, without those that cannot be played. Names are absolute, because others
 * are relative to the list. */
static void
playlist_collect(struct playlist_view *v, bool all)
{
	const struct playlist *pl = v->pl;
	bool due = all;

	for (size_t i = 0; i < v->files.names.n; i++) {
		const char *name = v->files.names.v[i], *full;
		char *real;

		playlist_say_file(v, name);
		real = realpath(name, NULL);
		full = real != NULL ? real : name;

		if (due && playlist_fits(v, i))
			playlist_add(v, full);
		due = due || util_streq(full, pl->resume_after);
		free(real);
	}
}

/* The files of a list that are to be played now. */
static void
playlist_look_list(struct playlist_view *v)
{
	const struct playlist *pl = v->pl;
	struct playlist_look *look = v->look;

	look->part = pl->resume_after != NULL;
	playlist_collect(v, !look->part);
	if (look->marks.n == 0 && look->part && pl->source->loop) {
		look->part = false;
		playlist_collect(v, true);
	}
	if (look->marks.n > 0)
		return;
	look->hope = v->files.names.n > 0; /* else they are away */
	look->end = look->hope && pl->over && !pl->source->loop &&
	    (pl->ended || pl->shown);
	if (look->end)
		return;
	if (pl->bad.n > 0 && v->why == NULL && look->hope)
		v->why = xstrdup("ffmpeg cannot open any of them");
	look->cause = playlist_nothing(v);
}

void
playlist_look(const struct playlist *pl, const struct plan_worker *plan,
    void (*said)(void *ctx, const char *place), void *ctx,
    struct playlist_look *look)
{
	struct playlist_view v = { .pl = pl,
		.look = look,
		.said = said,
		.ctx = ctx,
		.blind = plan->video == VIDEO_MODE_NONE };

	*look = (struct playlist_look){ .in = plan->in };
	playlist_say(&v, pl->source->files.v[0]);
	look->in = launch_stdin(pl->source, plan);
	if (plan->playlist || look->in == STDIN_LIST)
		playlist_read(&v);
	if (plan->playlist)
		playlist_look_turn(&v);
	else if (look->in == STDIN_LIST)
		playlist_look_list(&v);
	free(v.why);
	files_clear(&v.files);
}

void
playlist_look_clear(struct playlist_look *look)
{
	free(look->file);
	free(look->cause);
	strv_clear(&look->marks);
	strv_clear(&look->notices);
	*look = (struct playlist_look){ .file = NULL };
}

/* --- from process to process ----------------------------------------------- */

/* The parts of a look: a word of one letter, its text, a NUL. Both ends are the
 * same program, so numbers go as they are. */
enum {
	WORD_PLACE = '@', /* where it looks next */
	WORD_HEAD = 'h',  /* the numbers */
	WORD_FILE = 'f',
	WORD_MARK = 'm',
	WORD_NOTICE = 'n',
	WORD_CAUSE = 'c',
	WORD_DONE = '.' /* that was all */
};

static void
playlist_send_word(int out, char word, const char *text)
{
	if (text == NULL)
		return;
	job_put(out, &word, 1);
	job_put(out, text, strlen(text) + 1);
}

static void
playlist_send_words(int out, char word, const struct strv *texts)
{
	for (size_t i = 0; i < texts->n; i++)
		playlist_send_word(out, word, texts->v[i]);
}

void
playlist_send_place(int out, const char *place)
{
	playlist_send_word(out, WORD_PLACE, place);
}

void
playlist_send(const struct playlist_look *look, int out)
{
	char *head = xasprintf("%d %zu %d %d %d %d %d %zu", (int)look->in,
	    look->place, look->is_last, look->wrapped, look->end, look->hope,
	    look->part, look->n_before);

	playlist_send_word(out, WORD_HEAD, head);
	playlist_send_word(out, WORD_FILE, look->file);
	playlist_send_words(out, WORD_MARK, &look->marks);
	playlist_send_words(out, WORD_NOTICE, &look->notices);
	playlist_send_word(out, WORD_CAUSE, look->cause);
	playlist_send_word(out, WORD_DONE, "");
	free(head);
}

/* The next word, and where its text is, NUL-terminated; 0: that was all, or
 * the rest is not complete. */
static char
playlist_next_word(const char **data, size_t *len, const char **text)
{
	const char *nul = *len < 2 ? NULL : memchr(*data, '\0', *len);
	char word;

	if (nul == NULL || nul == *data)
		return '\0';
	word = **data;
	*text = *data + 1;
	*len -= (size_t)(nul + 1 - *data);
	*data = nul + 1;
	return word;
}

static void
playlist_take_head(struct playlist_look *look, const char *text)
{
	int in, last, wrapped, end, hope, part;

	if (sscanf(text, "%d %zu %d %d %d %d %d %zu", &in, &look->place, &last,
		&wrapped, &end, &hope, &part, &look->n_before) != 8)
		return;
	look->in = (enum plan_stdin)in;
	look->is_last = last != 0;
	look->wrapped = wrapped != 0;
	look->end = end != 0;
	look->hope = hope != 0;
	look->part = part != 0;
}

int
playlist_take(struct playlist_look *look, const char *data, size_t len)
{
	const char *text;
	char word;

	*look = (struct playlist_look){ .file = NULL };
	while ((word = playlist_next_word(&data, &len, &text)) != '\0') {
		if (word == WORD_DONE)
			return 0;
		if (word == WORD_HEAD)
			playlist_take_head(look, text);
		else if (word == WORD_FILE && look->file == NULL)
			look->file = xstrdup(text);
		else if (word == WORD_MARK)
			strv_push(&look->marks, text);
		else if (word == WORD_NOTICE)
			strv_push(&look->notices, text);
		else if (word == WORD_CAUSE && look->cause == NULL)
			look->cause = xstrdup(text);
	}
	playlist_look_clear(look);
	return -1;
}

const char *
playlist_place(const char *data, size_t len)
{
	const char *text, *place = NULL;
	char word;

	while ((word = playlist_next_word(&data, &len, &text)) != '\0')
		if (word == WORD_PLACE)
			place = text;
	return place;
}

/* --- applying a look ---------------------------------------------------- */

/* The list begins again. */
static void
playlist_rewind(struct playlist *pl)
{
	pl->shown = false;
	playlist_forget(&pl->last);
	playlist_forget(&pl->resume_after);
}

void
playlist_apply(struct playlist *pl, const struct playlist_look *look)
{
	pl->rest = false;
	playlist_forget(&pl->file);
	strv_clear(&pl->marks);
	for (size_t i = 0; i <= look->notices.n; i++) {
		if (look->wrapped && i == look->n_before)
			strv_clear(&pl->reported); /* another round */
		if (i < look->notices.n)
			playlist_tell(pl, look->notices.v[i]);
	}
	if (look->end || look->wrapped)
		playlist_rewind(pl);
	if (look->end || look->cause == NULL || look->hope)
		pl->over = false;
	if (look->hope)
		playlist_hope(pl);
	if (look->file != NULL)
		pl->file = xstrdup(look->file);
	pl->place = look->place;
	pl->is_last = look->is_last;
	pl->part = look->part;
	strv_append(&pl->marks, &look->marks);
}

/* --- one file after the other -------------------------------------------- */

/* Why it was not played, or not to its end. */
static const char *
playlist_fault(const struct ending *e, bool flawed)
{
	if (e->class == FAIL_CHANGED)
		return "its codec cannot be copied into MPEG-TS";
	if (flawed && e->media_ms >= 0)
		return "it is cut off or damaged";
	return e->class == FAIL_ENDED ? "it has no video" : e->text;
}

void
playlist_over(
    struct playlist *pl, const struct ending *e, bool flawed, bool again)
{
	bool played = e->class != FAIL_CHANGED && e->media_ms >= 0;
	char *text;

	if (!again) {
		free(pl->last);
		pl->last = xstrdup(pl->file);
		pl->at = pl->place;
	}
	if (e->class == FAIL_NONE ||
	    (e->class == FAIL_ENDED && played && !flawed))
		return;
	text = xasprintf("%s was not played%s: %s", pl->file,
	    played ? " to its end" : "", playlist_fault(e, flawed));
	pl->notice(pl->ctx, "file", text);
	free(text);
}

enum worker_more
playlist_ended(struct playlist *pl, bool shown)
{
	pl->shown = pl->shown || shown;
	pl->over = true;
	return pl->is_last && !pl->shown ? MORE_LATER : MORE_NOW;
}

/* --- all files for one ffmpeg -------------------------------------------- */

int
playlist_list(const struct playlist *pl, char **cause)
{
	struct strv lines = { 0 };
	struct buf text;
	int fd;

	for (size_t i = 0; i < pl->marks.n; i++)
		ffjobs_list_line(&lines, files_marked(pl->marks.v[i]));
	buf_init(&text, 0);
	for (size_t i = 0; i < lines.n; i++)
		buf_putf(&text, "%s\n", lines.v[i]);
	strv_clear(&lines);
	fd = fs_memfd("files", buf_text(&text), text.len);
	if (fd == -1)
		*cause = xasprintf("memfd: %s", strerror(errno));
	buf_clear(&text);
	return fd;
}

/* The mark of a file of the list, as it was put into it; NULL: it is not in
 * it. */
static const char *
playlist_mark(const struct playlist *pl, const char *name)
{
	for (size_t i = 0; i < pl->marks.n; i++)
		if (strcmp(files_marked(pl->marks.v[i]), name) == 0)
			return pl->marks.v[i];
	return NULL;
}

void
playlist_unopened(struct playlist *pl, const char *name)
{
	char *text = xasprintf("%s is left out: ffmpeg cannot open it", name);
	const char *mark = playlist_mark(pl, name);

	playlist_tell(pl, text);
	free(text);
	if (mark == NULL)
		return;
	if (!playlist_has(&pl->bad, mark)) {
		strv_push(&pl->bad, mark);
		pl->bad_ms = mono_ms();
		pl->rest = true;
	}
	playlist_forget(&pl->resume_after);
	pl->resume_after = xstrdup(name);
}

enum worker_more
playlist_list_ended(struct playlist *pl, bool ended, bool shown)
{
	pl->shown = pl->shown || shown;
	pl->ended = ended;
	if (pl->rest) { /* the next look finds whether any is left */
		pl->over = true;
		return MORE_NOW;
	}
	if (pl->part && pl->source->loop && ended) {
		playlist_forget(&pl->resume_after); /* the top follows */
		return shown ? MORE_NOW : MORE_LATER;
	}
	if (pl->source->loop || !ended)
		return MORE_LATER;
	playlist_rewind(pl);
	return MORE_END;
}
