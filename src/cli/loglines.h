/* SPDX-License-Identifier: ISC */
#ifndef LOGLINES_H
#define LOGLINES_H

/*
 * `ffsup logs` and `ffsup events`: a line for each, with its time before it; all
 * those of a reply, or one as it comes. Pure.
 */

#include "cli/render.h"

render_fn loglines_logs;
render_fn loglines_log;	    /* one line of logs */
render_fn loglines_logs_of; /* the same of several streams */
render_fn loglines_log_of;
render_fn loglines_events;
render_fn loglines_event; /* one event */

#endif
