/* SPDX-License-Identifier: ISC */
#ifndef FILES_H
#define FILES_H

/*
 * The files of a source: what its patterns match now, and a look at each
 * whether it can be media at all. What touches file systems here is
 * files_read(), files_unfit(), files_why_none() and files_mark().
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/strv.h"

struct files {
	struct strv names; /* in the order they are played in */
	bool *folder;	   /* owned: of each, whether a folder brought it */
	struct strv none;  /* entries that match nothing */
};

/* Read the entries of "files" in order. One that exists is that file, whatever
 * characters are in its name; a folder stands for what is in it; the rest are
 * patterns. Initialises `f`. */
void files_read(struct files *f, const struct strv *entries);

/* Add what one more entry stands for. */
void files_read_entry(struct files *f, const char *entry);

void files_clear(struct files *f);

/* What is asked of a file. */
enum files_want {
	FILES_RAW,   /* its format is given: what is in it is not looked at */
	FILES_MEDIA, /* something that can be played */
	FILES_VIDEO  /* with video in it */
};

/* What a source's files are to have; `format`: what the profile gives. */
enum files_want files_wanted(const char *format, bool video);

/* Why a file cannot be played, or NULL: it may be. *quiet: a folder may well hold
 * such a thing. Caller frees. */
char *
files_unfit(const struct files *f, size_t i, enum files_want want, bool *quiet);

/* Tells a version of a file from all others; NULL: it is gone. Caller frees.
 * And the path that is in such a mark, borrowed. */
char *files_mark(const char *path);
const char *files_marked(const char *mark);

/*
 * The place of the file behind `last`, which was at place `at` when it was
 * played; names->n: there is none. Where it is no longer there, what followed
 * it has its place now. NULL: the first. Pure.
 */
size_t files_next(const struct strv *names, const char *last, size_t at);

/* Why an entry matches nothing: "x*.mp4 matches nothing", "x.mp4: No such file or
 * directory". Caller frees. */
char *files_why_none(const char *entry);

#endif
