/* SPDX-License-Identifier: ISC */
#ifndef SPIN_H
#define SPIN_H

/* For tests that need a real loop: turn it until something is so, never
 * sleep. Include after cmocka.h. */

#include <ev.h>
#include <signal.h>

#include "base/clock.h"
#include "base/util.h"
#include "process/child.h"

#define SPIN_PATIENCE_MS 60000 /* only what never happens takes so long */
#define SPIN_TURN_MS	 5

/* The time of turns that took far too long: something else had the machine. */
static int64_t spin_held_ms;

static inline void
spin_timer_cb(struct ev_loop *loop UNUSED, ev_timer *t UNUSED, int ev UNUSED)
{
	/* only to wake the loop up */
}

/* One turn, of SPIN_TURN_MS at most. */
static inline void
spin_once(struct ev_loop *loop)
{
	int64_t begin = mono_ms(), late;
	ev_timer wake;

	ev_timer_init(&wake, spin_timer_cb, SPIN_TURN_MS / 1000.0, 0.0);
	ev_now_update(loop);
	ev_timer_start(loop, &wake);
	ev_run(loop, EVRUN_ONCE);
	ev_timer_stop(loop, &wake);
	late = mono_ms() - begin - SPIN_TURN_MS;
	if (late > SPIN_TURN_MS)
		spin_held_ms += late;
}

/* Now, for spin_took(). */
static inline int64_t
spin_from(void)
{
	spin_held_ms = 0;
	return mono_ms();
}

/* Whether it took so many ms. A machine that is busy with other things may
 * make it later, never earlier. */
static inline bool
spin_took(int64_t from, int64_t least, int64_t most)
{
	int64_t ms = mono_ms() - from;

	if (ms >= least && ms <= most + spin_held_ms)
		return true;
	print_error("took %d ms, held up for %d of those\n", (int)ms,
	    (int)spin_held_ms);
	return false;
}

/* Let the loop run for a while. */
static inline void
spin_for(struct ev_loop *loop, int64_t ms)
{
	int64_t end = mono_ms() + ms;

	while (mono_ms() < end)
		spin_once(loop);
}

/* Turn the loop until `cond` holds; waiting too long is a failure. */
#define SPIN_UNTIL(loop, cond)                                            \
	do {                                                              \
		int64_t spin_end = mono_ms() + SPIN_PATIENCE_MS;          \
                                                                          \
		while (!(cond)) {                                         \
			if (mono_ms() > spin_end)                         \
				fail_msg("waited in vain for %s", #cond); \
			spin_once(loop);                                  \
		}                                                         \
	} while (0)

static struct ev_loop *loop; /* of all tests of a program */

/* Before the first test, where the loop is all that they share. */
static inline int
spin_setup(void **state UNUSED)
{
	signal(SIGPIPE, SIG_IGN); /* as the daemon does */
	loop = ev_loop_new(EVFLAG_NOENV);
	return loop == NULL ? -1 : 0;
}

static inline int
spin_teardown(void **state UNUSED)
{
	ev_loop_destroy(loop);
	return 0;
}

/* The same for tests whose work is done in separate processes. */
static inline int
spin_setup_children(void **state)
{
	int rc = spin_setup(state);

	if (rc == 0)
		child_init(loop);
	return rc;
}

static inline int
spin_teardown_children(void **state)
{
	child_shutdown();
	return spin_teardown(state);
}

#endif
