/* SPDX-License-Identifier: ISC */
#ifndef TERMINAL_H
#define TERMINAL_H

/*
 * The terminal: what standard output can show, and a display that is drawn again
 * and again in place.
 */

#include "cli/render.h"

struct buf;

/* The abilities of standard output, asked each time: a window changes its
 * size. */
void terminal_opts(struct render_opts *o);

/* Change a text of whole lines so that it overwrites the terminal's content,
 * without flicker; cut to the window. */
void
terminal_frame(struct buf *b, const char *text, const struct render_opts *o);

/* The sequences that begin and end such a display. */
extern const char terminal_begin[], terminal_end[];

#endif
