/* SPDX-License-Identifier: ISC */
#ifndef FEED_H
#define FEED_H

/*
 * `ffsup feed`: the pictures of the program behind standard input go to a
 * stream's own socket. The program never gets EPIPE and never waits for long,
 * whatever happens to the daemon: what cannot be delivered is dropped, whole
 * pictures at a time, and the newest one wins.
 */

#include <stdbool.h>

/* Until the program ends; the exit code. `control` is the path of the control
 * socket; with `wait` nothing is read before the first connection. */
int feed_run(const char *name, const char *control, bool wait);

#endif
