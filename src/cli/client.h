/* SPDX-License-Identifier: ISC */
#ifndef CLIENT_H
#define CLIENT_H

/*
 * The command line's side of the control socket: one request, one reply line,
 * and with "follow" more lines until one side leaves.
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cjson/cJSON.h>

#include "cli/jsontext.h"

struct buf;

struct client_request {
	const char *cmd;
	char *const *args; /* n_args strings; borrowed */
	size_t n_args;
	bool follow, all, clean, dry_run, reveal; /* put in where true */
	int64_t lines, size; /* put in where above 0; -1: no lines */
	const char *id, *color, *mode, *user; /* put in where not NULL */
};

struct client_reply {
	bool ok;
	int exit;	      /* an exitcode, whoever decided it */
	char *error;	      /* owned: why it is not ok, or NULL */
	char *line;	      /* owned: as received; NULL: no reply */
	struct jsontext data; /* points into line; at NULL: none */
	cJSON *root; /* owned: once client_data() or client_errors() asked */
};

void client_reply_clear(struct client_reply *r);

/* The tree of "data", parsed at the first call; NULL: none. */
const cJSON *client_data(struct client_reply *r);

/* "errors" of a reply that is not ok: strings, or NULL. */
const cJSON *client_errors(struct client_reply *r);

/* --- connections --------------------------------------------------------- */

struct client;

/*
 * Connect, ask, and wait for the reply, all at most `timeout_ms`. The
 * connection, for client_next(); NULL when there was no reply or it was not ok,
 * which `r` explains. Clear `r` either way.
 */
struct client *client_open(const char *path, const struct client_request *rq,
    int64_t timeout_ms, struct client_reply *r);
void client_close(struct client *c); /* NULL is fine */

/* The same without following: 0, or -1 when it was not ok. */
int client_ask(const char *path, const struct client_request *rq,
    int64_t timeout_ms, struct client_reply *r);

enum client_event {
	CLIENT_LINE,
	CLIENT_CLOSED, /* by the daemon */
	CLIENT_TIMEOUT,
	CLIENT_SIGNAL, /* the user wants to leave */
	N_CLIENT_EVENTS
};

/* The next line, without its newline, until the call after; waits at most
 * `timeout_ms`, below 0: for ever. */
enum client_event
client_next(struct client *c, int64_t timeout_ms, char **line);

/* Raw bytes after the line, exactly `len`, as client_next(): CLIENT_LINE when
 * they have come. */
enum client_event
client_bytes(struct client *c, int64_t timeout_ms, void *out, size_t len);

/* Send of bytes what it takes now: how many; -1: it has left. */
ssize_t client_put(struct client *c, const void *data, size_t len);

/* Its descriptor, to wait for it together with others: borrowed. */
int client_fd(const struct client *c);

/* Whether the daemon is root's or our own user's. */
bool client_is_trusted(const struct client *c);

/* --- waiting ------------------------------------------------------------- */

/* From now on SIGINT and SIGTERM end a wait instead of the program. */
void client_catch_signals(void);

/* Wait. False when the user wants to leave. */
bool client_pause(int64_t ms);

/* As poll(2); -1 when the user wants to leave. */
int client_poll(struct pollfd *v, nfds_t n, int64_t timeout_ms);

#endif
