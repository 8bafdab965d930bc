/* SPDX-License-Identifier: ISC */
#ifndef WORKNAME_H
#define WORKNAME_H

/*
 * The working names of recordings, before spool gives the files their final
 * ones: hidden, in the directory before the pattern's first conversion.
 *
 *     .ffsup+STREAM+OUTPUT+TOKEN+000000.mkv
 *
 * No name of a stream or output has a '+'.
 */

#include <stdbool.h>

/* The longest, without the directory; stream and output have up to 64 bytes
 * each. */
#define WORKNAME_MAX 176

/* They all begin with it. */
#define WORKNAME_PREFIX ".ffsup+"

/* The begin of the last resort, a name for a file that can get no other: '_'
 * and the working name without its prefix follow. */
#define WORKNAME_TIME "%Y-%m-%d_%H-%M-%S"

/* Of 64 bits in hexadecimal. */
#define WORKNAME_TOKEN_LEN 17

/* Whose files, and of which run; strings borrowed. */
struct workname {
	const char *pattern; /* of the final names; ends in the extension */
	const char *stream, *output;
	const char *token;
};

/* For ffmpeg, with its %06d. Caller frees. */
char *workname_pattern(const struct workname *w);

/* File number n. Caller frees. */
char *workname_path(const struct workname *w, unsigned n);

/* Whether a name, without its directory, is one of this output, of any run;
 * *token is where its token begins. */
bool
workname_is_of(const struct workname *w, const char *name, const char **token);

/* Whether it is the last-resort name of such a file. */
bool workname_is_last(const struct workname *w, const char *name);

/* The file number in a name (without its directory) of this very run, or -1. */
long workname_number(const struct workname *w, const char *name);

/* From the last dot of the last part on, or "". */
const char *workname_extension(const char *path);

#endif
