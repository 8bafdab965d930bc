/* SPDX-License-Identifier: ISC */
#ifndef CALL_H
#define CALL_H

/*
 * One request of a client and its reply: request.h fills it in, the functions
 * of the verbs handle it, clients.h sends the reply.
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

/* The part that continues after the reply. */
enum command_follow {
	FOLLOW_NOTHING,
	FOLLOW_LOGS,
	FOLLOW_EVENTS,
	FOLLOW_SAYINGS, /* the client sends comments, a line each */
	REPLY_RELOAD,	/* nothing: the reply itself comes after the reload */
	REPLY_VERDICT	/* nothing: it comes when a comment is shown, or not */
};

struct command_call {
	/* the request */
	struct fleet *fleet;
	struct strv args;
	bool all, clean, follow, dry_run, reveal;
	int64_t lines; /* 0: not given; -1: none */
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
	char *of_stream;  /* owned: the stream of a comment */
	char *of_overlay; /* owned: the overlay of a comment */
	/* Raw bytes after the reply, or NULL; a reference of the snapstore,
	 * which the receiver gives back. */
	struct snapstore_copy *payload;
	struct snapstore *held; /* borrowed: holds the frames */
};

/* The call has failed, with this exitcode and for this reason. */
void call_fail(struct command_call *call, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* It has failed: no stream has that name; suggest a similar one. */
void call_fail_name(struct command_call *call, const char *name);

/* The stream that the first argument names; NULL: the call has failed. */
struct stream *call_stream(struct command_call *call);

/* Free what it holds. */
void call_clear(struct command_call *call);

#endif
