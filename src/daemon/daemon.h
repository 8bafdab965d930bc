/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_H
#define DAEMON_H

/*
 * The daemon, in the foreground: reads its settings and profiles, opens the
 * control socket, notifies systemd, runs the loop, and stops all streams at the
 * end.
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

/* Supervise until SIGTERM or SIGINT. Returns an exit code. */
int daemon_run(const struct daemon_opts *o);

#endif
