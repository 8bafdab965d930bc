/* SPDX-License-Identifier: ISC */
#ifndef QUERY_H
#define QUERY_H

/*
 * The commands that ask the daemon: what the words of a command line become,
 * and what comes back for the user. Each returns the exit code.
 */

struct cli_args;

int query_status(const struct cli_args *a);
int query_why(const struct cli_args *a);
int query_control(const struct cli_args *a); /* start, stop, restart, retry */
int query_reload(const struct cli_args *a);
int query_logs(const struct cli_args *a);
int query_events(const struct cli_args *a);
int query_version(const struct cli_args *a);

/* EXIT_NO_DAEMON, silently, when nobody can be asked. */
int query_plan(const struct cli_args *a);

#endif
