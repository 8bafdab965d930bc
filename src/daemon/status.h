/* SPDX-License-Identifier: ISC */
#ifndef STATUS_H
#define STATUS_H

/*
 * What the daemon tells about itself, as JSON: snapshots, never internal
 * structures. Shapes and names are part of the contract with people's
 * scripts (doc/PROTOCOL.md). Times are RFC 3339, durations in seconds, and
 * every text that may hold a secret comes out masked.
 */

#include <stdbool.h>
#include <stddef.h>

struct event;
struct fleet;
struct jsonw;
struct probe;
struct profile;
struct runlog_line;
struct stream;
struct worker;

/* The exit code a stream's state stands for: 0 live or off on purpose, 1
 * degraded, starting or stopping, 2 not on air. */
int status_exit(const struct stream *s);

/* The whole object, with these streams in it. With `page`, each one tells
 * more of itself. */
void status_write(struct jsonw *j, const struct fleet *f,
    struct stream *const *streams, size_t n, bool page);

/* Why a stream is as it is: cause, proof, what to do, next try. */
void status_write_why(
    struct jsonw *j, const struct fleet *f, const struct stream *s);

/* Workers, links and command lines of a profile, masked unless the writer
 * does not mask. What is known of the stream's files is what it says of them;
 * with NULL it looks, and may wait for their disk. */
void status_write_plan(struct jsonw *j, const struct profile *p,
    const struct probe *ffmpeg, const struct stream *s);

void
status_write_event(struct jsonw *j, const char *key, const struct event *e);

void status_write_line(struct jsonw *j, const struct worker *w, unsigned run,
    const struct runlog_line *line);

/* "3 live, 1 retry": one line for the service manager. Caller frees. */
char *status_summary(const struct fleet *f);

#endif
