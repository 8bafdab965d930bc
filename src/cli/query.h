/* SPDX-License-Identifier: ISC */
#ifndef QUERY_H
#define QUERY_H

/*
 * The commands that ask the daemon: what the words of a command line become,
 * and what comes back for the user. Each returns the exit code.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/strv.h"

/* A command line, taken apart. */
struct query {
	const char *verb;	/* in full; the daemon's command */
	struct strv names;	/* owned: what is no option */
	char *socket;		/* owned: the path in effect */
	const char *config;	/* -c, or NULL */
	const char *socket_opt; /* -s, or NULL */
	const char *output;	/* -o, or NULL */
	bool all, debug, dry_run, follow, help, json, no_wait, quiet;
	bool probe, raw, reveal, tty, version, wait, watch;
	int64_t lines;	    /* 0: as many as the daemon likes */
	int64_t for_ms;	    /* 0: for ever */
	int64_t timeout_ms; /* 0: the usual */
};

int query_status(const struct query *a);
int query_why(const struct query *a);
int query_control(const struct query *a); /* start, stop, restart, retry */
int query_reload(const struct query *a);
int query_logs(const struct query *a);
int query_events(const struct query *a);
int query_version(const struct query *a);

/* EXIT_NO_DAEMON, silently, when nobody can be asked. */
int query_plan(const struct query *a);

#endif
