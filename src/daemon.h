/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_H
#define DAEMON_H

/*
 * The daemon in the foreground, and what the command line does with the
 * configuration when no daemon is asked. Each returns an exit code.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ev_loop;
struct fleet;

struct daemon_opts {
	const char *config; /* -c, or NULL */
	const char *socket; /* -s, or NULL */
	const char *const *paths;
	size_t n_paths;
	bool debug;
	bool quiet; /* only warnings and errors are logged */
	/* For the demonstration: called once everything runs. It may keep
	 * the fleet until daemon_run() returns. */
	void (*ready)(void *ctx, struct ev_loop *loop, struct fleet *fleet);
	void *ctx;
};

/* Supervise until SIGTERM or SIGINT. */
int daemon_run(const struct daemon_opts *o);

/* Validate profiles and print every error; with `probe`, their sources are
 * opened too. */
int daemon_check(
    const char *config, const char *const *paths, size_t n, bool probe);

/* Print workers and command lines of a profile, by its path or by its name
 * in the configured directories. */
int daemon_plan(const char *config, const char *name, bool reveal, bool json);

/* Print the JSON Schema of a profile. */
int daemon_schema(void);

#endif
