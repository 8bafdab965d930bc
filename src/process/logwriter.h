/* SPDX-License-Identifier: ISC */
#ifndef LOGWRITER_H
#define LOGWRITER_H

/*
 * The writer of the log where stderr is a regular file: a write to a disk that
 * does not answer waits, whatever poll(2) says. A separate process has the
 * file, and our stderr is a pipe to it; lines that do not fit are lost, and
 * counted, as with any other pipe (log.h). When that process dies, the next
 * line of the log starts another.
 */

#include <sys/types.h>

/* Before any other child is started. Nothing is done where stderr is not a
 * regular file, or no process can be made. */
void logwriter_start(void);

/* The last line has been said: wait until all is written, but not for a disk
 * that does not answer. */
void logwriter_finish(void);

/* The process that writes; 0: none. */
pid_t logwriter_pid(void);

#endif
