/* SPDX-License-Identifier: ISC */
#ifndef RECEIVERS_H
#define RECEIVERS_H

/*
 * The receivers of all workers that send over TCP: once a second the kernel is
 * asked, in one question for all, whether they take what waits for them. One
 * that takes nothing for the worker's stall time hangs: ffmpeg notices that
 * only when the kernel's memory is full, minutes later where the bitrate is
 * small. A kernel without sock_diag(7) is asked once; then nobody is watched.
 */

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "media/uptake.h"

struct ffends;
struct receiver;
struct sockdiag_tcp;

TAILQ_HEAD(receiver_list, receiver);

struct receivers {
	struct ev_loop *loop;
	ev_timer timer; /* runs while there is one to watch */
	struct receiver_list list;
	struct sockdiag_tcp *asked; /* owned: of the present look */
	bool mute;		    /* the kernel does not say */
};

#define RECEIVER_SOCKETS 8 /* of one worker */

/* What one worker sends to; a part of the worker. */
struct receiver {
	struct receivers *all; /* NULL: not watched */
	pid_t pid;
	const struct ffends *ends; /* borrowed */
	int64_t stall_ms;	   /* may change */
	void (*hung)(void *ctx);   /* called once: it is dropped before */
	void *ctx;
	/* its connections: */
	struct {
		uint32_t inode;
		struct uptake uptake;
	} sockets[RECEIVER_SOCKETS];
	size_t n;
	unsigned looks;	    /* since its descriptors were read */
	int64_t untaken_ms; /* the longest, now */
	TAILQ_ENTRY(receiver) entry;
};

void receivers_init(struct receivers *all, struct ev_loop *loop);

/* Only when nobody is watched any more. */
void receivers_clear(struct receivers *all);

/* From now on, if the worker's output is a TCP connection; hung, ctx and
 * stall_ms are set before. `all` NULL: nobody looks. */
void receiver_watch(struct receiver *r, struct receivers *all, pid_t pid,
    const struct ffends *ends);

/* No longer; nothing when it is not watched. What it knew last stays. */
void receiver_drop(struct receiver *r);

#endif
