/* SPDX-License-Identifier: ISC */
#ifndef PATHKEEPER_H
#define PATHKEEPER_H

/*
 * A name in the file system that leads to an object of ours, a named pipe for
 * instance. Its disk may not answer: it is made and removed by jobs, one at a
 * time for each path (which two may not want at a time), and the loop gets a
 * descriptor. One job looks after all that are in place; where a disk holds it
 * up, the others get their own job.
 */

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "process/diskhang.h"
#include "process/job.h"

/* The result of make(). */
struct pathkeeper_made {
	int fd;
	bool ours; /* it was not there before, and will be removed */
	dev_t dev; /* the file that the name leads to */
	ino_t ino;
	const char *why; /* static: fd is -1 */
};

struct pathkeeper;
struct pathkeeper_round;

struct pathkeeper_host {
	/* In a separate process, with the memory of the fork: make it where it
	 * is missing, and open it. */
	void (*make)(const struct pathkeeper *pl, struct pathkeeper_made *m);
	/* It has been made, or made again: takes the descriptor. */
	void (*open)(void *ctx, int fd);
	/* It should not be made again now. */
	bool (*is_busy)(void *ctx);
	void *ctx;
};

struct pathkeeper {
	char *path; /* owned */
	struct ev_loop *loop;
	struct pathkeeper_host host;
	struct job job;
	struct pathkeeper_round
	    *round; /* borrowed: looks at it now; NULL: none */
	struct diskhang silence;
	ev_timer timer; /* to the next try */
	bool there;	/* the newest look found the known object: */
	bool ours;	/* to be removed */
	dev_t dev;
	ino_t ino;
	bool given;	/* the host has a descriptor, */
	bool held;	/* and it is of this */
	unsigned tries; /* looks in a row that failed */
	char *problem;	/* owned: why it is missing or unknown, or NULL */
	bool removing;	/* the job removes it */
	bool again;	/* the job's result is not for the current host */
	bool leaving;	/* nobody wants it any more */
	TAILQ_ENTRY(pathkeeper) entry;
};

/* Make it, at once or, where many are made in one turn of the loop, soon. A
 * failure is retried each second, one path after the other where many fail, and
 * is reported once. open() is called later. `path` is copied. */
struct pathkeeper *pathkeeper_new(
    struct ev_loop *loop, const char *path, const struct pathkeeper_host *host);

/* It is not wanted any more: if it is ours, remove it when its disk answers. */
void pathkeeper_drop(struct pathkeeper *pl);

/* Remove the object there, if it is this one. */
void
pathkeeper_remove(struct ev_loop *loop, const char *path, dev_t dev, ino_t ino);

/* Why it is missing, or cannot be looked at. NULL: it is there. Caller
 * frees. */
char *pathkeeper_problem(const struct pathkeeper *pl);

/* Whether its disk does not answer. */
bool pathkeeper_is_silent(const struct pathkeeper *pl);

/* Look at all places now: whoever removed one name may have removed others. */
void pathkeeper_look_all(void);

/* Turn the loop until all removals are done, for so long at most: the rest is
 * forgotten. */
void pathkeeper_finish_all(struct ev_loop *loop, int64_t ms);

#endif
