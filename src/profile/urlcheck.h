/* SPDX-License-Identifier: ISC */
#ifndef URLCHECK_H
#define URLCHECK_H

/*
 * Addresses and options of their protocols that cannot work, which ffmpeg
 * reports late, in words that help nobody, or not at all. A fault is a sentence
 * without its subject ("has no host: ..."), for a person; it never repeats the
 * address, which may hold secrets. NULL: none is known. The caller frees it.
 */

#include <stdbool.h>

struct strv;

/* The fault of a URL. `listens`: others connect to it, so it may lack a host. */
char *urlcheck_fault(const char *url, bool listens);

/* The fault of an option that goes with a URL; its name begins with '-'. */
char *
urlcheck_option_fault(const char *url, const char *option, const char *value);

/* Whether it is ffmpeg's standard input: "-", "pipe:", "pipe:0". ffsup gives it
 * none. */
bool urlcheck_is_stdin(const char *url);

/* Whether ffmpeg, with these options ("-name", "value", ...), waits there for
 * somebody who connects. */
bool urlcheck_listens(const char *url, const struct strv *options);

#endif
