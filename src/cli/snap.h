/* SPDX-License-Identifier: ISC */
#ifndef SNAP_H
#define SNAP_H

/*
 * The command that shows the frame that a stream sends right now: as an image,
 * raw, or drawn in the terminal.
 */

struct cli_args;

/* The exit code. */
int snap_run(const struct cli_args *a);

#endif
