/* SPDX-License-Identifier: ISC */
#ifndef COMMAND_H
#define COMMAND_H

/*
 * The daemon's verbs: one row each, one function each. A request names a
 * verb, arguments and options; the function writes the data of the reply, or
 * says in one sentence why it cannot.
 */

#include "daemon/call.h"

struct errors;

struct command {
	const char *name;
	int min_args, max_args; /* max -1: any number */
	void (*run)(struct command_call *call);
};

/* NULL when no such verb exists. */
const struct command *command_find(const char *name);

/* Check the number of arguments and run; the reply is in the call. */
void command_run(const struct command *c, struct command_call *call);

/* The reply to a finished reload: rc, diff and errs as reported. */
struct fleet_diff;
void command_reloaded(struct command_call *call, int rc,
    const struct fleet_diff *diff, const struct errors *errs);

#endif
