/* SPDX-License-Identifier: ISC */
#ifndef SAY_H
#define SAY_H

/*
 * Output to the person who started the program: data to standard output, talk
 * to standard error. Both wait for a slow reader.
 */

struct buf;
struct errors;

/* Write all of a buffer to standard output and empty it. 0; 1 when nobody
 * reads it any more, which is nobody's fault; -1 after a complaint. */
int say_print(struct buf *b);

/* One line on standard error, without secrets and control characters. */
void say_line(const char *prefix, const char *text);

/* The same with "ffsup: " before it. */
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A line for each error and each warning, sorted by place. */
void say_errors(struct errors *errs);

#endif
