/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_H
#define INTAKE_H

/*
 * Where programs that ffsup did not start bring their pictures: a named pipe,
 * or the stream's own socket. It is there before the program, stays when the
 * program goes, and is removed with the stream. One producer at a time: at
 * the socket, a newcomer takes over at a picture boundary.
 *
 * A program that connects to the socket is told what is expected, in one line
 * of JSON: {"v":1,"bytes":921600,"size":"640x480","format":"bgr24",
 * "fps":"25/1"}. It need not read it.
 */

#include <ev.h>
#include <stdbool.h>
#include <sys/types.h>

struct geometry;
struct rate;
struct source;

enum intake_kind {
	INTAKE_FIFO,
	INTAKE_SOCKET,
	N_INTAKE_KINDS
};

struct intake {
	enum intake_kind kind;
	struct ev_loop *loop;
	struct source *source; /* borrowed: who gets the descriptors */
	char *path;	       /* owned */
	char *greeting;	       /* owned */
	int fd;		       /* the listening socket; -1: none */
	ev_io accept;
	ev_timer retry; /* it could not be made, or has vanished */
	char *problem;	/* owned: why it is not there, or NULL */
	bool made;	/* the name in the file system is ours */
	dev_t dev;	/* what the name led to when it was opened */
	ino_t ino;
};

/* Make it; what goes wrong is tried again each second, and stands in
 * `problem` meanwhile. `path` is copied. */
void intake_open(struct intake *in, struct ev_loop *loop, enum intake_kind kind,
    const char *path, struct source *source);
void intake_close(struct intake *in);

/* The path of a stream's socket, beside the control socket. Caller frees. */
char *intake_path(const char *control, const char *stream);

#endif
