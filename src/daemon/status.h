/* SPDX-License-Identifier: ISC */
#ifndef STATUS_H
#define STATUS_H

/*
 * The daemon's report about itself, as JSON: snapshots, never internal
 * structures. Shapes and names are part of the contract with people's scripts
 * (doc/PROTOCOL.md). Times are RFC 3339, durations in seconds, and every text
 * that may hold a secret comes out masked.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ending;
struct event;
struct fleet;
struct jsonw;
struct runlog_line;
struct stream;
struct strv;
struct worker;

/* The exit code for a stream's state: 0 live or off on purpose, 1 degraded,
 * starting or stopping, 2 not on air. */
int status_exit(const struct stream *s);

/* The streams to report, and the words by which their outputs were chosen (see
 * select.h). */
struct status_choice {
	struct stream *const *v;
	size_t n;
	const struct strv *of;
	bool page; /* with more members */
};

/* The whole object, with these streams in it. */
void status_write(
    struct jsonw *j, const struct fleet *f, const struct status_choice *c);

void
status_write_event(struct jsonw *j, const char *key, const struct event *e);

void status_write_line(struct jsonw *j, const struct worker *w, unsigned run,
    const struct runlog_line *line);

/* "3 live, 1 retry": one line for the service manager. Caller frees. */
char *status_summary(const struct fleet *f);

/* Members that other files write, too: a moment (ms since the epoch), a span,
 * how a run ended (null for NULL), when a worker's next start is due. */
void status_time(struct jsonw *j, const char *key, int64_t wall);
void status_seconds(struct jsonw *j, const char *key, int64_t ms);
void status_ending(struct jsonw *j, const char *key, const struct ending *e);
void status_retry(struct jsonw *j, const struct worker *w);

/* The painter of a stream whose overlays are drawn; with `problem`, only if it
 * has one. */
void status_painter(struct jsonw *j, const struct stream *s, bool problem);

/* Why nothing new is drawn over a stream's frames, and what helps (static); NULL:
 * it can be, or need not. */
const char *status_painter_problem(const struct stream *s, const char **advice);

/* Since when a stream has not been on air, after a failure, and how many tries
 * there were; null where it is, or starts for the first time. */
void status_outage(struct jsonw *j, const struct stream *s);

#endif
