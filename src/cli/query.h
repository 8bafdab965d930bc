/* SPDX-License-Identifier: ISC */
#ifndef QUERY_H
#define QUERY_H

/*
 * The commands that ask the daemon: from the words of a command line to the
 * request, and from the reply to the user. Each returns the exit code.
 */

#include "cli/client.h"
#include "cli/render.h"

struct cli_args;

int query_status(const struct cli_args *a);
int query_why(const struct cli_args *a);
int query_control(const struct cli_args *a); /* start, stop, restart, retry */
int query_reload(const struct cli_args *a);
int query_logs(const struct cli_args *a);
int query_events(const struct cli_args *a);
int query_version(const struct cli_args *a);

/* The request that a command line means. It borrows from `a`. */
struct client_request query_request(const struct cli_args *a);

/* Print a reply's complaint, and clear it; its exit code. */
int query_refused(struct client_reply *r);

/* Ask once, show the answer. */
int query_once(const struct cli_args *a, render_fn *render);

/* EXIT_NO_DAEMON, silently, when no daemon answers. */
int query_plan(const struct cli_args *a);

#endif
