/* SPDX-License-Identifier: ISC */
#ifndef PLANSCRIPT_H
#define PLANSCRIPT_H

/*
 * `ffsup plan` as a shell script: the command line of each worker, quoted so that
 * it can be tried, and all else in comments. Pure.
 */

#include "cli/render.h"

render_fn planscript_write;

#endif
