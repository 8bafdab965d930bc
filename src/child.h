/* SPDX-License-Identifier: ISC */
#ifndef CHILD_H
#define CHILD_H

/*
 * One Unix process: spawned from data, signalled as a group, peeked at, swept
 * and reaped. The only file that forks, kills and waits.
 *
 * A child leads a session and process group of its own, starts with an empty
 * signal mask and default dispositions, owns exactly the descriptors that
 * were declared, and dies with us (PR_SET_PDEATHSIG; hence: call from the
 * main thread only). No shell is ever involved.
 *
 * Its death is noticed by our own SIGCHLD watcher: peek, kill what is left of
 * the group while the leader is still a zombie and the number therefore still
 * ours, reap, tell the owner. Nothing waits for the end of a pipe.
 */

#include <stddef.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "strv.h"

struct ev_loop;

#define CHILD_FDS_MAX 8

/* `from` (ours, borrowed) becomes `to` in the child; in the order of `to`. */
struct child_fd {
	int from, to;
};

struct child_spec {
	const struct strv *argv;
	const struct strv *env; /* whole environment of the child */
	const char *cwd;	/* NULL: ours */
	struct child_fd fds[CHILD_FDS_MAX];
	size_t n_fds;
	int nice; /* added */
};

enum child_stage {
	CHILD_STAGE_PIPE, /* no descriptor for the report */
	CHILD_STAGE_FIND, /* no such program */
	CHILD_STAGE_FORK,
	CHILD_STAGE_SESSION,
	CHILD_STAGE_FDS,
	CHILD_STAGE_NICE,
	CHILD_STAGE_CWD,
	CHILD_STAGE_EXEC,
	N_CHILD_STAGES
};

extern const char *const child_stage_names[N_CHILD_STAGES];

/* Why a spawn failed: where, and the errno there. */
struct child_error {
	enum child_stage stage;
	int err;
};

struct child {
	pid_t pid;    /* 0: no process */
	unsigned run; /* token of this run: FFSUP_RUN in its environment */
	/* Called once, from the loop, after the reaping; pid is 0 by then.
	 * `status` is wait(2)'s. */
	void (*exited)(struct child *c, int status);
	void *ctx;
	LIST_ENTRY(child) entry;
};

/*
 * Watch for deaths on this loop, become the reaper of orphans, and remember
 * the resource limits we were started with: children get those. Our own
 * soft limit of descriptors is raised to the hard one.
 */
void child_init(struct ev_loop *loop);
void child_shutdown(void);

/* Start. 0, or -1 with *e; then nothing runs. `exited` and `ctx` are the
 * owner's to set before. */
int child_spawn(
    struct child *c, const struct child_spec *spec, struct child_error *e);

/* The standard descriptors of a program that is run once, on our side. */
struct child_ends {
	int in;	 /* borrowed, its stdin; -1: /dev/null */
	int out; /* borrowed, its stdout; -1: where stderr goes */
	int err; /* filled in: a pipe from its stderr; the caller's */
};

/* Start a program with our own environment. As child_spawn(). */
int child_spawn_once(struct child *c, const struct strv *argv,
    struct child_ends *ends, struct child_error *e);

/*
 * The program's path: itself when it has a '/', else looked up in PATH. Unlike
 * execvp's, this search never hands a text file to a shell. Caller frees;
 * NULL with errno.
 */
char *child_search(const char *name);

/* "exec: No such file or directory": borrowed until the next call. */
const char *child_error_text(const struct child_error *e);

/* Signal the whole group; SIGCONT follows, so that a stopped one acts. */
void child_signal(const struct child *c, int sig);

/* SIGKILL and reap at once, without telling the owner; nothing when there is
 * no process. */
void child_end(struct child *c);

/*
 * Run a program to its end and return what it wrote to stdout and stderr (at
 * most 64 KiB; malloc'd), or NULL with *cause set to malloc'd text. It is
 * killed after timeout_ms. Blocks: for start-up and the command line.
 */
char *child_capture(const struct strv *argv, int timeout_ms, char **cause);

/*
 * Run a program to its end from one descriptor to another (borrowed). 0 when
 * it ended well; else -1 and *cause, malloc'd: the first line that it wrote to
 * stderr, or how it ended. It is killed after timeout_ms. Blocks.
 */
int child_filter(
    const struct strv *argv, int in, int out, int timeout_ms, char **cause);

#endif
