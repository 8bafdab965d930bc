/* SPDX-License-Identifier: ISC */
#ifndef TABLE_H
#define TABLE_H

/*
 * The table of `ffsup status`: a row for each stream, as wide as the terminal.
 */

#include "cli/render.h"

render_fn table_status;

/* "degraded, no input, next try in 4s": one stream of a status in words. */
render_fn table_state;

#endif
