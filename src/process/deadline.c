/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/clock.h"
#include "process/deadline.h"

void
deadline_init(struct deadline *d, struct ev_loop *loop,
    void (*cb)(struct ev_loop *loop, ev_timer *t, int revents), void *data)
{
	*d = (struct deadline){ .loop = loop };
	ev_init(&d->timer, cb);
	ev_set_priority(&d->timer, -1);
	d->timer.data = data;
}

void
deadline_set(struct deadline *d, int64_t ms)
{
	if (ms < 0)
		ms = 0;
	ev_timer_stop(d->loop, &d->timer);
	d->due_ms = mono_ms() + ms;
	/* ev_now() is the time of the last poll: a long callback since then
	 * must not make the timer early */
	ev_now_update(d->loop);
	ev_timer_set(&d->timer, (double)ms / 1000.0, 0.0);
	ev_timer_start(d->loop, &d->timer);
}

void
deadline_stop(struct deadline *d)
{
	ev_timer_stop(d->loop, &d->timer);
}

int64_t
deadline_left(const struct deadline *d)
{
	int64_t left = d->due_ms - mono_ms();

	return left > 0 ? left : 0;
}
