/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ffargs.h"
#include "files.h"
#include "playlist.h"
#include "util.h"

/* Notices that are remembered so as not to come again. */
#define PLAYLIST_TOLD_MAX 1000

static void
playlist_forget(char **s)
{
	free(*s);
	*s = NULL;
}

void
playlist_hope(struct playlist *pl)
{
	playlist_forget(&pl->behind);
	pl->rest = false;
	strv_clear(&pl->bad);
	strv_clear(&pl->told);
}

void
playlist_clear(struct playlist *pl)
{
	playlist_hope(pl);
	playlist_forget(&pl->last);
	playlist_forget(&pl->file);
}

static bool
playlist_has(const struct strv *v, const char *s)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i], s) == 0)
			return true;
	return false;
}

/* Say once what is not played and why; takes `text`. */
static void
playlist_tell(struct playlist *pl, char *text)
{
	if (!playlist_has(&pl->told, text)) {
		if (pl->told.n >= PLAYLIST_TOLD_MAX)
			strv_clear(&pl->told);
		strv_push(&pl->told, text);
		pl->notice(pl->ctx, "file", text);
	}
	free(text);
}

/* --- one file after the other -------------------------------------------- */

/* Whether file i of the list may be played; else *why (malloc'd) says why not,
 * and whoever is to know is told. */
static bool
playlist_fits(struct playlist *pl, const struct files *f, size_t i, char **why)
{
	bool raw = pl->source->format != NULL, quiet;
	char *unfit = files_unfit(f, i, raw, &quiet);

	if (unfit == NULL)
		return true;
	free(*why);
	*why = xasprintf("%s: %s", f->names.v[i], unfit);
	if (!quiet)
		playlist_tell(
		    pl, xasprintf("%s is left out: %s", f->names.v[i], unfit));
	free(unfit);
	return false;
}

/* "no file to play: ...". Caller frees. */
static char *
playlist_nothing(const struct files *f, const char *why)
{
	char *none, *text;

	if (why != NULL)
		return xasprintf("no file to play: %s", why);
	if (f->none.n == 0)
		return xstrdup("no file to play");
	none = files_why_none(f->none.v[0]);
	text = xasprintf("no file to play: %s", none);
	free(none);
	return text;
}

/* The place of the next file that may be played, before the end of the list;
 * names.n: there is none, *why says what was wrong with the last one. */
static size_t
playlist_find(struct playlist *pl, const struct files *f, char **why)
{
	size_t i = files_next(&f->names, pl->last, pl->at);

	while (i < f->names.n && !playlist_fits(pl, f, i, why))
		i++;
	return i;
}

const char *
playlist_turn(struct playlist *pl, char **cause)
{
	struct files f;
	char *why = NULL;
	size_t i;

	playlist_forget(&pl->file);
	files_read(&f, &pl->source->files);
	i = playlist_find(pl, &f, &why);
	if (i == f.names.n && pl->last != NULL && f.names.n > 0) {
		playlist_forget(&pl->last);
		i = playlist_find(pl, &f, &why);
	}
	if (i < f.names.n) {
		pl->file = xstrdup(f.names.v[i]);
		pl->place = i;
	} else {
		*cause = playlist_nothing(&f, why);
	}
	free(why);
	files_clear(&f);
	return pl->file;
}

void
playlist_begun(struct playlist *pl)
{
	free(pl->last);
	pl->last = xstrdup(pl->file);
	pl->at = pl->place;
}

enum worker_more
playlist_ended(struct playlist *pl, bool shown)
{
	enum worker_more more = MORE_NOW;
	char *why = NULL;
	struct files f;

	pl->shown = pl->shown || shown;
	files_read(&f, &pl->source->files);
	if (f.names.n == 0) {
		more = MORE_LATER; /* that is no end: they are away */
	} else if (playlist_find(pl, &f, &why) == f.names.n) {
		if (!pl->shown)
			more = MORE_LATER;
		else if (!pl->source->loop)
			more = MORE_END;
		pl->shown = false;
		playlist_forget(&pl->last);
	}
	free(why);
	files_clear(&f);
	return more;
}

/* --- all of them for one ffmpeg ------------------------------------------ */

/* Whether ffmpeg could not open this version of a file. */
static bool
playlist_is_bad(const struct playlist *pl, const char *path)
{
	char *mark = files_mark(path);
	bool bad = mark != NULL && playlist_has(&pl->bad, mark);

	free(mark);
	return bad;
}

/* The line of a list for a file, unless it cannot be in one: names are absolute,
 * because others are relative to the list, and a line ends where it ends. */
static void
playlist_line(struct playlist *pl, struct strv *lines, const char *full)
{
	if (strpbrk(full, "\r\n") != NULL)
		playlist_tell(pl,
		    xasprintf("%s is left out: there is a line break in its "
			      "name",
			full));
	else if (!playlist_is_bad(pl, full))
		ffargs_list_line(lines, full);
}

/* The lines of the list, without what cannot be played, and without what has
 * been played. */
static void
playlist_lines(
    struct playlist *pl, const struct files *f, struct strv *lines, char **why)
{
	bool due = pl->behind == NULL;

	for (size_t i = 0; i < f->names.n; i++) {
		char *real = realpath(f->names.v[i], NULL);
		const char *full = real != NULL ? real : f->names.v[i];

		if (due && playlist_fits(pl, f, i, why))
			playlist_line(pl, lines, full);
		due = due || util_streq(full, pl->behind);
		free(real);
	}
}

static int
playlist_memory(const struct strv *lines, char **cause)
{
	int fd = memfd_create("files", MFD_CLOEXEC);

	if (fd == -1) {
		*cause = xasprintf("memfd: %s", strerror(errno));
		return -1;
	}
	for (size_t i = 0; i < lines->n; i++)
		dprintf(fd, "%s\n", lines->v[i]);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

int
playlist_list(struct playlist *pl, char **cause)
{
	struct strv lines = { 0 };
	struct files f;
	char *why = NULL;
	int fd = -1;

	pl->rest = false;
	if (pl->bad.n > 0 && mono_ms() - pl->bad_ms >= PLAYLIST_BAD_MS)
		strv_clear(&pl->bad);
	files_read(&f, &pl->source->files);
	playlist_lines(pl, &f, &lines, &why);
	if (lines.n > 0) {
		fd = playlist_memory(&lines, cause);
	} else {
		if (pl->bad.n > 0 && why == NULL)
			why = xstrdup("ffmpeg can open none of them");
		*cause = playlist_nothing(&f, why);
		playlist_hope(pl); /* each gets another chance */
	}
	free(why);
	strv_clear(&lines);
	files_clear(&f);
	return fd;
}

void
playlist_unopened(struct playlist *pl, const char *name)
{
	char *mark = files_mark(name);

	playlist_tell(
	    pl, xasprintf("%s is left out: ffmpeg cannot open it", name));
	if (mark != NULL && !playlist_has(&pl->bad, mark)) {
		strv_push(&pl->bad, mark);
		pl->bad_ms = mono_ms();
		pl->rest = true;
	}
	if (mark != NULL && !pl->source->loop) {
		playlist_forget(&pl->behind);
		pl->behind = xstrdup(name);
	}
	free(mark);
}

/* Whether there is anything to be played but the files that could not be
 * opened. */
static bool
playlist_has_rest(struct playlist *pl, bool *away)
{
	struct strv lines = { 0 };
	struct files f;
	char *why = NULL;
	bool any;

	files_read(&f, &pl->source->files);
	playlist_lines(pl, &f, &lines, &why);
	any = lines.n > 0;
	*away = f.names.n == 0;
	free(why);
	strv_clear(&lines);
	files_clear(&f);
	return any;
}

enum worker_more
playlist_list_ended(struct playlist *pl, bool ended, bool shown)
{
	bool away = false;

	pl->shown = pl->shown || shown;
	if (pl->rest && playlist_has_rest(pl, &away))
		return MORE_NOW;
	if (away || pl->source->loop || (!ended && !(pl->rest && pl->shown)))
		return MORE_LATER;
	pl->shown = false;
	playlist_forget(&pl->behind);
	return MORE_END;
}
