/* SPDX-License-Identifier: ISC */
#ifndef PAGE_H
#define PAGE_H

/*
 * One stream at length, for a terminal: `ffsup status NAME` (what it is doing, its
 * workers and links) and `ffsup why NAME` (each cause, and what to do about it).
 */

#include "cli/render.h"

render_fn page_stream; /* the first one of a status */
render_fn page_why;
render_fn page_whys; /* of several streams */

#endif
