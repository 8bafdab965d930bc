/* SPDX-License-Identifier: ISC */
#ifndef COMMAND_H
#define COMMAND_H

/*
 * The daemon's verbs: one row each, one function each. A request names a
 * verb, arguments and options; the function writes the data of the reply, or
 * says in one sentence why it cannot.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/jsonw.h"
#include "base/strv.h"

struct fleet;
struct snapstore;
struct snapstore_copy;
struct stream;

/* The part that goes on after the reply. */
enum command_follow {
	FOLLOW_NOTHING,
	FOLLOW_LOGS,
	FOLLOW_EVENTS,
	REPLY_RELOAD /* nothing: the reply itself comes after the reload */
};

struct command_call {
	/* the request */
	struct fleet *fleet;
	struct strv args;
	bool all, follow, dry_run, reveal;
	int64_t lines; /* 0: not given */

	/* the reply */
	struct jsonw *data;   /* write one value here, with key NULL */
	int exit;	      /* an exitcode */
	char *error;	      /* owned; set: the call failed */
	struct errors errors; /* of the configuration */
	enum command_follow after;
	char *of_stream; /* owned: whose lines FOLLOW_LOGS wants */
	/* Raw bytes after the reply, or NULL; a reference of the snapstore,
	 * which the taker gives back. */
	struct snapstore_copy *payload;
	struct snapstore *held; /* borrowed: holds the frames */
};

struct command {
	const char *name;
	int min_args, max_args; /* max -1: any number */
	void (*run)(struct command_call *call);
};

/* NULL when no such verb exists. */
const struct command *command_find(const char *name);

/* Check the number of arguments and run; the reply is in the call. */
void command_run(const struct command *c, struct command_call *call);

void command_call_clear(struct command_call *call);

/* The reply to a finished reload: rc, diff and errs as reported. */
struct fleet_diff;
void command_reloaded(struct command_call *call, int rc,
    const struct fleet_diff *diff, const struct errors *errs);

#endif
