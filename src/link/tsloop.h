/* SPDX-License-Identifier: ISC */
#ifndef TSLOOP_H
#define TSLOOP_H

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

/* A frame of the loop, with the packets up to the next. */
struct tsloop_mark {
	size_t at;
	int64_t ms; /* since the first */
};

struct tsloop {
	struct ev_loop *loop;
	struct relay *relay; /* borrowed */
	int inlet;
	uint8_t *data, *scratch; /* owned */
	size_t len;
	struct tsloop_mark *marks; /* owned; one after the last: the end */
	size_t n_marks;
	bool playing;
	size_t next;
	int64_t begun_ms; /* this round */
	ev_timer timer;
};

void tsloop_init(
    struct tsloop *r, struct ev_loop *loop, struct relay *relay, int inlet);
void tsloop_clear(struct tsloop *r);

/* Other bytes (copied), from now on. False: they have no frames, and the old
 * piece stays. */
bool tsloop_load(struct tsloop *r, const uint8_t *data, size_t len);

bool tsloop_is_loaded(const struct tsloop *r);

void tsloop_play(struct tsloop *r);
void tsloop_stop(struct tsloop *r);

#endif
