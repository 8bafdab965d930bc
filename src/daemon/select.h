/* SPDX-License-Identifier: ISC */
#ifndef SELECT_H
#define SELECT_H

/*
 * The words of a command that choose streams and outputs: NAME, NAME/OUTPUT,
 * and patterns (fnmatch) of both. No words: everything.
 */

#include <stdbool.h>

#include "base/strv.h"

struct command_call;
struct event;
struct fleet;
struct stream;
struct worker;

/* Whether they mean a stream, or an output of it. */
bool select_means(const struct strv *words, const struct stream *s);

/* Whether they mean the whole of a stream. */
bool select_means_whole(const struct strv *words, const struct stream *s);

/* Whether they mean a worker of it: with its stream, by its name, or by the
 * name of an output that it sends to. */
bool select_means_worker(
    const struct strv *words, const struct stream *s, const struct worker *w);

/* The same of output number i of the profile. */
bool
select_means_output(const struct strv *words, const struct stream *s, size_t i);

/* Whether they mean an event: of a worker, a stream, or of the daemon, which
 * only no words mean. Those of a stream that is gone go by its name. */
bool select_means_event(
    const struct strv *words, const struct fleet *f, const struct event *e);

/* Whether one word is one exact name, not a pattern. */
bool select_is_exact(const struct strv *words);

/* Each word must mean something. 0, or -1: the call has failed. */
int select_check(struct command_call *call);

#endif
