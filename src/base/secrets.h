/* SPDX-License-Identifier: ISC */
#ifndef SECRETS_H
#define SECRETS_H

/*
 * Every secret that this process knows: those of all profiles and of
 * ffsup.json, in each version of which something may still speak. All output
 * (the log, replies, events, the words of children, the text of the command
 * line) is masked with all of them by secrets_text(), whoever wrote it.
 *
 * A version is held by its profile and by every process that was started with
 * it. One that nobody holds is not forgotten at once: a reply, or a helper's
 * last words, may be on the way.
 */

#include <stddef.h>

struct redact;
struct secrets;

/* Make these known from now on. Equal ones share one version. A secret by its
 * place only is not masked where a word of any version spares it. */
struct secrets *secrets_new(const struct redact *r);

/* Let it go. NULL: nothing. */
void secrets_put(struct secrets *s);

/* The masked copy of a text. Caller frees. */
char *secrets_text(const char *text);

/* Likewise of a line of which no more than `max` bytes are kept: one of that
 * length may have been cut in the middle of a secret. */
char *secrets_line(const char *line, size_t max);

#endif
