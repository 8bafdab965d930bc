/* SPDX-License-Identifier: ISC */
#ifndef NOTICE_H
#define NOTICE_H

/*
 * How a module tells its owner something that a person should know. Each owner
 * hands it on; the daemon makes a warning in the log and an event of it.
 */

/* `kind`: the event's, one word; `text` does not name the stream. */
typedef void notice_fn(void *ctx, const char *kind, const char *text);

#endif
