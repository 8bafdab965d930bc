/* SPDX-License-Identifier: ISC */
#ifndef JOB_H
#define JOB_H

/*
 * A function of ours, run in a separate process: it may wait for a disk, or
 * for a program, as long as it takes, and the loop does not. The process is a
 * fork, without exec: it sees the memory as it was at the fork, but for frames
 * and packets, and its changes stay its own. It writes its answer to a
 * descriptor, and may hand a descriptor back (SCM_RIGHTS).
 *
 * One at a time for each struct job. A process that hangs in the kernel stays,
 * and its job stays busy: nobody asks that disk anything else meanwhile.
 */

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "process/child.h"

struct job {
	struct child child;
	struct ev_loop *loop;
	ev_io io;
	int fd;	    /* our end of the answer; -1: none */
	int passed; /* a descriptor that came with it; -1: none */
	struct buf answer;
	int64_t started_ms; /* monotonic */
	int64_t heard_ms;   /* when the newest of its answer came */
	/* The whole answer, NUL-terminated, borrowed; or the error (borrowed).
	 * The job may be started again from here. */
	void (*done)(
	    void *ctx, const char *answer, size_t len, const char *why);
	void *ctx;
};

#define JOB_ANSWER_MAX (64 * 1024 * 1024)

void job_init(struct job *j, struct ev_loop *loop,
    void (*done)(void *ctx, const char *answer, size_t len, const char *why),
    void *ctx);

/*
 * Fork and run work(arg, out) there; it leaves with 0 when work returns. The
 * answer is all that it wrote to `out`. done() is called later, or at once when
 * no process can be made. Not while it is busy.
 */
void job_start(
    struct job *j, void (*work)(const void *arg, int out), const void *arg);

/* The same, with a descriptor (ours, borrowed; -1: none) as its stdin. */
void job_start_with(struct job *j, int in,
    void (*work)(const void *arg, int out), const void *arg);

bool job_is_busy(const struct job *j);

/* Ms since the start of the running one; 0: none is. */
int64_t job_busy_ms(const struct job *j);

/* Ms since the last word of the running one; 0: none is. */
int64_t job_silent_ms(const struct job *j);

/* In work(): write text or bytes to the answer. */
void
job_say(int out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void job_put(int out, const void *data, size_t len);

/* In work(): hand a descriptor back. In done(): take it; the caller's, -1:
 * none. */
void job_pass(int out, int fd);
int job_take(struct job *j);

/* Forget the running one: it is killed, without done(). */
void job_stop(struct job *j);

#endif
