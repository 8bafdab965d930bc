/* SPDX-License-Identifier: ISC */
#ifndef EXPLAIN_H
#define EXPLAIN_H

/*
 * `ffsup explain`: the meaning of the words for what can be wrong with a
 * stream, and what to do about each. No daemon is asked.
 */

#include <stdbool.h>

#include "ffmpeg/ffclass.h"
#include "ffmpeg/ffdetail.h"
#include "stream/verdict.h"

struct buf;
struct cli_args;
struct render_opts;

/* The words to explain. */
struct explain_what {
	bool all;		 /* every class and every reason; or: */
	enum fail_class class;	 /* N_FAIL_CLASSES: the reason */
	enum fail_detail detail; /* of that class; NONE: all of it */
	enum reason reason;
};

/* What a word means, "CLASS", "CLASS/DETAIL" or a reason; NULL: all. False:
 * nothing, and *nearest (caller frees) is a word like it, or NULL. */
bool explain_find(const char *word, struct explain_what *what, char **nearest);

/* The texts, for people and for programs. */
void explain_text(struct buf *b, const struct explain_what *what,
    const struct render_opts *o);
void explain_json(struct buf *b, const struct explain_what *what);

/* The command; its exit code. */
int explain_run(const struct cli_args *a);

#endif
