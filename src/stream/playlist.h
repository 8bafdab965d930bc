/* SPDX-License-Identifier: ISC */
#ifndef PLAYLIST_H
#define PLAYLIST_H

/*
 * A stream's position in the files of a source. A playlist plays one file for
 * each start of its worker; a list is handed to one ffmpeg as a whole. A file
 * that cannot be media is left out, with one notice; so is one that ffmpeg
 * could not open, until it has changed.
 *
 * Only playlist_look() touches a file system, in a process that may wait for
 * it: its result goes to the daemon by playlist_send() and playlist_take(), and
 * playlist_apply() changes the playlist.
 */

#include "base/notice.h"
#include "base/strv.h"
#include "process/worker.h"
#include "profile/plan.h"
#include "profile/profile.h"

struct playlist {
	const struct profile_source *source; /* borrowed */
	notice_fn *notice;		     /* of files that are not played */
	void *ctx;

	char *file, *last;  /* owned: chosen; played last, NULL: none */
	size_t place, at;   /* their places in the list */
	bool is_last;	    /* nothing comes after the chosen one */
	bool shown;	    /* something was played since the list began */
	bool over;	    /* a run is over, and may have been the last one */
	bool ended;	    /* it came to an end, and did not fail */
	struct strv marks;  /* of the files of the newest list */
	struct strv bad;    /* marks of files that ffmpeg could not open */
	int64_t bad_ms;	    /* when the newest was added */
	char *resume_after; /* owned: the file of a list that is before the
			      rest; NULL: all of it */
	bool part;	    /* the newest list is only the rest */
	bool rest;	    /* the last run could not open a file */
	struct strv reported;
};

/* Files that could not be opened are tried again after this time, or when they
 * have changed. */
#define PLAYLIST_BAD_MS (15 * 60 * 1000)

/* The result of a look at the files. Strings owned. */
struct playlist_look {
	enum plan_stdin in; /* the worker's standard input */
	char *file;	    /* of a playlist: the chosen one */
	size_t place;
	bool is_last, wrapped; /* no file after it; it is from the top again */
	bool part;	       /* of a list: only the rest */
	struct strv marks;     /* of the files of a list, in order */
	struct strv notices;
	size_t n_before; /* notices of the round that is over, if `wrapped` */
	bool end;	 /* all has been played */
	bool hope;	 /* each file gets another chance */
	char *cause;	 /* why nothing can be played, or NULL; see end */
};

void playlist_clear(struct playlist *pl);

/* Nothing is held against any file any more. */
void playlist_hope(struct playlist *pl);

/* It starts by request, not after the end of a run. */
void playlist_begin(struct playlist *pl);

/* Forgive files after PLAYLIST_BAD_MS. Call it before a look. */
void playlist_expire(struct playlist *pl);

/*
 * Find the file for a worker to play, of a playlist, a list or neither. It
 * waits for the disk. `said` gets each place before the look there. Initialises
 * `look`.
 */
void playlist_look(const struct playlist *pl, const struct plan_worker *plan,
    void (*said)(void *ctx, const char *place), void *ctx,
    struct playlist_look *look);
void playlist_look_clear(struct playlist_look *look);

/* Write a look as bytes to a descriptor; any number of places come before it.
 * Take it back: 0, or -1 when it is not a look. The newest place, borrowed,
 * also from an incomplete answer; NULL: none. */
void playlist_send_place(int out, const char *place);
void playlist_send(const struct playlist_look *look, int out);
int playlist_take(struct playlist_look *look, const char *data, size_t len);
const char *playlist_place(const char *data, size_t len);

/* Apply a look, and report its notices. */
void playlist_apply(struct playlist *pl, const struct playlist_look *look);

/* The run that played the chosen file is over. One that was not played to its
 * end is named: the next one follows, and nothing else would say which it was.
 * `flawed`: ffmpeg found the file cut off or damaged; `again`: the next run is
 * to play the same file. */
void playlist_over(
    struct playlist *pl, const struct ending *e, bool flawed, bool again);

/* Its run is over; `shown`: it has shown something. */
enum worker_more playlist_ended(struct playlist *pl, bool shown);

/* The files as a list for ffmpeg's concat demuxer, in a memory file. -1 with
 * *cause. */
int playlist_list(const struct playlist *pl, char **cause);

/* ffmpeg could not open that file of the list. */
void playlist_unopened(struct playlist *pl, const char *name);

/* The run of a list is over; `ended`: it came to an end, and did not fail. The
 * rest after a file that it could not open is played at once. */
enum worker_more
playlist_list_ended(struct playlist *pl, bool ended, bool shown);

#endif
