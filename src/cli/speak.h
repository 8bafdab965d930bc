/* SPDX-License-Identifier: ISC */
#ifndef SPEAK_H
#define SPEAK_H

/*
 * The commands that put text on a stream: say, text, overlay. Each returns the
 * exit code.
 */

struct cli_args;

/* One comment from the command line; or one for each line of stdin, if the only
 * word after the name is "-". */
int speak_say(const struct cli_args *a);

/* A label's text; with --file, the text of a file, and again after each
 * change. */
int speak_text(const struct cli_args *a);

/* Show an overlay or hide it; without more words, list them. */
int speak_overlay(const struct cli_args *a);

#endif
