/* SPDX-License-Identifier: ISC */
#ifndef CALL_H
#define CALL_H

/*
 * One request of a client and what becomes of it: filled in by request.h, taken
 * by the functions of the verbs, answered by clients.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/jsonw.h"
#include "base/strv.h"
#include "daemon/saying.h"

struct fleet;
struct snapstore;
struct snapstore_copy;
struct stream;

/* The part that goes on after the reply. */
enum command_follow {
	FOLLOW_NOTHING,
	FOLLOW_LOGS,
	FOLLOW_EVENTS,
	FOLLOW_SAYINGS, /* it says comments, a line each */
	REPLY_RELOAD,	/* nothing: the reply itself comes after the reload */
	REPLY_VERDICT	/* nothing: it comes when a comment is shown, or not */
};

struct command_call {
	/* the request */
	struct fleet *fleet;
	struct strv args;
	bool all, clean, follow, dry_run, reveal;
	int64_t lines; /* 0: not given */
	struct {
		const char *id; /* of the overlay; NULL: the first */
		struct saying saying;
		struct comments_waiter
		    *waiter; /* for REPLY_VERDICT; borrowed */
	} said;

	/* the reply */
	struct jsonw *data;   /* write one value here, with key NULL */
	int exit;	      /* an exitcode */
	char *error;	      /* owned; set: the call failed */
	struct errors errors; /* of the configuration */
	enum command_follow after;
	char *of_stream;  /* owned: whose lines FOLLOW_LOGS wants */
	char *of_overlay; /* owned: where a comment was said */
	/* Raw bytes after the reply, or NULL; a reference of the snapstore,
	 * which the taker gives back. */
	struct snapstore_copy *payload;
	struct snapstore *held; /* borrowed: holds the frames */
};

/* The call has failed, with this exitcode and for this reason. */
void call_fail(struct command_call *call, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* It has failed: there is no stream of that name, and perhaps another is meant. */
void call_fail_name(struct command_call *call, const char *name);

/* The stream that the first argument names; NULL: the call has failed. */
struct stream *call_stream(struct command_call *call);

/* Free what it holds. */
void call_clear(struct command_call *call);

#endif
