/* SPDX-License-Identifier: ISC */
#ifndef PLAYLIST_H
#define PLAYLIST_H

/*
 * Where a stream stands in the files of a source. A playlist plays one file for
 * each start of its worker; a list is handed to one ffmpeg as a whole. What
 * cannot be media is left out, and told once; so is what ffmpeg could not open,
 * until it is another file.
 *
 * Nothing here touches a file system but playlist_look(), which is for a process
 * that may wait for it: what it finds goes to the daemon by playlist_send() and
 * playlist_take(), and changes the playlist in playlist_apply().
 */

#include "base/strv.h"
#include "process/worker.h"
#include "profile/plan.h"
#include "profile/profile.h"

struct playlist {
	const struct profile_source *source; /* borrowed */
	/* Tells a person what is not played. */
	void (*notice)(void *ctx, const char *kind, const char *text);
	void *ctx;

	char *file, *last; /* owned: chosen; played last, NULL: none */
	size_t place, at;  /* their places in the list */
	bool is_last;	   /* nothing is behind the chosen one */
	bool shown;	   /* something was played since the list began */
	bool over;	   /* a run is over, and may have been the last one */
	bool ended;	   /* it came to an end, and did not fail */
	struct strv marks; /* of the files of the newest list */
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

/* What was seen of the files, and what follows. Strings owned. */
struct playlist_look {
	enum plan_stdin in; /* what the worker finds on its standard input */
	char *file;	    /* of a playlist: the chosen one */
	size_t place;
	bool is_last, wrapped; /* none is behind it; it is from the top again */
	struct strv marks;     /* of the files of a list, in order */
	struct strv notices;
	bool end;    /* all has been played */
	bool hope;   /* each file gets another chance */
	char *cause; /* why there is nothing to play; NULL: there is, or end */
};

void playlist_clear(struct playlist *pl);

/* Nothing is held against any file any more. */
void playlist_hope(struct playlist *pl);

/* It is started by somebody, not by the end of a run. */
void playlist_begin(struct playlist *pl);

/* What is held against files for long enough is forgotten. For before a look. */
void playlist_expire(struct playlist *pl);

/*
 * Look what a worker is to play, of a playlist, a list or neither. It waits for
 * the disk. `said` is told of each place before it is looked at. Initialises
 * `look`.
 */
void playlist_look(const struct playlist *pl, const struct plan_worker *plan,
    void (*said)(void *ctx, const char *place), void *ctx,
    struct playlist_look *look);
void playlist_look_clear(struct playlist_look *look);

/* A look as bytes to a descriptor; in front of it, any number of places. Back:
 * 0, or -1 when it is no look. The newest place, borrowed, also of the beginning
 * of it; NULL: none. */
void playlist_send_place(int out, const char *place);
void playlist_send(const struct playlist_look *look, int out);
int playlist_take(struct playlist_look *look, const char *data, size_t len);
const char *playlist_place(const char *data, size_t len);

/* Take over what was seen, and tell of it. */
void playlist_apply(struct playlist *pl, const struct playlist_look *look);

/* The file that was chosen is being played. */
void playlist_begun(struct playlist *pl);

/* It is over, and has shown something or not. */
enum worker_more playlist_ended(struct playlist *pl, bool shown);

/* The files as a list for ffmpeg's concat demuxer, in a memory file. -1 with
 * *cause. */
int playlist_list(const struct playlist *pl, char **cause);

/* ffmpeg could not open that file of the list. */
void playlist_unopened(struct playlist *pl, const char *name);

/* The run of a list is over; `ended`: it came to an end, and did not fail. What
 * is left without a file that it could not open is to be played at once. */
enum worker_more
playlist_list_ended(struct playlist *pl, bool ended, bool shown);

#endif
