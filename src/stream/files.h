/* SPDX-License-Identifier: ISC */
#ifndef FILES_H
#define FILES_H

/*
 * The files of a source: the matches of its patterns now, and a check whether
 * each can be media at all. Only files_read(), files_unfit(), files_why_none()
 * and files_mark() touch file systems.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/strv.h"

struct files {
	struct strv names; /* in the order they are played in */
	bool *folder;	   /* owned: for each: found in a folder */
	struct strv none;  /* entries that match nothing */
};

/* Read the entries of "files" in order. One that exists is that file, whatever
 * characters are in its name; a folder, or a pattern without an extension, means
 * the films in it; the rest are patterns, or URLs. Initialises `f`. */
void files_read(struct files *f, const struct strv *entries);

/* Add the files of one more entry. */
void files_read_entry(struct files *f, const char *entry);

void files_clear(struct files *f);

/* The demands on a file. */
enum files_want {
	FILES_RAW,   /* its format is given: its content is not checked */
	FILES_MEDIA, /* something that can be played */
	FILES_VIDEO  /* with video in it */
};

/* The demands on a source's files; `format`: as in the profile. */
enum files_want files_wanted(const char *format, bool video);

/* Why a file cannot be played, or NULL: it may be. *quiet: it is normal in a
 * folder. Caller frees. */
char *
files_unfit(const struct files *f, size_t i, enum files_want want, bool *quiet);

/* Identifies one version of a file; NULL: it is gone. Caller frees. And the
 * path in such a mark, borrowed. */
char *files_mark(const char *path);
const char *files_marked(const char *mark);

/*
 * The place of the file after `last`, which was at place `at` when it was
 * played; names->n: none. When `last` is gone, the file after it has its place
 * now. NULL: the first. Pure.
 */
size_t files_next(const struct strv *names, const char *last, size_t at);

/* Why an entry matches nothing: "x*.mp4 matches nothing", "x.mp4: No such file or
 * directory". Caller frees. */
char *files_why_none(const char *entry);

#endif
