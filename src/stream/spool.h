/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_H
#define SPOOL_H

/*
 * How a recording gets its name. ffmpeg would open it by its final name and
 * truncate any file of that name: from the hour that comes twice, or from
 * another recorder. So it writes to names that no file ever had, hidden in the
 * directory before the pattern's first conversion (workname.h), and each gets
 * its final name, by the time of its beginning, as soon as it holds a frame;
 * ffmpeg keeps writing undisturbed. A name that is taken gets a number,
 * "x_2.mkv". Where a directory of the name cannot be made, the file goes to the
 * nearest one that takes it, with a '+' for each slash:
 * "/rec/2026-11-29+10.mkv" instead of "/rec/2026-11-29/10.mkv". A file without
 * a frame never gets a name: it is removed when no process writes to it any
 * more.
 *
 * The functions below wait for the disk: call them in a separate process.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/workname.h"

/* The token of one run: unique across time and machines. */
void spool_token(char token[WORKNAME_TOKEN_LEN]);

/* Whose files: strings borrowed. */
struct spool {
	struct workname name; /* token NULL: no run is under way */
	unsigned next;	      /* of its files, the first without a name */
	unsigned done;	      /* known to be complete */
	bool late;	      /* not while they are written */
};

/* The result, one thing a call; `path` is the final name, or where it stays. */
enum spool_news {
	SPOOL_NAMED,   /* this is its name now */
	SPOOL_BESIDE,  /* this one, because its own cannot be used */
	SPOOL_BARE,    /* removed: without a frame */
	SPOOL_STRANDED /* cannot be named at all */
};

struct spool_host {
	/* `why`: the obstacle, and the remedy; NULL: no obstacle. */
	void (*said)(
	    void *ctx, enum spool_news news, const char *path, const char *why);
	void *ctx;
};

/*
 * Name all files of the current run that can be named. Returns the number of
 * the first that has no name yet: it is not there yet, has no frame, or cannot
 * be named.
 */
unsigned spool_settle(
    const struct spool *s, int64_t now_wall_ms, const struct spool_host *host);

/* Name the files that other runs of this output left and that no process has
 * open. */
void spool_recover(
    const struct spool *s, int64_t now_wall_ms, const struct spool_host *host);

/*
 * The file for an output with a fixed name: that name, or the next free one
 * with a number, made here, empty. A name of anything else (a pipe, a device)
 * is kept. Where no file can be made, the name does not exist. Caller frees.
 */
char *spool_choose(const char *path, int64_t now_wall_ms);

/* Remove the file of spool_choose(), if nothing was written to it. */
void spool_drop(const char *path);

#endif
