/* SPDX-License-Identifier: ISC */
#ifndef WATCH_H
#define WATCH_H

/*
 * Files that may change: looked at in a separate process when inotify(7)
 * reports a change, and now and then besides, for file systems without inotify.
 */

#include <ev.h>
#include <stdint.h>

#include "base/strv.h"
#include "process/job.h"

/* The last look's result for one file. */
struct watch_file {
	int err;	  /* an errno; 0: it exists; -1: not looked yet */
	int64_t size;	  /* bytes */
	int64_t mtime_ns; /* since the epoch */
};

struct watch {
	struct ev_loop *loop;
	struct strv paths;	  /* sorted */
	struct watch_file *files; /* owned; as in paths */
	struct job job;
	int fd; /* of inotify; -1: none */
	ev_io io;
	ev_timer timer; /* the next look */
	bool again;	/* a change during a look */
	/* A look is done: files is new. watch_set() may be called from here.
	 * NULL: nothing waits for it. */
	void (*looked)(void *ctx);
	void *ctx;
};

void watch_init(struct watch *w, struct ev_loop *loop,
    void (*looked)(void *ctx), void *ctx);
void watch_clear(struct watch *w);

/* Watch these from now on (copied), and look at once. The same ones as before:
 * does nothing. */
void watch_set(struct watch *w, const struct strv *paths);

/* The last look's result for one file; NULL: not watched. */
const struct watch_file *watch_file(const struct watch *w, const char *path);

#endif
