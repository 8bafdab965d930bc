/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_H
#define SPOOL_H

/*
 * How a recording gets its name. ffmpeg would open it by its final name and
 * truncate whatever has that name: a file of the hour that comes twice, or of
 * another recorder. So it writes to names that no file ever had, hidden in the
 * directory before the pattern's first conversion (workname.h), and each gets
 * its final name, by the time when it was begun, as soon as there is a frame in
 * it; ffmpeg does not mind while it writes. A name that is taken gets a number,
 * "x_2.mkv". Where a directory of the name cannot be, the file stands in the
 * nearest one that takes it, with a '+' for each slash: "/rec/2026-11-29+10.mkv"
 * instead of "/rec/2026-11-29/10.mkv". A file without a frame never gets a name:
 * it is removed when nobody writes to it any more.
 *
 * The functions below wait for the disk: they are for a process of their own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/workname.h"

/* Of one run: unlike any other, of whatever time and machine. */
void spool_token(char token[WORKNAME_TOKEN_LEN]);

/* Whose files: strings borrowed. */
struct spool {
	struct workname name; /* token NULL: no run is under way */
	unsigned next;	      /* of its files, the first without a name */
	unsigned done;	      /* that are known to be complete */
	bool late;	      /* not while they are written */
};

/* What was done, one thing a call; `path` is the final name, or where it
 * stays. */
enum spool_news {
	SPOOL_NAMED,   /* it has this name now */
	SPOOL_BESIDE,  /* this one, for its own cannot be had */
	SPOOL_BARE,    /* removed: without a frame */
	SPOOL_STRANDED /* cannot be named at all */
};

struct spool_host {
	/* `why`: what is in the way, and what to do; NULL: nothing is. */
	void (*said)(
	    void *ctx, enum spool_news news, const char *path, const char *why);
	void *ctx;
};

/*
 * Name the files of the run that is under way, all that can be. Returns the
 * number of the first that has no name yet: it is being waited for, or has no
 * frame, or cannot have one.
 */
unsigned spool_settle(
    const struct spool *s, int64_t now_wall_ms, const struct spool_host *host);

/* Name what other runs of this output have left, and nobody has open. */
void spool_recover(
    const struct spool *s, int64_t now_wall_ms, const struct spool_host *host);

/*
 * The file that an output with a fixed name is to be written to: that name, or
 * the next free one with a number, made here, empty. What is no regular file
 * (a pipe, a device) keeps its name. Where no file can be made, the name is
 * that of none. Caller frees.
 */
char *spool_choose(const char *path, int64_t now_wall_ms);

/* Remove what spool_choose() made, if nothing was written to it. */
void spool_drop(const char *path);

#endif
