/* SPDX-License-Identifier: ISC */
#ifndef ANSWER_H
#define ANSWER_H

/*
 * Answers to commands that change something or ask little, as a few lines of text
 * each. Pure.
 */

#include "cli/render.h"

render_fn answer_results; /* of start, stop, restart, retry */
render_fn answer_reload;
render_fn answer_version;
render_fn answer_said;	   /* of say: what became of the comment */
render_fn answer_overlays; /* of overlay: a line for each */
render_fn answer_nothing;  /* of commands that only succeed */

#endif
