/* SPDX-License-Identifier: ISC */
#ifndef STDPIPES_H
#define STDPIPES_H

/*
 * The pipes of a worker's start, by its plan: to its stdin, from its stdout or
 * the descriptor that it writes frames to, from its stderr, and of ffmpeg's
 * -progress.
 */

#include <stdint.h>

#include "process/lines.h"

struct child_spec;
struct plan_worker;

/* -1: none. A descriptor that is taken out is set to -1. */
struct stdpipes {
	int null, in[2], out[2], err[2], progress[2]; /* [0] read [1] write */
};

/* Our ends while it lives. */
struct stdpipes_ends {
	int in, out; /* its stdin and output, until it runs; -1: none */
	struct lines err, progress;
};

/* Close a descriptor, unless it is -1. */
void stdpipes_shut(int *fd);

/* Open the pipes that the plan asks for. -1 with errno; the caller closes. */
int stdpipes_open(struct stdpipes *p, const struct plan_worker *plan);
void stdpipes_close(struct stdpipes *p);

/*
 * The descriptors in the child; stdin_fd (-1: none) instead of a pipe. A
 * program that writes its frames to another descriptor than stdout may print
 * freely: its stdout goes where its stderr goes.
 */
void stdpipes_declare(struct child_spec *spec, const struct stdpipes *p,
    const struct plan_worker *plan, int stdin_fd);

/* It is started: take our ends. */
void stdpipes_keep(struct stdpipes_ends *e, struct stdpipes *p);

/* Read its -progress so often that a stall of so long is noticed; 0: as it
 * comes. */
void stdpipes_relax(struct stdpipes_ends *e, int64_t stall_ms);

/* It is dead: read the data there now, without waiting for the end, and close;
 * or only close. */
void stdpipes_finish(struct stdpipes_ends *e);
void stdpipes_drop(struct stdpipes_ends *e);

#endif
