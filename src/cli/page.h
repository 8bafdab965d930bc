/* SPDX-License-Identifier: ISC */
#ifndef PAGE_H
#define PAGE_H

/* One stream at length. */

#include "cli/render.h"

render_fn page_stream; /* the first one of a status */
render_fn page_why;

#endif
