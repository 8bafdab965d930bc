/* SPDX-License-Identifier: ISC */
#ifndef PLAYLIST_H
#define PLAYLIST_H

/*
 * Where a stream stands in the files of a source. A playlist plays one file for
 * each start of its worker; a list is handed to one ffmpeg as a whole. What
 * cannot be media is left out, and told once; so is what ffmpeg could not open,
 * until it is another file.
 */

#include "profile.h"
#include "strv.h"
#include "worker.h"

struct playlist {
	const struct profile_source *source; /* borrowed */
	/* Tells a person what is not played. */
	void (*notice)(void *ctx, const char *kind, const char *text);
	void *ctx;

	char *file, *last; /* owned: chosen; played last, NULL: none */
	size_t place, at;  /* their places in the list */
	bool shown;	   /* something was played since the list began */
	struct strv bad;   /* marks of files that ffmpeg could not open */
	int64_t bad_ms;	   /* when the newest of them came */
	char *behind;	   /* owned: of a list played once, the file that the
			      rest is behind */
	bool rest;	   /* the last run found a file that it cannot open */
	struct strv told;
};

/* Files that could not be opened are tried again after this time, or when they
 * have changed. */
#define PLAYLIST_BAD_MS (15 * 60 * 1000)

void playlist_clear(struct playlist *pl);

/* Nothing is held against any file any more. */
void playlist_hope(struct playlist *pl);

/* Choose the next file. NULL with *cause: none can be played. */
const char *playlist_turn(struct playlist *pl, char **cause);

/* The file that was chosen is being played. */
void playlist_begun(struct playlist *pl);

/* It is over, and has shown something or not. */
enum worker_more playlist_ended(struct playlist *pl, bool shown);

/* The files as a list for ffmpeg's concat demuxer, in a memory file. -1 with
 * *cause. */
int playlist_list(struct playlist *pl, char **cause);

/* ffmpeg could not open that file of the list. */
void playlist_unopened(struct playlist *pl, const char *name);

/* The run of a list is over; `ended`: it came to an end, and did not fail. What
 * is left without a file that it could not open is to be played at once. */
enum worker_more
playlist_list_ended(struct playlist *pl, bool ended, bool shown);

#endif
