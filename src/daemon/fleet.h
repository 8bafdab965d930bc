/* SPDX-License-Identifier: ISC */
#ifndef FLEET_H
#define FLEET_H

/*
 * All streams: first start, reload by difference, stop in parallel, and the
 * rate of starts that they share. First start, SIGHUP and `ffsup reload` are
 * one function, fleet_reload().
 */

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "daemon/conf.h"
#include "daemon/events.h"
#include "process/job.h"
#include "process/probe.h"
#include "process/receivers.h"
#include "process/startrate.h"
#include "process/watch.h"
#include "stream/stream.h"

struct survey;

TAILQ_HEAD(stream_list, stream);

/* A listener that hears every new stderr line of the workers. */
struct fleet_listener {
	void (*said)(void *ctx, const struct stream *s, const struct worker *w,
	    const struct runlog_line *line);
	void *ctx;
	TAILQ_ENTRY(fleet_listener) entry;
};

TAILQ_HEAD(fleet_listeners, fleet_listener);

struct fleet {
	struct ev_loop *loop;
	struct conf_input input; /* borrowed strings */
	struct conf_settings settings;
	struct probe ffmpeg;
	struct job reprobe;    /* of an ffmpeg that was replaced */
	struct watch profiles; /* their files: edited, and not taken up yet? */
	struct stream_list streams; /* sorted by name */
	struct stream_host host;
	struct events events;
	struct fleet_listeners listeners;
	ev_timer review; /* for changes without an event */
	struct startrate starts;
	struct receivers receivers;
	struct painter *painter; /* owned */
	bool leaving;
	/* Leaving, and the last stream is off. */
	void (*empty)(void *ctx);
	void *ctx;
	int64_t started_ms;
};

enum fleet_action {
	FLEET_START,
	FLEET_RESTART,
	FLEET_STOP,
	FLEET_LIVE,
	FLEET_KEEP,
	N_FLEET_ACTIONS
};

extern const char *const fleet_action_names[N_FLEET_ACTIONS];

/* One step of a reload, done or planned. */
struct fleet_step {
	enum fleet_action action;
	bool swap;  /* of a restart: only encoders and senders */
	char *name; /* owned */
	char *what; /* owned: which keys changed, masked; may be NULL */
};

struct fleet_diff {
	struct fleet_step *v; /* owned, sorted by name */
	size_t n;
};

void fleet_diff_clear(struct fleet_diff *d);

void fleet_init(
    struct fleet *f, struct ev_loop *loop, const struct conf_input *input);

/* Only when every stream is off. */
void fleet_clear(struct fleet *f);

/*
 * Read the configuration as surveyed (its ffmpeg is taken) and apply the
 * difference; with `dry_run` only report it. On any error nothing is changed,
 * all errors are in errs, -1.
 */
int fleet_reload(struct fleet *f, struct survey *seen, bool dry_run,
    struct fleet_diff *diff, struct errors *errs);

/* Stop everything in parallel; empty() is called when nothing is left. A
 * second call shortens the ladder. */
void fleet_leave(struct fleet *f);

/* Whether the file has changed since the profile was read: edited, without an
 * `ffsup reload` yet. */
bool fleet_is_changed(const struct fleet *f, const struct profile *p);

/* The same of the files that its values came from, ${file:...}: the path of the
 * first one that has changed (borrowed), or NULL. */
const char *fleet_changed_value(const struct fleet *f, const struct profile *p);

struct stream *fleet_find(const struct fleet *f, const char *name);
size_t fleet_count(const struct fleet *f);

void fleet_listen(struct fleet *f, struct fleet_listener *l);
void fleet_unlisten(struct fleet *f, struct fleet_listener *l);

#endif
