/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_H
#define INTAKE_H

/*
 * The entrance for frames of programs that ffsup did not start: a named pipe,
 * or the stream's own socket. It exists before the program, stays when the
 * program goes, and is removed with the stream. One producer at a time: at the
 * socket, a newcomer takes over with its first whole frame.
 *
 * A program that connects to the socket gets one line of JSON, the greeting,
 * with the expected format. It need not read it. The greeting says "fed" where
 * another program brings frames: a program that does not want to take over then
 * leaves.
 */

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/notice.h"
#include "media/finding.h"

struct pathkeeper;

enum intake_kind {
	INTAKE_FIFO,
	INTAKE_SOCKET,
	N_INTAKE_KINDS
};

/* The program at the other end of a socket. */
struct intake_feeder {
	pid_t pid;	     /* 0: none, or none that is known */
	int64_t since_wall;  /* connected */
	struct finding told; /* what `ffsup feed` found in its own input */
};

/* Gets the descriptors, and owns them from then on. When the producer at the
 * other end has closed one, the taker calls intake_closed(). */
struct intake_taker {
	void (*open)(void *ctx, int fd);  /* instead of the current one */
	void (*offer)(void *ctx, int fd); /* a newcomer, which takes over */
	void (*close)(void *ctx);
	int64_t (*last_ms)(void *ctx); /* of the last bytes; 0: never */
	void *ctx;
};

/* The last word to a producer that is replaced at the socket. */
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
	ev_timer pause; /* no program can be let in just now, for: */
	char *problem;	/* owned; NULL: they can */
	bool unread;	/* that is: the pipe could not be read */
	pid_t reported; /* the feeder that is known to be there; 0: none */
};

/* Make it; a failure is retried each second, and is its problem meanwhile.
 * `path` and `greeting` (a line) are copied. */
void intake_open(struct intake *in, struct ev_loop *loop, enum intake_kind kind,
    const char *path, const char *greeting, const struct intake_taker *taker);
void intake_close(struct intake *in);

/* The producer has gone: wait for the next one. Calls close(). */
void intake_closed(struct intake *in);

/* Why no program can come in; NULL: they can. Caller frees. */
char *intake_problem(const struct intake *in);

/* Whether nothing comes, and the disk of the path does not answer. */
bool intake_is_silent(const struct intake *in);

/* The program at the end of a descriptor: of a socket, otherwise none. */
struct intake_feeder intake_feeder_of(int fd);

/* Give notice when another feeder is there than the last time. */
void intake_report(struct intake *in, const struct intake_feeder *now,
    notice_fn *notice, void *ctx);

/* The path of a stream's socket, beside the control socket. Caller frees. */
char *intake_path(const char *control, const char *stream);

#endif
