/* SPDX-License-Identifier: ISC */
#ifndef DEADLINE_H
#define DEADLINE_H

/*
 * A time at which something is due, by the monotonic clock, and a timer of the
 * loop for it. It still knows the time when the timer was stopped.
 */

#include <ev.h>
#include <stdint.h>

struct deadline {
	struct ev_loop *loop; /* borrowed */
	ev_timer timer;
	int64_t due_ms;
};

/* `cb` finds `data` in its timer, and is called after what pipes have to say in
 * the same turn of the loop. */
void deadline_init(struct deadline *d, struct ev_loop *loop,
    void (*cb)(struct ev_loop *loop, ev_timer *t, int revents), void *data);

/* Due in so many ms, which replaces the old time; less than 0 is 0. */
void deadline_set(struct deadline *d, int64_t ms);

void deadline_stop(struct deadline *d);

/* Ms until then, 0 when it is past. */
int64_t deadline_left(const struct deadline *d);

#endif
