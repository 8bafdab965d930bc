/* SPDX-License-Identifier: ISC */
#ifndef CHILD_H
#define CHILD_H

/*
 * One Unix process: spawned from data, signalled as a group, peeked at, swept
 * and reaped. The only file that forks, kills and waits.
 *
 * A child leads a new session and process group, starts with an empty signal
 * mask and default dispositions, owns exactly the descriptors that were
 * declared, and dies with us (PR_SET_PDEATHSIG; hence: call from the main
 * thread only). No shell is ever involved.
 *
 * Steps that touch a file system (looking for the program, the working
 * directory, exec itself) are done in the child: it may hang there, we do not.
 * A start that fails before exec is therefore an early death: exited() is
 * called, and child_failure() says why.
 *
 * Its death is noticed by our own SIGCHLD watcher: peek, kill the rest of the
 * group while the leader is still a zombie and the number therefore still ours,
 * reap, call the owner. Nothing waits for the end of a pipe, and nothing for a
 * death.
 */

#include <ev.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "base/strv.h"

#define CHILD_FDS_MAX  8
#define CHILD_WHAT_MAX 400

/* `from` (ours, borrowed) becomes `to` in the child; in the order of `to`. */
struct child_fd {
	int from, to;
};

struct child_spec {
	const struct strv *argv;
	const struct strv *env; /* whole environment of the child */
	struct child_fd fds[CHILD_FDS_MAX];
	size_t n_fds;
	int nice; /* added */
	/* Called in the child before anything else, where it may wait for a
	 * disk; its changes to memory are the child's alone. 0, or an errno
	 * with the text in `what`. NULL: nothing to do. */
	int (*before)(void *ctx, char *what, size_t size);
	void *ctx;
};

enum child_stage {
	CHILD_STAGE_PIPE, /* no descriptor for the report */
	CHILD_STAGE_FORK,
	CHILD_STAGE_BEFORE, /* the owner's function in the child */
	CHILD_STAGE_FIND,   /* no such program */
	CHILD_STAGE_SESSION,
	CHILD_STAGE_FDS,
	CHILD_STAGE_NICE,
	CHILD_STAGE_EXEC,
	N_CHILD_STAGES
};

/* Why a start failed: where, the errno there, and of what. */
struct child_error {
	enum child_stage stage;
	int err;
	char what[CHILD_WHAT_MAX]; /* the program, or before()'s text */
};

struct child {
	pid_t pid;    /* 0: no process */
	unsigned run; /* token of this run: FFSUP_RUN in its environment */
	/* Called once, from the loop, when it has become the program; before
	 * exited(), and not at all when it never does. NULL: no matter. */
	void (*started)(struct child *c);
	/* Called once, from the loop, after the reaping; pid is 0 by then.
	 * `status` is wait(2)'s. */
	void (*exited)(struct child *c, int status);
	void *ctx;
	ev_io report; /* on the pipe that closes with exec; fd -1: closed */
	bool failed;  /* it never got to exec: */
	struct child_error error;
	LIST_ENTRY(child) entry;
};

/*
 * Watch for deaths on this loop, become the reaper of orphans, and remember
 * the resource limits we were started with: children get those. Our own
 * soft limit of descriptors is raised to the hard one.
 */
void child_init(struct ev_loop *loop);

/* Kill every process that is still our child, whatever its environment; but not
 * children from before child_init(). */
void child_shutdown(void);

/* End the processes of a daemon of our name that is dead by now: SIGTERM, then
 * SIGKILL. Blocks until they are gone, four seconds at most: for start-up. */
void child_sweep_left(void);

/* Start. 0, or -1 with *e when no process was made; one that fails later, in
 * the child, ends. `exited` and `ctx` are the owner's to set before. */
int child_spawn(
    struct child *c, const struct child_spec *spec, struct child_error *e);

/* The work of a child without a program. */
struct child_work {
	void (*work)(const void *arg, int out); /* out: its stdout */
	const void *arg;			/* our memory at the fork */
	int in, out; /* ours, borrowed: its stdin (-1: /dev/null), stdout */
};

/*
 * A child without a program: a fork that does the work, with our stderr and
 * nothing else of ours open, and leaves with 0. It has no loop; of the
 * functions here it may only run programs to their end. As child_spawn().
 */
int child_fork_work(
    struct child *c, const struct child_work *work, struct child_error *e);

/* The same, and one without an owner: its death is not reported, and it is not
 * ended with the others. Its pid, or -1 with errno. */
pid_t child_fork_apart(const struct child_work *work);

/* Wait so long for the end of such a one. */
void child_await(pid_t pid, int64_t ms);

/* In exited(), or after it: why it never got to exec; NULL: it did. */
const struct child_error *child_failure(const struct child *c);

/* Without a loop: take its report now, for child_failure(). */
void child_poll(struct child *c);

/* Without a loop: wait for its end until the deadline, monotonic ms; it is left
 * to be reaped by child_end(). False: it lives still. */
bool child_await_end(const struct child *c, int64_t deadline, siginfo_t *info);

/* The standard descriptors of a program that is run once, on our side. */
struct child_ends {
	int in;	 /* borrowed, its stdin; -1: /dev/null */
	int out; /* borrowed, its stdout; -1: where stderr goes */
	int err; /* filled in: a pipe from its stderr; the caller's */
};

/* Start a program with our environment, as far as it is passed on. As
 * child_spawn(). */
int child_spawn_once(struct child *c, const struct strv *argv,
    struct child_ends *ends, struct child_error *e);

/*
 * The program's path: itself when it has a '/', else looked up in PATH. Unlike
 * execvp's, this search never hands a text file to a shell. Caller frees;
 * NULL with errno.
 */
char *child_search(const char *name);

/* "NAME: exec: No such file or directory": borrowed until the next call. */
const char *child_error_text(const struct child_error *e);

/* Signal the whole group; SIGCONT follows, so that a stopped one acts. */
void child_signal(const struct child *c, int sig);

/* SIGKILL, without a call of the owner; nothing when it has no process. The
 * loop reaps it when it is dead: it may hang in the kernel. */
void child_end(struct child *c);

#endif
