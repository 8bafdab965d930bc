/* SPDX-License-Identifier: ISC */
#ifndef RUNONCE_H
#define RUNONCE_H

/*
 * A program run to its end while we wait: for start-up, jobs and the command
 * line, never for the loop. Under the loop, use a capture.
 */

struct strv;

/*
 * Run a program to its end and return its output on stdout and stderr (at most
 * 64 KiB; malloc'd), or NULL with *cause set to malloc'd text. It is killed
 * after timeout_ms.
 */
char *runonce_capture(const struct strv *argv, int timeout_ms, char **cause);

/*
 * Run a program to its end from one descriptor to another (borrowed). 0 when
 * it ended well; else -1 and *cause, malloc'd: the first line that it wrote to
 * stderr, or how it ended. It is killed after timeout_ms.
 */
int runonce_filter(
    const struct strv *argv, int in, int out, int timeout_ms, char **cause);

#endif
