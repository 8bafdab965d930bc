/* SPDX-License-Identifier: ISC */
#ifndef LOGWRITER_H
#define LOGWRITER_H

/*
 * Who writes the log where stderr is a regular file: a write to one whose disk
 * does not answer waits, whatever poll(2) says. A process of its own has the
 * file, and our stderr is a pipe to it; what does not fit is lost, and counted,
 * as with any other pipe (log.h). When that process dies, the next line of the
 * log starts another.
 */

#include <sys/types.h>

/* Before any other child is started. Nothing is done where stderr is no regular
 * file, or there can be no process. */
void logwriter_start(void);

/* The last line has been said: wait until all is written, but not for a disk
 * that does not answer. */
void logwriter_finish(void);

/* The process that writes; 0: there is none. */
pid_t logwriter_pid(void);

#endif
