/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_H
#define INTAKE_H

/*
 * Where programs that ffsup did not start bring their pictures: a named pipe,
 * or the stream's own socket. It is there before the program, stays when the
 * program goes, and is removed with the stream. One producer at a time: at
 * the socket, a newcomer takes over with its first whole frame.
 *
 * A program that connects to the socket is told what is expected, in one line
 * of JSON, the greeting. It need not read it. It says "fed" where another
 * program brings frames: one that does not want to take over leaves then.
 */

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

struct pathkeeper;

enum intake_kind {
	INTAKE_FIFO,
	INTAKE_SOCKET,
	N_INTAKE_KINDS
};

/* Who gets the descriptors, and owns them from then on. When the producer at
 * the other end has closed it, it calls intake_closed(). */
struct intake_taker {
	void (*open)(void *ctx, int fd);  /* instead of the present one */
	void (*offer)(void *ctx, int fd); /* a newcomer, who takes over */
	void (*close)(void *ctx);
	int64_t (*last_ms)(void *ctx); /* when something came last; 0: never */
	void *ctx;
};

/* What is said to one who is taken over at the socket. */
extern const char intake_goodbye[];

struct intake {
	enum intake_kind kind;
	struct ev_loop *loop;
	struct intake_taker taker;
	char *path;	/* owned */
	char *greeting; /* owned */
	struct pathkeeper *place;
	int fd;		/* the listening socket, or the pipe; -1: none */
	int writers;	/* epoll: of the pipe, while nobody writes; -1 */
	ev_io io;	/* on `fd`, or on `writers` */
	ev_timer pause; /* nobody can be let in just now, for: */
	char *problem;	/* owned; NULL: they can */
	bool unread;	/* that is: the pipe could not be read */
};

/* Make it; what goes wrong is tried again each second, and is told as its
 * problem meanwhile. `path` and `greeting` (a line) are copied. */
void intake_open(struct intake *in, struct ev_loop *loop, enum intake_kind kind,
    const char *path, const char *greeting, const struct intake_taker *taker);
void intake_close(struct intake *in);

/* The producer has gone: wait for the next one. Calls close(). */
void intake_closed(struct intake *in);

/* Why nobody can come in; NULL: they can. Caller frees. */
char *intake_problem(const struct intake *in);

/* Whether nothing comes, and the disk of the path does not answer. */
bool intake_is_silent(const struct intake *in);

/* The path of a stream's socket, beside the control socket. Caller frees. */
char *intake_path(const char *control, const char *stream);

#endif
