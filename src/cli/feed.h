/* SPDX-License-Identifier: ISC */
#ifndef FEED_H
#define FEED_H

/*
 * `ffsup feed`: the frames of the program at standard input go to a stream's
 * own socket. The program never gets EPIPE and never waits for long, whatever
 * happens to the daemon: frames that cannot be delivered are dropped, whole
 * ones only, and the newest one wins.
 */

#include <stdbool.h>

/* Until the program ends; the exit code. `control` is the path of the control
 * socket; with `wait` nothing is read before the first connection. */
int feed_run(const char *name, const char *control, bool wait);

#endif
