/* SPDX-License-Identifier: ISC */
#ifndef RIVALS_H
#define RIVALS_H

/*
 * Newcomers at a stream's socket while another program feeds it. Each is read
 * on the side until it has sent a whole frame; before that it replaces nobody,
 * and a silent one never does. Their number is small: the one that was silent
 * the longest makes room for a newcomer.
 */

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RIVALS_MAX	   16
#define RIVALS_SENDING_MAX 4 /* rivals whose bytes are kept */

struct rivals;

struct rival {
	int fd; /* owned; -1: no rival */
	ev_io io;
	struct rivals *of;
	uint8_t *data; /* owned: its bytes; NULL: none yet */
	size_t len;
	bool whole;	  /* it has a whole frame; read no further */
	int64_t moved_ms; /* when it came, or sent its last bytes */
	void *state;	  /* the host's */
};

struct rivals_host {
	size_t max; /* bytes that hold a whole frame, or none at all */
	/* `n` bytes more came, at the end of its data: is a frame whole now? */
	bool (*look)(void *ctx, struct rival *r, size_t n);
	/* Free the state; NULL: no state. */
	void (*forget)(struct rival *r);
	/* One is whole now. */
	void (*ready)(void *ctx);
	void *ctx;
};

struct rivals {
	struct ev_loop *loop;
	struct rivals_host host;
	struct rival v[RIVALS_MAX];
};

void rivals_init(
    struct rivals *rs, struct ev_loop *loop, const struct rivals_host *host);

/* Takes the descriptor of a newcomer. */
void rivals_add(struct rivals *rs, int fd);
void rivals_clear(struct rivals *rs);

/* One that is whole, or NULL. */
struct rival *rivals_whole(struct rivals *rs);

/* The successor when the current program has gone: one that is whole, else the
 * last one that sent bytes, else the last one that came; or NULL. */
struct rival *rivals_best(struct rivals *rs);

/* Not a rival any more: its descriptor becomes the caller's, its data is
 * freed by rivals_drop(). */
int rivals_release(struct rival *r);

/* Let go of one and of its bytes. */
void rivals_drop(struct rival *r);

#endif
