/* SPDX-License-Identifier: ISC */
#ifndef SPEAKERS_H
#define SPEAKERS_H

/*
 * Clients that send a stream of comments, a JSON line each, and read the
 * verdicts, a JSON line each. One that sends too fast is read later, and one
 * that does not read is not read either: no client is dropped for that, and the
 * loop keeps its time.
 */

#include <ev.h>
#include <stddef.h>
#include <sys/queue.h>

struct fleet;
struct speaker;

#define SPEAKERS_MAX	  64
#define SPEAKERS_LINE_MAX (64 * 1024) /* bytes of a line */

TAILQ_HEAD(speakers_list, speaker);

struct speakers {
	struct ev_loop *loop;
	struct fleet *fleet;
	struct speakers_list list;
	size_t n;
};

/* The start of a client. */
struct speakers_start {
	int fd;			 /* taken; non-blocking */
	const char *stream, *id; /* its overlay; borrowed */
	const char *in, *out;	 /* bytes already read, and bytes */
	size_t in_len, out_len;	 /* still to write; borrowed */
};

void
speakers_init(struct speakers *all, struct ev_loop *loop, struct fleet *fleet);
void speakers_clear(struct speakers *all);

void speakers_add(struct speakers *all, const struct speakers_start *start);

#endif
