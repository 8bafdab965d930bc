/* SPDX-License-Identifier: ISC */
#ifndef REEL_H
#define REEL_H

/*
 * A short piece of MPEG-TS, played again and again at its own pace into an
 * inlet of a relay: a slate costs no process and no encoder while it is on
 * air.
 */

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct relay;

/* A picture of it, with what follows up to the next. */
struct reel_mark {
	size_t at;
	int64_t ms; /* since the first */
};

struct reel {
	struct ev_loop *loop;
	struct relay *relay; /* borrowed */
	int inlet;
	uint8_t *data, *scratch; /* owned */
	size_t len;
	struct reel_mark *marks; /* owned; one behind the last: the end */
	size_t n_marks;
	bool playing;
	size_t next;
	int64_t begun_ms; /* this round */
	ev_timer timer;
};

void
reel_init(struct reel *r, struct ev_loop *loop, struct relay *relay, int inlet);
void reel_clear(struct reel *r);

/* Other bytes (copied), from now on. False: they have no pictures, and what
 * was there stays. */
bool reel_load(struct reel *r, const uint8_t *data, size_t len);

bool reel_is_loaded(const struct reel *r);

void reel_play(struct reel *r);
void reel_stop(struct reel *r);

#endif
